"""Honest outings through other phones and other legs: what looks most like a program and is none.

Rhythms are those of real tracks: times and places are filtered, thinned, scaled or laid along another line,
no speed is invented. The dangerous ones are smooth: a phone that filters, a steady walk on a straight dyke, a
boat on a canal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from truth.honest import at_most, scaled
from truth.outings import Outing, correlated, moving_mps, smooth
from truth.reaches import Reach

__all__ = ["DYKE", "PHONES"]

Vary = Callable[[Outing, np.random.Generator], Outing]


def _every(way: Outing, seconds: float) -> Outing:
    _, first = np.unique(np.floor(way.t / seconds), return_index=True)
    return way.pick(first)


def _elder(way: Outing, seconds: float, rng: np.random.Generator) -> Outing:
    """Slowly, 0.5 to 0.9 m/s, a fix every so many seconds with errors of its own."""
    slow = _every(scaled(way, float(rng.uniform(0.5, 0.9))), seconds)
    return slow.moved(correlated(slow.t, 3, 40, rng), correlated(slow.t, 3, 40, rng))


def elder_10_s(way: Outing, rng: np.random.Generator) -> Outing:
    """An old village head, a fix every ten seconds."""
    return _elder(way, 10, rng)


def elder_30_s(way: Outing, rng: np.random.Generator) -> Outing:
    """… every thirty."""
    return _elder(way, 30, rng)


def elder_60_s(way: Outing, rng: np.random.Generator) -> Outing:
    """… every minute."""
    return _elder(way, 60, rng)


def every_30_s(way: Outing, rng: np.random.Generator) -> Outing:
    """A fix every half minute."""
    return _every(way, 30)


def fused(way: Outing, rng: np.random.Generator) -> Outing:
    """A constant-velocity Kalman filter, once a second, forgetting slowly: smooth, late in bends."""
    t = np.arange(0, way.t[-1], 1.0)
    raw = way.at(t)
    gain = float(rng.uniform(0.05, 0.25))
    return replace(raw, x=_alpha_beta(raw.x, gain), y=_alpha_beta(raw.y, gain))


def _alpha_beta(z: np.ndarray, gain: float) -> np.ndarray:
    """Steady-state filter of second order (alpha-beta), one step a second."""
    beta = gain * gain / (2 - gain)
    place, speed, out = float(z[0]), 0.0, np.empty(len(z))
    for i, measured in enumerate(z):
        place += speed
        miss = float(measured) - place
        place += gain * miss
        speed += beta * miss
        out[i] = place
    return out


def smoothed_hard(way: Outing, rng: np.random.Generator) -> Outing:
    """A sports app that draws a smooth line: a mean over 20 to 45 s."""
    seconds = float(rng.uniform(20, 45))
    return replace(way, x=smooth(way.t, way.x, seconds), y=smooth(way.t, way.y, seconds))


def five_decimals_each_second(way: Outing, rng: np.random.Generator) -> Outing:
    """Once a second and rounded to 1e-5 degrees: stairs a metre high."""
    dense = way.at(np.arange(0, way.t[-1], 1.0))
    wander = correlated(dense.t, 2, 60, rng), correlated(dense.t, 2, 60, rng)
    dense = dense.moved(*wander)
    lon, lat = dense.degrees()
    x = (np.round(lon, 5) - way.lon0) * 111_320.0 * np.cos(np.radians(way.lat0))
    return replace(dense, x=x, y=(np.round(lat, 5) - way.lat0) * 110_900.0)


def when_moved(way: Outing, rng: np.random.Generator) -> Outing:
    """A fix only when 10 to 25 m further, as battery savers do."""
    least = float(rng.choice([10, 15, 20, 25]))
    kept, last = [0], 0
    for i in range(1, len(way)):
        if np.hypot(way.x[i] - way.x[last], way.y[i] - way.y[last]) >= least or i == len(way) - 1:
            kept.append(i)
            last = i
    return way.pick(np.array(kept))


def when_turning(way: Outing, rng: np.random.Generator) -> Outing:
    """A fix when the course changes by 12 degrees, at the latest after 20 to 60 s."""
    most, kept = float(rng.uniform(20, 60)), [0]
    course = np.unwrap(np.arctan2(np.gradient(way.y), np.gradient(way.x)))
    for i in range(1, len(way)):
        if (
            abs(course[i] - course[kept[-1]]) > 0.21
            or way.t[i] - way.t[kept[-1]] >= most
            or i == len(way) - 1
        ):
            kept.append(i)
    return way.pick(np.array(kept))


def late_clock(way: Outing, rng: np.random.Generator) -> Outing:
    """Stamped when handed over, up to 0.9 s late."""
    t = way.t + np.r_[0.0, rng.uniform(0, 0.9, len(way) - 1)]
    return replace(way, t=np.maximum.accumulate(t))


def fast_bicycle(way: Outing, rng: np.random.Generator) -> Outing:
    """The same way by bicycle at 4 to 6.9 m/s, errors of its own."""
    ride = at_most(scaled(way, float(rng.uniform(4, 6.9))))
    return ride.moved(correlated(ride.t, 2.5, 40, rng), correlated(ride.t, 2.5, 40, rng))


def steady_boat(way: Outing, rng: np.random.Generator) -> Outing:
    """A boat under power: the rhythm's slow half only, on a smooth course at 2 to 3.5 m/s."""
    course = replace(way, x=smooth(way.t, way.x, 90), y=smooth(way.t, way.y, 90))
    line = Reach(course.x, course.y, way)
    boat = _even_rhythm(way, rng, mps=float(rng.uniform(2, 3.5)), length_m=line.length_m)
    x, y = line.at(boat.x)
    sigma = float(rng.uniform(1.5, 4))
    return replace(way, t=boat.t, x=x, y=y, acc=None).moved(
        correlated(boat.t, sigma, 60, rng), correlated(boat.t, sigma, 60, rng)
    )


