"""A water from its source to its mouth: its line, and how the reaches of each level fill it.

Which stretch a reach serves is what its chainages say, or else where its own line lies beside the water's.
Gaps and overlaps are looked for on each bank: a reach of both banks counts on either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

import numpy as np
import numpy.typing as npt
import shapely
from django.db.models import Count, Q, QuerySet

from shanhe.ground.divisions.models import Division, DivisionShape, Level
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.models import Area, Reach, Shape, WaterBody
from shanhe.ground.registry.queries import shapes_of, valid_on, waters_of
from shanhe.kernel.geo.projection import chainage_m
from shanhe.kernel.geo.stretches import Stretch, overlaps, places_at, stretch_along, uncovered

__all__ = [
    "Crossing",
    "Gap",
    "LevelOnWater",
    "Overlap",
    "ReachOnWater",
    "WaterLine",
    "Waterway",
    "crossings",
    "line_of",
    "water_in",
    "waters_listed",
    "waterway",
]

F64 = npt.NDArray[np.float64]

LEAST_M = 50.0  # ends that are drawn by hand meet no better than that
BESIDE_M = 1_500.0  # a village's line is drawn along its bank, and the water's may be generalised
BOTH, LEFT, RIGHT = Reach.Bank.BOTH.value, Reach.Bank.LEFT.value, Reach.Bank.RIGHT.value
SAMPLED_M = 50.0  # along the line, to ask which division one is in
SHORTEST_M, SHORTEST_SHARE = 500.0, 0.01  # a shorter run in another division is the boundary's coarseness


@dataclass(frozen=True, slots=True)
class ReachOnWater:
    """One reach and the stretch it serves; None when it has neither chainages nor a line beside the water."""

    area: Area
    stretch: Stretch | None
    bank: str
    is_given: bool  # its chainages were entered, not read off its line

    @property
    def banks(self) -> tuple[str, ...]:
        """The banks it holds."""
        return (LEFT, RIGHT) if self.bank == BOTH else (self.bank,)


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch that no reach of the level holds, on one bank or on both."""

    stretch: Stretch
    bank: str


@dataclass(frozen=True, slots=True)
class Overlap:
    """A stretch that two reaches of the level hold."""

    one: ReachOnWater
    other: ReachOnWater
    stretch: Stretch
    bank: str


@dataclass(frozen=True, slots=True)
class LevelOnWater:
    """The reaches of one level along the water."""

    level: str
    reaches: list[ReachOnWater]
    gaps: list[Gap]
    overlaps: list[Overlap]

    @property
    def level_name(self) -> str:
        """The level in words."""
        return str(Level(self.level).label)

    @property
    def is_whole(self) -> bool:
        """Whether every metre has one reach and no more."""
        return not self.gaps and not self.overlaps and all(one.stretch for one in self.reaches)


@dataclass(frozen=True, slots=True)
class Waterway:
    """A water with all its levels; ``line`` is None where none was drawn, or not in one piece."""

    water: WaterBody
    line: WaterLine | None
    levels: list[LevelOnWater]

    @property
    def length_m(self) -> float:
        """Metres of its line; 0 without one."""
        return self.line.length_m if self.line else 0.0

    @property
    def whole(self) -> Stretch:
        """From its beginning to its end."""
        return Stretch(0.0, self.length_m)


def waters_listed(scope: Scope, day: date) -> QuerySet[WaterBody]:
    """The waters seen, each with the number of its reaches that day (``reaches_n``)."""
    now = valid_on(day, "reaches__area__")
    counted = waters_of(scope).annotate(reaches_n=Count("reaches", filter=now))
    return cast("QuerySet[WaterBody]", counted)


def water_in(scope: Scope, code: str) -> WaterBody:
    """The water of that code; WaterBody.DoesNotExist also when it is not seen."""
    if "\x00" in code:  # PostgreSQL takes no such text
        raise WaterBody.DoesNotExist
    return waters_of(scope).get(code=code)


@dataclass(frozen=True, slots=True)
class WaterLine:
    """The line of a water in one piece, (n, 2) degrees, and what is said of it."""

    line: F64
    is_sketch: bool
    source: str

    @property
    def length_m(self) -> float:
        """Metres from its first vertex to its last."""
        return float(chainage_m(self.line[:, 0], self.line[:, 1])[-1])


def line_of(water: WaterBody) -> WaterLine | None:
    """The water's present line; None where none was drawn, or not in one piece."""
    shape = Shape.objects.filter(water=water, until=None).first()
    if shape is None:
        return None
    line = shapely.from_wkb(bytes(shape.wkb))
    if line.geom_type == "MultiLineString":
        line = shapely.line_merge(line)
    if line.geom_type != "LineString":
        return None
    return WaterLine(shapely.get_coordinates(line), shape.is_sketch, shape.source)


def waterway(water: WaterBody, day: date) -> Waterway:
    """The water with its reaches on a day: three queries, whatever their number. Names and levels of reaches
    stand on signboards, so all are told; who may open which is for the scope to say.
    """
    line = line_of(water)
    length = line.length_m if line else 0.0
    found = _reaches(water, line.line if line else None, day)
    order = list(Level.values)
    levels = sorted({one.area.level for one in found}, key=order.index)
    return Waterway(
        water=water,
        line=line,
        levels=[_level(level, [one for one in found if one.area.level == level], length) for level in levels],
    )


