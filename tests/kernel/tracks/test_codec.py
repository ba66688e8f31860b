"""Tracks as few bytes: what is kept of them, to the bit, and what is refused."""

import contextlib
import csv
import zlib
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shanhe.kernel.tracks.codec import BadTrack, course, decode, encode, quantised
from shanhe.kernel.tracks.types import Track

RECORDED = sorted((Path(__file__).parents[2] / "truth" / "data").glob("t*.csv"))
MOST_BYTES = 6.0  # a fix, of real tracks


def recorded(path):
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    t_ms = [round(datetime.fromisoformat(row["time"]).timestamp() * 1000) for row in rows]
    lon, lat = np.array([[float(row["lon"]), float(row["lat"])] for row in rows]).T.copy()
    return Track(np.array(t_ms), lon, lat)


def walk(n=600, **more):
    rng = np.random.default_rng(7)
    lon = np.round(117.02 + np.cumsum(rng.normal(1e-5, 4e-6, n)), 7)
    lat = np.round(30.44 + np.cumsum(rng.normal(2e-6, 4e-6, n)), 7)
    return Track(1_772_404_200_000 + 5_000 * np.arange(n), lon, lat, **more)


def same(one, other):
    assert one.t_ms.dtype == np.int64
    for name in ("t_ms", "lon", "lat", "acc", "mock"):
        first, second = getattr(one, name), getattr(other, name)
        assert (first is None) == (second is None), name
        assert first is None or np.array_equal(first, second, equal_nan=first.dtype.kind == "f"), name
    assert tuple(one.events) == tuple(other.events)
    assert tuple(one.segments) == tuple(other.segments)


# -- real tracks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_real_track_takes_at_most_six_bytes_a_fix_and_comes_back_as_it_was(path):
    track = recorded(path)
    packed = encode(track)
    assert len(packed) <= MOST_BYTES * len(track)
    same(decode(packed), track)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_with_accuracies_that_change_at_every_fix_it_stays_within_the_six(path):
    track = recorded(path)
    rng = np.random.default_rng(3)
    acc = np.round(np.clip(8 + np.cumsum(rng.normal(0, 0.4, len(track))), 3, 40), 1)
    track = Track(track.t_ms, track.lon, track.lat, acc)
    packed = encode(track)
    assert len(packed) <= MOST_BYTES * len(track)
    same(decode(packed), track)


# -- what is exact, and how exact ---------------------------------------------------------------------------


def test_places_of_seven_decimals_come_back_as_the_very_numbers_that_were_sent():
    track = walk()
    assert decode(encode(track)).lon.tolist() == track.lon.tolist()
    assert decode(encode(track)).lat.tolist() == track.lat.tolist()


def test_finer_places_are_rounded_to_a_centimetre():
    track = walk()
    finer = Track(track.t_ms, track.lon + 3.7e-9, track.lat - 4.1e-8)
    back = decode(encode(finer))
    assert np.abs(back.lon - finer.lon).max() <= 0.5000001e-7
    assert np.abs(back.lat - finer.lat).max() <= 0.5000001e-7


def test_accuracies_are_kept_to_the_centimetre_and_unknown_ones_stay_unknown():
    acc = np.array([np.nan, 4.0, 4.288000106811523, np.nan, 12.5, 1e9, -1.0])
    back = decode(encode(walk(7, acc=acc)))
    assert back.acc.tolist()[1:3] == [4.0, 4.29]
    assert back.acc.tolist()[4:] == [12.5, 1e6, -1.0]
    assert np.isnan(back.acc[[0, 3]]).all()


def test_a_fix_without_a_usable_place_keeps_its_time_and_has_none():
    track = walk(6)
    track.lon[[0, 2]] = np.nan, np.inf
    track.lat[4] = 1e300
    back = decode(encode(track))
    assert back.t_ms.tolist() == track.t_ms.tolist()
    assert np.isnan(back.lon).tolist() == np.isnan(back.lat).tolist()
    assert np.flatnonzero(np.isnan(back.lon)).tolist() == [0, 2, 4]
    assert back.lon[[1, 3, 5]].tolist() == track.lon[[1, 3, 5]].tolist()


def test_signs_of_the_device_events_and_segments_are_kept():
    mock = np.arange(600) % 7 == 0
    events = ((1_772_404_201_000, "hidden"), (1_772_404_200_500, "shown"), (1_772_404_900_000, "hidden"))
    track = walk(mock=mock, events=events, segments=(0, 210, 400))
    same(decode(encode(track)), track)


