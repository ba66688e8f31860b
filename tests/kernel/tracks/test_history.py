"""Tracks that were received before, and honest neighbours in time and place."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.tracks.walks import PLANE, START_MS, degrees, reach, track, walk
from shanhe.kernel.tracks import Earlier, Track, examine, verify
from shanhe.kernel.tracks.history import match, match_history, prints

DAY_MS = 86_400_000
AREA = reach()


def moved(raw, dx=0.0, dy=0.0, days=0.0, seconds=None):
    """The same track elsewhere in metres, on another day, at other seconds."""
    x, y = PLANE.forward(raw.lon, raw.lat)
    place = degrees(x + dx, y + dy)
    t_ms = raw.t_ms if seconds is None else raw.t_ms[0] + np.round(seconds * 1000).astype(np.int64)
    return Track(t_ms + int(days * DAY_MS), place[:, 0].copy(), place[:, 1].copy())


def shaken(raw, sigma_m, seed=1, **more):
    noise = np.random.default_rng(seed).normal(0, sigma_m, (2, len(raw)))
    return moved(raw, noise[0], noise[1], **more)


def picked(raw, which):
    return replace(raw, t_ms=raw.t_ms[which], lon=raw.lon[which], lat=raw.lat[which])


def found(now, *earlier):
    examined, _flags = examine(AREA, now)
    return [flag.code for flag in match_history(examined, earlier)]


BEFORE = walk(seed=1)
ELAPSED = (BEFORE.t_ms - BEFORE.t_ms[0]) / 1000


@pytest.mark.parametrize(
    "again",
    [
        BEFORE,
        moved(BEFORE, days=7),
        shaken(BEFORE, 1.0, days=7),
        shaken(BEFORE, 4.0, days=7),
        moved(BEFORE, dx=10, dy=-6, days=3),
        moved(BEFORE, days=7, seconds=ELAPSED * 1.2),
        moved(BEFORE, days=7, seconds=ELAPSED * 0.75),
        picked(moved(BEFORE, days=7), slice(None, None, 5)),
        picked(moved(BEFORE, days=7), slice(150, 650)),
        Track((BEFORE.t_ms[0] + BEFORE.t_ms[-1] - BEFORE.t_ms)[::-1], BEFORE.lon[::-1], BEFORE.lat[::-1]),
    ],
    ids=["same", "week later", "1 m", "4 m", "aside", "slower", "faster", "thinned", "cut", "backwards"],
)
def test_an_own_track_played_again_is_replayed(again):
    assert found(again, Earlier("before", BEFORE)) == ["replayed"]


@pytest.mark.parametrize("seed", range(2, 12))
def test_the_same_reach_walked_again_another_day_is_no_replay(seed):
    assert found(walk(seed=seed, start_ms=START_MS + 7 * DAY_MS), Earlier("before", BEFORE)) == []


def test_the_flag_names_the_earlier_track_and_how_near_it_lies():
    verdict = verify(AREA, shaken(BEFORE, 1.0, days=7), history=(Earlier("P-17", BEFORE),))
    (flag,) = [flag for flag in verdict.flags if flag.code == "replayed"]
    assert flag.figures["of"] == "P-17"
    assert flag.figures["distance_m"] < 2
    assert verdict.outcome == "doubtful"


def test_the_same_fixes_of_two_people_are_shared_even_if_they_declare_company():
    assert found(BEFORE, Earlier("theirs", BEFORE, same_holder=False)) == ["shared"]
    assert found(BEFORE, Earlier("theirs", BEFORE, same_holder=False, declared=True)) == ["shared"]


@pytest.mark.parametrize("sigma_m", [0.5, 1.5])
def test_shaking_a_colleagues_track_does_not_make_it_ones_own(sigma_m):
    assert found(shaken(BEFORE, sigma_m), Earlier("theirs", BEFORE, same_holder=False)) == ["shared"]


def test_a_colleagues_track_of_another_day_is_shared():
    assert found(shaken(BEFORE, 3.0, days=2), Earlier("theirs", BEFORE, same_holder=False)) == ["shared"]


def test_one_device_that_was_on_one_outing_for_two_people_is_shared():
    theirs = Earlier("theirs", BEFORE, same_holder=False, same_device=True)
    assert found(shaken(BEFORE, 4.0), theirs) == ["shared"]


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("seed", range(20, 26))
def test_who_walks_along_with_a_phone_of_their_own_is_honest(seed, declared):
    companion = walk(seed=1)  # the same course of time …
    rng = np.random.default_rng(seed)
    errors = np.cumsum(rng.normal(0, 0.7, (2, len(companion))), axis=1)
    errors -= errors.mean(axis=1, keepdims=True)
    errors *= 4.0 / errors.std()  # … and another receiver's errors
    theirs = Earlier("theirs", BEFORE, same_holder=False, declared=declared)
    assert found(moved(companion, errors[0] + 1.5, errors[1]), theirs) == []


def test_another_reach_has_nothing_in_common():
    assert match(BEFORE, walk(from_m=5_000, to_m=7_000)) is None


def test_a_few_fixes_match_nothing():
    assert match(picked(BEFORE, slice(0, 5)), BEFORE) is None


def test_a_match_gives_offset_and_speed():
    like = match(moved(BEFORE, days=1, seconds=ELAPSED * 1.25), BEFORE)
    assert like.speed_up == pytest.approx(0.8, abs=0.005)
    assert like.distance_m < 1.5
    assert not like.same_time


@settings(max_examples=20, deadline=None)
@given(st.floats(0, 3), st.floats(-12, 12), st.floats(0.7, 1.4), st.integers(0, 1_000))
def test_neither_shaking_nor_shifting_nor_another_speed_hides_a_replay(sigma_m, aside_m, slower, seed):
    again = shaken(moved(BEFORE, dy=aside_m), sigma_m, seed, days=5, seconds=ELAPSED * slower)
    assert found(again, Earlier("before", BEFORE)) == ["replayed"]


# candidates


def test_prints_of_one_way_are_alike_whatever_noise_rate_and_day():
    one, two = prints(BEFORE), prints(picked(shaken(BEFORE, 4.0, days=30), slice(None, None, 7)))
    assert one.size <= 32
    assert np.isin(one, two).mean() > 0.3


def test_half_a_walk_still_shares_prints_with_the_whole():
    half = picked(BEFORE, slice(0, len(BEFORE) // 2))
    assert np.isin(prints(half), prints(BEFORE)).any()


def test_prints_of_another_place_have_nothing_in_common():
    assert not np.isin(prints(BEFORE), prints(track(np.arange(800) * 2 + 30_000, np.zeros(800)))).any()


def test_prints_fit_a_signed_column_and_none_come_from_no_fixes():
    assert (prints(BEFORE) >= 0).all()
    assert prints(Track(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))).size == 0
