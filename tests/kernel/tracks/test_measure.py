"""Lengths and times that noise does not inflate."""

import numpy as np
import pytest

from kernel.tracks.walks import PLANE, drift, track
from shanhe.kernel.tracks.clean import clean
from shanhe.kernel.tracks.measure import measure
from shanhe.kernel.tracks.types import Rules


def measured(raw):
    return measure(clean(raw, Rules(), PLANE))


@pytest.mark.parametrize("sigma_m", [0, 2, 5])
@pytest.mark.parametrize(("mps", "dt_s"), [(1.3, 1.0), (1.3, 5.0), (1.3, 30.0), (5.0, 1.0)])
def test_the_way_is_as_long_as_it_was_whatever_the_noise(sigma_m, mps, dt_s):
    rng = np.random.default_rng(7)
    x = np.arange(0, 1_500, mps * dt_s)
    y = 40 * np.sin(x / 120)
    true_m = np.hypot(np.diff(x), np.diff(y)).sum()
    noise = rng.normal(0, sigma_m, (2, x.size)) if sigma_m else np.zeros((2, x.size))
    assert measured(track(x + noise[0], y + noise[1], dt_s)).distance_m == pytest.approx(true_m, rel=0.05)


def test_a_phone_on_a_table_goes_nowhere():
    noise = np.random.default_rng(1).normal(0, 5, (2, 1_200))
    figures = measured(track(noise[0], noise[1], 1.0))
    assert figures.distance_m < 60
    assert figures.moving_s < 60
    assert figures.duration_s == 1_199


def test_a_drifting_phone_goes_almost_nowhere():
    noise = drift(1_800, sigma_m=6, keep=0.995)
    assert measured(track(noise[0], noise[1], 1.0)).distance_m < 400


def test_rest_is_time_but_not_movement():
    x = np.concatenate((np.arange(300) * 1.3, np.full(600, 390.0), 390 + np.arange(300) * 1.3))
    figures = measured(track(x, 0, 1.0))
    assert figures.duration_s == 1_199
    assert figures.moving_s == pytest.approx(600, abs=25)
    assert figures.observed_s == 1_199


def test_a_jump_adds_no_way():
    x = np.arange(400) * 1.3
    x[200:] += 90_000
    assert measured(track(x, 0, 1.0)).distance_m == pytest.approx(398 * 1.3, rel=0.03)


def test_gaps_nobody_can_vouch_for_are_not_observed():
    x = np.concatenate((np.arange(100) * 2.6, 9_000 + np.arange(100) * 2.6))
    seconds = np.concatenate((np.arange(100) * 2.0, 5_000 + np.arange(100) * 2.0))
    figures = measured(track(x, 0, seconds))
    assert figures.max_gap_s == 4_802
    assert figures.observed_s == pytest.approx(396)
    assert figures.distance_m == pytest.approx(2 * 257.4, rel=0.02)


def test_fewer_than_two_fixes_measure_nothing():
    assert measured(track([5.0], [5.0])).distance_m == 0.0
