"""How fast tracks are verified, beside what others would use: python bench/bench_tracks.py [--json].

- Coverage of a 20 km reach (1,001 vertices) by a 3,300-point track, 30 m tolerance, everything from scratch
  in every run, another river and another track each time, the same answer asserted within half a point:
  against a SciPy cKDTree of the fixes asked by samples of the reach a metre apart; against shapely's buffer
  and intersection; against movingpandas with its OutlierCleaner, each as its own documentation shows it.
- The whole verdict with all signs on an ordinary patrol (2 km, 600 fixes), one core, another track each time.
- ``shanhe tracks verify-batch`` with start-up and reading, half CSV and half GPX, all cores.
- One call of ``shanhe tracks verify``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

SOURCE = Path(__file__).parents[1] / "src"
sys.path.insert(0, str(SOURCE))

import numpy as np  # noqa: E402

from shanhe.kernel.geo import Projection  # noqa: E402
from shanhe.kernel.tracks import (  # noqa: E402
    Area,
    Rules,
    Track,
    verify,
    warm,
)
from shanhe.kernel.tracks.clean import clean  # noqa: E402
from shanhe.kernel.tracks.compare import compare  # noqa: E402
from shanhe.kernel.tracks.coverage import cover_lines  # noqa: E402
from shanhe.kernel.tracks.place import place  # noqa: E402

TOLERANCE_M = 30.0
PLANE = Projection(117.0, 30.4)
START_MS = 1_777_600_000_000
RUNS = 9
PAIRS = 3_000


@dataclass(frozen=True)
class World:
    """A meandering river and somebody's walk along three quarters of it, in metres."""

    x: np.ndarray  # (1001,)
    y: np.ndarray
    chainage: np.ndarray
    track_x: np.ndarray  # (3300,)
    track_y: np.ndarray


def world(seed: int) -> World:
    """The set-up of peers' figures: 20 km, walk 8 m aside with 5 m of noise on each axis."""
    rng = np.random.default_rng(seed)
    s = np.linspace(0, 1, 200_001)
    phase = rng.uniform(0, 2 * np.pi, 3)
    x = s * 15_000
    y = 800 * np.sin(s * 20 + phase[0]) + 150 * np.sin(s * 90 + phase[1]) + 40 * np.sin(s * 300 + phase[2])
    along = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))))
    at = np.linspace(0, along[-1], 1_001)
    x, y = np.interp(at, along, x), np.interp(at, along, y)
    scale = 20_000 / np.hypot(np.diff(x), np.diff(y)).sum()
    x, y = x * scale, y * scale
    chainage = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))))
    way = np.linspace(0, 15_000, 3_300)
    track_x, track_y = np.interp(way, chainage, x), np.interp(way, chainage, y)
    aside = np.array([np.gradient(track_y), -np.gradient(track_x)])
    aside *= 8 / np.hypot(*aside)
    noise = rng.normal(0, 5, (2, 3_300))
    return World(x, y, chainage, track_x + aside[0] + noise[0], track_y + aside[1] + noise[1])


def as_patrol(here: World, dt_s: float = 2.0) -> tuple[Area, Track]:
    """The same as the product meets it: degrees and times."""
    area = Area("line", (np.column_stack(PLANE.inverse(here.x, here.y)),))
    lon, lat = PLANE.inverse(here.track_x, here.track_y)
    t_ms = START_MS + (np.arange(lon.size) * dt_s * 1000).astype(np.int64)
    return area, Track(t_ms, lon, lat)


def timed(runs: list[Callable[[], float]]) -> tuple[float, list[float]]:
    """Median milliseconds of runs that are each done once, and their answers."""
    took, answers = [], []
    for run in runs:
        start = time.perf_counter()
        answers.append(run())
        took.append((time.perf_counter() - start) * 1000)
    return median(took), answers


def by_kernel(here: World) -> float:
    """Ours: exact distance to the walked segments."""
    legs, spots = np.ones(here.track_x.size - 1, np.bool_), np.zeros(here.track_x.size, np.bool_)
    starts = np.array([0, here.x.size])
    found = cover_lines(
        here.x, here.y, here.chainage, starts, here.track_x, here.track_y, legs, spots, TOLERANCE_M
    )
    return float((found[:, 1] - found[:, 0]).sum() / here.chainage[-1])


def by_kernel_with_cleaning(area: Area, track: Track) -> float:
    """Ours, as movingpandas is asked: project, clean and cover, from degrees and times."""
    rules = Rules(tolerance_m=TOLERANCE_M)
    placed = place(area, track)
    return compare(placed, clean(track, rules, placed.projection), rules).coverage


