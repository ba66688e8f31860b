"""Coverage of lines: exact, and never surprising."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPoint, Point
from shapely.ops import unary_union

from shanhe.kernel.tracks.coverage import cover_lines, distances_m, share_near


def covered(lines, path, r, walked=None, spots=None):
    """Intervals along ``lines``, a list of (m, 2) metres, by a walk along ``path`` (n, 2)."""
    vertices = np.concatenate(lines)
    starts = np.concatenate(([0], np.cumsum([len(line) for line in lines])))
    chainage, behind = [], 0.0
    for line in lines:
        one = np.concatenate(([0.0], np.cumsum(lengths(line))))
        chainage.append(one + behind)
        behind += one[-1]
    legs = np.ones(len(path) - 1, bool) if walked is None else walked
    places = np.zeros(len(path), bool) if spots is None else spots
    return cover_lines(
        vertices[:, 0].copy(),
        vertices[:, 1].copy(),
        np.concatenate(chainage),
        starts,
        path[:, 0].copy(),
        path[:, 1].copy(),
        legs,
        places,
        float(r),
    )


def lengths(line):
    return np.hypot(*np.diff(line, axis=0).T)


def share(intervals, lines):
    return (intervals[:, 1] - intervals[:, 0]).sum() / sum(lengths(line).sum() for line in lines)


def by_shapely(lines, path, r):
    """Piece by piece, for shapely counts a stretch that a line runs twice only once."""
    walked = LineString(path).buffer(r, quad_segs=64)
    pieces = [LineString(line[i : i + 2]) for line in lines for i in range(len(line) - 1)]
    return sum(piece.intersection(walked).length for piece in pieces) / sum(p.length for p in pieces)


coordinates = st.floats(-500, 500).map(lambda value: round(value, 2))
paths = st.lists(st.tuples(coordinates, coordinates), min_size=2, max_size=25, unique=True).map(np.array)
radii = st.floats(3, 120).map(lambda value: round(value, 1))


def test_a_walk_beside_a_straight_reach_covers_its_length_and_what_its_ends_reach():
    reach = [np.array([[0.0, 0.0], [1_000.0, 0.0]])]
    intervals = covered(reach, np.array([[0.0, 30.0], [300.0, 30.0]]), 50)
    assert intervals == pytest.approx(np.array([[0.0, 340.0]]))


def test_the_line_between_sparse_fixes_counts():
    reach = [np.array([[0.0, 0.0], [1_000.0, 0.0]])]
    assert share(covered(reach, np.array([[0.0, 20.0], [1_000.0, 20.0]]), 30), reach) == pytest.approx(1.0)


def test_a_leg_that_does_not_count_covers_nothing():
    reach = [np.array([[0.0, 0.0], [1_000.0, 0.0]])]
    path = np.array([[0.0, 0.0], [500.0, 0.0], [1_000.0, 0.0]])
    assert covered(reach, path, 50, walked=np.array([True, False])) == pytest.approx(np.array([[0.0, 550.0]]))
    nothing = np.zeros(2, bool)
    assert covered(reach, path, 50, walked=nothing).shape == (0, 2)
    middle = np.array([False, True, False])
    assert covered(reach, path, 50, walked=nothing, spots=middle) == pytest.approx(np.array([[450.0, 550.0]]))


def test_intervals_of_separate_lines_stay_separate():
    reach = [np.array([[0.0, 0.0], [100.0, 0.0]]), np.array([[100.0, 10.0], [200.0, 10.0]])]
    intervals = covered(reach, np.array([[-10.0, 5.0], [210.0, 5.0]]), 20)
    assert intervals == pytest.approx(np.array([[0.0, 100.0], [100.0, 200.0]]))


def test_a_walk_out_of_reach_covers_nothing():
    reach = [np.array([[0.0, 0.0], [1_000.0, 0.0]])]
    assert covered(reach, np.array([[0.0, 50.1], [1_000.0, 50.1]]), 50).shape == (0, 2)
    assert covered(reach, np.array([[9e6, 9e6], [9e6 + 1, 9e6]]), 50).shape == (0, 2)


@settings(max_examples=150, deadline=None)
@given(lines=st.lists(paths, min_size=1, max_size=3), path=paths, r=radii)
def test_coverage_is_the_buffer_and_intersection_of_shapely(lines, path, r):
    assert share(covered(lines, path, r), lines) == pytest.approx(by_shapely(lines, path, r), abs=0.003)


@settings(max_examples=100, deadline=None)
@given(line=paths, path=paths, r=radii, more=st.floats(0.1, 100))
def test_coverage_never_falls_when_the_tolerance_grows(line, path, r, more):
    assert share(covered([line], path, r + more), [line]) >= share(covered([line], path, r), [line]) - 1e-9


@settings(max_examples=100, deadline=None)
@given(line=paths, path=paths, r=radii)
def test_the_direction_of_walk_and_reach_does_not_matter(line, path, r):
    forth = share(covered([line], path, r), [line])
    assert share(covered([line], path[::-1], r), [line]) == pytest.approx(forth, abs=1e-6)
    assert share(covered([line[::-1]], path, r), [line]) == pytest.approx(forth, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(line=paths, path=paths, r=radii, cut=st.integers(1, 24))
def test_more_walk_never_covers_less(line, path, r, cut):
    part = path[: max(2, min(cut, len(path)))]
    assert share(covered([line], path, r), [line]) >= share(covered([line], part, r), [line]) - 1e-9


@settings(max_examples=60, deadline=None)
@given(line=paths, path=paths, r=radii)
def test_intervals_are_ordered_disjoint_and_within_the_reach(line, path, r):
    intervals = covered([line], path, r)
    flat = intervals.ravel()
    assert (np.diff(flat) >= -1e-9).all()
    assert flat.size == 0 or (flat[0] >= 0 and flat[-1] <= lengths(line).sum() + 1e-6)


@settings(max_examples=60, deadline=None)
@given(line=paths, path=paths, r=radii)
def test_distances_and_shares_near_are_those_of_shapely(line, path, r):
    starts = np.array([0, len(line)])
    x, y = path[:, 0].copy(), path[:, 1].copy()
    lx, ly = line[:, 0].copy(), line[:, 1].copy()
    expected = [LineString(line).distance(Point(place)) for place in path]
    assert distances_m(lx, ly, starts, False, x, y) == pytest.approx(expected, abs=1e-6)
    to_vertices = [MultiPoint(line).distance(Point(place)) for place in path]
    assert distances_m(lx, ly, starts, True, x, y) == pytest.approx(to_vertices, abs=1e-6)
    near = share_near(lx, ly, starts, x, y, r, 1_000)
    assert near == pytest.approx(np.mean(np.array(expected) <= r), abs=1.01 / len(path))


def test_a_long_reach_of_long_segments_is_as_exact():
    rng = np.random.default_rng(4)
    line = np.column_stack((np.linspace(0, 500_000, 40), rng.normal(0, 3_000, 40)))
    along = np.linspace(0.2, 0.3, 4_000)
    path = np.array([LineString(line).interpolate(s, normalized=True).coords[0] for s in along])
    path += rng.normal(0, 15, path.shape)
    pieces = unary_union([LineString(path[i : i + 2]).buffer(50, quad_segs=64) for i in range(len(path) - 1)])
    expected = LineString(line).intersection(pieces).length / LineString(line).length
    assert share(covered([line], path, 50), [line]) == pytest.approx(expected, abs=1e-4)
