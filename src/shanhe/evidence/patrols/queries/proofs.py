"""The record of the ledger that a patrol's present verdict stands on."""

from __future__ import annotations

from shanhe.evidence.patrols.models import Patrol
from shanhe.ground.audit.models import Event
from shanhe.ground.audit.queries import events_of

__all__ = ["VERDICT_ACTIONS", "verdict_record"]

#: Records that say a verdict: when the patrol came in, was judged again, was decided by a person.
VERDICT_ACTIONS = ("patrol.submit", "patrol.reverify", "patrol.decide")


def verdict_record(patrol: Patrol) -> Event | None:
    """The newest record that says the verdict of a patrol the caller has scoped already. One query."""
    said = events_of(("patrols.patrol", patrol.pk)).filter(action__in=VERDICT_ACTIONS)
    found: Event | None = said.first()
    return found
