"""What holds the deletion of a patrol's track back: open contests, and a re-verification that still runs."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from shanhe.evidence.patrols.contests_models import OPEN, Contest, Reverification, ReverifiedVerdict
from shanhe.ground.safekeeping.holds import retention_hold

__all__ = ["contested", "reverified"]


@retention_hold("contest")
def contested(patrol_ids: Collection[int], at: datetime) -> Collection[int]:
    """Patrols with a contest on which nobody has decided yet. One query."""
    held = Contest.objects.filter(patrol_id__in=patrol_ids, state__in=OPEN)
    return list(held.values_list("patrol_id", flat=True))


@retention_hold("reverification")
def reverified(patrol_ids: Collection[int], at: datetime) -> Collection[int]:
    """Patrols that a re-verification is about which is neither applied nor put away. One query."""
    running = (Reverification.State.COMPUTING, Reverification.State.READY, Reverification.State.APPLYING)
    held = ReverifiedVerdict.objects.filter(patrol_id__in=patrol_ids, run__state__in=running)
    return list(held.values_list("patrol_id", flat=True))
