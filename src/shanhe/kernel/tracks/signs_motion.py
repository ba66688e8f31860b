"""Signs in how somebody moved: jumps, speeds that no legs give, and walks that go nowhere."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from shanhe.kernel.tracks.clean import GAP_S, CleanTrack
from shanhe.kernel.tracks.coverage import Bools
from shanhe.kernel.tracks.examined import Examined
from shanhe.kernel.tracks.types import F64, Flag

__all__ = ["confined", "teleport", "too_fast"]

JUMP_M = 200.0  # a jump is at least this long: most reflections of GPS stay below …
SUDDEN_M = 150.0  # … or this long …
SUDDEN_MPS = 40.0  # … if it is faster than this
JUMP_MPS = 9.0  # … faster than this and than …
JUMP_TIMES = 5.0  # … so many times the speed before and after: nothing accelerates like that unseen …
QUICK_MPS = 20.0  # … or faster than this and …
QUICK_TIMES = 3.0  # … so many times that speed …
JUMP_S = 40.0  # … between fixes this close in time; or
IMPOSSIBLE_MPS = 45.0  # … faster than any road allows (162 km/h) over …
IMPOSSIBLE_M = 300.0  # … this far, however long it took
ASIDE_S = 60.0  # speed before and after a jump is taken over this long
EDGE_FIXES = 3  # a phone's first fixes may be where it last was, so a jump has so many fixes on either side

DRIVEN_S = 90.0  # nothing is said of who moved less than this near the area
DRIVEN_MPS = 8.5  # mean speed while moving; interfaces.md: a bicycle keeps up 7 m/s or so
#: or: mean speed where it went more than a walk (2 m/s), the share of the way faster than is counted (10
#: m/s), and for how long in all; two minutes, for so long a bicycle may run down a dyke, unless it is faster
#: still
BRISK = ((8.2, 0.42, 120.0), (9.5, 0.6, 60.0))
#: or: such a share of the way faster than is counted, for so many seconds in all
FAST = ((0.55, 200.0), (0.65, 140.0))
#: or: this share of the way is faster than so many m/s, for so many seconds faster than is counted: three
#: quarters at a speed that no bicycle keeps up, or half of it far above, and not only down a hill
OF_THE_WAY = ((0.75, 8.2, 0.0), (0.5, 9.4, 150.0))
SUSPECT_MPS = 5.0  # a mean below this and nothing faster than is counted is no drive
SUSTAINED_S = 300.0  # or: faster than is counted over this long in one go and …
SUSTAINED_SHARE = 0.3  # … this share of the way: a long descent is a small part of a cyclist's
NEAR_M = 150.0  # what happens further from the area than tolerance and this is the way there or home
MOVING_MPS = 0.5
WALKED_MPS = 2.0

YARD_M = 300.0  # a small place: the box round the walked path has a diagonal under this …
YARD_OF_AREA = 0.5  # … and under this share of the area's own
ROUNDS = 3.5  # round and round: the way is this many times the diagonal
SMALL_YARD_M = 120.0  # a place so small is no patrol of a larger area even if tolerance makes it look covered


@njit(cache=True, nogil=True, error_model="numpy")
def _aside_mps(t: F64, x: F64, y: F64, leg: int, side: int) -> float:
    """Speed of the path over up to a minute before (-1) or after (+1) a leg, m/s."""
    n = t.shape[0]
    start = leg if side < 0 else leg + 1
    i = start
    metres = 0.0
    while 0 <= i + side < n:
        j = i + side
        if abs(t[j] - t[start]) > ASIDE_S and i != start:
            break
        metres += math.hypot(x[j] - x[i], y[j] - y[i])
        i = j
    seconds = abs(t[i] - t[start])
    return metres / seconds if seconds > 0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _stays(x: F64, y: F64, leg: int, metres: float) -> bool:
    """Whether the three fixes before a leg all lie so far from the three after: a stray fix comes back at
    once.
    """
    for a in range(leg - EDGE_FIXES + 1, leg + 1):
        for b in range(leg + 1, leg + EDGE_FIXES + 1):
            if math.hypot(x[b] - x[a], y[b] - y[a]) < metres:
                return False
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _jumps(t: F64, x: F64, y: F64, out: F64) -> int:
    """Count jumps; the longest's (leg, metres, seconds, m/s aside) goes into ``out``."""
    n = t.shape[0]
    found = 0
    for leg in range(EDGE_FIXES - 1, n - EDGE_FIXES):
        metres = math.hypot(x[leg + 1] - x[leg], y[leg + 1] - y[leg])
        if metres < SUDDEN_M:
            continue
        seconds = t[leg + 1] - t[leg]
        mps = metres / seconds
        if mps < JUMP_MPS or (metres < JUMP_M and mps < SUDDEN_MPS):
            continue
        aside = max(_aside_mps(t, x, y, leg, -1), _aside_mps(t, x, y, leg, 1))
        quick = mps > QUICK_MPS and mps > QUICK_TIMES * aside
        sudden = seconds <= JUMP_S and (mps > JUMP_TIMES * aside or quick)
        # Flipping to and fro leaves fast legs on both sides, so what is impossible needs no calm beside it.
        if (sudden or (mps > IMPOSSIBLE_MPS and metres > IMPOSSIBLE_M)) and _stays(x, y, leg, 0.5 * metres):
            found += 1
            if metres > out[1]:
                out[0] = leg
                out[1] = metres
                out[2] = seconds
                out[3] = aside
    return found


