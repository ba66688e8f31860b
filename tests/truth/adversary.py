"""Fakes as somebody else would write them: other lines, other clocks, other shaking than those of ``fakes``.

Written after ``fakes`` and without a look at what the kernel tests for, so that a threshold that only fits
the first generator shows. Every kind draws its own speed, interval, clock, dither and stated accuracy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from truth.outings import Outing, correlated, degrees, smooth
from truth.reaches import Reach, simplify

__all__ = ["ADVERSARY"]

Make = Callable[[Outing, Reach, np.random.Generator], Outing]


# clocks, dither and what a program says of its accuracy


def _ticks(seconds: float, rng: np.random.Generator, jitter: bool | None = None) -> np.ndarray:
    """Times every 1, 2, 3, 5 or 10 s; half of the clocks late by up to a fifth of it, in milliseconds."""
    step = float(rng.choice([1, 2, 3, 5, 10]))
    t = np.arange(0, seconds, step)
    if jitter if jitter is not None else rng.random() < 0.5:
        t = t + np.r_[0.0, rng.uniform(0, 0.2, len(t) - 1)] * step
    return np.round(t, 3)


def _claimed(way: Outing, rng: np.random.Generator) -> Outing:
    """No accuracy, always the same, or one drawn for each fix."""
    kind = rng.integers(0, 3)
    if kind == 0:
        return replace(way, acc=None)
    acc = np.full(len(way), float(rng.choice([3, 5, 10]))) if kind == 1 else rng.uniform(3, 15, len(way))
    return replace(way, acc=acc)


def _rounded(way: Outing, decimals: int) -> Outing:
    lon, lat = degrees(way.x, way.y, way.lon0, way.lat0)
    x = (np.round(lon, decimals) - way.lon0) * 111_320.0 * np.cos(np.radians(way.lat0))
    return replace(way, x=x, y=(np.round(lat, decimals) - way.lat0) * 110_900.0)


def _white(way: Outing, rng: np.random.Generator) -> Outing:
    sigma = float(rng.uniform(0.3, 4))
    return way.moved(rng.normal(0, sigma, len(way)), rng.normal(0, sigma, len(way)))


def _wandering(way: Outing, rng: np.random.Generator) -> Outing:
    sigma, tau = float(rng.uniform(0.5, 4)), float(rng.uniform(5, 60))
    return way.moved(correlated(way.t, sigma, tau, rng), correlated(way.t, sigma, tau, rng))


def _boxed(way: Outing, rng: np.random.Generator) -> Outing:
    half = float(rng.choice([1e-6, 5e-6, 1e-5, 2e-5, 3e-5])) * 111_000
    return way.moved(rng.uniform(-half, half, len(way)), rng.uniform(-half, half, len(way)))


def _any_dither(way: Outing, rng: np.random.Generator) -> Outing:
    kind = rng.integers(0, 5)
    if kind == 0:
        return way
    if kind == 4:
        return _rounded(way, int(rng.choice([5, 6])))
    return (_white, _wandering, _boxed)[kind - 1](way, rng)


# lines


def _beside(reach: Reach, rng: np.random.Generator) -> Reach:
    """The reach, set off by 5 to 25 m to one side."""
    off = float(rng.uniform(5, 25)) * float(rng.choice([-1, 1]))
    metres = np.arange(0, reach.length_m, 10.0)
    x, y = reach.at(metres)
    wide = smooth(metres, x, 60), smooth(metres, y, 60)
    normal = np.arctan2(np.gradient(wide[1]), np.gradient(wide[0])) + np.pi / 2
    return _line(wide[0] + off * np.cos(normal), wide[1] + off * np.sin(normal), reach)


def _line(x: np.ndarray, y: np.ndarray, like: Reach) -> Reach:
    return Reach(x, y, like)


def _chords(reach: Reach, rng: np.random.Generator) -> Reach:
    """Clicked on a map: a few straight strokes that keep within 25 m of the reach."""
    kept = simplify(reach.x, reach.y, float(rng.uniform(8, 25)))
    return _line(reach.x[kept], reach.y[kept], reach)


def _play(way: Outing, line: Reach, rng: np.random.Generator, t: np.ndarray, gone: np.ndarray) -> Outing:
    """Positions at times t, from either end, turning at the ends; what it claims to be accurate to."""
    length = line.length_m
    at = np.abs((gone + length) % (2 * length) - length)
    x, y = line.at(length - at if rng.random() < 0.5 else at)
    start = way.start_ms - way.start_ms % 1000 + int(rng.integers(0, 1000)) * int(rng.random() < 0.5)
    return _claimed(replace(way, t=t, x=x, y=y, acc=None, start_ms=start), rng)


def _at_one_speed(way: Outing, line: Reach, rng: np.random.Generator, jitter: bool | None = None) -> Outing:
    speed = float(
        rng.choice([1.0, 1.2, 1.4, 1.5, 2.0, float(rng.uniform(0.8, 2.5)), float(rng.uniform(2, 5))])
    )
    t = _ticks(max(line.length_m / speed, 400), rng, jitter)
    return _play(way, line, rng, t, speed * t)


# mocks at one speed


def line_plain(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Along the reach, one speed, nothing else."""
    return _at_one_speed(way, reach, rng, jitter=False)


