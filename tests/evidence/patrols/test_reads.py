"""Who sees which patrols: the sender, the holder, the superiors; the stranger nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shanhe.evidence.patrols.models import Patrol
from shanhe.evidence.patrols.queries import (
    doubts,
    latest_patrols,
    patrol_in,
    patrols_of,
    patrols_with,
    verdicts_of,
    verdicts_to_list,
)
from shanhe.ground.people.scope import NOBODY


@pytest.fixture
def reach(make):
    return make.reach(length_m=2_000)


@pytest.fixture
def patrol(make, reach):
    return make.patrol(reach, by=make.village_chief)


def sees(make, user, patrol) -> bool:
    scope = make.scope(user)
    lists = (patrols_of(scope), Patrol.objects.filter(verdicts__in=verdicts_of(scope)))
    seen = {patrol in found for found in lists}
    try:
        patrol_in(scope, patrol.pk)
        seen.add(True)
    except Patrol.DoesNotExist:
        seen.add(False)
    assert len(seen) == 1, "all reads agree"
    return seen.pop()


def test_the_sender_sees_it(make, patrol):
    assert sees(make, make.village_chief, patrol)


def test_the_county_office_and_the_town_chief_see_it(make, patrol):
    town_chief = make.holder("chief", "township", make.dadukou, "town-chief")
    assert sees(make, make.county_office, patrol)
    assert sees(make, town_chief, patrol)


def test_the_administrator_sees_it(make, patrol):
    assert sees(make, make.administrator, patrol)


def test_the_next_county_does_not(make, patrol):
    assert not sees(make, make.stranger, patrol)


def test_a_member_unit_of_the_county_does_not(make, patrol):
    member = make.holder("member", "county", make.dongzhi, "member")
    assert not sees(make, member, patrol)


def test_a_ranger_does_not_see_the_chiefs_patrols(make, reach, patrol):
    assert not sees(make, make.keeper(reach, kind="ranger"), patrol)


def test_the_chief_of_the_upper_reach_sees_those_of_the_nested_one(make):
    upper = make.reach(length_m=4_000, level="township", at=(117.02, 30.42))
    nested = make.reach(length_m=2_000, parent=upper, at=(117.02, 30.42))
    assert sees(make, make.keeper(upper), make.patrol(nested))


def test_nobody_sees_nothing(patrol):
    assert not patrols_of(NOBODY).exists()
    assert not verdicts_of(NOBODY).exists()


def test_the_holder_sees_what_an_assistant_walked_and_the_clerk_what_he_sent(make, reach):
    make.policy("patrol.assistants", {"posts": ["patroller"]})
    assistant = make.keeper(reach, kind="patroller")
    patrol = make.patrol(reach, by=assistant, **{"for": make.village_chief.username})
    assert sees(make, make.village_chief, patrol)
    assert sees(make, assistant, patrol)


def test_of_two_areas_a_superior_of_one_sees_that_verdict_alone(make, reach):
    other = make.reach(division="341722100200", at=(117.03, 30.5))
    chief = make.keeper(reach, areas=[reach, other])
    patrol = make.patrol(None, areas=[reach, other], track=make.track(reach), by=chief)
    page = patrol_in(make.scope(make.stranger), patrol.pk)
    assert [row.area for row in page.shown] == [other]
    assert [row.area for row in patrol_in(make.scope(chief), patrol.pk).shown] == [reach, other]


def test_the_page_has_all_it_shows_in_few_queries(make, reach, patrol, django_assert_max_num_queries):
    scope = make.scope(make.county_office)
    with django_assert_max_num_queries(7):
        page = patrol_in(scope, patrol.pk)
        verdict = page.shown[0]
        assert verdict.area.division.name
        assert verdict.appointment.post.name
        assert bytes(verdict.shape.wkb)
        assert page.track.raw_sha256
        assert page.person.division.name
        assert list(page.log.all()) == list(page.company.all()) == list(page.joined.all()) == page.past == []


def test_a_list_costs_the_same_at_one_row_and_at_many(make, reach, django_assert_num_queries):
    chief = make.keeper_of(reach)
    scope = make.scope(make.county_office)
    for number in (1, 5):
        while Patrol.objects.count() < number:
            make.patrol(reach, starts=make.now - timedelta(days=Patrol.objects.count() + 1))
        with django_assert_num_queries(2):  # one of them for what a superior walked elsewhere
            assert all(row.area.division.name and row.patrol.person.name for row in verdicts_to_list(scope))
        with django_assert_num_queries(3):
            assert all(row.verdict.area for row in patrols_with(scope, verdicts_of(scope)))
    assert chief.person_id


def test_the_newest_come_first_and_doubts_apart(make, reach):
    old = make.patrol(reach, starts=make.now - timedelta(days=3))
    mocked = make.track(reach)
    from dataclasses import replace

    import numpy as np

    doubtful = make.patrol(reach, track=replace(mocked, mock=np.ones(len(mocked), np.bool_)))
    scope = make.scope(make.county_office)
    assert [row.patrol for row in latest_patrols(scope)] == [doubtful, old]
    assert [row.patrol for row in doubts(scope)] == [doubtful]
    assert not doubts(make.scope(make.stranger)).exists()
