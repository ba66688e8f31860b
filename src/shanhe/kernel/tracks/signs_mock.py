"""Signs of positions that a program made: a timetable kept, a line followed to the centimetre, vertices
ticked off.

Tests of something people cannot do. Figures are from real tracks of walkers, runners, cyclists and boats:

- **even steps**: the middle four fifths of all step speeds lie within 4 % of each other (people: 10 % and
  more);
- **timetable**: along the drawn line or, if the way is straight, along its own, the track fits a program at
  one speed better than a person whose pace wanders, by the odds of both stories, the size of the errors and
  the time over which this is so (``played``);
- **own timetable**: on whatever line, the length of the own way grows evenly to within 0.7 m and 0.1 % over
  minutes (people: 5 m and 0.3 % in the best of a hundred cases, 0.9 m in the evenest of all);
- **glued to the line**: between the line's vertices every fix lies on the drawn line, at an even pace, or to
  the centimetre at paces that do not change at vertices, as those of a track filled up along itself do;
- **independent steps**: each step's speed is drawn anew from a range: unlike the one before, the next and the
  fourth, never slow, without the tails that people's speeds have;
- **ticked off**: one fix a vertex of the drawn line, at a regular tick whatever the distance between them, or
  at one speed.

What cannot be told from one track: a program with a person's own rhythm (pauses, changing pace) and wandering
errors; it is found only if the rhythm was taken from an earlier track (``history``). And who walks for a
quarter of an hour without a stop at a pace that wanders by no more than 2 % is, through a receiver with
errors of some metres, no different from a program whose shaking wanders alike.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from shanhe.kernel.tracks.examined import Examined
from shanhe.kernel.tracks.place import PlacedArea
from shanhe.kernel.tracks.played import PlayedFit, hold
from shanhe.kernel.tracks.timetable import Evenness, evenness, follow_line, own_chord, own_evenness
from shanhe.kernel.tracks.types import F64, Flag

__all__ = ["synthetic"]

LEAST_FIXES = 12
LEAST_TICKS = 8  # fewer vertices read out prove nothing
VERTEX_BEND_M = 1.2  # four of five vertices of a drawn line stand off their neighbours' chord by more
READ_SPREAD = 0.08  # step speeds of vertices read out at one speed, by times in whole seconds
LEAST_ALIKE = 14  # so many fixes tell whether steps are like their neighbours: less than …
ALIKE_M = 8.0  # … and are so long, lest rounding make them unlike …
ALIKE = 0.15  # … this is no person's
LEAST_STEPS = 40  # independence shows only over so many steps
ALIKE_STEPS = 0.22  # correlations of step speeds below this tell nothing of the next
LEAST_M = 200.0  # a timetable shows only over so many metres …
LEAST_S = 150.0  # … and seconds
MOST_M = 8.0  # no program shakes its positions by more and calls it walking
ENOUGH = 1.0  # weight of evidence for a timetable; see ``_weight``
BESIDE_M = 3.0  # a line of its own beside the drawn one is at least this far from it …
BESIDE_SPREAD_M = 6.0  # … evenly to within this; it is sought beside the drawn line's …
BESIDE_STEP_M = 10.0  # … means over so many …
BESIDE_MEAN = 7  # … of these steps
BESIDE_RESIDUAL_M = 14.0  # … of somebody whose own way grows as evenly as this …
BESIDE_SHARE = 0.01  # … and this
OWN_M = 500.0  # on a line of one's own, over so many metres …
OWN_S = 200.0  # … and seconds …
OWN_BLOCKS = 16  # … and blocks, of which …
OWN_KEPT = 0.95  # … this share fits …
OWN_RESIDUAL_M = 0.7  # … progress stays so close to one speed …
OWN_SHARE = 0.001  # … and within this share of the way
EVEN_SPREAD = 0.04
STRAIGHT = 0.03  # fixes that stray less than this share of the way from the straight line are held against it
EXACT_M = 0.03  # unrounded, fixes on the line are off by no more
GLUED_M = 0.6  # one step of coordinates with five decimals is 1.1 m, so a rounded fix is off by no more
LOST_COVERAGE = 0.15  # a walk that has seen less than this of the area is worth nothing anyway
MOST_FIXES = 20_000


class Lie(NamedTuple):
    """How the fixes lie about the line."""

    whiteness: (
        float  # squared change of the distance over four fixes by that over one: 1 new at every fix, 3 GPS
    )
    shaking_m: float  # standard deviation of what is new at each fix, across the line
    edge_fixes: float  # fixes whose foot lies on an edge of over 6 m, more than 2 m from its ends
    edge_glued: float  # share of those within 0.6 m of the line
    edge_m: float  # median length of these edges
    at_vertices: float  # share of fixes within 0.6 m of a vertex
    off_m: float  # median distance of the fixes on edges from the line


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
    sides = np.empty(n)
    for i in range(n):
        if math.isnan(side[i]):
            continue
        here += 1
        if edge[i] > 6.0:
            lengths[on] = edge[i]
            sides[on] = abs(side[i])
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
    out[6] = np.median(sides[:on]) if on > 0 else 0.0


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
def _changes(t: F64, s: F64, chainage: F64, out: F64) -> None:
    """How much the speed along the line changes from step to step: medians (within an edge, across a vertex),
    in units of itself.
    """
    n = t.shape[0]
    within = np.empty(n)
    across = np.empty(n)
    w = 0
    a = 0
    for i in range(1, n - 1):
        one = (s[i] - s[i - 1]) / (t[i] - t[i - 1])
        two = (s[i + 1] - s[i]) / (t[i + 1] - t[i])
        size = abs(one) + abs(two)
        if math.isnan(size) or size < 0.1:
            continue
        change = 2.0 * abs(two - one) / size
        before = np.searchsorted(chainage, (s[i - 1] + s[i]) / 2)
        if before == np.searchsorted(chainage, (s[i] + s[i + 1]) / 2):
            within[w] = change
            w += 1
        else:
            across[a] = change
            a += 1
    out[0] = np.median(within[:w]) if w >= 8 else np.nan
    out[1] = np.median(across[:a]) if a >= 8 else np.nan


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
    own = own_evenness(t, x, y, step_s)
    figures = _by_line(examined, t, x, y, step_s, spread, own) or _by_itself(t, x, y, step_s, own)
    return Flag("synthetic", *span, figures) if figures else None


def _by_line(
    examined: Examined, t: F64, x: F64, y: F64, step_s: float, spread: float, own: Evenness
) -> dict[str, str | float | None] | None:
    """Figures of the tests that need the area's own lines, None if none of them speaks."""
    placed = examined.placed
    if placed.area.kind == "points" or placed.x.shape[0] < 2:
        return None
    skip = np.zeros(placed.x.shape[0], np.int64)
    skip[placed.starts[1:-1] - 1] = 1
    s, side, edge = np.empty_like(t), np.empty_like(t), np.empty_like(t)
    follow_line(x, y, placed.x, placed.y, placed.chainage, skip, s, side, edge)
    out = np.zeros(7)
    _lie(side, edge, GLUED_M, out)
    lie = Lie(*(float(value) for value in out))
    steps = np.zeros(8)
    _steps(t, s, steps)
    fit = hold(t, x, y, placed.x, placed.y, placed.chainage, skip, s, step_s)
    if fit and _is_played(fit):
        return _played(fit, "timetable")
    may_be_beside = own.share < BESIDE_SHARE and own.residual_m < BESIDE_RESIDUAL_M
    if may_be_beside and (beside := _held_beside(t, x, y, placed, side, step_s)):
        return beside
    if _has_independent_steps(steps):
        return _lies("independent_steps", lie)
    if _is_glued(t, x, y, s, lie, placed.chainage, step_s):
        return _lies("glued", lie)
    if _is_ticked_off(t, x, y, lie, placed.x.shape[0], step_s, spread):
        return _lies("ticked_off", lie)
    return None


