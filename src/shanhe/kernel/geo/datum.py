"""GCJ-02 and BD-09, the shifted datums of Chinese web maps, to WGS 84 / CGCS2000 and back.

The shift is 100 to 700 m. The formula is the public one that every open library repeats (Krasovsky 1940
axes); its inverse has no closed form and is found by iteration to 1e-9 degrees, a tenth of a millimetre.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["bd09_to_gcj02", "gcj02_to_bd09", "gcj02_to_wgs84", "in_shifted_region", "wgs84_to_gcj02"]

F64 = npt.NDArray[np.float64]

_A_M = 6_378_245.0  # Krasovsky 1940 semi-major axis
_EE = 0.00669342162296594323
_BD_PI = math.pi * 3000.0 / 180.0


@njit(cache=True, nogil=True, error_model="numpy")
def _shift(lon: float, lat: float) -> tuple[float, float]:
    x = lon - 105.0
    y = lat - 35.0
    root = math.sqrt(abs(x))
    wave = (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    dlat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    dlat += (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    dlat += (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    dlon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    dlon += (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    dlon += (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    phi = lat / 180.0 * math.pi
    w = 1 - _EE * math.sin(phi) ** 2
    root_w = math.sqrt(w)
    dlat = dlat * 180.0 / ((_A_M * (1 - _EE)) / (w * root_w) * math.pi)
    dlon = dlon * 180.0 / (_A_M / root_w * math.cos(phi) * math.pi)
    return dlon, dlat


@njit(cache=True, nogil=True, error_model="numpy")
def _shifted(lon: float, lat: float) -> bool:
    return 72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271


@njit(cache=True, nogil=True, error_model="numpy")
def _to_gcj(lon: F64, lat: F64, out_lon: F64, out_lat: F64) -> None:
    for i in range(lon.shape[0]):
        out_lon[i] = lon[i]
        out_lat[i] = lat[i]
        if _shifted(lon[i], lat[i]):
            dlon, dlat = _shift(lon[i], lat[i])
            out_lon[i] += dlon
            out_lat[i] += dlat


@njit(cache=True, nogil=True, error_model="numpy")
def _to_wgs(lon: F64, lat: F64, out_lon: F64, out_lat: F64) -> None:
    # The shift changes slowly from place to place, so the last fix's shift is a start within a centimetre or
    # two.
    dlon = 0.0
    dlat = 0.0
    for i in range(lon.shape[0]):
        out_lon[i] = lon[i]
        out_lat[i] = lat[i]
        if not _shifted(lon[i], lat[i]):
            continue
        for _ in range(30):
            new_lon, new_lat = _shift(lon[i] - dlon, lat[i] - dlat)
            settled = abs(new_lon - dlon) < 1e-9 and abs(new_lat - dlat) < 1e-9
            dlon = new_lon
            dlat = new_lat
            if settled:
                break
        out_lon[i] = lon[i] - dlon
        out_lat[i] = lat[i] - dlat


def _pair(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[F64, F64]:
    return np.atleast_1d(np.array(lon, np.float64)), np.atleast_1d(np.array(lat, np.float64))


def in_shifted_region(lon: float, lat: float) -> bool:
    """Whether the formula shifts this place (degrees): the usual rectangle about China."""
    return bool(_shifted.py_func(lon, lat))


def wgs84_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[F64, F64]:
    """WGS 84 degrees (n,) to GCJ-02; places outside the shifted rectangle stay.

    116.404, 39.915 (Tian'anmen) gives 116.41024, 39.91640.
    """
    lon, lat = _pair(lon, lat)
    out = np.empty_like(lon), np.empty_like(lat)
    _to_gcj(lon, lat, *out)
    return out


def gcj02_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[F64, F64]:
    """GCJ-02 degrees (n,) to WGS 84, the exact inverse of ``wgs84_to_gcj02`` to 1e-9 degrees."""
    lon, lat = _pair(lon, lat)
    out = np.empty_like(lon), np.empty_like(lat)
    _to_wgs(lon, lat, *out)
    return out


def gcj02_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[F64, F64]:
    """GCJ-02 degrees (n,) to BD-09 (Baidu). 116.404, 39.915 gives 116.41037, 39.92134."""
    lon, lat = _pair(lon, lat)
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_PI)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_PI)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[F64, F64]:
    """BD-09 degrees (n,) to GCJ-02: the inverse of ``gcj02_to_bd09`` by iteration to 1e-9 degrees."""
    lon, lat = _pair(lon, lat)
    guess_lon, guess_lat = lon - 0.0065, lat - 0.006
    for _ in range(10):
        back_lon, back_lat = gcj02_to_bd09(guess_lon, guess_lat)
        guess_lon, guess_lat = guess_lon + lon - back_lon, guess_lat + lat - back_lat
    return guess_lon, guess_lat
