"""One verdict drawn: the reach walked, skipped and slept through on the map, and the way over time as a
chart.

Nothing is kept for this: the track is read from the upload as it came, and everything follows from it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from shanhe.evidence.patrols.areas import kernel_area
from shanhe.evidence.patrols.earlier import kept_track
from shanhe.evidence.patrols.models import Track as KeptTrack
from shanhe.evidence.patrols.models import Verdict
from shanhe.evidence.patrols.rulesets import rules_from_json
from shanhe.evidence.patrols.sent import track_from_raw
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
        """A FeatureCollection; ``part`` says what each feature is.

        Reach: ``walked``, ``skipped``, ``asleep`` lines with ``from_m``, ``to_m``. Forest unit: ``unit``
        with its coverage. Checkpoints: ``visited``, ``missed``. And always ``track``, ``start``, ``end``,
        where there are any.
        """
        return {"type": "FeatureCollection", "features": [*self._area_features(), *self._track_features()]}

    def series(self) -> dict[str, Any]:
        """The chart: lists of seconds, metres along the reach (None off it), metres walked, metres a
        second.
        """
        walk = self.examined.walk
        if not len(walk):
            return {
                "started_at_ms": None,
                "t_s": [],
                "along_m": [],
                "walked_m": [],
                "speed_mps": [],
                "asleep": [],
            }
        picks = np.unique(np.linspace(0, len(walk) - 1, MOST_POINTS).astype(np.int64))
        speed = np.append(walk.speed_mps, walk.speed_mps[-1:]) if len(walk) > 1 else np.zeros(1)
        walked = np.concatenate(([0.0], np.cumsum(np.where(walk.credited, walk.leg_m, 0.0))))
        return {
            "started_at_ms": walk.t0_ms,
            "t_s": _rounded(walk.t_s[picks], 1),
            "along_m": [None if np.isnan(m) else round(m, 1) for m in self.along_m[picks].tolist()],
            "walked_m": _rounded(walked[picks], 1),
            "speed_mps": _rounded(speed[picks], 2),
            "asleep": self.verdict.details.get("asleep", []),
            "length_m": round(self.verdict.length_m, 1),
        }

    def _area_features(self) -> list[dict[str, Any]]:
        placed = self.examined.placed
        if placed.area.kind == "line":
            return self._reach_features()
        if placed.area.kind == "polygon":
            geometry = shapely.from_wkb(bytes(self.verdict.shape.wkb))
            return [_feature("unit", geometry, coverage=self.verdict.coverage)]
        visited = set(self.verdict.details.get("visits", ()))
        places = placed.area.parts[0]
        return [
            _feature("visited" if n in visited else "missed", shapely.Point(lon, lat), number=n + 1)
            for n, (lon, lat) in enumerate(places.tolist())
        ]

    def _reach_features(self) -> list[dict[str, Any]]:
        whole = (0.0, self.examined.placed.length_m)
        asleep = _merged(self._slept_along())
        walked = _without(_merged([(a, b) for a, b in self.verdict.covered]), asleep)
        skipped = _without(_without([whole], walked), asleep)
        return [
            _feature(part, line, from_m=round(begin, 1), to_m=round(end, 1))
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


def _feature(part: str, geometry: Any, **properties: Any) -> dict[str, Any]:
    shape = shapely.geometry.mapping(shapely.set_precision(geometry, 1e-7, mode="pointwise"))
    return {"type": "Feature", "properties": {"part": part, **properties}, "geometry": shape}


def _rounded(column: npt.NDArray[Any], digits: int) -> list[float]:
    return [round(float(value), digits) for value in column]
