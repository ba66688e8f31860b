"""The numbered cases of docs/algorithms/track-verification.md."""

from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import LineString

from kernel.tracks.walks import (
    PLANE,
    START_MS,
    bend,
    degrees,
    drift,
    pace,
    points,
    reach,
    square,
    track,
    walk,
)
from shanhe.kernel.errors import Refusal
from shanhe.kernel.geo import wgs84_to_gcj02
from shanhe.kernel.tracks import Area, Rules, Track, verify


def flags_of(verdict):
    return {flag.code for flag in verdict.flags}


def reasons_of(verdict):
    return [reason.code for reason in verdict.reasons]


def part_of(raw, keep):
    """The fixes of a track for which ``keep`` is true, or those at its indices."""
    return replace(raw, t_ms=raw.t_ms[keep], lon=raw.lon[keep], lat=raw.lat[keep])


def joined(*tracks):
    """Tracks one behind another."""
    return Track(*(np.concatenate([getattr(one, name) for one in tracks]) for name in ("t_ms", "lon", "lat")))


def along_ring(side_m, mps=1.4, dt_s=2.0, inside_m=10.0, seed=3):
    """A walk round a square, a little inside its boundary."""
    inner = side_m - 2 * inside_m
    gone = pace(int(4 * inner / mps / dt_s), mps, dt_s, seed)
    gone *= 4 * inner / gone[-1]
    corner = np.array([0, inner, 2 * inner, 3 * inner, 4 * inner])
    noise = drift(gone.size, seed=seed)
    x = np.interp(gone, corner, [0, inner, inner, 0, 0]) + inside_m + noise[0]
    y = np.interp(gone, corner, [0, 0, inner, inner, 0]) + inside_m + noise[1]
    return track(x, y, dt_s)


def test_case_01_a_walk_of_the_whole_reach_is_valid():
    verdict = verify(reach(bend_m=80), walk(bend_m=80))
    assert verdict.outcome == "valid"
    assert verdict.coverage == pytest.approx(1.0, abs=0.005)
    assert verdict.reasons == ()
    assert verdict.rules_id == "default"


def test_case_02_half_the_reach_is_partial_and_says_what_is_missing():
    verdict = verify(reach(), walk(to_m=950))
    assert verdict.outcome == "partial"
    assert reasons_of(verdict) == ["coverage.low"]
    assert verdict.covered == (pytest.approx((0, 1_000), abs=12),)


def test_case_03_coverage_is_that_of_the_buffered_path():
    area, raw = reach(bend_m=200), walk(from_m=300, to_m=1_700, bend_m=120, aside_m=20)
    line = LineString(np.column_stack(PLANE.forward(*area.parts[0].T)))
    path = LineString(np.column_stack(PLANE.forward(raw.lon, raw.lat)))
    expected = line.intersection(path.buffer(50, quad_segs=64)).length / line.length
    assert verify(area, raw).coverage == pytest.approx(expected, abs=0.005)


def test_case_04_there_and_back_is_valid():
    there = walk(to_m=1_500)
    back = walk(from_m=1_500, to_m=0, aside_m=-4, seed=8, start_ms=int(there.t_ms[-1]) + 60_000)
    verdict = verify(reach(), joined(there, back))
    assert verdict.outcome == "valid"
    assert verdict.coverage == pytest.approx(0.775, abs=0.01)
    assert verdict.distance_m == pytest.approx(3_000, rel=0.03)


def test_case_05_either_bank_of_a_broad_river_counts():
    raw = walk(aside_m=140)
    assert verify(reach(half_width_m=120), raw).outcome == "valid"
    assert flags_of(verify(reach(), raw)) >= {"outside"}


def test_case_06_a_long_rest_is_valid():
    first = walk(to_m=1_000)
    noise = drift(1_200, sigma_m=2, keep=0.98)
    rest = track(1_000 + noise[0], 5 + noise[1], 2.0, start_ms=int(first.t_ms[-1]) + 2_000)
    second = walk(from_m=1_000, seed=9, start_ms=int(rest.t_ms[-1]) + 2_000)
    assert verify(reach(), joined(first, rest, second)).outcome == "valid"


