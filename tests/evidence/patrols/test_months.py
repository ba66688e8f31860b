"""What a month's patrols covered together."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shanhe.evidence.patrols.queries import month_walked


def test_halves_walked_on_two_outings_are_a_whole_reach(make):
    reach = make.reach(length_m=2_000)
    first = make.patrol(reach, (0, 1_000), starts=make.now - timedelta(hours=9))
    second = make.patrol(reach, (1_000, 1_950), starts=make.now - timedelta(hours=3))
    shares = [patrol.verdict.coverage for patrol in (first, second)]
    month = month_walked(make.scope(make.county_office), reach, make.today)
    assert month.patrols == 2
    assert max(shares) < 0.7
    assert month.coverage == pytest.approx(1, abs=0.06)


def test_walking_the_same_half_twice_adds_nothing(make):
    reach = make.reach(length_m=2_000)
    make.patrol(reach, (0, 1_000), starts=make.now - timedelta(hours=9))
    make.patrol(reach, (0, 1_000), starts=make.now - timedelta(hours=3))
    month = month_walked(make.scope(make.county_office), reach, make.today)
    assert month.coverage < 0.65


def test_a_month_without_patrols_has_no_share(make):
    reach = make.reach()
    month = month_walked(make.scope(make.county_office), reach, make.today)
    assert (month.patrols, month.counted, month.coverage) == (0, 0, None)
    assert month.month.name == "2026-03"


def test_patrols_of_another_month_or_another_s_ground_do_not_count(make):
    reach = make.reach()
    make.patrol(reach, starts=make.now - timedelta(days=20))
    assert month_walked(make.scope(make.county_office), reach, make.today).patrols == 0
    make.patrol(reach, starts=make.now - timedelta(hours=3))
    assert month_walked(make.scope(make.county_office), reach, make.today).patrols == 1
    assert month_walked(make.scope(make.stranger), reach, make.today).patrols == 0