def _held_beside(
    t: F64, x: F64, y: F64, placed: PlacedArea, side: F64, step_s: float
) -> dict[str, str | float | None] | None:
    """The timetable on a line of its own that keeps beside the drawn one, as a path on the dyke does.

    In bends such a line is shorter or longer than the drawn one, and a timetable on it none on the other.
    """
    if placed.starts.shape[0] != 2 or np.isnan(side).mean() > 0.2:
        return None
    off_m = float(np.nanmedian(side))
    if abs(off_m) < BESIDE_M or float(np.nanmedian(np.abs(side - off_m))) > BESIDE_SPREAD_M:
        return None
    at = np.arange(0.0, placed.chainage[-1], BESIDE_STEP_M)
    if at.size < 2 * BESIDE_MEAN:
        return None
    mean = np.ones(BESIDE_MEAN) / BESIDE_MEAN
    edge = BESIDE_MEAN // 2
    lx, ly = (
        np.convolve(np.pad(np.interp(at, placed.chainage, line), edge, "edge"), mean, "valid")
        for line in (placed.x, placed.y)
    )
    dx, dy = np.gradient(lx), np.gradient(ly)
    length = np.maximum(np.hypot(dx, dy), 1e-6)
    lx, ly = lx - off_m * dy / length, ly + off_m * dx / length  # ``side`` is positive to the left
    chainage = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(lx), np.diff(ly)))))
    s, across, edges = np.empty_like(t), np.empty_like(t), np.empty_like(t)
    skip = np.zeros(lx.shape[0], np.int64)
    follow_line(x, y, lx, ly, chainage, skip, s, across, edges)
    fit = hold(t, x, y, lx, ly, chainage, skip, s, step_s)
    return {**_played(fit, "timetable"), "beside_m": round(off_m, 1)} if fit and _is_played(fit) else None


def _lies(test: str, lie: Lie) -> dict[str, str | float | None]:
    return {
        "test": test,
        "glued_share": round(lie.edge_glued, 4),
        "off_m": round(lie.off_m, 3),
        "at_vertices": round(lie.at_vertices, 4),
        "shaking_m": round(lie.shaking_m, 2),
    }


