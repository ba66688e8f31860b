"""Phones signed in by a QR code: shown to whom, confirmed on the phone, good once, told to nobody else."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.core.cache import cache

from shanhe.ground import clock
from shanhe.ground.people.models import SignInCode
from shanhe.ground.people.services import password_reset

NEW = "a-password-of-my-own"


@pytest.fixture(autouse=True)
def uncounted():
    cache.clear()


@pytest.fixture
def chief(make):
    return make.village_chief


def shown(client, address: str):
    """The page with the QR code, and the secret as it is printed beneath."""
    answer = client.post(address)
    assert answer.status_code == 200
    text = answer.content.decode()
    secret = re.search(r'id="code-secret">([^<]*)<', text)[1].replace(" ", "")
    return answer, secret


def for_chief(make, chief) -> str:
    """A code that the office made for the chief."""
    return shown(make.client(make.county_office), f"/office/people/{chief.person_id}/phone/")[1]


def look(client, secret: str):
    return client.post("/accounts/qr/", {"code": secret})


def confirm(client, secret: str, **more: str):
    return client.post("/accounts/qr/", {"code": secret, "confirm": "1", **more})


def is_signed_in(client, user) -> bool:
    return client.session.get("_auth_user_id") == str(user.pk)


# -- the office's screen ---------------------------------------------------------------------------------


def test_looking_at_the_page_makes_no_code(make, chief):
    assert make.client(chief).get("/accounts/qr/new/").status_code == 200
    assert make.client(make.county_office).get(f"/office/people/{chief.person_id}/phone/").status_code == 200
    assert not SignInCode.objects.exists()


def test_the_code_is_a_picture_in_the_page_and_kept_by_no_browser(make, chief):
    answer, secret = shown(make.client(chief), "/accounts/qr/new/")
    assert "no-store" in answer["Cache-Control"]
    picture = re.search(r'<img src="(data:image/svg\+xml[^"]*)"', answer.content.decode())[1]
    assert "<svg" in unquote(picture)
    assert secret not in answer.content.decode().replace(" ", "").replace(secret, "", 1)


def test_the_clerk_sees_when_the_code_was_used(make, chief):
    office = make.client(make.county_office)
    secret = shown(office, f"/office/people/{chief.person_id}/phone/")[1]
    state = f"/accounts/qr/{SignInCode.objects.get().uuid}/state/"
    before = office.get(state).content.decode()
    assert 'hx-trigger="every 3s"' in before
    confirm(make.client(), secret)
    after = office.get(state).content.decode()
    assert "09:30:00" in after
    assert "hx-trigger" not in after
    assert make.client(make.stranger).get(state).status_code == 404


def test_a_code_that_was_taken_back_opens_nothing(make, chief):
    client = make.client(chief)
    secret = shown(client, "/accounts/qr/new/")[1]
    client.post(f"/accounts/qr/{SignInCode.objects.get().uuid}/revoke/")
    assert look(make.client(), secret).status_code == 401


@pytest.mark.parametrize("who", ["stranger", "village_chief"])
def test_nobody_makes_one_for_people_they_do_not_keep(make, who):
    other = make.holder("chief", "township", make.dadukou, "town-chief")
    client = make.client(getattr(make, who))
    address = f"/office/people/{other.person_id}/phone/"
    assert client.get(address).status_code == client.post(address).status_code == 404


def test_a_colleague_of_the_same_office_is_refused(make):
    colleague = make.holder("clerk", "county", make.dongzhi, "colleague")
    client = make.client(make.county_office)
    assert client.get(f"/office/people/{colleague.person_id}/phone/").status_code == 403


def test_an_administrator_has_no_such_page(make):
    client = make.client(make.administrator)
    assert client.get("/accounts/qr/new/").status_code == client.post("/accounts/qr/new/").status_code == 404
    assert "/accounts/qr/new/" not in client.get("/accounts/devices/").content.decode()


# -- the phone -------------------------------------------------------------------------------------------


def test_the_phone_is_told_whose_account_it_is_before_anything_happens(make, chief):
    secret = for_chief(make, chief)
    phone = make.client()
    page = look(phone, secret).content.decode()
    assert chief.person.name in page
    assert make.county_office.person.name in page
    assert not is_signed_in(phone, chief)
    assert SignInCode.objects.get().used_at is None


def test_confirmed_it_is_signed_in_once(make, chief):
    secret = for_chief(make, chief)
    phone, other = make.client(), make.client()
    assert confirm(phone, secret).status_code == 302
    assert is_signed_in(phone, chief)
    again = confirm(other, secret)
    assert again.status_code == 401
    assert not is_signed_in(other, chief)


def test_the_address_of_a_code_shows_a_form_and_never_the_code(make, chief):
    secret = for_chief(make, chief)
    page = make.client().get("/accounts/qr/")
    assert page.status_code == 200
    assert "data-code-from-address" in page.content.decode()
    answer = confirm(make.client(), secret)
    assert secret not in answer["Location"]


def test_a_code_that_has_run_out_is_refused_in_words(make, chief):
    secret = for_chief(make, chief)
    with clock.moved_to(make.now + timedelta(minutes=5)):
        assert look(make.client(), secret).status_code == 401
        assert confirm(make.client(), secret).status_code == 401


def test_a_first_password_is_changed_on_the_phone(make, chief):
    password_reset(user=chief, by=make.actor(make.county_office), at=make.now)
    secret = for_chief(make, chief)
    phone = make.client()
    assert "new_password" in look(phone, secret).content.decode()
    assert confirm(phone, secret, new_password=NEW, again="another").status_code == 422
    assert confirm(phone, secret, new_password="12345678", again="12345678").status_code == 422
    assert confirm(phone, secret, new_password=NEW, again=NEW).status_code == 302
    assert is_signed_in(phone, chief)
    assert phone.get("/office/").status_code == 200


def test_somebody_elses_session_on_the_phone_ends_and_that_is_said(make, chief):
    secret = for_chief(make, chief)
    phone = make.client(make.stranger)
    assert "stranger" in look(phone, secret).content.decode()
    confirm(phone, secret)
    assert is_signed_in(phone, chief)


def test_the_account_sees_who_signed_phones_in(make, chief):
    confirm(make.client(), for_chief(make, chief))
    page = make.client(chief).get("/accounts/devices/").content.decode()
    assert make.county_office.person.name in page


def test_guessing_from_one_address_ends(make):
    phone = make.client()
    statuses = [look(phone, f"guess-{n}").status_code for n in range(61)]
    assert statuses[:60] == [401] * 60
    assert statuses[60] == 429


def test_a_form_of_another_site_signs_nobody_in(make, chief):
    phone = make.client(enforce_csrf_checks=True)
    assert confirm(phone, for_chief(make, chief)).status_code == 403
