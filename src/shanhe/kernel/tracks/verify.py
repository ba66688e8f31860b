"""The verdict on one outing in one area: the main job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from shanhe.kernel.tracks.clean import CleanTrack, clean
from shanhe.kernel.tracks.compare import compare, near_share
from shanhe.kernel.tracks.compared import Compared
from shanhe.kernel.tracks.examined import Examined
from shanhe.kernel.tracks.history import Earlier, match_history
from shanhe.kernel.tracks.judge import MOSTLY, QUARTER, emptiness, judge, minima
from shanhe.kernel.tracks.measure import measure
from shanhe.kernel.tracks.place import PlacedArea, place
from shanhe.kernel.tracks.shifted import unshift
from shanhe.kernel.tracks.signs import find_signs
from shanhe.kernel.tracks.types import Area, Flag, Rules, Track, Verification

__all__ = ["examine", "verify"]

DEFAULT_RULES = Rules()


def verify(
    area: Area, track: Track, rules: Rules = DEFAULT_RULES, history: Sequence[Earlier] = ()
) -> Verification:
    """Compare ``track`` with ``area`` under ``rules`` and with earlier tracks, and say what it is worth.

    Any number of fixes is judged, none included (then ``sparse``). Flags whose code is in ``rules.checks``
    are left out. The same input gives the same verdict at any time on any machine. Raises Refusal for an area
    without positions. How it works, and the numbered cases it is tested by:
    docs/algorithms/track-verification.md.
    """
    examined, flags = examine(area, track, rules)
    walk, seen, figures = examined.walk, examined.seen, examined.figures
    least = minima(seen, figures, rules, _least_extent_m(examined.placed, rules))
    # Between checkpoints and between stops one is far from all of them; elsewhere a stray tenth is no patrol.
    below = QUARTER if area.kind == "points" or rules.kind == "stops" else MOSTLY
    missed = max(seen.coverage, seen.boundary) < below * rules.min_coverage
    near = near_share(examined.placed, walk, rules) if missed else None
    flags += _asleep(walk)
    flags += emptiness(walk, figures, least, near, rules)
    flags += find_signs(examined)
    found = history.flags(examined) if isinstance(history, Compared) else match_history(examined, history)
    flags += found
    kept = tuple(flag for flag in flags if flag.code not in rules.checks)
    outcome, reasons = judge(kept, least)
    return Verification(
        outcome=outcome,
        coverage=seen.coverage,
        covered=seen.covered,
        length_m=examined.placed.length_m,
        distance_m=figures.distance_m,
        duration_s=figures.duration_s,
        moving_s=figures.moving_s,
        max_gap_s=figures.max_gap_s,
        max_speed_mps=figures.max_speed_mps,
        points=len(walk),
        points_dropped=walk.dropped.total,
        flags=kept,
        reasons=reasons,
        rules_id=rules.id,
        cells_visited=seen.cells_visited,
        cells_total=seen.cells_total,
        visits=seen.visits,
        asleep=tuple((flag.from_s or 0.0, flag.to_s or 0.0) for flag in flags if flag.code == "asleep"),
        datum="gcj02" if any(flag.code == "datum_gcj02" for flag in flags) else "wgs84",
        cell_m=seen.cell_m,
        boundary=seen.boundary,
        extent_m=figures.extent_m,
        observed_s=figures.observed_s,
    )


def examine(area: Area, track: Track, rules: Rules = DEFAULT_RULES) -> tuple[Examined, list[Flag]]:
    """Clean, compare and measure ``track``, without judging it; with the flag of its datum, if it has one."""
    track = _own_arrays(track)
    placed = place(area, track)
    walk = clean(track, rules, placed.projection)
    seen = compare(placed, walk, rules)
    flags: list[Flag] = []
    read_as = unshift(placed, track, walk, seen, rules) if seen.coverage < rules.min_coverage else None
    if read_as is not None:
        track, walk, seen, flag = read_as
        flags.append(flag)
    return Examined(track, walk, placed, seen, measure(walk), rules), flags


def _own_arrays(track: Track) -> Track:
    """The track in arrays that lie together and may be written: compiled code knows one kind only."""
    return replace(
        track,
        t_ms=np.require(track.t_ms, np.int64, ("C", "W")),
        lon=np.require(track.lon, np.float64, ("C", "W")),
        lat=np.require(track.lat, np.float64, ("C", "W")),
        acc=None if track.acc is None else np.require(track.acc, np.float64, ("C", "W")),
        mock=None if track.mock is None else np.require(track.mock, np.bool_, ("C", "W")),
    )


def _least_extent_m(placed: PlacedArea, rules: Rules) -> float:
    """How far apart the ends of a walk to checkpoints must be, m; 0 for other areas.

    Half the least distance, for one may go there and back; no more than the points themselves lie apart.
    """
    if placed.area.kind != "points" or rules.kind == "stops":
        return 0.0
    apart = float(np.hypot(np.ptp(placed.x), np.ptp(placed.y)))
    return min(rules.min_distance_m / 2, max(apart, 2 * rules.tolerance_m))


def _asleep(walk: CleanTrack) -> list[Flag]:
    return [
        Flag("asleep", float(walk.t_s[leg]), float(walk.t_s[leg + 1]), {"gap_s": float(walk.dt_s[leg])})
        for leg in np.flatnonzero(walk.asleep)
    ]
