"""Tracks that a phone or an app recorded in GCJ-02, the shifted datum of Chinese web maps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from shanhe.kernel.geo.datum import gcj02_to_wgs84, in_shifted_region
from shanhe.kernel.tracks.clean import CleanTrack, clean
from shanhe.kernel.tracks.compare import Seen, compare, near_share
from shanhe.kernel.tracks.place import PlacedArea
from shanhe.kernel.tracks.types import Flag, Rules, Track

__all__ = ["unshift"]

GAIN = 0.2  # coverage and share of near fixes must both gain this much …
NEAR = 0.5  # … and this share of the fixes lie near afterwards


def unshift(
    place: PlacedArea, track: Track, walk: CleanTrack, seen: Seen, rules: Rules
) -> tuple[Track, CleanTrack, Seen, Flag] | None:
    """The same walk read as GCJ-02, if that and not chance explains why it misses the area; else None.

    The shift at one place is one vector, 100 to 700 m long. A walk beside the area by exactly this vector
    that lies on it once the vector is taken away was not walked there but recorded in the other datum.
    """
    if not len(walk) or not in_shifted_region(float(track.lon[walk.kept[0]]), float(track.lat[walk.kept[0]])):
        return None
    lon, lat = gcj02_to_wgs84(track.lon, track.lat)
    moved = replace(track, lon=lon, lat=lat)
    walk_moved = clean(moved, rules, place.projection)
    seen_moved = compare(place, walk_moved, rules)
    if seen_moved.coverage < seen.coverage + GAIN:
        return None
    before, after = near_share(place, walk, rules), near_share(place, walk_moved, rules)
    if after < NEAR or after < before + GAIN:
        return None
    middle = walk.kept[len(walk) // 2]
    shift = place.projection.forward(
        np.array([track.lon[middle], lon[middle]]), np.array([track.lat[middle], lat[middle]])
    )
    figures = {
        "shift_m": round(float(np.hypot(np.diff(shift[0]), np.diff(shift[1]))[0]), 1),
        "coverage_before": round(seen.coverage, 4),
        "coverage_after": round(seen_moved.coverage, 4),
    }
    flag = Flag("datum_gcj02", float(walk_moved.t_s[0]), float(walk_moved.t_s[-1]), figures)
    return moved, walk_moved, seen_moved, flag
