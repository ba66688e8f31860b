"""One verdict drawn: the reach walked, skipped and slept through on the map, and the way over time as a
chart.

Nothing is kept for this: the track is read from the upload as it came, and everything follows from it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext

from shanhe.evidence.patrols.earlier import kept_track
from shanhe.evidence.patrols.models import Track as KeptTrack
from shanhe.evidence.patrols.models import Verdict
from shanhe.evidence.patrols.rulesets import rules_from_json
from shanhe.evidence.patrols.scans import points_area, scanned_from_json
from shanhe.evidence.patrols.sent import track_from_raw
from shanhe.evidence.patrols.words import flag_words
from shanhe.kernel.tracks import examine
from shanhe.kernel.tracks.drawn import Judged, Piece, along_of, piece_feature, pieces_of, way_features
from shanhe.kernel.tracks.examined import Examined
from shanhe.kernel.tracks.types import F64

__all__ = ["Drawing", "drawing_of", "series_of"]

MOST_POINTS = 600  # of a chart
MOST_DROPPED = 1_000  # fixes that were not used, drawn
AROUND_M = 4_000.0  # of an area that is visited by stops, at least so much is drawn round the way
RIM_DEG = 1e-6  # a decimetre, by which the edges of two computed surfaces may differ
BESIDE_M = 500.0  # so far round its area a superior of that area alone follows a track


@dataclass(frozen=True, slots=True)
class Drawing:
    """A verdict with its track laid beside its area again."""

    verdict: Verdict
    examined: Examined
    along_m: F64  # (n,) metres along the reach of each kept fix, NaN where it is not near

    def geojson(self, *, is_whole: bool = True) -> dict[str, Any]:
        """A FeatureCollection as the office map takes it: ``layer`` is "part", "area", "track", "start",
        "end" or "dropped".

        ``part`` is "walked", "skipped" or "asleep": stretches of a reach (with ``from_m``, ``to_m``), pieces
        of a forest unit, checkpoints; or "stop". "area" is what is not judged piece by piece. ``sketch``
        marks what was drawn for orientation, not surveyed. With ``is_whole`` False the track is drawn within
        ``BESIDE_M`` of the area's box only.
        """
        features = [*self._area_features(), *self._track_features(is_whole), *self._dropped_features()]
        return {"type": "FeatureCollection", "features": features}

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
            "points": _pairs(seconds, self.walked_m()[picks]),
            "along": _pairs(seconds[near], self.along_m[picks][near]),
            "bands": _bands(self.verdict.flags),
        }

    def walked_m(self) -> F64:
        """Metres walked up to each fix, (n,): raw legs, scaled to the distance that noise does not
        inflate.
        """
        walk = self.examined.walk
        raw = np.concatenate(([0.0], np.cumsum(np.where(walk.credited, walk.leg_m, 0.0))))
        return raw * (self.verdict.distance_m / raw[-1]) if raw[-1] > 0 else raw

    def _area_features(self) -> list[dict[str, Any]]:
        if self.examined.rules.kind == "stops":
            return [*self._area_around(), *self._stop_features()]
        details, is_sketch = self.verdict.details, self.verdict.shape.is_sketch
        judged = Judged(self.verdict.covered, details.get("asleep", ()), details.get("visits", ()))
        pieces = pieces_of(self.examined, judged)
        if self._is_by_boundary():
            return self._rim_features(pieces)
        return [piece_feature(piece, sketch=is_sketch) for piece in pieces]

    def _is_by_boundary(self) -> bool:
        """Whether it is the walk round a forest unit that counts, so that its inside is not missing."""
        is_unit = self.examined.placed.area.kind == "polygon"
        return is_unit and self.verdict.details.get("boundary", 0.0) > self.verdict.coverage

    def _rim_features(self, pieces: Sequence[Piece]) -> list[dict[str, Any]]:
        """What was seen from the way round a unit, the rest of it without a judgement, and the boundary
        that was left out.
        """
        is_sketch = self.verdict.shape.is_sketch
        seen = shapely.union_all([piece.shape for piece in pieces if piece.part == "walked"])
        rim = shapely.boundary(shapely.from_wkb(bytes(self.verdict.shape.wkb)))
        missed = shapely.difference(rim, shapely.buffer(seen, RIM_DEG))
        found = [self._area_feature(piece.shape) for piece in pieces if piece.part == "skipped"]
        found += [piece_feature(Piece("walked", seen), sketch=is_sketch)]
        return (
            found if missed.is_empty else [*found, piece_feature(Piece("skipped", missed), sketch=is_sketch)]
        )

    def _area_feature(self, shape: Any) -> dict[str, Any]:
        told = {"layer": "area", "name": self.verdict.area.name, "sketch": self.verdict.shape.is_sketch}
        return {"type": "Feature", "properties": told, "geometry": shapely.geometry.mapping(shape)}

    def _area_around(self) -> list[dict[str, Any]]:
        """Of an area that is visited by stops, which may be a thousand kilometres long, what lies near the
        way.
        """
        walk = self.examined.walk
        area = shapely.from_wkb(bytes(self.verdict.shape.wkb))
        if len(walk):
            size = max(float(np.ptp(walk.x)), float(np.ptp(walk.y)), AROUND_M)
            area = shapely.intersection(area, self._box(walk.x, walk.y, size / 2))
        return [] if area.is_empty else [self._area_feature(area)]

    def _stop_features(self) -> list[dict[str, Any]]:
        """A place for each stop: the middle of the fixes of its least time."""
        walk, found = self.examined.walk, []
        lasts_s = 60 * self.examined.rules.min_stop_minutes
        for number, since in enumerate(self.verdict.details.get("visits", ()), start=1):
            during = (walk.t_s >= since - 1) & (walk.t_s <= since + lasts_s)
            if during.any():
                x, y = np.array([walk.x[during].mean()]), np.array([walk.y[during].mean()])
                lon, lat = walk.projection.inverse(x, y)
                told = {"layer": "part", "part": "stop", "name": str(number)}
                place = {"type": "Point", "coordinates": [round(float(lon[0]), 7), round(float(lat[0]), 7)]}
                found.append({"type": "Feature", "properties": told, "geometry": place})
        return found

    def _track_features(self, is_whole: bool) -> list[dict[str, Any]]:
        features = way_features(self.examined)
        if is_whole:
            return features
        beside = self.beside()
        near = ((feature, shapely.geometry.shape(feature["geometry"])) for feature in features)
        return [
            {**feature, "geometry": shapely.geometry.mapping(shapely.intersection(shape, beside))}
            for feature, shape in near
            if shapely.intersects(shape, beside)
        ]

    def _dropped_features(self) -> list[dict[str, Any]]:
        """Fixes that were not used, those near the area: the others lie anywhere on the globe."""
        track = self.examined.track
        is_dropped = np.isfinite(track.lon) & np.isfinite(track.lat)
        is_dropped[self.examined.walk.kept] = False
        places = np.column_stack((track.lon[is_dropped], track.lat[is_dropped]))
        near = places[shapely.contains_xy(self.beside(), places)][:MOST_DROPPED]
        if not len(near):
            return []
        geometry = shapely.geometry.mapping(shapely.MultiPoint(np.round(near, 7)))
        return [{"type": "Feature", "properties": {"layer": "dropped"}, "geometry": geometry}]

    def beside(self) -> Any:
        """The area's box and ``BESIDE_M`` around it, in degrees."""
        return self._box(self.examined.placed.x, self.examined.placed.y, BESIDE_M)

    def _box(self, x: F64, y: F64, rim_m: float) -> Any:
        """The box round places (n,) of the plane and ``rim_m`` beyond, in degrees."""
        lon, lat = self.examined.placed.projection.inverse(
            np.array([x.min() - rim_m, x.max() + rim_m]), np.array([y.min() - rim_m, y.max() + rim_m])
        )
        return shapely.box(lon[0], lat[0], lon[1], lat[1])


