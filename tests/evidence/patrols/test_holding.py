"""Who may send a patrol for which area: holders for themselves, offices and assistants for a holder."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from shanhe.evidence.patrols.models import Patrol
from shanhe.evidence.patrols.services import patrol_submit
from shanhe.ground.people.services import appointment_correct
from shanhe.kernel.errors import Refusal


@pytest.fixture
def reach(make):
    return make.reach(length_m=2_000)


@pytest.fixture
def send(make, reach):
    def submit(by, area=None, **sent):
        return patrol_submit(sent=make.sent(area or reach, **sent), by=make.actor(by, "api"), at=make.now)[0]

    return submit


def refused(call, *args, **more) -> Refusal:
    with pytest.raises(Refusal) as caught:
        call(*args, **more)
    assert not Patrol.objects.exists()
    return caught.value


# -- for oneself --------------------------------------------------------------------------------------------


def test_the_chief_of_the_village_patrols_its_reaches(make, send):
    assert send(make.village_chief).verdict.counts


def test_a_ranger_patrols_the_forest_unit_he_keeps(make, send):
    unit = make.forest_unit()
    ranger = make.keeper(unit, kind="ranger")
    assert send(ranger, unit, walked_m=(0, 1_900)).verdict.outcome == "valid"


def test_the_chief_of_the_upper_reach_may_walk_one_that_lies_in_it(make, send):
    upper = make.reach(length_m=4_000, level="township", at=(117.02, 30.42))
    nested = make.reach(length_m=2_000, parent=upper, at=(117.02, 30.42))
    assert send(make.keeper(upper), nested).verdict.counts


def test_the_nearest_appointment_is_the_one_it_counts_by(make, reach, send):
    chief = make.village_chief
    own = make.appointment(chief.person, make.post("patroller"), areas=[reach])
    assert send(chief).verdict.appointment == own


def test_somebody_of_another_county_is_refused_by_area(make, reach, send):
    refusal = refused(send, make.stranger)
    assert (refusal.code, refusal.status) == ("patrol.area_not_held", 403)
    assert reach.code in str(refusal.fields["area"])


def test_an_area_that_is_not_there_is_refused_in_the_same_words(make, reach, send):
    absent = make.sent(reach)
    from dataclasses import replace

    sent = replace(absent, areas=("no-such-area",))
    refusal = refused(patrol_submit, sent=sent, by=make.actor(make.village_chief), at=make.now)
    assert refusal.code == "patrol.area_not_held"


def test_a_clerk_holds_no_area_though_the_office_manages_it(make, send):
    assert refused(send, make.county_office).code == "patrol.area_not_held"


def test_a_forest_chief_does_not_hold_the_reaches_of_the_village(make, send):
    forest_chief = make.holder("chief", "village", make.village, "forest-chief", system="forest")
    assert refused(send, forest_chief).code == "patrol.area_not_held"


def test_a_closed_appointment_is_named_with_its_dates(make, reach, send):
    person = make.person()
    make.appointment(person, areas=[reach], since=date(2024, 1, 1), until=date(2026, 2, 1))
    refusal = refused(send, make.user(person))
    assert refusal.code == "patrol.appointment_closed"
    said = str(refusal.message)
    assert "2024-01-01" in said
    assert "2026-02-01" in said
    assert "2026-03-02" in said


def test_the_day_of_the_patrol_decides_not_the_day_it_is_sent(make, reach):
    person = make.person()
    make.appointment(person, areas=[reach], since=date(2024, 1, 1), until=date(2026, 2, 1))
    sent = make.sent(reach, starts=make.now - timedelta(days=60))
    patrol, _ = patrol_submit(sent=sent, by=make.actor(make.user(person)), at=make.now)
    assert patrol.verdict.appointment.person == person


def test_the_last_day_of_an_appointment_is_the_day_before_it_ends(make, reach, send):
    person = make.person()
    make.appointment(person, areas=[reach], until=make.today)
    assert refused(send, make.user(person)).code == "patrol.appointment_closed"


def test_an_appointment_that_has_not_begun_says_when_it_will(make, reach, send):
    person = make.person()
    make.appointment(person, areas=[reach], since=date(2026, 4, 1))
    refusal = refused(send, make.user(person))
    assert refusal.code == "patrol.appointment_not_begun"
    assert "2026-04-01" in str(refusal.message)


@pytest.fixture
def cancelled(make, reach):
    """An account whose person was entered as the reach's chief by mistake; somebody else is it."""
    person = make.person()
    wrong = make.appointment(person, areas=[reach], since=date(2025, 6, 1))
    by = {"by": make.actor(make.administrator), "at": make.now}
    appointment_correct(appointment=wrong, person=make.person(), reason="写错了人", **by)
    return make.user(person)


