"""Guessing passwords: failed tries count, for the account and for the address apart; right ones never do."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from shanhe.faces.http.throttling import ADDRESS_LIMIT

OFFICE, API = "/accounts/login/", "/api/v1/auth/token"
HOME, AWAY = "10.0.0.1", "10.9.9.9"


def attempt(
    door: str, username: str, password: str, address: str = HOME, client: Client | None = None
) -> int:
    client = client or Client()
    content = {"username": username, "password": password}
    kind = {"content_type": "application/json"} if door == API else {}
    return client.post(door, content, REMOTE_ADDR=address, **kind).status_code


def good(door: str) -> int:
    return 302 if door == OFFICE else 200


def wrong(door: str) -> int:
    return 422 if door == OFFICE else 401


@pytest.fixture(params=[OFFICE, API], ids=["office", "api"])
def door(request, make):
    make.village_chief  # noqa: B018  the account exists
    return request.param


def test_after_ten_failures_even_the_right_password_waits(make, door):
    codes = [attempt(door, "village-chief", "wrong") for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert set(codes[:-1]) == {wrong(door)}
    assert codes[-1] == 429
    assert attempt(door, "village-chief", make.password) == 429


def test_an_account_is_guarded_wherever_the_guesses_come_from(make, door):
    for number in range(settings.AXES_FAILURE_LIMIT):
        attempt(door, "village-chief", "wrong", f"10.9.9.{number}")
    assert attempt(door, "village-chief", make.password, AWAY) == 429


def test_failures_at_one_door_count_at_the_other(make, door):
    other = API if door == OFFICE else OFFICE
    for _ in range(settings.AXES_FAILURE_LIMIT):
        attempt(door, "village-chief", "wrong")
    assert attempt(other, "village-chief", make.password) == 429


def test_other_accounts_at_the_same_address_go_on(make, door):
    make.county_office  # noqa: B018
    for _ in range(settings.AXES_FAILURE_LIMIT):
        attempt(door, "village-chief", "wrong")
    assert attempt(door, "county-office", make.password) == good(door)


def test_an_address_that_tries_many_accounts_is_stopped(make, door):
    for number in range(ADDRESS_LIMIT):
        attempt(door, f"guess-{number}", "wrong", AWAY)
    assert attempt(door, "village-chief", make.password, AWAY) == 429
    assert attempt(door, "village-chief", make.password, HOME) == good(door)


def test_right_passwords_never_count(make, door):
    for _ in range(2 * settings.AXES_FAILURE_LIMIT):
        assert attempt(door, "village-chief", make.password) == good(door)


def test_a_right_password_forgets_ones_own_failures(make, door):
    for _ in range(3):
        for _ in range(settings.AXES_FAILURE_LIMIT - 1):
            assert attempt(door, "village-chief", "wrong") == wrong(door)
        assert attempt(door, "village-chief", make.password) == good(door)


def test_signing_in_to_an_account_of_ones_own_washes_no_guesses_away(make, door):
    make.stranger  # noqa: B018
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        attempt(door, "village-chief", "wrong", AWAY)
    assert attempt(door, "stranger", make.password, AWAY) == good(door)
    assert attempt(door, "village-chief", "wrong", AWAY) == 429


def test_a_known_browser_is_not_locked_out_by_guesses_from_elsewhere(make):
    make.village_chief  # noqa: B018
    known = Client()
    assert attempt(OFFICE, "village-chief", make.password, HOME, known) == 302
    known.post("/accounts/logout/")
    for _ in range(settings.AXES_FAILURE_LIMIT):
        attempt(OFFICE, "village-chief", "wrong", AWAY)
    assert attempt(OFFICE, "village-chief", make.password, HOME) == 429
    assert attempt(OFFICE, "village-chief", make.password, HOME, known) == 302


def test_a_known_browser_may_not_guess_for_ever(make):
    make.village_chief  # noqa: B018
    known = Client()
    attempt(OFFICE, "village-chief", make.password, HOME, known)
    known.post("/accounts/logout/")
    codes = [attempt(OFFICE, "village-chief", "x", HOME, known) for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert codes[-1] == 429


def test_a_forged_mark_makes_no_browser_known(make):
    make.village_chief  # noqa: B018
    forger = Client()
    forger.cookies["shanhe_device"] = "WyJhIl0:1:forged"
    for _ in range(settings.AXES_FAILURE_LIMIT):
        attempt(OFFICE, "village-chief", "wrong", AWAY)
    assert attempt(OFFICE, "village-chief", make.password, HOME, forger) == 429


def test_the_api_says_so_in_its_own_form(make):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        attempt(API, "village-chief", "wrong")
    answer = Client().post(
        API, {"username": "village-chief", "password": "x"}, content_type="application/json"
    )
    assert answer.json()["error"]["code"] == "auth.locked_out"
