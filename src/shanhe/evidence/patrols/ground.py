"""Where a verdict's area lies, kept on the verdict level by level, so that lists of millions read one index.

A subtree of divisions is one value of one column, not a range: a list in the order of time is then a walk of
one index, whoever reads it, and neither database has to guess. The codes are the area's own; they follow it
when it goes over to another division.
"""

from __future__ import annotations

from django.db.models import Q

from shanhe.evidence.patrols.models import Verdict
from shanhe.ground.people.scope import Ground
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.moving import when_area_moves

__all__ = ["in_ground", "in_range", "lies_in", "verdicts_follow"]

#: Digits of a code that a column holds; a province has none, for it holds most of what there is.
COLUMNS = {"prefecture": 4, "county": 6, "township": 9, "village": 12}


def lies_in(division_code: str) -> dict[str, str]:
    """The columns of a verdict whose area belongs to this division (12 digits)."""
    return {column: division_code[:digits] for column, digits in COLUMNS.items()}


def in_range(low: str, high: str) -> Q:
    """Verdicts in a subtree of divisions, given by its first and last code."""
    for column, digits in COLUMNS.items():
        if low[digits:] == "0" * (12 - digits) and high == low[:digits] + "9" * (12 - digits):
            return Q(**{column: low[:digits]})
    if (low[2:], high[2:]) == ("0" * 10, "9" * 10) and low[:2] == high[:2]:
        return Q(prefecture__startswith=low[:2])  # not a range: no database is to look for it by an index
    return Q(village__gte=low, village__lte=high)


def in_ground(ground: Ground) -> Q:
    """Verdicts in the areas of a ground; nothing for none."""
    if ground.everything:
        return Q()
    found = Q(pk__in=())
    for low, high in ground.ranges:
        found |= in_range(low, high)
    if ground.area_ids:
        found |= Ground(area_ids=ground.area_ids).areas("area__")
    return found


@when_area_moves
def verdicts_follow(area: Area) -> None:
    """Verdicts of an area lie where the area lies now."""
    Verdict.objects.filter(area=area).update(**lies_in(area.division_id))
