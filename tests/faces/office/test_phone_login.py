"""Signing in with a telephone number on the pages: step by step, the same for known and unknown numbers."""

from __future__ import annotations

import json
import re

import pytest
from django.core.cache import cache

from shanhe.ground.notify import sms
from shanhe.ground.people.services import password_reset

PAGE = "/accounts/phone/"
PHONE = "13900001111"
NEW = "a-password-of-my-own"


@pytest.fixture(autouse=True)
def outbox(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.SMS = {"adapter": "file"}
    cache.clear()
    return sms.outbox()


@pytest.fixture
def ranger(make):
    person = make.person(phone=PHONE)
    make.appointment(person, make.post("ranger", "village", "forest"))
    return make.user(person, "the-ranger")


def ask(client, phone: str = PHONE, **more: str):
    return client.post(PAGE, {"step": "ask", "phone": phone, **more})


def use(client, code: str, phone: str = PHONE, **more: str):
    return client.post(PAGE, {"phone": phone, "code": code, **more})


def digits_sent() -> str:
    assert sms.settled()
    line = sms.outbox().read_text("utf-8").splitlines()[-1]
    return re.search(r"\d{6}", json.loads(line)["text"])[0]


def is_signed_in(client, user) -> bool:
    return client.session.get("_auth_user_id") == str(user.pk)


def test_number_and_digits_sign_in_and_lead_where_one_wanted_to_go(make, ranger):
    client = make.client()
    assert client.get(PAGE).status_code == 200
    assert ask(client, "139 0000 1111").status_code == 200
    answer = use(client, digits_sent(), next="/office/areas/")
    assert (answer.status_code, answer["Location"]) == (302, "/office/areas/")
    assert is_signed_in(client, ranger)


def test_nobody_is_sent_to_a_foreign_site(make, ranger):
    client = make.client()
    ask(client)
    assert use(client, digits_sent(), next="https://evil.example/")["Location"] == "/office/"


def test_the_page_does_not_tell_whether_a_number_is_known(make, ranger):
    answers = [ask(make.client(), phone) for phone in (PHONE, "13900002222")]
    texts = [
        re.sub(r'csrfmiddlewaretoken" value="\w+', "", answer.content.decode()).replace(phone, "…")
        for answer, phone in zip(answers, (PHONE, "13900002222"), strict=True)
    ]
    assert texts[0] == texts[1]


def test_wrong_digits_are_refused_at_their_field_and_the_number_stays(make, ranger):
    client = make.client()
    ask(client)
    answer = use(client, "12")
    assert answer.status_code == 401
    assert f'value="{PHONE}"' in answer.content.decode()
    assert not is_signed_in(client, ranger)


def test_who_shares_a_number_chooses_after_the_proof(make, ranger):
    other = make.user(make.person(phone=PHONE), "the-other")
    client = make.client()
    ask(client)
    digits = digits_sent()
    page = use(client, digits).content.decode()
    assert ranger.person.name in page
    assert other.person.name in page
    assert use(client, digits, username="the-other").status_code == 302
    assert is_signed_in(client, other)


def test_a_first_password_is_changed_on_the_way_in(make, ranger):
    password_reset(user=ranger, by=make.actor(make.county_office), at=make.now)
    client = make.client()
    ask(client)
    digits = digits_sent()
    assert 'name="new_password"' in use(client, digits).content.decode()
    assert use(client, digits, new_password="12345678", again="12345678").status_code == 422
    assert use(client, digits, new_password=NEW, again=NEW).status_code == 302
    assert is_signed_in(client, ranger)


def test_what_is_no_mobile_number_is_refused_and_what_was_typed_stays(make):
    answer = ask(make.client(), "0566-7012345")
    assert answer.status_code == 422
    assert "0566-7012345" in answer.content.decode()


def test_the_sign_in_page_offers_it_only_where_messages_arrive(make, settings):
    offers = lambda: PAGE in make.client().get("/accounts/login/").content.decode()  # noqa: E731
    settings.DEMO = False
    assert not offers()
    settings.SMS = {"adapter": "http", "url": "https://sms.example.cn/"}
    assert offers()
    settings.SMS = {"adapter": "off"}
    assert not offers()
    assert make.client().get(PAGE).status_code == 404
    settings.DEMO, settings.SMS = True, {"adapter": "file"}
    assert offers()


def test_a_demonstration_says_where_its_messages_are(make, settings, outbox):
    settings.DEMO = True
    assert str(outbox) in ask(make.client()).content.decode()
    settings.DEMO = False
    assert str(outbox) not in ask(make.client(), "13900002222").content.decode()
