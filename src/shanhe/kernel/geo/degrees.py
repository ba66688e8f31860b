"""How long a degree is, for windows and distances close by."""

from __future__ import annotations

import math

from shanhe.kernel.geo.projection import A_M, E2

__all__ = ["metres_per_degree"]


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Metres of one degree of longitude and of one of latitude at ``lat`` (degrees, WGS 84).

    A plane scaled by these is within 0.1 % for places up to 10 km away anywhere in China (the scale of
    longitude changes by tan(lat)/R a metre), and keeps straight lines straight. At 30° N: 96,486 m and
    110,852 m.
    """
    phi = math.radians(lat)
    w = 1 - E2 * math.sin(phi) ** 2
    degree = math.pi / 180
    east = degree * A_M / math.sqrt(w) * math.cos(phi)
    north = degree * A_M * (1 - E2) / w**1.5
    return east, north
