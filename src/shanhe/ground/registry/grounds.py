"""The quiet ground beneath maps: boundaries and seats of divisions, and waters, for one window.

Names and boundaries of divisions are public; waters are those that the scope sees.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.db.models import F

from shanhe.ground.divisions.models import Division, DivisionShape
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.queries import waters_of
from shanhe.ground.registry.window import Window, candidates

__all__ = ["Ground", "ground_geojson", "grown"]

SCREEN_PX = 1_024.0  # the window fills about so much of a screen
TILE_PX = 512.0  # of the map's world at zoom 0
CLOSER = 2.0  # steps of zoom into the window at which lines still look right
DECIMALS = 5  # about a metre: the ground is for orientation
TOWNSHIPS_FROM, VILLAGES_FROM = 8.0, 10.5  # zoom at which seats are shown
MOST_SEATS = 400
MOST_SHAPES = 1_500


@dataclass(frozen=True, slots=True)
class Ground:
    """What a ground shows: window, and the zoom at which the window fills a screen."""

    window: Window

    @property
    def zoom(self) -> float:
        """MapLibre's zoom at which the window is about as wide or high as a screen; at most 16."""
        width = self.window.max_lon - self.window.min_lon
        height = (self.window.max_lat - self.window.min_lat) / math.cos(math.radians(_middle(self.window)))
        span = max(width, height, 1e-6)
        return min(16.0, math.log2(360 * SCREEN_PX / (TILE_PX * span)))

    @property
    def tolerance(self) -> float:
        """Degrees by which a line may be simplified: half a pixel, some steps closer."""
        return 360 / (TILE_PX * 2 ** (self.zoom + CLOSER)) / 2


def grown(window: Window, share: float, least_m: float = 0.0) -> Window:
    """The window with ``share`` of its size, and at least ``least_m`` metres, added at each side."""
    lat = _middle(window)
    dlat = max((window.max_lat - window.min_lat) * share, least_m / 111_000)
    dlon = max((window.max_lon - window.min_lon) * share, least_m / (111_000 * math.cos(math.radians(lat))))
    return Window(
        max(window.min_lon - dlon, -180),
        max(window.min_lat - dlat, -89),
        min(window.max_lon + dlon, 180),
        min(window.max_lat + dlat, 89),
    )


def _middle(window: Window) -> float:
    return (window.min_lat + window.max_lat) / 2


def ground_geojson(scope: Scope, ground: Ground) -> str:
    """Divisions and waters of the window as a FeatureCollection in the map's contract (docs/design/look.md).

    Cut at the window. Three queries.
    """
    features = [*_divisions(ground), *_seats(ground), *_waters(scope, ground)]
    return f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}'


def _divisions(ground: Ground) -> Iterator[str]:
    window = ground.window
    rows = list(
        DivisionShape.objects.filter(
            min_lon__lte=window.max_lon,
            max_lon__gte=window.min_lon,
            min_lat__lte=window.max_lat,
            max_lat__gte=window.min_lat,
        )
        .order_by("division__level", "division_id")
        .values_list("wkb", "division_id", "division__name", "division__level")[:MOST_SHAPES]
    )
    return _written(ground, rows, ("code", "name", "level"), "division")


def _seats(ground: Ground) -> Iterator[str]:
    """Names of townships and villages, where their offices stand: nobody publishes their boundaries."""
    levels = [
        level
        for level, zoom in (("township", TOWNSHIPS_FROM), ("village", VILLAGES_FROM))
        if ground.zoom >= zoom
    ]
    window = ground.window
    rows = Division.objects.filter(
        level__in=levels,
        shape=None,
        lon__gte=window.min_lon,
        lon__lte=window.max_lon,
        lat__gte=window.min_lat,
        lat__lte=window.max_lat,
    ).order_by("level", "code")
    for code, name, level, lon, lat in rows.values_list("code", "name", "level", "lon", "lat")[:MOST_SEATS]:
        point = f'{{"type":"Point","coordinates":[{lon:.5f},{lat:.5f}]}}'
        yield _feature(point, {"layer": "division", "code": code, "name": name, "level": level})


def _waters(scope: Scope, ground: Ground) -> Iterator[str]:
    shapes = candidates(ground.window).filter(water__isnull=False)
    if not scope.seen.everything:
        shapes = shapes.filter(water__in=waters_of(scope).order_by().values("pk"))
    rows = list(
        shapes.order_by(-F("area_m2"), -F("length_m"), "water_id").values_list(
            "wkb", "water__code", "water__name", "water__level", "is_sketch"
        )[:MOST_SHAPES]
    )
    return _written(ground, rows, ("code", "name", "level", "sketch"), "water")


def _written(ground: Ground, rows: Sequence[Any], names: Sequence[str], layer: str) -> Iterator[str]:
    if not rows:
        return
    window = ground.window
    drawn = shapely.clip_by_rect(
        shapely.from_wkb([bytes(row[0]) for row in rows]),
        window.min_lon,
        window.min_lat,
        window.max_lon,
        window.max_lat,
    )
    drawn = shapely.simplify(drawn, ground.tolerance, preserve_topology=True)
    drawn = shapely.transform(drawn, lambda degrees: np.round(degrees, DECIMALS))
    for row, shape, text in zip(rows, drawn, shapely.to_geojson(drawn), strict=True):
        if not shapely.is_empty(shape):
            yield _feature(text, {"layer": layer, **dict(zip(names, row[1:], strict=True))})


def _feature(geometry: str, properties: dict[str, Any]) -> str:
    told = json.dumps(properties, ensure_ascii=False, separators=(",", ":"))
    return f'{{"type":"Feature","geometry":{geometry},"properties":{told}}}'
