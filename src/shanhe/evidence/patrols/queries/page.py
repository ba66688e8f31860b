"""What the page of one patrol and the head of a list ask beside the rows themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from shanhe.evidence.patrols.models import Patrol, Verdict
from shanhe.evidence.patrols.queries.patrols import patrols_of, verdicts_of
from shanhe.ground.people.scope import Scope

__all__ = ["Neighbours", "Tally", "neighbours", "outcomes_tallied", "patrols_among", "sees_whole_track"]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Numbers of the patrols before and after one in the same area; None at either end."""

    earlier: int | None
    later: int | None


def neighbours(scope: Scope, verdict: Verdict) -> Neighbours:
    """The patrols seen in the verdict's area right before and after it in time. Two queries."""
    rows = verdicts_of(scope).filter(area=verdict.area_id)
    at, pk = verdict.started_at, verdict.pk
    before = rows.filter(Q(started_at__lt=at) | Q(started_at=at, pk__lt=pk), started_at__lte=at)
    after = rows.filter(Q(started_at__gt=at) | Q(started_at=at, pk__gt=pk), started_at__gte=at)
    numbers = ("patrol_id",)
    return Neighbours(
        before.order_by("-started_at", "-pk").values_list(*numbers, flat=True).first(),
        after.order_by("started_at", "pk").values_list(*numbers, flat=True).first(),
    )


def patrols_among(scope: Scope, patrol_ids: Iterable[int]) -> frozenset[int]:
    """Those of some patrols that the scope sees: what a page may link to. One query, none for none."""
    asked = sorted(set(patrol_ids))
    if not asked:
        return frozenset()
    return frozenset(patrols_of(scope).filter(pk__in=asked).values_list("pk", flat=True))


def sees_whole_track(scope: Scope, patrol: Patrol) -> bool:
    """Whether the scope may follow every step of the outing, and take the track away.

    The people who went or answer for it, who sent it, and superiors of all the areas it served. A superior
    of one area among several sees what lies near that one. At most one query.
    """
    if scope.supervised.everything:
        return True
    own = {patrol.person_id, patrol.on_behalf_of_id} - {None}
    if scope.person_id in own or (scope.user_id is not None and scope.user_id == patrol.sent_by_id):
        return True
    if not scope.supervised:
        return False
    current = Verdict.objects.filter(patrol=patrol, is_current=True)
    return not current.exclude(scope.supervised.areas("area__")).exists()


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows of a list have each verdict, by its code; ``is_more``: counted up to the limit only."""

    by_outcome: dict[str, int]
    is_more: bool

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.by_outcome.values())


def outcomes_tallied(rows: QuerySet[Verdict], most: int = 5_000) -> Tally:
    """The verdicts of ``rows`` by outcome. One query that looks at ``most`` rows and one more.

    In the order of the list, whose index holds the outcome: the rows themselves are not read.
    """
    found = rows.order_by("-started_at", "-pk").values_list("outcome", flat=True)[: most + 1]
    counted = dict(Counter(found))
    return Tally(counted, sum(counted.values()) > most)
