"""The quiet ground beneath maps: boundaries and seats of divisions, and waters, for one window.

Names and boundaries of divisions are public; waters are those that the scope sees.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.db.models import F, Max, Min, QuerySet

from shanhe.ground.divisions.models import Division, DivisionShape
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.models import Shape
from shanhe.ground.registry.queries import waters_of
from shanhe.ground.registry.shipped_ground import (
    ATTRIBUTION,
    great_waters,
    land,
    province_lines,
    province_names,
)
from shanhe.ground.registry.window import Window, candidates
from shanhe.kernel.codes import DIGITS

__all__ = ["Ground", "ground_geojson", "grown", "window_of"]

CHINA = Window(73.0, 18.0, 135.5, 53.8)
SCREEN_PX = 1_024.0  # the window fills about so much of a screen
TILE_PX = 512.0  # of the map's world at zoom 0
CLOSE_FROM = 8.0  # zoom from which every kilometre is seen
BESIDE_DEG = 0.02  # two kilometres: so far apart two sources may draw the same boundary
MOST_SEATS = 400
MOST_WATERS = 1_000

#: Zoom from which a level is drawn with its names.
COUNTIES_FROM, TOWNSHIPS_FROM, VILLAGES_FROM = 4.6, 7.5, 10.0


@dataclass(frozen=True, slots=True)
class Ground:
    """A window and what may be seen in it."""

    window: Window

    @property
    def zoom(self) -> float:
        """MapLibre's zoom at which the window is about as wide or high as a screen; at most 16."""
        width = self.window.max_lon - self.window.min_lon
        height = (self.window.max_lat - self.window.min_lat) / math.cos(math.radians(_middle(self.window)))
        span = max(width, height, 1e-6)
        return min(16.0, math.log2(360 * SCREEN_PX / (TILE_PX * span)))

    @property
    def is_close(self) -> bool:
        """Whether the window is small beside a county, so that every kilometre is seen."""
        return self.zoom >= CLOSE_FROM

    @property
    def tolerance(self) -> float:
        """Degrees by which a line may be simplified: a pixel, in a close window half of one."""
        return 360 / (TILE_PX * 2 ** (self.zoom + (1 if self.is_close else 0)))

    @property
    def decimals(self) -> int:
        """Digits behind the point that the tolerance leaves a meaning."""
        return math.ceil(-math.log10(self.tolerance)) + (1 if self.is_close else 0)

    def clip(self, shapes: Any) -> Any:
        """The shapes cut at the window."""
        box = self.window
        return shapely.clip_by_rect(shapes, box.min_lon, box.min_lat, box.max_lon, box.max_lat)


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


def window_of(scope: Scope) -> Window:
    """The box of all areas seen; of the divisions seen where there are none; the country for everybody else.

    Two queries at most.
    """
    areas = Shape.objects.filter(scope.seen.areas("area__"), area__isnull=False, area__until=None, until=None)
    return _box(areas) or _box(DivisionShape.objects.filter(scope.seen.divisions("division_id"))) or CHINA


def _box(shapes: QuerySet[Any]) -> Window | None:
    found = shapes.aggregate(
        west=Min("min_lon"), south=Min("min_lat"), east=Max("max_lon"), north=Max("max_lat")
    )
    if found["west"] is None:
        return None
    return Window(found["west"], found["south"], found["east"], found["north"])


def ground_geojson(scope: Scope, ground: Ground, more: str = "") -> str:
    """Divisions and waters of the window as a FeatureCollection in the map's contract (docs/design/look.md).

    ``more`` is the address that answers ``bbox=`` for other windows; the map asks it when it is moved out of
    this one or far into it. Four queries.
    """
    box = ground.window
    head = {
        "type": "FeatureCollection",
        "attribution": ATTRIBUTION,
        "bbox": [box.min_lon, box.min_lat, box.max_lon, box.max_lat],
        "zoom": round(ground.zoom, 2),
        **({"more": more} if more else {}),
    }
    divisions = _counties(ground) if ground.zoom >= COUNTIES_FROM else _provinces(ground)
    waters = list(_waters(scope, ground))
    features = [*_land(ground), *divisions, *_seats(ground), *_great_waters(ground, waters), *_told(waters)]
    return f'{json.dumps(head, ensure_ascii=False)[:-1]},"features":[{",".join(features)}]}}'


