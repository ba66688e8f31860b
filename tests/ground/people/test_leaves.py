"""Leaves: somebody stands in for a while, with the scope and the right to patrol that the post gives."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from shanhe.evidence.patrols.areas import areas_named
from shanhe.evidence.patrols.holding import holdings_of
from shanhe.ground.audit.models import Event
from shanhe.ground.people.models import Leave
from shanhe.ground.people.scope import scope_of
from shanhe.ground.people.services import appointment_end, leave_end, leave_plan
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.responsibility import (
    chain_of,
    gaps_on,
    held_areas,
    held_by,
    kept_areas,
    kept_counts,
)
from shanhe.kernel.errors import Refusal

BEGIN, END = date(2026, 3, 2), date(2026, 3, 12)
BEFORE, DURING = BEGIN - timedelta(days=1), BEGIN + timedelta(days=3)


@pytest.fixture
def reach(make):
    return make.reach("圩内中心渠杨墩段")


@pytest.fixture
def held(make, reach):
    return make.appointment(make.person(name="在休假"), make.post(), areas=[reach])


@pytest.fixture
def other(make):
    return make.person(name="来代理")


@pytest.fixture
def plan(make, held, other):
    def planned(**fields):
        asked = {"appointment": held, "since": BEGIN, "until": END, "substitute": other, **fields}
        by = asked.pop("by", make.county_office)
        return leave_plan(by=make.actor(by), at=make.now, **asked)

    return planned


def test_a_clerk_plans_a_leave_and_the_ledger_knows(make, plan, held, other):
    leave = plan(reason="住院")
    event = Event.objects.get(action="leave.plan")
    assert event.data["substitute"] == other.pk
    assert event.data["since"] == "2026-03-02"
    assert "住院" not in str(event.data)
    assert (leave.person, leave.appointment) == (held.person, held)


# -- what it gives ---------------------------------------------------------------------------------------


def test_the_substitute_has_the_scope_of_the_post_for_as_long(make, plan, other, reach):
    user = make.user(other)
    plan()
    assert scope_of(user, DURING).seen.area_ids == {reach.pk}
    assert "chief" in scope_of(user, DURING).roles
    assert not scope_of(user, BEFORE).seen
    assert not scope_of(user, END).seen


def test_the_substitute_of_a_clerk_manages_what_the_clerk_does(make, other):
    clerk = make.appointment(make.person(make.dongzhi), make.post("clerk", "county"), make.dongzhi)
    user = make.user(other)
    leave_plan(
        appointment=clerk,
        since=BEGIN,
        until=END,
        substitute=other,
        by=make.actor(make.administrator),
        at=make.now,
    )
    assert scope_of(user, DURING).managed.holds_code(make.village.code)
    assert not scope_of(user, END).managed


def test_both_are_named_on_the_day_and_nobody_is_missing(plan, held, other, reach):
    plan()
    assert [(one.person_name, one.stands_in_for, one.away_until) for one in chain_of(reach, DURING)] == [
        ("在休假", "", END),
        ("来代理", "在休假", None),
    ]
    assert [one.person_name for one in chain_of(reach, BEFORE)] == ["在休假"]
    assert [one.person_name for one in held_by(other.pk, DURING)] == ["来代理"]
    assert held_by(other.pk, END) == []


def test_the_substitute_keeps_the_areas_beside_the_holder(make, plan, held, other, reach):
    plan()
    for person in (held.person, other):
        assert Area.objects.filter(pk__in=kept_areas(person.pk, DURING)).get() == reach
        assert Area.objects.filter(pk__in=held_areas(person.pk, DURING)).get() == reach
    assert kept_counts([held.person.pk, other.pk], DURING) == {held.person.pk: 1, other.pk: 1}
    assert kept_counts([other.pk], END) == {}
    assert gaps_on(make.scope(make.county_office), DURING) == []


def test_the_substitute_may_patrol_while_it_lasts_and_not_after(plan, held, other, reach):
    plan()
    holdings, ground = holdings_of([other.pk]), areas_named([reach.code], DURING)[reach.code]
    assert holdings.check_held(other, ground, DURING) == held
    for day, code in ((BEFORE, "patrol.appointment_not_begun"), (END, "patrol.appointment_closed")):
        with pytest.raises(Refusal) as refused:
            holdings.check_held(other, ground, day)
        assert refused.value.code == code


def test_a_patrol_of_the_substitute_counts(make, plan, other, reach):
    plan(since=make.today - timedelta(days=5))
    patrol = make.patrol(reach, by=make.user(other))
    verdict = patrol.verdicts.get()
    assert (verdict.person, verdict.counts) == (other, True)


def test_the_standing_in_ends_with_the_appointment(make, plan, held, other, reach):
    user = make.user(other)
    plan()
    appointment_end(appointment=held, on=DURING, by=make.actor(make.county_office), at=make.now)
    assert scope_of(user, DURING - timedelta(days=1)).seen
    assert not scope_of(user, DURING).seen
    assert held_by(other.pk, DURING) == []
    ground = areas_named([reach.code], DURING)[reach.code]
    assert holdings_of([other.pk]).held_by(other.pk, ground, DURING) is None


# -- what is refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"until": BEGIN}, "leave.days"),
        ({"since": date(2024, 12, 31)}, "leave.days"),
    ],
)
def test_days_that_cannot_be_are_refused(plan, fields, code):
    with pytest.raises(Refusal) as refused:
        plan(**fields)
    assert refused.value.code == code
    assert not Leave.objects.exists()


def test_a_leave_does_not_outlast_the_appointment(make, plan, reach, other):
    short = make.appointment(make.person(), make.post("ranger", system="river"), areas=[reach], until=DURING)
    with pytest.raises(Refusal) as refused:
        plan(appointment=short)
    assert refused.value.code == "leave.days"


def test_nobody_stands_in_for_themselves_not_even_by_the_database(plan, held):
    with pytest.raises(Refusal) as refused:
        plan(substitute=held.person)
    assert refused.value.code == "leave.oneself"
    with pytest.raises(IntegrityError, match="leave_substitute_is_somebody_else"), transaction.atomic():
        Leave.objects.create(
            appointment=held, person=held.person, substitute=held.person, since=BEGIN, until=END
        )


@pytest.mark.parametrize(
    ("since", "until"), [(BEGIN, END), (BEFORE, DURING), (DURING, END), (DURING, END + timedelta(days=9))]
)
def test_a_second_leave_on_any_day_is_refused_by_the_database(plan, held, other, since, until):
    plan()
    with pytest.raises(Refusal) as refused:
        plan(since=since, until=until)
    assert (refused.value.code, refused.value.status) == ("leave.taken", 409)
    with pytest.raises(IntegrityError, match="leave_one_at_a_time"), transaction.atomic():
        Leave.objects.create(appointment=held, person=held.person, substitute=other, since=since, until=until)


def test_the_next_leave_may_begin_on_the_first_day_back(plan):
    plan()
    plan(since=END, until=END + timedelta(days=3))


def test_who_is_away_themselves_stands_in_for_nobody(make, plan, other):
    own = make.appointment(other, make.post("ranger", system="forest"))
    plan(appointment=own, substitute=make.person())
    with pytest.raises(Refusal) as refused:
        plan()
    assert refused.value.code == "leave.substitute_away"


@pytest.mark.parametrize("who", ["stranger", "village_chief"])
def test_only_the_office_of_the_place_plans(make, plan, who):
    with pytest.raises(Refusal) as refused:
        plan(by=getattr(make, who))
    assert refused.value.code == "people.not_managed"
    assert not Leave.objects.exists()


def test_somebody_whom_the_office_does_not_see_cannot_stand_in(make, plan):
    with pytest.raises(Refusal) as refused:
        plan(substitute=make.person(make.shitai))
    assert refused.value.code == "leave.unknown_person"


# -- ending ----------------------------------------------------------------------------------------------


def test_a_leave_that_ended_early_gives_the_days_free(make, plan):
    leave = plan()
    leave_end(leave=leave, on=DURING, reason="提前返岗", by=make.actor(make.county_office), at=make.now)
    assert leave.until == DURING
    plan(since=DURING, until=END)


def test_a_leave_that_is_not_taken_is_called_off_and_stays_on_record(make, plan):
    leave = plan(since=DURING)
    leave_end(leave=leave, on=DURING, by=make.actor(make.county_office), at=make.now)
    assert leave.cancelled_at == make.now
    assert Event.objects.filter(action="leave.cancel").count() == 1
    plan()


def test_days_that_have_passed_stay_as_they_were(make, plan):
    leave = plan(since=make.today - timedelta(days=9))
    for on in (make.today - timedelta(days=9), make.today - timedelta(days=1)):
        with pytest.raises(Refusal) as refused:
            leave_end(leave=leave, on=on, by=make.actor(make.county_office), at=make.now)
        assert refused.value.code == "leave.days"


def test_a_leave_that_is_over_cannot_end_again(make, plan):
    leave = plan(since=date(2026, 2, 1), until=date(2026, 2, 9))
    with pytest.raises(Refusal) as refused:
        leave_end(leave=leave, on=make.today, by=make.actor(make.county_office), at=make.now)
    assert refused.value.code == "leave.over"
