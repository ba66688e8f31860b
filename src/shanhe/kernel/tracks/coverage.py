"""How much of a line was walked: exact distance from line to walked path, no sampling on either side.

All that lies within r of one straight leg is a capsule; a capsule is convex, so what it holds of a straight piece
of the reach is one interval, found in closed form. The union of these intervals over all credited legs is the
covered part. A grid over the reach's pieces finds the few that a leg can touch, and a piece that is wholly covered
leaves the grid, so the work is one pass over the legs.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from shanhe.kernel.tracks.types import F64, I64

__all__ = ["cover_lines", "distances_m", "share_near"]

Bools = npt.NDArray[np.bool_]

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
    """The shares (lo, hi) between which p + s·d, 0 <= s <= 1, lies within r of the leg a-b; (1, 0) if none."""
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
def cover_lines(
    line_x: F64, line_y: F64, chainage: F64, starts: I64, x: F64, y: F64, walked: Bools, spots: Bools, r: float
) -> F64:
    """Intervals (k, 2), metres along, of the lines that lie within ``r`` m of the walked path; ordered, disjoint.

    ``line_x, line_y, chainage`` (m,) are the vertices of all lines, ``starts`` (lines + 1,) where each begins;
    ``x, y`` (n,) the fixes, ``walked`` (n-1,) which legs count and ``spots`` (n,) which fixes count as mere
    places. A straight reach of 1,000 m and a walk over its first 300 m at 30 m aside give, with r = 50,
    one interval (0, 340): 300 m and the 40 m to which the last fix still reaches.
    """
    none = np.empty((0, 2))
    n = x.shape[0]
    # The window of the walk.
    west = np.inf
    south = np.inf
    east = -np.inf
    north = -np.inf
    for i in range(n):
        if spots[i] or (i < n - 1 and walked[i]) or (i > 0 and walked[i - 1]):
            west = min(west, x[i])
            east = max(east, x[i])
            south = min(south, y[i])
            north = max(north, y[i])
    if not west <= east:
        return none
    # The grid: cells no smaller than the reach of a leg, no more of them than the work is worth.
    lines = starts.shape[0] - 1
    vertices = line_x.shape[0]
    size = max(1.5 * r, 1.0)
    budget = 4.0 * vertices + 4096.0
    size = max(size, math.sqrt((east - west) * (north - south) / budget), (east - west + north - south) / budget)
    columns = int((east - west) / size) + 1
    rows = int((north - south) / size) + 1
    # Pieces of the reach, none longer than two cells, and only where the walk can touch them.
    count = 0
    entries = 0
    for line in range(lines):
        for i in range(starts[line], starts[line + 1] - 1):
            if max(line_x[i], line_x[i + 1]) < west - r or min(line_x[i], line_x[i + 1]) > east + r:
                continue
            if max(line_y[i], line_y[i + 1]) < south - r or min(line_y[i], line_y[i + 1]) > north + r:
                continue
            count += int(math.hypot(line_x[i + 1] - line_x[i], line_y[i + 1] - line_y[i]) / (2 * size)) + 1
    px = np.empty(count)
    py = np.empty(count)
    dx = np.empty(count)
    dy = np.empty(count)
    from_m = np.empty(count)
    long_m = np.empty(count)
    of_line = np.empty(count, np.int64)
    p = 0
    for line in range(lines):
        for i in range(starts[line], starts[line + 1] - 1):
            if max(line_x[i], line_x[i + 1]) < west - r or min(line_x[i], line_x[i + 1]) > east + r:
                continue
            if max(line_y[i], line_y[i + 1]) < south - r or min(line_y[i], line_y[i + 1]) > north + r:
                continue
            cut = int(math.hypot(line_x[i + 1] - line_x[i], line_y[i + 1] - line_y[i]) / (2 * size)) + 1
            for k in range(cut):
                dx[p] = (line_x[i + 1] - line_x[i]) / cut
                dy[p] = (line_y[i + 1] - line_y[i]) / cut
                px[p] = line_x[i] + dx[p] * k
                py[p] = line_y[i] + dy[p] * k
                long_m[p] = (chainage[i + 1] - chainage[i]) / cut
                from_m[p] = chainage[i] + long_m[p] * k
                of_line[p] = line
                across = (abs(dx[p]) + 2 * r) / size + 2
                down = (abs(dy[p]) + 2 * r) / size + 2
                entries += int(across) * int(down)
                p += 1
    head = np.full(columns * rows, -1, np.int32)
    after = np.empty(entries, np.int32)
    piece_of = np.empty(entries, np.int32)
    used = 0
    for p in range(count - 1, -1, -1):
        c0 = max(int(math.floor((min(px[p], px[p] + dx[p]) - r - west) / size)), 0)
        c1 = min(int(math.floor((max(px[p], px[p] + dx[p]) + r - west) / size)), columns - 1)
        r0 = max(int(math.floor((min(py[p], py[p] + dy[p]) - r - south) / size)), 0)
        r1 = min(int(math.floor((max(py[p], py[p] + dy[p]) + r - south) / size)), rows - 1)
        for row in range(r0, r1 + 1):
            for column in range(c0, c1 + 1):
                cell = row * columns + column
                piece_of[used] = p
                after[used] = head[cell]
                head[cell] = used
                used += 1
    # One pass over the legs. Each piece keeps a running interval; what does not join it goes to a list of its own.
    lo = np.ones(count)
    hi = np.zeros(count)
    more_head = np.full(count, -1, np.int64)
    more_after = np.empty(16, np.int64)
    more_lo = np.empty(16)
    more_hi = np.empty(16)
    more = 0
    for i in range(n):
        leg = i < n - 1 and walked[i]
        if not leg and not spots[i]:
            continue
        end = i + 1 if leg else i
        cut = 1
        if leg:
            cut = int(math.hypot(x[end] - x[i], y[end] - y[i]) / size) + 1
        step_x = (x[end] - x[i]) / cut
        step_y = (y[end] - y[i]) / cut
        for k in range(cut):
            ax = x[i] + step_x * k
            ay = y[i] + step_y * k
            bx = ax + step_x
            by = ay + step_y
            c0 = max(int((min(ax, bx) - west) / size), 0)
            c1 = min(int((max(ax, bx) - west) / size), columns - 1)
            r0 = max(int((min(ay, by) - south) / size), 0)
            r1 = min(int((max(ay, by) - south) / size), rows - 1)
            for row in range(r0, r1 + 1):
                for column in range(c0, c1 + 1):
                    cell = row * columns + column
                    previous = -1
                    entry = head[cell]
                    while entry >= 0:
                        p = piece_of[entry]
                        following = after[entry]
                        if lo[p] <= 0.0 and hi[p] >= 1.0:
                            if previous < 0:
                                head[cell] = following
                            else:
                                after[previous] = following
                            entry = following
                            continue
                        s0, s1 = within(px[p], py[p], dx[p], dy[p], ax, ay, bx, by, r)
                        if s0 <= s1:
                            if lo[p] > hi[p]:
                                lo[p] = s0
                                hi[p] = s1
                            elif s0 <= hi[p] and s1 >= lo[p]:
                                lo[p] = min(lo[p], s0)
                                hi[p] = max(hi[p], s1)
                            else:
                                if more == more_lo.shape[0]:
                                    more_lo = np.concatenate((more_lo, np.empty(more)))
                                    more_hi = np.concatenate((more_hi, np.empty(more)))
                                    more_after = np.concatenate((more_after, np.empty(more, np.int64)))
                                more_lo[more] = lo[p]
                                more_hi[more] = hi[p]
                                more_after[more] = more_head[p]
                                more_head[p] = more
                                more += 1
                                lo[p] = s0
                                hi[p] = s1
                        previous = entry
                        entry = following
    # Join the pieces' intervals along the reach.
    out = np.empty((count + more, 2))
    k = 0
    last_line = -1
    for p in range(count):
        if lo[p] > hi[p]:
            continue
        first = k
        s0 = lo[p]
        s1 = hi[p]
        entry = more_head[p]
        while True:
            # Insertion into the piece's own ordered stretch out[first:k].
            at = k
            while at > first and out[at - 1, 0] > s0:
                out[at, 0] = out[at - 1, 0]
                out[at, 1] = out[at - 1, 1]
                at -= 1
            out[at, 0] = s0
            out[at, 1] = s1
            k += 1
            if entry < 0:
                break
            s0 = more_lo[entry]
            s1 = more_hi[entry]
            entry = more_after[entry]
        kept = first
        for j in range(first, k):
            a = from_m[p] + out[j, 0] * long_m[p]
            b = from_m[p] + out[j, 1] * long_m[p]
            joins = kept > 0 and a <= out[kept - 1, 1] + _TOUCH_M and last_line == of_line[p]
            if joins:
                out[kept - 1, 1] = max(out[kept - 1, 1], b)
            else:
                out[kept, 0] = a
                out[kept, 1] = b
                kept += 1
            last_line = of_line[p]
        k = kept
    return out[:k].copy()


@njit(cache=True, nogil=True, error_model="numpy")
def share_near(line_x: F64, line_y: F64, starts: I64, x: F64, y: F64, r: float, most: int) -> float:
    """Share of the fixes (n,), at most ``most`` of them evenly taken, that lie within ``r`` m of the lines."""
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
    """Distance of each place (n,) from the nearest line, or from the nearest vertex if ``only_points``; m (n,)."""
    out = np.empty(x.shape[0])
    for i in range(x.shape[0]):
        best = np.inf
        for line in range(starts.shape[0] - 1):
            for j in range(starts[line], starts[line + 1]):
                k = j if only_points or j + 1 >= starts[line + 1] else j + 1
                best = min(best, _distance2(x[i], y[i], line_x[j], line_y[j], line_x[k], line_y[k]))
        out[i] = math.sqrt(best)
    return out
