"""Whether a track was received before: replays of an own one, and tracks shared between people.

A patrol on the same reach is honest every week, at the same pace, within metres of the same line. What two
honest patrols never share is the *course of time*: where one is after each minute differs by tens of metres,
for people stop, look and hurry as they like. So two tracks are laid over one another as functions of elapsed
time, at the best offset and speed-up (forwards and backwards), and what is left of the distance is weighed:

- **replayed**: an own earlier track (whatever its date) with the same course of time over at least half of
  either track, within 4 m, or within 7 m if the differences are new at every fix, as dither is. Re-walks of
  one reach lie 5 m and more apart in the best case, 15 m in the middle; shifting in place or time, thinning
  out, cutting, turning round or playing up to twice as fast does not hide a replay;
- **shared**, at another time of day: the same, for another person's track;
- **shared**, at the same time: companions truly have the same course of time, so here only the same *errors*
  speak. Errors of two receivers differ by some metres and wander; the same fixes, or the same with new dither
  on them, differ by centimetres, or by something that averages out over half a minute;
- **shared**: one device, one outing, two people.

Not found: a replay whose rhythm was remade as well; two phones in one pocket (their errors differ as those of
two companions do); a copy laid under wandering errors of 4 m and more while both walk at the same time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from shanhe.kernel.tracks.examined import Examined
from shanhe.kernel.tracks.types import F64, I64, Flag, Track

__all__ = ["Earlier", "Match", "match", "match_history", "prints"]

PRINTS = 32
CELL_DEG = 0.001  # about 100 m: dither moves few fixes over an edge
SAMPLES = 96  # places by which two tracks are compared
NEW_ERRORS = (
    0.6  # averages of six neighbours have less than this share of the differences' size: errors new each fix
)
DITHERED_M = 7.5  # own track, errors new at each fix: half of the places lie this close, or …
DITHERED_SHARE = 0.008  # … within this share of the way, if that is less
WANDERING_M = (
    2.2  # own track, errors that wander as those of GPS do: closer than two honest outings ever lie …
)
WANDERING_SHARE = 0.0025  # … or within this share of the way; but
OWN_SPEED_M = 5.0  # … at exactly the earlier pace, which chance hits seldom, this close is close enough …
OWN_SPEED_SHARE = 0.004
OWN_SPEED = 0.003  # … exactly being within this share
COPIED_M = 0.7  # closer than two receivers ever are
SHARED_M = 3.2  # two people at the same time, errors new at each fix: closer than this is one track shaken
SHARED_DECLARED_M = 1.5  # … and this for declared company, whose phones may filter little
SPARSE_S = 8.0  # of fixes further apart than this, those of any receiver have errors new at each fix …
SHARED_SPARSE_M = 2.4  # … and this is closer than two of them ever are
SAME_DEVICE_M = 12.0  # one device, two people, one course
SAME_TIME_S = 90.0
LEAST_S = 120.0  # less time in common proves nothing
LEAST_M = 150.0
LEAST_OVERLAP = 0.5  # of the shorter track


@dataclass(frozen=True, slots=True)
class Earlier:
    """A track received before this one, whatever its date.

    ``same_holder``: it was sent for the same person. ``same_device``: by the same device. ``declared``: the
    two people said that they walked together.
    """

    id: str
    track: Track
    same_holder: bool = True
    same_device: bool = False
    declared: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """How one track lies over another one; times in seconds of the first."""

    from_s: float  # the stretch in common, seconds from this track's first fix
    to_s: float
    offset_s: float  # the other's elapsed time at this track's start
    speed_up: float  # how much faster this one runs through the same course; negative if backwards
    distance_m: float  # median distance after laying over, displacement in place taken out
    shift_m: float  # that displacement
    slow_share: float  # what is left of the differences when six neighbours are averaged
    exact_share: float  # share of compared places within 0.6 m
    same_time: bool  # whether the two were recorded at the same time of day and date
    metres: float  # way of this track in the stretch


def prints(track: Track) -> npt.NDArray[np.int64]:
    """At most 32 numbers that tracks of the same way share many of: for finding candidates in a database.

    One smallest hash of the visited 0.001° cells for each of 32 hash functions, so two tracks with half their
    cells in common share about half of their numbers, whatever their times, rates and dither. A number says
    which of the functions it came from, so any equal number is a hit. Empty without positions.
    """
    here = np.isfinite(track.lon) & np.isfinite(track.lat)
    lon, lat = track.lon[here], track.lat[here]
    if not lon.size:
        return np.zeros(0, np.int64)
    out = np.empty(PRINTS, np.int64)
    _min_hashes(lon, lat, CELL_DEG, out)
    return np.unique(out)


@njit(cache=True, nogil=True, error_model="numpy")
def _mixed(value: np.uint64) -> np.uint64:
    """A well-spread 64-bit number (splitmix64, Steele et al. 2014)."""
    z = value + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True, nogil=True, error_model="numpy")
def _min_hashes(lon: F64, lat: F64, cell_deg: float, out: I64) -> None:
    k = out.shape[0]
    least = np.full(k, np.uint64(0xFFFFFFFFFFFFFFFF))
    before_x = np.int64(-(2**62))
    before_y = np.int64(0)
    for i in range(lon.shape[0]):
        cx = np.int64(math.floor(lon[i] / cell_deg))
        cy = np.int64(math.floor(lat[i] / cell_deg))
        if cx == before_x and cy == before_y:
            continue
        before_x = cx
        before_y = cy
        cell = np.uint64(cx + 200_000) * np.uint64(1_000_003) + np.uint64(cy + 100_000)
        for j in range(k):
            h = _mixed(cell ^ _mixed(np.uint64(j + 1)))
            least[j] = min(least[j], h)
    for j in range(k):
        # 58 bits of hash under 5 bits of function number: positive as a signed 64-bit integer.
        out[j] = np.int64((np.uint64(j) << np.uint64(58)) | (least[j] >> np.uint64(6)))


@njit(cache=True, nogil=True, error_model="numpy")
def _place(t: F64, x: F64, y: F64, at: float, near: int, out: F64) -> int:
    """Position at time ``at`` between fixes, from index ``near`` on; NaN outside and in gaps."""
    n = t.shape[0]
    i = near
    while i > 0 and t[i] > at:
        i -= 1
    while i < n - 2 and t[i + 1] < at:
        i += 1
    if at < t[0] or at > t[n - 1] or n < 2 or t[i + 1] - t[i] > 120.0:
        out[0] = np.nan
        return i
    dt = t[i + 1] - t[i]
    u = (at - t[i]) / dt if dt > 0 else 0.0
    out[0] = x[i] + u * (x[i + 1] - x[i])
    out[1] = y[i] + u * (y[i + 1] - y[i])
    return i


@njit(cache=True, nogil=True, error_model="numpy")
def _differences(
    t: F64, x: F64, y: F64, u: F64, p: F64, q: F64, offset: float, speed: float, picks: I64, dx: F64, dy: F64
) -> int:
    """Differences of places at picked fixes from the other's at ``offset + speed · t``; NaN where it has
    none.
    """
    spot = np.empty(2)
    near = 0 if speed > 0 else u.shape[0] - 2
    found = 0
    for k in range(picks.shape[0]):
        i = picks[k]
        near = _place(u, p, q, offset + speed * t[i], max(near, 0), spot)
        dx[k] = x[i] - spot[0]
        dy[k] = np.nan if math.isnan(spot[0]) else y[i] - spot[1]
        if not math.isnan(spot[0]):
            found += 1
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _misfit(
    t: F64,
    x: F64,
    y: F64,
    u: F64,
    p: F64,
    q: F64,
    offset: float,
    speed: float,
    picks: I64,
    dx: F64,
    dy: F64,
    least: int,
) -> float:
    """Mean of the distances after taking out their middle, each counted up to 60 m; infinite with too little
    in common.
    """
    found = _differences(t, x, y, u, p, q, offset, speed, picks, dx, dy)
    if found < least:
        return np.inf
    n = picks.shape[0]
    mx = np.nanmedian(dx[:n])
    my = np.nanmedian(dy[:n])
    if math.hypot(mx, my) > 60.0:
        return np.inf
    total = 0.0
    for k in range(n):
        if not math.isnan(dy[k]):
            total += min(math.hypot(dx[k] - mx, dy[k] - my), 60.0)
    return total / found


@njit(cache=True, nogil=True, error_model="numpy")
def _nearest_times(px: float, py: float, u: F64, p: F64, q: F64, limit: float, out: F64) -> int:
    """Times at which the other track is nearest to a place: one for each passage within ``limit`` metres."""
    found = 0
    best = np.inf
    at = 0.0
    inside = False
    for i in range(u.shape[0] - 1):
        if u[i + 1] - u[i] > 120.0:
            continue
        ax = p[i + 1] - p[i]
        ay = q[i + 1] - q[i]
        length2 = ax * ax + ay * ay
        w = ((px - p[i]) * ax + (py - q[i]) * ay) / length2 if length2 > 0 else 0.0
        w = min(max(w, 0.0), 1.0)
        d = math.hypot(p[i] + w * ax - px, q[i] + w * ay - py)
        if d < limit:
            inside = True
            if d < best:
                best = d
                at = u[i] + w * (u[i + 1] - u[i])
        elif inside:
            if found < out.shape[0]:
                out[found] = at
                found += 1
            inside = False
            best = np.inf
    if inside and found < out.shape[0]:
        out[found] = at
        found += 1
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _align(t: F64, x: F64, y: F64, u: F64, p: F64, q: F64, anchors: I64, picks: I64, out: F64) -> None:
    """Best (misfit m, offset s, speed) of other time = offset + speed · time, by anchors passed by both
    tracks.

    Where this track is at two anchors the other one was at certain times; each pair of passages gives an
    offset and a speed to try. The best is refined by small steps.
    """
    dx = np.empty(picks.shape[0])
    dy = np.empty(picks.shape[0])
    coarse = picks[:: max(1, picks.shape[0] // 24)]
    least = max(4, int(0.45 * coarse.shape[0]))
    out[0] = np.inf
    m = anchors.shape[0]
    passages = np.empty((m, 4))
    count = np.empty(m, np.int64)
    for a in range(m):
        count[a] = _nearest_times(x[anchors[a]], y[anchors[a]], u, p, q, 45.0, passages[a])
    for a in range(m):
        i = anchors[a]
        for b in range(a + 1, m):
            j = anchors[b]
            if t[j] - t[i] < 60.0 or 3 * (b - a) < m:
                continue
            for f in range(count[a]):
                for s in range(count[b]):
                    speed = (passages[b, s] - passages[a, f]) / (t[j] - t[i])
                    if not 0.5 < abs(speed) < 2.0:
                        continue
                    # Most replays run at their own speed: try exactly that too.
                    for snapped in range(2):
                        if snapped == 1:
                            if abs(abs(speed) - 1) > 0.15:
                                continue
                            speed = 1.0 if speed > 0 else -1.0
                        offset = passages[a, f] - speed * t[i]
                        d = _misfit(t, x, y, u, p, q, offset, speed, coarse, dx, dy, least)
                        if d < out[0]:
                            out[0] = d
                            out[1] = offset
                            out[2] = speed
    if not out[0] < 30.0:
        out[0] = np.inf
        return
    _refine(t, x, y, u, p, q, picks, dx, dy, out)


@njit(cache=True, nogil=True, error_model="numpy")
def _refine(t: F64, x: F64, y: F64, u: F64, p: F64, q: F64, picks: I64, dx: F64, dy: F64, out: F64) -> None:
    least = max(6, int(0.45 * picks.shape[0]))
    out[0] = _misfit(t, x, y, u, p, q, out[1], out[2], picks, dx, dy, least)
    span = t[-1] - t[0]
    middle = t[0] + span / 2
    step = 24.0
    while step > 0.05:
        better = False
        for change in range(4):
            if change < 2:
                offset = out[1] + (step if change == 0 else -step)
                speed = out[2]
            else:
                turn = (step if change == 2 else -step) / span * 2
                speed = out[2] + turn
                offset = out[1] - turn * middle
            d = _misfit(t, x, y, u, p, q, offset, speed, picks, dx, dy, least)
            if d < out[0]:
                out[0] = d
                out[1] = offset
                out[2] = speed
                better = True
        if not better:
            step /= 2.0


@njit(cache=True, nogil=True, error_model="numpy")
def _weigh(t: F64, dx: F64, dy: F64, picks: I64, out: F64) -> None:
    """(median distance m, shift m, RMS m, RMS of averages of six neighbours m, exact share, from s, to s)."""
    mx = np.nanmedian(dx)
    my = np.nanmedian(dy)
    n = dx.shape[0]
    away = np.empty(n)
    found = 0
    exact = 0
    square = 0.0
    first = -1
    last = 0
    for k in range(n):
        if math.isnan(dy[k]):
            continue
        if math.hypot(dx[k], dy[k]) < 0.6:
            exact += 1
        d = math.hypot(dx[k] - mx, dy[k] - my)
        away[found] = d
        square += d * d
        found += 1
        if first < 0:
            first = k
        last = k
    middle = np.median(away[:found])
    # Far places (a gap's ends, a spike) are no errors of a receiver: left out of the sizes.
    limit = max(4.0 * middle, 1.0)
    square = 0.0
    used = 0
    slow = 0.0
    groups = 0
    sx = 0.0
    sy = 0.0
    m = 0
    for k in range(n):
        if math.isnan(dy[k]):
            continue
        ex = dx[k] - mx
        ey = dy[k] - my
        if math.hypot(ex, ey) > limit:
            continue
        square += ex * ex + ey * ey
        used += 1
        sx += ex
        sy += ey
        m += 1
        if m == 6:
            slow += (sx * sx + sy * sy) / 36.0
            groups += 1
            sx = 0.0
            sy = 0.0
            m = 0
    out[0] = middle
    out[1] = math.hypot(mx, my)
    out[2] = math.sqrt(square / used) if used > 0 else 0.0
    out[3] = math.sqrt(slow / groups) if groups > 0 else out[2]
    out[4] = exact / found
    out[5] = t[picks[first]]
    out[6] = t[picks[last]]


@dataclass(frozen=True, slots=True)
class _Course:
    """A track as a function of elapsed time, in metres about a common origin."""

    t: F64
    x: F64
    y: F64
    start_ms: int


def _course(track: Track, lon0: float, lat0: float) -> _Course | None:
    here = np.isfinite(track.lon) & np.isfinite(track.lat) & ((track.lon != 0) | (track.lat != 0))
    t_ms, first = np.unique(track.t_ms[here], return_index=True)
    if t_ms.size < 6:
        return None
    x = (track.lon[here][first] - lon0) * (111_320.0 * math.cos(math.radians(lat0)))
    y = (track.lat[here][first] - lat0) * 110_900.0
    return _Course((t_ms - t_ms[0]) / 1000.0, x, y, int(t_ms[0]))


def match(track: Track, other: Track) -> Match | None:
    """How ``track`` repeats the course of ``other``; None if it does not.

    Both in the same datum, any rate and date. Half of either's time may be missing, the speed may differ up
    to twofold, direction does not matter. Takes some 0.3 ms for 600 fixes each. Two honest patrols of one
    reach give None, or a match whose ``distance_m`` is far above 12 m.
    """
    here = np.isfinite(track.lon) & np.isfinite(track.lat)
    if not here.any():
        return None
    lon0, lat0 = float(np.median(track.lon[here])), float(np.median(track.lat[here]))
    one, two = _course(track, lon0, lat0), _course(other, lon0, lat0)
    if one is None or two is None or not _near(one, two):
        return None
    picks = np.unique(np.linspace(0, one.t.size - 1, min(SAMPLES, one.t.size)).astype(np.int64))
    anchors = picks[np.linspace(0, picks.size - 1, min(9, picks.size)).astype(np.int64)]
    best = np.empty(3)
    _align(one.t, one.x, one.y, two.t, two.x, two.y, anchors, picks, best)
    if not math.isfinite(best[0]):
        return None
    return _weighed(one, two, float(best[1]), float(best[2]))


def _near(one: _Course, two: _Course) -> bool:
    apart_x = max(one.x.min() - two.x.max(), two.x.min() - one.x.max())
    apart_y = max(one.y.min() - two.y.max(), two.y.min() - one.y.max())
    return bool(max(apart_x, apart_y) < 50.0)


def _weighed(one: _Course, two: _Course, offset: float, speed: float) -> Match | None:
    """The match at a found alignment, by neighbouring fixes, to tell errors from their averages."""
    stride = max(1, one.t.size // 600)
    picks = np.arange(0, one.t.size, stride)
    dx, dy = np.empty(picks.size), np.empty(picks.size)
    found = _differences(one.t, one.x, one.y, two.t, two.x, two.y, offset, speed, picks, dx, dy)
    if found < 6:
        return None
    out = np.zeros(7)
    _weigh(one.t, dx, dy, picks, out)
    inside = (one.t >= out[5]) & (one.t <= out[6])
    metres = float(np.hypot(np.diff(one.x[inside]), np.diff(one.y[inside])).sum())
    middle_s = (float(out[5]) + float(out[6])) / 2
    apart_s = abs((two.start_ms - one.start_ms) / 1000 + offset + (speed - 1) * middle_s)
    return Match(
        from_s=float(out[5]),
        to_s=float(out[6]),
        offset_s=offset,
        speed_up=speed,
        distance_m=float(out[0]),
        shift_m=float(out[1]),
        slow_share=float(out[3]) / max(float(out[2]), 1e-9),
        exact_share=float(out[4]),
        same_time=speed > 0 and apart_s < SAME_TIME_S,
        metres=metres,
    )


def match_history(examined: Examined, history: Sequence[Earlier]) -> tuple[Flag, ...]:
    """``replayed`` and ``shared``: earlier tracks with the same course of time or the same errors, one flag
    each. They depend on the track and its datum, not on the area (see ``compared``).
    """
    found = (_judged(examined.track, earlier) for earlier in history)
    return tuple(flag for flag in found if flag is not None)


def _judged(track: Track, earlier: Earlier) -> Flag | None:
    like = match(track, earlier.track)
    if like is None or not _speaks(track, earlier, like):
        return None
    figures = {
        "of": earlier.id,
        "distance_m": round(like.distance_m, 2),
        "shift_m": round(like.shift_m, 2),
        "offset_s": round(like.offset_s, 1),
        "speed_up": round(like.speed_up, 4),
        "exact_share": round(like.exact_share, 4),
        "metres": round(like.metres, 0),
        "same_time": like.same_time,
        "same_device": earlier.same_device,
    }
    return Flag("replayed" if earlier.same_holder else "shared", like.from_s, like.to_s, figures)


def _speaks(track: Track, earlier: Earlier, like: Match) -> bool:
    """Whether the match is more than two honest outings have in common."""
    span_s = min(np.ptp(track.t_ms), np.ptp(earlier.track.t_ms)) / 1000
    seconds = like.to_s - like.from_s
    if seconds < LEAST_S or seconds < LEAST_OVERLAP * span_s or like.metres < LEAST_M:
        return False
    if like.same_time:
        return _same_errors(track, earlier, like)
    if like.slow_share < NEW_ERRORS:
        return like.distance_m < min(DITHERED_M, max(2.0, DITHERED_SHARE * like.metres))
    if abs(abs(like.speed_up) - 1) < OWN_SPEED:
        return like.distance_m < min(OWN_SPEED_M, max(1.5, OWN_SPEED_SHARE * like.metres))
    return like.distance_m < min(WANDERING_M, max(1.5, WANDERING_SHARE * like.metres))


def _same_errors(track: Track, earlier: Earlier, like: Match) -> bool:
    """Whether two tracks of one time have one receiver's errors; an own second phone that walked along has
    its own.
    """
    if like.exact_share > 0.5 or like.distance_m < COPIED_M:
        return True
    if earlier.same_device and not earlier.same_holder and like.distance_m < SAME_DEVICE_M:
        return True
    step_s = max(float(np.median(np.abs(np.diff(one.t_ms)))) for one in (track, earlier.track)) / 1000
    shaken_m = SHARED_DECLARED_M if earlier.declared else SHARED_SPARSE_M if step_s > SPARSE_S else SHARED_M
    return like.distance_m < shaken_m and like.slow_share < NEW_ERRORS