def drawing_of(verdict: Verdict, kept: KeptTrack) -> Drawing:
    """A verdict (with area and shape) drawn from the patrol's kept upload. No query."""
    area = verdict.area
    area.half_width_m = verdict.details.get("half_width_m", area.half_width_m)
    rules = rules_from_json(verdict.details["rules"])
    ground = points_area(area, verdict.shape, rules, scanned_from_json(verdict.details))
    examined, _flags = examine(ground, track_from_raw(*kept_track(kept)), rules)
    return Drawing(verdict, examined, along_of(examined))


def series_of(verdict: Verdict, kept: KeptTrack) -> dict[str, Any]:
    """The chart of a verdict alone."""
    return drawing_of(verdict, kept).series()


def _bands(flags: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Signs that are about a stretch of time; those of one stretch share a band, or their names would lie
    on one another.
    """
    found: dict[tuple[float, float, str], list[str]] = {}
    for flag in flags:
        if flag["from_s"] is not None and flag["to_s"] is not None:
            kind = "asleep" if flag["code"] == "asleep" else "flag"
            found.setdefault((flag["from_s"], flag["to_s"], kind), []).append(flag_words(flag["code"]))
    return [
        {"from_s": since, "to_s": until, "kind": kind, "label": gettext(", ").join(dict.fromkeys(names))}
        for (since, until, kind), names in found.items()
    ]


def _pairs(seconds: F64, metres: F64) -> list[list[float]]:
    return [[round(s, 1), round(m, 1)] for s, m in zip(seconds.tolist(), metres.tolist(), strict=True)]
