"""Coverage of forest units by cells, against the area of shapely's buffer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Polygon

from shanhe.kernel.tracks.cells import cells_seen, inside_share


def seen_share(rings, path, r):
    vertices = np.concatenate(rings)
    starts = np.concatenate(([0], np.cumsum([len(ring) for ring in rings])))
    legs, places = np.ones(len(path) - 1, bool), np.zeros(len(path), bool)
    seen, total, _side = cells_seen(
        vertices[:, 0].copy(),
        vertices[:, 1].copy(),
        starts,
        path[:, 0].copy(),
        path[:, 1].copy(),
        legs,
        places,
        float(r),
    )
    return seen / total, total


def box(west, south, east, north):
    return np.array([[west, south], [east, south], [east, north], [west, north], [west, south]], float)


def test_a_straight_walk_through_a_square_sees_its_strip():
    share, total = seen_share([box(0, 0, 1_000, 1_000)], np.array([[-100.0, 500], [1_100, 500]]), 50)
    assert total == pytest.approx(40_000, rel=0.02)
    assert share == pytest.approx(0.1, abs=0.003)


def test_a_hole_is_no_part_of_the_unit():
    rings = [box(0, 0, 1_000, 1_000), box(250, 250, 750, 750)]
    path = np.array([[-100.0, 500], [1_100, 500]])
    expected = Polygon(rings[0], [rings[1]])
    strip = LineString(path).buffer(50).intersection(expected).area / expected.area
    assert seen_share(rings, path, 50)[0] == pytest.approx(strip, abs=0.004)


@settings(max_examples=200, deadline=None)
@given(
    path=st.lists(
        st.tuples(st.floats(-200, 1_200), st.floats(-200, 1_200)), min_size=2, max_size=12, unique=True
    ),
    r=st.floats(20, 150),
    corner=st.tuples(st.floats(400, 1_000), st.floats(400, 1_000)),
)
def test_cells_agree_with_the_buffered_area_within_half_a_point(path, r, corner):
    ring = np.array([[0, 0], [1_000, 0], corner, [0, 1_000], [0, 0]], float)
    unit, way = Polygon(ring), np.array(path)
    expected = LineString(way).buffer(r, quad_segs=32).intersection(unit).area / unit.area
    assert seen_share([ring], way, r)[0] == pytest.approx(expected, abs=0.005)


@settings(max_examples=40, deadline=None)
@given(
    path=st.lists(st.tuples(st.floats(0, 1_000), st.floats(0, 1_000)), min_size=2, max_size=9, unique=True),
    r=st.floats(20, 150),
    more=st.floats(0, 100),
)
def test_cells_seen_never_fall_when_the_tolerance_grows(path, r, more):
    way, rings = np.array(path), [box(0, 0, 1_000, 1_000)]
    assert seen_share(rings, way, r + more)[0] >= seen_share(rings, way, r)[0]


def test_a_long_thin_unit_and_a_tiny_one_have_cells_too():
    thin = np.array([[0, 0], [20_000, 20_000], [20_010, 20_000], [10, 0], [0, 0]], float)
    assert seen_share([thin], np.array([[0.0, 0], [20_000, 20_000]]), 50)[0] == 1.0
    assert seen_share([box(0, 0, 0.5, 0.5)], np.array([[0.0, 0], [1, 0]]), 50) == (
        1.0,
        pytest.approx(40_000, rel=0.03),
    )


def test_inside_is_even_odd():
    rings = np.concatenate([box(0, 0, 100, 100), box(25, 25, 75, 75)])
    starts = np.array([0, 5, 10])
    x, y = np.array([10.0, 50.0, 90.0, 150.0]), np.array([50.0, 50.0, 50.0, 50.0])
    assert inside_share(rings[:, 0].copy(), rings[:, 1].copy(), starts, x, y, 100) == 0.5
