"""A reach near Dadukou and people who walk along it: what the tests of this room share."""

from __future__ import annotations

import numpy as np

from shanhe.kernel.geo import Projection
from shanhe.kernel.tracks import Area, Track

PLANE = Projection(117.0, 30.4)
START_MS = 1_777_600_000_000  # 2026-05-01, 01:46:40 UTC


def degrees(x, y):
    """(n, 2) lon/lat of metres in the plane."""
    return np.column_stack(PLANE.inverse(np.asarray(x, float), np.asarray(y, float)))


def reach(length_m=2_000.0, bend_m=0.0, vertices=60, half_width_m=0.0):
    """A reach that runs east, swinging ``bend_m`` to either side every kilometre."""
    x = np.linspace(0, length_m, vertices)
    return Area("line", (degrees(x, bend(x, bend_m)),), (False,), half_width_m)


def bend(x, bend_m):
    """How far north of its axis the reach lies at ``x``."""
    return bend_m * np.sin(np.asarray(x) / 1_000 * 2 * np.pi)


def square(side_m=1_000.0, south=0.0, west=0.0):
    """A square forest unit with its corner at the origin."""
    x = np.array([0, side_m, side_m, 0, 0]) + west
    y = np.array([0, 0, side_m, side_m, 0]) + south
    return Area("polygon", (degrees(x, y),), (False,))


def points(*places):
    """Checkpoints at (x, y) metres."""
    x, y = np.array(places, float).T
    return Area("points", (degrees(x, y),), (False,))


def track(x, y, dt_s=2.0, acc=None, start_ms=START_MS, **more):
    """Fixes at metres ``x, y``, ``dt_s`` apart (a number, or seconds of each fix)."""
    x, y = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
    seconds = np.arange(x.size) * dt_s if np.isscalar(dt_s) else np.asarray(dt_s, float)
    place = degrees(x, y)
    accuracy = None if acc is None else np.broadcast_to(np.asarray(acc, float), x.shape).copy()
    times = (start_ms + np.round(seconds * 1000)).astype(np.int64)
    return Track(times, place[:, 0].copy(), place[:, 1].copy(), accuracy, **more)


def drift(n, sigma_m=1.5, keep=0.95, seed=1):
    """Noise as receivers have it: each fix keeps most of the last one's error, and trembles a little."""
    rng = np.random.default_rng(seed)
    kick = rng.normal(0, sigma_m * np.sqrt(1 - keep**2), (2, n))
    out = np.zeros((2, n))
    out[:, 0] = rng.normal(0, sigma_m, 2)
    for i in range(1, n):
        out[:, i] = keep * out[:, i - 1] + kick[:, i]
    return out + rng.normal(0, 0.25 * sigma_m, (2, n))


def pace(n, mps, dt_s=2.0, seed=5):
    """Metres gone at each of n fixes by somebody now faster, now slower, who sometimes stops to look."""
    rng = np.random.default_rng(seed)
    speed = mps * np.clip(1 + 0.25 * np.convolve(rng.normal(0, 1, n + 20), np.ones(21) / 5, "valid"), 0.1, 2)
    looks = rng.random(n) < 0.01
    for at in np.flatnonzero(looks):
        speed[at : at + 6] = 0.0
    return np.concatenate(([0.0], np.cumsum(speed[:-1] * dt_s)))


def walk(from_m=0.0, to_m=2_000.0, mps=1.3, dt_s=2.0, aside_m=5.0, bend_m=0.0, sigma_m=1.5, seed=1, **more):
    """An honest walk along the reach."""
    n = int(abs(to_m - from_m) / mps / dt_s) + 2
    gone = pace(n, mps, dt_s, seed + 4)
    x = from_m + (to_m - from_m) * gone / gone[-1]
    noise = drift(n, sigma_m, seed=seed)
    return track(x + noise[0], bend(x, bend_m) + aside_m + noise[1], dt_s, **more)
