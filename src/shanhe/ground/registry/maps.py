"""What the office map draws, as GeoJSON text: read from WKB, simplified for the zoom, written all at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely
from django.db.models import F, QuerySet

from shanhe.ground.divisions.models import DivisionShape
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.models import Shape
from shanhe.ground.registry.queries import facilities_seen, waters_of
from shanhe.ground.registry.window import Window, candidates

__all__ = ["areas_geojson", "divisions_geojson", "facilities_geojson", "waters_geojson"]

DECIMALS = 6  # 0.1 m
TILE_PX = 512  # of MapLibre's world at zoom 0


def areas_geojson(scope: Scope, window: Window, limit: int = 5_000, zoom: float = 22) -> str:
    """The areas seen whose shape meets the window, largest first, as a FeatureCollection.

    Each has its database id and the properties ``code, name, kind, level, division, sketch``. ``truncated``
    says that there were more than ``limit``. Lines are simplified to half a pixel at ``zoom``.
    """
    # A join, no subquery of areas: SQLite would go through all of them before it looks at the window.
    shapes = candidates(window).filter(
        scope.seen.areas("area__"), area__until__isnull=True, area__isnull=False
    )
    names = ("code", "name", "kind", "level", "division", "sketch")
    columns = ("area__code", "area__name", "area__kind", "area__level", "area__division_id", "is_sketch")
    return _collection(shapes, "area_id", names, columns, limit, zoom)


def waters_geojson(scope: Scope, window: Window, limit: int = 2_000, zoom: float = 22) -> str:
    """The waters seen in the window, with ``code, name, kind, level, sketch``; as ``areas_geojson``."""
    shapes = candidates(window).filter(water__isnull=False)
    if not scope.seen.everything:
        shapes = shapes.filter(water__in=list(waters_of(scope).order_by().values_list("pk", flat=True)))
    names = ("code", "name", "kind", "level", "sketch")
    columns = ("water__code", "water__name", "water__kind", "water__level", "is_sketch")
    return _collection(shapes, "water_id", names, columns, limit, zoom)


def facilities_geojson(scope: Scope, window: Window, limit: int = 5_000, zoom: float = 22) -> str:
    """The facilities seen in the window; properties ``code, name, kind``. See ``areas_geojson``."""
    shapes = candidates(window).filter(facilities_seen(scope, "facility__"), facility__isnull=False)
    names = ("code", "name", "kind")
    columns = ("facility__code", "facility__name", "facility__kind")
    return _collection(shapes, "facility_id", names, columns, limit, zoom)


def divisions_geojson(window: Window, level: str, limit: int = 1_000, zoom: float = 22) -> str:
    """The boundaries of a level in the window, for everybody; properties ``code, name, level``."""
    found = DivisionShape.objects.filter(
        division__level=level,
        min_lon__lte=window.max_lon,
        max_lon__gte=window.min_lon,
        min_lat__lte=window.max_lat,
        max_lat__gte=window.min_lat,
    ).order_by("division_id")
    rows = list(
        found.values_list("division_id", "wkb", "division_id", "division__name", "division__level")[
            : limit + 1
        ]
    )
    return _written(rows, ("code", "name", "level"), limit, zoom)


def _collection(
    shapes: QuerySet[Shape],
    key: str,
    names: Sequence[str],
    columns: Sequence[str],
    limit: int,
    zoom: float,
) -> str:
    largest = shapes.order_by(-F("area_m2"), -F("length_m"), key)
    return _written(list(largest.values_list(key, "wkb", *columns)[: limit + 1]), names, limit, zoom)


def _written(rows: Sequence[Any], names: Sequence[str], limit: int, zoom: float) -> str:
    shown = rows[:limit]
    features: Iterable[str] = ()
    if shown:
        geometries = _drawn([bytes(row[1]) for row in shown], zoom)
        features = (
            f'{{"type":"Feature","id":{json.dumps(row[0])},"geometry":{geometry},"properties":{properties}}}'
            for row, geometry, properties in zip(
                shown, geometries, (_properties(names, row[2:]) for row in shown), strict=True
            )
        )
    truncated = "true" if len(rows) > limit else "false"
    return f'{{"type":"FeatureCollection","truncated":{truncated},"features":[{",".join(features)}]}}'


def _drawn(wkbs: Sequence[bytes], zoom: float) -> Any:
    geometries = shapely.from_wkb(wkbs)
    tolerance = 360 / (TILE_PX * 2**zoom) / 2
    if tolerance > 10**-DECIMALS:
        geometries = shapely.simplify(geometries, tolerance, preserve_topology=False)
    return shapely.to_geojson(shapely.transform(geometries, lambda degrees: np.round(degrees, DECIMALS)))


def _properties(names: Sequence[str], values: Sequence[Any]) -> str:
    return json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False, separators=(",", ":"))
