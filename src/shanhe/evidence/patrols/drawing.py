"""One verdict drawn: the reach walked, skipped and slept through on the map, and the way over time as a
chart.

Nothing is kept for this: the track is read from the upload as it came, and everything follows from it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import shapely

from shanhe.evidence.patrols.areas import kernel_area
from shanhe.evidence.patrols.earlier import kept_track
from shanhe.evidence.patrols.models import Track as KeptTrack
from shanhe.evidence.patrols.models import Verdict
from shanhe.evidence.patrols.rulesets import rules_from_json
from shanhe.evidence.patrols.sent import track_from_raw
from shanhe.evidence.patrols.words import flag_words
from shanhe.kernel.tracks import examine
from shanhe.kernel.tracks.examined import Examined
from shanhe.kernel.tracks.place import PlacedArea
from shanhe.kernel.tracks.types import F64

__all__ = ["Drawing", "drawing_of", "series_of"]

MOST_POINTS = 600  # of a chart
SIMPLE_M = 2.0  # a drawn track may lie so far from the fixes
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A verdict with its track laid beside its area again."""

    verdict: Verdict
    examined: Examined
    along_m: F64  # (n,) metres along the reach of each kept fix, NaN where it is not near

    def geojson(self) -> dict[str, Any]:
        """A FeatureCollection as the office map takes it: ``layer`` is "part", "track", "start" or "end".

        ``part`` is "walked", "skipped" or "asleep": stretches of a reach (with ``from_m``, ``to_m``), pieces
        of a forest unit, checkpoints. ``sketch`` marks what was drawn for orientation, not surveyed.
        """
        return {"type": "FeatureCollection", "features": [*self._area_features(), *self._track_features()]}

    def series(self) -> dict[str, Any]:
        """The chart of time against distance.

        ``points``: [seconds from the first fix, metres walked]; ``along``: [seconds, metres along the
        reach], off it left out; ``bands``: stretches of seconds where the phone slept ("asleep") or a sign
        was seen ("flag").
        """
        walk = self.examined.walk
        if not len(walk):
            return {"started_at": None, "points": [], "along": [], "bands": []}
        picks = np.unique(np.linspace(0, len(walk) - 1, MOST_POINTS).astype(np.int64))
        seconds = walk.t_s[picks]
        near = ~np.isnan(self.along_m[picks])
        return {
            "started_at": datetime.fromtimestamp(walk.t0_ms / 1000, UTC).isoformat(),
            "points": _pairs(seconds, self._walked_m()[picks]),
            "along": _pairs(seconds[near], self.along_m[picks][near]),
            "bands": [band for band in map(_band, self.verdict.flags) if band is not None],
        }

    def _walked_m(self) -> F64:
        """Metres walked up to each fix, (n,): raw legs, scaled to the distance that noise does not
        inflate.
        """
        walk = self.examined.walk
        raw = np.concatenate(([0.0], np.cumsum(np.where(walk.credited, walk.leg_m, 0.0))))
        return raw * (self.verdict.distance_m / raw[-1]) if raw[-1] > 0 else raw

    def _area_features(self) -> list[dict[str, Any]]:
        kind = self.examined.placed.area.kind
        if kind == "line":
            return self._reach_features()
        return self._unit_features() if kind == "polygon" else self._checkpoint_features()

    def _unit_features(self) -> list[dict[str, Any]]:
        """What of a forest unit lies within tolerance of the way, and the rest."""
        walk, plane = self.examined.walk, self.examined.walk.projection
        unit = shapely.transform(
            shapely.from_wkb(bytes(self.verdict.shape.wkb)),
            lambda degrees: np.column_stack(plane.forward(degrees[:, 0], degrees[:, 1])),
        )
        legs = np.stack(
            [np.column_stack((walk.x[:-1], walk.y[:-1])), np.column_stack((walk.x[1:], walk.y[1:]))], axis=1
        )[walk.credited]
        seen = shapely.union_all(
            shapely.buffer(shapely.linestrings(legs), self.examined.reach_m, quad_segs=4)
        )
        pieces = (("walked", shapely.intersection(unit, seen)), ("skipped", shapely.difference(unit, seen)))
        return [
            self._part(
                part, shapely.transform(piece, lambda m: np.column_stack(plane.inverse(m[:, 0], m[:, 1])))
            )
            for part, piece in pieces
            if not piece.is_empty
        ]

    def _checkpoint_features(self) -> list[dict[str, Any]]:
        visited = set(self.verdict.details.get("visits", ()))
        places = self.examined.placed.area.parts[0].tolist()
        return [
            self._part("walked" if n in visited else "skipped", shapely.Point(lon, lat), name=str(n + 1))
            for n, (lon, lat) in enumerate(places)
        ]

    def _part(self, part: str, geometry: Any, **more: Any) -> dict[str, Any]:
        return _feature("part", geometry, part=part, sketch=self.verdict.shape.is_sketch, **more)

    def _reach_features(self) -> list[dict[str, Any]]:
        whole = (0.0, self.examined.placed.length_m)
        asleep = _merged(self._slept_along())
        walked = _without(_merged([(a, b) for a, b in self.verdict.covered]), asleep)
        skipped = _without(_without([whole], walked), asleep)
        return [
            self._part(part, line, from_m=round(begin, 1), to_m=round(end, 1))
            for part, intervals in (("walked", walked), ("skipped", skipped), ("asleep", asleep))
            for begin, end in intervals
            for line in _cut(self.examined.placed, begin, end)
        ]

    def _slept_along(self) -> list[Interval]:
        """Stretches between the last place before a phone slept and the first one after."""
        t = self.examined.walk.t_s
        found = []
        for begin_s, end_s in self.verdict.details.get("asleep", ()):
            before = self.along_m[max(int(np.searchsorted(t, begin_s, "right")) - 1, 0)]
            after = self.along_m[min(int(np.searchsorted(t, end_s, "left")), len(t) - 1)]
            if not (np.isnan(before) or np.isnan(after)) and before != after:
                found.append((float(min(before, after)), float(max(before, after))))
        return found

    def _track_features(self) -> list[dict[str, Any]]:
        walk = self.examined.walk
        if not len(walk):
            return []
        path = shapely.LineString(np.column_stack((walk.x, walk.y))) if len(walk) > 1 else None
        found = []
        if path is not None:
            simple = shapely.get_coordinates(shapely.simplify(path, SIMPLE_M))
            lon, lat = walk.projection.inverse(simple[:, 0], simple[:, 1])
            found.append(_feature("track", shapely.LineString(np.column_stack((lon, lat)))))
        lon, lat = walk.projection.inverse(walk.x[[0, -1]], walk.y[[0, -1]])
        found.append(_feature("start", shapely.Point(lon[0], lat[0])))
        found.append(_feature("end", shapely.Point(lon[1], lat[1])))
        return found


