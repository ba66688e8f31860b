"""How much of a line was walked: exact distance from line to walked path, no sampling on either side.

All that lies within r of one straight leg is a capsule; a capsule is convex, so what it holds of a straight
piece of the reach is one interval, found in closed form. The union of these intervals over all credited legs
is the covered part. The legs are filed in a grid; each piece of the reach first asks the legs under its own
middle, one of which mostly covers it whole, and only else all that can touch it. So the work is one pass over
legs and pieces.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from shanhe.kernel.tracks.types import F64, I64

__all__ = ["cover_lines", "distances_m", "share_near"]

Bools = npt.NDArray[np.bool_]

Ints = npt.NDArray[np.int32]
#: legs, first leg of each cell, leg after each leg, window, size of a cell, columns, rows
Files = tuple[F64, Ints, Ints, F64, float, int, int]

_TOUCH_M = 1e-3  # intervals closer than a millimetre are one


@njit(cache=True, nogil=True, error_model="numpy")
def _distance2(px: float, py: float, ax: float, ay: float, bx: float, by: float) -> float:
    """Squared distance of a point from a leg, m²."""
    ux = bx - ax
    uy = by - ay
    vx = px - ax
    vy = py - ay
    along = ux * vx + uy * vy
    if along > 0.0:
        length2 = ux * ux + uy * uy
        if along < length2:
            cross = ux * vy - uy * vx
            return cross * cross / length2
        vx = px - bx
        vy = py - by
    return vx * vx + vy * vy


@njit(cache=True, nogil=True, error_model="numpy")
def within(
    px: float, py: float, dx: float, dy: float, ax: float, ay: float, bx: float, by: float, r: float
) -> tuple[float, float]:
    """The shares (lo, hi) between which p + s·d, 0 <= s <= 1, lies within r of the leg a-b; (1, 0) if
    none."""
    r2 = r * r
    starts_in = _distance2(px, py, ax, ay, bx, by) <= r2
    ends_in = _distance2(px + dx, py + dy, ax, ay, bx, by) <= r2
    if starts_in and ends_in:
        return 0.0, 1.0
    lo = 1.0
    hi = 0.0
    dd = dx * dx + dy * dy
    if dd > 0.0:
        for end in range(2):
            fx = px - (ax if end == 0 else bx)
            fy = py - (ay if end == 0 else by)
            half_b = fx * dx + fy * dy
            root2 = half_b * half_b - dd * (fx * fx + fy * fy - r2)
            if root2 >= 0.0:
                root = math.sqrt(root2)
                s0 = max((-half_b - root) / dd, 0.0)
                s1 = min((-half_b + root) / dd, 1.0)
                if s0 <= s1:
                    lo = min(lo, s0)
                    hi = max(hi, s1)
        ux = bx - ax
        uy = by - ay
        length = math.sqrt(ux * ux + uy * uy)
        if length > 0.0:
            ux /= length
            uy /= length
            fx = px - ax
            fy = py - ay
            s0 = 0.0
            s1 = 1.0
            along = fx * ux + fy * uy
            along_d = dx * ux + dy * uy
            if along_d != 0.0:
                one = -along / along_d
                two = (length - along) / along_d
                s0 = max(s0, min(one, two))
                s1 = min(s1, max(one, two))
            elif along < 0.0 or along > length:
                s1 = -1.0
            across = ux * fy - uy * fx
            across_d = ux * dy - uy * dx
            if across_d != 0.0:
                one = (-r - across) / across_d
                two = (r - across) / across_d
                s0 = max(s0, min(one, two))
                s1 = min(s1, max(one, two))
            elif abs(across) > r:
                s1 = -1.0
            if s0 <= s1:
                lo = min(lo, s0)
                hi = max(hi, s1)
    if starts_in:
        lo = 0.0
        hi = max(hi, 0.0)
    if ends_in:
        hi = 1.0
        lo = min(lo, 1.0)
    return lo, hi


@njit(cache=True, nogil=True, error_model="numpy")
def _file_legs(
    x: F64, y: F64, walked: Bools, spots: Bools, window: F64, size: float, columns: int, rows: int
) -> tuple[F64, Ints, Ints]:
    """The counted legs, cut to at most ``size`` m, and a grid of lists: each under the cell of its middle.

    Gives legs (k, 4) as ax, ay, bx, by; the first leg of each cell (rows * columns), -1 for none; and the leg
    after each leg in its cell (k,), -1 at the end.
    """
    n = x.shape[0]
    count = 0
    for i in range(n):
        if i < n - 1 and walked[i]:
            count += int(math.sqrt((x[i + 1] - x[i]) ** 2 + (y[i + 1] - y[i]) ** 2) / size) + 1
        elif spots[i]:
            count += 1
    legs = np.empty((count, 4))
    first = np.full(columns * rows, -1, np.int32)
    after = np.empty(count, np.int32)
    k = 0
    for i in range(n):
        leg = i < n - 1 and walked[i]
        if not leg and not spots[i]:
            continue
        end = i + 1 if leg else i
        cut = int(math.sqrt((x[end] - x[i]) ** 2 + (y[end] - y[i]) ** 2) / size) + 1
        step_x = (x[end] - x[i]) / cut
        step_y = (y[end] - y[i]) / cut
        for j in range(cut):
            legs[k, 0] = x[i] + step_x * j
            legs[k, 1] = y[i] + step_y * j
            legs[k, 2] = legs[k, 0] + step_x
            legs[k, 3] = legs[k, 1] + step_y
            column = int((legs[k, 0] + 0.5 * step_x - window[0]) / size)
            row = int((legs[k, 1] + 0.5 * step_y - window[1]) / size)
            cell = min(max(row, 0), rows - 1) * columns + min(max(column, 0), columns - 1)
            after[k] = first[cell]
            first[cell] = k
            k += 1
    return legs, first, after


@njit(cache=True, nogil=True, error_model="numpy")
def _window(x: F64, y: F64, walked: Bools, spots: Bools) -> F64:
    """The box (west, south, east, north) of all that counts; west is infinite if nothing does."""
    box = np.array([np.inf, np.inf, -np.inf, -np.inf])
    n = x.shape[0]
    for i in range(n):
        if spots[i] or (i < n - 1 and walked[i]) or (i > 0 and walked[i - 1]):
            box[0] = min(box[0], x[i])
            box[1] = min(box[1], y[i])
            box[2] = max(box[2], x[i])
            box[3] = max(box[3], y[i])
    return box


@njit(cache=True, nogil=True, error_model="numpy")
def _merge(found: F64, k: int) -> int:
    """Order the first k intervals (k, 2) and join those that touch, in place; gives how many are left."""
    for i in range(1, k):
        s0 = found[i, 0]
        s1 = found[i, 1]
        at = i
        while at > 0 and found[at - 1, 0] > s0:
            found[at, 0] = found[at - 1, 0]
            found[at, 1] = found[at - 1, 1]
            at -= 1
        found[at, 0] = s0
        found[at, 1] = s1
    kept = 0
    for i in range(k):
        if kept > 0 and found[i, 0] <= found[kept - 1, 1]:
            found[kept - 1, 1] = max(found[kept - 1, 1], found[i, 1])
        else:
            found[kept, 0] = found[i, 0]
            found[kept, 1] = found[i, 1]
            kept += 1
    return kept


@njit(cache=True, nogil=True, error_model="numpy")
def _one_covers_all(px: float, py: float, dx: float, dy: float, files: Files, r: float) -> bool:
    """Whether one leg from under the piece's middle covers it all, as one mostly does."""
    legs, first, after, box, size, columns, rows = files
    column = math.floor((px + 0.5 * dx - box[0]) / size)
    row = math.floor((py + 0.5 * dy - box[1]) / size)
    if not (0 <= column < columns and 0 <= row < rows):
        return False
    r2 = r * r
    leg = first[row * columns + column]
    while leg >= 0:
        ax, ay, bx, by = legs[leg, 0], legs[leg, 1], legs[leg, 2], legs[leg, 3]
        if _distance2(px, py, ax, ay, bx, by) <= r2 and _distance2(px + dx, py + dy, ax, ay, bx, by) <= r2:
            return True
        leg = after[leg]
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def _all_that_touch(
    px: float, py: float, dx: float, dy: float, files: Files, r: float, found: F64
) -> tuple[int, F64]:
    """The union over all legs that can touch the piece: count, and its shares ``found[:count]``, ordered."""
    legs, first, after, box, size, columns, rows = files
    far = r + 0.5 * size  # a leg that touches a piece has its middle no farther from it than this
    near2 = (0.5 * math.sqrt(dx * dx + dy * dy) + r) ** 2
    c0 = max(math.floor((min(px, px + dx) - far - box[0]) / size), 0)
    c1 = min(math.floor((max(px, px + dx) + far - box[0]) / size), columns - 1)
    r0 = max(math.floor((min(py, py + dy) - far - box[1]) / size), 0)
    r1 = min(math.floor((max(py, py + dy) + far - box[1]) / size), rows - 1)
    count = 0
    for row in range(r0, r1 + 1):
        for column in range(c0, c1 + 1):
            leg = first[row * columns + column]
            while leg >= 0:
                ax, ay, bx, by = legs[leg, 0], legs[leg, 1], legs[leg, 2], legs[leg, 3]
                leg = after[leg]
                if _distance2(px + 0.5 * dx, py + 0.5 * dy, ax, ay, bx, by) > near2:
                    continue
                s0, s1 = within(px, py, dx, dy, ax, ay, bx, by, r)
                if s0 > s1:
                    continue
                # The last entry grows; what does not join it begins a new one.
                if count > 0 and s0 <= found[count - 1, 1] and s1 >= found[count - 1, 0]:
                    found[count - 1, 0] = min(s0, found[count - 1, 0])
                    found[count - 1, 1] = max(s1, found[count - 1, 1])
                else:
                    if count == found.shape[0]:
                        found = np.concatenate((found, np.empty((count, 2))))
                    found[count, 0] = s0
                    found[count, 1] = s1
                    count += 1
                if found[count - 1, 0] <= 0.0 and found[count - 1, 1] >= 1.0:
                    found[0] = found[count - 1]
                    return 1, found
    return _merge(found, count), found


