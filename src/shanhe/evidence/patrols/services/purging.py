"""Simulated patrols are taken out again, with all that hangs on them."""

from __future__ import annotations

from datetime import datetime

from shanhe.evidence.patrols.models import (
    Contest,
    ContestEvent,
    LogItem,
    Patrol,
    Reverification,
    ReverifiedVerdict,
    Track,
    TrackDeletion,
    TrackPrint,
    Verdict,
)
from shanhe.evidence.patrols.services.visits import visits_recount
from shanhe.ground.audit import ledger
from shanhe.ground.people.scope import Actor
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["purge_simulated"]


@ledger.atomic
def purge_simulated(*, by: Actor, at: datetime) -> int:
    """Delete every simulated patrol and set the last visits back to the real ones; gives their number.

    Real patrols stay, whatever area they were in. One event; none when there was nothing. Refusal (403) to
    anybody but the administrator.
    """
    if not by.scope.managed.everything:
        raise Refusal("patrol.not_yours", _("Only the system administrator may do this."), status=403)
    gone = Patrol.objects.filter(is_simulated=True)
    Patrol.objects.filter(joined_to__is_simulated=True).update(joined_to=None)
    Reverification.objects.filter(created_by__is_simulated=True).delete()
    ContestEvent.objects.filter(contest__patrol__in=gone.values("pk"))._raw_delete(gone.db)
    company = Patrol.company.through
    for model in (
        Contest,
        ReverifiedVerdict,
        TrackPrint,
        LogItem,
        Verdict,
        Track,
        TrackDeletion,
        company,
    ):
        model._default_manager.filter(patrol__in=gone.values("pk"))._raw_delete(gone.db)
    number = gone._raw_delete(gone.db)
    if number:
        visits_recount()
        ledger.record("patrol.purge_simulated", ("patrols.patrol", "simulated"), by=by, at=at, patrols=number)
    return int(number)
