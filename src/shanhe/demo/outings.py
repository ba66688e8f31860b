"""Honest outings: somebody goes along a way at a person's uneven pace, with a receiver's errors, or drives.

Metres in a plane about the area, seconds from the start. The kernel judges what comes out; nothing here knows
how.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from shanhe.kernel.geo.projection import Projection
from shanhe.kernel.tracks.types import Track

__all__ = ["F64", "Ground", "Outing", "Phone", "driven", "round_of", "walked", "wander"]

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ground:
    """What is walked of an area: its line, or the boundary of its first part. Degrees, (n, 2)."""

    code: str
    is_ring: bool
    is_wood: bool
    degrees: F64

    def metres(self, plane: Projection) -> F64:
        """The same in the plane, (n, 2)."""
        return np.column_stack(plane.forward(self.degrees[:, 0], self.degrees[:, 1]))


@dataclass(frozen=True, slots=True)
class Phone:
    """A receiver and its habits; each person keeps theirs."""

    device_id: str
    step_s: float
    sigma_m: float  # of the slowly wandering error
    decimals: int
    says_accuracy: bool

    @classmethod
    def drawn(cls, number: int, rng: np.random.Generator) -> Phone:
        """The phone of keeper ``number``."""
        return cls(
            device_id=f"demo-{number:04d}-{rng.integers(16**6):06x}",
            step_s=float(rng.choice([8.0, 10.0, 10.0, 15.0])),
            sigma_m=float(rng.uniform(1.8, 4.5)),
            decimals=int(rng.choice([6, 7, 7])),
            says_accuracy=bool(rng.random() < 0.8),
        )


@dataclass(frozen=True, slots=True)
class Outing:
    """Fixes side by side: seconds from the start, metres in ``plane``; what the phone lived through."""

    plane: Projection
    t: F64
    x: F64
    y: F64
    acc: F64 | None = None
    events: tuple[tuple[float, str], ...] = ()  # seconds
    mode: str = ""
    is_mock: bool = False

    @property
    def lasts_s(self) -> float:
        """From the first fix to the last."""
        return float(self.t[-1] - self.t[0])

    def pick(self, which: npt.NDArray[np.bool_]) -> Outing:
        """Only these fixes."""
        acc = None if self.acc is None else self.acc[which]
        return replace(self, t=self.t[which], x=self.x[which], y=self.y[which], acc=acc)

    def moved(self, dx: F64 | float, dy: F64 | float) -> Outing:
        """The same, displaced by metres."""
        return replace(self, x=self.x + dx, y=self.y + dy)

    def track(self, starts_ms: int, decimals: int) -> Track:
        """What the phone sends."""
        lon, lat = self.plane.inverse(self.x, self.y)
        return Track(
            t_ms=starts_ms + np.round(self.t * 1000).astype(np.int64),
            lon=np.round(lon, decimals),
            lat=np.round(lat, decimals),
            acc=None if self.acc is None else np.round(self.acc, 1),
            mock=np.ones(len(self.t), np.bool_) if self.is_mock else None,
            events=tuple((starts_ms + round(at * 1000), word) for at, word in self.events),
        )


def wander(n: int, sigma: float, memory: float, rng: np.random.Generator) -> F64:
    """An error that wanders: Gauss-Markov of that deviation, ``memory`` in steps; (n,)."""
    keep = np.exp(-1.0 / max(memory, 0.2))
    kernel = keep ** np.arange(int(memory * 4) + 2)
    white = rng.standard_normal(n + len(kernel) - 1)
    return np.asarray(np.convolve(white, kernel, "valid") * sigma * np.sqrt(1 - keep * keep), np.float64)


def round_of(
    grounds: Sequence[Ground], plane: Projection, rng: np.random.Generator, *, whole: bool = False
) -> F64:
    """A way that leads along the first ground and then on to the others, round those that are rings; (n, 2).

    A line is walked from either end, most of it, now and then back as well; a ring from its nearest corner.
    ``whole``: nothing of them is left out.
    """
    ways: list[F64] = []
    for ground in grounds:
        way = ground.metres(plane)
        if ground.is_ring:
            way = _ring(way, ways[-1][-1] if ways else way[rng.integers(len(way))], rng, whole=whole)
        else:
            way = _stretch(way, rng, whole=whole)
        ways.append(way)
    return np.vstack(ways)


def _stretch(line: F64, rng: np.random.Generator, *, whole: bool) -> F64:
    along = _along(line)
    share = float(rng.choice([1.0, 0.97, 0.9, 0.8, 0.68, 0.5], p=[0.4, 0.2, 0.18, 0.12, 0.07, 0.03]))
    share = 1.0 if whole else share
    begin = rng.uniform(0, along[-1] * (1 - share))
    at = np.arange(begin, begin + along[-1] * share, 15.0)
    way = np.column_stack([np.interp(at, along, line[:, 0]), np.interp(at, along, line[:, 1])])
    if rng.random() < 0.5:
        way = way[::-1]
    if rng.random() < 0.22:
        way = np.vstack([way, way[-2::-1] + rng.normal(0, 3, 2)])
    return way


def _ring(ring: F64, near: F64, rng: np.random.Generator, *, whole: bool) -> F64:
    open_ring = ring[:-1]
    first = int(np.argmin(np.hypot(*(open_ring - near).T)))
    turned = np.roll(open_ring, -first, axis=0)
    turned = np.vstack([turned, turned[:1]])
    if rng.random() < 0.5:
        turned = turned[::-1]
    middle = open_ring.mean(axis=0)
    inwards = middle + (turned - middle) * rng.uniform(0.9, 0.99)
    share = float(rng.choice([1.0, 0.85, 0.7], p=[0.75, 0.2, 0.05]))
    share = 1.0 if whole else share
    along = _along(inwards)
    at = np.arange(0.0, along[-1] * share, 20.0)
    return np.column_stack([np.interp(at, along, inwards[:, 0]), np.interp(at, along, inwards[:, 1])])


def _along(way: F64) -> F64:
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(way, axis=0).T))])


def walked(way: F64, plane: Projection, phone: Phone, rng: np.random.Generator, *, pace_mps: float) -> Outing:
    """Along a way (n, 2) on foot or by bicycle: changing pace, stops to look, a receiver's errors."""
    along = _along(way)
    step = phone.step_s
    n = int(along[-1] / pace_mps / step * 1.7) + 40
    speed = pace_mps * np.exp(wander(n, 0.17, 180 / step, rng) + wander(n, 0.09, 20 / step, rng))
    for at in rng.integers(0, n, rng.poisson(n * step / 450)):
        speed[at : at + max(1, int(rng.exponential(30) / step))] = 0.0
    gone = np.concatenate([[0.0], np.cumsum(speed * step)])
    gone = gone[: int(np.searchsorted(gone, along[-1])) + 1]
    x, y = np.interp(gone, along, way[:, 0]), np.interp(gone, along, way[:, 1])
    t = np.arange(len(gone)) * step + rng.uniform(-0.25, 0.25, len(gone))
    return received(Outing(plane, t - t[0], x, y), phone, rng, aside_m=float(rng.normal(0, 4)))


