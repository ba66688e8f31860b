"""Appointments: who holds which post when; one holder at a time, by the database's own word."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shanhe.ground.audit.models import Event
from shanhe.ground.people.models import Appointment
from shanhe.ground.people.queries import appointments_of, appointments_on
from shanhe.ground.people.scope import system_actor
from shanhe.ground.people.services import (
    appointment_correct,
    appointment_end,
    appointment_make,
    post_define,
)
from shanhe.kernel.errors import Refusal

JAN, FEB, MAR, APR = (date(2026, month, 1) for month in (1, 2, 3, 4))


def appoint(make, by=None, **fields: object) -> Appointment:
    fields.setdefault("post", make.post())
    fields.setdefault("remit", make.remit())
    fields.setdefault("person", make.person())
    fields.setdefault("since", JAN)
    return appointment_make(by=make.actor(by or make.county_office), at=make.now, **fields)


def test_a_clerk_appoints_a_chief_and_the_ledger_knows(make):
    appointment = appoint(make, basis="东河长办〔2026〕1号")
    assert appointment in appointments_on(JAN)
    event = Event.objects.get(action="appointment.make", object_id=appointment.pk)
    assert event.user_id == make.county_office.pk
    assert event.data["since"] == "2026-01-01"


def test_an_appointment_holds_from_its_first_day_until_the_day_before_its_end(make):
    appointment = appoint(make, until=MAR)
    held = [
        day
        for day in (date(2025, 12, 31), JAN, date(2026, 2, 28), MAR)
        if appointment in appointments_on(day)
    ]
    assert held == [JAN, date(2026, 2, 28)]


# -- one holder ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((JAN, None), (FEB, None)),
        ((JAN, None), (JAN, MAR)),
        ((FEB, None), (JAN, None)),
        ((JAN, MAR), (FEB, APR)),
        ((FEB, MAR), (JAN, APR)),
        ((JAN, APR), (FEB, MAR)),
        ((JAN, MAR), (JAN, MAR)),
    ],
)
def test_a_second_holder_on_any_day_is_refused_and_the_first_is_named(make, first, second):
    holder = make.person(name="张三")
    appoint(make, person=holder, since=first[0], until=first[1])
    with pytest.raises(Refusal) as refused:
        appoint(make, since=second[0], until=second[1])
    assert (refused.value.code, refused.value.status) == ("appointment.held", 409)
    assert "张三" in str(refused.value)
    assert Appointment.objects.filter(post=make.post()).count() == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [((JAN, FEB), (FEB, None)), ((FEB, None), (JAN, FEB)), ((JAN, FEB), (MAR, APR))],
)
def test_a_successor_may_begin_on_the_day_the_other_ends(make, first, second):
    appoint(make, since=first[0], until=first[1])
    appoint(make, since=second[0], until=second[1])
    assert Appointment.objects.filter(post=make.post()).count() == 2


def test_the_same_post_for_another_remit_is_another_matter(make):
    appoint(make)
    appoint(make, remit=make.remit(make.division("341721102202")))


def test_a_post_that_is_not_exclusive_may_have_two_holders(make):
    for _number in range(2):
        appoint(make, post=make.post("ranger", system="forest"))


def test_the_database_itself_refuses_what_goes_round_the_service(make):
    first = appoint(make)
    with pytest.raises(IntegrityError, match="appointment_one_holder"), transaction.atomic():
        Appointment.objects.create(
            person=make.person(), post=first.post, remit=first.remit, since=FEB, is_exclusive=True
        )
    later = appoint(make, since=date(2025, 1, 1), until=JAN)
    with pytest.raises(IntegrityError, match="appointment_one_holder"), transaction.atomic():
        Appointment.objects.filter(pk=later.pk).update(until=None)


def span(begin: int, length: int | None) -> tuple[date, date | None]:
    first = JAN.toordinal() + begin
    return date.fromordinal(first), None if length is None else date.fromordinal(first + length)


spans = st.builds(span, st.integers(0, 40), st.none() | st.integers(1, 40))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(spans, max_size=6))
def test_whatever_is_tried_no_day_ever_has_two_holders(make, wanted):
    by, post, remit, person = make.actor(make.county_office), make.post(), make.remit(), make.person()
    taken: list[tuple[date, date | None]] = []
    with transaction.atomic():
        for since, until in wanted:
            fits = all(
                (until is not None and until <= there[0]) or (there[1] is not None and there[1] <= since)
                for there in taken
            )
            try:
                appointment_make(
                    person=person, post=post, remit=remit, since=since, until=until, by=by, at=make.now
                )
            except Refusal:
                assert not fits
            else:
                assert fits
                taken.append((since, until))
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_of_two_clerks_who_appoint_at_once_one_is_refused(make):
    people = [make.person(), make.person()]
    post, remit, by = make.post(), make.remit(), make.actor(make.county_office)
    together = threading.Barrier(2)
    outcomes: list[str] = []

    def appoint_one(person: object) -> None:
        together.wait()
        try:
            appointment_make(person=person, post=post, remit=remit, since=JAN, by=by, at=make.now)
            outcomes.append("made")
        except Refusal as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=appoint_one, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["appointment.held", "made"]
    assert Appointment.objects.filter(post=post).count() == 1
    assert Event.objects.filter(action="appointment.make", data__contains=f'"post":{post.pk}').count() == 1


# -- the end, and mistakes -------------------------------------------------------------------------------


def test_an_appointment_ends_and_the_row_stays(make):
    appointment = appoint(make)
    appointment_end(
        appointment=appointment, on=MAR, by=make.actor(make.county_office), at=make.now, reason="调离"
    )
    appointment.refresh_from_db()
    assert (appointment.since, appointment.until, appointment.end_reason) == (JAN, MAR, "调离")
    assert Event.objects.get(action="appointment.end").data["before"] is None


@pytest.mark.parametrize("on", [JAN, date(2025, 12, 31)])
def test_an_appointment_cannot_end_before_it_begins(make, on):
    appointment = appoint(make)
    with pytest.raises(Refusal) as refused:
        appointment_end(appointment=appointment, on=on, by=make.actor(make.county_office), at=make.now)
    assert refused.value.code == "appointment.days"
    with pytest.raises(Refusal):
        appoint(make, post=make.post("deputy_chief"), until=on)


def test_an_end_can_come_earlier_than_planned_but_not_later(make):
    appointment = appoint(make, until=APR)
    by = make.actor(make.county_office)
    appointment_end(appointment=appointment, on=MAR, by=by, at=make.now)
    with pytest.raises(Refusal) as refused:
        appointment_end(appointment=appointment, on=APR, by=by, at=make.now)
    assert refused.value.code == "appointment.over"


def test_a_mistake_is_cancelled_and_a_new_entry_stands_for_it(make):
    wrong = appoint(make, person=make.person(name="张三"))
    right = appointment_correct(
        appointment=wrong,
        person=make.person(name="李四"),
        since=FEB,
        reason="姓名录错",
        by=make.actor(make.county_office),
        at=make.now,
    )
    wrong.refresh_from_db()
    assert (wrong.until, wrong.cancelled_at) == (wrong.since, make.now)
    assert right.corrects == wrong
    assert [one.person.name for one in appointments_on(FEB) if one.post == wrong.post] == ["李四"]
    assert not [one for one in appointments_on(JAN) if one.post == wrong.post]
    said = Event.objects.get(action="appointment.cancel").data
    assert (said["since"], said["until"], said["person"]) == ("2026-01-01", None, wrong.person_id)


def test_a_mistake_is_corrected_once(make):
    wrong = appoint(make)
    by = make.actor(make.county_office)
    appointment_correct(appointment=wrong, reason="录错", by=by, at=make.now)
    with pytest.raises(Refusal) as refused:
        appointment_correct(appointment=wrong, reason="录错", by=by, at=make.now)
    assert refused.value.code == "appointment.over"


def test_a_correction_that_is_refused_leaves_the_old_entry_in_force(make):
    wrong = appoint(make, until=FEB)
    appoint(make, since=MAR)
    with pytest.raises(Refusal):
        appointment_correct(appointment=wrong, reason="录错", by=make.actor(make.county_office), at=make.now)
    wrong.refresh_from_db()
    assert (wrong.until, wrong.cancelled_at) == (FEB, None)


# -- who may ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["stranger", "village_chief"])
def test_only_the_office_that_manages_the_ground_appoints_ends_and_corrects(make, who):
    other = make.post("deputy_chief")
    appointment = appoint(make, post=other)
    by = make.actor(getattr(make, who))
    attempts = [
        lambda: appointment_make(
            person=make.person(), post=other, remit=make.remit(), since=JAN, by=by, at=make.now
        ),
        lambda: appointment_end(appointment=appointment, on=MAR, by=by, at=make.now),
        lambda: appointment_correct(appointment=appointment, reason="", by=by, at=make.now),
    ]
    for attempt in attempts:
        with pytest.raises(Refusal) as refused:
            attempt()
        assert refused.value.status == 403
    appointment.refresh_from_db()
    assert appointment.until is None


def test_somebody_the_office_does_not_see_is_nobody_to_it(make):
    with pytest.raises(Refusal) as refused:
        appoint(make, person=make.person(make.kashgar))
    assert refused.value.status == 404


def test_an_office_appoints_to_areas_it_manages_and_to_no_others(make):
    inside, outside = make.reach(), make.reach(division="341722100200")
    assert appoint(make, remit=make.remit(areas=[inside]))
    with pytest.raises(Refusal):
        appoint(make, remit=make.remit(areas=[outside]))


def test_a_stranger_sees_no_appointment_of_the_county_and_a_chief_sees_the_own(make):
    appointment = make.appointment(make.village_chief.person, make.post("deputy_chief"))
    assert appointment in appointments_of(make.scope(make.county_office))
    assert appointment in appointments_of(make.scope(make.village_chief))
    assert appointment not in appointments_of(make.scope(make.stranger))


def test_a_place_names_its_posts_itself(make):
    by = make.actor(make.county_office)
    post = post_define(
        code="dongzhi.village.grass",
        name="草长",
        kind="chief",
        system="forest",
        level="village",
        division=make.dongzhi,
        is_exclusive=True,
        is_keeper=True,
        by=by,
        at=make.now,
    )
    assert appoint(make, post=post).is_exclusive
    with pytest.raises(Refusal) as refused:
        post_define(code="x", name="x", kind="chief", system="forest", level="village", by=by, at=make.now)
    assert refused.value.code == "people.not_administrator"
    with pytest.raises(Refusal) as refused:
        post_define(
            code="dongzhi.village.grass",
            name="林(草)长",
            kind="chief",
            system="forest",
            level="village",
            by=system_actor("test"),
            at=make.now,
        )
    assert refused.value.code == "post.code_taken"
