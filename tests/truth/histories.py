"""What was received before: replays of an own track, shared ones, and honest neighbours in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from truth.honest import rewalked
from truth.outings import Outing, correlated

__all__ = ["COMPANY", "REPLAYED", "SHARED", "Told"]

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Told:
    """A patrol to judge and one received before it."""

    now: Outing
    before: Outing
    is_own: bool = True
    is_declared: bool = False
    same_device: bool = False


def _later(way: Outing, rng: np.random.Generator) -> Outing:
    return replace(
        way,
        start_ms=way.start_ms + int(rng.integers(1, 60)) * DAY_MS + int(rng.integers(-7_200_000, 7_200_000)),
    )


def _white(way: Outing, sigma: float, rng: np.random.Generator) -> Outing:
    return way.moved(rng.normal(0, sigma, len(way)), rng.normal(0, sigma, len(way)))


def replay_exact(way: Outing, rng: np.random.Generator) -> Told:
    """The same fixes at the same times: sent once more."""
    return Told(way, way)


def replay_shifted(way: Outing, rng: np.random.Generator) -> Told:
    """The same fixes on another day."""
    return Told(_later(way, rng), way)


def replay_dithered(way: Outing, rng: np.random.Generator) -> Told:
    """On another day, every fix shaken by 0.5 to 5 m."""
    return Told(_white(_later(way, rng), float(rng.uniform(0.5, 5)), rng), way)


def replay_wandering(way: Outing, rng: np.random.Generator) -> Told:
    """On another day, with a smooth wandering error of 1 to 4 m."""
    sigma, tau = float(rng.uniform(1, 4)), float(rng.uniform(20, 90))
    later = _later(way, rng)
    return Told(later.moved(correlated(way.t, sigma, tau, rng), correlated(way.t, sigma, tau, rng)), way)


def replay_resampled(way: Outing, rng: np.random.Generator) -> Told:
    """On another day, taken at other moments of the same walk."""
    later = _later(way, rng)
    step = float(np.median(np.diff(way.t)) * rng.uniform(0.5, 3))
    return Told(later.at(np.arange(rng.uniform(0, step), way.t[-1], step)), way)


def replay_cropped(way: Outing, rng: np.random.Generator) -> Told:
    """On another day, a head or tail of up to a third cut off."""
    lo, hi = rng.uniform(0, 0.18) * way.t[-1], (1 - rng.uniform(0, 0.18)) * way.t[-1]
    part = way.pick((way.t >= lo) & (way.t <= hi))
    return Told(_white(_later(replace(part, t=part.t - part.t[0]), rng), float(rng.choice([0, 1])), rng), way)


def replay_scaled(way: Outing, rng: np.random.Generator) -> Told:
    """On another day, played 5 to 40 % faster or slower."""
    factor = float(rng.uniform(1.05, 1.4)) ** float(rng.choice([-1, 1]))
    return Told(_white(_later(replace(way, t=way.t * factor), rng), float(rng.choice([0, 1, 2])), rng), way)


def replay_reversed(way: Outing, rng: np.random.Generator) -> Told:
    """On another day, from the end to the start."""
    back = replace(way, t=way.t[-1] - way.t[::-1], x=way.x[::-1], y=way.y[::-1])
    return Told(_white(_later(back, rng), float(rng.choice([0, 1, 2])), rng), way)


def replay_offset(way: Outing, rng: np.random.Generator) -> Told:
    """On another day, moved by 3 to 15 m."""
    off, bearing = float(rng.uniform(3, 15)), float(rng.uniform(0, 2 * np.pi))
    return Told(_later(way, rng).moved(off * np.cos(bearing), off * np.sin(bearing)), way)


def shared_exact(way: Outing, rng: np.random.Generator) -> Told:
    """Two accounts, the same fixes."""
    return Told(way, way, is_own=False)


def shared_declared(way: Outing, rng: np.random.Generator) -> Told:
    """Declared company, but the very same fixes."""
    return Told(way, way, is_own=False, is_declared=True)


def shared_device(way: Outing, rng: np.random.Generator) -> Told:
    """Two accounts, one device, the same outing."""
    return Told(_white(way, 1.0, rng), way, is_own=False, same_device=True)


def shared_dithered(way: Outing, rng: np.random.Generator) -> Told:
    """Two accounts, one walk, the second shaken by 0.3 to 2 m."""
    return Told(_white(way, float(rng.uniform(0.3, 2)), rng), way, is_own=False)


def shared_late(way: Outing, rng: np.random.Generator) -> Told:
    """Two accounts, one walk, the second sent as some minutes or days later."""
    later = replace(way, start_ms=way.start_ms + int(rng.uniform(180, 300_000)) * 1000)
    return Told(_white(later, float(rng.uniform(0, 4)), rng), way, is_own=False)


def shared_subset(way: Outing, rng: np.random.Generator) -> Told:
    """Two accounts, the second keeps a random half of the fixes."""
    keep = rng.random(len(way)) < max(0.5, 30 / len(way))
    keep[[0, -1]] = True
    return Told(way.pick(keep), way, is_own=False)


def shared_offset(way: Outing, rng: np.random.Generator) -> Told:
    """Two accounts, the same noise a few metres beside."""
    off, bearing = float(rng.uniform(2, 10)), float(rng.uniform(0, 2 * np.pi))
    return Told(way.moved(off * np.cos(bearing), off * np.sin(bearing)), way, is_own=False)


def _beside(way: Outing, rng: np.random.Generator) -> Outing:
    """A companion with a phone of their own: some metres and seconds apart, own sampling, own noise."""
    sigma, tau = float(rng.uniform(2.5, 6)), float(rng.uniform(20, 90))
    lag = correlated(way.t, 2.0, 60, rng)
    t = np.maximum.accumulate(way.t + lag)
    step = float(np.median(np.diff(way.t)))
    own = replace(way, t=t).at(np.arange(rng.uniform(0, step), way.t[-1], step))
    dx = rng.normal(0, 1.5) + correlated(own.t, sigma, tau, rng)
    dy = rng.normal(0, 1.5) + correlated(own.t, sigma, tau, rng)
    return own.moved(dx, dy)


def company_declared(way: Outing, rng: np.random.Generator) -> Told:
    """Two people who walk together and say so."""
    return Told(way, _beside(way, rng), is_own=False, is_declared=True)


def company(way: Outing, rng: np.random.Generator) -> Told:
    """Two people who walk together and do not say so."""
    return Told(way, _beside(way, rng), is_own=False)


def company_white(way: Outing, rng: np.random.Generator) -> Told:
    """Two who walk together, at the same seconds, both receivers with independent errors of 3 to 5 m."""
    sigma = float(rng.uniform(3, 5))
    return Told(_white(way, sigma, rng), _white(way, sigma, rng), is_own=False, is_declared=True)


def week_later(way: Outing, rng: np.random.Generator) -> Told:
    """The same person on the same reach a week later."""
    return Told(rewalked(way, rng), way)


def weeks_in_between(way: Outing, rng: np.random.Generator) -> Told:
    """Both are re-walks of one line by one person."""
    return Told(rewalked(way, rng), rewalked(way, rng, days=14))


def other_person_same_day(way: Outing, rng: np.random.Generator) -> Told:
    """A colleague on the same reach some hours later."""
    return Told(rewalked(way, rng, days=0.1), way, is_own=False)


def back_again(way: Outing, rng: np.random.Generator) -> Told:
    """The same person the other way round a week later."""
    again = rewalked(way, rng)
    return Told(replace(again, t=again.t[-1] - again.t[::-1], x=again.x[::-1], y=again.y[::-1]), way)


REPLAYED: dict[str, Callable[[Outing, np.random.Generator], Told]] = {
    f.__name__: f
    for f in (
        replay_exact,
        replay_shifted,
        replay_dithered,
        replay_wandering,
        replay_resampled,
        replay_cropped,
        replay_scaled,
        replay_reversed,
        replay_offset,
    )
}
SHARED = {
    f.__name__: f
    for f in (
        shared_exact,
        shared_declared,
        shared_device,
        shared_dithered,
        shared_late,
        shared_subset,
        shared_offset,
    )
}
COMPANY = {
    f.__name__: f
    for f in (
        company_declared,
        company,
        company_white,
        week_later,
        weeks_in_between,
        other_person_same_day,
        back_again,
    )
}
