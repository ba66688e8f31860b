"""The pieces of an area: together they are the area, whatever was walked of it."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.tracks.walks import points, reach, square, track, walk
from shanhe.kernel.tracks import Area, Rules, examine, verify
from shanhe.kernel.tracks.drawn import Judged, along_of, piece_feature, pieces_of, way_features

RULES = Rules()


def drawn(area, raw):
    verdict = verify(area, raw, RULES)
    examined, _flags = examine(area, raw, RULES)
    return examined, verdict, pieces_of(examined, Judged(verdict.covered, verdict.asleep, verdict.visits))


def length_of(pieces, part=None) -> float:
    return sum(piece.interval[1] - piece.interval[0] for piece in pieces if part in (None, piece.part))


def test_a_whole_walk_leaves_nothing_skipped():
    _examined, _verdict, pieces = drawn(reach(), walk())
    assert {piece.part for piece in pieces} == {"walked"}


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 900), st.floats(950, 2_000))
def test_the_pieces_of_a_reach_add_up_to_it(begin, end):
    x = np.arange(begin, end, 3.0)
    examined, verdict, pieces = drawn(reach(), track(x, np.zeros(x.size)))
    assert length_of(pieces) == pytest.approx(examined.placed.length_m, abs=0.01)
    assert length_of(pieces, "walked") == pytest.approx(verdict.coverage * examined.placed.length_m, abs=0.1)


def test_what_the_phone_slept_through_is_neither_walked_nor_skipped():
    x = np.r_[np.arange(0, 800, 3.0), np.arange(1_300, 2_000, 3.0)]
    t = np.r_[np.arange(0, 800, 3.0) / 1.2, 800 / 1.2 + 420 + np.arange(0, 700, 3.0) / 1.2]
    _examined, verdict, pieces = drawn(reach(), track(x, np.zeros(x.size), dt_s=t))
    assert "asleep" in {flag.code for flag in verdict.flags}
    assert length_of(pieces, "asleep") == pytest.approx(500, abs=5)


def test_the_pieces_of_a_forest_unit_are_its_whole_surface():
    area = square()
    x = np.arange(0, 1_000, 3.0)
    examined, _verdict, pieces = drawn(area, track(x, np.full(x.size, 500.0)))
    whole = shapely.Polygon(area.parts[0])
    assert sum(piece.shape.area for piece in pieces) == pytest.approx(whole.area, rel=1e-6)
    walked = next(piece for piece in pieces if piece.part == "walked")
    assert walked.shape.area / whole.area == pytest.approx(2 * examined.reach_m / 1_000, rel=0.01)


def test_a_hole_in_a_forest_unit_belongs_to_no_piece():
    outer, inner = square().parts[0], square(side_m=400, south=300, west=300).parts[0]
    area = Area("polygon", (outer, inner), (False, True))
    x = np.arange(0, 1_000, 3.0)
    _examined, _verdict, pieces = drawn(area, track(x, np.full(x.size, 500.0)))
    whole = shapely.Polygon(outer, [inner])
    assert sum(piece.shape.area for piece in pieces) == pytest.approx(whole.area, rel=1e-6)


def test_checkpoints_are_numbered_and_tell_whether_one_came_by():
    area = points((0, 0), (500, 0), (500, 900))
    x = np.arange(0, 600, 3.0)
    _examined, _verdict, pieces = drawn(area, track(x, np.zeros(x.size)))
    assert [(piece.number, piece.part) for piece in pieces] == [(1, "walked"), (2, "walked"), (3, "skipped")]


def test_a_track_without_a_fix_leaves_the_area_skipped():
    empty = track(np.zeros(0), np.zeros(0))
    for area in (reach(), square(), points((0, 0), (500, 0))):
        examined, _verdict, pieces = drawn(area, empty)
        assert {piece.part for piece in pieces} == {"skipped"}
        assert way_features(examined) == []


def test_places_along_are_metres_along_and_nothing_beside_it():
    x = np.arange(0, 2_000, 50.0)
    examined, _flags = examine(reach(), track(x, np.where(x > 1_000, 400.0, 0.0), dt_s=40), RULES)
    along = along_of(examined)
    here = examined.walk.x - examined.walk.x[0]
    near = here <= 1_000
    assert along[near] == pytest.approx(here[near], abs=1)
    assert np.isnan(along[~near]).all()
    assert along_of(examined, np.array([0, 4])) == pytest.approx(along[[0, 4]])


def test_features_are_plain_json():
    examined, _verdict, pieces = drawn(reach(), walk())
    features = [piece_feature(piece, sketch=True) for piece in pieces] + way_features(examined)
    told = json.loads(json.dumps(features, allow_nan=False))
    assert told[0]["properties"] | {"to_m": 0} == {
        "layer": "part",
        "part": "walked",
        "sketch": True,
        "from_m": 0.0,
        "to_m": 0,
    }
    assert [each["properties"]["layer"] for each in told[-3:]] == ["track", "start", "end"]
