"""Whether two people walked together: near each other for most of the time that both were out."""

from __future__ import annotations

import numpy as np

from shanhe.kernel.geo.projection import Projection
from shanhe.kernel.tracks.types import F64, Track

__all__ = ["LEAST_S", "NEAR_M", "together"]

NEAR_M = 60.0  # two receivers' errors and the width of a path, and both banks of a brook
LEAST_S = 180.0  # common time below which nobody can tell
LEAST_SHARE = 0.6
STEP_S = 10.0
SILENT_S = 300.0  # between fixes further apart in time nobody knows where somebody was
SAME_M = 0.5  # closer than any two receivers: the same fixes, not company


def together(one: Track, other: Track) -> float | None:
    """The share 0..1 of the common time two tracks, fixes in order of time, were within 60 m; None when they
    were not together.

    None also for less than three minutes in common, for less than six tenths of it near each other, and for
    tracks whose middle distance is below half a metre: those have the same errors and are one recording. Two
    people 10 m apart all the way give 1.0; two who met half way about 0.5, which is None.
    """
    if len(one) < 2 or len(other) < 2:
        return None
    begin = max(int(one.t_ms[0]), int(other.t_ms[0]))
    end = min(int(one.t_ms[-1]), int(other.t_ms[-1]))
    if end - begin < LEAST_S * 1000:
        return None
    moments = np.arange(begin, end, STEP_S * 1000)
    plane = Projection.around(one.lon, one.lat)
    (one_x, one_y), (other_x, other_y) = _at(one, plane, moments), _at(other, plane, moments)
    apart = np.hypot(one_x - other_x, one_y - other_y)
    known = apart[np.isfinite(apart)]
    if known.size * STEP_S < LEAST_S or float(np.median(known)) < SAME_M:
        return None
    share = float((known <= NEAR_M).mean())
    return share if share >= LEAST_SHARE else None


def _at(track: Track, plane: Projection, moments: F64) -> tuple[F64, F64]:
    """Where somebody was at some moments (n,) ms, in metres of the plane; NaN in a long silence."""
    times = track.t_ms.astype(np.float64)
    x, y = plane.forward(np.ascontiguousarray(track.lon), np.ascontiguousarray(track.lat))
    after = np.clip(np.searchsorted(times, moments), 1, len(times) - 1)
    silent = times[after] - times[after - 1] > SILENT_S * 1000
    here_x, here_y = np.interp(moments, times, x), np.interp(moments, times, y)
    here_x[silent], here_y[silent] = np.nan, np.nan
    return here_x, here_y
