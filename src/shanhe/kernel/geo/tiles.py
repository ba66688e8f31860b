"""The squares of a web map: which part of the world one covers, and where a place lies within it.

Spherical Mercator as every web map cuts it (OGC 17-083r4, WebMercatorQuad): zoom z has 2**z columns from
180° west and 2**z rows from 85.05° north.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["EXTENT", "MOST_ZOOM", "Tile"]

EXTENT = 4096  # units of a tile's side, as vector tiles have it
MOST_ZOOM = 22
F64 = npt.NDArray[np.float64]
MOST_LAT = math.degrees(math.atan(math.sinh(math.pi)))  # 85.0511°


@dataclass(frozen=True, slots=True)
class Tile:
    """One square: zoom, column from the west, row from the north. ValueError on one that does not exist."""

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not (0 <= self.z <= MOST_ZOOM and 0 <= self.x < 2**self.z and 0 <= self.y < 2**self.z):
            raise ValueError(f"there is no tile {self.z}/{self.x}/{self.y}")

    def box(self, rim: float = 0.0) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees, widened on each side by ``rim`` of the tile's width.

        Tile(0, 0, 0).box() is the world: (-180, -85.05, 180, 85.05).
        """
        west, east = ((self.x + side) / 2**self.z * 360 - 180 for side in (-rim, 1 + rim))
        north, south = (_lat((self.y + side) / 2**self.z) for side in (-rim, 1 + rim))
        return max(west, -180.0), south, min(east, 180.0), north

    def units(self, lon: F64, lat: F64) -> tuple[F64, F64]:
        """Columns and rows within the tile, 0 to 4,096 from its north-western corner, of places in degrees.

        (n,) arrays in, (n,) arrays out, not rounded; beyond the tile below 0 or above 4,096. Latitudes beyond
        85.05° are taken as 85.05°.
        """
        sine = np.sin(np.radians(np.clip(lat, -MOST_LAT, MOST_LAT)))
        across = (np.asarray(lon) + 180.0) / 360.0
        down = 0.5 - np.arctanh(sine) / (2 * math.pi)
        return (across * 2**self.z - self.x) * EXTENT, (down * 2**self.z - self.y) * EXTENT

    @property
    def unit_deg(self) -> float:
        """The width of one unit in degrees of longitude."""
        return 360.0 / 2**self.z / EXTENT


def _lat(share: float) -> float:
    """The latitude of a row, 0 at the northern rim of the map, 1 at the southern."""
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * min(max(share, 0.0), 1.0)))))