def _played(fit: PlayedFit, test: str) -> dict[str, str | float | None]:
    return {
        "test": test,
        "mps": round(fit.mps, 3),
        "metres": round(fit.metres, 0),
        "residual_m": round(fit.residual_m, 2),
        "across_m": round(fit.across_m, 2),
        "odds_along": round(fit.odds_along, 1),
        "odds_both": round(fit.odds_both, 1),
        "weight": round(_weight(fit), 2),
    }


def _is_played(fit: PlayedFit) -> bool:
    """Whether progress strays from one speed by less than the errors of GPS alone make it."""
    near = fit.residual_m < MOST_M and fit.across_m < MOST_M
    return near and fit.metres >= LEAST_M and fit.seconds >= LEAST_S and _weight(fit) > ENOUGH


def _weight(fit: PlayedFit) -> float:
    """What the odds of both stories weigh beside the usual size of people's residuals.

    Coefficients by logistic regression on the tuning recorders of ``tests/truth`` (programs at one speed with
    every kind of shaking against all honest kinds), so that 2.3 more is ten times the odds.
    """
    along, both = (min(max(odds, -20.0), 15.0) for odds in (fit.odds_along, fit.odds_both))
    sizes = -3.06 * math.log(fit.residual_m + 0.3) - 2.31 * math.log(fit.across_m + 0.3)
    return 10.15 + 0.32 * along + 0.48 * both + sizes - 0.66 * math.log(fit.seconds)


def _is_glued(t: F64, x: F64, y: F64, s: F64, lie: Lie, chainage: F64, step_s: float) -> bool:
    if lie.edge_fixes < 15 or lie.edge_glued <= 0.97:
        return False
    if lie.off_m > EXACT_M:
        # A reach that is a raw track filled up straight between its fixes would glue an honest one to it:
        # hence the pace, or that its changes are no vertex's doing.
        return 0 < evenness(t, x, y, s, step_s).share < (0.03 if lie.edge_m > 25 else 0.015)
    changes = np.empty(2)
    _changes(t, s, chainage, changes)
    within, across = float(changes[0]), float(changes[1])
    return not across > 3 * within + 0.02 and not math.isnan(within)


def _has_independent_steps(steps: F64) -> bool:
    """Speeds of people are like the ones before them, at any rate of fixes up to a minute; a range is no
    rhythm.
    """
    count, kept, spread, low, kurtosis = steps[:5]
    bounded = kept > 0.97 and 0.03 < spread < 0.4 and low > 0.3 and kurtosis < 2.35
    return bool(count >= LEAST_STEPS and bounded and np.abs(steps[5:]).max() < ALIKE_STEPS)


def _is_ticked_off(t: F64, x: F64, y: F64, lie: Lie, vertices: int, step_s: float, spread: float) -> bool:
    """One fix a vertex, evenly in time and unevenly in space or at one speed: a line read out, not walked."""
    if lie.at_vertices < 0.95 or not 0.9 < t.shape[0] / vertices < 1.1:
        return False
    if spread < READ_SPREAD:
        return True
    steps = np.diff(t)
    if spread < 0.5 or float((np.abs(steps - step_s) < 0.05 * step_s).mean()) < 0.95:
        return False
    metres = np.hypot(np.diff(x), np.diff(y))
    if t.shape[0] >= LEAST_ALIKE and np.median(metres) > ALIKE_M and _alike(metres) < ALIKE:
        return True
    cx, cy = x[2:] - x[:-2], y[2:] - y[:-2]
    chord = np.maximum(np.hypot(cx, cy), 1e-6)
    bend = np.abs(cx * (y[1:-1] - y[:-2]) - cy * (x[1:-1] - x[:-2])) / chord
    return spread > 0.6 and float(np.quantile(bend, 0.2)) > VERTEX_BEND_M


def _alike(metres: F64) -> float:
    """Correlation of the logarithms of neighbouring steps: high for a person, about 0 for a drawn line."""
    log = np.log(metres + 0.5)
    one, two = log[:-1] - log.mean(), log[1:] - log.mean()
    return float((one * two).mean() / max(log.var(), 1e-9))


def _by_itself(t: F64, x: F64, y: F64, step_s: float, even: Evenness) -> dict[str, str | float | None] | None:
    """A way at one speed that needs no line to be held against."""
    s = np.empty_like(t)
    ends = np.zeros(2, np.int64)
    strays = float(own_chord(x, y, s, ends))
    if strays <= STRAIGHT:
        lx, ly = x[ends], y[ends]
        chainage = np.array([0.0, math.hypot(lx[1] - lx[0], ly[1] - ly[0])])
        fit = hold(t, x, y, lx, ly, chainage, np.zeros(2, np.int64), s, step_s)
        if fit and _is_played(fit):
            return {**_played(fit, "straight"), "strays_share": round(strays, 4)}
    if even.metres < OWN_M or even.seconds < OWN_S or even.blocks < OWN_BLOCKS or even.kept < OWN_KEPT:
        return None
    if even.residual_m < OWN_RESIDUAL_M and even.share < OWN_SHARE:
        return {
            "test": "own_timetable",
            "residual_m": round(even.residual_m, 2),
            "metres": round(even.metres, 0),
            "seconds": round(even.seconds, 0),
        }
    return None
