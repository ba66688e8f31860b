"""Vector tiles of what everybody may know: boundaries and seats of divisions, waters, areas, facilities.

They take no scope: names, kinds, levels and lines stand on signboards. How an area stands is not in them;
pages ask for that with the reader's scope. An ancient tree is shown within a square kilometre, not where it
stands.

Below zoom 9 a tile is thinned: the higher levels and the longer lines first, and only so many as one can tell
apart on a screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from shanhe.ground.divisions.models import Division, DivisionShape, Level
from shanhe.ground.registry.models import Facility, ForestUnit, Shape
from shanhe.ground.registry.queries import valid_on
from shanhe.ground.registry.window import Window, candidates
from shanhe.kernel.geo.tiles import EXTENT, Tile

__all__ = ["LAYERS", "MOST_ZOOM", "tile_bytes", "tiles_version"]

MOST_ZOOM = 14  # closer in, browsers enlarge these
RIM = 64 / EXTENT  # beyond the edge, so that wide lines meet
THIN_BELOW, MOST_THIN, MOST = 9, 2_500, 4_000
SIMPLER_UNITS = 3.0  # a fifth of a pixel
SMALLEST_UNITS = 12.0  # under a pixel: a dot nobody sees, below zoom 9
BLUR_DECIMALS = 2  # degrees; about a kilometre
VILLAGES_FROM, TOWNSHIPS_FROM, COUNTIES_FROM = 10, 7, 4

Row = tuple[Any, dict[str, Any]]  # WKB, what is told of it


def tiles_version() -> str:
    """Changes whenever a line is drawn or redrawn: shapes are never overwritten. One indexed look-up.

    The moment is in it, too: after a restore the same number may stand for another line.
    """
    last = Shape.objects.order_by("-pk").values_list("pk", "created_at").first()
    return f"{last[0]:x}-{int(last[1].timestamp() * 1000):x}" if last else "0"


def tile_bytes(layer: str, tile: Tile, day: date) -> bytes:
    """The tile of a layer (a key of ``LAYERS``) in the Mapbox Vector Tile format 2.1; b"" when nothing lies
    in it. At most four queries.
    """
    rows = LAYERS[layer](tile, Window(*tile.box(RIM)), day)
    features = _features(tile, rows)
    if not features:
        return b""
    made: bytes = mapbox_vector_tile.encode(
        [{"name": layer, "features": features}], default_options={"y_coord_down": True, "extents": EXTENT}
    )
    return made


def _features(tile: Tile, rows: list[Row]) -> list[dict[str, Any]]:
    if not rows:
        return []
    geometries = shapely.from_wkb([bytes(wkb) for wkb, _told in rows])
    west, south, east, north = tile.box(RIM)
    # A country's boundary is cut first: most of its vertices lie elsewhere.
    near = shapely.clip_by_rect(geometries, west, south, east, north)
    flat = shapely.transform(near, lambda degrees: np.column_stack(tile.units(degrees[:, 0], degrees[:, 1])))
    flat = shapely.set_precision(shapely.simplify(flat, SIMPLER_UNITS), 1.0)
    kept = ~shapely.is_empty(flat)
    if tile.z < THIN_BELOW:
        kept &= _is_big(flat)
    return [{"geometry": flat[i], "properties": rows[i][1]} for i in np.flatnonzero(kept)]


def _is_big(flat: Any) -> Any:
    """Points, and what is wider or higher than a pixel."""
    low_x, low_y, high_x, high_y = shapely.bounds(flat).T
    return (shapely.get_dimensions(flat) == 0) | (np.fmax(high_x - low_x, high_y - low_y) >= SMALLEST_UNITS)


def _by_level(column: str) -> Case:
    whens = [When(**{column: level, "then": Value(rank)}) for rank, level in enumerate(Level.values)]
    return Case(*whens, output_field=IntegerField())


def _limit(tile: Tile) -> int:
    return MOST_THIN if tile.z < THIN_BELOW else MOST


def _areas(tile: Tile, window: Window, day: date) -> list[Row]:
    shapes = (
        candidates(window)
        .filter(valid_on(day, "area__"), area__isnull=False)
        .order_by(_by_level("area__level"), "-length_m", "pk")
        .values_list(
            "wkb",
            "area__code",
            "area__name",
            "area__kind",
            "area__level",
            "is_sketch",
            "area__forest_unit__kind",
        )
    )
    return [_area(*row) for row in shapes[: _limit(tile)]]


def _area(
    wkb: Any, code: str, name: str, kind: str, level: str, is_sketch: bool, unit_kind: str | None
) -> Row:
    told = {"layer": "area", "code": code, "name": name, "kind": kind, "level": level, "sketch": is_sketch}
    if unit_kind == ForestUnit.Kind.ANCIENT_TREE:
        return _blurred(wkb), told | {"blurred": True}
    return wkb, told


def _blurred(wkb: Any) -> bytes:
    middle = shapely.centroid(shapely.from_wkb(bytes(wkb)))
    return bytes(shapely.to_wkb(shapely.transform(middle, lambda at: np.round(at, BLUR_DECIMALS))))


def _waters(tile: Tile, window: Window, day: date) -> list[Row]:
    shapes = (
        candidates(window)
        .filter(water__isnull=False)
        .order_by(_by_level("water__level"), "-length_m", "pk")
        .values_list("wkb", "water__code", "water__name", "water__kind", "water__level", "is_sketch")
    )
    names = ("code", "name", "kind", "level", "sketch")
    return [(wkb, {"layer": "water"} | _told(names, rest)) for wkb, *rest in shapes[: _limit(tile)]]


def _facilities(tile: Tile, window: Window, day: date) -> list[Row]:
    """From zoom 9: signboards and markers are for who stands near."""
    if tile.z < THIN_BELOW:
        return []
    shapes: QuerySet[Any] = (
        candidates(window)
        .filter(facility__isnull=False, facility__kind__in=PUBLIC_FACILITIES)
        .order_by("pk")
        .values_list("wkb", "facility__code", "facility__name", "facility__kind")
    )
    names = ("code", "name", "kind")
    return [(wkb, {"layer": "facility"} | _told(names, rest)) for wkb, *rest in shapes[:MOST]]


#: What the signboard rules let everybody know. A drinking-water intake is nobody's business.
PUBLIC_FACILITIES = (
    Facility.Kind.OUTFALL,
    Facility.Kind.SIGNBOARD,
    Facility.Kind.MARKER,
    Facility.Kind.SOURCE_ZONE,
    Facility.Kind.STATION,
    Facility.Kind.SLUICE,
)


def _divisions(tile: Tile, window: Window, day: date) -> list[Row]:
    return [*_boundaries(tile, window), *_seats(tile, window, day)]


def _boundaries(tile: Tile, window: Window) -> list[Row]:
    meets = Q(
        max_lon__gte=window.min_lon,
        min_lon__lte=window.max_lon,
        max_lat__gte=window.min_lat,
        min_lat__lte=window.max_lat,
    )
    near = list(DivisionShape.objects.filter(meets).values_list("pk", flat=True))
    # Names by key: a join would walk through all divisions of a level, and there are 620,000 villages.
    divisions = Division.objects.filter(pk__in=near, level__in=_levels(tile))
    told = {code: (code, name, level) for code, name, level in divisions.values_list("code", "name", "level")}
    names = ("code", "name", "level")
    rows = DivisionShape.objects.filter(pk__in=told).order_by("pk").values_list("pk", "wkb")
    return [(wkb, {"layer": "division"} | _told(names, told[code])) for code, wkb in rows[: _limit(tile)]]


def _seats(tile: Tile, window: Window, day: date) -> list[Row]:
    rows = Division.objects.filter(
        valid_on(day),
        lon__gte=window.min_lon,
        lon__lte=window.max_lon,
        lat__gte=window.min_lat,
        lat__lte=window.max_lat,
    )
    if tile.z < VILLAGES_FROM:
        rows = rows.filter(level__in=_levels(tile))
    found = list(rows.order_by("lon").values_list("lon", "lat", "code", "name", "level")[: _limit(tile)])
    points = shapely.to_wkb(shapely.points([row[0] for row in found], [row[1] for row in found]))
    names = ("code", "name", "level")
    return [(wkb, {"layer": "seat"} | _told(names, row[2:])) for wkb, row in zip(points, found, strict=True)]


def _levels(tile: Tile) -> list[str]:
    """Smaller places appear as one comes nearer."""
    levels = [Level.PROVINCE.value, Level.PREFECTURE.value]
    later = ((COUNTIES_FROM, Level.COUNTY), (TOWNSHIPS_FROM, Level.TOWNSHIP), (VILLAGES_FROM, Level.VILLAGE))
    return levels + [level.value for zoom, level in later if tile.z >= zoom]


def _told(names: Iterable[str], values: Iterable[Any]) -> dict[str, Any]:
    return dict(zip(names, values, strict=True))


#: What can be asked for, with the function that finds its rows.
LAYERS: dict[str, Callable[[Tile, Window, date], list[Row]]] = {
    "divisions": _divisions,
    "waters": _waters,
    "areas": _areas,
    "facilities": _facilities,
}
