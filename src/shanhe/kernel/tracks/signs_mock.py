"""Signs of positions that a program made: a timetable kept, a line followed to the centimetre, vertices
ticked off.

Five tests, each of something people cannot do. Figures are from real tracks of walkers, runners, cyclists and
boats:

- **even steps**: the middle four fifths of all step speeds lie within 4 % of each other (people: 10 % and
  more);
- **timetable**: over the whole way progress along the line stays within 1 to 4 m of one uniform speed, and no
  further over long times than over short ones (people: 5 m and more, growing with the time; see
  ``timetable``). The residual, its growth, the time, and whether errors across the line are new at every fix
  (those of GPS wander) are weighed;
- **independent steps**: each step's speed is drawn anew from a range: unlike the one before, the next and the
  fourth, never slow, without the tails that people's speeds have;
- **glued to the line**: between the line's vertices every fix lies within 0.6 m of the drawn line, at an even
  pace;
- **ticked off**: one fix a vertex of the drawn line, at a regular tick, whatever the distance between them.

What cannot be told from one track: a mock that follows another line than the reach's with shaking on it, or
one with a person's own rhythm (pauses, changing pace) and wandering errors. The second is found only if the
rhythm was taken from an earlier track (``history``).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from shanhe.kernel.tracks.examined import Examined
from shanhe.kernel.tracks.timetable import Evenness, evenness, follow_line, own_progress
from shanhe.kernel.tracks.types import F64, Flag

__all__ = ["synthetic"]

LEAST_FIXES = 12
LEAST_TICKS = 8  # fewer vertices read out prove nothing
VERTEX_BEND_M = 1.2  # four of five vertices of a drawn line stand off their neighbours' chord by more
LEAST_STEPS = 40  # independence shows only over so many steps
LEAST_M = 250.0  # a timetable shows only over so many metres …
LEAST_S = 200.0  # … and seconds …
LEAST_KEPT = 0.75  # … and if this share of the blocks fits
LEAST_BLOCKS = 8
MORE_BLOCKS = 12  # with fewer, the residual has to be below …
SURE_M = 1.0  # … this, closer to a timetable than the errors of GPS let a person appear
MOST_M = 8.0  # no program shakes its positions by more and calls it walking
ENOUGH = 1.25  # weight of evidence for a timetable; 1 of 700 honest outings of the tuning recorders has more
EVEN_SPREAD = 0.04
STRAIGHT = 0.03  # fixes that stray less than this share of the way from the straight line are held against it
GLUED_M = 0.6  # one step of coordinates with five decimals is 1.1 m, so a rounded fix is off by no more
LOST_COVERAGE = 0.15  # a walk that has seen less than this of the area is worth nothing anyway
MOST_FIXES = 20_000


class Lie(NamedTuple):
    """How the fixes lie about the line."""

    whiteness: (
        float  # squared change of the distance over four fixes by that over one: 1 new at every fix, 3 GPS
    )
    shaking_m: float  # standard deviation of what is new at each fix, across the line
    edge_fixes: int  # fixes whose foot lies on an edge of over 12 m, more than 2 m from its ends
    edge_glued: float  # share of those within 0.6 m of the line
    edge_m: float  # median length of these edges
    at_vertices: float  # share of fixes within 0.6 m of a vertex


@njit(cache=True, nogil=True, error_model="numpy")
def _lie(side: F64, edge: F64, glued_m: float, out: F64) -> None:
    n = side.shape[0]
    one = 0.0
    ones = 0
    four = 0.0
    fours = 0
    on = 0
    glued = 0
    here = 0
    ticks = 0
    lengths = np.empty(n)
    for i in range(n):
        if math.isnan(side[i]):
            continue
        here += 1
        if edge[i] > 12.0:
            lengths[on] = edge[i]
            on += 1
            if abs(side[i]) < glued_m:
                glued += 1
        elif edge[i] < 0 and abs(side[i]) < glued_m:
            ticks += 1
        if i >= 1 and not math.isnan(side[i - 1]):
            one += (side[i] - side[i - 1]) ** 2
            ones += 1
        if i >= 4 and not math.isnan(side[i - 4]):
            four += (side[i] - side[i - 4]) ** 2
            fours += 1
    if ones > 0 and fours > 0 and one > 0:
        out[0] = (four / fours) / (one / ones)
        out[1] = math.sqrt(one / ones / 2)
    out[2] = on
    out[3] = glued / on if on > 0 else 0.0
    out[4] = np.median(lengths[:on]) if on > 0 else 0.0
    out[5] = ticks / here if here > 0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _step_spread(t: F64, x: F64, y: F64) -> float:
    """(90 % - 10 %) of the speeds of single steps by the median, of at most 1,000 steps."""
    n = t.shape[0] - 1
    stride = n // 1000 + 1
    speed = np.empty(n // stride + 1)
    m = 0
    for i in range(0, n, stride):
        speed[m] = math.hypot(x[i + 1] - x[i], y[i + 1] - y[i]) / (t[i + 1] - t[i])
        m += 1
    ordered = np.sort(speed[:m])
    middle = ordered[m // 2]
    return (ordered[int(0.9 * (m - 1))] - ordered[int(0.1 * (m - 1))]) / middle if middle > 0.05 else np.inf


@njit(cache=True, nogil=True, error_model="numpy")
def _steps(t: F64, s: F64, out: F64) -> None:
    """Of speeds along the line, without those far off: (count, kept share, spread, low, kurtosis,
    correlations 1 2 4).

    Spread (standard deviation) and low (2 % quantile) in units of the median.
    """
    n = t.shape[0] - 1
    v = np.empty(n)
    m = 0
    for i in range(n):
        d = abs(s[i + 1] - s[i])
        if not math.isnan(d):
            v[m] = d / (t[i + 1] - t[i])
            m += 1
    out[0] = m
    if m < 8:
        return
    v = v[:m]
    ordered = np.sort(v)
    usual = ordered[m // 2]
    if usual <= 0:
        return
    z = v - usual
    limit = 4 * 1.4826 * np.median(np.abs(z))
    kept = 0
    mean = 0.0
    for i in range(m):
        if abs(z[i]) <= limit:
            kept += 1
            mean += z[i]
        else:
            z[i] = 0.0
    mean /= max(kept, 1)
    two = 0.0
    four = 0.0
    square = 0.0
    for i in range(m):
        square += z[i] * z[i]
        if z[i] != 0.0:
            d2 = (z[i] - mean) ** 2
            two += d2
            four += d2 * d2
    if two <= 0:
        return
    out[1] = kept / m
    out[2] = math.sqrt(two / kept) / usual
    out[3] = ordered[int(0.02 * m)] / usual
    out[4] = (four / kept) / (two / kept) ** 2
    for k in range(3):
        lag = 1 << k
        total = 0.0
        for i in range(m - lag):
            total += z[i] * z[i + lag]
        out[5 + k] = total / square


def synthetic(examined: Examined) -> Flag | None:
    """``synthetic``: positions that a program made; see the module for its tests and their limits."""
    walk = examined.walk
    n = len(walk)
    if n < LEAST_TICKS or max(examined.seen.coverage, examined.seen.boundary) < LOST_COVERAGE:
        return None
    stride = n // MOST_FIXES + 1
    t, x, y = (np.ascontiguousarray(a[::stride]) for a in (walk.t_s, walk.x, walk.y))
    span = float(t[0]), float(t[-1])
    spread = float(_step_spread(t, x, y))
    if spread < EVEN_SPREAD and n >= LEAST_FIXES:
        return Flag(
            "synthetic", *span, {"test": "even_steps", "step_spread": round(spread, 5), "steps": n - 1}
        )
    step_s = float(np.median(np.diff(t)))
    figures = _by_line(examined, t, x, y, step_s, spread) or _by_itself(t, x, y, step_s)
    return Flag("synthetic", *span, figures) if figures else None


def _by_line(
    examined: Examined, t: F64, x: F64, y: F64, step_s: float, spread: float
) -> dict[str, str | float | None] | None:
    """Figures of the tests that need the area's own lines, None if none of them speaks."""
    placed = examined.placed
    if placed.area.kind == "points" or placed.x.shape[0] < 2:
        return None
    skip = np.zeros(placed.x.shape[0], np.int64)
    skip[placed.starts[1:-1] - 1] = 1
    s, side, edge = np.empty_like(t), np.empty_like(t), np.empty_like(t)
    follow_line(x, y, placed.x, placed.y, placed.chainage, skip, s, side, edge)
    out = np.zeros(6)
    _lie(side, edge, GLUED_M, out)
    lie = Lie(float(out[0]), float(out[1]), int(out[2]), float(out[3]), float(out[4]), float(out[5]))
    even = evenness(t, x, y, s, step_s)
    if _keeps_timetable(even, lie):
        return _figures("timetable", even, lie)
    if _is_glued(even, lie):
        return _figures("glued", even, lie)
    if _has_independent_steps(t, s):
        return _figures("independent_steps", even, lie)
    if _is_ticked_off(t, x, y, lie, placed.x.shape[0], step_s, spread):
        return _figures("ticked_off", even, lie)
    return None


