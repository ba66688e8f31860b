"""Re-verifications that an office may see, and what they would change."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from shanhe.evidence.patrols.models import Reverification, ReverifiedVerdict
from shanhe.ground.people.scope import Scope

__all__ = ["Move", "moves_of", "reverification_in", "reverifications_of", "reverified_rows"]


def reverifications_of(scope: Scope) -> QuerySet[Reverification]:
    """The runs in ground that the scope manages."""
    return (
        Reverification.objects.filter(scope.managed.divisions("division_id"))
        if scope.managed
        else (Reverification.objects.none())
    )


def reverification_in(scope: Scope, uuid: UUID) -> Reverification:
    """One run; Reverification.DoesNotExist also when it is not seen."""
    rows = reverifications_of(scope).select_related("division", "created_by__person", "job")
    return rows.get(uuid=uuid)


def reverified_rows(run: Reverification) -> QuerySet[ReverifiedVerdict]:
    """What a run (already scoped) would change or leaves alone, with all a row of a list shows."""
    return ReverifiedVerdict.objects.filter(run=run).select_related(
        "verdict__area__division", "verdict__person", "patrol"
    )


@dataclass(frozen=True, slots=True)
class Move:
    """How many verdicts go from one outcome to another."""

    before: str
    after: str
    number: int


def moves_of(run: Reverification) -> tuple[list[Move], dict[str, int]]:
    """How many go from what to what, the most first; and how many rows of each status. Two queries."""
    rows = ReverifiedVerdict.objects.filter(run=run).order_by()
    moved = rows.filter(~Q(after=""), status__in=("changes", "applied"))
    found = moved.values_list("before", "after").annotate(n=Count("pk")).order_by("-n", "before", "after")
    statuses = dict(rows.values_list("status").annotate(Count("pk")))
    return [Move(*each) for each in found], statuses
