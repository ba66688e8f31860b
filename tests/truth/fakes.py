"""Made-up outings: what people do who were not there, did not walk, or let a program walk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from truth.honest import scaled
from truth.outings import Outing, correlated, natural_speed, smooth
from truth.reaches import Reach

__all__ = ["FAKES", "mock_at"]

Make = Callable[[Outing, Reach, np.random.Generator], Outing]


def driven(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """By car: the same rhythm at 11 to 20 m/s, made longer by going the reach to and fro until five minutes
    are full.
    """
    return _to_and_fro(scaled(way, float(rng.uniform(11, 20))), 420)


def ridden(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """By motorcycle at 9.5 to 13 m/s."""
    return _to_and_fro(scaled(way, float(rng.uniform(9.5, 13))), 420)


def driven_with_stops(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """By car, getting out for a minute or two here and there."""
    car = _to_and_fro(scaled(way, float(rng.uniform(11, 18))), 300)
    t = car.t.copy()
    for at in rng.uniform(0, t[-1], int(rng.integers(2, 5))):
        t[car.t > at] += rng.uniform(40, 150)
    return replace(car, t=t)


def _to_and_fro(way: Outing, seconds: float) -> Outing:
    t, x, y = way.t, way.x, way.y
    turned = way
    while t[-1] < seconds:
        turned = replace(turned, t=turned.t[-1] - turned.t[::-1], x=turned.x[::-1], y=turned.y[::-1])
        t = np.r_[t, t[-1] + 5 + turned.t]
        x, y = np.r_[x, turned.x], np.r_[y, turned.y]
    step = np.r_[True, np.diff(t) > 0]
    return replace(way, t=t[step], x=x[step], y=y[step], acc=None)


def teleports(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Leaves out one to three stretches of 300 to 1,500 m in no time."""
    wanted = int(rng.integers(1, 4))
    for _ in range(20):
        if not wanted:
            break
        along = way.along
        gap = float(np.clip(rng.uniform(300, 1_500), 250, 0.35 * along[-1]))
        lo = int(np.searchsorted(along, rng.uniform(0.1, 0.6) * along[-1]))
        hi = int(np.searchsorted(along, along[lo] + gap))
        if lo < 1 or hi >= len(way) - 3:
            continue
        if np.hypot(way.x[hi] - way.x[lo - 1], way.y[hi] - way.y[lo - 1]) < 250:
            continue
        wanted -= 1
        t = way.t.copy()
        t[hi:] -= t[hi] - t[lo - 1] - float(np.median(np.diff(way.t)))
        way = replace(way, t=t).pick(np.r_[0:lo, hi : len(way)])
    return way


