"""Positions that a program made, and the steadiest people beside them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.tracks.walks import bend, drift, pace, reach, track, walk
from shanhe.kernel.tracks import verify
from shanhe.kernel.tracks.played import hold
from shanhe.kernel.tracks.timetable import evenness, own_evenness

AREA = reach(2_000, bend_m=40)


def mock(mps=1.4, dt_s=2.0, shaking=None, gone=None, decimals=None):
    """A program's way along the bent reach at one speed, shaken by (2, n) metres."""
    x = np.linspace(0, 2_000, 60)
    y = bend(x, 40)
    along = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))))
    gone = np.arange(0, along[-1], mps * dt_s) if gone is None else gone
    noise = np.zeros((2, gone.size)) if shaking is None else shaking(gone.size)
    raw = track(np.interp(gone, along, x) + noise[0], np.interp(gone, along, y) + noise[1], dt_s)
    if decimals is not None:
        np.round(raw.lon, decimals, out=raw.lon)
        np.round(raw.lat, decimals, out=raw.lat)
    return raw


def synthetic(raw, area=AREA):
    return next((flag for flag in verify(area, raw).flags if flag.code == "synthetic"), None)


def white(sigma_m, seed=3):
    return lambda n: np.random.default_rng(seed).normal(0, sigma_m, (2, n))


def wandering(sigma_m, seed=3):
    return lambda n: drift(n, sigma_m, 0.93, seed)


def test_one_speed_without_a_flaw_gives_even_steps():
    assert synthetic(mock()).figures["test"] == "even_steps"


@pytest.mark.parametrize("decimals", [5, 6])
def test_rounding_hides_no_mock(decimals):
    assert synthetic(mock(decimals=decimals)) is not None


@pytest.mark.parametrize("dt_s", [1.0, 2.0, 5.0, 10.0])
@pytest.mark.parametrize("sigma_m", [0.5, 2.0, 4.0])
def test_shaking_does_not_hide_the_timetable(sigma_m, dt_s):
    found = synthetic(mock(dt_s=dt_s, shaking=white(sigma_m)))
    assert found.figures["test"] == "timetable"
    assert found.figures["residual_m"] < 4


@pytest.mark.parametrize("sigma_m", [1.0, 2.0])
def test_wandering_errors_hide_it_neither(sigma_m):
    assert synthetic(mock(shaking=wandering(sigma_m))).figures["test"] == "timetable"


def test_late_sending_does_not_hide_it():
    raw = mock(shaking=white(1.0))
    late = np.random.default_rng(2).uniform(0, 900, len(raw)).astype(np.int64)
    raw.t_ms[:] += late
    assert synthetic(raw) is not None


def test_a_speed_drawn_anew_at_every_step_is_no_rhythm():
    steps = np.random.default_rng(4).uniform(0.7, 1.3, 280) * 1.4 * 5
    assert synthetic(mock(dt_s=5.0, gone=np.cumsum(steps))) is not None


def test_a_line_followed_to_the_centimetre_was_not_walked():
    gone = np.cumsum(1.4 * 2 * (1 + 0.3 * np.sin(np.arange(700) / 20)))
    assert synthetic(mock(gone=gone)).figures["test"] in ("glued", "timetable")


def test_a_maps_vertices_read_out_one_a_tick():
    rng = np.random.default_rng(6)
    x = np.cumsum(rng.uniform(15, 90, 40))
    y = 25 * rng.choice([-1, 1], 40) * rng.uniform(0.3, 1, 40)
    line = track(x, y, 20.0)
    area = reach()
    drawn = type(area)("line", (np.column_stack([line.lon, line.lat]),))
    assert synthetic(line, drawn).figures["test"] == "ticked_off"


def test_one_speed_on_a_line_beside_the_reach_is_seen_on_its_own():
    turn = 1.4 * 2 * np.arange(700) / 500
    raw = track(500 * np.cos(turn), 500 * np.sin(turn) + white(0.2)(700)[1])
    bend_m = np.column_stack((540 * np.cos(turn[::12]), 530 * np.sin(turn[::12])))
    beside = track(bend_m[:, 0], bend_m[:, 1])
    area = type(AREA)("line", (np.column_stack([beside.lon, beside.lat]),))
    assert synthetic(raw, area).figures["test"] in ("own_timetable", "timetable")


def test_one_speed_on_a_path_that_keeps_beside_the_reach():
    turn = np.linspace(0, 3, 60)
    drawn = track(400 * np.cos(turn), 400 * np.sin(turn))
    area = type(AREA)("line", (np.column_stack([drawn.lon, drawn.lat]),))
    gone = np.arange(0, 3.0, 1.4 * 2 / 420)
    noise = white(2.0)(gone.size)
    raw = track(420 * np.cos(gone) + noise[0], 420 * np.sin(gone) + noise[1])
    assert synthetic(raw, area) is not None


def test_a_line_kept_to_the_centimetre_at_two_speeds_and_with_rests_was_not_walked():
    speed = np.r_[np.full(200, 1.1), np.zeros(40), np.full(300, 1.7)]
    found = synthetic(mock(gone=np.cumsum(speed * 2)))
    assert found.figures["test"] == "glued"


def test_a_straight_way_at_one_speed_needs_no_line_to_be_told():
    noise = white(1.0)(1_000)
    raw = track(np.arange(1_000) * 2.8 + noise[0], 30 + noise[1])
    assert synthetic(raw, reach(2_800)) is not None


