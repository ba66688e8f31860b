"""Two people walk together; a code is read at a checkpoint or far from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from make.patrols import walk_along
from make.registry import DADUKOU, line_at
from shanhe.kernel.tracks.scanned import apart_m
from shanhe.kernel.tracks.together import together

LINE = line_at(DADUKOU, 2_000)
AT = datetime(2026, 3, 1, tzinfo=UTC)


def walk(seed, starts=AT, walked=(0, 1_900)):
    return walk_along(LINE, walked, starts=starts, seed=seed)


def test_two_side_by_side_are_together():
    assert together(walk(1), walk(2)) == pytest.approx(1, abs=0.4)


def test_the_same_recording_is_no_company():
    assert together(walk(1), walk(1)) is None


def test_two_at_other_times_or_in_other_directions_are_not_together():
    assert together(walk(1), walk(2, AT + timedelta(hours=3))) is None
    assert together(walk(1), walk(2, walked=(1_900, 0))) is None


def test_a_place_is_as_far_as_the_nearest_fix_of_those_minutes():
    track = walk(1)
    first = int(track.t_ms[0])
    assert apart_m(track, first, *LINE.coords[0]) == pytest.approx(5, abs=15)
    assert apart_m(track, first, *LINE.coords[-1]) == pytest.approx(1_850, abs=150)
    assert apart_m(track, first - 600_000, *LINE.coords[0]) is None
