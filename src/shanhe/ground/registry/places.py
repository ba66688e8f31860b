"""The divisions a ground consists of: where browsing and choosing begin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Max, Min, Q, QuerySet

from shanhe.ground.divisions.models import Division, DivisionShape, Level
from shanhe.ground.people.nesting import nested_ids
from shanhe.ground.people.scope import Ground
from shanhe.ground.registry.models import Area, Shape
from shanhe.ground.registry.window import Window
from shanhe.kernel.codes import LEVELS, level_rank, subtree

__all__ = ["holds_division", "places_below", "roots_of", "window_around"]


def roots_of(ground: Ground) -> list[Division]:
    """The topmost divisions of a ground, by code: those it holds, and those its single areas lie in.

    The provinces when it holds everything. Two queries at most.
    """
    if ground.everything:
        return list(Division.objects.filter(level=Level.PROVINCE).order_by("code"))
    codes = {low for low, _high in ground.ranges}
    if ground.area_ids:
        codes |= set(_area_divisions(ground))
    outer = {code for code in codes if not any(_above(other, code, ground) for other in codes)}
    return list(Division.objects.filter(code__in=outer).order_by("code"))


def _above(other: str, code: str, ground: Ground) -> bool:
    return other != code and any(low == other and low <= code <= high for low, high in ground.ranges)


def _area_divisions(ground: Ground) -> list[str]:
    areas = Area.objects.filter(pk__in=nested_ids(ground.area_ids))
    return list(areas.order_by().values_list("division_id", flat=True).distinct())


def holds_division(ground: Ground, code: str) -> bool:
    """Whether a division belongs to the ground: held, or one of its single areas lies in it."""
    return ground.holds_code(code) or (bool(ground.area_ids) and code in _area_divisions(ground))


def places_below(roots: Sequence[Division], depth: int) -> list[Division]:
    """The roots and the divisions up to ``depth`` levels below them, by code. One query."""
    wanted = Q(pk__in=())
    for root in roots:
        low, high = subtree(root.code, root.level)
        rank = level_rank(root.level)
        wanted |= Q(code__gte=low, code__lte=high, level__in=LEVELS[rank : rank + depth + 1])
    return list(Division.objects.filter(wanted).order_by("code"))


SEAT_DEGREES = 0.02  # round a single seat: some 2 km


def window_around(division: Division) -> Window | None:
    """Where a map of the division begins: the box of its boundary, of the areas in it, or of its villages'
    seats; None when nothing of it is on any map. Three queries at most.
    """
    low, high = subtree(division.code, division.level)
    areas = Shape.objects.filter(area__division_id__gte=low, area__division_id__lte=high, until=None)
    own = DivisionShape.objects.filter(division=division)
    return _box(own) or _seats(Division.objects.filter(code__gte=low, code__lte=high)) or _box(areas)


def _box(shapes: QuerySet[Any]) -> Window | None:
    found = shapes.aggregate(
        west=Min("min_lon"), south=Min("min_lat"), east=Max("max_lon"), north=Max("max_lat")
    )
    return None if found["west"] is None else Window(**_named(found))


def _seats(divisions: QuerySet[Division]) -> Window | None:
    found = divisions.exclude(lon=None).aggregate(
        west=Min("lon"), south=Min("lat"), east=Max("lon"), north=Max("lat")
    )
    if found["west"] is None:
        return None
    window = Window(**_named(found))
    return Window(
        window.min_lon - SEAT_DEGREES,
        window.min_lat - SEAT_DEGREES,
        window.max_lon + SEAT_DEGREES,
        window.max_lat + SEAT_DEGREES,
    )


def _named(found: dict[str, Any]) -> dict[str, float]:
    return {
        "min_lon": found["west"],
        "min_lat": found["south"],
        "max_lon": found["east"],
        "max_lat": found["north"],
    }