def test_case_07_a_phone_that_slept_is_honest_and_its_sleep_is_named():
    raw = walk()
    at = (raw.t_ms - START_MS) / 1000
    verdict = verify(reach(), part_of(raw, (at <= 400) | (at >= 1_000)))
    assert verdict.outcome == "valid"
    assert verdict.asleep == (pytest.approx((400, 1_000), abs=4),)
    assert "asleep" in flags_of(verdict)


def test_case_08_what_a_sleeping_phone_missed_beyond_half_an_hour_is_not_credited():
    raw = walk(to_m=6_000)
    at = (raw.t_ms - START_MS) / 1000
    verdict = verify(reach(6_000, vertices=120), part_of(raw, (at <= 900) | (at >= 3_300)))
    assert verdict.outcome == "partial"
    assert len(verdict.covered) == 2


def test_case_09_one_fix_a_minute_is_enough():
    raw = part_of(walk(), slice(None, None, 30))
    verdict = verify(reach(), raw)
    assert verdict.outcome == "valid"
    assert verdict.coverage > 0.98


def test_case_10_an_app_that_was_killed_leaves_an_honest_part():
    raw = walk(to_m=1_000)
    assert verify(reach(), replace(raw, events=((int(raw.t_ms[-1]), "killed"),))).outcome == "partial"


def test_case_11_a_bicycle_is_honest():
    verdict = verify(reach(4_000, bend_m=60, vertices=100), walk(to_m=4_000, mps=5.5, bend_m=60, dt_s=1.0))
    assert verdict.outcome == "valid"


def test_case_12_a_drifting_receiver_is_honest():
    verdict = verify(reach(), walk(sigma_m=9))
    assert verdict.outcome == "valid"
    assert verdict.distance_m == pytest.approx(2_000, rel=0.25)


def test_case_13_a_constant_gcj02_shift_is_a_datum_not_a_lie():
    raw = walk(bend_m=80)
    lon, lat = wgs84_to_gcj02(raw.lon, raw.lat)
    verdict = verify(reach(bend_m=80), replace(raw, lon=lon, lat=lat))
    assert verdict.outcome == "valid"
    assert verdict.datum == "gcj02"
    assert flags_of(verdict) == {"datum_gcj02"}
    assert verdict.flags[0].figures["coverage_before"] < 0.5


def test_case_14_a_walk_elsewhere_is_outside():
    verdict = verify(reach(), walk(aside_m=4_000))
    assert verdict.outcome == "invalid"
    assert flags_of(verdict) >= {"outside", "truncated"}
    assert verdict.coverage == 0.0


def test_case_15_a_phone_that_stands_still_is_stationary():
    noise = drift(900, sigma_m=4, keep=0.97)
    verdict = verify(reach(), track(500 + noise[0], noise[1], 2.0))
    assert verdict.outcome == "invalid"
    assert "stationary" in flags_of(verdict)


def test_case_16_below_a_quarter_of_a_minimum_nothing_counts():
    verdict = verify(reach(), walk(to_m=60))
    assert verdict.outcome == "invalid"
    assert "truncated" in flags_of(verdict)
    assert "coverage.low" in reasons_of(verdict)


def test_case_17_a_handful_of_fixes_is_sparse():
    raw = walk()
    verdict = verify(reach(), part_of(raw, np.linspace(0, len(raw) - 1, 6).astype(int)))
    assert verdict.outcome == "invalid"
    assert "sparse" in flags_of(verdict)


def test_case_18_no_fix_at_all_is_sparse_too():
    verdict = verify(reach(), Track(np.zeros(0, np.int64), np.zeros(0), np.zeros(0)))
    assert verdict.outcome == "invalid"
    assert "sparse" in flags_of(verdict)
    assert verdict.coverage == 0.0


def test_case_19_what_was_driven_covers_nothing():
    verdict = verify(reach(), walk(mps=16, dt_s=1.0))
    assert verdict.outcome in ("doubtful", "invalid")
    assert verdict.coverage < 0.1


def test_case_20_to_go_round_a_forest_unit_is_to_patrol_it():
    verdict = verify(square(800), along_ring(800))
    assert verdict.outcome == "valid"
    assert verdict.boundary > 0.97
    assert verdict.coverage == pytest.approx(1 - (680 / 800) ** 2, abs=0.03)
    assert verdict.cells_total == pytest.approx(40_000, rel=0.03)
    assert verdict.cells_visited / verdict.cells_total == verdict.coverage


