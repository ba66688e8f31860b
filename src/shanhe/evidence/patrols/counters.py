"""What the floors above may ask of patrols: verdicts by holder, area, division, kind and level.

A verdict is one outing in one area, so an outing that served two areas is two of them. ``holder`` is the
person on whose account it counts.
"""

from __future__ import annotations

from django.db.models import QuerySet

from shanhe.evidence.counters import counter
from shanhe.evidence.patrols.models import Outcome, Verdict
from shanhe.evidence.patrols.queries import verdicts_of
from shanhe.ground.people.scope import Scope

__all__ = ["all_patrols", "counted_patrols", "doubtful_patrols", "valid_patrols"]

BY = {
    "holder": "person_id",
    "area": "area_id",
    "division": "area__division_id",
    "kind": "area__kind",
    "level": "area__level",
    "outcome": "outcome",
}


@counter("patrols.all", by=BY, at="started_at")
def all_patrols(scope: Scope) -> QuerySet[Verdict]:
    """Every current verdict, whatever it says."""
    return verdicts_of(scope)


@counter("patrols.valid", by=BY, at="started_at")
def valid_patrols(scope: Scope) -> QuerySet[Verdict]:
    """Valid ones, also those that overlap another one in time."""
    return verdicts_of(scope).filter(outcome=Outcome.VALID)


@counter("patrols.counted", by=BY, at="started_at")
def counted_patrols(scope: Scope) -> QuerySet[Verdict]:
    """Those that count for a duty: good enough by policy, and of overlapping outings one alone."""
    return verdicts_of(scope).filter(counts=True)


@counter("patrols.doubtful", by=BY, at="started_at")
def doubtful_patrols(scope: Scope) -> QuerySet[Verdict]:
    """Those that wait for a person to look at them."""
    return verdicts_of(scope).filter(outcome=Outcome.DOUBTFUL)