def line_rounded(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Along the reach, coordinates rounded to 1e-5 or 1e-6 degrees."""
    return _rounded(_at_one_speed(way, reach, rng), int(rng.choice([5, 6])))


def line_white(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Along the reach, independent errors of 0.3 to 4 m."""
    return _white(_at_one_speed(way, reach, rng), rng)


def line_wandering(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Along the reach, errors of 0.5 to 4 m that last 5 to 60 s."""
    return _wandering(_at_one_speed(way, reach, rng), rng)


def line_boxed(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Along the reach, shaken in a box of 1e-6 to 3e-5 degrees."""
    return _boxed(_at_one_speed(way, reach, rng), rng)


def line_jittered(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Along the reach, sent late now and then, any dither."""
    return _any_dither(_at_one_speed(way, reach, rng, jitter=True), rng)


def offset_line(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """On a line of its own beside the reach, any dither."""
    return _any_dither(_at_one_speed(way, _beside(reach, rng), rng), rng)


def clicked_line(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """On a few strokes clicked on a map, any dither."""
    return _any_dither(_at_one_speed(way, _chords(reach, rng), rng), rng)


def one_stroke(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """From one end straight to the other, any dither."""
    ends = _line(reach.x[[0, -1]], reach.y[[0, -1]], reach)
    if ends.length_m < 300:
        ends = _chords(reach, rng)
    return _any_dither(_at_one_speed(way, ends, rng), rng)


# mocks that try to look alive


def with_pauses(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """One speed, but standing for half a minute to three here and there."""
    speed = float(rng.uniform(0.9, 1.8))
    t = _ticks(reach.length_m / speed + 600, rng)
    rests = np.sort(rng.uniform(60, t[-1] * 0.8, int(rng.integers(1, 4))))
    lasts = rng.uniform(30, 180, len(rests))
    walked = t - sum(np.clip(t - at, 0, last) for at, last in zip(rests, lasts, strict=True))
    return _any_dither(_play(way, reach, rng, t, speed * walked), rng)


def two_speeds(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Two or three speeds, one after the other."""
    parts = int(rng.integers(2, 4))
    speeds = rng.uniform(0.9, 2.0, parts)
    t = _ticks(reach.length_m / float(speeds.mean()), rng)
    share = np.minimum((t / t[-1] * parts).astype(int), parts - 1)
    gone = np.cumsum(np.r_[0.0, np.diff(t) * speeds[share][1:]])
    return _any_dither(_play(way, reach, rng, t, gone), rng)


def step_speed_uniform(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Each step's speed from a range: ``random.uniform(1.0, 1.6)``."""
    low = float(rng.uniform(0.8, 1.5))
    high = low * float(rng.uniform(1.2, 2.0))
    t = _ticks(reach.length_m / ((low + high) / 2), rng)
    gone = np.cumsum(np.r_[0.0, np.diff(t) * rng.uniform(low, high, len(t) - 1)])
    return _any_dither(_play(way, reach, rng, t, gone), rng)


def step_speed_normal(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Each step's speed from a bell: ``random.gauss(1.3, 0.15)``."""
    mean, spread = float(rng.uniform(0.9, 2.0)), float(rng.uniform(0.05, 0.2))
    t = _ticks(reach.length_m / mean, rng)
    steps = np.maximum(rng.normal(mean, spread * mean, len(t) - 1), 0.1)
    return _any_dither(_play(way, reach, rng, t, np.cumsum(np.r_[0.0, np.diff(t) * steps])), rng)


def breathing_speed(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """The speed a sine wave of some minutes, any dither."""
    mean, depth, period = float(rng.uniform(1, 2)), float(rng.uniform(0.1, 0.3)), float(rng.uniform(40, 240))
    t = _ticks(reach.length_m / mean, rng)
    gone = mean * (t + depth * period / 2 / np.pi * (1 - np.cos(2 * np.pi * t / period)))
    return _any_dither(_play(way, reach, rng, t, gone), rng)


def vertex_a_tick(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """The drawn line's vertices, one every so many seconds, some with a metre or two of dither."""
    kept = np.arange(len(reach.x))
    if len(kept) > 0.5 * len(way):  # a line as dense as the walk itself is thinned first, as programs do
        kept = simplify(reach.x, reach.y, 6.0)
    x, y = reach.x[kept], reach.y[kept]
    seconds = float(max(np.round(reach.length_m / float(rng.uniform(1, 1.8)) / len(x)), 1))
    ticked = _claimed(replace(way, t=np.arange(len(x)) * seconds, x=x, y=y, acc=None), rng)
    return ticked if rng.random() < 0.6 else _white(ticked, rng)


def vertex_at_speed(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """The drawn line's vertices at the times of one speed, rounded to a second."""
    t = np.round(reach.along / float(rng.uniform(0.9, 2.0)))
    keep = np.r_[True, np.diff(t) > 0]
    return _claimed(replace(way, t=t[keep], x=reach.x[keep], y=reach.y[keep], acc=None), rng)


# on wheels


def _driven(
    way: Outing, reach: Reach, rng: np.random.Generator, kmh: tuple[float, float], stop_m: float
) -> Outing:
    """By an engine: cruises, slows down in bends, stops every so often, accelerates at 1 m/s²; own errors."""
    cruise = float(rng.uniform(*kmh)) / 3.6
    length = reach.length_m
    turns = max(1, int(np.ceil(330 * cruise / length)))
    gone, speed, places, rest = 0.0, 0.0, [0.0], 0.0
    next_stop = float(rng.exponential(stop_m)) + 150
    while gone < turns * length and len(places) < 5_000:
        if rest > 0:
            rest -= 1
        elif gone > next_stop:
            speed = max(speed - 1.5, 0.0)
            if speed == 0:
                rest, next_stop = float(rng.uniform(8, 35)), gone + float(rng.exponential(stop_m)) + 150
        else:
            speed = min(speed + 1.0, cruise * float(rng.uniform(0.94, 1.06)))
        gone += speed
        places.append(gone)
    t = np.arange(len(places), dtype=float)
    some = slice(None, None, int(rng.choice([1, 1, 2, 3, 5, 10])))
    car = _play(way, reach, rng, t[some], np.array(places)[some])
    sigma = float(rng.uniform(1, 4))
    return car.moved(correlated(car.t, sigma, 40, rng), correlated(car.t, sigma, 40, rng))


def car(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """A car at 32 to 60 km/h without a stop."""
    return _driven(way, reach, rng, (32, 60), 1e9)


def car_in_town(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """A car at 38 to 60 km/h that stops at lights."""
    return _driven(way, reach, rng, (38, 60), 700)


def bus(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """A bus at 38 to 50 km/h that stops every half kilometre."""
    return _driven(way, reach, rng, (38, 50), 450)


def motorcycle(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """A motorcycle at 31 to 45 km/h; slower than that it goes like the contract's bicycle."""
    return _driven(way, reach, rng, (31, 45), 4_000)


# jumps


def jump_ahead(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Walks, and is once 400 m to 4 km further on within seconds, and walks on there."""
    at = int(rng.integers(len(way) // 5, 4 * len(way) // 5))
    far, bearing = float(rng.uniform(400, 4_000)), float(rng.uniform(0, 2 * np.pi))
    t = way.t.copy()
    t[at:] += float(rng.uniform(1, 10)) - (t[at] - t[at - 1])
    after = np.arange(len(way)) >= at
    return replace(way, t=t).moved(after * far * np.cos(bearing), after * far * np.sin(bearing))


def jumps_to_and_fro(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Two to six times for some minutes at another place."""
    aside = np.zeros(len(way))
    for _ in range(int(rng.integers(2, 7))):
        at = float(rng.uniform(0.05, 0.85) * way.t[-1])
        aside[(way.t > at) & (way.t < at + rng.uniform(60, 240))] = 1.0
    far, bearing = float(rng.uniform(500, 8_000)), float(rng.uniform(0, 2 * np.pi))
    return way.moved(aside * far * np.cos(bearing), aside * far * np.sin(bearing))


def starts_at_home(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """The first tenth to quarter at home, then at the river at once."""
    return _home(way, way.t < float(rng.uniform(0.1, 0.25)) * way.t[-1], rng)


def ends_at_home(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """The last tenth to quarter at home."""
    return _home(way, way.t > float(rng.uniform(0.75, 0.9)) * way.t[-1], rng)


def _home(way: Outing, home: np.ndarray, rng: np.random.Generator) -> Outing:
    far, bearing = float(rng.uniform(1_000, 20_000)), float(rng.uniform(0, 2 * np.pi))
    x = np.where(home, way.x[0] + far * np.cos(bearing) + correlated(way.t, 4, 60, rng), way.x)
    y = np.where(home, way.y[0] + far * np.sin(bearing) + correlated(way.t, 4, 60, rng), way.y)
    t = way.t.copy()
    at = int(np.flatnonzero(np.diff(home.astype(int)))[0]) + 1
    t[at:] += min(float(rng.uniform(1, 20)), t[at] - t[at - 1]) - (t[at] - t[at - 1])
    return replace(way, t=t, x=x, y=y)


# hardly moved


def drifts_on_the_spot(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """At one place for ten minutes to an hour, drift of 4 to 15 m over minutes, and white noise."""
    t = np.arange(0, float(rng.uniform(600, 3_600)), float(rng.choice([1, 2, 5, 10, 30])))
    at = reach.at(np.array([rng.uniform(0, reach.length_m)]))
    sigma, tau = float(rng.uniform(4, 15)), float(rng.uniform(60, 400))
    shaken = [at[k] + correlated(t, sigma, tau, rng) + rng.normal(0, 1, len(t)) for k in (0, 1)]
    return replace(way, t=t, x=shaken[0], y=shaken[1], acc=None)


def laps(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Laps 20 to 80 m across, round or a figure of eight, a person's or one speed."""
    t = np.arange(0, float(rng.uniform(420, 1_800)), float(rng.choice([1, 2, 3, 5])))
    radius = float(rng.uniform(10, 40))
    at = reach.at(np.array([rng.uniform(0, reach.length_m)]))
    speed = 1.2 * np.exp(correlated(t, 0.15, 60, rng) * float(rng.random() < 0.5))
    turn = np.cumsum(np.r_[0.0, np.diff(t) * speed[1:]]) / radius
    twice = 2.0 if rng.random() < 0.3 else 1.0
    x = at[0] + radius * np.cos(turn) + correlated(t, 2, 40, rng)
    return replace(
        way, t=t, x=x, y=at[1] + radius * np.sin(twice * turn) + correlated(t, 2, 40, rng), acc=None
    )


def a_few_steps(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """The first 30 to 70 m of the walk, then off."""
    return way.pick(np.r_[True, (way.along <= float(rng.uniform(30, 70)))[1:]])


def a_few_fixes(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Two to five fixes at random moments of the walk."""
    return way.pick(np.sort(rng.choice(len(way), int(rng.integers(2, 6)), replace=False)))


# elsewhere


def other_bank_road(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """The real rhythm on a road that keeps 120 to 300 m from a straightened reach."""
    metres = np.linspace(0, reach.length_m, 200)
    x, y = reach.at(metres)
    span = reach.length_m / 3
    wide = smooth(metres, x, span), smooth(metres, y, span)
    normal = np.arctan2(np.gradient(wide[1]), np.gradient(wide[0])) + np.pi / 2
    off = float(rng.uniform(120, 300))
    while off < 3_000:
        road = wide[0] + off * np.cos(normal), wide[1] + off * np.sin(normal)
        if np.hypot(x[:, None] - road[0], y[:, None] - road[1]).min() > 90:
            break
        off *= 1.3
    line = _line(*road, reach)
    rx, ry = line.at(way.along / way.along[-1] * line.length_m)
    return replace(way, x=rx + correlated(way.t, 3, 40, rng), y=ry + correlated(way.t, 3, 40, rng))


def next_valley(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """The walk itself, 0.8 to 5 km away."""
    size = float(np.hypot(np.ptp(way.x), np.ptp(way.y)))
    far, bearing = size + float(rng.uniform(800, 5_000)), float(rng.uniform(0, 2 * np.pi))
    return way.moved(far * np.cos(bearing), far * np.sin(bearing))


# the clock


def clock_corrected(way: Outing, reach: Reach, rng: np.random.Generator) -> Outing:
    """Set back by 70 s to 20 min in the middle; rows stay in their order."""
    t = way.t.copy()
    t[int(rng.uniform(0.2, 0.8) * len(t)) :] -= float(rng.uniform(70, 1_200)) + float(np.diff(t).max())
    return replace(way, t=t)


ADVERSARY: dict[str, Make] = {
    f.__name__: f
    for f in (
        line_plain,
        line_rounded,
        line_white,
        line_wandering,
        line_boxed,
        line_jittered,
        offset_line,
        clicked_line,
        one_stroke,
        with_pauses,
        two_speeds,
        step_speed_uniform,
        step_speed_normal,
        breathing_speed,
        vertex_a_tick,
        vertex_at_speed,
        car,
        car_in_town,
        bus,
        motorcycle,
        jump_ahead,
        jumps_to_and_fro,
        starts_at_home,
        ends_at_home,
        drifts_on_the_spot,
        laps,
        a_few_steps,
        a_few_fixes,
        other_bank_road,
        next_valley,
        clock_corrected,
    )
}
