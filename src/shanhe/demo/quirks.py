"""What happens to outings: phones fall asleep, receivers lose the sky, and some people were never there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from shanhe.demo.outings import F64, Outing, Phone, wander

__all__ = ["FAKES", "QUIRKS", "replayed"]

Quirk = Callable[[Outing, np.random.Generator], Outing]
Fake = Callable[[Outing, F64, Phone, np.random.Generator], Outing]


def asleep(outing: Outing, rng: np.random.Generator) -> Outing:
    """The screen went dark: no fix for a fifth to a third of the time."""
    lasts = outing.lasts_s * rng.uniform(0.2, 0.32)
    at = rng.uniform(0.2, 0.5) * outing.lasts_s
    kept = outing.pick((outing.t < at) | (outing.t > at + lasts))
    return replace(kept, events=((at, "hidden"), (at + lasts, "shown")))


def killed(outing: Outing, rng: np.random.Generator) -> Outing:
    """The system ended the app; it was started again some minutes later."""
    lasts = min(rng.uniform(180, 480), 0.3 * outing.lasts_s)
    at = rng.uniform(0.3, 0.6) * outing.lasts_s
    kept = outing.pick((outing.t < at) | (outing.t > at + lasts))
    return replace(kept, events=((at, "killed"), (at + lasts, "resumed")))


def sparse(outing: Outing, rng: np.random.Generator) -> Outing:
    """A phone that saves its battery: a fix a minute or so."""
    keep = np.zeros(len(outing.t), np.bool_)
    keep[:: max(int(60 / max(np.median(np.diff(outing.t)), 1)), 1)] = True
    keep[[0, -1]] = True
    return outing.pick(keep)


def drifting(outing: Outing, rng: np.random.Generator) -> Outing:
    """Rain and leaves: an error that wanders by some ten metres."""
    n, sigma = len(outing.t), float(rng.uniform(6, 13))
    return outing.moved(wander(n, sigma, 8, rng), wander(n, sigma, 8, rng))


def rested(outing: Outing, rng: np.random.Generator) -> Outing:
    """A long talk on the bank: ten to thirty minutes at one spot."""
    at = int(rng.integers(len(outing.t) // 4, 3 * len(outing.t) // 4))
    step = float(np.median(np.diff(outing.t)))
    n = max(int(rng.uniform(600, 1_800) / step), 3)
    rest = (np.arange(n) + 1) * step
    x = np.concatenate([outing.x[:at], outing.x[at] + wander(n, 4, 12, rng), outing.x[at:]])
    y = np.concatenate([outing.y[:at], outing.y[at] + wander(n, 4, 12, rng), outing.y[at:]])
    t = np.concatenate([outing.t[:at], outing.t[at] + rest, outing.t[at:] + rest[-1] + step])
    acc = outing.acc
    if acc is not None:
        acc = np.concatenate([acc[:at], np.full(n, acc[at]) * np.exp(wander(n, 0.2, 6, rng)), acc[at:]])
    return replace(outing, t=t, x=x, y=y, acc=acc)


QUIRKS: dict[str, Quirk] = {f.__name__: f for f in (asleep, killed, sparse, drifting, rested)}


def stationary(outing: Outing, line: F64, phone: Phone, rng: np.random.Generator) -> Outing:
    """Clocks in at one spot of the area and stays there."""
    t = np.arange(0.0, rng.uniform(900, 2_400), phone.step_s)
    at = line[rng.integers(len(line))]
    x, y = at[0] + wander(len(t), 5, 8, rng), at[1] + wander(len(t), 5, 8, rng)
    return replace(outing, t=t, x=x, y=y, acc=None, events=())


def driven(outing: Outing, line: F64, phone: Phone, rng: np.random.Generator) -> Outing:
    """The way of a walk at a car's speed, up and down until ten minutes are full."""
    faster = float(rng.uniform(11, 16)) / max(_mps(outing), 0.5)
    t, x, y = outing.t / faster, outing.x, outing.y
    while t[-1] < 720:
        t = np.concatenate([t, t[-1] + 6 + (t[-1] - t[::-1])])
        x, y = np.concatenate([x, x[::-1]]), np.concatenate([y, y[::-1]])
    return replace(outing, t=t, x=x, y=y, acc=None, events=())


def steady_mock(outing: Outing, line: F64, phone: Phone, rng: np.random.Generator) -> Outing:
    """A program that walks the drawn line at one speed; half of them are told by the phone itself."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    t = np.arange(0.0, along[-1] / rng.uniform(1.2, 1.8), 5.0)
    gone = t / t[-1] * along[-1]
    dither = float(rng.choice([0.0, 0.8]))
    x = np.interp(gone, along, line[:, 0]) + rng.normal(0, dither, len(t))
    y = np.interp(gone, along, line[:, 1]) + rng.normal(0, dither, len(t))
    return replace(outing, t=t, x=x, y=y, acc=None, events=(), is_mock=bool(rng.random() < 0.5))


def small_loops(outing: Outing, line: F64, phone: Phone, rng: np.random.Generator) -> Outing:
    """Round and round a yard at the water."""
    t = np.arange(0.0, rng.uniform(900, 1_800), phone.step_s)
    at, radius = line[rng.integers(len(line))], float(rng.uniform(12, 25))
    turn = np.cumsum(1.2 * phone.step_s / radius * np.exp(wander(len(t), 0.2, 6, rng)))
    x, y = at[0] + radius * np.cos(turn), at[1] + radius * np.sin(turn)
    noise = wander(len(t), 2, 6, rng), wander(len(t), 2, 6, rng)
    return replace(outing, t=t, x=x + noise[0], y=y + noise[1], acc=None, events=())


def elsewhere(outing: Outing, line: F64, phone: Phone, rng: np.random.Generator) -> Outing:
    """A walk, but some kilometres away."""
    far, bearing = float(rng.uniform(1_500, 6_000)), float(rng.uniform(0, 2 * np.pi))
    return outing.moved(far * np.cos(bearing), far * np.sin(bearing))


def truncated(outing: Outing, line: F64, phone: Phone, rng: np.random.Generator) -> Outing:
    """Started, photographed, stopped: two or three minutes."""
    return outing.pick(outing.t < rng.uniform(90, 170))


FAKES: dict[str, Fake] = {
    f.__name__: f for f in (stationary, driven, steady_mock, small_loops, elsewhere, truncated)
}


def replayed(earlier: Outing, rng: np.random.Generator) -> Outing:
    """An outing that was sent before, shaken a little."""
    n, sigma = len(earlier.t), float(rng.choice([0.0, 1.5]))
    return earlier.moved(rng.normal(0, sigma, n), rng.normal(0, sigma, n))


def _mps(outing: Outing) -> float:
    way = float(np.hypot(np.diff(outing.x), np.diff(outing.y)).sum())
    return way / max(outing.lasts_s, 1.0)
