"""Coordinates of any system as degrees, longitude first, CGCS2000."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["DEGREES", "crs_checked", "crs_facts", "crs_like", "to_degrees"]

DEGREES = "EPSG:4490"
#: Systems whose numbers are ours as they stand, within the accuracy of any receiver.
SAME = frozenset({"EPSG:4490", "EPSG:4326", "OGC:CRS84", "EPSG:4979", "EPSG:4480"})

# CGCS2000, Gauss-Krüger with the zone's number before the easting: EPSG 4491 is zone 13 of the 6° zones,
# 4513 is zone 25 of the 3° zones.
_SIX_FIRST, _SIX_ZONES = 4491, range(13, 24)
_THREE_FIRST, _THREE_ZONES = 4513, range(25, 46)


def crs_checked(given: str) -> str:
    """``"EPSG:4524"`` from ``"4524"``, ``"epsg:4524"`` or its URN; "" stays. Refusal ``incoming.crs``."""
    text = given.strip()
    if not text:
        return ""
    found = re.fullmatch(r"(?:(?:urn:ogc:def:crs:)?EPSG:{1,2})?(\d{4,6})", text, re.IGNORECASE)
    code = f"EPSG:{found[1]}" if found else ""
    if not code or _known(code) is None:
        message = _("There is no coordinate system %(given)s; write its EPSG number, like EPSG:4524.")
        raise Refusal("incoming.crs", message, {"crs": message}, given=text[:60])
    return code


@lru_cache(maxsize=64)
def _known(crs: str) -> Any:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return CRS.from_user_input(crs)
    except CRSError:
        return None


def crs_facts(crs: str) -> tuple[str, str]:
    """The EPSG code of a system given as code or WKT, where there is one (else the WKT), and its name.

    Refusal ``incoming.crs`` on what is no coordinate system of the earth's surface.
    """
    found = _known(crs)
    if found is None or not (
        found.is_geographic or found.is_projected or found.is_bound or found.is_compound
    ):
        message = _("The file's coordinate system cannot be understood; say which one it is.")
        raise Refusal("incoming.crs", message, {"crs": message})
    authority = found.to_authority(min_confidence=70)
    return (":".join(authority) if authority else found.to_wkt(), found.name)


def crs_like(geometries: Sequence[BaseGeometry | None] | np.ndarray) -> str:
    """What the numbers look like: degrees, or a zone of CGCS2000 by the number before the easting; or ""."""
    points = shapely.get_coordinates(np.asarray(geometries, dtype=object))
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return DEGREES
    x, y = np.median(points, axis=0)
    if (np.abs(points[:, 0]) <= 180).all() and (np.abs(points[:, 1]) <= 90).all():
        return DEGREES
    if not 400_000 <= y <= 6_200_000:
        return ""
    zone, metres = divmod(float(x), 1_000_000)
    if not 100_000 <= metres <= 900_000:
        return ""
    if int(zone) in _THREE_ZONES:
        return f"EPSG:{_THREE_FIRST + int(zone) - _THREE_ZONES.start}"
    if int(zone) in _SIX_ZONES:
        return f"EPSG:{_SIX_FIRST + int(zone) - _SIX_ZONES.start}"
    return ""


def to_degrees(
    geometries: Sequence[BaseGeometry | None] | np.ndarray, crs: str = "", datum: str = "wgs84"
) -> np.ndarray:
    """The geometries (n,) in degrees, CGCS2000, longitude first; None stays None.

    ``crs``: what the numbers are, degrees without one. ``datum`` "gcj02": they are shifted as Chinese web
    maps are. Heights stay. A coordinate that cannot be converted becomes not a number.
    """
    drawn = np.array(geometries, dtype=object)
    if crs and crs not in SAME:
        change = _transformer(crs)
        drawn = _changed(drawn, lambda x, y: change.transform(x, y))
    if datum == "gcj02":
        # Compiled code, half a second to load: only who needs it waits.
        from shanhe.kernel.geo.datum import gcj02_to_wgs84

        drawn = _changed(drawn, gcj02_to_wgs84)
    return drawn


@lru_cache(maxsize=16)
def _transformer(crs: str) -> Any:
    from pyproj import Transformer

    return Transformer.from_crs(_known(crs), _known(DEGREES), always_xy=True)


def _changed(drawn: np.ndarray, change: Any) -> np.ndarray:
    points = shapely.get_coordinates(drawn, include_z=True)
    if not len(points):
        return drawn
    x, y = change(points[:, 0].copy(), points[:, 1].copy())
    has_z = ~np.isnan(points[:, 2])
    flat = np.column_stack([x, y])
    flat[~np.isfinite(flat)] = np.nan
    if not has_z.any():
        return np.asarray(shapely.set_coordinates(drawn, flat))
    # Heights are told apart by geometry, so those with and without go separately.
    solid = shapely.has_z(drawn)
    _points, owner = shapely.get_coordinates(drawn, return_index=True)
    result = drawn.copy()
    deep = np.column_stack([flat, points[:, 2]])
    result[solid] = shapely.set_coordinates(drawn[solid], deep[solid[owner]])
    result[~solid] = shapely.set_coordinates(drawn[~solid], flat[~solid[owner]])
    return result
