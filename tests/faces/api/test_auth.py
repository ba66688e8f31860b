"""Signing in to the API by token or session, and who one is then."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ninja.errors import HttpError

from shanhe.faces.api.auth import SessionCookie
from shanhe.ground import clock
from shanhe.ground.audit.models import Event
from shanhe.ground.people.models import ApiToken
from shanhe.ground.people.services import password_reset, token_issue, token_revoke, user_close
from shanhe.ground.policies.services import policy_set

TOKEN, ME = "/api/v1/auth/token", "/api/v1/me"
JSON = "application/json"


@pytest.fixture
def token(make):
    return token_issue(user=make.village_chief, by=make.actor(make.village_chief), at=make.now).secret


def ask(make, token: str, path: str = ME, **headers: str):
    return make.client().get(path, headers={"Authorization": f"Bearer {token}", **headers})


def test_a_name_and_password_give_a_token_that_is_good_for_a_season(make):
    make.village_chief  # noqa: B018
    answer = make.client().post(
        TOKEN, {"username": "village-chief", "password": make.password, "label": "手机"}, content_type=JSON
    )
    assert answer.status_code == 200
    assert set(answer.json()) == {"token", "expires_at"}
    assert ask(make, answer.json()["token"]).json()["username"] == "village-chief"
    row = ApiToken.objects.get()
    assert row.label == "手机"
    assert row.expires_at == make.now + timedelta(days=90)


def test_how_long_a_token_is_good_is_a_policy(make):
    policy_set(
        key="account.token_days",
        value=7,
        since=make.today,
        source="test",
        division=make.dongzhi,
        by=None,
        at=make.now,
    )
    issued = token_issue(user=make.village_chief, by=make.actor(make.village_chief), at=make.now)
    assert issued.row.expires_at == make.now + timedelta(days=7)


def test_the_secret_is_kept_nowhere(make, token):
    assert len(token) >= 43  # 256 bits
    assert token not in str(list(ApiToken.objects.values()))
    assert token not in str(list(Event.objects.values()))


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"username": "village-chief", "password": "wrong"}, 401, None),
        ({"username": "nobody", "password": "wrong"}, 401, None),
        ({"username": "village-chief"}, 422, "password"),
        ({"username": 7, "password": "x"}, 422, "username"),
        ({"username": "x" * 61, "password": "x"}, 422, "username"),
        ([], 422, None),
    ],
)
def test_a_bad_request_for_a_token_says_why_in_the_one_shape(make, body, status, field):
    make.village_chief  # noqa: B018
    answer = make.client().post(TOKEN, body, content_type=JSON)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "fields"}
    if field:
        assert list(error["fields"]) == [field]
    assert not ApiToken.objects.exists()


def test_what_is_no_json_is_said_in_the_one_shape(make):
    answer = make.client().post(TOKEN, b"{", content_type=JSON)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_request"


@pytest.mark.parametrize("header", [None, "Bearer ", "Bearer wrong", "Basic eDp5", "wrong", "Bearer a b"])
def test_without_a_good_token_nobody_is_let_in(make, header):
    make.village_chief  # noqa: B018
    answer = make.client().get(ME, headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "auth.needed"
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_token_runs_out(make, token):
    with clock.moved_to(make.now + timedelta(days=90) - timedelta(seconds=1)):
        assert ask(make, token).status_code == 200
    with clock.moved_to(make.now + timedelta(days=90)):
        assert ask(make, token).status_code == 401


def test_a_revoked_token_is_good_no_more(make, token):
    token_revoke(token=ApiToken.objects.get(), by=make.actor(make.county_office), at=make.now)
    assert ask(make, token).status_code == 401


def test_closing_the_account_ends_its_tokens(make, token):
    user_close(user=make.village_chief, by=make.actor(make.county_office), at=make.now)
    assert ask(make, token).status_code == 401


def test_a_device_signs_itself_out(make, token):
    drop = make.client().delete(TOKEN, headers={"Authorization": f"Bearer {token}"})
    assert drop.status_code == 204
    assert ask(make, token).status_code == 401


def test_a_bad_token_is_not_saved_by_a_session(make):
    client = make.client(make.village_chief)
    assert client.get(ME).status_code == 200
    assert client.get(ME, headers={"Authorization": "Bearer wrong"}).status_code == 401


@pytest.mark.parametrize(("method", "passes"), [("get", True), ("post", False), ("delete", False)])
def test_a_session_without_the_csrf_token_may_read_and_not_change(make, rf, method, passes):
    request = getattr(rf, method)(ME)
    request.user = make.village_chief
    if passes:
        assert SessionCookie()(request) == make.village_chief
    else:
        with pytest.raises(HttpError) as refused:
            SessionCookie()(request)
        assert refused.value.status_code == 403


def test_a_bearer_needs_no_csrf_token(make, token):
    client = make.client(enforce_csrf_checks=True)
    assert client.delete(TOKEN, headers={"Authorization": f"Bearer {token}"}).status_code == 204


def test_me_says_name_posts_and_roles(make, token):
    told = ask(make, token).json()
    assert told["name"] == make.village_chief.person.name
    assert told["roles"] == ["chief"]
    (post,) = told["posts"]
    assert (post["post"], post["level"], post["division"]) == ("村级河长", "village", make.village.code)


def test_a_first_password_gives_no_token_until_it_is_changed(make):
    one_time = password_reset(user=make.village_chief, by=make.actor(make.county_office), at=make.now)
    body = {"username": "village-chief", "password": one_time}
    answer = make.client().post(TOKEN, body, content_type=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "password.must_change")
    changed = make.client().post(
        "/api/v1/auth/password", {**body, "new_password": "yangdun-2026-river"}, content_type=JSON
    )
    assert changed.status_code == 204
    body["password"] = "yangdun-2026-river"
    assert make.client().post(TOKEN, body, content_type=JSON).status_code == 200


def test_a_token_costs_one_look_up_and_one_write_a_day(make, token, django_assert_num_queries):
    with django_assert_num_queries(7):  # token, its first use today, posts with parts, leaves, both told
        ask(make, token)
    with django_assert_num_queries(6):
        ask(make, token)
    assert ApiToken.objects.get().last_used_on == make.today


def test_errors_come_in_the_accounts_language_unless_the_caller_names_one(make, token):
    make.village_chief.language = "en"
    make.village_chief.save()
    answer = make.client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer["Content-Language"] == "en"
    answer = ask(make, token, **{"Accept-Language": "zh-hans"})
    assert answer["Content-Language"] == "zh-hans"
