"""Files of records for the registry: bytes in, rows of columns out. This far only GeoJSON is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shapely.geometry.base import BaseGeometry

from shanhe.ground.registry.geometry import geometry_from_geojson
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["RawRow", "read_records"]

LATER = (".gpkg", ".shp.zip", ".shp", ".zip", ".kml", ".kmz", ".xlsx", ".csv")
DEGREES = ("CRS84", ":4326", ":4490", "EPSG:4326", "EPSG:4490")
MOST_BYTES = 500 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RawRow:
    """One record of a file, with its columns as they are called there."""

    number: int  # 1 first
    columns: Mapping[str, Any]
    geometry: BaseGeometry | None
    problem: Text | None = None  # why its geometry could not be read


def read_records(content: bytes, name: str) -> list[RawRow]:
    """The records of a file called ``name``; Refusal on a format or a coordinate system that is not read."""
    ending = next((ending for ending in LATER if name.lower().endswith(ending)), "")
    if ending:
        raise Refusal(
            "registry.format",
            _("Files of type %(ending)s are not read yet; give GeoJSON (.geojson or .json)."),
            ending=ending,
        )
    if len(content) > MOST_BYTES:
        raise Refusal("registry.file_too_long", _("The file is too long; divide it."))
    return _features(_parsed(content))


def _parsed(content: bytes) -> Mapping[str, Any]:
    for encoding in ("utf-8-sig", "gb18030"):  # clerks' programs still write GBK
        try:
            found = json.loads(content.decode(encoding))
        except UnicodeDecodeError:
            continue
        except (ValueError, RecursionError) as error:
            line = getattr(error, "lineno", 1)
            raise Refusal(
                "registry.not_geojson", _("The file is no GeoJSON: look at line %(line)s."), line=line
            ) from None
        if isinstance(found, dict):
            return found
        break
    raise Refusal("registry.not_geojson", _("The file is no GeoJSON: look at line %(line)s."), line=1)


def _features(found: Mapping[str, Any]) -> list[RawRow]:
    _check_degrees(found)
    features = found.get("features") if found.get("type") == "FeatureCollection" else [found]
    if not isinstance(features, list):
        raise Refusal("registry.no_features", _("The file has no features."))
    if not features:
        raise Refusal("registry.no_features", _("The file has no features."))
    return [_row(number, feature) for number, feature in enumerate(features, 1)]


def _check_degrees(found: Mapping[str, Any]) -> None:
    crs = found.get("crs")
    if not isinstance(crs, dict):
        return
    properties = crs.get("properties")
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if name and not any(name.endswith(known) for known in DEGREES):
        raise Refusal(
            "registry.crs",
            _("The file's coordinate system is %(name)s. Needed: CGCS2000 or WGS 84 in degrees."),
            name=name[:80],
        )


def _row(number: int, feature: Any) -> RawRow:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return RawRow(number, {}, None, Text(_("This is no GeoJSON feature.")))
    columns = feature.get("properties")
    columns = dict(columns) if isinstance(columns, dict) else {}
    if "id" in feature:
        columns.setdefault("id", feature["id"])
    if feature.get("geometry") is None:
        return RawRow(number, columns, None)
    try:
        return RawRow(number, columns, geometry_from_geojson(feature["geometry"]))
    except Refusal as refusal:
        return RawRow(number, columns, None, refusal.message)
