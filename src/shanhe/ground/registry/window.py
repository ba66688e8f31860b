"""What lies in a window or near a place: candidates by their boxes, then the geometry itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from shanhe.ground.registry.models import Shape
from shanhe.ground.registry.rtree import BOX, TABLE
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.geo.degrees import metres_per_degree

__all__ = ["MOST_M", "Near", "Window", "candidates", "near_areas", "shapes_in", "shapes_near"]

MOST_M = 50_000.0  # farther away the local plane is off by more than 0.5 %


@dataclass(frozen=True, slots=True)
class Window:
    """A box of degrees, west < east and south < north."""

    min_lon: float
    min_lat: float
    max_lon: float
    max_lat: float

    @classmethod
    def from_text(cls, text: str) -> Window:
        """The window written as west,south,east,north; Refusal on anything else."""
        try:
            west, south, east, north = (float(part) for part in text.split(","))
        except ValueError:
            raise _bad_window() from None
        is_box = -180 <= west < east <= 180 and -90 <= south < north <= 90
        if not is_box:
            raise _bad_window()
        return cls(west, south, east, north)


@dataclass(frozen=True, slots=True)
class Near:
    """An owner of a shape and its distance in metres; 0 inside an area."""

    id: int
    distance_m: float


def _bad_window() -> Refusal:
    message = _("A window is written as west,south,east,north in degrees.")
    return Refusal("window.unreadable", message, {"bbox": message})


def candidates(window: Window) -> QuerySet[Shape]:
    """Present shapes whose box meets the window; a few more may be among them."""
    if connection.vendor == "postgresql":
        rows, met = "registry_shape", f"until IS NULL AND {BOX} && box(point(%s, %s), point(%s, %s))"
    else:
        rows, met = TABLE, "max_lon >= %s AND max_lat >= %s AND min_lon <= %s AND min_lat <= %s"
    found = f"SELECT id FROM {rows} WHERE {met}"  # noqa: S608  our own words, values as parameters
    params = [window.min_lon, window.min_lat, window.max_lon, window.max_lat]
    return Shape.objects.filter(pk__in=RawSQL(found, params))  # noqa: S611


def shapes_in(window: Window, owner: str = "area") -> list[int]:
    """Ids of the areas (or ``owner="water"``, ``"facility"``) whose present shape meets the window."""
    rows = _rows(window, owner, "wkb", "min_lon", "min_lat", "max_lon", "max_lat")
    if not rows:
        return []
    boxes = np.array([row[2:] for row in rows])
    inside = (
        (boxes[:, 0] >= window.min_lon)
        & (boxes[:, 1] >= window.min_lat)
        & (boxes[:, 2] <= window.max_lon)
        & (boxes[:, 3] <= window.max_lat)
    )
    met = inside.copy()
    border = np.flatnonzero(~inside)
    if border.size:
        pane = shapely.box(window.min_lon, window.min_lat, window.max_lon, window.max_lat)
        shapely.prepare(pane)
        met[border] = shapely.intersects(pane, shapely.from_wkb([bytes(rows[i][1]) for i in border]))
    return [rows[i][0] for i in np.flatnonzero(met)]


def shapes_near(lon: float, lat: float, within_m: float, owner: str = "area") -> list[Near]:
    """Areas (or waters, facilities) within ``within_m`` metres of a place, the nearest first.

    Distances are those of a plane about the place, within 0.1 % up to 10 km. Refusal on a place that is none,
    or on a distance that is not above 0 and at most 50 km.
    """
    if not (-180 <= lon <= 180 and -85 <= lat <= 85):
        message = _("A place is written as longitude,latitude in degrees.")
        raise Refusal("window.place", message, {"near": message})
    if not 0 < within_m <= MOST_M:
        message = _("The distance must be above 0 and at most 50,000 metres.")
        raise Refusal("window.distance", message, {"within": message})
    east_m, north_m = metres_per_degree(lat)
    dlon, dlat = within_m / east_m, within_m / north_m
    window = Window(lon - dlon, max(lat - dlat, -90), lon + dlon, min(lat + dlat, 90))
    rows = _rows(window, owner, "wkb")
    if not rows:
        return []
    distances = _distances_m([bytes(row[1]) for row in rows], lon, lat, east_m, north_m)
    order = np.argsort(distances, kind="stable")
    return [Near(rows[i][0], float(distances[i])) for i in order if distances[i] <= within_m]


def near_areas(lon: float, lat: float, within_m: float) -> dict[int, float]:
    """Metres to each area within ``within_m`` of a place, by area id."""
    return {near.id: near.distance_m for near in shapes_near(lon, lat, within_m)}


def _rows(window: Window, owner: str, *columns: str) -> list[Any]:
    key = f"{owner}_id"
    return list(candidates(window).filter(**{f"{owner}__isnull": False}).values_list(key, *columns))


def _distances_m(wkbs: list[bytes], lon: float, lat: float, east_m: float, north_m: float) -> Any:
    scale = np.array([east_m, north_m])
    plane = shapely.transform(shapely.from_wkb(wkbs), lambda degrees: (degrees - (lon, lat)) * scale)
    distances = shapely.distance(plane, shapely.Point(0.0, 0.0))
    return np.where(np.isnan(distances), math.inf, distances)