def teleport(walk: CleanTrack) -> Flag | None:
    """``teleport``: the track is at one place and then, with nothing between, at another.

    Single stray fixes are gone before (``clean``), and a gap that can be walked or driven is no jump. 400 m
    in 5 s between two stretches of walking is one; a car that starts is not, for it is fast afterwards.
    """
    out = np.zeros(4)
    found = _jumps(walk.t_s, walk.x, walk.y, out) if len(walk) >= 2 * EDGE_FIXES else 0
    if not found:
        return None
    leg = int(out[0])
    figures = {
        "jumps": int(found),
        "metres": round(float(out[1]), 1),
        "seconds": round(float(out[2]), 1),
        "mps_beside": round(float(out[3]), 2),
    }
    return Flag("teleport", float(walk.t_s[leg]), float(walk.t_s[leg + 1]), figures)


@njit(cache=True, nogil=True, error_model="numpy")
def _speeds(t: F64, speed: F64, use: Bools, counted: float, out: F64) -> None:
    """(mean m/s while moving, share of the way that is fast, fast s, longest sustained s, its from and to,
    moving s, mean m/s of all
    that is faster than a walk)."""
    metres = 0.0
    seconds = 0.0
    brisk_m = 0.0
    brisk_s = 0.0
    fast_m = 0.0
    fast_s = 0.0
    best = 0.0
    best_from = 0.0
    best_to = 0.0
    first = 0  # of the present run of legs in use
    run_m = 0.0
    for leg in range(speed.shape[0]):
        dt = t[leg + 1] - t[leg]
        v = speed[leg]
        if not use[leg] or dt > GAP_S or v > IMPOSSIBLE_MPS:
            first = leg + 1
            run_m = 0.0
            continue
        if v > MOVING_MPS:
            metres += v * dt
            seconds += dt
        if v > WALKED_MPS:
            brisk_m += v * dt
            brisk_s += dt
        if v > counted:
            fast_m += v * dt
            fast_s += dt
        # The longest window that is fast in the mean and begins and ends fast: a light that is red breaks
        # none.
        run_m += v * dt
        if v <= counted and run_m < counted * (t[leg + 1] - t[first]):
            first = leg + 1
            run_m = 0.0
        elif v > counted and t[leg + 1] - t[first] > best:
            best = t[leg + 1] - t[first]
            best_from = t[first]
            best_to = t[leg + 1]
    out[0] = metres / seconds if seconds > 0 else 0.0
    out[1] = fast_m / metres if metres > 0 else 0.0
    out[2] = fast_s
    out[3] = best
    out[4] = best_from
    out[5] = best_to
    out[6] = seconds
    out[7] = brisk_m / brisk_s if brisk_s > 0 else 0.0


def _way_speeds(examined: Examined, near: Bools) -> tuple[float, ...]:
    """The speeds that the shares of ``OF_THE_WAY`` of the way near the area are faster than, m/s."""
    walk = examined.walk
    use = near & (walk.dt_s <= GAP_S) & (walk.speed_mps <= IMPOSSIBLE_MPS)
    speed, metres = walk.speed_mps[use], walk.speed_mps[use] * walk.dt_s[use]
    order = np.argsort(speed)
    gone = np.cumsum(metres[order])
    if not gone.size:
        return (0.0,) * len(OF_THE_WAY)
    at = np.searchsorted(gone, [(1 - share) * gone[-1] for share, _mps, _seconds in OF_THE_WAY])
    return tuple(float(speed[order[min(int(i), gone.size - 1)]]) for i in at)


