"""Lengths and areas on the ellipsoid, for figures that are kept and printed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["geodesic_area_m2", "geodesic_length_m"]

F64 = npt.NDArray[np.float64]


def geodesic_length_m(parts: Sequence[F64]) -> float:
    """Sum of the geodesic lengths of lines, each (m, 2) lon/lat degrees, WGS 84.

    A degree of longitude on the equator gives 111,319.49 m.
    """
    from pyproj import Geod

    geod = Geod(ellps="WGS84")
    return float(sum(geod.line_length(part[:, 0], part[:, 1]) for part in parts))


def geodesic_area_m2(rings: Sequence[F64], holes: Sequence[bool] = ()) -> float:
    """Area of rings, each (m, 2) lon/lat degrees in either winding, less the rings that are holes."""
    from pyproj import Geod

    geod = Geod(ellps="WGS84")
    total = 0.0
    for index, ring in enumerate(rings):
        area = abs(geod.polygon_area_perimeter(ring[:, 0], ring[:, 1])[0])
        total += -area if index < len(holes) and holes[index] else area
    return float(total)
