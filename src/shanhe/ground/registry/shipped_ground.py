"""The country's land, provinces and great waters that come with the program (data/PROVENANCE.md).

The same file lies beneath the public maps. It holds what the statistics' list of divisions leaves out (台湾,
香港, 澳门), so a map of the country is drawn from it and not from the divisions' own boundaries.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import shapely

import shanhe

__all__ = ["ATTRIBUTION", "Piece", "great_waters", "land", "province_lines", "province_names"]

FILE = Path(shanhe.__file__).parent / "data" / "boundaries" / "public_ground.geojson.gz"
ATTRIBUTION = "天地图 · NFGIS 1:4M"


@dataclass(frozen=True, slots=True)
class Piece:
    """One feature of the file; ``name`` and ``code`` may be empty."""

    layer: str
    level: str
    code: str
    name: str
    shape: Any  # degrees, longitude first


@cache
def _pieces() -> tuple[Piece, ...]:
    with gzip.open(FILE, "rt", encoding="utf-8") as file:
        features = json.load(file)["features"]
    shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
    return tuple(
        _piece(feature["properties"], shape) for feature, shape in zip(features, shapes, strict=True)
    )


def _piece(told: dict[str, Any], shape: Any) -> Piece:
    return Piece(
        layer=told["layer"],
        level=told.get("level") or "",
        code=told.get("code") or "",
        name=told.get("name") or "",
        shape=shape,
    )


def _divisions(level: str, *types: str) -> Iterator[Piece]:
    for piece in _pieces():
        if piece.layer == "division" and piece.level == level and piece.shape.geom_type in types:
            yield piece


def land() -> Any:
    """The land as one surface, generalised to about a kilometre."""
    return next(_divisions("", "Polygon", "MultiPolygon")).shape


def province_lines() -> list[Any]:
    """The boundaries of the provinces, one each."""
    return [piece.shape for piece in _divisions("province", "LineString", "MultiLineString")]


def province_names() -> list[Piece]:
    """The provinces as points in their middle."""
    return list(_divisions("province", "Point"))


def great_waters() -> list[Piece]:
    """Rivers and lakes of the 1:4M sheets: right to some kilometres, for orientation only."""
    return [piece for piece in _pieces() if piece.layer == "water"]