# the other side


def test_a_walkers_pace_is_no_timetable():
    assert synthetic(walk(bend_m=40)) is None


def test_a_steady_runner_is_left_in_peace():
    n = 400
    rng = np.random.default_rng(8)
    # Pace within 4 % over minutes, as the evenest of the real runners keep it.
    slow = np.convolve(rng.normal(0, 1, n + 90), np.ones(91) / np.sqrt(91), "valid")
    gone = np.cumsum(3.0 * 2 * (1 + 0.04 * slow))
    assert synthetic(mock(gone=gone[gone < 2_000], shaking=wandering(2.5))) is None


def test_who_walks_on_a_line_drawn_from_the_own_track_is_left_in_peace():
    raw = walk(dt_s=5.0)
    own = type(AREA)("line", (np.column_stack([raw.lon, raw.lat]),))
    assert verify(own, raw).outcome == "valid"


def test_a_phone_that_filters_its_noise_away_is_left_in_peace():
    gone = pace(750, 1.4)
    assert (
        synthetic(
            mock(
                gone=gone[gone < 2_000], shaking=lambda n: np.vstack([drift(n, 4)[0] * 0 + 3, drift(n, 3)[1]])
            )
        )
        is None
    )


def test_too_short_a_way_proves_nothing():
    gone = np.arange(0, 180, 2.8)
    found = verify(reach(180), track(gone + white(2)(gone.size)[0], white(2)(gone.size)[1]))
    assert "synthetic" not in {flag.code for flag in found.flags}


def test_an_own_track_filled_up_along_itself_is_left_in_peace():
    raw = walk(dt_s=20.0)
    own = type(AREA)("line", (np.column_stack([raw.lon, raw.lat]),))
    t_ms = np.arange(raw.t_ms[0], raw.t_ms[-1], 4_000)
    filled = type(raw)(t_ms, np.interp(t_ms, raw.t_ms, raw.lon), np.interp(t_ms, raw.t_ms, raw.lat))
    assert synthetic(filled, own) is None


# the measure itself


def test_uniform_progress_has_no_residual():
    t = np.arange(600) * 2.0
    even = evenness(t, 1.4 * t, np.zeros(600), 1.4 * t, 2.0)
    assert even.residual_m == pytest.approx(0, abs=1e-6)
    assert even.metres == pytest.approx(1_680, rel=0.02)


def fit(s, side, dt_s=2.0):
    """How progress ``s`` and distance ``side`` fit a program along a straight line of 5 km."""
    line = np.array([0.0, 5_000.0])
    t = np.arange(s.size) * dt_s
    return hold(t, s, side, line, np.zeros(2), line, np.zeros(2, np.int64), s.copy(), dt_s)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.5, 4.0), st.integers(0, 1_000))
def test_shaking_leaves_the_timetable_as_it_is(sigma_m, seed):
    noise = np.random.default_rng(seed).normal(0, sigma_m, (2, 900))
    found = fit(50 + 1.4 * 2 * np.arange(900) + noise[0], noise[1])
    assert found.mps == pytest.approx(1.4, rel=0.01)
    assert found.residual_m < sigma_m
    assert found.odds_both > 0


@settings(max_examples=30, deadline=None)
@given(st.floats(1.0, 3.0), st.integers(0, 1_000))
def test_a_pace_that_wanders_is_a_persons(sigma_m, seed):
    rng = np.random.default_rng(seed)
    slow = np.convolve(rng.normal(0, 1, 960), np.ones(61) / np.sqrt(61), "valid")
    noise = drift(900, sigma_m, 0.97, seed)
    found = fit(50 + np.cumsum(1.4 * 2 * (1 + 0.1 * slow)) + noise[0], noise[1])
    assert found is None or found.odds_both < 0


def test_a_person_who_stops_keeps_no_timetable():
    gone = pace(900, 1.4)
    gone[450:] -= gone[450] - gone[449]
    gone = np.concatenate((gone[:450], np.full(150, gone[449]), gone[450:]))
    assert fit(50 + gone, drift(1_050)[1]) is None


def test_turning_at_the_ends_breaks_no_timetable():
    line = np.array([0.0, 600.0])
    t = np.arange(900) * 2.0
    s = 600 - np.abs(1.4 * t % 1_200 - 600)
    noise = np.random.default_rng(2).normal(0, 1, (2, 900))
    found = hold(t, s + noise[0], noise[1], line, np.zeros(2), line, np.zeros(2, np.int64), s + noise[0], 2.0)
    assert found.residual_m < 1.5


def test_ones_own_way_needs_no_line():
    turn = 1.4 * 2 * np.arange(600) / 400
    noise = np.random.default_rng(1).normal(0, 0.3, (2, 600))
    even = own_evenness(
        np.arange(600) * 2.0, 400 * np.cos(turn) + noise[0], 400 * np.sin(turn) + noise[1], 2.0
    )
    assert even.residual_m < 0.5
    assert even.metres == pytest.approx(1_680, rel=0.06)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1_000))
def test_people_stray_further_than_the_errors_of_gps_reach(seed):
    t = np.arange(1_200) * 2.0
    s = pace(1_200, 1.4, seed=seed)
    even = evenness(t, s, np.zeros(1_200), s, 2.0)
    assert even.residual_m > 4
    assert even.share > 0.0015