def _reaches(water: WaterBody, line: F64 | None, day: date) -> list[ReachOnWater]:
    areas = list(
        Area.objects.filter(valid_on(day), reach__water=water)
        .select_related("reach", "division", "reach__parent__area")
        .order_by("code")
    )
    shapes = shapes_of([area.pk for area in areas], day)
    found = [_reach(area, shapes.get(area.pk), line) for area in areas]
    return sorted(found, key=lambda one: (one.stretch is None, one.stretch.from_m if one.stretch else 0.0))


def _reach(area: Area, shape: Shape | None, line: F64 | None) -> ReachOnWater:
    reach = area.reach
    if reach.from_m is not None and reach.to_m is not None:
        return ReachOnWater(area, Stretch(reach.from_m, reach.to_m), reach.bank, True)
    beside = None
    if line is not None and shape is not None:
        own = shapely.get_coordinates(shapely.from_wkb(bytes(shape.wkb)))
        beside = stretch_along(line, own, BESIDE_M + area.half_width_m)
    return ReachOnWater(area, beside, reach.bank, False)


def _level(level: str, reaches: list[ReachOnWater], length_m: float) -> LevelOnWater:
    whole = Stretch(0.0, length_m)
    gaps: list[Gap] = []
    doubles: list[Overlap] = []
    for bank in (LEFT, RIGHT):
        held = [one for one in reaches if one.stretch and bank in one.banks]
        stretches = [one.stretch for one in held if one.stretch]
        if length_m and stretches:
            gaps += [Gap(gap, bank) for gap in uncovered(whole, stretches, LEAST_M)]
        doubles += [Overlap(held[i], held[j], shared, bank) for i, j, shared in overlaps(stretches, LEAST_M)]
    return LevelOnWater(level, reaches, _both_gaps(gaps), _both_overlaps(doubles))


def _both_gaps(gaps: Sequence[Gap]) -> list[Gap]:
    """The same gap on both banks is one gap."""
    seen: dict[Stretch, str] = {}
    for gap in gaps:
        seen[gap.stretch] = gap.bank if gap.stretch not in seen else BOTH
    return sorted((Gap(one, bank) for one, bank in seen.items()), key=lambda gap: gap.stretch.from_m)


def _both_overlaps(doubles: Sequence[Overlap]) -> list[Overlap]:
    seen: dict[tuple[int, int], Overlap] = {}
    for one in doubles:
        key = (one.one.area.pk, one.other.area.pk)
        bank = one.bank if key not in seen else BOTH
        seen[key] = Overlap(one.one, one.other, one.stretch, bank)
    return sorted(seen.values(), key=lambda one: one.stretch.from_m)


@dataclass(frozen=True, slots=True)
class Crossing:
    """A stretch of a line within one division."""

    stretch: Stretch
    division: Division | None  # None: in none whose boundary is known


def crossings(line: F64, of: Stretch, level: str) -> list[Crossing]:
    """The stretch divided where the line passes from one division of ``level`` to the next. Two queries.

    Boundaries are those of the open data, generalised: who cuts by them looks at the map before. Runs shorter
    than half a kilometre, or than a hundredth of the whole, belong to the neighbour. The whole as one when no
    boundary of that level is known.
    """
    at = np.arange(of.from_m, of.to_m, SAMPLED_M)
    places = places_at(line, at)
    west, south = places.min(axis=0)
    east, north = places.max(axis=0)
    shapes = list(
        DivisionShape.objects.filter(
            Q(min_lon__lte=east, max_lon__gte=west, min_lat__lte=north, max_lat__gte=south),
            division__level=level,
        ).select_related("division")
    )
    inside = np.full(len(at), -1)
    points = shapely.points(places)
    for index, shape in enumerate(shapes):
        area = shapely.from_wkb(bytes(shape.wkb))
        shapely.prepare(area)
        inside[shapely.contains(area, points)] = index
    runs = _without_short(_runs(inside, of), max(SHORTEST_M, SHORTEST_SHARE * of.length_m))
    return [Crossing(one, None if index < 0 else shapes[index].division) for one, index in runs]


def _runs(inside: npt.NDArray[np.int64], of: Stretch) -> list[tuple[Stretch, int]]:
    """Consecutive samples in the same division as stretches; they meet half way between two samples."""
    changes = np.flatnonzero(np.diff(inside)) + 1
    ends = [of.from_m + (float(i) - 0.5) * SAMPLED_M for i in changes]
    firsts = [0, *(int(i) for i in changes)]
    spans = zip([of.from_m, *ends], [*ends, of.to_m], strict=True)
    return [
        (Stretch(low, high), int(inside[first])) for (low, high), first in zip(spans, firsts, strict=True)
    ]


def _without_short(runs: Iterable[tuple[Stretch, int]], shortest_m: float) -> list[tuple[Stretch, int]]:
    kept: list[tuple[Stretch, int]] = []
    for stretch, index in runs:
        if kept and (stretch.length_m < shortest_m or kept[-1][1] == index):
            kept[-1] = (Stretch(kept[-1][0].from_m, stretch.to_m), kept[-1][1])
        elif kept and kept[-1][0].length_m < shortest_m:
            kept[-1] = (Stretch(kept[-1][0].from_m, stretch.to_m), index)
        else:
            kept.append((stretch, index))
    return kept
