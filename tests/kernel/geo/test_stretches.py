"""Stretches of a line: cut, marked, divided, and held against each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from shanhe.kernel.geo.projection import chainage_m
from shanhe.kernel.geo.stretches import (
    Stretch,
    cuts_by_share,
    marks,
    overlaps,
    places_at,
    stretch,
    stretch_along,
    uncovered,
)

GEOD = Geod(ellps="WGS84")
RIVER = np.column_stack(
    [117.0 + np.linspace(0, 0.2, 60), 30.4 + 0.02 * np.sin(np.linspace(0, 12, 60))]
)  # some 30 km that wind
LENGTH = float(chainage_m(RIVER[:, 0], RIVER[:, 1])[-1])


def length_of(line):
    return GEOD.line_length(line[:, 0], line[:, 1])


def test_a_place_half_way_along_a_meridian():
    line = np.array([[117.0, 30.0], [117.0, 31.0]])
    half = float(chainage_m(line[:, 0], line[:, 1])[-1]) / 2
    assert places_at(line, np.array([half]))[0] == pytest.approx([117.0, 30.5], abs=1e-5)


def test_a_place_beyond_an_end_is_the_end():
    assert places_at(RIVER, np.array([-5.0, LENGTH + 5]))[0] == pytest.approx(RIVER[0])
    assert places_at(RIVER, np.array([-5.0, LENGTH + 5]))[1] == pytest.approx(RIVER[-1])


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_stretch_is_as_long_as_its_chainages_say(one, other):
    low, high = sorted((one * LENGTH, other * LENGTH))
    if high - low < 1:
        return
    assert length_of(stretch(RIVER, low, high)) == pytest.approx(high - low, rel=1e-4, abs=0.05)


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=9))
def test_pieces_by_share_fill_the_whole_and_are_as_long_as_their_shares(shares):
    pieces = cuts_by_share(Stretch(1_000, 9_000), shares)
    assert pieces[0].from_m == 1_000
    assert pieces[-1].to_m == 9_000
    assert uncovered(Stretch(1_000, 9_000), pieces, 1e-6) == []
    assert overlaps(pieces, 1e-6) == []
    for piece, share in zip(pieces, shares, strict=True):
        assert piece.length_m == pytest.approx(8_000 * share / sum(shares))


def test_who_has_twice_the_hours_gets_twice_the_way():
    assert cuts_by_share(Stretch(0, 3_000), (1, 2)) == [Stretch(0, 1_000), Stretch(1_000, 3_000)]


@pytest.mark.parametrize("shares", [(), (1, 0), (1, -2)])
def test_no_share_or_one_of_nothing_is_refused(shares):
    with pytest.raises(ValueError, match="above 0"):
        cuts_by_share(Stretch(0, 100), shares)


def test_marks_stand_every_kilometre_from_the_beginning():
    found = marks(stretch(RIVER, 0, 2_500))
    assert [round(m) for m, _lon, _lat in found] == [0, 1_000, 2_000]
    assert GEOD.inv(*found[0][1:], *RIVER[0])[2] < 0.01


@given(st.floats(0, 0.45), st.floats(0.55, 1), st.floats(-40, 40))
def test_a_piece_drawn_beside_the_line_serves_the_stretch_beside_it(low, high, aside_m):
    piece = stretch(RIVER, low * LENGTH, high * LENGTH) + np.array([0.0, aside_m / 111_000])
    for drawn in (piece, piece[::-1]):
        found = stretch_along(RIVER, drawn, within_m=100)
        assert found is not None
        assert found.from_m == pytest.approx(low * LENGTH, abs=60)
        assert found.to_m == pytest.approx(high * LENGTH, abs=60)


def test_a_line_elsewhere_is_no_piece_of_it():
    assert stretch_along(RIVER, RIVER + np.array([0.0, 0.1]), within_m=500) is None


def test_gaps_and_overlaps_by_example():
    pieces = [Stretch(2, 4), Stretch(4, 7), Stretch(6.5, 8)]
    assert uncovered(Stretch(0, 10), pieces) == [Stretch(0, 2), Stretch(8, 10)]
    assert overlaps(pieces) == [(1, 2, Stretch(6.5, 7))]


spans = st.lists(
    st.tuples(st.floats(0, 100), st.floats(0.5, 50)).map(lambda each: Stretch(each[0], sum(each))), max_size=8
)


@given(spans)
def test_every_metre_is_uncovered_or_held_and_held_twice_where_pieces_overlap(pieces):
    gaps, doubles = uncovered(Stretch(0, 160), pieces), overlaps(pieces)
    for metre in np.linspace(0.05, 159.95, 320):
        holders = sum(piece.from_m <= metre < piece.to_m for piece in pieces)
        assert any(gap.from_m <= metre < gap.to_m for gap in gaps) == (holders == 0)
        assert any(shared.from_m <= metre < shared.to_m for _i, _j, shared in doubles) == (holders > 1)


@pytest.mark.parametrize("ends", [(5, 5), (6, 5)])
def test_a_stretch_that_ends_before_it_begins_is_refused(ends):
    with pytest.raises(ValueError, match="ends after it begins"):
        stretch(RIVER, *ends)
