"""What the page of one patrol and the head of a list ask."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shanhe.evidence.patrols.queries import patrol_in, verdicts_of
from shanhe.evidence.patrols.queries.page import (
    neighbours,
    outcomes_tallied,
    patrols_among,
    sees_whole_track,
)
from shanhe.evidence.patrols.queries.sending import accounts_for, areas_held, areas_to_send_for


@pytest.fixture
def reach(make):
    return make.reach(length_m=2_000)


@pytest.fixture
def office(make):
    return make.scope(make.county_office)


def test_neighbours_lie_in_the_same_area_right_before_and_after(make, reach, office):
    old, mid, new = (make.patrol(reach, starts=make.now - timedelta(days=n)) for n in (5, 3, 1))
    make.patrol(make.reach(), starts=make.now - timedelta(days=2))
    found = [neighbours(office, patrol.verdict) for patrol in (old, mid, new)]
    assert [(one.earlier, one.later) for one in found] == [(None, mid.pk), (old.pk, new.pk), (mid.pk, None)]


def test_patrols_at_the_very_same_moment_are_passed_one_by_one(make, reach, office):
    at = make.now - timedelta(hours=5)
    first, second = (
        make.patrol(reach, starts=at, by=make.keeper(reach, kind=kind)) for kind in ("chief", "patroller")
    )
    assert neighbours(office, first.verdict).later == second.pk
    assert neighbours(office, second.verdict).earlier == first.pk


def test_a_neighbour_one_may_not_see_is_passed_over(make, reach):
    own = make.patrol(reach, by=make.village_chief, starts=make.now - timedelta(days=3))
    ranger = make.keeper(reach, kind="patroller")
    make.patrol(reach, by=make.keeper(reach), starts=make.now - timedelta(days=2))
    last = make.patrol(reach, by=ranger)
    found = neighbours(make.scope(ranger), last.verdict)
    assert own.pk != found.earlier
    assert found.earlier is None


def test_only_seen_patrols_may_be_linked_to(make, reach, office, django_assert_num_queries):
    patrol = make.patrol(reach)
    assert patrols_among(office, [patrol.pk, 999]) == {patrol.pk}
    stranger = make.scope(make.stranger)
    assert patrols_among(stranger, [patrol.pk]) == frozenset()
    with django_assert_num_queries(0):
        assert patrols_among(office, []) == frozenset()


def test_who_walked_sent_or_supervises_all_areas_sees_the_whole_track(make, reach):
    patrol = make.patrol(reach, by=make.village_chief)
    seeing = (make.village_chief, make.county_office, make.administrator)
    assert all(sees_whole_track(make.scope(user), patrol) for user in seeing)
    assert not sees_whole_track(make.scope(make.stranger), patrol)


def test_a_superior_of_one_area_of_two_does_not(make):
    at = (117.02, 30.42)
    home = make.reach(length_m=2_000, at=at)
    away = make.reach(length_m=2_000, at=at, division="341722100200")
    patrol = make.patrol(home, by=make.keeper(home, areas=[home, away]), areas=[home, away])
    assert not sees_whole_track(make.scope(make.county_office), patrol)
    assert not sees_whole_track(make.scope(make.stranger), patrol)


def test_verdicts_are_tallied_up_to_a_limit_in_one_query(make, reach, office, django_assert_num_queries):
    for days, walked in enumerate([(0, 1_900), (0, 1_900), (0, 900)]):
        make.patrol(reach, walked, starts=make.now - timedelta(days=days + 1))
    rows = verdicts_of(office)
    with django_assert_num_queries(1):
        found = outcomes_tallied(rows)
    assert (found.by_outcome, found.total, found.is_more) == ({"valid": 2, "partial": 1}, 3, False)
    assert outcomes_tallied(verdicts_of(office), most=2).is_more


def test_a_page_holds_no_replaced_verdict_of_an_area_that_is_not_seen(make):
    from shanhe.evidence.patrols.services import patrol_reverify

    at = (117.02, 30.42)
    home = make.reach(length_m=2_000, at=at)
    away = make.reach(length_m=2_000, at=at, division="341722100200")
    patrol = make.patrol(home, by=make.keeper(home, areas=[home, away]), areas=[home, away])
    patrol_reverify(patrol=patrol, by=make.actor(make.administrator), at=make.now)
    page = patrol_in(make.scope(make.county_office), patrol.pk)
    assert {row.area for row in (*page.shown, *page.past)} == {home}
    assert len(patrol_in(make.scope(make.administrator), patrol.pk).past) == 2


# -- handing in ----------------------------------------------------------------------------------------------


def test_a_keeper_hands_in_for_what_he_answers_for_and_did_until_lately(make, reach):
    by = make.actor(make.village_chief)
    make.reach(division="341722100200")
    assert list(areas_to_send_for(by, make.today)) == [reach]
    gone, former = make.person(), make.person()
    handed_over = make.today - timedelta(days=40)
    make.appointment(gone, areas=[reach], until=handed_over)
    make.appointment(former, areas=[reach], since=handed_over, until=make.today - timedelta(days=3))
    assert list(areas_held(make.actor(make.user(former)), make.today)) == [reach]
    assert not areas_held(make.actor(make.user(gone)), make.today)


def test_the_office_hands_in_for_all_it_manages(make, reach):
    wood = make.forest_unit(division="341721100200")
    make.reach(division="341722100200")
    assert set(areas_to_send_for(make.actor(make.county_office), make.today)) == {reach, wood}


def test_the_administrator_hands_in_for_every_area_and_nobody_for_none(make, reach):
    far = make.reach(division="341722100200")
    assert set(areas_to_send_for(make.actor(make.administrator), make.today)) == {reach, far}
    assert not areas_to_send_for(make.actor(make.user(make.person())), make.today)
    assert not areas_to_send_for(make.actor(make.user()), make.today)


def test_a_keeper_sends_for_himself_alone(make, reach):
    make.keeper(reach)
    (account,) = accounts_for(make.actor(make.village_chief), reach, make.today)
    assert account.is_self


def test_the_office_chooses_among_those_who_answer_and_answered_lately(make, reach):
    chief, former = make.village_chief.person, make.person()
    make.appointment(former, areas=[reach], until=make.today - timedelta(days=3))
    found = accounts_for(make.actor(make.county_office), reach, make.today)
    assert [(each.name, each.until) for each in found] == [
        (chief.name, None),
        (former.name, make.today - timedelta(days=3)),
    ]


def test_those_of_the_areas_own_level_stand_before_their_superiors(make, reach):
    top = make.holder("general_chief", "county", make.dongzhi, "county-chief")
    own = make.village_chief
    found = accounts_for(make.actor(make.county_office), reach, make.today)
    assert [each.name for each in found] == [own.person.name, top.person.name]


def test_an_assistant_may_choose_where_policy_lets_assistants_send(make, reach):
    make.village_chief  # noqa: B018 (appears when asked for)
    assistant = make.keeper(reach, kind="patroller")
    assert [each.is_self for each in accounts_for(make.actor(assistant), reach, make.today)] == [True]
    make.policy("patrol.assistants", {"posts": ["patroller"]})
    assert [each.is_self for each in accounts_for(make.actor(assistant), reach, make.today)] == [True, False]
