"""From raw fixes to a walk: what is dropped, and what is credited between two fixes.

**Dropped**, in this order: fixes without a position (not finite, out of range, or exactly 0/0, which
receivers send for "nowhere"); fixes whose stated accuracy is worse than the rule's limit; all but the most
accurate of fixes with the same time; spikes, that is one to three fixes that fly off faster than 15 m/s and
come back to where they left. Fixes are put in order of time (stable); what the old order says about the clock
is for ``signs`` to judge.

**Credited** between two neighbouring fixes is the straight line between them, and only if a person on an
outing could have gone along it unseen:

- up to 300 s apart: at no more than the counted speed (10 m/s by default);
- 300 to 1,800 s apart, a phone that slept: at no more than 3 m/s, or one and a half times the outing's own
  pace, whichever is more;
- any time, when the next fix lies within 30 m: a rest, for many recorders only write when they are moved;
- longer, faster, or paused by hand: nothing. The two ends still count as places, if the way between was not
  fast.

A straight line is a conservative guess: along a river that bends it leaves the reach, and only what of the
reach lies within tolerance of it is covered. Speed is the displacement over at least 10 s, so that the noise
of fixes a second apart drives nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from shanhe.kernel.geo.projection import Projection
from shanhe.kernel.tracks.types import F64, I64, Rules, Track

__all__ = ["CleanTrack", "Dropped", "clean"]

Bools = npt.NDArray[np.bool_]

SPEED_WINDOW_S = 10.0  # a speed is a displacement over at least this long
SPIKE_MPS = 15.0  # a spike flies off and back faster than this …
SPIKE_M = 30.0  # … at least this far …
SPIKE_RETURN = 0.3  # … and its neighbours lie within this share of the detour of each other
SPIKE_FIXES = 3  # … and lasts no more fixes than this
GAP_S = 300.0  # beyond this two fixes are no longer one movement
ASLEEP_MAX_S = 1_800.0  # beyond this nobody knows what a sleeping phone's owner did
ASLEEP_MPS = 3.0  # a runner's pace: what is believed of a sleeping phone's owner in any case
ASLEEP_PACE = 1.5  # … or this many times the outing's own pace
REST_M = 30.0  # a gap with less displacement is a rest: many recorders only write when moved


@dataclass(frozen=True, slots=True)
class Dropped:
    """How many fixes went for which reason."""

    nowhere: int = 0
    inaccurate: int = 0
    repeated: int = 0
    spikes: int = 0

    @property
    def total(self) -> int:
        """All dropped fixes."""
        return self.nowhere + self.inaccurate + self.repeated + self.spikes


@dataclass(frozen=True, slots=True)
class CleanTrack:
    """The fixes that are left, in order of time, in the local plane; n fixes, n-1 legs between them."""

    x: F64  # (n,) metres east in ``projection``
    y: F64  # (n,) metres north
    t_s: F64  # (n,) seconds from ``t0_ms``, strictly rising
    acc: F64  # (n,) metres, NaN where unknown
    kept: I64  # (n,) index of each fix in the raw track
    speed_mps: F64  # (n-1,) of each leg, over at least 10 s where no gap is in the way
    credited: Bools  # (n-1,) whether the straight line of the leg counts as walked
    asleep: Bools  # (n-1,) whether the leg is a gap with a plausible continuation: the phone slept
    gaps: I64  # (g,) indices of the legs longer than GAP_S
    dropped: Dropped
    t0_ms: int  # time of the first fix that has a position, kept or not
    projection: Projection

    def __len__(self) -> int:
        return int(self.x.shape[0])

    @property
    def dt_s(self) -> F64:
        """Seconds of each leg, (n-1,)."""
        return np.diff(self.t_s)

    @property
    def leg_m(self) -> F64:
        """Straight metres of each leg, (n-1,), noise and all."""
        return np.hypot(np.diff(self.x), np.diff(self.y))


@njit(cache=True, nogil=True, error_model="numpy")
def _without_repeats(t: F64, acc: F64, keep: Bools) -> None:
    """Of neighbours with one time keep the most accurate, the first if none says."""
    last = 0
    for i in range(1, t.shape[0]):
        if t[i] > t[last]:
            last = i
        elif acc[i] < acc[last]:
            keep[last] = False
            last = i
        else:
            keep[i] = False


@njit(cache=True, nogil=True, error_model="numpy")
def _without_spikes(
    t: F64, x: F64, y: F64, keep: Bools, mps: float, metres: float, back: float, longest: int
) -> None:
    n = t.shape[0]
    before = 0
    i = 1
    while i < n - 1:
        out = np.hypot(x[i] - x[before], y[i] - y[before])
        if out > metres and out > mps * (t[i] - t[before]):
            found = 0
            for run in range(1, longest + 1):
                after = i + run
                if after >= n:
                    break
                home = np.hypot(x[after] - x[after - 1], y[after] - y[after - 1])
                apart = np.hypot(x[after] - x[before], y[after] - y[before])
                if home > metres and home > mps * (t[after] - t[after - 1]) and apart < back * (out + home):
                    found = run
                    break
            if found > 0:
                keep[i : i + found] = False
                before = i + found
                i = before + 1
                continue
        before = i
        i += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _speeds(t: F64, x: F64, y: F64, window_s: float, gap_s: float, out: F64) -> None:
    """Speed of each leg over a window about it that widens to ``window_s`` and crosses no gap."""
    n = t.shape[0]
    for leg in range(n - 1):
        lo = leg
        hi = leg + 1
        while t[hi] - t[lo] < window_s:
            left = t[lo] - t[lo - 1] if lo > 0 else np.inf
            right = t[hi + 1] - t[hi] if hi < n - 1 else np.inf
            if min(left, right) > gap_s:
                break
            # Grow on the side that keeps the window centred, else on the side that is left.
            lead = t[leg] - t[lo]
            trail = t[hi] - t[leg + 1]
            if (left <= gap_s) and (lead <= trail or right > gap_s):
                lo -= 1
            else:
                hi += 1
        out[leg] = np.hypot(x[hi] - x[lo], y[hi] - y[lo]) / (t[hi] - t[lo])


@njit(cache=True, nogil=True, error_model="numpy")
def _own_pace(t: F64, speed: F64, gap_s: float) -> float:
    """Time-weighted mean speed of the legs that move (over 0.3 m/s) and are no gaps; m/s."""
    metres = 0.0
    seconds = 0.0
    for leg in range(speed.shape[0]):
        dt = t[leg + 1] - t[leg]
        if dt <= gap_s and speed[leg] > 0.3:
            metres += speed[leg] * dt
            seconds += dt
    return metres / seconds if seconds > 0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _credit(
    t: F64,
    x: F64,
    y: F64,
    speed: F64,
    counted_mps: float,
    credited: Bools,
    asleep: Bools,
) -> int:
    n = t.shape[0]
    pace_mps = min(max(ASLEEP_MPS, ASLEEP_PACE * _own_pace(t, speed, GAP_S)), counted_mps)
    usual_s = np.median(np.diff(t)) if n > 1 else 0.0
    gaps = 0
    for leg in range(n - 1):
        dt = t[leg + 1] - t[leg]
        straight = np.hypot(x[leg + 1] - x[leg], y[leg + 1] - y[leg])
        if dt <= GAP_S:
            credited[leg] = speed[leg] <= counted_mps
        else:
            gaps += 1
            credited[leg] = straight <= REST_M or (dt <= ASLEEP_MAX_S and straight <= pace_mps * dt)
        long = dt > max(120.0, 5.0 * usual_s)
        asleep[leg] = long and credited[leg] and straight > REST_M
    return gaps


def _positions(track: Track) -> Bools:
    lon, lat = track.lon, track.lat
    here = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    return here & ((lon != 0) | (lat != 0))


def _paused(track: Track, t0_ms: int) -> list[tuple[float, float]]:
    """Intervals that the walker paused by hand, seconds from ``t0_ms``."""
    spans: list[tuple[float, float]] = []
    since: float | None = None
    for at_ms, what in sorted(track.events, key=lambda event: event[0]):
        at_s = (at_ms - t0_ms) / 1000
        if what == "paused" and since is None:
            since = at_s
        elif what in ("resumed", "shown") and since is not None:
            spans.append((since, at_s))
            since = None
    if since is not None:
        spans.append((since, np.inf))
    return spans


def clean(track: Track, rules: Rules, projection: Projection) -> CleanTrack:
    """The walk in ``track``, in metres of ``projection``; see the module for what is dropped and credited.

    Any number of fixes is fine, none included. Times are milliseconds; positions degrees; ``rules`` gives the
    accuracy limit (m) and the counted speed (m/s).
    """
    here = _positions(track)
    index = np.flatnonzero(here)
    nowhere = len(track) - index.size
    t0_ms = int(track.t_ms[index].min()) if index.size else 0
    acc = np.full(len(track), np.nan) if track.acc is None else np.array(track.acc, np.float64)
    acc[~(acc >= 0)] = np.nan  # -1 is how phones say "unknown"
    accurate = ~(acc[index] > rules.max_accuracy_m)
    inaccurate = index.size - int(accurate.sum())
    index = index[accurate]
    times = track.t_ms[index]
    if index.size and (np.diff(times) < 0).any():
        index = index[np.argsort(times, kind="stable")]
    t_s = (track.t_ms[index] - t0_ms) / 1000.0
    keep = np.ones(index.size, np.bool_)
    _without_repeats(t_s, acc[index], keep)
    repeated = index.size - int(keep.sum())
    index, t_s = index[keep], t_s[keep]
    x, y = projection.forward(track.lon[index], track.lat[index])
    keep = np.ones(index.size, np.bool_)
    _without_spikes(t_s, x, y, keep, SPIKE_MPS, SPIKE_M, SPIKE_RETURN, SPIKE_FIXES)
    spikes = index.size - int(keep.sum())
    if spikes:
        index, t_s, x, y = index[keep], t_s[keep], x[keep], y[keep]
    legs = max(index.size - 1, 0)
    speed = np.zeros(legs)
    credited = np.zeros(legs, np.bool_)
    asleep = np.zeros(legs, np.bool_)
    gaps = np.zeros(0, np.int64)
    if legs:
        _speeds(t_s, x, y, SPEED_WINDOW_S, GAP_S, speed)
        if _credit(t_s, x, y, speed, rules.max_counted_speed_mps, credited, asleep):
            gaps = np.flatnonzero(np.diff(t_s) > GAP_S)
        for since, until in _paused(track, t0_ms):
            by_hand = (t_s[:-1] <= until) & (t_s[1:] >= since) & (np.diff(t_s) > 60)
            credited &= ~by_hand
            asleep &= ~by_hand
    return CleanTrack(
        x=x,
        y=y,
        t_s=t_s,
        acc=acc[index],
        kept=index,
        speed_mps=speed,
        credited=credited,
        asleep=asleep,
        gaps=gaps,
        dropped=Dropped(nowhere, inaccurate, repeated, spikes),
        t0_ms=t0_ms,
        projection=projection,
    )