def dyke(way: Outing, rng: np.random.Generator) -> Outing:
    """A straight dyke, walked or ridden without a stop: real speeds while moving, a phone that filters."""
    length = float(np.clip(way.along[-1], 600, 3_000))
    pace = moving_mps(way, 20.0)
    pace = pace[pace > 0.3 * np.median(pace)]
    metres = np.r_[0.0, np.cumsum(np.tile(pace, int(length / (20.0 * pace.sum())) + 1) * 20.0)]
    at_s = np.arange(len(metres)) * 20.0
    t = np.arange(0, float(np.interp(length, metres, at_s)), float(rng.choice([1, 2, 3, 5])))
    walk = replace(way, t=t, x=np.interp(t, at_s, metres), y=np.zeros(len(t)), acc=None)
    sigma = float(rng.uniform(1, 2.5))
    return walk.moved(correlated(t, sigma, 60, rng), correlated(t, sigma, 60, rng))


def _even_rhythm(way: Outing, rng: np.random.Generator, mps: float, length_m: float) -> Outing:
    """Along the x axis by this outing's own speeds while it moved, stops and rushes left out."""
    window_s = 60.0
    pace = moving_mps(way, window_s)
    middle = float(np.median(pace))
    pace = pace[(pace > 0.7 * middle) & (pace < 1.3 * middle)] / middle
    metres = np.r_[0.0, np.cumsum(np.tile(pace, int(length_m / mps / window_s / max(len(pace), 1)) + 2))]
    at_s = np.arange(len(metres)) * window_s
    metres *= mps * window_s
    until = float(np.interp(length_m, metres, at_s))
    t = np.arange(0, until, float(rng.choice([1, 2, 3, 5])))
    return replace(way, t=t, x=np.interp(t, at_s, metres), y=np.zeros(len(t)), acc=None)


#: Honest ones that lie on a line of their own: the reach is taken from them.
DYKE: dict[str, Vary] = {"dyke": dyke}

PHONES: dict[str, Vary] = {
    f.__name__: f
    for f in (
        elder_10_s,
        elder_30_s,
        elder_60_s,
        every_30_s,
        fused,
        smoothed_hard,
        five_decimals_each_second,
        when_moved,
        when_turning,
        late_clock,
        fast_bicycle,
        steady_boat,
    )
}
