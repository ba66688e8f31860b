"""Areas as a patrol meets them: those named, or a holder's that were passed, in the shape of the day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from django.db.models import F, Q

from shanhe.evidence.patrols.prepared import Prepared
from shanhe.ground.registry.models import Area, AreaWithin, Shape
from shanhe.ground.registry.window import Window, candidates
from shanhe.kernel.tracks.types import Area as KernelArea
from shanhe.kernel.tracks.types import AreaKind, Track

__all__ = ["Box", "Ground", "areas_named", "areas_passed", "box_of", "kernel_area", "shape_on"]

_KINDS: dict[str, AreaKind] = {
    "LineString": "line",
    "MultiLineString": "line",
    "Polygon": "polygon",
    "MultiPolygon": "polygon",
    "Point": "points",
    "MultiPoint": "points",
}
MARGIN_DEG = 0.005  # about half a kilometre: what lies beside the track may have been seen from it
MOST_PASSED = 20  # areas that one track is compared with when none is named


@dataclass(frozen=True, slots=True)
class Box:
    """Degrees; both ends belong to it."""

    min_lon: float
    min_lat: float
    max_lon: float
    max_lat: float


@dataclass(frozen=True, slots=True)
class Ground:
    """One area, its shape on the patrol's day, and the ids of all areas it lies in with its own."""

    area: Area
    shape: Shape | None
    ancestors: frozenset[int]


def box_of(track: Track) -> Box | None:
    """The box round the fixes of a track that have a place; None without one."""
    lon, lat = track.lon[np.isfinite(track.lon)], track.lat[np.isfinite(track.lat)]
    if not lon.size or not lat.size:
        return None
    return Box(float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max()))


def areas_named(codes: Sequence[str], day: date) -> dict[str, Ground]:
    """The areas of these codes, by code, in their order; unknown ones are absent. Three queries."""
    found = {each.area.code: each for each in _grounds(_NAMED(codes=list(codes)), day)}
    return {code: found[code] for code in codes if code in found}


def areas_passed(held: Q, box: Box | None, day: date) -> list[Ground]:
    """Those of the areas ``held`` (a filter on Area) whose box comes near ``box``. Three queries."""
    if box is None:
        return []
    window = Window(
        box.min_lon - MARGIN_DEG, box.min_lat - MARGIN_DEG, box.max_lon + MARGIN_DEG, box.max_lat + MARGIN_DEG
    )
    near = candidates(window).filter(area__isnull=False).values("area")
    return list(_grounds(list(Area.objects.filter(held, pk__in=near)[:MOST_PASSED]), day))


_NAMED = Prepared(lambda codes: Area.objects.filter(code__in=codes).order_by())
_SHAPES = Prepared(
    lambda ids: Shape.objects.filter(area_id__in=ids).order_by(F("since").asc(nulls_first=True), "pk")
)
_WITHIN = Prepared(
    lambda ids: AreaWithin.objects.filter(area_id__in=ids).values_list("area_id", "ancestor_id")
)


def _grounds(found: Sequence[Area], day: date) -> Iterable[Ground]:
    ids = [area.pk for area in found]
    shapes: dict[int | None, list[Shape]] = defaultdict(list)
    for shape in _SHAPES(ids=ids):
        shapes[shape.area_id].append(shape)
    ancestors: dict[int, set[int]] = defaultdict(set)
    for area_id, ancestor_id in _WITHIN(ids=ids):
        ancestors[area_id].add(ancestor_id)
    for area in found:
        yield Ground(area, shape_on(shapes[area.pk], day), frozenset(ancestors[area.pk] | {area.pk}))


def shape_on(shapes: Sequence[Shape], day: date) -> Shape | None:
    """The shape in force on a day; of an area that was drawn later, its first one. None without any."""
    for shape in shapes:
        if (shape.since is None or shape.since <= day) and (shape.until is None or shape.until > day):
            return shape
    return shapes[0] if shapes else None


def kernel_area(area: Area, shape: Shape) -> KernelArea:
    """The shape as the kernel takes it: parts in degrees, holes marked, the half width beside."""
    geometry = shapely.from_wkb(bytes(shape.wkb))
    kind = _KINDS[geometry.geom_type]
    if kind == "points":
        return KernelArea("points", (shapely.get_coordinates(geometry),), (False,), area.half_width_m)
    parts: list[np.ndarray] = []
    holes: list[bool] = []
    for part in shapely.get_parts(geometry):
        rings = shapely.get_rings(part) if kind == "polygon" else [part]
        for index, ring in enumerate(rings):
            parts.append(shapely.get_coordinates(ring))
            holes.append(index > 0)
    return KernelArea(kind, tuple(parts), tuple(holes), area.half_width_m)
