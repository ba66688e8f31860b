"""Signing in to the office pages, sessions that end, one's password, devices and language."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shanhe.ground import clock
from shanhe.ground.audit.models import Event
from shanhe.ground.people.models import ApiToken
from shanhe.ground.people.services import password_reset, token_issue, user_close

LOGIN = "/accounts/login/"
NEW = "yangdun-2026-river"


@pytest.fixture
def sign_in(make):
    def sign_in(client, username="village-chief", password=make.password, **more):
        return client.post(LOGIN, {"username": username, "password": password, **more})

    return sign_in


@pytest.fixture
def chief(make):
    return make.village_chief


def is_signed_in(client) -> bool:
    return client.get("/accounts/devices/").status_code == 200


def test_the_right_password_leads_to_where_one_wanted_to_go(make, chief, sign_in):
    client = make.client()
    answer = sign_in(client, next="/accounts/devices/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/devices/")
    assert is_signed_in(client)


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_nobody_is_led_to_another_server(make, chief, sign_in, elsewhere):
    assert sign_in(make.client(), next=elsewhere)["Location"] == "/office/"


def test_letter_case_and_spaces_around_the_name_do_not_matter(make, chief, sign_in):
    assert sign_in(make.client(), " Village-Chief ").status_code == 302


@pytest.mark.parametrize(
    ("username", "password"), [("village-chief", "wrong"), ("nobody", "x"), ("village-chief", ""), ("", "")]
)
def test_a_wrong_name_or_password_says_the_same_and_signs_nobody_in(make, chief, sign_in, username, password):
    client = make.client()
    answer = sign_in(client, username, password)
    assert answer.status_code == 422
    assert not is_signed_in(client)


def test_a_closed_account_cannot_sign_in_and_its_open_session_ends(make, chief, sign_in):
    client = make.client(chief)
    user_close(user=chief, by=make.actor(make.county_office), at=make.now)
    assert not is_signed_in(client)
    assert sign_in(make.client()).status_code == 422


def test_the_sign_in_page_is_shown_in_chinese_and_in_english(make):
    client = make.client()
    assert b'name="password"' in client.get(LOGIN).content
    assert 'lang="zh-hans"' in client.get(LOGIN).content.decode()
    assert "Sign in" in client.get(LOGIN, headers={"Accept-Language": "en"}).content.decode()


def test_a_stranger_is_sent_to_sign_in_and_comes_back(make):
    answer = make.client().get("/accounts/devices/")
    assert answer["Location"] == "/accounts/login/?next=/accounts/devices/"


def test_signing_out_takes_a_post(make, chief):
    client = make.client(chief)
    assert client.get("/accounts/logout/").status_code == 405
    assert client.post("/accounts/logout/")["Location"] == LOGIN
    assert not is_signed_in(client)


def test_forms_are_guarded_against_other_sites(make, chief, sign_in):
    assert sign_in(make.client(enforce_csrf_checks=True)).status_code == 403
    assert make.client(chief, enforce_csrf_checks=True).post("/accounts/logout/").status_code == 403


# -- sessions end ----------------------------------------------------------------------------------------


def test_a_session_left_alone_for_two_hours_ends(make, chief, sign_in):
    client = make.client()
    sign_in(client)
    with clock.moved_to(make.now + timedelta(minutes=119)):
        assert is_signed_in(client)
    with clock.moved_to(make.now + timedelta(minutes=119 + 121)):
        assert not is_signed_in(client)


def test_a_session_in_use_ends_after_twelve_hours_all_the_same(make, chief, sign_in):
    client = make.client()
    sign_in(client)
    for hour in range(1, 13):
        with clock.moved_to(make.now + timedelta(hours=hour)):
            assert is_signed_in(client)
    with clock.moved_to(make.now + timedelta(hours=12, minutes=1)):
        assert not is_signed_in(client)


def test_a_session_is_not_written_at_every_request(make, chief, django_assert_num_queries):
    client = make.client(chief)
    is_signed_in(client)
    with django_assert_num_queries(8):  # session, account, person, posts with parts, leaves, devices, codes
        is_signed_in(client)


# -- the password ----------------------------------------------------------------------------------------


def change(client, old, new=NEW, again=None, **more):
    fields = {"old": old, "new": new, "again": new if again is None else again, **more}
    return client.post("/accounts/password/", fields)


def test_a_first_password_has_to_be_changed_before_anything_else(make, chief, sign_in):
    one_time = password_reset(user=chief, by=make.actor(make.county_office), at=make.now)
    client = make.client()
    sign_in(client, password=one_time)
    answer = client.get("/accounts/devices/")
    assert answer["Location"] == "/accounts/password/?next=/accounts/devices/"
    assert client.get("/api/v1/me").status_code == 403
    answer = change(client, one_time, next="/accounts/devices/")
    assert answer["Location"] == "/accounts/devices/"
    assert is_signed_in(client)
    chief.refresh_from_db()
    assert not chief.must_change_password


def test_who_changes_the_password_stays_signed_in_here_and_nowhere_else(make, chief, sign_in):
    here, there = make.client(chief), make.client(chief)
    phone = token_issue(user=chief, by=make.actor(chief), at=make.now)
    assert change(here, make.password).status_code == 302
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert ApiToken.objects.get(pk=phone.row.pk).revoked_at == make.now
    assert sign_in(make.client(), password=NEW).status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("wrong", NEW, NEW),
        (None, NEW, NEW + "x"),
        (None, "short", "short"),
        (None, "password123", "password123"),
        (None, "village-chief", "village-chief"),
        (None, None, None),
        (None, "", ""),
    ],
)
def test_a_weak_or_mistyped_password_changes_nothing(make, chief, sign_in, old, new, again):
    old, new, again = old or make.password, make.password if new is None else new, again or ""
    again = new if again is None else again
    answer = change(make.client(chief), old, new, again)
    assert answer.status_code == 422
    assert sign_in(make.client()).status_code == 302
    assert not Event.objects.filter(action="account.password_change").exists()


def test_a_strangers_password_page_is_the_sign_in_page(make):
    assert make.client().get("/accounts/password/")["Location"].startswith(LOGIN)


# -- devices and language --------------------------------------------------------------------------------


def test_one_signs_out_a_device_of_ones_own_and_no_other(make, chief):
    mine = token_issue(user=chief, label="我的手机", by=make.actor(chief), at=make.now).row
    other = token_issue(user=make.stranger, by=make.actor(make.stranger), at=make.now).row
    client = make.client(chief)
    assert "我的手机" in client.get("/accounts/devices/").content.decode()
    assert client.post(f"/accounts/devices/{mine.pk}/sign-out/").status_code == 302
    assert client.post(f"/accounts/devices/{other.pk}/sign-out/").status_code == 404
    assert client.get(f"/accounts/devices/{mine.pk}/sign-out/").status_code == 405
    assert ApiToken.objects.get(pk=mine.pk).revoked_at is not None
    assert ApiToken.objects.get(pk=other.pk).revoked_at is None


def test_a_language_is_kept_with_the_account_and_meets_one_on_the_next_computer(make, chief, sign_in):
    make.client(chief).post("/i18n/setlang/", {"language": "en", "next": "/accounts/devices/"})
    chief.refresh_from_db()
    assert chief.language == "en"
    client = make.client()
    sign_in(client)
    assert 'lang="en"' in client.get("/accounts/devices/").content.decode()


@pytest.mark.parametrize("language", ["fr", "", "zh-hans\r\nX: y"])
def test_a_language_that_there_is_not_changes_nothing(make, chief, language):
    make.client(chief).post("/i18n/setlang/", {"language": language})
    chief.refresh_from_db()
    assert chief.language == ""