def _land(ground: Ground) -> Iterator[str]:
    """One surface beneath all: counties' boundaries of several sources leave gaps between them."""
    surface = shapely.simplify(ground.clip(land()), ground.tolerance)
    for text in _texts(np.array([surface]), ground.decimals):
        if text is not None:
            yield _feature(text, {"layer": "division", "cut": True})


def _provinces(ground: Ground) -> Iterator[str]:
    """The country: lines and names of provinces."""
    lines = shapely.simplify(ground.clip(np.array(province_lines())), ground.tolerance)
    for text in _texts(lines, ground.decimals):
        if text is not None:
            yield _feature(text, {"layer": "division", "level": "province"})
    for piece in province_names():
        about = {"layer": "division", "code": piece.code, "name": piece.name, "level": "province"}
        yield _feature(shapely.to_geojson(piece.shape), about)


def _counties(ground: Ground) -> Iterator[str]:
    """Counties by name, and the lines of counties, prefectures and provinces.

    Neighbours are simplified together and stay neighbours. Patches are cut at the window, so their outlines
    are not drawn (``cut``): lines are features of their own.
    """
    window = ground.window
    rows = list(
        DivisionShape.objects.filter(
            division__level="county",
            min_lon__lte=window.max_lon,
            max_lon__gte=window.min_lon,
            min_lat__lte=window.max_lat,
            max_lat__gte=window.min_lat,
        )
        .order_by("division_id")
        .values_list("division_id", "division__name", "source", "wkb")
    )
    if not rows:
        return
    codes = [row[0] for row in rows]
    patches = shapely.coverage_simplify(shapely.from_wkb([bytes(row[3]) for row in rows]), ground.tolerance)
    for (code, name, *_rest), text in zip(rows, _texts(ground.clip(patches), ground.decimals), strict=True):
        if text is not None:
            about = {"layer": "division", "code": code, "name": name, "level": "county", "cut": True}
            yield _feature(text, about)
    sources = [row[2] for row in rows] if ground.is_close else [""] * len(rows)
    for level, lines in _lines(patches, codes, np.array(sources)).items():
        for text in _texts(np.array([ground.clip(lines)]), ground.decimals):
            if text is not None:
                yield _feature(text, {"layer": "division", "level": level})


def _lines(patches: Any, codes: Sequence[str], sources: Any) -> dict[str, Any]:
    """Level → the boundaries of that level between the patches, as lines; each boundary is of one level.

    A piece from corner to corner is a boundary of the highest level at which the two divisions beside its
    middle differ. The rim, where nothing lies on the other side, is a county's.
    """
    pieces = shapely.get_parts(shapely.line_merge(_outlines(patches, sources)))
    middles = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    near, which = shapely.STRtree(patches).query(middles, predicate="dwithin", distance=BESIDE_DEG)
    away = shapely.distance(middles[near], patches[which])
    beside: dict[int, list[str]] = {}
    for i in np.lexsort((away, near)):
        beside.setdefault(int(near[i]), []).append(codes[which[i]])
    levels = np.array([_level_between(beside.get(i, [])[:2]) for i in range(len(pieces))])
    return {
        level: shapely.multilinestrings(pieces[levels == level])
        for level in ("county", "prefecture", "province")
    }


def _level_between(codes: Sequence[str]) -> str:
    for level in ("province", "prefecture"):
        if len({code[: DIGITS[level]] for code in codes}) > 1:
            return level
    return "county"


def _outlines(patches: Any, sources: Any) -> Any:
    """The outlines of the patches, shared ones once.

    Where two sources meet, the finer one's line is drawn and the other's, which runs beside it, is not.
    """
    finest_first = sorted(
        set(sources.tolist()),
        key=lambda source: -float(np.mean(shapely.get_num_coordinates(patches[sources == source]))),
    )
    drawn, beside = [], None
    for source in finest_first:
        own = patches[sources == source]
        lines = shapely.union_all(shapely.boundary(own))
        drawn.append(lines if beside is None else shapely.difference(lines, beside))
        if len(finest_first) > 1:
            rim = shapely.simplify(shapely.boundary(shapely.coverage_union_all(own)), BESIDE_DEG / 5)
            rim = shapely.buffer(rim, BESIDE_DEG, quad_segs=2)
            beside = rim if beside is None else shapely.union(beside, rim)
    return shapely.union_all(drawn)


