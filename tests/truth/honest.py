"""Honest outings: the real one, and what weather, phones, vehicles and habits make of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from truth.outings import Outing, correlated, moving_mps, smooth

__all__ = ["HONEST", "at_most", "rewalked", "scaled"]

Vary = Callable[[Outing, np.random.Generator], Outing]


def real(way: Outing, rng: np.random.Generator) -> Outing:
    """As recorded."""
    return way


def drifting(way: Outing, rng: np.random.Generator) -> Outing:
    """Bad sky: a slowly wandering error of 5 to 15 m."""
    sigma, tau = float(rng.uniform(5, 15)), float(rng.uniform(30, 150))
    return way.moved(correlated(way.t, sigma, tau, rng), correlated(way.t, sigma, tau, rng))


def noisy(way: Outing, rng: np.random.Generator) -> Outing:
    """A cheap receiver: independent errors of 2 to 6 m on every fix."""
    sigma = float(rng.uniform(2, 6))
    return way.moved(rng.normal(0, sigma, len(way)), rng.normal(0, sigma, len(way)))


def canyon(way: Outing, rng: np.random.Generator) -> Outing:
    """No sky for one to four minutes, once to three times; reflections of 20 to 40 m at the edges."""
    keep = np.ones(len(way), bool)
    dx, dy = np.zeros(len(way)), np.zeros(len(way))
    for _ in range(int(rng.integers(1, 4))):
        at, lasts = rng.uniform(0, way.t[-1]), rng.uniform(60, 240)
        keep &= (way.t < at) | (way.t > at + lasts)
        edge = np.exp(-np.minimum(np.abs(way.t - at), np.abs(way.t - at - lasts)) / 15)
        size, bearing = rng.uniform(20, 40), rng.uniform(0, 2 * np.pi)
        dx, dy = dx + size * edge * np.cos(bearing), dy + size * edge * np.sin(bearing)
    keep[[0, -1]] = True
    return way.moved(dx, dy).pick(keep)


def asleep(way: Outing, rng: np.random.Generator) -> Outing:
    """The screen went dark: a fifth to two fifths of the time has no fix."""
    lasts = way.t[-1] * rng.uniform(0.2, 0.4)
    at = rng.uniform(0.1, 0.5) * way.t[-1]
    at_ms = way.start_ms + int(at * 1000)
    events = ((at_ms, "hidden"), (at_ms + int(lasts * 1000), "shown"))
    kept = way.pick((way.t < at) | (way.t > at + lasts))
    return replace(kept, events=events if rng.random() < 0.5 else ())


def killed(way: Outing, rng: np.random.Generator) -> Outing:
    """The system ended the app; it was started again three to ten minutes later."""
    at, lasts = rng.uniform(0.2, 0.6) * way.t[-1], min(rng.uniform(180, 600), 0.35 * way.t[-1])
    at_ms = way.start_ms + int(at * 1000)
    events = ((at_ms, "killed"), (at_ms + int(lasts * 1000), "resumed"))
    return replace(way.pick((way.t < at) | (way.t > at + lasts)), events=events)


def _every(way: Outing, seconds: float) -> Outing:
    """The first fix of each so many seconds."""
    _, first = np.unique(np.floor(way.t / seconds), return_index=True)
    return way.pick(first)


def every_15_s(way: Outing, rng: np.random.Generator) -> Outing:
    """A position every 15 s, as many apps do."""
    return _every(way, 15)


def every_60_s(way: Outing, rng: np.random.Generator) -> Outing:
    """A position a minute."""
    return _every(way, 60)


def every_second(way: Outing, rng: np.random.Generator) -> Outing:
    """Filled up to one a second by the phone's fusion: straight between fixes, with a wandering error."""
    t = np.arange(0, way.t[-1], 1.0)
    filled = way.at(t)
    sigma = float(rng.uniform(1.5, 4))
    return filled.moved(correlated(t, sigma, 40, rng), correlated(t, sigma, 40, rng))


def sparse(way: Outing, rng: np.random.Generator) -> Outing:
    """Battery saving: a third of the fixes at random."""
    keep = rng.random(len(way)) < max(0.33, 30 / len(way))
    keep[[0, -1]] = True
    return way.pick(keep)


def there_and_back(way: Outing, rng: np.random.Generator) -> Outing:
    """Back the same way after a short stop, a little to the side, at another pace."""
    pace = float(rng.uniform(0.8, 1.2))
    back_t = way.t[-1] + rng.uniform(20, 200) + (way.t[-1] - way.t[::-1]) * pace
    wander = correlated(back_t, 4, 60, rng), correlated(back_t, 4, 60, rng)
    t = np.r_[way.t, back_t]
    x, y = np.r_[way.x, way.x[::-1] + wander[0]], np.r_[way.y, way.y[::-1] + wander[1]]
    return at_most(replace(way, t=t, x=x, y=y, acc=None))


