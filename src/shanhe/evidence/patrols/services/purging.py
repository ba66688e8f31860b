"""Simulated patrols are taken out again, with all that hangs on them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, Max, OuterRef, Q, Subquery

from shanhe.evidence.patrols.models import LastVisit, LogItem, Patrol, Track, TrackPrint, Verdict
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
    for model in (TrackPrint, LogItem, Verdict, Track, Patrol.company.through):
        model._default_manager.filter(patrol__in=gone.values("pk"))._raw_delete(gone.db)
    number = gone._raw_delete(gone.db)
    if number:
        _visits_again()
        ledger.record("patrol.purge_simulated", ("patrols.patrol", "simulated"), by=by, at=at, patrols=number)
    return int(number)


def _visits_again() -> None:
    """Last visits as the verdicts that are left tell them."""
    left = Verdict.objects.filter(area_id=OuterRef("area_id"), is_current=True)
    LastVisit.objects.filter(~Exists(left)).delete()
    newest = left.order_by("-started_at", "-pk")
    counted = left.filter(counts=True).order_by().values("area_id").annotate(at=Max("started_at"))
    LastVisit.objects.filter(Q(pk__gt=0)).update(
        any_at=Subquery(newest.values("started_at")[:1]),
        outcome=Subquery(newest.values("outcome")[:1]),
        counted_at=Subquery(counted.values("at")),
    )
