"""Somebody takes up work in one go, or not at all; what forms of people suggest and may do."""

from __future__ import annotations

from datetime import date

import pytest

from shanhe.ground.people.models import Appointment, Person, Remit, User
from shanhe.ground.people.queries import (
    devices_of,
    organization_code_free,
    remits_managed,
    username_free,
    users_of,
)
from shanhe.ground.people.services import (
    Wanted,
    is_above,
    one_time_password,
    person_appoint,
    person_enlist,
    token_issue,
    token_revoke,
)
from shanhe.kernel.errors import Refusal


@pytest.fixture
def by(make):
    return make.actor(make.county_office)


def test_a_person_a_post_and_a_login_come_together(make, by):
    post = make.post("ranger", "village", "forest")
    done = person_enlist(
        name="汪守林",
        division=make.village,
        wanted=Wanted(post, make.village, date(2026, 3, 1)),
        username="shoulin",
        password=one_time_password(),
        by=by,
        at=make.now,
    )
    assert done.appointment.person == done.user.person == done.person
    assert done.user.must_change_password


def test_when_the_login_is_refused_nobody_is_registered(make, by):
    make.user(username="shoulin")
    with pytest.raises(Refusal, match=r"account\.taken"):
        person_enlist(
            name="汪守林",
            division=make.village,
            wanted=Wanted(make.post(), make.village, date(2026, 3, 1)),
            username="shoulin",
            password=one_time_password(),
            by=by,
            at=make.now,
        )
    assert not Person.objects.filter(name="汪守林").exists()
    assert not Appointment.objects.filter(post=make.post()).exists()
    assert not User.objects.filter(username="shoulin", person__isnull=False).exists()


def test_one_is_appointed_over_a_division_over_areas_or_for_a_remit_that_is_there(make, by):
    reach = make.reach()
    remit = make.remit(make.dadukou)
    person = make.person(make.village)
    post = make.post("liaison", "township")
    for over in (make.village, [reach], remit):
        person_appoint(person=person, wanted=Wanted(post, over, date(2026, 3, 1)), by=by, at=make.now)
    kinds = Appointment.objects.filter(person=person).order_by("pk").values_list("remit__kind", flat=True)
    assert list(kinds) == [Remit.Kind.SUBTREE, Remit.Kind.AREAS, Remit.Kind.SUBTREE]


def test_outside_the_managed_ground_nobody_is_appointed(make, by):
    wanted = Wanted(make.post(), make.division("341722100200"), date(2026, 3, 1))
    with pytest.raises(Refusal, match=r"people\.not_managed"):
        person_appoint(person=make.person(), wanted=wanted, by=by, at=make.now)


def test_first_passwords_are_long_legible_and_never_the_same():
    made = {one_time_password() for _number in range(50)}
    assert len(made) == 50
    assert all(len(password) == 12 and not set(password) & set("0oO1lI") for password in made)


def test_a_taken_username_gets_a_number(make):
    assert username_free("") == ""
    assert username_free("Wang") == "wang"
    make.user(username="wang"), make.user(username="wang2")
    assert username_free("wang") == "wang3"


def test_a_unit_gets_the_next_free_code_of_its_division(make):
    assert organization_code_free(make.dadukou) == "341721102000-01"
    make.organization(make.dadukou, code="341721102000-01")
    assert organization_code_free(make.dadukou) == "341721102000-02"


def test_only_the_office_above_may_rule_a_login(make):
    assert is_above(make.actor(make.county_office), make.village_chief, make.today)
    assert not is_above(make.actor(make.village_chief), make.county_office, make.today)
    assert not is_above(make.actor(make.stranger), make.village_chief, make.today)


def test_remits_that_lie_wholly_in_the_managed_ground_are_managed(make):
    inside, outside = make.remit(make.village), make.remit(make.division("341722100200"))
    ids = [inside.pk, outside.pk]
    assert remits_managed(make.scope(make.county_office), ids) == {inside.pk}
    assert remits_managed(make.scope(make.village_chief), ids) == set()
    assert remits_managed(make.scope(make.administrator), ids) == set(ids)


def test_accounts_are_seen_by_the_office_that_keeps_the_people_and_by_oneself(make):
    chief, stranger = make.village_chief, make.stranger
    assert chief in users_of(make.scope(make.county_office))
    assert list(users_of(make.scope(chief))) == [chief]
    assert chief not in users_of(make.scope(stranger))
    assert chief in users_of(make.scope(make.administrator))


def test_devices_are_those_that_are_signed_in_now(make):
    chief = make.village_chief
    by = make.actor(chief)
    here, gone = (token_issue(user=chief, by=by, at=make.now).row for _number in range(2))
    token_revoke(token=gone, by=by, at=make.now)
    assert list(devices_of(chief, make.now)) == [here]
