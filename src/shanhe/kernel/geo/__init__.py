"""Places as numbers: local planes in metres, lengths and areas on the ellipsoid, shifted datums."""

from shanhe.kernel.geo.datum import (
    bd09_to_gcj02,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    in_shifted_region,
    wgs84_to_gcj02,
)
from shanhe.kernel.geo.geodesic import geodesic_area_m2, geodesic_length_m
from shanhe.kernel.geo.projection import Projection, chainage_m

__all__ = [
    "Projection",
    "bd09_to_gcj02",
    "chainage_m",
    "gcj02_to_bd09",
    "gcj02_to_wgs84",
    "geodesic_area_m2",
    "geodesic_length_m",
    "in_shifted_region",
    "wgs84_to_gcj02",
]