def test_case_21_one_path_through_a_forest_unit_is_not_all_of_it():
    verdict = verify(square(1_000), walk(to_m=1_000, aside_m=500))
    assert verdict.coverage == pytest.approx(0.1, abs=0.01)
    assert verdict.outcome == "invalid"


def test_case_22_checkpoints_count_when_the_walk_comes_by():
    area = points((0, 0), (500, 20), (1_000, 0), (1_500, 400), (2_000, 30))
    verdict = verify(area, walk())
    assert verdict.outcome == "valid"
    assert verdict.visits == (0, 1, 2, 4)
    assert verdict.coverage == 0.8
    assert verdict.length_m == 0.0


def test_case_23_standing_at_a_checkpoint_is_no_walk():
    noise = drift(900, sigma_m=4, keep=0.97)
    verdict = verify(points((0, 0)), track(noise[0], noise[1], 2.0))
    assert verdict.coverage == 1.0
    assert verdict.outcome == "invalid"


STOPS = Rules(id="stops", kind="stops", min_stops=3, checks=("too_fast",))


def by_car(stops_at, start_ms=START_MS):
    """A drive along a water with ten minutes at each of some places."""
    x, noise_seed = [], 11
    before = 0.0
    for stop in stops_at:
        x += [np.arange(before, stop, 15.0 * 5), np.full(120, float(stop))]
        before = stop
    x = np.concatenate(x)
    noise = drift(x.size, sigma_m=3, seed=noise_seed)
    return track(x + noise[0], 10 + noise[1], 5.0, start_ms=start_ms)


def test_case_24_large_waters_go_by_stops_and_a_car_is_honest():
    area = reach(40_000, vertices=200)
    verdict = verify(area, by_car((5_000, 15_000, 25_000, 35_000)), STOPS)
    assert verdict.outcome == "valid"
    assert len(verdict.visits) == 4
    few = verify(area, by_car((5_000, 35_000)), STOPS)
    assert few.outcome == "partial"
    assert reasons_of(few) == ["stops.few"]


def test_case_25_stops_at_named_points_count_once_each():
    area = points((5_000, 0), (15_000, 0), (25_000, 0))
    assert len(verify(area, by_car((5_000, 5_040, 15_000)), STOPS).visits) == 2


def test_case_26_a_flag_the_rules_leave_out_is_not_raised():
    raw = walk()
    marked = replace(raw, mock=np.ones(len(raw), np.bool_))
    assert verify(reach(), marked).outcome == "doubtful"
    assert verify(reach(), marked, Rules(checks=("mock",))).outcome == "valid"


def test_case_27_an_office_may_ask_for_more():
    raw = walk(to_m=1_700)
    assert verify(reach(), raw).outcome == "valid"
    strict = verify(reach(), raw, Rules(id="county", min_coverage=0.95, min_minutes=60, min_distance_m=2_500))
    assert strict.outcome == "partial"
    assert reasons_of(strict) == ["coverage.low", "minutes.short", "distance.short"]
    assert strict.rules_id == "county"


def test_case_28_the_same_input_gives_the_same_verdict():
    assert verify(reach(), walk(seed=4)) == verify(reach(), walk(seed=4))


def test_case_29_a_reach_of_several_lines_goes_on_from_line_to_line():
    first, second = degrees([0, 1_000], [0, 0]), degrees([1_200, 2_000], [0, 0])
    verdict = verify(Area("line", (first, second), (False, False)), walk())
    assert verdict.length_m == pytest.approx(1_800, rel=0.001)
    assert [end for _start, end in verdict.covered] == pytest.approx([1_000, 1_800], abs=1)


def test_case_30_an_area_without_positions_is_refused():
    with pytest.raises(Refusal) as refused:
        verify(Area("line", ()), walk())
    assert refused.value.code == "area.empty"


def test_case_31_a_river_a_thousand_kilometres_long_is_as_exact_where_it_was_walked():
    x = np.linspace(-900_000, 900_000, 3_000)
    area = Area("line", (degrees(x, bend(x, 30)),), (False,))
    verdict = verify(area, walk(bend_m=0, to_m=3_000))
    assert verdict.coverage * verdict.length_m == pytest.approx(3_100, rel=0.05)
