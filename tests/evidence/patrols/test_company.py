"""Who walked together: declared or found, each by a track of their own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shanhe.evidence.patrols.queries.company import company_of


@pytest.fixture
def reach(make):
    return make.reach("龙泉河杨墩段", length_m=2_000)


@pytest.fixture
def two(make, reach):
    """Two people who hold the same reach."""
    return make.keeper(reach), make.keeper(reach, kind="patroller")


def test_two_who_walk_side_by_side_are_found_and_both_count(make, reach, two):
    starts = make.now - timedelta(hours=3)
    first = make.patrol(reach, by=two[0], starts=starts, pace_mps=1.2, seed=1)
    second = make.patrol(reach, by=two[1], starts=starts, pace_mps=1.2, seed=2)
    [found] = company_of(second)
    assert (found.person, found.is_declared, found.is_confirmed) == (two[0].person, False, True)
    assert found.patrol_id == first.pk
    assert found.counts
    assert company_of(first)[0].patrol_id == second.pk
    assert first.verdict.counts
    assert second.verdict.counts


def test_declared_company_is_confirmed_by_its_own_track(make, reach, two):
    starts = make.now - timedelta(hours=3)
    make.patrol(reach, by=two[0], starts=starts, seed=1)
    patrol = make.patrol(reach, by=two[1], starts=starts, seed=2, **{"with": [str(two[0].person.uuid)]})
    [found] = company_of(patrol)
    assert (found.is_declared, found.is_confirmed) == (True, True)


def test_declared_company_without_a_track_of_its_own_does_not_count(make, reach, two):
    patrol = make.patrol(reach, by=two[1], **{"with": [str(two[0].person.uuid)]})
    [found] = company_of(patrol)
    assert (found.is_declared, found.is_confirmed, found.patrol_id, found.counts) == (
        True,
        False,
        None,
        False,
    )


def test_two_who_walk_towards_each_other_are_not_together(make, reach, two):
    starts = make.now - timedelta(hours=3)
    make.patrol(reach, by=two[0], starts=starts, seed=1)
    patrol = make.patrol(reach, (1_900, 0), by=two[1], starts=starts, seed=2)
    assert company_of(patrol) == []


def test_two_who_walk_one_after_the_other_are_not_together(make, reach, two):
    make.patrol(reach, by=two[0], starts=make.now - timedelta(hours=6), seed=1)
    assert company_of(make.patrol(reach, by=two[1], starts=make.now - timedelta(hours=3), seed=2)) == []


def test_a_copy_of_a_track_is_no_company(make, reach, two):
    track = make.track(reach, seed=1)
    make.patrol(reach, by=two[0], track=track)
    copy = make.patrol(reach, by=two[1], track=track)
    assert ",shared," in copy.verdict.flag_codes
    assert company_of(copy) == []


def test_the_company_of_many_is_found_by_as_many_queries(make, reach, two, query_count):
    starts = make.now - timedelta(hours=3)
    make.patrol(reach, by=two[0], starts=starts, seed=1)
    patrol = make.patrol(reach, by=two[1], starts=starts, seed=2)
    few = query_count(lambda: company_of(patrol))
    for seed in (3, 4):
        make.patrol(reach, by=make.keeper(reach, kind="ranger"), starts=starts, seed=seed)
    assert query_count(lambda: company_of(patrol)) == few <= 5
