"""A verdict as shapes for a map: what of the area was walked, skipped or slept through, and the way itself.

Degrees in, degrees out; whoever shows it knows the colours. Needs shapely, so it is imported by those who
draw and not by the path that only judges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely

from shanhe.kernel.tracks.examined import Examined
from shanhe.kernel.tracks.place import PlacedArea
from shanhe.kernel.tracks.types import F64

__all__ = ["Judged", "Piece", "along_of", "path_of", "piece_feature", "pieces_of", "way_features"]

SIMPLE_M = 2.0  # a drawn track may lie so far from the fixes
BUNDLE = 16  # legs that are buffered together
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Judged:
    """What of a verdict is drawn, as ``Verification`` has it."""

    covered: Sequence[Interval] = ()  # (from_m, to_m) along a reach
    asleep: Sequence[Interval] = ()  # (from_s, to_s)
    visits: Sequence[int] = ()  # checkpoints


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of the area: ``interval`` in metres for a reach, ``number`` from 1 for a checkpoint."""

    part: Literal["walked", "skipped", "asleep"]
    shape: Any  # of shapely, lon/lat degrees
    interval: Interval | None = None
    number: int | None = None


def pieces_of(examined: Examined, judged: Judged) -> list[Piece]:
    """The pieces that an area falls into; for a reach they add up to it."""
    kind = examined.placed.area.kind
    if kind == "line":
        return _of_reach(examined, judged)
    return _of_unit(examined) if kind == "polygon" else _of_checkpoints(examined, judged)


def path_of(examined: Examined) -> tuple[Any | None, list[Any]]:
    """The kept way as a line simplified to 2 m (None below two fixes), and its first and last place."""
    walk = examined.walk
    if not len(walk):
        return None, []
    lon, lat = walk.projection.inverse(walk.x[[0, -1]], walk.y[[0, -1]])
    ends = [shapely.Point(lon[0], lat[0]), shapely.Point(lon[1], lat[1])]
    if len(walk) < 2:
        return None, ends
    simple = shapely.get_coordinates(
        shapely.simplify(shapely.LineString(np.column_stack((walk.x, walk.y))), SIMPLE_M)
    )
    lon, lat = walk.projection.inverse(simple[:, 0], simple[:, 1])
    return shapely.LineString(np.column_stack((lon, lat))), ends


def along_of(examined: Examined, which: Any = slice(None)) -> F64:
    """Metres along the reach of the nearest place to each fix, (n,); NaN beyond tolerance and for other
    areas. ``which`` picks fixes: each costs the reach's vertices.
    """
    placed, x_m, y_m = examined.placed, examined.walk.x[which], examined.walk.y[which]
    along = np.full(x_m.size, np.nan)
    if placed.area.kind != "line" or not x_m.size:
        return along
    fixes = shapely.points(x_m, y_m)
    nearest = np.full(x_m.size, np.inf)
    for first, last in zip(placed.starts[:-1], placed.starts[1:], strict=True):
        x, y, chainage = placed.x[first:last], placed.y[first:last], placed.chainage[first:last]
        line = shapely.LineString(np.column_stack((x, y)))
        away = shapely.distance(line, fixes)
        flat = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))))
        here = np.interp(shapely.line_locate_point(line, fixes), flat, chainage)
        closer = (away < nearest) & (away <= examined.reach_m)
        along[closer], nearest[closer] = here[closer], away[closer]
    return along


def piece_feature(piece: Piece, **properties: Any) -> dict[str, Any]:
    """A piece as the map's contract has it: layer "part", its ``part``, and where on a reach it lies."""
    told: dict[str, Any] = {"part": piece.part, **properties}
    if piece.interval is not None:
        told |= {"from_m": round(piece.interval[0], 1), "to_m": round(piece.interval[1], 1)}
    if piece.number is not None:
        told["name"] = str(piece.number)
    return _feature("part", piece.shape, **told)


def way_features(examined: Examined) -> list[dict[str, Any]]:
    """The way as the map's contract has it: layers "track", "start" and "end"; none without a fix."""
    line, ends = path_of(examined)
    found = [] if line is None else [_feature("track", line)]
    return found + [_feature(layer, place) for layer, place in zip(("start", "end"), ends, strict=False)]


def _feature(layer: str, shape: Any, **properties: Any) -> dict[str, Any]:
    """GeoJSON to the centimetre."""
    geometry = shapely.geometry.mapping(shapely.set_precision(shape, 1e-7, mode="pointwise"))
    return {"type": "Feature", "properties": {"layer": layer, **properties}, "geometry": geometry}


def _of_reach(examined: Examined, judged: Judged) -> list[Piece]:
    whole = (0.0, examined.placed.length_m)
    asleep = _merged(_slept_along(examined, judged.asleep))
    walked = _without(_merged([(a, b) for a, b in judged.covered]), asleep)
    skipped = _without(_without([whole], walked), asleep)
    parts: list[tuple[Literal["walked", "skipped", "asleep"], list[Interval]]] = [
        ("walked", walked),
        ("skipped", skipped),
        ("asleep", asleep),
    ]
    return [
        Piece(part, line, interval)
        for part, intervals in parts
        for interval in intervals
        for line in _cut(examined.placed, *interval)
    ]


