"""Whether a way was played by a program at one speed: places held against where it would be at each second.

A program that plays a line at one speed is, whatever is shaken onto its positions, never further from its
timetable than the shaking: after an hour as after a minute, and along the line as across it. A person's pace
wanders: they fall behind and catch up, the further the longer one looks, while their distance from the line
stays that of the receiver's errors. Both stories are written down as what they are and the track says which
of them it fits:

- *program*: place = start + speed · time + error;
- *person*: the same, but the speed takes a random walk by 2 to 16 % in some hundred seconds (``PACES``, 6 %
  most often).

Errors are of unknown size, new at every fix or remembered for ten to ninety seconds or something of both
(``SHAPES``); all of that is tried and each story is given its best. ``PlayedFit.odds_along`` is the logarithm
of the ratio of likelihoods of program and person (2.3 is ten to one) by progress alone; ``odds_both`` asks in
addition that errors across the line be of the same kind. Likelihoods are those of a Kalman filter over speed,
place and error (Durbin and Koopman, Time Series Analysis by State Space Methods, 2012, ch. 4 and 7).

First the timetable has to be found. ``hold`` looks for the start and the speed that most blocks agree with,
and then seeks each fix's foot only near where the program would be, so that loops, bends and a line that
comes close to itself confuse nobody. At an end of the line it turns round.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from shanhe.kernel.tracks.timetable import foot
from shanhe.kernel.tracks.types import F64, I64

__all__ = ["PlayedFit", "hold"]

BLOCKS = 100  # progress is averaged over as much time as leaves no more blocks than this
LEAST_BLOCKS = 10
AGREES_M = 15.0  # a block agrees with a timetable when it is this close
LEAST_AGREED = 0.5  # of the blocks must agree at first …
LEAST_KEPT = 0.75  # … and so many must lie within three and a bit standard deviations at last …
LOST_M = 12.0  # … which are smaller than this, or nobody kept any timetable
GUIDE_M = 45.0  # feet are sought so far before and behind the place of the timetable
#: (share that is new at every fix, seconds that the rest is remembered) of errors
SHAPES = ((1.0, 1.0), (0.5, 10.0), (0.0, 10.0), (0.3, 30.0), (0.0, 30.0), (0.3, 90.0), (0.0, 90.0))
PACES = (0.02, 0.04, 0.08, 0.16)  # by how much a person's pace wanders in PACE_S, in units of itself
PACE_S = 100.0
USUAL_PACE = 0.06  # prior: log-normal about this …
PACE_SPREAD = 0.6  # … with this standard deviation
LEAST_ERROR_M = 0.05
FAR = 1e8  # variance of what is not known


class PlayedFit(NamedTuple):
    """How a track fits a program at one speed along a line."""

    mps: float
    seconds: float
    residual_m: float  # standard deviation of progress from the timetable
    across_m: float  # … and of the distance from the line
    odds_along: float  # ln odds of program over person
    odds_both: float

    @property
    def metres(self) -> float:
        """How far it went."""
        return self.mps * self.seconds


@njit(cache=True, nogil=True, error_model="numpy")
def _folded(u: float, length: float) -> float:
    """The place on a line ``u`` metres after setting out, turning at its ends."""
    w = u % (2.0 * length)
    return w if w <= length else 2.0 * length - w


@njit(cache=True, nogil=True, error_model="numpy")
def _way(u: float, length: float) -> float:
    return 1.0 if u % (2.0 * length) <= length else -1.0


@njit(cache=True, nogil=True, error_model="numpy")
def _guess(b: F64, length: float, plan: F64) -> float:
    """Start (m) and speed (m/s) that most blocks (t, s, side) agree with into ``plan``; their share."""
    n = b.shape[0]
    best = 0
    for gap in (n // 8, n // 4, n // 2):
        if gap < 2:
            continue
        for i in range(0, n - gap, max(1, (n - gap) // 14)):
            v = (b[i + gap, 1] - b[i, 1]) / (b[i + gap, 0] - b[i, 0])
            if abs(v) < 0.2:
                continue
            a = b[i, 1] - v * b[i, 0]
            agreed = 0
            for k in range(n):
                if abs(b[k, 1] - _folded(a + v * b[k, 0], length)) < AGREES_M:
                    agreed += 1
            if agreed > best:
                best = agreed
                plan[0] = a
                plan[1] = v
    return best / n


@njit(cache=True, nogil=True, error_model="numpy")
def _refit(b: F64, length: float, within_m: float, plan: F64) -> None:
    """Least squares over the blocks that lie within so many metres of the plan."""
    m = 0
    mt = 0.0
    mr = 0.0
    for k in range(b.shape[0]):
        u = plan[0] + plan[1] * b[k, 0]
        r = (b[k, 1] - _folded(u, length)) * _way(u, length)
        if abs(r) <= within_m:
            m += 1
            mt += b[k, 0]
            mr += r
    if m < 4:
        return
    mt /= m
    mr /= m
    tt = 0.0
    tr = 0.0
    for k in range(b.shape[0]):
        u = plan[0] + plan[1] * b[k, 0]
        r = (b[k, 1] - _folded(u, length)) * _way(u, length)
        if abs(r) <= within_m:
            tt += (b[k, 0] - mt) ** 2
            tr += (b[k, 0] - mt) * (r - mr)
    if tt > 0:
        more = tr / tt
        plan[1] += more
        plan[0] += mr - more * mt


@njit(cache=True, nogil=True, error_model="numpy")
def _guided(
    t: F64, x: F64, y: F64, lx: F64, ly: F64, chainage: F64, skip: I64, plan: F64, s: F64, side: F64
) -> None:
    """Feet of the fixes near where the plan has them."""
    last = lx.shape[0] - 1
    length = chainage[last]
    for i in range(t.shape[0]):
        place = _folded(plan[0] + plan[1] * t[i], length)
        lo = min(max(np.searchsorted(chainage, place - GUIDE_M) - 1, 0), last - 1)
        hi = min(max(np.searchsorted(chainage, place + GUIDE_M) + 1, lo + 1), last)
        _d2, at, share, off = foot(x[i], y[i], lx, ly, skip, lo, hi)
        s[i] = chainage[at] + share * (chainage[at + 1] - chainage[at])
        side[i] = off


@njit(cache=True, nogil=True, error_model="numpy")
def _blocks(t: F64, s: F64, side: F64, width: float, out: F64) -> int:
    """Means (t, s, side) over ``width`` seconds; blocks with a lost fix are left out."""
    n = t.shape[0]
    found = 0
    i = 0
    while i < n and found < out.shape[0]:
        k = int((t[i] - t[0]) / width)
        j = i
        out[found, :] = 0.0
        while j < n and int((t[j] - t[0]) / width) == k:
            out[found, 0] += t[j]
            out[found, 1] += s[j]
            out[found, 2] += side[j]
            j += 1
        if not math.isnan(out[found, 1]):
            out[found, :] /= j - i
            found += 1
        i = j
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _likelihood(t: F64, z: F64, white: float, memory_s: float, wander: float, speed: float, out: F64) -> None:
    """(places, squares, log of determinants) of places ``z`` by a Kalman filter, errors of size 1.

    ``wander``: variance that the speed gains in a second; ``speed``: variance of the speed at the start, 0
    for something that only stands.
    """
    place = z[0]
    mps = 0.0
    error = 0.0
    p00 = FAR
    p01 = 0.0
    p02 = 0.0
    p11 = speed
    p12 = 0.0
    p22 = 1.0 - white
    out[:] = 0.0
    for k in range(t.shape[0]):
        if k > 0:
            dt = t[k] - t[k - 1]
            fade = math.exp(-dt / memory_s)
            place += mps * dt
            error *= fade
            p00 += dt * (2 * p01 + dt * p11) + wander * dt * dt * dt / 3
            p01 += dt * p11 + wander * dt * dt / 2
            p02 = fade * (p02 + dt * p12)
            p11 += wander * dt
            p12 *= fade
            p22 = fade * fade * p22 + (1.0 - white) * (1.0 - fade * fade)
        h0 = p00 + p02
        h1 = p01 + p12
        h2 = p02 + p22
        spread = h0 + h2 + white + 1e-9
        miss = z[k] - place - error
        if spread < 1e6:  # else start and speed are only just found
            out[0] += 1
            out[1] += miss * miss / spread
            out[2] += math.log(spread)
        gain = miss / spread
        place += h0 * gain
        mps += h1 * gain
        error += h2 * gain
        p00 -= h0 * h0 / spread
        p01 -= h0 * h1 / spread
        p02 -= h0 * h2 / spread
        p11 -= h1 * h1 / spread
        p12 -= h1 * h2 / spread
        p22 -= h2 * h2 / spread


@njit(cache=True, nogil=True, error_model="numpy")
def _odds(t: F64, along: F64, across: F64, mps: float, shapes: F64, paces: F64, out: F64) -> None:
    """Ln odds of a program over a person by progress alone and with errors across into ``out``."""
    p = np.empty(3)
    q = np.empty(3)
    program = -np.inf
    program_both = -np.inf
    person = -np.inf
    person_both = -np.inf
    for j in range(shapes.shape[0]):
        white = shapes[j, 0]
        memory_s = shapes[j, 1]
        _likelihood(t, across, white, memory_s, 0.0, 0.0, q)
        _likelihood(t, along, white, memory_s, 0.0, FAR, p)
        size = max(math.sqrt(p[1] / p[0]), LEAST_ERROR_M)
        both = max(math.sqrt((p[1] + q[1]) / (p[0] + q[0])), LEAST_ERROR_M)
        beside = max(math.sqrt(q[1] / q[0]), LEAST_ERROR_M)
        program = max(program, -0.5 * (p[1] / size**2 + p[2]) - p[0] * math.log(size))
        fits = -0.5 * ((p[1] + q[1]) / both**2 + p[2] + q[2]) - (p[0] + q[0]) * math.log(both)
        program_both = max(program_both, fits)
        for i in range(8):
            # Pace explains some of what the program has to call error: sizes from all of it downwards, and
            # those found across.
            error = size * 0.68**i
            if i == 6:
                error = beside
            elif i == 7:
                error = math.sqrt(beside * size)
            error = max(error, LEAST_ERROR_M)
            for c in range(paces.shape[0]):
                wander = (paces[c] * mps / error) ** 2 * 2.0 / PACE_S
                _likelihood(t, along, white, memory_s, wander, FAR, p)
                prior = -0.5 * (math.log(paces[c] / USUAL_PACE) / PACE_SPREAD) ** 2
                fits = -0.5 * (p[1] / error**2 + p[2]) - p[0] * math.log(error) + prior
                person = max(person, fits)
                fits += -0.5 * (q[1] / error**2 + q[2]) - q[0] * math.log(error)
                person_both = max(person_both, fits)
    out[0] = program - person
    out[1] = program_both - person_both


@njit(cache=True, nogil=True, error_model="numpy")
def _hold(
    t: F64,
    x: F64,
    y: F64,
    lx: F64,
    ly: F64,
    chainage: F64,
    skip: I64,
    s: F64,
    width: float,
    shapes: F64,
    paces: F64,
    out: F64,
) -> bool:
    """Mps, seconds, residual m, across m, odds along and both into ``out``; False if it is no program."""
    n = t.shape[0]
    length = chainage[chainage.shape[0] - 1]
    side = np.zeros(n)
    blocks = np.empty((2 * BLOCKS + 2, 3))
    plan = np.zeros(2)
    found = _blocks(t, s, side, width, blocks)
    if found < LEAST_BLOCKS or length <= 0 or _guess(blocks[:found], length, plan) < LEAST_AGREED:
        return False
    _refit(blocks[:found], length, AGREES_M, plan)
    place = np.empty(n)
    for within_m in (25.0, AGREES_M):
        _guided(t, x, y, lx, ly, chainage, skip, plan, place, side)
        found = _blocks(t, place, side, width, blocks)
        _refit(blocks[:found], length, within_m, plan)
    off = np.empty(found)
    for k in range(found):
        u = plan[0] + plan[1] * blocks[k, 0]
        off[k] = (blocks[k, 1] - _folded(u, length)) * _way(u, length)
    limit = max(3.2 * 1.4826 * np.median(np.abs(off)), 0.5)
    kept = np.abs(off) <= limit
    m = kept.sum()
    if m < max(LEAST_BLOCKS, LEAST_KEPT * found):
        return False
    along = off[kept]
    if along.std() > LOST_M:
        return False
    times = blocks[:found, 0][kept]
    across = blocks[:found, 2][kept]
    across = across - np.median(across)
    out[0] = abs(plan[1])
    out[1] = t[n - 1] - t[0]
    out[2] = along.std()
    out[3] = across.std()
    _odds(times, along, across, out[0], shapes, paces, out[4:6])
    return True


def hold(
    t: F64, x: F64, y: F64, lx: F64, ly: F64, chainage: F64, skip: I64, s: F64, step_s: float
) -> PlayedFit | None:
    """How fixes (t in s, x and y in m) fit a program along the line (lx, ly; ``chainage`` in m), or None.

    ``s`` is their progress along it as found without a plan (m, NaN where lost), ``step_s`` their usual
    distance in time. None for nine of ten people, who are nowhere near any timetable. Takes 0.05 ms then, and
    0.7 ms if the odds have to be counted.
    """
    if t.shape[0] < LEAST_BLOCKS:
        return None
    width = max(1.01 * step_s, float(t[-1] - t[0]) / BLOCKS)
    out = np.empty(6)
    shapes, paces = np.array(SHAPES), np.array(PACES)
    if not _hold(t, x, y, lx, ly, chainage, skip, s, width, shapes, paces, out):
        return None
    return PlayedFit(*(float(value) for value in out))