def _figures(test: str, even: Evenness, lie: Lie) -> dict[str, str | float | None]:
    return {
        "test": test,
        "residual_m": round(even.residual_m, 2),
        "residual_growth": round(even.growth, 2),
        "metres": round(even.metres, 0),
        "shaking_m": round(lie.shaking_m, 2),
        "weight": round(_weight(even, lie), 2) if even.seconds > 0 else None,
        "whiteness": round(lie.whiteness, 2),
        "glued_share": round(lie.edge_glued, 4),
    }


def _keeps_timetable(even: Evenness, lie: Lie) -> bool:
    """Whether progress strays from one speed by less than the errors of GPS alone make it."""
    if (
        even.metres < LEAST_M
        or even.seconds < LEAST_S
        or even.kept < LEAST_KEPT
        or even.blocks < LEAST_BLOCKS
    ):
        return False
    if even.blocks < MORE_BLOCKS:
        return even.residual_m < SURE_M
    return even.residual_m < MOST_M and _weight(even, lie) > ENOUGH


def _weight(even: Evenness, lie: Lie) -> float:
    """Logarithm of the odds that a timetable was kept: a small residual, over a long time, that does not grow
    with it.

    2.3 more is ten times the odds. Coefficients by logistic regression on the tuning recorders of
    ``tests/truth``.
    """
    size = math.log(even.residual_m + 0.3)
    growth = min(max(even.growth, -0.2), 1.0)
    of_size = -7.13 * size - 5.88 * growth + 3.57 * size * growth
    return -9.95 + of_size + 3.21 * math.log(even.seconds) - 0.47 * min(lie.whiteness, 6.0)