def jumps_from_home(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Sits at home 1.5 to 15 km off, then is at the river at once, and perhaps home again."""
    far, bearing = float(rng.uniform(1_500, 15_000)), float(rng.uniform(0, 2 * np.pi))
    step = float(np.clip(np.median(np.diff(way.t)), 1, 20))
    sits = np.arange(0, rng.uniform(60, 400), step)
    hx = way.x[0] + far * np.cos(bearing) + correlated(sits, 3, 60, rng)
    hy = way.y[0] + far * np.sin(bearing) + correlated(sits, 3, 60, rng)
    t, x, y = np.r_[sits, sits[-1] + step + way.t], np.r_[hx, way.x], np.r_[hy, way.y]
    if rng.random() < 0.5:
        t, x, y = np.r_[t, t[-1] + step + sits], np.r_[x, hx], np.r_[y, hy]
    return replace(way, t=t, x=x, y=y, acc=None)


def zigzag(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Flips between two places some kilometres apart, a few fixes at each."""
    block = (np.arange(len(way)) // int(rng.integers(6, 15))) % 2
    far, bearing = float(rng.uniform(800, 5_000)), float(rng.uniform(0, 2 * np.pi))
    return way.moved(block * far * np.cos(bearing), block * far * np.sin(bearing))


def _span(way: Outing, rng: np.random.Generator) -> np.ndarray:
    step = float(rng.choice([1, 2, 5, 10, 15]))
    return np.arange(0, max(way.t[-1], 600), step)


def stationary(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Clocks in at one spot of the reach; the position drifts by 3 to 12 m."""
    t, at = _span(way, rng), rng.uniform(0, reach.length_m)
    px, py = reach.at(np.array([at]))
    sigma = float(rng.uniform(3, 12))
    tau = float(rng.uniform(20, 200))
    return replace(
        way, t=t, x=px + correlated(t, sigma, tau, rng), y=py + correlated(t, sigma, tau, rng), acc=None
    )


def stationary_jitter(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """At one spot with independent errors, whose sum looks like kilometres."""
    t, at = _span(way, rng), rng.uniform(0, reach.length_m)
    px, py = reach.at(np.array([at]))
    sigma = float(rng.uniform(2, 10))
    return replace(
        way, t=t, x=px + rng.normal(0, sigma, len(t)), y=py + rng.normal(0, sigma, len(t)), acc=None
    )


def frozen(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """The very same position all the time."""
    t = _span(way, rng)
    px, py = reach.at(np.array([rng.uniform(0, reach.length_m)]))
    return replace(way, t=t, x=np.full(len(t), px[0]), y=np.full(len(t), py[0]), acc=None)


def small_loops(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Round and round a yard, 15 to 60 m across, at walking pace."""
    t = _span(way, rng)
    radius = float(rng.uniform(8, 30))
    px, py = reach.at(np.array([rng.uniform(0, reach.length_m)]))
    turn = np.cumsum(np.r_[0.0, np.diff(t) * natural_speed(t, 1.2, rng)[1:]]) / radius
    r = radius + correlated(t, radius / 5, 40, rng)
    wander = correlated(t, 2, 60, rng), correlated(t, 2, 60, rng)
    return replace(
        way, t=t, x=px + r * np.cos(turn) + wander[0], y=py + r * np.sin(turn) + wander[1], acc=None
    )


def to_and_fro_on_the_spot(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Paces 60 to 100 m of the reach up and down."""
    t = _span(way, rng)
    span = float(rng.uniform(40, 100))
    start = rng.uniform(0, max(reach.length_m - span, 1))
    gone = np.cumsum(np.r_[0.0, np.diff(t) * natural_speed(t, 1.2, rng)[1:]])
    px, py = reach.at(start + np.abs((gone + span) % (2 * span) - span))
    return replace(way, t=t, x=px + correlated(t, 3, 60, rng), y=py + correlated(t, 3, 60, rng), acc=None)


def parallel_road(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """The same walk 120 to 400 m beside it; further where the reach winds, for a road that touches it is
    walked.
    """
    off, bearing = float(rng.uniform(120, 400)), _across(way)
    at = reach.at(np.linspace(0, reach.length_m, 200))
    while True:
        beside = way.moved(off * np.cos(bearing), off * np.sin(bearing))
        some = slice(None, None, len(way) // 200 + 1)
        apart = np.hypot(at[0][:, None] - beside.x[some], at[1][:, None] - beside.y[some])
        if (apart.min(axis=1) < 60).mean() < 0.1 or off > 2_000:
            return beside
        off *= 1.3


def _across(way: Outing) -> float:
    dx, dy = way.x - way.x.mean(), way.y - way.y.mean()
    return 0.5 * float(np.arctan2(2 * (dx * dy).mean(), (dx * dx).mean() - (dy * dy).mean())) + np.pi / 2


def elsewhere(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """A real walk in another place."""
    far, bearing = float(rng.uniform(3_000, 200_000)), float(rng.uniform(0, 2 * np.pi))
    return way.moved(far * np.cos(bearing), far * np.sin(bearing))


def truncated(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Goes a tenth of the way, at most 70 s, and stops."""
    until = min(0.1 * way.t[-1], 70)
    return way.pick(way.t <= max(until, way.t[1]))


def handful(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Three to five fixes."""
    few = np.linspace(0, len(way) - 1, int(rng.integers(3, 6))).astype(int)
    return way.pick(np.unique(few))


def clock_back(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """In the middle the clock is set back by two minutes to two days."""
    at = int(rng.integers(len(way) // 4, 3 * len(way) // 4))
    back = float(10 ** rng.uniform(np.log10(120), np.log10(172_800)))
    t = way.t.copy()
    t[at:] -= back
    return replace(way, t=t)


def mock_at(way: Outing, line: Reach, t: np.ndarray, gone: np.ndarray) -> Outing:
    """A program's position ``gone`` metres along a line, turning at its ends, at times t."""
    length = line.length_m
    x, y = line.at(np.abs((gone + length) % (2 * length) - length))
    return replace(way, t=t, x=x, y=y, acc=None)


def _steady(way: Outing, line: Reach, rng: np.random.Generator) -> Outing:
    speed = float(rng.uniform(0.8, 3.0))
    t = np.arange(0, max(line.length_m / speed, 420), float(rng.choice([1, 1, 2, 3, 5, 10, 15])))
    return mock_at(way, line, t, speed * t)


def straight_mock(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """A ruler's line from end to end at one speed."""
    ends = Reach(reach.x[[0, -1]], reach.y[[0, -1]], way)
    if ends.length_m < 0.6 * reach.length_m:
        half = reach.at(np.linspace(0, reach.length_m, 5))
        ends = Reach(*half, way)
    return _steady(way, ends, rng)


def steady_mock(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Along the reach at one speed, without a flaw."""
    return _steady(way, reach, rng)


def steady_mock_white(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Along the reach at one speed, every fix shaken by 0.5 to 5 m."""
    mock, sigma = _steady(way, reach, rng), float(rng.uniform(0.5, 5))
    return mock.moved(rng.normal(0, sigma, len(mock)), rng.normal(0, sigma, len(mock)))


def steady_mock_uniform(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Along the reach at one speed, shaken within a square of 1e-5 to 5e-5 degrees."""
    mock, half = _steady(way, reach, rng), float(rng.uniform(1, 5))
    return mock.moved(rng.uniform(-half, half, len(mock)), rng.uniform(-half, half, len(mock)))


def steady_mock_wandering(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Along the reach at one speed with a smooth wandering error."""
    mock, sigma, tau = _steady(way, reach, rng), float(rng.uniform(1, 5)), float(rng.uniform(10, 90))
    return mock.moved(correlated(mock.t, sigma, tau, rng), correlated(mock.t, sigma, tau, rng))


def steady_mock_late(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Along the reach at one speed, sent at jittered times."""
    mock = _steady(way, reach, rng)
    step = float(np.median(np.diff(mock.t)))
    t = np.sort(mock.t + rng.uniform(-0.4, 0.4, len(mock)) * step)
    late = replace(mock, t=t - t[0])
    sigma = float(rng.choice([0.0, 1.0, 3.0]))
    return late.moved(rng.normal(0, sigma, len(mock)), rng.normal(0, sigma, len(mock)))


def random_speed_mock(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Along the reach, every step's speed drawn anew, with and without shaking."""
    mean, spread = float(rng.uniform(1, 2.5)), float(rng.uniform(0.1, 0.4))
    step = float(rng.choice([1, 2, 5, 10]))
    t = np.arange(0, max(reach.length_m / mean, 420), step)
    gone = np.cumsum(step * mean * rng.uniform(1 - spread, 1 + spread, len(t)))
    mock, sigma = mock_at(way, reach, t, gone), float(rng.choice([0.0, 0.0, 1.0, 3.0]))
    return mock.moved(rng.normal(0, sigma, len(t)), rng.normal(0, sigma, len(t)))


def waving_speed_mock(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Along the reach, the speed a sine wave, no error."""
    mean, depth, period = (
        float(rng.uniform(1, 2.5)),
        float(rng.uniform(0.1, 0.5)),
        float(rng.uniform(30, 300)),
    )
    t = np.arange(0, max(reach.length_m / mean, 420), float(rng.choice([1, 2, 5])))
    gone = mean * (t + depth * period / 2 / np.pi * np.sin(2 * np.pi * t / period))
    return mock_at(way, reach, t, gone)


def playback(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """The map line's own vertices, one at each tick, or at one speed."""
    along = reach.along
    speed = float(rng.uniform(1, 2.5))
    if rng.random() < 0.5:
        t = np.arange(len(along)) * max(along[-1] / speed / len(along), 1.0)
    else:
        t = along / speed
    keep = np.r_[True, np.diff(t) > 0]
    return replace(way, t=t[keep], x=reach.x[keep], y=reach.y[keep], acc=None)


def fast_playback(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """A smoothed line with its vertices 5 m apart, played a vertex a few seconds."""
    window = float(rng.uniform(40, 90))
    x, y = smooth(way.t, way.x, window), smooth(way.t, way.y, window)
    line = Reach(x, y, way)
    at = np.arange(0, line.length_m, 5.0)
    t = np.arange(len(at)) * float(rng.choice([2, 3, 4]))
    return mock_at(way, line, t, at)


FAKES: dict[str, Make] = {
    f.__name__: f
    for f in (
        driven,
        ridden,
        driven_with_stops,
        teleports,
        jumps_from_home,
        zigzag,
        stationary,
        stationary_jitter,
        frozen,
        small_loops,
        to_and_fro_on_the_spot,
        parallel_road,
        elsewhere,
        truncated,
        handful,
        clock_back,
        straight_mock,
        steady_mock,
        steady_mock_white,
        steady_mock_uniform,
        steady_mock_wandering,
        steady_mock_late,
        random_speed_mock,
        waving_speed_mock,
        playback,
        fast_playback,
    )
}