def received(
    true: Outing, phone: Phone, rng: np.random.Generator, *, aside_m: float = 0.0, worse: float = 1.0
) -> Outing:
    """What the receiver makes of where one really was; ``aside_m`` is how far off the line one keeps."""
    n, memory = len(true.t), 60 / phone.step_s
    sigma = phone.sigma_m * worse
    dx = wander(n, sigma, memory, rng) + rng.normal(0, 0.6, n) + aside_m
    dy = wander(n, sigma, memory, rng) + rng.normal(0, 0.6, n) + aside_m
    acc = None
    if phone.says_accuracy:
        acc = np.clip(6 * worse * np.exp(wander(n, 0.35, memory, rng)), 3, 45)
    return replace(true.moved(dx, dy), acc=acc)


def driven(
    line: F64,
    plane: Projection,
    phone: Phone,
    rng: np.random.Generator,
    *,
    length_m: float,
    stops: int,
    mps: float,
) -> Outing:
    """A piece of a long water by car: getting out at ``stops`` places near it, some minutes at each."""
    along = _along(line)
    length_m = min(length_m, along[-1])
    begin = rng.uniform(0, along[-1] - length_m)
    places = np.sort(rng.uniform(0.03, 0.97, stops))
    places = begin + length_m * (places * 0.35 + np.linspace(0.02, 0.98, stops) * 0.65)
    step = max(phone.step_s, 12.0)
    gone = _by_car(begin, begin + length_m, places, step, mps, rng)
    x, y = np.interp(gone, along, line[:, 0]), np.interp(gone, along, line[:, 1])
    near = np.abs(gone[:, None] - places[None, :]).min(axis=1)
    beside = rng.uniform(60, 260) * np.clip(near / 400, 0, 1)  # the road leaves the bank between the stops
    t = np.arange(len(gone)) * step + rng.uniform(-0.4, 0.4, len(gone))
    outing = Outing(plane, t - t[0], x + beside, y + beside * 0.6, mode="car")
    return received(outing, phone, rng, aside_m=float(rng.uniform(5, 25)))


def _by_car(begin: float, end: float, places: F64, step: float, mps: float, rng: np.random.Generator) -> F64:
    """Metres along the line at each step: driving, and standing at the places."""
    pieces: list[F64] = []
    at = begin
    for place in [*places, end]:
        if place > at:
            n = max(int((place - at) / mps / step), 2)
            speed = np.exp(wander(n, 0.2, 120 / step, rng))
            pieces.append(at + (place - at) * np.cumsum(speed) / speed.sum())
            at = float(place)
        if place < end:
            stays = int(rng.uniform(270, 620) / step)
            pieces.append(np.full(stays, at) + wander(stays, 9.0, 120 / step, rng))
    return np.concatenate(pieces)
