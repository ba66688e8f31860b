"""A shape as somebody drew, pasted or uploaded it: read, and compared with where it should lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from shanhe.ground.divisions.models import Division, DivisionShape
from shanhe.ground.registry.geometry import LINES, POLYGONS, CheckedShape, geometry_from_geojson
from shanhe.ground.registry.models import Shape
from shanhe.kernel.codes import ancestors
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.geo.degrees import metres_per_degree

__all__ = ["Stray", "check_size", "drawn_from_text", "is_as_before", "stray_of"]

LEAST_LINE_M = 20.0  # a shorter line is a slip of the hand
LEAST_PATCH_M2 = 100.0
DRAWN_DEGREES = 1e-7  # the drawing desk rounds to a centimetre
SLACK_DEGREES = 0.01  # about 1 km: kept boundaries are generalised, and rivers are boundaries themselves
STRAY_SHARE = 0.1
FAR_M = {"village": 20_000.0, "township": 40_000.0}  # from the seat, where no boundary is kept


def drawn_from_text(text: str) -> BaseGeometry:
    """The geometry of GeoJSON text: a geometry, a Feature, or a FeatureCollection whose parts are joined.

    Refusal ``shape.missing`` on empty text, ``shape.unreadable`` on what is no GeoJSON, ``shape.mixed`` when
    lines, patches and points stand side by side.
    """
    if not text.strip():
        raise Refusal("shape.missing", _("Nothing is drawn yet."), {"geometry": _("Nothing is drawn yet.")})
    found = geometry_from_geojson(text)
    return _together(found) if found.geom_type == "GeometryCollection" else found


def _together(collection: BaseGeometry) -> BaseGeometry:
    parts = [part for member in _members(collection) for part in shapely.get_parts(member)]
    kinds = {part.geom_type for part in parts}
    if len(kinds) > 1:
        message = _("Lines, patches and points stand side by side; an area is one of them.")
        raise Refusal("shape.mixed", message, {"geometry": message})
    if len(parts) == 1:
        return parts[0]
    multi = {
        "LineString": shapely.multilinestrings,
        "Polygon": shapely.multipolygons,
        "Point": shapely.multipoints,
    }
    return multi[kinds.pop()](parts) if kinds else collection


def _members(geometry: BaseGeometry) -> list[BaseGeometry]:
    if geometry.geom_type != "GeometryCollection":
        return [geometry]
    return [one for member in shapely.get_parts(geometry) for one in _members(member)]


def check_size(checked: CheckedShape) -> None:
    """Refusal ``shape.too_small`` on a line or patch so small that it can only be a slip of the hand."""
    if checked.geometry_type in LINES and checked.length_m < LEAST_LINE_M:
        message = _("The line is only %(length)s m long; at least %(least)s m are needed.")
        raise _too_small(message, length=f"{checked.length_m:.0f}", least=f"{LEAST_LINE_M:.0f}")
    if checked.geometry_type in POLYGONS and checked.area_m2 < LEAST_PATCH_M2:
        message = _("The patch has only %(size)s m²; at least %(least)s m² are needed.")
        raise _too_small(message, size=f"{checked.area_m2:.0f}", least=f"{LEAST_PATCH_M2:.0f}")


def _too_small(message: str, **params: Any) -> Refusal:
    return Refusal("shape.too_small", message, {"geometry": message}, **params)


def is_as_before(shape: Shape | None, geometry: BaseGeometry) -> bool:
    """Whether a form sent back the very shape it was given, but for the drawing desk's rounding."""
    if shape is None:
        return False
    old = shapely.from_wkb(bytes(shape.wkb))
    before, after = shapely.get_coordinates(old), shapely.get_coordinates(shapely.force_2d(geometry))
    is_same_sort = old.geom_type.removeprefix("Multi") == geometry.geom_type.removeprefix("Multi")
    return (
        is_same_sort
        and before.shape == after.shape
        and bool(np.allclose(before, after, rtol=0, atol=DRAWN_DEGREES))
    )


@dataclass(frozen=True, slots=True)
class Stray:
    """A shape that does not lie in its division: how much of it, or how far from the seat."""

    place: str  # name of the division whose boundary or seat was asked
    share: float | None = None  # 0..1 beyond the boundary
    distance_m: float | None = None  # from the seat, where there is no boundary


def stray_of(geometry: BaseGeometry, division: Division) -> Stray | None:
    """Whether a shape in degrees lies elsewhere than its division; None when nothing speaks against it.

    Asks the nearest boundary kept at or above the division, with 1 km of slack, and the seat of a village or
    township, whose boundaries nobody publishes. One query. A hint for people, no reason to refuse.
    """
    above = ancestors(division.code)
    kept = {
        one.division_id: one
        for one in DivisionShape.objects.filter(division__in=above).select_related("division")
    }
    nearest = next((kept[code] for code in reversed(above) if code in kept), None)
    if nearest is not None:
        share = _share_beyond(shapely.from_wkb(bytes(nearest.wkb)), geometry)
        if share > STRAY_SHARE:
            return Stray(nearest.division.name, share=share)
    return _far(geometry, division) if nearest is None or nearest.division_id != division.code else None


def _share_beyond(boundary: BaseGeometry, geometry: BaseGeometry) -> float:
    beyond = shapely.difference(geometry, shapely.buffer(boundary, SLACK_DEGREES))
    if geometry.area:
        return float(beyond.area / geometry.area)
    if geometry.length:
        return float(beyond.length / geometry.length)
    return float(shapely.get_num_coordinates(beyond) / max(shapely.get_num_coordinates(geometry), 1))


def _far(geometry: BaseGeometry, division: Division) -> Stray | None:
    if division.lon is None or division.lat is None or division.level not in FAR_M:
        return None
    scale = np.array(metres_per_degree(division.lat))
    seat = (division.lon, division.lat)
    plane = shapely.transform(geometry, lambda degrees: (degrees - seat) * scale)
    distance_m = float(shapely.distance(plane, shapely.Point(0.0, 0.0)))
    return Stray(division.name, distance_m=distance_m) if distance_m > FAR_M[division.level] else None
