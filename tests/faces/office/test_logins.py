"""Other people's logins: opened and reset by the office above, and handed over on a slip."""

from __future__ import annotations

import pytest

from shanhe.ground.audit.models import Event
from shanhe.ground.people.models import ApiToken, User
from shanhe.ground.people.services import token_issue

NEW = "yangdun-2026-river"


@pytest.fixture
def office(make):
    return make.client(make.county_office)


@pytest.fixture
def person(make):
    person = make.person(make.village, "汪守林")
    make.appointment(person, make.post("ranger", "village", "forest"), make.village)
    return person


def sign_in(client, username, password):
    return client.post("/accounts/login/", {"username": username, "password": password})


def test_the_name_is_suggested_from_the_pinyin(make, office, person):
    make.user(username="wangshoulin")
    assert 'value="wangshoulin2"' in office.get(f"/office/people/{person.pk}/login/").content.decode()


def test_from_the_slip_to_a_password_of_ones_own(make, office, person):
    slip = office.post(f"/office/people/{person.pk}/login/", {"username": "shoulin"})
    first = slip.context["password"]
    assert first in slip.content.decode()
    assert "no-store" in slip["Cache-Control"]

    phone = make.client()
    assert sign_in(phone, "shoulin", first).status_code == 302
    sent_on = phone.get("/office/people/")
    assert sent_on["Location"].startswith("/accounts/password/")
    changed = phone.post(
        "/accounts/password/", {"old": first, "new": NEW, "again": NEW, "next": "/office/people/"}
    )
    assert changed["Location"] == "/office/people/"
    assert phone.get("/office/people/").status_code == 200
    assert sign_in(make.client(), "shoulin", first).status_code == 422
    assert sign_in(make.client(), "shoulin", NEW).status_code == 302


def test_the_first_password_stands_nowhere_but_on_the_slip(make, office, person):
    slip = office.post(f"/office/people/{person.pk}/login/", {"username": "shoulin"})
    first = slip.context["password"]
    assert first not in office.get(f"/office/people/{person.pk}/").content.decode()
    assert all(first not in str(event.data) for event in Event.objects.all())
    again = office.post(f"/office/people/{person.pk}/login/", {"username": "shoulin"})
    assert again.status_code == 409


@pytest.mark.parametrize("username", ["", "汪 守林", "a" * 61])
def test_a_name_that_cannot_be_is_refused_and_kept(office, person, username):
    answer = office.post(f"/office/people/{person.pk}/login/", {"username": username})
    assert answer.status_code == 422
    assert not User.objects.filter(person=person).exists()


def test_asking_changes_nothing_and_confirming_gives_a_new_password(make, office, person):
    user = make.user(person, "shoulin")
    device = token_issue(user=user, by=make.actor(user), at=make.now).row
    assert office.get(f"/office/people/{person.pk}/password/").status_code == 200
    assert sign_in(make.client(), "shoulin", make.password).status_code == 302
    slip = office.post(f"/office/people/{person.pk}/password/")
    assert sign_in(make.client(), "shoulin", make.password).status_code == 422
    assert sign_in(make.client(), "shoulin", slip.context["password"]).status_code == 302
    assert ApiToken.objects.get(pk=device.pk).revoked_at is not None


def test_colleagues_of_one_office_do_not_reset_each_other(make, office):
    colleague = make.holder("office_director", "county", make.dongzhi, "director")
    address = f"/office/people/{colleague.person.pk}/"
    assert f"{address}password/" not in office.get(address).content.decode()
    assert office.post(f"{address}password/").status_code == 403
    assert sign_in(make.client(), "director", make.password).status_code == 302


def test_a_login_is_closed_and_opened_again(make, office, person):
    make.user(person, "shoulin")
    assert office.get(f"/office/people/{person.pk}/login/close/").status_code == 200
    assert sign_in(make.client(), "shoulin", make.password).status_code == 302
    assert office.post(f"/office/people/{person.pk}/login/close/").status_code == 302
    assert sign_in(make.client(), "shoulin", make.password).status_code == 422
    slip = office.post(f"/office/people/{person.pk}/login/reopen/")
    assert sign_in(make.client(), "shoulin", slip.context["password"]).status_code == 302


def test_a_lost_phone_is_signed_out_by_the_office(make, office, person):
    user = make.user(person)
    device = token_issue(user=user, label="旧手机", by=make.actor(user), at=make.now).row
    assert "旧手机" in office.get(f"/office/people/{person.pk}/").content.decode()
    office.post(f"/office/people/{person.pk}/devices/{device.pk}/sign-out/")
    assert ApiToken.objects.get(pk=device.pk).revoked_at is not None


@pytest.mark.parametrize("path", ["login/", "password/", "login/close/", "login/reopen/"])
@pytest.mark.parametrize("who", ["stranger", "village_chief"])
def test_nobody_else_gets_at_a_login(make, person, who, path):
    make.user(person, "shoulin")
    answer = make.client(getattr(make, who)).post(f"/office/people/{person.pk}/{path}")
    assert answer.status_code == 404
    assert sign_in(make.client(), "shoulin", make.password).status_code == 302