def _is_driven(found: F64, of_the_way: tuple[float, ...]) -> bool:
    mean, share, fast_s, sustained_s = found[:4]
    if found[6] < DRIVEN_S:
        return False
    brisk = any(found[7] > mps and share > least and fast_s > seconds for mps, least, seconds in BRISK)
    mostly = any(share > least and fast_s > seconds for least, seconds in FAST)
    long = sustained_s >= SUSTAINED_S and share > SUSTAINED_SHARE
    quick = any(
        mps > limit and fast_s >= seconds
        for mps, (_share, limit, seconds) in zip(of_the_way, OF_THE_WAY, strict=True)
    )
    return bool(mean > DRIVEN_MPS or brisk or mostly or long or quick)


def too_fast(examined: Examined) -> Flag | None:
    """``too_fast``: driven, by the mean speed while moving, the fast share of the way, or one long fast
    stretch.

    Only what happens within tolerance and 150 m of the area counts: driving there and home is honest. Speeds
    are taken over at least 10 s (``clean``). A cyclist with 6 m/s in the mean and a descent at 13 m/s passes.
    """
    walk, counted = examined.walk, examined.rules.max_counted_speed_mps
    if len(walk) < 3:
        return None
    found = np.zeros(8)
    _speeds(walk.t_s, walk.speed_mps, np.ones(len(walk) - 1, np.bool_), counted, found)
    if not (found[2] > 0 or found[0] > SUSPECT_MPS):
        return None
    near = _near_legs(examined)
    _speeds(walk.t_s, walk.speed_mps, near, counted, found)
    of_the_way = _way_speeds(examined, near)
    if not _is_driven(found, of_the_way):
        return None
    if found[3] > 0:
        span = float(found[4]), float(found[5])
    else:
        at = np.flatnonzero(near)
        span = float(walk.t_s[at[0]]), float(walk.t_s[at[-1] + 1])
    figures = {
        "mean_mps": round(float(found[0]), 2),
        "brisk_mps": round(float(found[7]), 2),
        "fast_share": round(float(found[1]), 4),
        "fast_s": round(float(found[2]), 1),
        "sustained_s": round(float(found[3]), 1),
        "half_the_way_mps": round(of_the_way[1], 2),
    }
    return Flag("too_fast", *span, figures)


def _near_legs(examined: Examined) -> Bools:
    """Which legs begin near the area, by every so many-th fix of long tracks."""
    walk = examined.walk
    step = max(len(walk) // 400, 1)
    some = examined.near_m(walk.x[::step], walk.y[::step]) <= examined.reach_m + NEAR_M
    if examined.placed.area.kind == "polygon":
        placed = examined.placed  # inside counts too: the box is a fair stand-in for a forest unit
        x, y = walk.x[::step], walk.y[::step]
        some |= (x >= placed.x.min()) & (x <= placed.x.max()) & (y >= placed.y.min()) & (y <= placed.y.max())
    return np.repeat(some, step)[: len(walk) - 1]


def confined(examined: Examined) -> Flag | None:
    """``confined``: a long way in a small place that is not what has to be seen.

    Going to and fro on a short reach is honest: the place must be small beside the area, and the minimum of
    coverage missed, unless it is so small (120 m) that tolerance alone makes it look covered.
    """
    figures, placed, walk = examined.figures, examined.placed, examined.walk
    extent = figures.extent_m
    if len(walk) < 2 or extent >= YARD_M or figures.distance_m < ROUNDS * extent:
        return None
    area_m = float(np.hypot(np.ptp(placed.x), np.ptp(placed.y)))
    if extent >= YARD_OF_AREA * area_m:
        return None
    seen = max(examined.seen.coverage, examined.seen.boundary)
    if seen >= examined.rules.min_coverage and extent > SMALL_YARD_M:
        return None
    found = {
        "extent_m": round(extent, 1),
        "distance_m": round(figures.distance_m, 1),
        "area_m": round(area_m, 1),
    }
    return Flag("confined", float(walk.t_s[0]), float(walk.t_s[-1]), found)
