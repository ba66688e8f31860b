"""How many areas lie in each of many divisions, and how many of them nobody keeps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Substr

from shanhe.ground.divisions.models import Division
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.queries import areas_of, valid_on
from shanhe.ground.registry.responsibility import without_keeper
from shanhe.kernel.codes import DIGITS, prefix, subtree

__all__ = ["AreaCounts", "area_counts"]


@dataclass(frozen=True, slots=True)
class AreaCounts:
    """The areas of a division with all below it."""

    reaches: int = 0
    forest_units: int = 0
    vacant: int = 0

    @property
    def areas(self) -> int:
        """Reaches and forest units together."""
        return self.reaches + self.forest_units

    @property
    def kept(self) -> int:
        """Those with a keeper."""
        return self.areas - self.vacant


def area_counts(scope: Scope, divisions: Iterable[Division], day: date) -> dict[str, AreaCounts]:
    """Division code → its areas valid on a day, as the scope sees them. Two queries, however many."""
    asked = list(divisions)
    if not asked:
        return {}
    areas = areas_of(scope).filter(valid_on(day), _in_any(asked))
    digits = max(DIGITS[division.level] for division in asked)
    all_of, vacant = _grouped(areas, digits), _grouped(without_keeper(areas, day), digits)
    return {division.code: _summed(division, all_of, vacant) for division in asked}


def _in_any(divisions: Sequence[Division]) -> Q:
    """Areas in one of the subtrees: of children of one parent, one range from the first to the last."""
    parents = {division.parent_id for division in divisions}
    ends = [subtree(division.code, division.level) for division in divisions]
    if len(parents) == 1:
        return Q(division_id__gte=min(ends)[0], division_id__lte=max(high for _low, high in ends))
    found = Q(pk__in=())
    for low, high in ends:
        found |= Q(division_id__gte=low, division_id__lte=high)
    return found


Grouped = dict[tuple[str, str], int]  # (digits of the division, kind of area) → number


def _grouped(areas: QuerySet[Area], digits: int) -> Grouped:
    rows = areas.order_by().annotate(place=Substr("division_id", 1, digits))
    return {
        (place, kind): number
        for place, kind, number in rows.values_list("place", "kind").annotate(number=Count("pk"))
    }


def _summed(division: Division, all_of: Grouped, vacant: Grouped) -> AreaCounts:
    begin = prefix(division.code, division.level)

    def total(grouped: Grouped, *kinds: str) -> int:
        return sum(n for (place, kind), n in grouped.items() if place.startswith(begin) and kind in kinds)

    return AreaCounts(
        total(all_of, Area.Kind.REACH),
        total(all_of, Area.Kind.FOREST_UNIT),
        total(vacant, Area.Kind.REACH, Area.Kind.FOREST_UNIT),
    )
