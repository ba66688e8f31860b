"""One outing in metres and seconds, easy to bend; and its way back to degrees."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from shanhe.kernel.tracks.types import Track
from truth.recordings import Recording

__all__ = ["Outing", "correlated", "moving_mps", "natural_speed", "sections", "smooth"]

_LAT_M = 110_900.0


@dataclass(frozen=True, slots=True)
class Outing:
    """Fixes side by side: t in s from the start, x and y in metres from an origin in degrees."""

    t: np.ndarray
    x: np.ndarray
    y: np.ndarray
    lon0: float
    lat0: float
    start_ms: int
    acc: np.ndarray | None = None
    events: tuple[tuple[int, str], ...] = field(default=())

    def __len__(self) -> int:
        return len(self.t)

    @property
    def along(self) -> np.ndarray:
        """Metres from the first fix along the path."""
        return np.r_[0.0, np.cumsum(np.hypot(np.diff(self.x), np.diff(self.y)))]

    def pick(self, which: np.ndarray | slice) -> Outing:
        """Only these fixes."""
        acc = None if self.acc is None else self.acc[which]
        return replace(self, t=self.t[which], x=self.x[which], y=self.y[which], acc=acc)

    def moved(self, dx: np.ndarray | float, dy: np.ndarray | float) -> Outing:
        """The same, displaced by metres."""
        return replace(self, x=self.x + dx, y=self.y + dy)

    def at(self, t: np.ndarray) -> Outing:
        """Where it was at other times, straight between fixes."""
        x, y = np.interp(t, self.t, self.x), np.interp(t, self.t, self.y)
        return replace(self, t=np.asarray(t, float), x=x, y=y, acc=None)

    def degrees(self) -> tuple[np.ndarray, np.ndarray]:
        """Longitude and latitude of the fixes."""
        return degrees(self.x, self.y, self.lon0, self.lat0)

    def track(self, decimals: int = 7) -> Track:
        """What the phone would send."""
        lon, lat = self.degrees()
        t_ms = self.start_ms + np.round(self.t * 1000).astype(np.int64)
        acc = None if self.acc is None else np.round(self.acc, 1)
        return Track(t_ms, np.round(lon, decimals), np.round(lat, decimals), acc, events=self.events)


def degrees(x: np.ndarray, y: np.ndarray, lon0: float, lat0: float) -> tuple[np.ndarray, np.ndarray]:
    """Metres about an origin to longitude and latitude."""
    return lon0 + x / (111_320.0 * np.cos(np.radians(lat0))), lat0 + y / _LAT_M


def outing(
    recording: Recording, lo: int, hi: int, lon0: float | None = None, lat0: float | None = None
) -> Outing:
    """Fixes lo..hi of a real track, laid beside ``lon0``, ``lat0`` if given, else where it was walked."""
    here_lon, here_lat = float(recording.lon[lo]), float(recording.lat[lo])
    x = (recording.lon[lo:hi] - here_lon) * 111_320.0 * np.cos(np.radians(here_lat))
    y = (recording.lat[lo:hi] - here_lat) * _LAT_M
    t = recording.t[lo:hi] - recording.t[lo]
    start = recording.start_ms + int(recording.t[lo] * 1000)
    return Outing(t, x, y, lon0 or here_lon, lat0 or here_lat, start)


def sections(recording: Recording, rng: np.random.Generator, most: int) -> list[Outing]:
    """Pieces of patrol length: 0.8 to 4 km, 6 to 90 minutes, not all in one place."""
    whole = outing(recording, 0, len(recording.t))
    along = whole.along
    found: list[Outing] = []
    for _ in range(most * 6):
        if len(found) == most or along[-1] < 600:
            break
        want_m = min(float(rng.uniform(800, 4_000)), along[-1])
        at = float(rng.uniform(0, max(along[-1] - want_m, 0)))
        lo, hi = np.searchsorted(along, [at, at + want_m])
        hi = min(int(hi) + 1, len(along))
        if hi - lo < 40:
            continue
        piece = outing(recording, int(lo), hi)
        apart = np.hypot(np.ptp(piece.x), np.ptp(piece.y))
        if 360 <= piece.t[-1] <= 5_400 and np.diff(piece.t).max() < 900 and apart > 300:
            found.append(piece)
    return found


def moving_mps(way: Outing, window_s: float = 60.0) -> np.ndarray:
    """Speeds over whole windows in which it moved at all, m/s."""
    grid = np.arange(0, way.t[-1] + window_s / 2, window_s)
    spot = way.at(grid)
    speed = np.hypot(np.diff(spot.x), np.diff(spot.y)) / window_s
    return speed[speed > 0.3] if (speed > 0.3).any() else speed


def correlated(t: np.ndarray, sigma: float, tau_s: float, rng: np.random.Generator) -> np.ndarray:
    """A slowly wandering error (first-order Gauss-Markov) at times t: sigma, memory tau_s."""
    out = np.empty(len(t))
    out[0] = rng.normal(0, sigma)
    for i, dt in enumerate(np.diff(t), start=1):
        keep = np.exp(-dt / tau_s)
        out[i] = out[i - 1] * keep + rng.normal(0, sigma * np.sqrt(1 - keep * keep))
    return out


def natural_speed(t: np.ndarray, mean: float, rng: np.random.Generator) -> np.ndarray:
    """How fast a person goes at times t, m/s: slow changes, quick ones, and now and then a stop."""
    log = correlated(t, 0.16, 180, rng) + correlated(t, 0.08, 20, rng)
    speed = mean * np.exp(log)
    for at in rng.uniform(0, t[-1], rng.poisson(t[-1] / 500)):
        speed[(t >= at) & (t < at + rng.exponential(25))] = 0.0
    return speed


def smooth(t: np.ndarray, values: np.ndarray, window_s: float) -> np.ndarray:
    """Mean over a window of time about each fix."""
    total = np.r_[0.0, np.cumsum(values)]
    lo = np.searchsorted(t, t - window_s / 2)
    hi = np.searchsorted(t, t + window_s / 2, side="right")
    return (total[hi] - total[lo]) / (hi - lo)