def by_kdtree(here: World) -> float:
    """SciPy's tree of the fixes, asked by a sample of the reach every metre; the line between is lost."""
    from scipy.spatial import cKDTree

    at = np.arange(0.0, here.chainage[-1], 1.0)
    samples = np.column_stack((np.interp(at, here.chainage, here.x), np.interp(at, here.chainage, here.y)))
    tree = cKDTree(np.column_stack((here.track_x, here.track_y)))
    distance, _ = tree.query(samples, distance_upper_bound=TOLERANCE_M)
    return float(np.isfinite(distance).mean())


def by_shapely(here: World) -> float:
    """Shapely's buffer of the walk, intersected with the reach."""
    from shapely import LineString

    reach = LineString(np.column_stack((here.x, here.y)))
    walked = LineString(np.column_stack((here.track_x, here.track_y)))
    return float(reach.intersection(walked.buffer(TOLERANCE_M)).length / reach.length)


def by_movingpandas(here: World, dt_s: float = 2.0) -> float:
    """movingpandas' Trajectory and OutlierCleaner, then buffer and intersection."""
    import geopandas as gpd
    import movingpandas as mpd
    import pandas as pd
    from shapely import LineString

    times = pd.date_range("2026-05-01", periods=here.track_x.size, freq=pd.Timedelta(seconds=dt_s))
    places = gpd.points_from_xy(here.track_x, here.track_y)
    trajectory = mpd.Trajectory(gpd.GeoDataFrame({"t": times}, geometry=places, crs=32650), 1, t="t")
    cleaned = mpd.OutlierCleaner(trajectory).clean(v_max=100, units=("km", "h"))
    reach = LineString(np.column_stack((here.x, here.y)))
    return float(reach.intersection(cleaned.to_linestring().buffer(TOLERANCE_M)).length / reach.length)


def version(package: str) -> str:
    """``name 1.2.3`` of an installed package."""
    from importlib.metadata import version as installed

    return f"{package} {installed(package)}"


def coverage_cases() -> Iterator[dict[str, Any]]:
    """The coverage question against each of the three."""
    worlds = [world(seed) for seed in range(RUNS)]
    ours, answers = timed([lambda here=here: by_kernel(here) for here in worlds])
    patrols = [as_patrol(here) for here in worlds]
    whole, cleaned_answers = timed([lambda one=one: by_kernel_with_cleaning(*one) for one in patrols])
    assert np.allclose(answers, cleaned_answers, atol=0.005)
    opponents = (
        ("exact coverage", by_kdtree, f"{version('scipy')} cKDTree, 1 m samples, fixes only", 8, ours, RUNS),
        ("exact coverage", by_shapely, f"{version('shapely')} buffer and intersection", 300, ours, 5),
        (
            "project, clean and cover",
            by_movingpandas,
            f"{version('movingpandas')} OutlierCleaner, buffer, intersection",
            400,
            whole,
            5,
        ),
    )
    for case, opponent, name, bar, mine, runs in opponents:
        opponent(world(1_000))  # its imports and first-call costs are not its fault
        theirs, their_answers = timed([lambda here=here, o=opponent: o(here) for here in worlds[:runs]])
        assert np.allclose(answers[:runs], their_answers, atol=0.005), (name, answers, their_answers)
        yield row(f"20 km × 3,300 fixes: {case}", mine, "ms", theirs, name, theirs / mine, bar)


def ordinary_patrol(seed: int, fixes: int = 600, length_m: float = 2_000.0) -> tuple[np.ndarray, ...]:
    """A reach of 100 vertices and a walk along it with a receiver's drifting error, in degrees."""
    rng = np.random.default_rng(seed)
    x = np.linspace(0, length_m, 100)
    phase = rng.uniform(0, 6)
    reach = np.column_stack(PLANE.inverse(x, 100 * np.sin(x / 200 + phase)))
    speed = np.clip(1 + 0.3 * np.convolve(rng.normal(0, 1, fixes + 10), np.ones(11) / 3, "valid"), 0.1, 2)
    way = np.cumsum(speed) / speed.sum() * length_m
    error = rng.normal(0, 0.6, (2, fixes))
    for i in range(1, fixes):
        error[:, i] += 0.93 * error[:, i - 1]
    lon, lat = PLANE.inverse(way + error[0], 100 * np.sin(way / 200 + phase) + 5 + error[1])
    acc = np.round(4 + 2 * rng.random(fixes), 1)
    return reach, lon, lat, acc


