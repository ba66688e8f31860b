"""Tokens by a code and by digits: once, in time, limited, and no word of who has an account."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.cache import cache

from shanhe.ground import clock
from shanhe.ground.audit.models import Event
from shanhe.ground.notify import sms
from shanhe.ground.people.models import ApiToken
from shanhe.ground.people.services import password_reset, sign_in_code_make

CODE, SMS, SMS_CODE, ME = (f"/api/v1/{path}" for path in ("auth/code", "auth/sms", "auth/sms/code", "me"))
PHONE = "13900001111"
NEW = "a-password-of-my-own"


@pytest.fixture(autouse=True)
def outbox(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.SMS = {"adapter": "file"}
    cache.clear()  # where requests are counted
    return sms.outbox()


@pytest.fixture
def ranger(make):
    person = make.person(phone=PHONE)
    make.appointment(person, make.post("ranger", "village", "forest"))
    return make.user(person, "the-ranger")


def post(make, path: str, body: dict[str, str], **defaults: str):
    return make.client(**defaults).post(path, body, content_type="application/json")


def code_of(make, user=None, by=None) -> str:
    user = user or make.village_chief
    return sign_in_code_make(user=user, by=make.actor(by or user), at=make.now).secret


def digits_sent() -> str:
    """Out of the last message."""
    assert sms.settled()
    line = sms.outbox().read_text("utf-8").splitlines()[-1]
    return next(word for word in json.loads(line)["text"].replace("，", " ").split() if word[:6].isdigit())[
        :6
    ]


# -- by a code -------------------------------------------------------------------------------------------


def test_a_code_gives_a_token_once(make):
    code = code_of(make)
    answer = post(make, CODE, {"code": code, "label": "手机"})
    assert answer.status_code == 200
    token = answer.json()["token"]
    assert make.client().get(ME, headers={"Authorization": f"Bearer {token}"}).json()["username"] == (
        "village-chief"
    )
    assert ApiToken.objects.get().label == "手机"
    again = post(make, CODE, {"code": code})
    assert again.status_code == 401
    assert again.json()["error"]["code"] == "code.unknown"
    assert ApiToken.objects.count() == 1


def test_a_code_that_has_run_out_is_answered_like_one_that_never_was(make):
    code = code_of(make)
    with clock.moved_to(make.now + timedelta(minutes=5)):
        late = post(make, CODE, {"code": code})
    never = post(make, CODE, {"code": "x" * 27})
    assert (late.status_code, late.json()) == (never.status_code, never.json())


def test_a_first_password_is_changed_with_the_same_code(make):
    chief, office = make.village_chief, make.county_office
    password_reset(user=chief, by=make.actor(office), at=make.now)
    code = code_of(make, chief, by=office)
    refused = post(make, CODE, {"code": code})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "password.must_change")
    assert post(make, CODE, {"code": code, "new_password": "12345678"}).status_code == 422
    assert post(make, CODE, {"code": code, "new_password": NEW}).status_code == 200


def test_guessing_from_one_address_ends(make):
    statuses = [post(make, CODE, {"code": f"guess-{n}"}).status_code for n in range(61)]
    assert statuses[:60] == [401] * 60
    assert statuses[60] == 429
    assert post(make, CODE, {"code": code_of(make)}, REMOTE_ADDR="10.0.0.9").status_code == 200


# -- by digits -------------------------------------------------------------------------------------------


def test_digits_sent_to_a_telephone_give_a_token(make, ranger):
    asked = post(make, SMS, {"phone": "139 0000 1111"})
    assert asked.status_code == 202
    answer = post(make, SMS_CODE, {"phone": PHONE, "code": digits_sent(), "label": "巡林手机"})
    assert answer.status_code == 200
    assert ApiToken.objects.get().user == ranger


def test_known_and_unknown_numbers_are_answered_alike_and_only_one_gets_a_message(make, ranger, outbox):
    unknown = post(make, SMS, {"phone": "13900002222"})
    assert sms.settled()
    assert not outbox.exists()
    known = post(make, SMS, {"phone": PHONE})
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    wrong = [post(make, SMS_CODE, {"phone": phone, "code": "x"}) for phone in (PHONE, "13900002222")]
    assert wrong[0].status_code == wrong[1].status_code == 401
    assert wrong[0].json() == wrong[1].json()
    again = [post(make, SMS, {"phone": phone}) for phone in (PHONE, "13900002222")]
    assert again[0].status_code == again[1].status_code == 429
    assert again[0].json() == again[1].json()


def test_the_same_digits_give_no_second_token(make, ranger):
    post(make, SMS, {"phone": PHONE})
    digits = digits_sent()
    assert post(make, SMS_CODE, {"phone": PHONE, "code": digits}).status_code == 200
    assert post(make, SMS_CODE, {"phone": PHONE, "code": digits}).status_code == 401


def test_who_shares_a_number_says_which_account_is_meant(make, ranger):
    other = make.user(make.person(phone=PHONE), "the-other")
    post(make, SMS, {"phone": PHONE})
    digits = digits_sent()
    choose = post(make, SMS_CODE, {"phone": PHONE, "code": digits})
    assert choose.status_code == 409
    error = choose.json()["error"]
    assert error["code"] == "auth.choose"
    assert [account["username"] for account in error["accounts"]] == ["the-ranger", "the-other"]
    answer = post(make, SMS_CODE, {"phone": PHONE, "code": digits, "username": "the-other"})
    assert answer.status_code == 200
    assert ApiToken.objects.get().user == other


def test_one_address_asks_for_a_few_numbers_only(make):
    asked = [post(make, SMS, {"phone": f"139{n:08}"}).status_code for n in range(16)]
    assert asked == [202] * 15 + [429]


def test_what_is_no_mobile_number_is_refused_at_its_field(make):
    answer = post(make, SMS, {"phone": "0566-7012345"})
    assert answer.status_code == 422
    assert "phone" in answer.json()["error"]["fields"]


def test_where_messages_are_off_there_is_no_such_thing(make, settings):
    settings.SMS = {"adapter": "off"}
    assert post(make, SMS, {"phone": PHONE}).status_code == 404
    assert post(make, SMS_CODE, {"phone": PHONE, "code": "123456"}).status_code == 404


def test_neither_code_digits_nor_number_reach_ledger_or_log(make, ranger, caplog):
    caplog.set_level("DEBUG")
    code = code_of(make)
    post(make, CODE, {"code": code})
    post(make, SMS, {"phone": PHONE})
    digits = digits_sent()
    post(make, SMS_CODE, {"phone": PHONE, "code": digits})
    told = caplog.text + str(list(Event.objects.values("action", "data", "object_id")))
    assert not [secret for secret in (code, digits, PHONE) if secret in told]
