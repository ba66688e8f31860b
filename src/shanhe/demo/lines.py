"""Lines for the demonstration's ground: shipped ones, sketched ones, pieces of both. Degrees, CGCS2000."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

import shanhe
from shanhe.kernel.geo.projection import Projection, chainage_m

__all__ = ["Course", "blob", "county_outlines", "shipped", "shipped_lake", "sketched"]

F64 = npt.NDArray[np.float64]
DATA = Path(shanhe.__file__).parent / "data"


class Course:
    """A line that knows its chainage: metres from its first vertex."""

    def __init__(self, line: shapely.LineString) -> None:
        self.line = line
        self.degrees = shapely.get_coordinates(line)
        self.along = chainage_m(self.degrees[:, 0], self.degrees[:, 1])

    @property
    def length_m(self) -> float:
        """Metres."""
        return float(self.along[-1])

    def at(self, metres: F64 | float) -> F64:
        """The places so many metres along, (n, 2)."""
        wanted = np.atleast_1d(np.asarray(metres, np.float64))
        lon = np.interp(wanted, self.along, self.degrees[:, 0])
        return np.column_stack([lon, np.interp(wanted, self.along, self.degrees[:, 1])])

    def where(self, place: tuple[float, float]) -> float:
        """The chainage of the vertex nearest to a place."""
        lon, lat = self.degrees[:, 0], self.degrees[:, 1]
        aside = (lon - place[0]) * np.cos(np.radians(place[1]))
        return float(self.along[int(np.argmin(aside**2 + (lat - place[1]) ** 2))])

    def piece(self, from_m: float, to_m: float) -> shapely.LineString:
        """The line between two chainages."""
        inside = (self.along > from_m) & (self.along < to_m)
        ends = self.at(np.array([from_m, to_m]))
        return shapely.LineString(np.vstack([ends[:1], self.degrees[inside], ends[1:]]))


def shipped(name: str, box: tuple[float, float, float, float] | None = None) -> shapely.Geometry:
    """A river or lake of ``data/rivers`` by its name, merged to as few parts as can be, cut to ``box``."""
    found = [
        shapely.from_geojson(json.dumps(feature["geometry"]))
        for feature in _features(DATA / "rivers" / "rivers_lakes.geojson.gz")
        if feature["properties"]["name"] == name and feature["properties"]["kind"] == "river"
    ]
    geometry = found[0]
    if box is not None:
        geometry = shapely.intersection(geometry, shapely.box(*box))
    return shapely.line_merge(geometry) if geometry.geom_type == "MultiLineString" else geometry


def shipped_lake(at: tuple[float, float]) -> shapely.Geometry:
    """The lake of ``data/rivers`` that a place lies in."""
    place = shapely.Point(at)
    return next(
        lake
        for feature in _features(DATA / "rivers" / "rivers_lakes.geojson.gz")
        if feature["properties"]["kind"] == "lake"
        and (lake := shapely.from_geojson(json.dumps(feature["geometry"]))).contains(place)
    )


def county_outlines(prefix: str) -> dict[str, shapely.Geometry]:
    """Code → boundary of the shipped counties whose code begins with ``prefix``."""
    return {
        feature["properties"]["code"]: shapely.from_geojson(json.dumps(feature["geometry"]))
        for feature in _features(DATA / "boundaries" / "counties_kashgar_chizhou.geojson.gz")
        if feature["properties"]["code"].startswith(prefix)
    }


@cache
def _features(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return list(json.load(file)["features"])


def sketched(through: Sequence[tuple[float, float]], *, step_m: float, sway_m: float, seed: int) -> Course:
    """A line through places as a river might take: a Catmull-Rom curve that sways by ``sway_m`` at most.

    A vertex every ``step_m``. The same seed draws the same line.
    """
    lon, lat = np.array(through, np.float64).T
    plane = Projection.around(lon, lat)
    curve = _curve(np.column_stack(plane.forward(lon, lat)))
    along = np.r_[0.0, np.cumsum(np.hypot(*np.diff(curve, axis=0).T))]
    at = np.linspace(0, along[-1], max(int(along[-1] / step_m), 8))
    x, y = np.interp(at, along, curve[:, 0]), np.interp(at, along, curve[:, 1])
    rng = np.random.default_rng(seed)
    sway = sum(
        rng.uniform(0.3, 1.0) * np.sin(2 * np.pi * (at / (step_m * waves) + rng.random()))
        for waves in (9.0, 14.0, 23.0)
    )
    aside = np.arctan2(np.gradient(y), np.gradient(x)) + np.pi / 2
    off = sway_m / 3 * sway * np.abs(np.sin(np.pi * np.arange(len(at)) / (len(at) - 1))) ** 0.25
    lon, lat = plane.inverse(x + off * np.cos(aside), y + off * np.sin(aside))
    return Course(shapely.LineString(np.round(np.column_stack([lon, lat]), 6)))


def _curve(knots: F64, fine: int = 40) -> F64:
    """Catmull-Rom through the knots, ``fine`` pieces between two."""
    padded = np.vstack([2 * knots[0] - knots[1], knots, 2 * knots[-1] - knots[-2]])
    t = np.linspace(0, 1, fine, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        pieces.append(
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        )
    return np.vstack([*pieces, knots[-1:]])


def blob(at: tuple[float, float], radius_m: float, *, seed: int, corners: int = 9) -> shapely.Polygon:
    """A patch of land about a place, with uneven edges."""
    rng = np.random.default_rng(seed)
    turn = np.sort(np.linspace(0, 2 * np.pi, corners, endpoint=False) + rng.uniform(-0.2, 0.2, corners))
    out = radius_m * rng.uniform(0.75, 1.2, corners)
    lon, lat = Projection(at[0], at[1]).inverse(out * np.cos(turn) * 1.15, out * np.sin(turn) * 0.85)
    return shapely.Polygon(np.round(np.column_stack([lon, lat]), 6))