def test_an_appointment_entered_by_mistake_was_never_held(make, reach, cancelled):
    for days in (1, 200, 274):  # now, in between, and on the very day it seemed to begin
        sent = make.sent(reach, starts=make.now - timedelta(days=days))
        refusal = refused(patrol_submit, sent=sent, by=make.actor(cancelled), at=make.now)
        assert refusal.code == "patrol.area_not_held"


def test_a_later_right_appointment_counts_beside_one_entered_by_mistake(make, reach, send, cancelled):
    make.appointment(cancelled.person, make.post("patroller"), areas=[reach], since=date(2026, 1, 1))
    assert send(cancelled).verdict.counts


def test_one_area_of_two_that_is_not_held_refuses_the_whole(make, reach):
    other = make.reach(division="341722100200")
    sent = make.sent(None, areas=[reach, other], track=make.track(reach))
    refusal = refused(patrol_submit, sent=sent, by=make.actor(make.village_chief), at=make.now)
    assert other.code in str(refusal.fields["area"])


def test_an_account_without_a_person_must_say_for_whom(make, send):
    assert "for" in refused(send, make.administrator).fields


# -- for somebody else --------------------------------------------------------------------------------------


def test_the_office_hands_in_what_a_chief_walked(make, send):
    chief = make.village_chief.person
    patrol = send(make.county_office, **{"for": str(chief.uuid)})
    assert (patrol.person, patrol.sent_by, patrol.on_behalf_of) == (chief, make.county_office, None)
    assert patrol.verdict.person == chief
    assert patrol.verdict.counts


def test_an_account_name_will_do_in_any_case(make, send):
    make.village_chief  # noqa: B018 (appears when asked for)
    assert send(make.county_office, **{"for": "Village-Chief"}).person == make.village_chief.person


def test_the_office_of_another_county_may_not(make, send):
    refusal = refused(send, make.stranger, **{"for": str(make.village_chief.person.uuid)})
    assert (refusal.code, refusal.status) == ("patrol.may_not_send_for", 403)


def test_the_office_may_not_send_for_somebody_who_does_not_hold_the_area(make, send):
    refusal = refused(send, make.county_office, **{"for": str(make.stranger.person.uuid)})
    assert refusal.code == "patrol.area_not_held"


@pytest.fixture
def assistant(make, reach):
    return make.keeper(reach, kind="patroller")


def test_an_assistant_walks_on_the_chiefs_account_where_policy_allows_it(make, send, assistant):
    make.policy("patrol.assistants", {"posts": ["patroller"]})
    chief = make.village_chief.person
    patrol = send(assistant, **{"for": str(chief.uuid)})
    assert (patrol.person, patrol.on_behalf_of) == (assistant.person, chief)
    assert patrol.verdict.person == chief


def test_an_assistant_may_not_where_no_policy_allows_it(make, send, assistant):
    refusal = refused(send, assistant, **{"for": str(make.village_chief.person.uuid)})
    assert refusal.code == "patrol.may_not_send_for"


def test_an_assistant_of_another_area_may_not(make, send):
    make.policy("patrol.assistants", {"posts": ["patroller"]})
    elsewhere = make.keeper(make.reach(division="341722100200"), kind="patroller")
    refusal = refused(send, elsewhere, **{"for": str(make.village_chief.person.uuid)})
    assert refusal.code == "patrol.may_not_send_for"


def test_naming_oneself_is_no_sending_for_somebody_else(make, send):
    patrol = send(make.village_chief, **{"for": "village-chief"})
    assert patrol.on_behalf_of is None


def test_people_nobody_knows_are_named(make, send):
    refusal = refused(send, make.village_chief, **{"for": "nobody", "with": ["village-chief", "ghost"]})
    assert set(refusal.fields) == {"for", "with[1]"}