@njit(cache=True, nogil=True, error_model="numpy")
def cover_lines(
    line_x: F64,
    line_y: F64,
    chainage: F64,
    starts: I64,
    x: F64,
    y: F64,
    walked: Bools,
    spots: Bools,
    r: float,
) -> F64:
    """Intervals (k, 2), metres along, of the lines within ``r`` m of the walked path; ordered, disjoint.

    ``line_x, line_y, chainage`` (m,) are the vertices of all lines, ``starts`` (lines + 1,) where each
    begins; ``x, y`` (n,) the fixes, ``walked`` (n-1,) which legs count, ``spots`` (n,) which fixes count as
    mere places. A straight reach of 1,000 m and a walk over its first 300 m at 30 m aside give, with r = 50,
    one interval (0, 340): 300 m and the 40 m to which the last fix still reaches.
    """
    box = _window(x, y, walked, spots)
    if not box[0] <= box[2]:
        return np.empty((0, 2))
    # Cells no smaller than the tolerance, and no more of them than the work is worth.
    wide = box[2] - box[0]
    high = box[3] - box[1]
    budget = 2.0 * (x.shape[0] + line_x.shape[0]) + 4096.0
    size = max(1.5 * r, 1.0, math.sqrt(wide * high / budget), (wide + high) / budget)
    columns = int(wide / size) + 1
    rows = int(high / size) + 1
    legs, first, after = _file_legs(x, y, walked, spots, box, size, columns, rows)
    files = (legs, first, after, box, size, columns, rows)
    out = np.empty((64, 2))
    k = 0
    k_line = -1
    found = np.empty((16, 2))
    for line in range(starts.shape[0] - 1):
        for i in range(starts[line], starts[line + 1] - 1):
            x0, y0, x1, y1 = line_x[i], line_y[i], line_x[i + 1], line_y[i + 1]
            if max(x0, x1) < box[0] - r or min(x0, x1) > box[2] + r:
                continue
            if max(y0, y1) < box[1] - r or min(y0, y1) > box[3] + r:
                continue
            cut = int(math.sqrt((x1 - x0) ** 2 + (y1 - y0) ** 2) / size) + 1
            dx = (x1 - x0) / cut
            dy = (y1 - y0) / cut
            long_m = (chainage[i + 1] - chainage[i]) / cut
            for part in range(cut):
                px = x0 + dx * part
                py = y0 + dy * part
                if _one_covers_all(px, py, dx, dy, files, r):
                    found[0, 0] = 0.0
                    found[0, 1] = 1.0
                    count = 1
                else:
                    count, found = _all_that_touch(px, py, dx, dy, files, r, found)
                from_m = chainage[i] + long_m * part
                for j in range(count):
                    a = from_m + found[j, 0] * long_m
                    b = from_m + found[j, 1] * long_m
                    if k > 0 and k_line == line and a <= out[k - 1, 1] + _TOUCH_M:
                        out[k - 1, 1] = max(out[k - 1, 1], b)
                        continue
                    if k == out.shape[0]:
                        out = np.concatenate((out, np.empty((k, 2))))
                    out[k, 0] = a
                    out[k, 1] = b
                    k += 1
                    k_line = line
    return out[:k].copy()


