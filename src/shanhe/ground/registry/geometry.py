"""What a shape must be before it is kept: readable, in degrees, in China, whole; and its measures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.geo import geodesic_area_m2, geodesic_length_m

__all__ = [
    "ANY",
    "LINES",
    "POINTS",
    "POLYGONS",
    "CheckedShape",
    "check_geometry",
    "geometry_from_geojson",
    "geometry_from_wkb",
    "same_place",
]

LINES = frozenset({"LineString", "MultiLineString"})
POLYGONS = frozenset({"Polygon", "MultiPolygon"})
POINTS = frozenset({"Point", "MultiPoint"})
ANY = LINES | POLYGONS | POINTS

# A little more than the territory, 73°29'–135°03' E and 3°31'–53°33' N.
MIN_LON, MAX_LON = 72.0, 138.0
MIN_LAT, MAX_LAT = 2.0, 56.0
MAX_VERTICES = 200_000

HEIGHTS_LEFT_OUT = _("Heights were left out: a shape has two dimensions.")


@dataclass(frozen=True, slots=True)
class CheckedShape:
    """A geometry that may be kept, with what the table says of it. WKB in EPSG:4490, two dimensions."""

    wkb: bytes
    geometry_type: str
    min_lon: float
    min_lat: float
    max_lon: float
    max_lat: float
    length_m: float  # geodesic; of a polygon its boundary, of points 0
    area_m2: float  # geodesic
    vertices: int
    notes: tuple[Text, ...] = ()


def geometry_from_geojson(geometry: Mapping[str, Any] | str) -> BaseGeometry:
    """A shapely geometry from a GeoJSON geometry, as mapping or text; Refusal ``shape.unreadable``."""
    try:
        text = geometry if isinstance(geometry, str) else json.dumps(geometry, allow_nan=False)
        found = shapely.from_geojson(text)
    except (shapely.errors.GEOSException, TypeError, ValueError):
        raise _refused("shape.unreadable", _("The geometry cannot be read as GeoJSON.")) from None
    if not isinstance(found, BaseGeometry):
        raise _refused("shape.unreadable", _("The geometry cannot be read as GeoJSON."))
    return found


def geometry_from_wkb(wkb: bytes | memoryview) -> BaseGeometry:
    """The shapely geometry of a kept shape."""
    return shapely.from_wkb(bytes(wkb))


#: Degrees, a tenth of a millimetre: what other programs round the last digits of a coordinate to.
AS_GOOD_AS = 1e-9


def same_place(one: bytes | memoryview, other: bytes | memoryview) -> bool:
    """Whether two shapes as WKB are the same place, perhaps written otherwise.

    Other programs turn the rings of areas, begin them elsewhere and round the last digit. The direction of a
    line counts.
    """
    if bytes(one) == bytes(other):
        return True
    first, second = geometry_from_wkb(one), geometry_from_wkb(other)
    if shapely.get_num_coordinates(first) != shapely.get_num_coordinates(second):
        return False
    if first.geom_type in LINES:
        return bool(shapely.equals_exact(first, second, AS_GOOD_AS))
    return bool(shapely.equals_exact(first.normalize(), second.normalize(), AS_GOOD_AS))


def check_geometry(geometry: BaseGeometry, allowed: frozenset[str] = ANY) -> CheckedShape:
    """The geometry in two dimensions with its geodesic measures.

    Refusal, field ``geometry``, when it is empty, of a type not ``allowed``, not in degrees, outside China,
    with longitude and latitude swapped, crossing itself, without extent, or of more than 200,000 vertices.
    Heights are left out, and ``notes`` says so.
    """
    notes = (Text(HEIGHTS_LEFT_OUT),) if geometry.has_z else ()
    plain = shapely.force_2d(geometry)
    _check_type(plain, allowed)
    _check_place(plain)
    _check_form(plain)
    min_lon, min_lat, max_lon, max_lat = plain.bounds
    return CheckedShape(
        wkb=shapely.to_wkb(plain, byte_order=1),
        geometry_type=plain.geom_type,
        min_lon=min_lon,
        min_lat=min_lat,
        max_lon=max_lon,
        max_lat=max_lat,
        length_m=_length_m(plain),
        area_m2=_area_m2(plain),
        vertices=int(shapely.get_num_coordinates(plain)),
        notes=notes,
    )


def _check_type(geometry: BaseGeometry, allowed: frozenset[str]) -> None:
    if geometry.is_empty or any(part.is_empty for part in getattr(geometry, "geoms", ())):
        raise _refused("shape.empty", _("The geometry is empty."))
    if geometry.geom_type not in allowed:
        raise _refused(
            "shape.type",
            _("A geometry of type %(given)s does not fit here; it may be: %(allowed)s."),
            given=geometry.geom_type,
            allowed=", ".join(sorted(allowed)),
        )
    if shapely.get_num_coordinates(geometry) > MAX_VERTICES:
        raise _refused(
            "shape.too_long", _("The geometry has more than %(limit)s points."), limit=f"{MAX_VERTICES:,}"
        )


def _check_place(geometry: BaseGeometry) -> None:
    x, y = shapely.get_coordinates(geometry).T
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise _refused("shape.not_a_number", _("A coordinate is not a number."))
    if _within(y, MIN_LON, MAX_LON) and _within(x, MIN_LAT, MAX_LAT):
        raise _refused("shape.swapped", _("Longitude and latitude are swapped; longitude comes first."))
    if not (_within(x, -180, 180) and _within(y, -90, 90)):
        raise _refused(
            "shape.metres",
            _("The coordinates are no degrees but metres of a map projection. Needed: CGCS2000 or WGS 84."),
        )
    if not (_within(x, MIN_LON, MAX_LON) and _within(y, MIN_LAT, MAX_LAT)):
        raise _refused("shape.elsewhere", _("The geometry lies outside China."))


def _within(values: np.ndarray, low: float, high: float) -> bool:
    return bool((values >= low).all() and (values <= high).all())


def _check_form(geometry: BaseGeometry) -> None:
    if geometry.geom_type in LINES:
        _check_lines(geometry)
    elif geometry.geom_type in POLYGONS:
        _check_polygons(geometry)


def _check_lines(geometry: BaseGeometry) -> None:
    for part in shapely.get_parts(geometry):
        if part.length == 0:
            raise _refused("shape.no_extent", _("The line has no length."))
        if not part.is_simple:
            raise _refused("shape.self_crossing", _("The line crosses itself."))


def _check_polygons(geometry: BaseGeometry) -> None:
    reason = explain_validity(geometry)
    if reason != "Valid Geometry":
        kind, bracket, place = reason.partition("[")
        lon, _space, lat = place.rstrip("]").partition(" ") if bracket else ("?", "", "?")
        code = "shape.self_crossing" if "intersection" in kind.lower() else "shape.invalid"
        message = (
            _("The boundary crosses itself near %(lon)s, %(lat)s.")
            if code == "shape.self_crossing"
            else _("The boundary is not that of an area; look near %(lon)s, %(lat)s.")
        )
        raise _refused(code, message, lon=lon[:11], lat=lat[:11])
    if geometry.area == 0:
        raise _refused("shape.no_extent", _("The area is empty."))


def _refused(code: str, message: str, **params: Any) -> Refusal:
    return Refusal(code, message, {"geometry": message}, **params)


def _length_m(geometry: BaseGeometry) -> float:
    if geometry.geom_type in POINTS:
        return 0.0
    lines = shapely.boundary(geometry) if geometry.geom_type in POLYGONS else geometry
    return geodesic_length_m([shapely.get_coordinates(part) for part in shapely.get_parts(lines)])


def _area_m2(geometry: BaseGeometry) -> float:
    if geometry.geom_type not in POLYGONS:
        return 0.0
    rings, holes = [], []
    for part in shapely.get_parts(geometry):
        for index, ring in enumerate(shapely.get_rings(part)):
            rings.append(shapely.get_coordinates(ring))
            holes.append(index > 0)
    return geodesic_area_m2(rings, holes)
