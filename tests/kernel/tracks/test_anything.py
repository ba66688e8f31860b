"""Whatever comes, there is a verdict, its figures are numbers, and it can be written as JSON."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.tracks.walks import START_MS, degrees, points, reach, square, walk
from shanhe.faces.cli.tracks import as_json
from shanhe.kernel.tracks import Earlier, Rules, Track, verify

metres = st.one_of(st.floats(-3_000, 3_000), st.sampled_from([0.0, 5.0, 500.0, 1e6, -1e6]))
seconds = st.one_of(st.integers(0, 5_000), st.integers(-100_000, 10_000_000), st.just(7))
oddities = st.sampled_from(["none", "none", "nan", "null island", "beyond the pole"])
fixes = st.lists(st.tuples(seconds, metres, metres, oddities), max_size=40)
accuracies = st.sampled_from([math.nan, -1.0, 0.0, 5.0, 49.0, 51.0, 1e9])
AREAS = (reach(), square(), points((0, 0), (700, 20)), points((0, 0)))
RULES = (
    Rules(),
    Rules(kind="stops"),
    Rules(min_coverage=0, min_minutes=0, min_distance_m=0, tolerance_m=500),
)
WORDS = ("hidden", "shown", "killed", "resumed", "paused")


def track_of(rows, acc, mock, events):
    place = degrees([row[1] for row in rows], [row[2] for row in rows])
    lon, lat = place[:, 0].copy(), place[:, 1].copy()
    for i, row in enumerate(rows):
        if row[3] == "nan":
            lon[i] = math.nan
        elif row[3] == "null island":
            lon[i] = lat[i] = 0.0
        elif row[3] == "beyond the pole":
            lat[i] = 91.0
    t_ms = START_MS + np.array([row[0] for row in rows], np.int64) * 1000
    accuracy = None if acc is None else np.resize(np.array(acc, float), len(rows))
    fake = np.resize(np.array([mock, False]), len(rows)) if mock else None
    return Track(t_ms, lon, lat, accuracy, fake, tuple((START_MS + at * 1000, word) for at, word in events))


@settings(max_examples=400, deadline=None)
@given(
    rows=fixes,
    acc=st.none() | st.lists(accuracies, min_size=1, max_size=5),
    mock=st.booleans(),
    events=st.lists(st.tuples(seconds, st.sampled_from(WORDS)), max_size=4),
    area=st.sampled_from(AREAS),
    rules=st.sampled_from(RULES),
)
def test_any_track_gets_a_verdict_with_figures(rows, acc, mock, events, area, rules):
    raw = track_of(rows, acc, mock, events)
    verdict = verify(area, raw, rules, (Earlier("a", walk()), Earlier("b", raw)))
    assert verdict.outcome in ("valid", "partial", "doubtful", "invalid")
    assert 0.0 <= verdict.coverage <= 1.0
    assert verdict.points + verdict.points_dropped == len(raw)
    figures = (
        verdict.distance_m,
        verdict.duration_s,
        verdict.moving_s,
        verdict.max_gap_s,
        verdict.max_speed_mps,
    )
    assert all(math.isfinite(value) and value >= 0 for value in figures)
    assert verdict.moving_s <= verdict.duration_s + 1e-6
    json.dumps(as_json(verdict), allow_nan=False)


@pytest.mark.parametrize("area", AREAS)
def test_the_order_of_an_areas_parts_and_vertices_does_not_change_coverage(area):
    turned = type(area)(area.kind, tuple(part[::-1].copy() for part in area.parts[::-1]), area.holes[::-1])
    assert verify(turned, walk()).coverage == pytest.approx(verify(area, walk()).coverage, abs=1e-6)
