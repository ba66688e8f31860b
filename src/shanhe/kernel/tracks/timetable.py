"""How evenly somebody went: progress along a line or along one's own way, held against one uniform speed.

Progress is taken in blocks of ten seconds or more, the means of the fixes within, so that the noise of single
fixes counts little. Where the line turns back on itself and progress jumps, a new piece begins; one speed is
fitted to all pieces. Along one's own way progress is the length of the line through the blocks: errors along
it cancel from block to block, and those across make it longer at an even rate.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from shanhe.kernel.tracks.types import F64, I64

__all__ = ["Evenness", "evenness", "follow_line", "foot", "own_chord", "own_evenness"]

Bools = npt.NDArray[np.bool_]

LOST_M = 80.0  # further from the line than this, progress along it means nothing
BLOCK_S = 10.0  # progress is averaged over at least this long
BLOCKS = 120  # … and over as much as leaves no more blocks than this


class Evenness(NamedTuple):
    """How progress keeps to a timetable."""

    residual_m: float  # RMS of progress against one uniform speed
    metres: float  # how far it went in what was looked at
    seconds: float
    blocks: int
    kept: float  # share of the blocks that were used: not far off the rest

    @property
    def share(self) -> float:
        """Residual in units of the way: people have 0.003 and more, 0.03 in the middle."""
        return self.residual_m / self.metres if self.metres > 0 else 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def foot(
    px: float, py: float, lx: F64, ly: F64, skip: I64, lo: int, hi: int
) -> tuple[float, int, float, float]:
    """Nearest of the line's pieces lo..hi: (distance² m², piece, share along it, signed distance m)."""
    best = np.inf
    at = lo
    share = 0.0
    side = 0.0
    for j in range(lo, hi):
        if skip[j]:
            continue
        dx = lx[j + 1] - lx[j]
        dy = ly[j + 1] - ly[j]
        fx = px - lx[j]
        fy = py - ly[j]
        length2 = dx * dx + dy * dy
        u = min(max((fx * dx + fy * dy) / length2, 0.0), 1.0) if length2 > 0 else 0.0
        ex = fx - u * dx
        ey = fy - u * dy
        d2 = ex * ex + ey * ey
        if d2 < best:
            best = d2
            at = j
            share = u
            side = math.copysign(math.sqrt(d2), dx * ey - dy * ex)
    return best, at, share, side


@njit(cache=True, nogil=True, error_model="numpy")
def follow_line(
    x: F64, y: F64, lx: F64, ly: F64, chainage: F64, skip: I64, s: F64, side: F64, edge: F64
) -> None:
    """For each fix its metres along the line, signed distance from it, and length of the edge it lies on.

    The foot is sought near the last one, so that a line that comes close to itself does not confuse; NaN
    where the line is more than 80 m away. ``skip`` marks the joints between parts. ``edge`` is negative where
    the foot lies within 2 m of a vertex.
    """
    last = lx.shape[0] - 1
    here = -1
    rest = 0
    for i in range(x.shape[0]):
        s[i] = np.nan
        side[i] = np.nan
        edge[i] = -1.0
        d2 = np.inf
        at = 0
        share = 0.0
        off = 0.0
        if here >= 0:
            step = 1.6 * math.hypot(x[i] - x[i - 1], y[i] - y[i - 1]) + 12.0
            lo = here
            while lo > 0 and chainage[lo] > s[i - 1] - step:
                lo -= 1
            hi = here + 1
            while hi < last and chainage[hi] < s[i - 1] + step:
                hi += 1
            d2, at, share, off = foot(x[i], y[i], lx, ly, skip, lo, hi)
        if d2 > LOST_M * LOST_M:
            here = -1
            if rest > 0:  # all of the line is searched only now and then
                rest -= 1
                continue
            d2, at, share, off = foot(x[i], y[i], lx, ly, skip, 0, last)
            if d2 > LOST_M * LOST_M:
                rest = 9
                continue
        here = at
        length = chainage[at + 1] - chainage[at]
        s[i] = chainage[at] + share * length
        side[i] = off
        if min(share, 1 - share) * length > 2.0:
            edge[i] = length


@njit(cache=True, nogil=True, error_model="numpy")
def own_chord(x: F64, y: F64, s: F64, ends: I64) -> float:
    """Metres along the straight line between the fixes furthest apart (``ends``); gives how far all stray
    from it, a share of its length.
    """
    n = x.shape[0]
    at = 0
    for end in range(2):
        best = -1.0
        for i in range(n):
            d = math.hypot(x[i] - x[at], y[i] - y[at])
            if d > best:
                best = d
                far = i
        ends[end] = far
        at = far
    a, b = ends[0], ends[1]
    dx = x[b] - x[a]
    dy = y[b] - y[a]
    length = math.hypot(dx, dy)
    if length < 100.0:
        return 1.0
    dx /= length
    dy /= length
    total = 0.0
    for i in range(n):
        fx = x[i] - x[a]
        fy = y[i] - y[a]
        s[i] = fx * dx + fy * dy
        total += (fx * dy - fy * dx) ** 2
    return math.sqrt(total / n) / length