def test_the_order_of_fixes_is_evidence_and_stays():
    track = walk(50)
    shuffled = Track(track.t_ms[::-1].copy(), track.lon, track.lat)
    same(decode(encode(shuffled)), shuffled)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_the_shortest_tracks_come_back_too(n):
    track = walk(n, acc=np.full(n, np.nan))
    same(decode(encode(track)), track)


def test_a_phone_that_lay_still_takes_hardly_any_bytes():
    n = 200_000
    still = Track(1_772_404_200_000 + 1_000 * np.arange(n), np.full(n, 117.02), np.full(n, 30.44))
    assert len(encode(still)) < 50
    same(decode(encode(still)), still)


def test_a_jump_across_the_globe_costs_some_bytes_and_no_more():
    track = walk()
    jumped = Track(track.t_ms, np.where(np.arange(600) == 300, -179.9999999, track.lon), track.lat)
    same(decode(encode(jumped)), jumped)
    assert len(encode(jumped)) < len(encode(track)) + 60


def test_the_same_track_gives_the_same_bytes_also_after_being_read_again():
    packed = encode(walk(acc=np.full(600, 4.0)))
    assert encode(walk(acc=np.full(600, 4.0))) == packed
    assert encode(decode(packed)) == packed


numbers = st.one_of(
    st.floats(-180, 180),
    st.integers(-(10**6), 10**6).map(lambda n: n / 1e4),
    st.sampled_from([0.0, -0.0, 180]),
)
times = st.one_of(st.integers(-(2**53), 2**53), st.integers(0, 10**7), st.just(1_772_404_200_000))


@st.composite
def tracks(draw):
    n = draw(st.integers(0, 40))

    def column(values):
        return np.array(draw(st.lists(values, min_size=n, max_size=n)), np.float64)

    unknown = st.sampled_from([np.nan, np.inf, 400.0])
    return Track(
        np.array(draw(st.lists(times, min_size=n, max_size=n)), np.int64),
        column(st.one_of(numbers, unknown)),
        column(numbers),
        draw(st.none() | st.just(column(st.one_of(st.floats(-1e7, 1e7), st.just(np.nan))))),
        draw(st.none() | st.just(column(st.booleans()).astype(np.bool_))),
        tuple(draw(st.lists(st.tuples(times, st.sampled_from(["hidden", "shown", "killed"])), max_size=5))),
        tuple(draw(st.sampled_from([(0,), (0, 3), ()]))),
    )


@settings(max_examples=300, deadline=None)
@given(tracks())
def test_whatever_comes_back_is_what_verdicts_were_made_of(track):
    packed = encode(track)
    back = decode(packed)
    same(back, quantised(track))
    same(quantised(back), back)
    assert encode(back) == packed
    assert back.t_ms.tolist() == track.t_ms.tolist()


@settings(max_examples=100, deadline=None)
@given(tracks(), st.integers(1, 50))
def test_the_course_is_the_same_times_and_places_thinned_out(track, most):
    back, few = decode(encode(track)), course(encode(track), most)
    picks = slice(None, None, len(track) // most + 1)
    assert len(few) <= most
    same(few, Track(back.t_ms[picks], back.lon[picks], back.lat[picks]))


# -- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no track"),
        (b"SHT", "no track"),
        (b'{"t":[1],"lon":[2],"lat":[3]}', "no track"),
        (b"SHT\x02" + bytes(40), "version 2"),
        (b"SHT\x01" + bytes(40), "checksum"),
    ],
)
def test_bytes_that_are_no_track_are_refused_with_the_reason(data, words):
    with pytest.raises(BadTrack, match=words):
        decode(data)


def test_a_track_that_was_cut_or_changed_anywhere_is_refused():
    packed = encode(walk(40, acc=np.full(40, 5.0)))
    for at in range(len(packed)):
        with pytest.raises(BadTrack):
            decode(packed[:at])
        with pytest.raises(BadTrack):
            decode(packed[:at] + bytes((packed[at] ^ 16,)) + packed[at + 1 :])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80))
def test_a_body_that_no_encoder_wrote_is_refused_or_read_but_never_breaks(body):
    with contextlib.suppress(BadTrack):
        decode(b"SHT\x01" + zlib.crc32(body).to_bytes(4, "little") + body)


def test_columns_of_unequal_length_and_times_beyond_reason_are_a_mistake_of_the_caller():
    track = walk(5)
    with pytest.raises(ValueError, match="one length"):
        encode(Track(track.t_ms, track.lon[:4], track.lat))
    with pytest.raises(ValueError, match="beyond"):
        encode(Track(track.t_ms + 2**54, track.lon, track.lat))