def verdict_case() -> dict[str, Any]:
    """Whole verdicts a second of one core: processor time, so that others on the machine do not count."""
    patrols = []
    t_ms = START_MS + np.arange(600, dtype=np.int64) * 3_000
    for seed in range(400):
        reach, lon, lat, acc = ordinary_patrol(seed)
        patrols.append((Area("line", (reach,)), Track(t_ms, lon, lat, acc)))
    start = time.process_time()
    outcomes = [verify(area, track).outcome for area, track in patrols]
    rate = len(patrols) / (time.process_time() - start)
    assert outcomes.count("valid") >= 0.98 * len(outcomes), outcomes
    return row("whole verdict, 2 km, 600 fixes, one core", rate, "verdicts/s", None, None, None, 1_000)


def write_pairs(folder: Path, count: int) -> Path:
    """Files of ``count`` ordinary patrols, half CSV and half GPX, and the list of them."""
    lines = ["area,track"]
    times = [
        datetime.fromtimestamp(START_MS / 1000 + 3 * i, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for i in range(600)
    ]
    for seed in range(count):
        reach, lon, lat, acc = ordinary_patrol(seed)
        area = {"type": "LineString", "coordinates": np.round(reach, 7).tolist()}
        (folder / f"a{seed}.geojson").write_text(json.dumps(area))
        fixes = list(zip(times, lon.tolist(), lat.tolist(), acc.tolist(), strict=True))
        if seed % 2:
            name = f"t{seed}.csv"
            body = "time,lon,lat,accuracy\n" + "".join(f"{t},{x:.7f},{y:.7f},{a}\n" for t, x, y, a in fixes)
        else:
            name = f"t{seed}.gpx"
            points = "".join(
                f'<trkpt lat="{y:.7f}" lon="{x:.7f}"><time>{t}</time></trkpt>\n' for t, x, y, _a in fixes
            )
            body = (
                '<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" creator="bench" '
                f'xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{points}</trkseg></trk></gpx>\n'
            )
        (folder / name).write_text(body)
        lines.append(f"a{seed}.geojson,{name}")
    pairs = folder / "PAIRS.csv"
    pairs.write_text("\n".join(lines) + "\n")
    return pairs


def shanhe(*words: object) -> tuple[float, str]:
    """Seconds and output of one call of the program in a process of its own."""
    path = os.pathsep.join(filter(None, [str(SOURCE), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "shanhe", "tracks", *map(str, words)]
    start = time.perf_counter()
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    return time.perf_counter() - start, done.stdout


def command_line_cases() -> Iterator[dict[str, Any]]:
    """The batch and the single call, start-up and reading included."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pairs = write_pairs(folder, PAIRS)
        took, output = shanhe("verify-batch", pairs, "--json")
        verdicts = [json.loads(line)["verdict"] for line in output.splitlines()]
        assert len(verdicts) == PAIRS
        assert verdicts.count("valid") >= 0.98 * PAIRS
        cores = os.cpu_count()
        case = f"verify-batch, {PAIRS} pairs, files, start-up, {cores} cores"
        yield row(case, PAIRS / took, "pairs/s", None, None, None, 600)
        single = ("verify", "--area", folder / "a1.geojson", "--track", folder / "t1.csv", "--json")
        took = median(shanhe(*single)[0] for _ in range(5))
        yield row("one call of tracks verify", took, "s", None, None, None, 1.5, is_most=True)


def row(
    case: str,
    ours: float,
    unit: str,
    baseline: float | None,
    baseline_name: str | None,
    ratio: float | None,
    bar: float,
    *,
    is_most: bool = False,
) -> dict[str, Any]:
    """One line of the table; the bar is on the ratio where there is one, else on our own figure."""
    measured = ours if ratio is None else ratio
    return {
        "bench": "tracks",
        "case": case,
        "ours": round(ours, 3),
        "unit": unit,
        "baseline": None if baseline is None else round(baseline, 3),
        "baseline_name": baseline_name,
        "ratio": None if ratio is None else round(ratio, 1),
        "bar": bar,
        "ok": bool(measured <= bar if is_most else measured >= bar),
    }


def main() -> None:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print a list of objects")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    warm()
    cases = [*coverage_cases(), verdict_case(), *command_line_cases()]
    if options.json:
        print(json.dumps(cases, ensure_ascii=False))
    else:
        for case in cases:
            ratio = "" if case["ratio"] is None else f"{case['ratio']:>8} ×"
            opponent = f"{case['baseline']} {case['baseline_name']}" if case["baseline"] else ""
            print(
                f"{'ok  ' if case['ok'] else 'FAIL'} {case['case']:<62} {case['ours']:>9} {case['unit']:<10} "
                f"{ratio:>10} (bar {case['bar']}) {opponent}"
            )
    sys.exit(0 if all(case["ok"] for case in cases) else 1)


if __name__ == "__main__":
    main()
