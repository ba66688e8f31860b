"""Areas as GeoJSON: a reach, a forest unit or checkpoints."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.tracks.formats.fixes import look_swapped
from shanhe.kernel.tracks.formats.geojson import features_of, parsed_json
from shanhe.kernel.tracks.types import F64, Area, AreaKind

__all__ = ["area_of", "read_area"]

_KINDS: dict[str, AreaKind] = {
    "LineString": "line",
    "MultiLineString": "line",
    "Polygon": "polygon",
    "MultiPolygon": "polygon",
    "Point": "points",
    "MultiPoint": "points",
}
_DEGREES = ("4326", "4490", "crs84", "4979", "4258")


def read_area(content: bytes) -> Area:
    """The area in a GeoJSON file: geometries of one kind, bare or in features; heights are left out.

    A property ``half_width_m`` widens the tolerance of a broad river. Refused, with the reason: no GeoJSON,
    nothing in it, kinds mixed, another reference system, metres instead of degrees, longitude and latitude
    swapped, lines of one position, rings that are open, too short or cross themselves.
    """
    return area_of(parsed_json(content))


def area_of(value: Any) -> Area:
    """The area in a parsed GeoJSON value; see ``read_area``."""
    features = list(features_of(value))
    _check_crs(value)
    kinds = {_kind(geometry) for geometry, _properties in features}
    if len(kinds) > 1:
        _refuse(
            "area.mixed", _("An area is made of lines or polygons or points, not of several kinds at once.")
        )
    parts: list[F64] = []
    holes: list[bool] = []
    for geometry, _properties in features:
        _collect(geometry, parts, holes)
    if not kinds or not parts:
        _refuse("area.empty", _("The area has no positions."))
    kind = kinds.pop()
    if kind == "points":
        parts, holes = [np.concatenate(parts)], [False]
    _check_degrees(np.concatenate(parts))
    _check_shape(kind, parts)
    return Area(kind, tuple(parts), tuple(holes), _half_width_m(features))


def _refuse(code: str, message: str, **params: Any) -> None:
    raise Refusal(code, message, fields={"area": Text(message, params)}, **params)


def _check_crs(value: Any) -> None:
    crs = value.get("crs") if isinstance(value, dict) else None
    name = str((crs or {}).get("properties", {}).get("name", "")) if isinstance(crs, dict) else ""
    if name and not any(good in name.lower() for good in _DEGREES):
        _refuse(
            "area.crs",
            _("The area is in the reference system %(name)s; longitude and latitude (EPSG:4490) are needed."),
            name=name,
        )


def _kind(geometry: Mapping[str, Any]) -> AreaKind:
    kind = _KINDS.get(geometry["type"])
    if kind is None:
        _refuse("area.geometry", _("An area cannot be a %(kind)s."), kind=geometry["type"])
        raise AssertionError
    return kind


def _collect(geometry: Mapping[str, Any], parts: list[F64], holes: list[bool]) -> None:
    coordinates = geometry.get("coordinates") or []
    kind = geometry["type"]
    if kind == "Point":
        _add([coordinates] if coordinates else [], False, parts, holes)
    elif kind in ("LineString", "MultiPoint"):
        _add(coordinates, False, parts, holes)
    elif kind == "MultiLineString":
        for line in coordinates:
            _add(line, False, parts, holes)
    else:
        for polygon in [coordinates] if kind == "Polygon" else coordinates:
            for index, ring in enumerate(polygon):
                _add(ring, index > 0, parts, holes)


def _add(positions: Any, is_hole: bool, parts: list[F64], holes: list[bool]) -> None:
    if not positions:
        return
    try:
        part = np.array([(float(p[0]), float(p[1])) for p in positions])
    except (TypeError, ValueError, IndexError, KeyError):
        _refuse("area.positions", _("The area has a position that is no pair of numbers."))
        raise AssertionError from None
    parts.append(part)
    holes.append(is_hole)


def _check_degrees(positions: F64) -> None:
    if not np.isfinite(positions).all():
        _refuse("area.positions", _("The area has a position that is no pair of numbers."))
    lon, lat = positions[:, 0], positions[:, 1]
    if (np.abs(lon) > 360).any() or (np.abs(lat) > 180).any():
        _refuse(
            "area.in_metres",
            _("The area is in metres (%(x)s, %(y)s), not in degrees; save it as longitude and latitude."),
            x=float(lon[0]),
            y=float(lat[0]),
        )
    if look_swapped(lon, lat):
        _refuse("area.swapped", _("Longitude and latitude of the area seem to be swapped."))
    if (np.abs(lon) > 180).any() or (np.abs(lat) > 90).any():
        _refuse("area.not_degrees", _("The area has positions beyond 180° of longitude or 90° of latitude."))


def _check_shape(kind: AreaKind, parts: list[F64]) -> None:
    if kind == "line":
        for part in parts:
            if (part == part[0]).all():
                _refuse("area.too_short", _("A line of the area has fewer than two different positions."))
    if kind == "polygon":
        for ring in parts:
            if len(ring) < 4 or (ring[0] != ring[-1]).any():
                _refuse(
                    "area.open_ring", _("A ring of the area is not closed or has fewer than four positions.")
                )
        _check_crossing(parts)


def _check_crossing(parts: list[F64]) -> None:
    from shapely import Polygon, is_valid_reason

    for ring in parts:
        reason = is_valid_reason(Polygon(ring))
        if reason != "Valid Geometry":
            _refuse("area.self_crossing", _("The area's boundary crosses itself: %(where)s."), where=reason)


def _half_width_m(features: list[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> float:
    widths = [properties.get("half_width_m") for _geometry, properties in features]
    numbers = [float(width) for width in widths if isinstance(width, int | float) and math.isfinite(width)]
    return max([0.0, *numbers])