def long_rest(way: Outing, rng: np.random.Generator) -> Outing:
    """Lunch on the bank: ten to forty minutes at one spot, the position drifting."""
    at = int(rng.integers(len(way) // 4, 3 * len(way) // 4))
    lasts = float(rng.uniform(600, 2_400))
    step = float(np.clip(np.median(np.diff(way.t)), 1, 30))
    rest = np.arange(step, lasts, step)
    rx = way.x[at] + correlated(rest, 4, 120, rng)
    ry = way.y[at] + correlated(rest, 4, 120, rng)
    t = np.r_[way.t[: at + 1], way.t[at] + rest, way.t[at + 1 :] + lasts]
    x = np.r_[way.x[: at + 1], rx, way.x[at + 1 :]]
    y = np.r_[way.y[: at + 1], ry, way.y[at + 1 :]]
    return replace(way, t=t, x=x, y=y, acc=None)


def scaled(way: Outing, mps: float) -> Outing:
    """The same way and rhythm at another mean moving speed."""
    now = float(np.mean(moving_mps(way)))
    return replace(way, t=way.t * now / mps)


def at_most(way: Outing, mean_mps: float = 6.9, top_mps: float = 8.8) -> Outing:
    """The same, slowed down where it would outrun the contract's bicycle (``cases.honest_pace``)."""
    grid = np.arange(0, way.t[-1] + 5, 10.0)
    along = way.at(grid).along
    top = float(((along[12:] - along[:-12]) / 120.0).max(initial=0.0))
    slower = max(1.0, float(np.mean(moving_mps(way))) / mean_mps, top / top_mps)
    return replace(way, t=way.t * slower)


def bicycle(way: Outing, rng: np.random.Generator) -> Outing:
    """The same way by bicycle, at 3 to 6 m/s in the mean."""
    return at_most(scaled(way, float(rng.uniform(3, 6))))


def boat(way: Outing, rng: np.random.Generator) -> Outing:
    """In midstream: a smooth course at 1.5 to 4 m/s with few stops."""
    window = 90.0
    course = replace(way, x=smooth(way.t, way.x, window), y=smooth(way.t, way.y, window))
    course = scaled(course, float(rng.uniform(1.5, 4)))
    wander = correlated(course.t, 2.5, 60, rng), correlated(course.t, 2.5, 60, rng)
    return course.moved(*wander)


def five_decimals(way: Outing, rng: np.random.Generator) -> Outing:
    """Coordinates rounded to 1e-5 degrees."""
    return _rounded(way, 5)


def six_decimals(way: Outing, rng: np.random.Generator) -> Outing:
    """Coordinates rounded to 1e-6 degrees."""
    return _rounded(way, 6)


def _rounded(way: Outing, decimals: int) -> Outing:
    lon, lat = way.degrees()
    lon, lat = np.round(lon, decimals), np.round(lat, decimals)
    x = (lon - way.lon0) * 111_320.0 * np.cos(np.radians(way.lat0))
    return replace(way, x=x, y=(lat - way.lat0) * 110_900.0)


def kalman(way: Outing, rng: np.random.Generator) -> Outing:
    """Smoothed by the phone: every fix drawn towards where the last ones were heading."""
    seconds = float(rng.uniform(5, 20))
    return replace(way, x=smooth(way.t, way.x, seconds), y=smooth(way.t, way.y, seconds))


def with_accuracy(way: Outing, rng: np.random.Generator) -> Outing:
    """The phone states 3 to 30 m accuracy, changing slowly, rounded."""
    acc = np.clip(8 * np.exp(correlated(way.t, 0.5, 60, rng)), 3, 45)
    return replace(way, acc=acc)


def one_accuracy(way: Outing, rng: np.random.Generator) -> Outing:
    """A phone that always says 5 m."""
    return replace(way, acc=np.full(len(way), 5.0))


def spiky(way: Outing, rng: np.random.Generator) -> Outing:
    """One to three single fixes far off, back at once."""
    dx, dy = np.zeros(len(way)), np.zeros(len(way))
    for at in rng.integers(2, len(way) - 2, int(rng.integers(1, 4))):
        far, bearing = rng.uniform(80, 600), rng.uniform(0, 2 * np.pi)
        dx[at], dy[at] = far * np.cos(bearing), far * np.sin(bearing)
    return way.moved(dx, dy)


def repeated_fixes(way: Outing, rng: np.random.Generator) -> Outing:
    """Some fixes are sent twice, and some come with the time of the one before."""
    twice = np.sort(np.r_[np.arange(len(way)), rng.integers(0, len(way), len(way) // 20)])
    return way.pick(twice)


def rewalked(way: Outing, rng: np.random.Generator, days: float = 7.0) -> Outing:
    """Another day on the same way: own rhythm, own noise, a metre or three beside the old line."""
    rhythm = np.exp(correlated(way.t, 0.15, 150, rng) + correlated(way.t, 0.06, 20, rng)) * rng.uniform(
        0.85, 1.15
    )
    steps = np.diff(way.t) * rhythm[1:]
    still = np.hypot(np.diff(way.x), np.diff(way.y)) < 0.3 * np.diff(way.t)
    steps[still] *= rng.uniform(0.3, 1.5)
    t = np.r_[0.0, np.cumsum(steps)]
    for at in rng.uniform(0, t[-1], rng.poisson(1.5)):
        t[t > at] += rng.exponential(40)
    side = correlated(t, 2.5, 100, rng), correlated(t, 2.5, 100, rng)
    again = replace(way, t=t, start_ms=way.start_ms + int(days * 86_400_000 + rng.normal(0, 3_600_000)))
    again = at_most(again.moved(*side))
    return again.at(np.arange(0, again.t[-1], float(np.median(np.diff(way.t)))))


HONEST: dict[str, Vary] = {
    "real": real,
    "drifting": drifting,
    "noisy": noisy,
    "canyon": canyon,
    "asleep": asleep,
    "killed": killed,
    "every_second": every_second,
    "every_15_s": every_15_s,
    "every_60_s": every_60_s,
    "sparse": sparse,
    "there_and_back": there_and_back,
    "long_rest": long_rest,
    "bicycle": bicycle,
    "boat": boat,
    "five_decimals": five_decimals,
    "six_decimals": six_decimals,
    "kalman": kalman,
    "with_accuracy": with_accuracy,
    "one_accuracy": one_accuracy,
    "spiky": spiky,
    "repeated_fixes": repeated_fixes,
}
