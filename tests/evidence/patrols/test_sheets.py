"""A month of people and areas: who has a sheet, what stands on it, what was owed, and for whose eyes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from shanhe.evidence.patrols.fields import LogSent
from shanhe.evidence.patrols.queries.sheets import (
    area_months,
    areas_with_sheets,
    outings_by_division,
    people_with_sheets,
    person_months,
    rows_of_area,
    rows_of_person,
    sheet_area,
    sheet_person,
)
from shanhe.ground.people.models import Leave
from shanhe.kernel.periods import period_of

MARCH = period_of("month", date(2026, 3, 1))
FEBRUARY = MARCH.previous()
LATER = date(2026, 4, 15)


@pytest.fixture
def reach(make):
    return make.reach(length_m=2_000)


@pytest.fixture
def keeper(make, reach):
    return make.keeper(reach)


def once_a_week(make, **more):
    return make.policy("patrol.frequency", {"times": 1, "per": "week", **more}, "341721000000")


def month_of(make, keeper, by=None, month=MARCH, on=LATER):
    scope = make.scope(by or make.county_office)
    return next(person_months(scope, [keeper.person], month, "river", on))


def names(people):
    return {person.name for person in people}


def test_holders_have_a_sheet_even_when_they_never_went(make, keeper):
    people = people_with_sheets(make.scope(make.county_office), MARCH, "river")
    assert names(people) == {keeper.person.name}
    found = month_of(make, keeper)
    assert (found.figures.outings, found.asked, found.state) == (0, 0, "free")


def test_each_system_has_its_own_sheets(make, keeper):
    assert not people_with_sheets(make.scope(make.county_office), MARCH, "forest").exists()


def test_an_outing_is_on_the_sheet_of_its_month_with_its_figures(make, reach, keeper):
    patrol = make.patrol(reach, by=keeper)
    figures = month_of(make, keeper).figures
    assert (figures.outings, figures.counted, figures.days, figures.outcomes["valid"]) == (1, 1, 1, 1)
    assert figures.metres == pytest.approx(patrol.verdict.distance_m)
    assert month_of(make, keeper, month=FEBRUARY).figures.outings == 0
    scope = make.scope(make.county_office)
    assert [row.verdict.patrol_id for row in rows_of_person(scope, keeper.person, MARCH, "river")] == [
        patrol.pk
    ]
    assert [row.verdict.patrol_id for row in rows_of_area(scope, reach, MARCH)] == [patrol.pk]


def test_the_month_is_that_of_the_office_s_clocks(make, reach, keeper):
    """Half past midnight on the first of March is still February in Greenwich."""
    make.patrol(reach, by=keeper, starts=make.now - timedelta(hours=33))
    assert month_of(make, keeper).figures.outings == 1


def test_an_outing_in_two_areas_is_one_outing_with_its_way_once(make, reach, keeper):
    other = make.reach(length_m=2_000)
    make.appointment(keeper.person, make.post("chief"), areas=[other])
    patrol = make.patrol(reach, by=keeper, areas=[reach, other])
    figures = month_of(make, keeper).figures
    assert figures.outings == 1
    assert sum(figures.outcomes.values()) == 2
    assert figures.metres == pytest.approx(max(row.distance_m for row in patrol.verdicts.all()))


def test_what_is_not_in_order_is_a_problem_in_the_words_of_the_place(make, reach, keeper):
    items = [{"key": "water", "zh": "水体水岸", "en": "Water and banks"}]
    make.policy("patrol.checklist", {"items": items}, "341721000000")
    log = [LogSent("water", False, "岸边有垃圾"), LogSent("other", True)]
    make.patrol(reach, by=keeper, log=log)
    row = rows_of_person(make.scope(make.county_office), keeper.person, MARCH, "river")[0]
    assert [(each.zh, each.note) for each in row.problems] == [("水体水岸", "岸边有垃圾")]
    assert month_of(make, keeper).figures.problems == 1


def test_once_a_week_is_owed_by_the_policy_and_done_by_what_counts(make, reach, keeper):
    once_a_week(make)
    make.patrol(reach, by=keeper)
    make.patrol(reach, (0, 600), by=keeper, starts=make.now - timedelta(days=5))
    found = month_of(make, keeper)
    assert (found.asked, found.done, found.state) == (4, 1, "short")
    assert month_of(make, keeper, on=make.today).state == "open"
    assert month_of(make, keeper, month=FEBRUARY).done == 0


def test_for_each_area_where_the_policy_says_so(make, reach, keeper):
    other = make.reach(length_m=2_000)
    make.appointment(keeper.person, make.post("chief"), areas=[other])
    once_a_week(make, per_area=True)
    make.patrol(reach, by=keeper)
    found = month_of(make, keeper)
    assert (len(found.duties), found.asked, found.done) == (2, 8, 1)


def test_patrollers_go_by_a_frequency_of_their_own(make, reach):
    once_a_week(make)
    make.policy("patrol.frequency.ranger", {"times": 20, "per": "month", "counts_days": True}, "341721000000")
    patroller = make.keeper(reach, kind="patroller")
    assert month_of(make, patroller).asked == 20


def test_who_came_in_the_middle_of_the_month_owes_his_share_and_his_predecessor_his(make, reach):
    make.policy("patrol.frequency", {"times": 8, "per": "month"}, "341721000000")
    before = make.keeper(reach, until=date(2026, 3, 17))
    after = make.keeper(reach, since=date(2026, 3, 17))
    assert (month_of(make, before).asked, month_of(make, after).asked) == (4, 4)


def test_days_of_leave_are_not_owed(make, reach, keeper):
    make.policy("patrol.frequency", {"times": 31, "per": "month"}, "341721000000")
    Leave.objects.create(
        appointment=keeper.person.appointments.get(),
        person=keeper.person,
        substitute=make.person(),
        since=date(2026, 3, 2),
        until=date(2026, 3, 12),
    )
    assert month_of(make, keeper).asked == 21


def test_a_quarter_shows_how_it_stood_at_the_end_of_the_month(make, reach, keeper):
    make.policy("patrol.frequency", {"times": 1, "per": "quarter"}, "341721000000")
    make.patrol(reach, by=keeper)
    assert month_of(make, keeper).state == "met"
    assert month_of(make, keeper, month=FEBRUARY).state == "open"


def test_an_area_names_its_keepers_with_what_they_owe(make, reach, keeper):
    once_a_week(make)
    make.patrol(reach, by=keeper)
    scope = make.scope(make.county_office)
    month = next(area_months(scope, areas_with_sheets(scope, MARCH, "river"), MARCH, "river", LATER))
    assert month.area == reach
    assert [(each.person, each.asked, each.done) for each in month.keepers] == [(keeper.person, 4, 1)]
    assert month.figures.counted == 1


def test_a_county_chief_of_all_villages_is_no_keeper_of_a_village_s_reach(make, reach, keeper):
    chief = make.person(make.dongzhi)
    make.appointment(chief, make.post("chief", "county"), division=make.dongzhi)
    scope = make.scope(make.county_office)
    month = next(area_months(scope, [reach], MARCH, "river", LATER))
    assert [each.person for each in month.keepers] == [keeper.person]


def test_a_stranger_has_none_of_them(make, reach, keeper):
    make.patrol(reach, by=keeper)
    scope = make.scope(make.stranger)
    assert not people_with_sheets(scope, MARCH, "river").exists()
    assert not areas_with_sheets(scope, MARCH, "river").exists()
    assert sheet_person(scope, keeper.person.pk, MARCH, "river") is None
    assert sheet_area(scope, reach.code) is None
    assert outings_by_division(scope, MARCH, "river") == {}
    assert rows_of_person(scope, keeper.person, MARCH, "river") == []


def test_everybody_has_their_own_and_nobody_else_s(make, reach, keeper):
    make.patrol(reach, by=keeper)
    patroller = make.keeper(reach, kind="patroller")
    scope = make.scope(patroller)
    assert names(people_with_sheets(scope, MARCH, "river")) == {patroller.person.name}
    assert sheet_person(scope, keeper.person.pk, MARCH, "river") is None
    assert sheet_person(scope, patroller.person.pk, MARCH, "forest") == patroller.person
    assert sheet_area(scope, reach.code) is None
    assert names(people_with_sheets(make.scope(keeper), MARCH, "river")) == {
        keeper.person.name,
        patroller.person.name,
    }


def test_of_somebody_who_walks_in_two_counties_each_office_sees_its_part(make, reach, keeper):
    there = make.reach(division="341722100200")
    make.appointment(keeper.person, make.post("chief"), areas=[there])
    once_a_week(make)
    make.patrol(reach, by=keeper)
    make.patrol(there, by=keeper, starts=make.now - timedelta(hours=8))
    mine, theirs = month_of(make, keeper), month_of(make, keeper, by=make.stranger)
    assert (mine.figures.outings, theirs.figures.outings) == (1, 1)
    assert mine.areas == {reach.pk}
    assert theirs.areas == {there.pk}


def test_as_many_queries_for_many_people_as_for_one(make, reach, keeper, query_count):
    once_a_week(make)
    make.patrol(reach, by=keeper)
    scope = make.scope(make.county_office)

    def asked():
        people = people_with_sheets(scope, MARCH, "river")
        return list(person_months(scope, people, MARCH, "river", LATER))

    def asked_areas():
        return list(area_months(scope, areas_with_sheets(scope, MARCH, "river"), MARCH, "river", LATER))

    one = query_count(asked), query_count(asked_areas)
    for _number in range(12):
        make.keeper(make.reach())
    assert len(asked()) == 13
    assert (query_count(asked), query_count(asked_areas)) == one