def _slept_along(examined: Examined, asleep: Sequence[Interval]) -> list[Interval]:
    """Stretches between the last place before a phone slept and the first one after."""
    t = examined.walk.t_s
    if not asleep or not len(t):
        return []
    begins, ends = np.array(asleep, np.float64).T
    before = along_of(examined, np.maximum(np.searchsorted(t, begins, "right") - 1, 0))
    after = along_of(examined, np.minimum(np.searchsorted(t, ends, "left"), len(t) - 1))
    return [
        (min(a, b), max(a, b))
        for a, b in zip(before.tolist(), after.tolist(), strict=True)
        if a != b and not np.isnan(a + b)
    ]


def _of_unit(examined: Examined) -> list[Piece]:
    """What of a forest unit lies within tolerance of the way, and the rest."""
    plane = examined.placed.projection
    unit = _surface(examined.placed)
    seen = shapely.union_all(shapely.buffer(_credited(examined), examined.reach_m, quad_segs=4))

    def degrees(shape: Any) -> Any:
        return shapely.transform(shape, lambda m: np.column_stack(plane.inverse(m[:, 0], m[:, 1])))

    walked, skipped = shapely.intersection(unit, seen), shapely.difference(unit, seen)
    found = [Piece("walked", degrees(walked)), Piece("skipped", degrees(skipped))]
    return [piece for piece in found if not piece.shape.is_empty]


def _credited(examined: Examined) -> list[Any]:
    """The credited way as bundles of legs in the plane, true to a twentieth of the tolerance.

    Who goes round and round for a day leaves 80,000 legs in a tangle, over which a buffer would brood for
    minutes: legs are simplified, laid on a grid so that repetitions fall together, and bundled.
    """
    walk, grain = examined.walk, examined.reach_m / 20
    places = np.column_stack((walk.x, walk.y))
    edges = np.flatnonzero(np.diff(np.concatenate(([False], walk.credited, [False])).astype(np.int8)))
    runs = [shapely.LineString(places[a : b + 1]) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    legs = [_legs(np.round(shapely.get_coordinates(shapely.simplify(run, grain)) / grain)) for run in runs]
    if not legs:
        return []
    unique = np.unique(np.concatenate(legs), axis=0) * grain
    lines = shapely.linestrings(unique.reshape(-1, 2, 2))
    return [shapely.multilinestrings(lines[n : n + BUNDLE]) for n in range(0, len(lines), BUNDLE)]


def _legs(cells: Any) -> Any:
    """(n, 4) the ends of each leg of a path over grid cells (m, 2), the smaller end first."""
    pairs = np.concatenate((cells[:-1], cells[1:]), axis=1)
    backwards = (cells[:-1, 0] > cells[1:, 0]) | (
        (cells[:-1, 0] == cells[1:, 0]) & (cells[:-1, 1] > cells[1:, 1])
    )
    pairs[backwards] = pairs[backwards][:, [2, 3, 0, 1]]
    return pairs


def _surface(placed: PlacedArea) -> Any:
    """The rings of an area as polygons in the plane; a hole follows the ring that it lies in."""
    holes = placed.area.holes or (False,) * len(placed.area.parts)
    kept = [hole for hole, part in zip(holes, placed.area.parts, strict=True) if part.shape[0]]
    rings: list[list[F64]] = []
    for first, last, is_hole in zip(placed.starts[:-1], placed.starts[1:], kept, strict=True):
        ring = np.column_stack((placed.x[first:last], placed.y[first:last]))
        if is_hole and rings:
            rings[-1].append(ring)
        else:
            rings.append([ring])
    # Parts may touch or overlap as offices draw them: as one surface they are counted once.
    return shapely.union_all([shapely.Polygon(shell, holes) for shell, *holes in rings])


def _of_checkpoints(examined: Examined, judged: Judged) -> list[Piece]:
    visited = set(judged.visits)
    places = np.concatenate([part for part in examined.placed.area.parts if part.shape[0]])
    return [
        Piece("walked" if n in visited else "skipped", shapely.Point(lon, lat), number=n + 1)
        for n, (lon, lat) in enumerate(places.tolist())
    ]


def _cut(placed: PlacedArea, begin: float, end: float) -> list[Any]:
    """The lines of a reach between two chainages, in degrees; several where the reach has parts."""
    lines = []
    vertices = np.concatenate([part for part in placed.area.parts if part.shape[0]])
    for first, last in zip(placed.starts[:-1], placed.starts[1:], strict=True):
        chainage = placed.chainage[first:last]
        low, high = max(begin, float(chainage[0])), min(end, float(chainage[-1]))
        if high <= low:
            continue
        inside = chainage[(chainage > low) & (chainage < high)]
        at = np.concatenate(([low], inside, [high]))
        lon, lat = (np.interp(at, chainage, vertices[first:last, axis]) for axis in (0, 1))
        lines.append(shapely.LineString(np.column_stack((lon, lat))))
    return lines


def _merged(intervals: Sequence[Interval]) -> list[Interval]:
    """Intervals in order, those that meet made one."""
    found: list[Interval] = []
    for begin, end in sorted(intervals):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def _without(intervals: Sequence[Interval], taken: Sequence[Interval]) -> list[Interval]:
    """What is left of ``intervals``; both in order and without overlaps."""
    left: list[Interval] = []
    for begin, end in intervals:
        for low, high in taken:
            if high <= begin or low >= end:
                continue
            if low > begin:
                left.append((begin, low))
            begin = max(begin, high)
        if begin < end:
            left.append((begin, end))
    return left
