"""Which checkpoints a walk came by, and where it stopped."""

from __future__ import annotations

import numpy as np
from numba import njit

from shanhe.kernel.tracks.coverage import Bools, _distance2
from shanhe.kernel.tracks.types import F64

__all__ = ["stays", "visited"]


@njit(cache=True, nogil=True, error_model="numpy")
def visited(point_x: F64, point_y: F64, x: F64, y: F64, walked: Bools, spots: Bools, r: float) -> Bools:
    """For each checkpoint (m,) whether the walked path comes within ``r`` m of it."""
    n = x.shape[0]
    hit = np.zeros(point_x.shape[0], np.bool_)
    for j in range(point_x.shape[0]):
        for i in range(n):
            leg = i < n - 1 and walked[i]
            if not leg and not spots[i]:
                continue
            end = i + 1 if leg else i
            if abs(point_x[j] - x[i]) > r + abs(x[end] - x[i]) or abs(point_y[j] - y[i]) > r + abs(
                y[end] - y[i]
            ):
                continue
            if _distance2(point_x[j], point_y[j], x[i], y[i], x[end], y[end]) <= r * r:
                hit[j] = True
                break
    return hit


@njit(cache=True, nogil=True, error_model="numpy")
def stays(t: F64, x: F64, y: F64, radius: float, least_s: float) -> F64:
    """Stops (k, 4) as (from_s, to_s, x, y): fixes that stay within ``radius`` m of their own middle.

    A stay lasts from its first to its last fix, silence in between included, and at least ``least_s``
    seconds.
    """
    n = t.shape[0]
    out = np.empty((n, 4))
    k = 0
    i = 0
    while i < n:
        sum_x = x[i]
        sum_y = y[i]
        j = i
        while j + 1 < n:
            size = j - i + 1
            if np.hypot(x[j + 1] - sum_x / size, y[j + 1] - sum_y / size) > radius:
                break
            j += 1
            sum_x += x[j]
            sum_y += y[j]
        if t[j] - t[i] >= least_s:
            out[k, 0] = t[i]
            out[k, 1] = t[j]
            out[k, 2] = sum_x / (j - i + 1)
            out[k, 3] = sum_y / (j - i + 1)
            k += 1
            i = j + 1
        else:
            i += 1
    return out[:k].copy()
