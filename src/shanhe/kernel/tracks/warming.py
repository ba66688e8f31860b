"""Compile everything once, so that nobody waits for it later."""

from __future__ import annotations

import numpy as np

from shanhe.kernel.geo.datum import wgs84_to_gcj02
from shanhe.kernel.geo.projection import Projection
from shanhe.kernel.tracks.codec import decode, encode
from shanhe.kernel.tracks.history import Earlier, prints
from shanhe.kernel.tracks.types import Area, Rules, Track
from shanhe.kernel.tracks.verify import examine, verify

__all__ = ["warm"]


def warm() -> None:
    """Compile and cache every compiled function of track verification; some 10 s the first time, then 0.5 s.

    Called at set-up and at a wheel's first start. It verifies small invented walks by every kind of area and
    rule.
    """
    plane = Projection(117.0, 30.0)
    along = np.arange(400, dtype=np.float64) * 1.5
    wobble = 4 * np.sin(along / 7.0)
    lon, lat = plane.inverse(along, wobble)
    t_ms = np.arange(400, dtype=np.int64) * 1000 + 1_700_000_000_000
    walk = Track(t_ms, lon, lat, np.full(400, 5.0), np.zeros(400, np.bool_))
    reach = np.column_stack(plane.inverse(np.linspace(0, 600, 30), np.zeros(30)))
    square = np.column_stack(
        plane.inverse(np.array([0.0, 600, 600, 0, 0]), np.array([-100.0, -100, 100, 100, -100]))
    )
    areas = (Area("line", (reach,)), Area("polygon", (square,), (False,)), Area("points", (reach[::10],)))
    shifted_lon, shifted_lat = wgs84_to_gcj02(lon, lat)
    shifted = Track(t_ms, shifted_lon, shifted_lat)
    silent = Track(
        np.delete(t_ms, slice(100, 350)) * 2 - t_ms[0],
        np.delete(lon, slice(100, 350)),
        np.delete(lat, slice(100, 350)),
    )
    prints(walk)
    decode(encode(walk))
    rested = Track(t_ms, np.full(400, lon[0]), np.full(400, lat[0]))
    earlier = (Earlier("earlier", Track(t_ms - 86_400_000, lon, lat)),)
    for area in areas:
        for rules in (Rules(), Rules(kind="stops")):
            for track in (walk, shifted, silent, rested):
                verify(area, track, rules, earlier)
        examined, _flags = examine(area, walk)
        examined.near_m(examined.walk.x, examined.walk.y)
