"""A local plane in metres around an area: transverse Mercator on the ellipsoid, scale 1 on its own
meridian."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["Projection", "chainage_m"]

F64 = npt.NDArray[np.float64]

# WGS 84 ellipsoid (CGCS2000 differs in the semi-minor axis by 0.1 mm). Source: NIMA TR8350.2, table 3.1.
A_M = 6_378_137.0
F = 1 / 298.257223563
E2 = F * (2 - F)
EP2 = E2 / (1 - E2)

# Meridian arc from the equator, series in sin(2kφ). Source: Snyder, Map Projections (USGS PP 1395), eq. 3-21.
_M0 = A_M * (1 - E2 / 4 - 3 * E2**2 / 64 - 5 * E2**3 / 256)
_M2 = A_M * (3 * E2 / 8 + 3 * E2**2 / 32 + 45 * E2**3 / 1024)
_M4 = A_M * (15 * E2**2 / 256 + 45 * E2**3 / 1024)
_M6 = A_M * (35 * E2**3 / 3072)

# Beyond this the series is no longer a map; what lies there is far from every patrol and only has to stay
# far.
_MAX_LON_RAD = math.radians(30.0)
_RAD = math.pi / 180.0


@njit(cache=True, nogil=True, error_model="numpy")
def _forward(lon: F64, lat: F64, lon0: float, m0: float, x: F64, y: F64) -> None:
    for i in range(lon.shape[0]):
        dlon = lon[i] - lon0
        if dlon > 180.0:
            dlon -= 360.0
        elif dlon < -180.0:
            dlon += 360.0
        dlon = min(max(dlon * _RAD, -_MAX_LON_RAD), _MAX_LON_RAD)
        phi = lat[i] * _RAD
        s = math.sin(phi)
        c = math.cos(phi)
        s2 = 2 * s * c
        c2 = 1 - 2 * s * s
        s4 = 2 * s2 * c2
        c4 = 1 - 2 * s2 * s2
        arc = _M0 * phi - _M2 * s2 + _M4 * s4 - _M6 * (s2 * c4 + c2 * s4)
        nu = A_M / math.sqrt(1 - E2 * s * s)
        a = dlon * c
        a2 = a * a
        cc = c * c
        eta = EP2 * cc
        # t = tan²φ enters only times c², which keeps the formula finite at the poles (Snyder, eq. 8-9 and
        # 8-10).
        t = (s * s) / max(cc, 1e-18)
        x[i] = (
            nu * a * (1 + a2 / 6 * (1 - t + eta) + a2 * a2 / 120 * (5 - 18 * t + t * t + 72 * eta - 58 * EP2))
        )
        y[i] = (
            arc
            - m0
            + nu
            * s
            * dlon
            * a
            * (0.5 + a2 / 24 * (5 - t + 9 * eta + 4 * eta * eta) + a2 * a2 / 720 * (61 - 58 * t + t * t))
        )


@njit(cache=True, nogil=True, error_model="numpy")
def _chainage(lon: F64, lat: F64, out: F64) -> None:
    total = 0.0
    for i in range(lon.shape[0]):
        if i > 0:
            phi = (lat[i] + lat[i - 1]) * 0.5 * _RAD
            s = math.sin(phi)
            w = 1 - E2 * s * s
            root = math.sqrt(w)
            dlon = lon[i] - lon[i - 1]
            if dlon > 180.0:
                dlon -= 360.0
            elif dlon < -180.0:
                dlon += 360.0
            dy = (lat[i] - lat[i - 1]) * _RAD * A_M * (1 - E2) / (w * root)
            dx = dlon * _RAD * A_M / root * math.cos(phi)
            total += math.sqrt(dx * dx + dy * dy)
        out[i] = total


def _own(values: F64) -> F64:
    """A copy that lies together and may be written: compiled code knows one kind of array only."""
    return np.array(values, np.float64, order="C")


def chainage_m(lon: F64, lat: F64) -> F64:
    """Metres along a line of lon/lat degrees, (n,) with 0 first, by each segment's own radii of curvature.

    Within 0.001 % of the geodesic for segments up to 20 km anywhere in China (0.1 % at 200 km), so the length
    of a 500 km river needs no projection. One degree of latitude at 30° N gives 110,852 m.
    """
    out = np.empty(lon.shape[0])
    _chainage(_own(lon), _own(lat), out)
    return out


def _meridian_arc_m(lat: float) -> float:
    phi = math.radians(lat)
    return _M0 * phi - _M2 * math.sin(2 * phi) + _M4 * math.sin(4 * phi) - _M6 * math.sin(6 * phi)


@dataclass(frozen=True, slots=True)
class Projection:
    """Transverse Mercator about ``lon0``; metres east of it and north of ``lat0`` (degrees).

    True to 0.01 % within 85 km of the central meridian, to 0.1 % within 280 km and to 0.5 % within 630 km,
    whatever the distance north or south (the scale error is x²/2R²). Beyond 30° of longitude positions are
    held at that border: far stays far, nothing more.
    """

    lon0: float
    lat0: float

    @classmethod
    def around(cls, lon: F64, lat: F64) -> Projection:
        """The plane about the middle of the bounding box of these positions (degrees, at least one)."""
        return cls((float(lon.min()) + float(lon.max())) / 2, (float(lat.min()) + float(lat.max())) / 2)

    def forward(self, lon: F64, lat: F64) -> tuple[F64, F64]:
        """Degrees (n,) to metres (x east, y north), each (n,)."""
        lon, lat = _own(lon), _own(lat)
        x = np.empty(lon.shape[0])
        y = np.empty(lon.shape[0])
        _forward(lon, lat, self.lon0, _meridian_arc_m(self.lat0), x, y)
        return x, y

    def inverse(self, x: F64, y: F64) -> tuple[F64, F64]:
        """Metres (n,) back to degrees, to a tenth of a millimetre within the 0.5 % zone."""
        s0 = math.sin(math.radians(self.lat0))
        meridian_m = _RAD * A_M * (1 - E2) / (1 - E2 * s0 * s0) ** 1.5
        lat = self.lat0 + np.asarray(y, np.float64) / meridian_m
        lon = np.full_like(lat, self.lon0)
        for _ in range(8):
            px, py = self.forward(lon, lat)
            s = np.sin(lat * _RAD)
            w = 1 - E2 * s * s
            dlat = (y - py) / (_RAD * A_M * (1 - E2) / w**1.5)
            dlon = (x - px) / (_RAD * A_M / np.sqrt(w) * np.cos(lat * _RAD))
            lat, lon = lat + dlat, lon + dlon
        return lon, lat
