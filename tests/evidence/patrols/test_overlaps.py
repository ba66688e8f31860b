"""Outings that overlap in time are joined and counted once; last visits go forward only."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shanhe.evidence.patrols.models import LastVisit


@pytest.fixture
def reach(make):
    return make.reach(length_m=2_000)


def at(make, **ago):
    return make.now - timedelta(**ago)


def test_two_outings_of_one_person_at_the_same_time_count_once(make, reach):
    first = make.patrol(reach, starts=at(make, hours=3))
    second = make.patrol(reach, starts=at(make, hours=2, minutes=50))
    assert (first.verdict.outcome, second.verdict.outcome) == ("valid", "valid")
    assert (first.verdict.counts, second.verdict.counts) == (True, False)
    assert second.joined_to == first


def test_a_third_one_is_joined_to_the_first(make, reach):
    first = make.patrol(reach, starts=at(make, hours=3))
    second = make.patrol(reach, starts=at(make, hours=2, minutes=45))
    third = make.patrol(reach, starts=at(make, hours=2, minutes=25))
    assert first.ended_at > second.started_at
    assert third.started_at > first.ended_at - timedelta(minutes=10)
    assert {second.joined_to, third.joined_to} == {first}


def test_when_the_first_does_not_count_the_second_may(make, reach):
    make.patrol(reach, walked_m=(0, 900), starts=at(make, hours=3))
    second = make.patrol(reach, starts=at(make, hours=2, minutes=55))
    assert second.verdict.counts


def test_one_after_the_other_both_count(make, reach):
    first = make.patrol(reach, starts=at(make, hours=5))
    second = make.patrol(reach, starts=at(make, hours=2))
    assert first.verdict.counts
    assert second.verdict.counts
    assert second.joined_to is None


def test_another_persons_outing_at_the_same_time_counts_too(make, reach):
    make.patrol(reach, starts=at(make, hours=3))
    other = make.keeper(reach, kind="patroller")
    patrol = make.patrol(reach, starts=at(make, hours=3), by=other)
    assert patrol.verdict.counts
    assert patrol.joined_to is None


def test_at_the_same_time_in_another_area_counts_for_that_area(make, reach):
    chief = make.keeper_of(reach)
    second = make.reach(length_m=2_000)
    make.appointment(chief.person, areas=[second])
    make.patrol(reach, by=chief, starts=at(make, hours=3))
    other = make.patrol(second, by=chief, starts=at(make, hours=3))
    assert other.verdict.counts
    assert other.joined_to is not None


def test_two_assistants_for_one_holder_at_once_count_once(make, reach):
    make.policy("patrol.assistants", {"posts": ["patroller"]})
    chief = make.village_chief
    one, two = (make.keeper(reach, kind="patroller") for _ in range(2))
    walks = [
        make.patrol(reach, by=by, starts=at(make, hours=3), **{"for": chief.username}) for by in (one, two)
    ]
    assert [walk.verdict.counts for walk in walks] == [True, False]


# -- last visits --------------------------------------------------------------------------------------------


def test_a_visit_is_noted_with_its_verdict(make, reach):
    patrol = make.patrol(reach)
    visit = LastVisit.objects.get(area=reach)
    assert (visit.any_at, visit.counted_at, visit.outcome) == (patrol.started_at, patrol.started_at, "valid")


def test_one_that_does_not_count_moves_only_the_last_visit_of_any_kind(make, reach):
    first = make.patrol(reach, starts=at(make, days=2))
    second = make.patrol(reach, walked_m=(0, 900), starts=at(make, hours=3))
    visit = LastVisit.objects.get(area=reach)
    assert (visit.any_at, visit.counted_at, visit.outcome) == (second.started_at, first.started_at, "partial")


def test_a_patrol_that_comes_late_moves_nothing_back(make, reach):
    newer = make.patrol(reach, starts=at(make, hours=3))
    make.patrol(reach, walked_m=(0, 900), starts=at(make, days=9))
    visit = LastVisit.objects.get(area=reach)
    assert (visit.any_at, visit.counted_at, visit.outcome) == (newer.started_at, newer.started_at, "valid")


def test_a_late_one_that_counts_fills_in_where_none_counted(make, reach):
    newer = make.patrol(reach, walked_m=(0, 900), starts=at(make, hours=3))
    older = make.patrol(reach, starts=at(make, days=9))
    visit = LastVisit.objects.get(area=reach)
    assert (visit.any_at, visit.counted_at) == (newer.started_at, older.started_at)
    assert visit.outcome == "partial"