@njit(cache=True, nogil=True, error_model="numpy")
def _blocks(t: F64, x: F64, y: F64, s: F64, width: float, out: F64) -> int:
    """Means (t, x, y, s) over blocks of ``width`` seconds; blocks with a lost fix are left out."""
    n = t.shape[0]
    found = 0
    i = 0
    while i < n:
        k = int((t[i] - t[0]) / width)
        j = i
        st = 0.0
        sx = 0.0
        sy = 0.0
        ss = 0.0
        while j < n and int((t[j] - t[0]) / width) == k:
            st += t[j]
            sx += x[j]
            sy += y[j]
            ss += s[j]
            j += 1
        if not math.isnan(ss) and found < out.shape[0]:
            out[found, 0] = st / (j - i)
            out[found, 1] = sx / (j - i)
            out[found, 2] = sy / (j - i)
            out[found, 3] = ss / (j - i)
            found += 1
        i = j
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _pieces(b: F64, piece: I64) -> None:
    """Number the pieces and turn positions along (column 3) into metres gone within the piece.

    A gap is part of a piece: a program goes on behind a sleeping phone. A piece ends where progress jumps
    though the fixes do not (the line comes back to itself) or stands though they go, and where somebody turns
    round.
    """
    n = b.shape[0]
    step = np.empty(n)
    step[0] = 0.0
    for k in range(1, n):
        step[k] = b[k, 3] - b[k - 1, 3]
    usual = np.median(np.abs(step[1:]))
    now = 0
    gone = 0.0
    heading = 0.0
    turned = 0
    piece[0] = 0
    b[0, 3] = 0.0
    for k in range(1, n):
        along = abs(step[k])
        straight = math.hypot(b[k, 1] - b[k - 1, 1], b[k, 2] - b[k - 1, 2])
        turn = False
        if along > 0.4 * usual:
            turn = heading * step[k] < 0 and k - turned <= 3
            heading = step[k]
            turned = k
        if turn or along > 1.5 * straight + 12.0 or straight > 2.0 * along + 25.0:
            now += 1
            along = 0.0
        gone += along
        piece[k] = now
        b[k, 3] = gone


@njit(cache=True, nogil=True, error_model="numpy")
def _line(b: F64, piece: I64, keep: Bools, lo: int, hi: int, res: F64) -> tuple[float, float, int]:
    """One speed for all pieces in lo..hi by the kept blocks: (squares m², m/s, blocks used); residuals into
    ``res``.
    """
    stt = 0.0
    sts = 0.0
    used = 0
    for sweep in range(2):
        speed = sts / stt if stt > 0 else 0.0
        total = 0.0
        i = lo
        while i < hi:
            j = i
            m = 0
            mt = 0.0
            ms = 0.0
            while j < hi and piece[j] == piece[i]:
                if keep[j]:
                    mt += b[j, 0]
                    ms += b[j, 3]
                    m += 1
                j += 1
            for k in range(i, j):
                res[k] = np.nan
                if m >= 3:
                    dt = b[k, 0] - mt / m
                    ds = b[k, 3] - ms / m
                    if sweep == 1:
                        res[k] = ds - speed * dt
                        if keep[k]:
                            total += res[k] * res[k]
                    elif keep[k]:
                        stt += dt * dt
                        sts += dt * ds
                        used += 1
            i = j
    return total, speed, used


@njit(cache=True, nogil=True, error_model="numpy")
def _fitted(b: F64, piece: I64, out: F64) -> None:
    """(residual m, metres, seconds, blocks, share of them that was used) into ``out``."""
    found = b.shape[0]
    keep = np.ones(found, np.bool_)
    res = np.empty(found)
    square, speed, used = _line(b, piece, keep, 0, found, res)
    if used < 6:
        return
    # Where a line doubles back the foot may lie on the wrong leg: a few blocks far off are not the walker's
    # doing.
    for _ in range(2):
        off = np.abs(res)
        limit = 2.8 * 1.4826 * np.nanmedian(off)
        for k in range(found):
            keep[k] = off[k] <= limit
        square, speed, used = _line(b, piece, keep, 0, found, res)
    if used < max(6, 0.6 * found):
        return
    out[0] = math.sqrt(square / used)
    out[2] = (b[found - 1, 0] - b[0, 0]) * used / found
    out[1] = abs(speed) * out[2]
    out[3] = used
    out[4] = used / found


@njit(cache=True, nogil=True, error_model="numpy")
def _evenness(t: F64, x: F64, y: F64, s: F64, width: float, own: bool, out: F64) -> None:
    b = np.empty((2 * BLOCKS + 2, 4))
    found = _blocks(t, x, y, s, width, b)
    out[:] = 0.0
    if found < 6:
        return
    b = b[:found]
    piece = np.zeros(found, np.int64)
    if own:
        b[0, 3] = 0.0
        for k in range(1, found):
            b[k, 3] = b[k - 1, 3] + math.hypot(b[k, 1] - b[k - 1, 1], b[k, 2] - b[k - 1, 2])
    else:
        _pieces(b, piece)
    _fitted(b, piece, out)


def _width_s(t: F64, step_s: float) -> float:
    return max(BLOCK_S, 3 * step_s, float(t[-1] - t[0]) / BLOCKS) if t.shape[0] else BLOCK_S


def evenness(t: F64, x: F64, y: F64, s: F64, step_s: float) -> Evenness:
    """How progress ``s`` (m, NaN where lost) at times ``t`` (s) keeps to one speed; ``step_s`` between fixes.

    Steady runners come to a share of 0.003 (5 m in 1.7 km), walkers to 0.02; a program at one speed to
    0.00005 without shaking and to 0.0005 to 0.004 with it. Fewer than six blocks give zeros.
    """
    out = np.empty(5)
    _evenness(t, x, y, s, _width_s(t, step_s), False, out)
    return Evenness(float(out[0]), float(out[1]), float(out[2]), int(out[3]), float(out[4]))


def own_evenness(t: F64, x: F64, y: F64, step_s: float) -> Evenness:
    """The same along one's own way, whatever line it follows."""
    out = np.empty(5)
    _evenness(t, x, y, np.zeros_like(t), _width_s(t, step_s), True, out)
    return Evenness(float(out[0]), float(out[1]), float(out[2]), int(out[3]), float(out[4]))