@njit(cache=True, nogil=True, error_model="numpy")
def share_near(line_x: F64, line_y: F64, starts: I64, x: F64, y: F64, r: float, most: int) -> float:
    """Share of the fixes (n,), at most ``most`` of them evenly taken, that lie within ``r`` m of the
    lines."""
    n = x.shape[0]
    if n == 0:
        return 0.0
    step = max(n // most, 1)
    r2 = r * r
    near = 0
    seen = 0
    last = 0
    lines = starts.shape[0] - 1
    for i in range(0, n, step):
        seen += 1
        # The next fix is mostly near what the last one was near.
        found = last < line_x.shape[0] - 1 and (
            _distance2(x[i], y[i], line_x[last], line_y[last], line_x[last + 1], line_y[last + 1]) <= r2
        )
        if not found:
            for line in range(lines):
                for j in range(starts[line], starts[line + 1] - 1):
                    if _distance2(x[i], y[i], line_x[j], line_y[j], line_x[j + 1], line_y[j + 1]) <= r2:
                        found = True
                        last = j
                        break
                if found:
                    break
        if found:
            near += 1
    return near / seen


@njit(cache=True, nogil=True, error_model="numpy")
def distances_m(line_x: F64, line_y: F64, starts: I64, only_points: bool, x: F64, y: F64) -> F64:
    """Distance of each place (n,) from the nearest line, or from the nearest vertex if ``only_points``; m
    (n,)."""
    out = np.empty(x.shape[0])
    for i in range(x.shape[0]):
        best = np.inf
        for line in range(starts.shape[0] - 1):
            for j in range(starts[line], starts[line + 1]):
                k = j if only_points or j + 1 >= starts[line + 1] else j + 1
                best = min(best, _distance2(x[i], y[i], line_x[j], line_y[j], line_x[k], line_y[k]))
        out[i] = math.sqrt(best)
    return out
