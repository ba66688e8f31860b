"""Coverage on tracks that real receivers recorded, against shapely."""

import csv
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from shapely.geometry import LineString

from shanhe.kernel.geo import Projection
from shanhe.kernel.tracks import Area, Track, verify

RECORDED = sorted((Path(__file__).parents[2] / "truth" / "data").glob("*_walk.csv"))


def recorded(path):
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    t_ms = [round(datetime.fromisoformat(row["time"]).timestamp() * 1000) for row in rows]
    lon, lat = np.array([[float(row["lon"]), float(row["lat"])] for row in rows]).T.copy()
    return Track(np.array(t_ms), lon, lat)


def by_shapely(line, path, r):
    walked = LineString(path).buffer(r, quad_segs=64)
    pieces = [LineString(line[i : i + 2]) for i in range(len(line) - 1)]
    return sum(piece.intersection(walked).length for piece in pieces) / sum(p.length for p in pieces)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
@pytest.mark.parametrize("aside_m", [0, 35, 47])
def test_coverage_of_recorded_walks_agrees_with_shapely_within_half_a_point(path, aside_m):
    raw = recorded(path)
    plane = Projection.around(raw.lon, raw.lat)
    way = np.column_stack(plane.forward(raw.lon, raw.lat))
    line = np.array(LineString(way).simplify(10).coords) + np.array([aside_m, 0.0])
    area = Area("line", (np.column_stack(plane.inverse(line[:, 0], line[:, 1])),))
    verdict = verify(area, raw)
    # Where the receiver was silent for long, or carried by car, less than the line is credited, never more.
    walked = np.hypot(*np.diff(way, axis=0).T) <= 10 * np.diff(raw.t_ms) / 1000
    if walked.all() and verdict.max_gap_s <= 300:
        assert verdict.coverage == pytest.approx(by_shapely(line, way, 50), abs=0.005)
    else:
        assert verdict.coverage <= by_shapely(line, way, 50) + 0.005
