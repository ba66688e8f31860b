"""How much of a forest unit was walked: its cells, each seen when the path comes within tolerance of its
middle.

The grid has about 40,000 cells and is turned by an angle whose tangent is the golden ratio's fraction:
boundaries that run along the compass then never fall together with a row of cells, and the share of cells
seen agrees with the share of the area within tolerance of the path to a few tenths of a percent.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from shanhe.kernel.tracks.coverage import Bools, within
from shanhe.kernel.tracks.types import F64, I64

__all__ = ["cells_seen", "inside_share"]

CELLS = 40_000  # how many cells a unit is divided into
MOST_CELLS = 2_000_000  # of the grid about it, for units that are long and thin
_TAN = (math.sqrt(5) - 1) / 2
_COS = 1 / math.sqrt(1 + _TAN * _TAN)
_SIN = _TAN * _COS


@njit(cache=True, nogil=True, error_model="numpy")
def _ring_area2(x: F64, y: F64, starts: I64) -> float:
    """Twice the area by even-odd winding of well-formed rings: outer rings less holes, m²."""
    total = 0.0
    for ring in range(starts.shape[0] - 1):
        a = starts[ring]
        b = starts[ring + 1]
        one = 0.0
        for i in range(a, b):
            j = i + 1 if i + 1 < b else a
            one += (x[i] - x[a]) * (y[j] - y[a]) - (x[j] - x[a]) * (y[i] - y[a])
        total = max(total, abs(one)) if ring == 0 else total + abs(one)
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def cells_seen(
    ring_x: F64, ring_y: F64, starts: I64, x: F64, y: F64, walked: Bools, spots: Bools, r: float
) -> tuple[int, int, float]:
    """(cells seen, cells in all, side of a cell in m) of a unit bounded by rings, in the plane's metres.

    ``ring_x, ring_y`` (m,) with ``starts`` (rings + 1,): even-odd rule, so holes need no mark. ``x, y`` (n,)
    fixes, ``walked`` (n-1,) the legs that count, ``spots`` (n,) the fixes that count as mere places; ``r`` m.
    A square of 1 km and a walk straight through its middle see, with r = 50, a tenth of its cells.
    """
    m = ring_x.shape[0]
    u = np.empty(m)
    v = np.empty(m)
    for i in range(m):
        u[i] = _COS * ring_x[i] + _SIN * ring_y[i]
        v[i] = _COS * ring_y[i] - _SIN * ring_x[i]
    wide = u.max() - u.min()
    high = v.max() - v.min()
    side = math.sqrt(max(_ring_area2(u, v, starts) / 2, 1e-6) / CELLS)
    side = max(side, math.sqrt(wide * high / MOST_CELLS), (wide + high) / MOST_CELLS, 1e-3)
    left = u.min() + 0.5 * side  # middles of the first column and row
    low = v.min() + 0.5 * side
    columns = int(wide / side) + 1
    rows = int(high / side) + 1
    # Even-odd fill: every edge toggles all middles to its right; a running xor along the row does the rest.
    inside = np.zeros((rows, columns), np.bool_)
    for ring in range(starts.shape[0] - 1):
        a = starts[ring]
        b = starts[ring + 1]
        for i in range(a, b):
            j = i + 1 if i + 1 < b else a
            if v[i] == v[j]:
                continue
            bottom = min(v[i], v[j])
            top = max(v[i], v[j])
            row0 = max(math.ceil((bottom - low) / side), 0)
            row1 = min(math.ceil((top - low) / side) - 1, rows - 1)
            slope = (u[j] - u[i]) / (v[j] - v[i])
            for row in range(row0, row1 + 1):
                at = u[i] + (low + row * side - v[i]) * slope
                column = max(math.ceil((at - left) / side), 0)
                if column < columns:
                    inside[row, column] = not inside[row, column]
    total = 0
    for row in range(rows):
        within_unit = False
        for column in range(columns):
            if inside[row, column]:
                within_unit = not within_unit
            inside[row, column] = within_unit
            if within_unit:
                total += 1
    seen = 0
    n = x.shape[0]
    for i in range(n):
        leg = i < n - 1 and walked[i]
        if not leg and not spots[i]:
            continue
        end = i + 1 if leg else i
        au = _COS * x[i] + _SIN * y[i]
        av = _COS * y[i] - _SIN * x[i]
        bu = _COS * x[end] + _SIN * y[end]
        bv = _COS * y[end] - _SIN * x[end]
        row0 = max(math.ceil((min(av, bv) - r - low) / side), 0)
        row1 = min(math.floor((max(av, bv) + r - low) / side), rows - 1)
        span = (columns - 1) * side
        for row in range(row0, row1 + 1):
            s0, s1 = within(left, low + row * side, max(span, 1e-9), 0.0, au, av, bu, bv, r)
            if s0 > s1:
                continue
            for column in range(math.ceil(s0 * span / side - 1e-9), int(s1 * span / side + 1e-9) + 1):
                if inside[row, column]:
                    inside[row, column] = False
                    seen += 1
    return seen, total, side


@njit(cache=True, nogil=True, error_model="numpy")
def inside_share(ring_x: F64, ring_y: F64, starts: I64, x: F64, y: F64, most: int) -> float:
    """Share of the fixes (n,), at most ``most`` of them evenly taken, that lie inside the rings
    (even-odd)."""
    n = x.shape[0]
    if n == 0:
        return 0.0
    step = max(n // most, 1)
    hits = 0
    seen = 0
    for k in range(0, n, step):
        seen += 1
        odd = False
        for ring in range(starts.shape[0] - 1):
            a = starts[ring]
            b = starts[ring + 1]
            for i in range(a, b):
                j = i + 1 if i + 1 < b else a
                if (ring_y[i] > y[k]) != (ring_y[j] > y[k]):
                    at = ring_x[i] + (y[k] - ring_y[i]) * (ring_x[j] - ring_x[i]) / (ring_y[j] - ring_y[i])
                    if x[k] < at:
                        odd = not odd
        if odd:
            hits += 1
    return hits / seen
