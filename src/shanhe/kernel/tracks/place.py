"""An area laid into the local plane in which it is compared with a walk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.geo.projection import Projection, chainage_m
from shanhe.kernel.tracks.types import F64, I64, Area, Track

__all__ = ["PlacedArea", "place"]

# Half the east-west extent up to which the area's own meridian keeps scale within 0.5 % (about 600 km at 30°
# N).
WIDEST_HALF_DEG = 5.5


@dataclass(frozen=True, slots=True)
class PlacedArea:
    """An area's vertices in metres, its parts one behind another."""

    area: Area
    projection: Projection
    x: F64  # (m,) metres east, all parts
    y: F64  # (m,) metres north
    starts: I64  # (parts + 1,) where each part begins; the last entry is m
    chainage: F64  # (m,) true metres along, going on from part to part without a step

    @property
    def length_m(self) -> float:
        """Length of the reach or the forest unit's boundary; 0 for checkpoints."""
        return 0.0 if self.area.kind == "points" or not self.chainage.size else float(self.chainage[-1])


def _closed(ring: F64) -> F64:
    return ring if (ring[0] == ring[-1]).all() else np.concatenate((ring, ring[:1]))


def place(area: Area, track: Track) -> PlacedArea:
    """Lay ``area`` into a plane about its middle; about the track's, if it is wider than some 1,200 km.

    Lengths along are those of the ellipsoid, not of the plane. An area without vertices is refused.
    """
    parts = [part for part in area.parts if part.shape[0]]
    if area.kind == "polygon":
        parts = [_closed(ring) for ring in parts]
    if not parts:
        raise Refusal("area.empty", _("The area has no positions."), fields={"area": _("It is empty.")})
    vertices = np.concatenate(parts)
    lon = np.ascontiguousarray(vertices[:, 0], np.float64)
    lat = np.ascontiguousarray(vertices[:, 1], np.float64)
    projection = Projection.around(lon, lat)
    if float(lon.max() - lon.min()) / 2 > WIDEST_HALF_DEG and len(track):
        here = track.lon[np.isfinite(track.lon)]
        if here.size:
            projection = Projection(float(np.median(here)), projection.lat0)
    x, y = projection.forward(lon, lat)
    starts = np.zeros(len(parts) + 1, np.int64)
    np.cumsum([part.shape[0] for part in parts], out=starts[1:])
    chainage = chainage_m(lon, lat)
    for start in starts[1:-1]:
        chainage[start:] -= chainage[start] - chainage[start - 1]
    return PlacedArea(area, projection, x, y, starts, chainage)