def drawing_of(verdict: Verdict, kept: KeptTrack) -> Drawing:
    """A verdict (with area and shape) drawn from the patrol's kept upload. No query."""
    area = verdict.area
    area.half_width_m = verdict.details.get("half_width_m", area.half_width_m)
    rules = rules_from_json(verdict.details["rules"])
    examined, _flags = examine(kernel_area(area, verdict.shape), track_from_raw(*kept_track(kept)), rules)
    return Drawing(verdict, examined, _along(examined))


def series_of(verdict: Verdict, kept: KeptTrack) -> dict[str, Any]:
    """The chart of a verdict alone."""
    return drawing_of(verdict, kept).series()


def _along(examined: Examined) -> F64:
    """Metres along the reach of the nearest place to each fix, (n,); NaN beyond tolerance and for other
    areas.
    """
    placed, walk = examined.placed, examined.walk
    along = np.full(len(walk), np.nan)
    if placed.area.kind != "line" or not len(walk):
        return along
    fixes = shapely.points(walk.x, walk.y)
    nearest = np.full(len(walk), np.inf)
    for first, last in zip(placed.starts[:-1], placed.starts[1:], strict=True):
        x, y, chainage = placed.x[first:last], placed.y[first:last], placed.chainage[first:last]
        line = shapely.LineString(np.column_stack((x, y)))
        away = shapely.distance(line, fixes)
        flat = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))))
        here = np.interp(shapely.line_locate_point(line, fixes), flat, chainage)
        closer = (away < nearest) & (away <= examined.reach_m)
        along[closer], nearest[closer] = here[closer], away[closer]
    return along


def _cut(placed: PlacedArea, begin: float, end: float) -> list[shapely.LineString]:
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


def _feature(layer: str, geometry: Any, **properties: Any) -> dict[str, Any]:
    shape = shapely.geometry.mapping(shapely.set_precision(geometry, 1e-7, mode="pointwise"))
    return {"type": "Feature", "properties": {"layer": layer, **properties}, "geometry": shape}


def _band(flag: dict[str, Any]) -> dict[str, Any] | None:
    if flag["from_s"] is None or flag["to_s"] is None:
        return None
    kind = "asleep" if flag["code"] == "asleep" else "flag"
    return {"from_s": flag["from_s"], "to_s": flag["to_s"], "kind": kind, "label": flag_words(flag["code"])}


def _pairs(seconds: F64, metres: F64) -> list[list[float]]:
    return [[round(s, 1), round(m, 1)] for s, m in zip(seconds.tolist(), metres.tolist(), strict=True)]