def _is_glued(even: Evenness, lie: Lie) -> bool:
    # A reach that is a raw track resampled straight between its fixes would glue an honest one to it: hence
    # the pace.
    pace = 0.03 if lie.edge_m > 25 else 0.015
    return lie.edge_fixes >= 15 and lie.edge_glued > 0.97 and 0 < even.share < pace


def _has_independent_steps(t: F64, s: F64) -> bool:
    """Speeds of people are like the ones before them, at any rate of fixes up to a minute; a range is no
    rhythm.
    """
    out = np.zeros(8)
    _steps(t, s, out)
    count, kept, spread, low, kurtosis = out[:5]
    bounded = kept > 0.97 and 0.03 < spread < 0.4 and low > 0.3 and kurtosis < 2.35
    return bool(count >= LEAST_STEPS and bounded and np.abs(out[5:]).max() < 0.22)


def _is_ticked_off(t: F64, x: F64, y: F64, lie: Lie, vertices: int, step_s: float, spread: float) -> bool:
    """One fix a vertex, evenly in time and unevenly in space, is how a line is read out and nobody walks."""
    if lie.at_vertices < 0.95 or not 0.9 < t.shape[0] / vertices < 1.1 or spread < 0.6:
        return False
    steps = np.diff(t)
    if float((np.abs(steps - step_s) < 0.05 * step_s).mean()) < 0.95:
        return False
    cx, cy = x[2:] - x[:-2], y[2:] - y[:-2]
    chord = np.maximum(np.hypot(cx, cy), 1e-6)
    bend = np.abs(cx * (y[1:-1] - y[:-2]) - cy * (x[1:-1] - x[:-2])) / chord
    return float(np.quantile(bend, 0.2)) > VERTEX_BEND_M


def _by_itself(t: F64, x: F64, y: F64, step_s: float) -> dict[str, str | float | None] | None:
    """A straight way at one speed needs no line to be held against."""
    s = np.empty_like(t)
    strays = float(own_progress(x, y, s))
    if strays > STRAIGHT:
        return None
    even = evenness(t, x, y, s, step_s)
    enough = even.metres >= LEAST_M and even.seconds >= LEAST_S and even.kept >= LEAST_KEPT
    if enough and even.blocks >= LEAST_BLOCKS and even.residual_m < 1.5 and even.share < 0.0025:
        figures = {"residual_m": round(even.residual_m, 2), "metres": round(even.metres, 0)}
        return {"test": "straight", "strays_share": round(strays, 4), **figures}
    return None
