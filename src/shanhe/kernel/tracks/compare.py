"""What of an area a walk has seen, whatever kind the area is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shanhe.kernel.tracks.cells import cells_seen, inside_share
from shanhe.kernel.tracks.checkpoints import stays, visited
from shanhe.kernel.tracks.clean import CleanTrack
from shanhe.kernel.tracks.coverage import Bools, cover_lines, share_near
from shanhe.kernel.tracks.place import PlacedArea
from shanhe.kernel.tracks.types import F64, Rules

__all__ = ["Seen", "compare", "near_share"]

STOP_RADIUS_M = 75.0  # who stays within this of one place has stopped there
STOPS_APART_M = 200.0  # stops along a reach closer than this are one
NEAR_FIXES = 400  # how many fixes tell which share of a walk was near


@dataclass(frozen=True, slots=True)
class Seen:
    """The comparison's outcome; fields that do not apply to the kind of area are empty."""

    coverage: float
    covered: tuple[tuple[float, float], ...] = ()
    boundary: float = 0.0
    cells_visited: int = 0
    cells_total: int = 0
    cell_m: float = 0.0
    visits: tuple[int, ...] = ()


def reach_m(place: PlacedArea, rules: Rules) -> float:
    """Distance up to which a place counts as seen: tolerance and half the river's width, m."""
    return rules.tolerance_m + place.area.half_width_m


def _spots(walk: CleanTrack) -> Bools:
    """Fixes that count as mere places: those beside a gap nobody can vouch for, if the way was not fast."""
    spots = np.zeros(len(walk), np.bool_)
    if walk.gaps.size:
        slow = walk.gaps[walk.speed_mps[walk.gaps] <= 10.0]
        spots[slow] = True
        spots[slow + 1] = True
    return spots


def compare(place: PlacedArea, walk: CleanTrack, rules: Rules) -> Seen:
    """What of ``place`` lies within tolerance of the credited legs of ``walk``; by stops, if the rules say
    so."""
    if rules.kind == "stops":
        return _stops(place, walk, rules)
    if place.area.kind == "points":
        return _checkpoints(place, walk, rules)
    return _unit(place, walk, rules) if place.area.kind == "polygon" else _reach(place, walk, rules)


def _covered(place: PlacedArea, walk: CleanTrack, rules: Rules) -> tuple[float, F64]:
    intervals = cover_lines(
        place.x,
        place.y,
        place.chainage,
        place.starts,
        walk.x,
        walk.y,
        walk.credited,
        _spots(walk),
        reach_m(place, rules),
    )
    if not place.length_m:
        return 0.0, intervals
    return min(float((intervals[:, 1] - intervals[:, 0]).sum()) / place.length_m, 1.0), intervals


def _reach(place: PlacedArea, walk: CleanTrack, rules: Rules) -> Seen:
    share, intervals = _covered(place, walk, rules)
    return Seen(coverage=share, covered=tuple(map(tuple, intervals.tolist())))


def _unit(place: PlacedArea, walk: CleanTrack, rules: Rules) -> Seen:
    seen, total, side = cells_seen(
        place.x, place.y, place.starts, walk.x, walk.y, walk.credited, _spots(walk), reach_m(place, rules)
    )
    boundary, _ = _covered(place, walk, rules)
    share = seen / total if total else 0.0
    return Seen(coverage=share, boundary=boundary, cells_visited=seen, cells_total=total, cell_m=side)


def _checkpoints(place: PlacedArea, walk: CleanTrack, rules: Rules) -> Seen:
    hit = visited(place.x, place.y, walk.x, walk.y, walk.credited, _spots(walk), reach_m(place, rules))
    return Seen(coverage=float(hit.mean()), visits=tuple(np.flatnonzero(hit).tolist()))


def _stops(place: PlacedArea, walk: CleanTrack, rules: Rules) -> Seen:
    """Distinct stops: each at a checkpoint of its own, or 200 m from every other one along the water."""
    found = stays(walk.t_s, walk.x, walk.y, STOP_RADIUS_M, rules.min_stop_minutes * 60)
    limit = reach_m(place, rules)
    kept: list[tuple[float, float]] = []
    at: list[int] = []
    for since, _until, x, y in found.tolist():
        if place.area.kind == "points":
            away = np.hypot(place.x - x, place.y - y)
            nearest = int(away.argmin())
            if away[nearest] > limit:
                continue
            x, y = float(place.x[nearest]), float(place.y[nearest])
            apart = 0.5
        else:
            here_x, here_y = np.array([x]), np.array([y])
            if not _near(place, here_x, here_y, limit):
                continue
            apart = STOPS_APART_M
        if all((x - a) ** 2 + (y - b) ** 2 >= apart**2 for a, b in kept):
            kept.append((x, y))
            at.append(round(since))
    share = min(len(kept) / rules.min_stops, 1.0) if rules.min_stops else 1.0
    return Seen(coverage=share, visits=tuple(at))


def _near(place: PlacedArea, x: F64, y: F64, r: float) -> float:
    if place.area.kind == "points":
        away = np.hypot(x[:, None] - place.x[None, :], y[:, None] - place.y[None, :])
        return float((away.min(axis=1) <= r).mean())
    near = share_near(place.x, place.y, place.starts, x, y, r, NEAR_FIXES)
    if place.area.kind == "polygon":
        near = max(near, inside_share(place.x, place.y, place.starts, x, y, NEAR_FIXES))
    return float(near)


def near_share(place: PlacedArea, walk: CleanTrack, rules: Rules) -> float:
    """Share of the fixes within tolerance of the area (or inside it), by a sample of at least 400."""
    if not len(walk):
        return 0.0
    step = max(len(walk) // NEAR_FIXES, 1)
    some_x, some_y = np.ascontiguousarray(walk.x[::step]), np.ascontiguousarray(walk.y[::step])
    return _near(place, some_x, some_y, reach_m(place, rules))
