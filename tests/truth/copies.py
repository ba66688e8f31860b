"""Copies of received tracks as somebody else would make them, and honest neighbours beside them.

Written after ``histories``, with steps put together instead of one at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from truth.histories import DAY_MS, Told
from truth.honest import at_most, rewalked
from truth.outings import Outing, correlated

__all__ = ["COPIED", "NEIGHBOURS", "PASSED_ON"]


def _another_day(way: Outing, rng: np.random.Generator) -> Outing:
    """Weeks, hours, or an odd number of seconds later."""
    seconds = float(
        rng.choice([7 * 86_400, 86_400, rng.uniform(600, 86_400), rng.uniform(86_400, 5_000_000)])
    )
    return replace(way, start_ms=way.start_ms + int(seconds * 1000))


def _trimmed(way: Outing, rng: np.random.Generator) -> Outing:
    lo, hi = rng.uniform(0, 0.2) * way.t[-1], (1 - rng.uniform(0, 0.2)) * way.t[-1]
    part = way.pick((way.t >= lo) & (way.t <= hi))
    return replace(part, t=part.t - part.t[0], start_ms=part.start_ms + int(part.t[0] * 1000))


def _turned(way: Outing, rng: np.random.Generator) -> Outing:
    return replace(way, t=way.t[-1] - way.t[::-1], x=way.x[::-1], y=way.y[::-1])


def _thinned(way: Outing, rng: np.random.Generator) -> Outing:
    step = int(min(rng.integers(2, 6), max(len(way) // 30, 1)))
    return way.pick(slice(None, None, step))


def _breath(way: Outing, rng: np.random.Generator) -> Outing:
    sigma = float(rng.choice([0.1, 0.3, 1.0, 2.0]))
    return way.moved(rng.normal(0, sigma, len(way)), rng.normal(0, sigma, len(way)))


def _ticked(way: Outing, rng: np.random.Generator) -> Outing:
    usual = float(np.median(np.diff(way.t)))
    step = float(rng.choice([s for s in (1, 2, 3, 5, 10, 20, 30) if s <= 3 * usual] or [1]))
    return way.at(np.arange(0, way.t[-1], step))


def _cut_decimals(way: Outing, rng: np.random.Generator) -> Outing:
    lon, lat = way.degrees()
    x = (np.round(lon, 5) - way.lon0) * 111_320.0 * np.cos(np.radians(way.lat0))
    return replace(way, x=x, y=(np.round(lat, 5) - way.lat0) * 110_900.0)


def _stretched(way: Outing, rng: np.random.Generator) -> Outing:
    return replace(way, t=way.t * float(rng.uniform(0.8, 1.3)))


STEPS = (_trimmed, _turned, _thinned, _breath, _ticked, _cut_decimals, _stretched)


def sent_again_later(way: Outing, rng: np.random.Generator) -> Told:
    """The file with all times moved."""
    return Told(_another_day(way, rng), way)


def edited_once(way: Outing, rng: np.random.Generator) -> Told:
    """Times moved, and one of: trimmed, turned, thinned, shaken a little, resampled, rounded, stretched."""
    edit = STEPS[int(rng.integers(0, len(STEPS)))]
    return Told(_another_day(edit(way, rng), rng), way)


def edited_twice(way: Outing, rng: np.random.Generator) -> Told:
    """Times moved, and two different edits."""
    now = way
    for k in rng.permutation(len(STEPS))[:2]:
        now = STEPS[int(k)](now, rng)
    return Told(_another_day(now, rng), way)


def older_date(way: Outing, rng: np.random.Generator) -> Told:
    """Dated before the one that was received first."""
    return Told(replace(_breath(way, rng), start_ms=way.start_ms - int(rng.integers(1, 30)) * DAY_MS), way)


def handed_over(way: Outing, rng: np.random.Generator) -> Told:
    """A second person's account sends the walk, thinly shaken or rounded, some seconds off."""
    shaken = (_breath if rng.random() < 0.6 else _cut_decimals)(way, rng)
    off_ms = int(rng.uniform(-40, 40) * 1000)
    return Told(replace(shaken, start_ms=way.start_ms + off_ms), way, is_own=False)


def handed_over_thinned(way: Outing, rng: np.random.Generator) -> Told:
    """… thinned out."""
    return Told(_thinned(way, rng), way, is_own=False)


def handed_over_edited(way: Outing, rng: np.random.Generator) -> Told:
    """A second person's account sends it on another day, edited once."""
    edit = STEPS[int(rng.integers(0, len(STEPS)))]
    return Told(_another_day(edit(way, rng), rng), way, is_own=False)


# honest neighbours


def colleague_30_s(way: Outing, rng: np.random.Generator) -> Told:
    """Two who walk together, one phone with a fix every half minute; nobody declared it."""
    lag = correlated(way.t, 3.0, 90, rng)
    own = replace(way, t=np.maximum.accumulate(way.t + lag)).at(np.arange(0, way.t[-1], 30.0))
    sigma, tau = float(rng.uniform(2.5, 5)), float(rng.uniform(20, 60))
    return Told(way, own.moved(correlated(own.t, sigma, tau, rng), correlated(own.t, sigma, tau, rng)), False)


def every_working_day(way: Outing, rng: np.random.Generator) -> Told:
    """The same person at the usual pace next day, a steady walker."""
    now = rewalked(way, rng, days=1)
    factor = float(way.t[-1] / now.t[-1] * rng.uniform(0.97, 1.03))
    return Told(at_most(replace(now, t=now.t * factor)), way)


def two_phones(way: Outing, rng: np.random.Generator) -> Told:
    """Own work phone and own private phone, both on the walk: another clock, other errors."""
    t = np.arange(rng.uniform(0, 1), way.t[-1], float(rng.choice([1, 2, 5])))
    sigma, tau = float(rng.uniform(2.5, 5)), float(rng.uniform(20, 60))
    other = way.at(t).moved(correlated(t, sigma, tau, rng), correlated(t, sigma, tau, rng))
    return Told(way, other, is_own=False, is_declared=True)


COPIED: dict[str, Callable[[Outing, np.random.Generator], Told]] = {
    f.__name__: f for f in (sent_again_later, edited_once, edited_twice, older_date)
}
PASSED_ON = {f.__name__: f for f in (handed_over, handed_over_thinned, handed_over_edited)}
NEIGHBOURS = {f.__name__: f for f in (colleague_30_s, every_working_day, two_phones)}
