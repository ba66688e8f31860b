"""Writes tracks.json anew: ``python tests/vectors/make_tracks.py`` with src and tests on the path.

Coverage in it is shapely's (buffer and intersection in the local plane), not the kernel's, so that neither
the kernel nor the phone is its own witness. Verdicts are what the contract says of such a walk.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from shapely.geometry import LineString, Point, Polygon

from kernel.tracks.walks import PLANE, START_MS, drift, reach, square, track, walk
from shanhe.kernel.geo import wgs84_to_gcj02
from shanhe.kernel.tracks import Area, Track

TOLERANCE_M = 50.0


def metres(positions):
    """(n, 2) degrees as (n, 2) metres of the plane the walks live in."""
    return np.column_stack(PLANE.forward(positions[:, 0].copy(), positions[:, 1].copy()))


def shapely_coverage(area: Area, lon, lat) -> float:
    """Share of the area within tolerance of the path, by shapely."""
    path = LineString(metres(np.column_stack((lon, lat)))).buffer(
        TOLERANCE_M + area.half_width_m, quad_segs=64
    )
    if area.kind == "points":
        places = [Point(place) for place in metres(area.parts[0])]
        return sum(path.contains(place) for place in places) / len(places)
    if area.kind == "polygon":
        unit = Polygon(metres(area.parts[0]))
        return unit.intersection(path).area / unit.area
    line = LineString(metres(area.parts[0]))
    return line.intersection(path).length / line.length


def geometry(area: Area) -> dict:
    """The area as GeoJSON."""
    positions = np.round(area.parts[0], 7).tolist()
    kind = {"line": "LineString", "polygon": "Polygon", "points": "MultiPoint"}[area.kind]
    return {"type": kind, "coordinates": [positions] if kind == "Polygon" else positions}


def case(name, area, raw: Track, verdict, flags=(), coverage=None, path=None):
    """One vector; ``path`` is the track whose coverage shapely takes, if not the sent one."""
    lon, lat = (raw.lon, raw.lat) if path is None else (path.lon, path.lat)
    return {
        "name": name,
        "area": {**geometry(area), "half_width_m": area.half_width_m},
        "track": {
            "t": (raw.t_ms - START_MS).tolist(),
            "lon": np.round(raw.lon, 7).tolist(),
            "lat": np.round(raw.lat, 7).tolist(),
        },
        "expect": {
            "verdict": verdict,
            "flags": list(flags),
            "coverage": round(shapely_coverage(area, lon, lat) if coverage is None else coverage, 5),
        },
    }


def cases():
    """All vectors; short, so that the phone's tests stay quick."""
    line = reach(1_000, bend_m=60, vertices=25)
    way = {"to_m": 1_000, "bend_m": 60, "dt_s": 5.0}
    whole = walk(**way)
    lon, lat = wgs84_to_gcj02(whole.lon, whole.lat)
    still = drift(150, sigma_m=4, keep=0.9)
    slept = np.r_[0 : len(whole) // 3, 2 * len(whole) // 3 : len(whole)]
    asleep = Track(whole.t_ms[slept], whole.lon[slept], whole.lat[slept])
    few = np.linspace(0, len(whole) - 1, 5).astype(int)
    handful = Track(whole.t_ms[few], whole.lon[few], whole.lat[few])
    checkpoints = Area("points", (line.parts[0][::6],), (False,))
    yield case("whole", line, whole, "valid")
    yield case("half", line, walk(**{**way, "to_m": 420}), "partial")
    yield case("other_bank", reach(1_000, 60, 25, half_width_m=100), walk(**way, aside_m=120), "valid")
    yield case("elsewhere", line, walk(**way, aside_m=900), "invalid", ["outside", "truncated"])
    yield case("gcj02", line, replace(whole, lon=lon, lat=lat), "valid", ["datum_gcj02"], path=whole)
    yield case("asleep", line, asleep, "valid", ["asleep"])
    yield case(
        "one_fix_a_minute", line, Track(*(a[::12] for a in (whole.t_ms, whole.lon, whole.lat))), "valid"
    )
    yield case("handful", line, handful, "invalid", ["sparse"])
    yield case("still", line, track(500 + still[0], still[1], 5.0), "invalid", ["stationary", "truncated"])
    yield case("minute", line, walk(**{**way, "to_m": 60}), "invalid", ["truncated"])
    yield case("checkpoints", checkpoints, whole, "valid")
    yield case(
        "forest_path", square(1_000), walk(**{**way, "bend_m": 0}, aside_m=500), "invalid", ["truncated"]
    )


if __name__ == "__main__":
    about = (
        "Cases kernel/tracks and the phone's preview both pass under the default rules: verdict and flags "
        "as expected, no others; coverage within 0.005. t in ms from start_ms, lon/lat degrees."
    )
    text = json.dumps({"about": about, "start_ms": START_MS, "cases": list(cases())}, separators=(",", ":"))
    text = text.replace('{"name"', '\n{"name"')
    Path(__file__).with_name("tracks.json").write_text(text + "\n", "utf-8")
