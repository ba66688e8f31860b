"""Areas not visited for as many days as their policy asks: whole populations, by the nearest policy."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shanhe.evidence.patrols.models import LastVisit
from shanhe.evidence.patrols.queries import State, area_states, unvisited
from shanhe.ground.policies.queries import PolicyBook

KEY = "patrol.unvisited_days"


@pytest.fixture
def office(make):
    return make.scope(make.county_office)


@pytest.fixture
def visited(make):
    """A reach whose last counted visit was so many days ago; None: never."""

    def reach(days_ago: int | None, **area):
        made = make.reach(**area)
        if days_ago is not None:
            at = make.now - timedelta(days=days_ago)
            LastVisit.objects.create(area=made, counted_at=at, any_at=at, outcome="valid")
        return made

    return reach


def test_those_walked_too_long_ago_or_never_are_listed_the_longest_first(make, office, visited):
    make.policy(KEY, 7)
    visited(0)
    visited(6)
    seven, ten, never = visited(7), visited(10), visited(None)
    assert list(unvisited(office, make.today)) == [never, ten, seven]


def test_days_differ_by_level_kind_and_place(make, office, visited):
    make.policy(KEY, 7)
    make.policy(KEY, 30, level="township")
    make.policy(KEY, 3, division="341721102000")
    make.policy(KEY, 100, division="341721102000", kind="forest-unit")
    village, town = visited(4), visited(20, level="township", division="341721100000")
    elsewhere = visited(4, division="341721100200")
    unit = make.forest_unit()
    LastVisit.objects.create(
        area=unit, counted_at=make.now - timedelta(days=50), any_at=make.now, outcome="partial"
    )
    assert list(unvisited(office, make.today)) == [village]
    states = area_states(office, [village.pk, town.pk, elsewhere.pk, unit.pk], make.today)
    assert {pk: state.asked_days for pk, state in states.items()} == {
        village.pk: 3,
        town.pk: 30,
        elsewhere.pk: 7,
        unit.pk: 100,
    }


def test_the_answer_in_sql_is_that_of_the_policy_book(make, office, visited):
    make.policy(KEY, 7)
    make.policy(KEY, 8, kind="reach")
    make.policy(KEY, 9, level="village")
    make.policy(KEY, 10, division="341700000000", level="village")
    make.policy(KEY, 11, division="341721000000")
    make.policy(KEY, 12, division="341721102000", kind="reach", level="village")
    make.policy(KEY, 13, division="341721102000", kind="reach", since=make.today + timedelta(days=1))
    areas = [
        visited(1),
        visited(1, division="341721100200"),
        visited(1, level="township"),
        visited(1, level="county"),
        make.forest_unit(),
        make.forest_unit(level="township", division="341721100000"),
    ]
    book = PolicyBook.load(KEY)
    states = area_states(office, [area.pk for area in areas], make.today)
    for area in areas:
        wanted = book.value(KEY, area.division_id, area.kind, area.level, make.today)
        assert states[area.pk].asked_days == wanted


def test_without_a_policy_nothing_is_asked(make, office, visited):
    reach = visited(None)
    assert not unvisited(office, make.today).exists()
    assert area_states(office, [reach.pk], make.today)[reach.pk].state == State.FREE


def test_a_closed_area_is_not_asked_for(make, office, visited):
    make.policy(KEY, 7)
    reach = visited(None)
    reach.until = make.today
    reach.save()
    assert not unvisited(office, make.today).exists()


@pytest.mark.parametrize(
    ("days_ago", "state"),
    [
        (0, State.MET),
        (14, State.MET),
        (15, State.AT_RISK),
        (19, State.AT_RISK),
        (20, State.OVERDUE),
        (None, State.NEVER),
    ],
)
def test_a_state_follows_from_the_days(make, office, visited, days_ago, state):
    make.policy(KEY, 20)
    reach = visited(days_ago)
    found = area_states(office, [reach.pk], make.today)[reach.pk]
    assert found.state == state
    assert (reach in unvisited(office, make.today)) == (state in (State.OVERDUE, State.NEVER))
    assert found.outcome == ("" if days_ago is None else "valid")


def test_strangers_get_neither_list_nor_states(make, visited):
    make.policy(KEY, 7)
    reach = visited(None)
    scope = make.scope(make.stranger)
    assert area_states(scope, [reach.pk], make.today) == {}
    assert not unvisited(scope, make.today).exists()


def test_many_areas_cost_what_one_costs(make, office, visited, django_assert_num_queries):
    make.policy(KEY, 7)
    ids = [visited(n).pk for n in range(6)]
    with django_assert_num_queries(2):
        assert len(area_states(office, ids, make.today)) == 6
    with django_assert_num_queries(2):
        list(unvisited(office, make.today))
