"""What is dropped from a track, and what is credited between two fixes."""

import numpy as np
import pytest

from kernel.tracks.walks import PLANE, START_MS, track, walk
from shanhe.kernel.tracks.clean import Dropped, clean
from shanhe.kernel.tracks.types import Rules, Track

RULES = Rules()


def cleaned(raw, rules=RULES):
    return clean(raw, rules, PLANE)


def with_silence(raw, from_s, to_s):
    """The same track without the fixes between two times."""
    at = (raw.t_ms - START_MS) / 1000
    keep = (at <= from_s) | (at >= to_s)
    return Track(raw.t_ms[keep], raw.lon[keep], raw.lat[keep])


def test_an_honest_walk_keeps_every_fix_and_every_leg():
    raw = walk()
    result = cleaned(raw)
    assert len(result) == len(raw)
    assert result.dropped == Dropped()
    assert result.credited.all()
    assert not result.asleep.any()


def test_no_fix_at_all_is_an_empty_walk():
    empty = cleaned(Track(np.zeros(0, np.int64), np.zeros(0), np.zeros(0)))
    assert len(empty) == 0
    assert empty.speed_mps.size == 0


def test_fixes_come_into_order_of_time():
    raw = walk()
    shuffled = np.random.default_rng(0).permutation(len(raw))
    result = cleaned(Track(raw.t_ms[shuffled], raw.lon[shuffled], raw.lat[shuffled]))
    assert (np.diff(result.t_s) > 0).all()
    assert (shuffled[result.kept] == np.arange(len(raw))).all()


def test_of_fixes_with_one_time_the_most_accurate_stays():
    raw = track([0, 5, 2, 3], 0, dt_s=[0, 2, 2, 2], acc=[5, 9, 4, np.nan])
    result = cleaned(raw)
    assert result.kept.tolist() == [0, 2]
    assert result.dropped.repeated == 2


def test_fixes_worse_than_the_accuracy_limit_go_and_unknown_ones_stay():
    result = cleaned(track(np.arange(4) * 2.0, 0, acc=[5, 51, np.nan, -1]))
    assert result.kept.tolist() == [0, 2, 3]
    assert result.dropped.inaccurate == 1
    assert np.isnan(result.acc[2])


def test_nowhere_is_no_place():
    raw = track(np.arange(5) * 2.0, 0)
    lon, lat = raw.lon.copy(), raw.lat.copy()
    lon[1] = lat[1] = 0.0
    lon[2] = np.nan
    lat[3] = 123.0
    assert cleaned(Track(raw.t_ms, lon, lat)).kept.tolist() == [0, 4]


@pytest.mark.parametrize("fixes", [1, 2, 3])
def test_a_spike_that_returns_is_dropped(fixes):
    x, y = np.arange(60) * 2.0, np.zeros(60)
    y[30 : 30 + fixes] = 400.0
    result = cleaned(track(x, y, dt_s=1.0))
    assert result.dropped.spikes == fixes
    assert np.abs(result.y).max() < 1


def test_a_jump_that_stays_is_kept_for_the_signs_to_see():
    x = np.arange(60) * 2.0
    x[30:] += 3_000
    assert cleaned(track(x, 0, dt_s=1.0)).dropped.spikes == 0


def test_noise_of_fixes_a_second_apart_drives_nobody():
    rng = np.random.default_rng(2)
    x = np.arange(300) * 1.4
    result = cleaned(track(x + rng.normal(0, 4, 300), rng.normal(0, 4, 300), dt_s=1.0))
    assert result.credited.all()
    assert result.speed_mps.max() < 5


def test_legs_faster_than_the_counted_speed_are_not_credited():
    result = cleaned(track(np.arange(100) * 25.0, 0, dt_s=1.0))
    assert not result.credited.any()
    assert cleaned(track(np.arange(100) * 7.0, 0, dt_s=1.0)).credited.all()


def test_a_phone_that_slept_is_believed_at_a_walkers_pace():
    result = cleaned(with_silence(walk(sigma_m=0.5), 300, 1_100))
    (leg,) = np.flatnonzero(result.asleep)
    assert result.credited[leg]
    assert result.gaps.tolist() == [leg]


def test_a_gap_crossed_by_car_is_not_credited():
    x = np.concatenate((np.arange(100) * 2.6, 4_000 + np.arange(100) * 2.6))
    seconds = np.concatenate((np.arange(100) * 2.0, 700 + np.arange(100) * 2.0))
    result = cleaned(track(x, 0, dt_s=seconds))
    assert not result.credited[99]
    assert not result.asleep.any()


def test_beyond_half_an_hour_nobody_knows_where_a_walker_was():
    result = cleaned(with_silence(walk(to_m=8_000, sigma_m=0.5), 600, 600 + 1_900))
    assert not result.asleep.any()
    assert not result.credited[result.gaps].any()


def test_a_rest_without_fixes_is_a_rest_however_long():
    x = np.concatenate((np.arange(100) * 2.6, 260 + np.arange(100) * 2.6))
    seconds = np.concatenate((np.arange(100) * 2.0, 5_000 + np.arange(100) * 2.0))
    result = cleaned(track(x, 0, dt_s=seconds))
    assert result.credited.all()
    assert not result.asleep.any()


def test_a_pause_by_hand_is_not_credited():
    raw = with_silence(walk(sigma_m=0.5), 300, 500)
    paused = Track(
        raw.t_ms, raw.lon, raw.lat, events=((START_MS + 301_000, "paused"), (START_MS + 499_000, "resumed"))
    )
    assert cleaned(raw).credited.all()
    assert (~cleaned(paused).credited).sum() == 1
