"""A track written as GPX is read as the same track again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanhe.kernel.tracks.formats import read_track
from shanhe.kernel.tracks.formats.gpx_writing import gpx_of
from shanhe.kernel.tracks.types import Track


def track(n: int = 10, **more) -> Track:
    t = 1_772_400_000_000 + 5_000 * np.arange(n)
    return Track(t.astype(np.int64), 117.02 + 1e-4 * np.arange(n), 30.42 - 1e-4 * np.arange(n), **more)


def test_places_and_times_are_read_again():
    written = track(50)
    found = read_track("t.gpx", gpx_of(written))
    assert (found.t_ms == written.t_ms).all()
    assert np.abs(found.lon - written.lon).max() < 1e-7
    assert np.abs(found.lat - written.lat).max() < 1e-7


def test_segments_stay_segments():
    assert list(read_track("t.gpx", gpx_of(track(10, segments=(0, 4, 7)))).segments) == [0, 4, 7]


def test_milliseconds_are_kept():
    written = track(3)
    written.t_ms[1] += 250
    assert list(read_track("t.gpx", gpx_of(written)).t_ms) == list(written.t_ms)


def test_the_order_in_which_fixes_came_is_kept():
    written = track(6)
    written.t_ms[:] = written.t_ms[[0, 3, 1, 2, 5, 4]]
    assert list(read_track("t.gpx", gpx_of(written)).t_ms) == list(written.t_ms)


def test_fixes_without_a_place_are_left_out():
    written = track(5)
    written.lon[2] = np.nan
    assert len(read_track("t.gpx", gpx_of(written))) == 4


def test_a_name_cannot_break_the_file():
    content = gpx_of(track(3), "</name><script>&")
    assert b"&lt;/name&gt;&lt;script&gt;&amp;" in content
    assert len(read_track("t.gpx", content)) == 3


def test_a_track_without_fixes_is_a_file_all_the_same():
    none = Track(np.empty(0, np.int64), np.empty(0), np.empty(0))
    assert gpx_of(none).startswith(b"<?xml")


@given(
    st.lists(
        st.tuples(st.integers(1_000_000_000_000, 2_000_000_000_000), st.floats(73, 135), st.floats(18, 54)),
        min_size=1,
        max_size=30,
    )
)
def test_any_track_in_china_is_read_again(fixes):
    t, lon, lat = (np.array(column) for column in zip(*fixes, strict=True))
    found = read_track("t.gpx", gpx_of(Track(t.astype(np.int64), lon, lat)))
    assert list(found.t_ms) == list(t)
    assert found.lon == pytest.approx(lon, abs=1e-7)
    assert found.lat == pytest.approx(lat, abs=1e-7)