def _seats(ground: Ground) -> Iterator[str]:
    """Names of townships and villages, where their offices stand: nobody publishes their boundaries."""
    drawn = (("township", TOWNSHIPS_FROM), ("village", VILLAGES_FROM))
    window = ground.window
    rows = Division.objects.filter(
        level__in=[level for level, zoom in drawn if ground.zoom >= zoom],
        shape=None,
        lon__gte=window.min_lon,
        lon__lte=window.max_lon,
        lat__gte=window.min_lat,
        lat__lte=window.max_lat,
    ).order_by("level", "code")
    for code, name, level, lon, lat in rows.values_list("code", "name", "level", "lon", "lat")[:MOST_SEATS]:
        point = f'{{"type":"Point","coordinates":[{lon:.5f},{lat:.5f}]}}'
        yield _feature(point, {"layer": "division", "code": code, "name": name, "level": level})


@dataclass(frozen=True, slots=True)
class _Water:
    """A water of the registry as it is drawn."""

    geometry: str
    code: str
    name: str
    level: str
    is_sketch: bool


def _waters(scope: Scope, ground: Ground) -> Iterator[_Water]:
    shapes = candidates(ground.window).filter(water__isnull=False)
    if not scope.seen.everything:
        shapes = shapes.filter(water__in=waters_of(scope).order_by().values("pk"))
    rows = list(
        shapes.order_by(-F("area_m2"), -F("length_m"), "water_id").values_list(
            "wkb", "water__code", "water__name", "water__level", "is_sketch"
        )[:MOST_WATERS]
    )
    if rows:
        drawn = ground.clip(shapely.from_wkb([bytes(row[0]) for row in rows]))
        texts = _texts(shapely.simplify(drawn, ground.tolerance), ground.decimals)
        for text, row in zip(texts, rows, strict=True):
            if text is not None:
                yield _Water(text, *row[1:])


def _told(waters: Sequence[_Water]) -> Iterator[str]:
    for water in waters:
        about = {"code": water.code, "name": water.name, "level": water.level, "sketch": water.is_sketch}
        yield _feature(water.geometry, {"layer": "water", **about})


def _great_waters(ground: Ground, drawn: Sequence[_Water]) -> Iterator[str]:
    """The shipped waters, but no river that the registry has a line of its own for."""
    names = [water.name for water in drawn]
    pieces = [
        piece
        for piece in great_waters()
        if piece.shape.geom_type.endswith("Polygon") or not _is_among(piece.name, names)
    ]
    shapes = ground.clip(np.array([piece.shape for piece in pieces]))
    texts = _texts(shapely.simplify(shapes, ground.tolerance), ground.decimals)
    for piece, text in zip(pieces, texts, strict=True):
        if text is not None:
            # Right to some kilometres: from close by, a sketch.
            yield _feature(text, {"layer": "water", "name": piece.name, "sketch": ground.is_close})


def _is_among(name: str, names: Sequence[str]) -> bool:
    """Whether a river is one of them under any of its names: 塔里木河(叶尔羌河) is 叶尔羌河."""
    own = [word for word in re.split(r"[()（）]", name) if word]
    return any(word in other for word in own for other in names)


def _texts(shapes: Any, decimals: int) -> list[str | None]:
    """GeoJSON of each, rounded; None where nothing is left."""
    rounded = shapely.transform(shapes, lambda degrees: np.round(degrees, decimals))
    texts = shapely.to_geojson(rounded)
    return [
        None if is_empty else text for text, is_empty in zip(texts, shapely.is_empty(rounded), strict=True)
    ]


def _feature(geometry: str, properties: dict[str, Any]) -> str:
    told = json.dumps(properties, ensure_ascii=False, separators=(",", ":"))
    return f'{{"type":"Feature","geometry":{geometry},"properties":{told}}}'
