"""A reach for an outing: taken from the way itself, drawn as offices draw."""

from __future__ import annotations

import numpy as np

from shanhe.kernel.tracks.types import Area
from truth.outings import Outing, degrees, smooth

__all__ = ["Reach", "reach_of", "simplify"]


class Reach:
    """A line in metres that knows its vertices, its length, and its shape in degrees."""

    def __init__(self, x: np.ndarray, y: np.ndarray, like: Outing) -> None:
        self.x, self.y, self.lon0, self.lat0 = x, y, like.lon0, like.lat0
        self.along = np.r_[0.0, np.cumsum(np.hypot(np.diff(x), np.diff(y)))]

    @property
    def length_m(self) -> float:
        """Metres along."""
        return float(self.along[-1])

    def at(self, metres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The places so many metres along."""
        return np.interp(metres, self.along, self.x), np.interp(metres, self.along, self.y)

    def area(self) -> Area:
        """As the kernel takes it."""
        lon, lat = degrees(self.x, self.y, self.lon0, self.lat0)
        return Area("line", (np.column_stack([lon, lat]),))


def simplify(x: np.ndarray, y: np.ndarray, metres: float) -> np.ndarray:
    """Indices of the vertices that Douglas and Peucker keep at this tolerance."""
    keep = np.zeros(len(x), bool)
    keep[[0, -1]] = True
    stack = [(0, len(x) - 1)]
    while stack:
        lo, hi = stack.pop()
        if hi - lo < 2:
            continue
        dx, dy = x[hi] - x[lo], y[hi] - y[lo]
        px, py = x[lo + 1 : hi] - x[lo], y[lo + 1 : hi] - y[lo]
        length = np.hypot(dx, dy)
        off = np.abs(dx * py - dy * px) / length if length > 1e-9 else np.hypot(px, py)
        far = int(off.argmax())
        if off[far] > metres:
            keep[lo + 1 + far] = True
            stack += [(lo, lo + 1 + far), (lo + 1 + far, hi)]
    return np.flatnonzero(keep)


def reach_of(way: Outing, rng: np.random.Generator) -> Reach:
    """One of: simplified at 3 to 20 m, smoothed and simplified, smoothed and evenly spaced, the very fixes,
    or set off.
    """
    style = rng.choice(["simplified", "smoothed", "even", "raw", "beside"], p=[0.3, 0.25, 0.2, 0.1, 0.15])
    x, y = way.x, way.y
    if style == "raw":
        return Reach(x, y, way)
    if style != "simplified":
        window = float(rng.uniform(20, 60))
        x, y = smooth(way.t, x, window), smooth(way.t, y, window)
    if style == "even":
        along = np.r_[0.0, np.cumsum(np.hypot(np.diff(x), np.diff(y)))]
        at = np.arange(0, along[-1], float(rng.uniform(10, 60)))
        return Reach(np.interp(at, along, x), np.interp(at, along, y), way)
    kept = simplify(x, y, float(rng.uniform(3, 20)))
    x, y = x[kept], y[kept]
    if style == "beside" and len(x) > 2:
        normal = np.arctan2(np.gradient(y), np.gradient(x)) + np.pi / 2
        off = float(rng.uniform(8, 25)) * rng.choice([-1, 1])
        x, y = x + off * np.cos(normal), y + off * np.sin(normal)
    return Reach(x, y, way)
