"""Signs of fabrication: what each one speaks of, and from the same set-up, what it leaves in peace."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.tracks.walks import PLANE, bend, drift, pace, reach, square, track, walk
from shanhe.kernel.tracks import Rules, Track, verify
from shanhe.kernel.tracks.signs import clock_skew, mocked


def codes(area, raw, rules=None):
    return {flag.code for flag in verify(area, raw, rules or Rules()).flags}


def flag(area, raw, code):
    return next(flag for flag in verify(area, raw).flags if flag.code == code)


def places(raw):
    """Metres of the fixes in the plane of the walks."""
    return PLANE.forward(raw.lon, raw.lat)


# clock and device


def test_a_clock_set_back_by_five_minutes_is_seen_with_its_row():
    raw = walk()
    raw.t_ms[700:] -= 300_000
    found = clock_skew(raw)
    assert found.figures["back_s"] == pytest.approx(298, abs=3)
    assert found.figures["row"] == 700


def test_rows_half_a_minute_out_of_order_are_no_offence():
    raw = walk()
    raw.t_ms[700:705] -= 30_000
    assert clock_skew(raw) is None


def test_a_rule_set_may_leave_the_order_of_rows_out():
    raw = walk()
    raw.t_ms[700:] -= 300_000
    assert "clock_skew" not in codes(reach(), raw, Rules(checks=("clock_skew", "teleport")))


def test_the_devices_own_word_counts_with_its_interval():
    raw = walk()
    mock = np.zeros(len(raw), np.bool_)
    mock[100:200] = True
    found = mocked(Track(raw.t_ms, raw.lon, raw.lat, mock=mock))
    assert (found.from_s, found.to_s, found.figures["fixes"]) == (200.0, 398.0, 100)


# teleport


def jump(metres, seconds=2.0, at=300):
    raw = walk()
    x, _y = places(raw)
    seconds_of = np.arange(x.size) * 2.0
    seconds_of[at:] += seconds - 2.0
    x[at:] += metres
    return track(x, np.zeros(x.size) + drift(x.size)[1], seconds_of)


def test_half_a_kilometre_in_two_seconds_between_two_walks_is_a_jump():
    found = flag(reach(4_000), jump(500), "teleport")
    assert found.figures["jumps"] == 1
    assert found.figures["metres"] == pytest.approx(500, abs=15)
    assert (found.from_s, found.to_s) == (598.0, 600.0)


def test_half_a_kilometre_in_ten_minutes_without_signal_is_a_walk():
    assert "teleport" not in codes(reach(4_000), jump(500, seconds=600))


def test_the_reflection_of_a_canyon_is_no_jump():
    assert "teleport" not in codes(reach(4_000), jump(60))


def test_one_stray_fix_is_no_jump_even_when_fixes_are_sparse():
    raw = walk(dt_s=20.0)
    x, y = places(raw)
    y = y.copy()
    y[40] += 600
    assert "teleport" not in codes(reach(), track(x, y, 20.0))


def test_where_the_phone_last_was_is_no_jump():
    raw = walk()
    x, y = places(raw)
    x = x.copy()
    x[:2] -= 5_000
    assert "teleport" not in codes(reach(), track(x, y))


def test_who_sits_at_home_and_is_at_the_river_at_once_jumped():
    raw = walk()
    x, y = places(raw)
    home = drift(100, seed=9)
    x, y = np.concatenate((home[0] + 3_000, x)), np.concatenate((home[1] + 4_000, y))
    assert flag(reach(), track(x, y), "teleport").figures["metres"] > 4_500


# too fast


@pytest.mark.parametrize("mps", [11, 14, 20])
def test_a_car_is_driven(mps):
    raw = walk(to_m=9_000, mps=mps)
    found = flag(reach(9_000), raw, "too_fast")
    assert found.figures["mean_mps"] > 9


@pytest.mark.parametrize("mps", [1.3, 3.0, 5.0, 6.5])
def test_on_foot_by_bicycle_and_by_boat_nobody_drives(mps):
    assert "too_fast" not in codes(reach(6_000), walk(to_m=6_000, mps=mps))


def test_a_minute_down_the_dyke_is_no_drive():
    slow, fast = pace(700, 5.0), np.arange(1, 31) * 2 * 12.0
    x = np.concatenate((slow[:350], slow[349] + fast, slow[349] + fast[-1] + slow[1:350]))
    assert "too_fast" not in codes(reach(5_000), track(x, drift(x.size)[1]))


def test_the_drive_home_is_not_part_of_the_patrol():
    x, y = places(walk())
    away = np.arange(1, 200) * 2 * 15.0
    x = np.concatenate((x, np.full(away.size, x[-1])))
    y = np.concatenate((y, y[-1] + away))
    assert verify(reach(), track(x, y)).outcome == "valid"


def test_where_cars_are_honest_the_rule_set_says_so():
    assert "too_fast" not in codes(reach(9_000), walk(to_m=9_000, mps=14), Rules(checks=("too_fast",)))


# confined


def rounds(radius_m, seconds=1_800, at_m=1_000):
    n = seconds // 2
    turn = pace(n, 1.2) / radius_m
    noise = drift(n)
    return track(at_m + radius_m * np.cos(turn) + noise[0], radius_m * np.sin(turn) + noise[1])


def test_round_and_round_a_yard_is_confined():
    found = flag(reach(500), rounds(30, at_m=250), "confined")
    assert found.figures["distance_m"] > 1_000
    assert found.figures["extent_m"] < 120


def test_round_a_small_wood_is_how_it_is_patrolled():
    assert "confined" not in codes(square(90.0, -45.0, 955.0), rounds(45))


def test_to_and_fro_on_a_short_reach_is_honest():
    there = walk(to_m=300, seed=1)
    x, y = places(there)
    x, y = np.concatenate((x, x[::-1], x, x[::-1])), np.concatenate((y, y[::-1] + 2, y + 1, y[::-1]))
    assert verify(reach(300), track(x, y)).outcome == "valid"


# properties


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 10_000), st.sampled_from([1.0, 2.0, 5.0, 15.0]), st.floats(0.8, 5.0), st.floats(0, 120))
def test_no_honest_walker_is_doubted_whatever_rate_pace_and_bend(seed, dt_s, mps, bend_m):
    raw = walk(to_m=3_000, mps=mps, dt_s=dt_s, bend_m=bend_m, seed=seed)
    x = np.linspace(0, 3_000, 90)
    area = reach(3_000, bend_m, 90)
    assert x.size == area.parts[0].shape[0]
    assert verify(area, raw).outcome == "valid"


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 10_000), st.floats(260, 5_000))
def test_every_jump_out_of_calm_is_found(seed, metres):
    raw = walk(seed=seed)
    x, y = places(raw)
    at = 100 + seed % 400
    x = x.copy()
    x[at:] += metres
    assert "teleport" in codes(reach(8_000), track(x, y + bend(x, 0)))
