"""Digits sent to a telephone: five tries, five minutes, once; and nobody learns which numbers are known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shanhe.ground.audit.models import Event
from shanhe.ground.people.models import PhoneCode
from shanhe.ground.people.numbers import number_of, spellings
from shanhe.ground.people.services import codes_purge, password_reset, phone_code_ask, phone_code_use
from shanhe.kernel.errors import Refusal

PHONE = "13900001111"
NEW = "a-password-of-my-own"


def account(make, phone: str = PHONE, **fields):
    person = make.person(phone=phone)
    make.appointment(person, make.post("ranger", "village", "forest"))
    return make.user(person, **fields)


def asked(make, phone: str = PHONE, at=None):
    return phone_code_ask(phone=phone, at=at or make.now)


def used(make, digits: str, phone: str = PHONE, at=None, **more):
    return phone_code_use(phone=phone, digits=digits, at=at or make.now, via="api", **more)


def refused(call) -> Refusal:
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value


def wrong(digits: str) -> str:
    return f"{(int(digits) + 1) % 1_000_000:06d}"


# -- numbers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["13900001111", "139 0000 1111", "+86 139-0000-1111", "１３９００００１１１１", "8613900001111"]
)
def test_a_number_is_read_as_people_write_it(text):
    assert number_of(text) == PHONE


@pytest.mark.parametrize("text", ["", "0566-7012345", "12900001111", "139000011112", "1390000111a", "\x00"])
def test_what_takes_no_text_message_is_refused(text):
    assert refused(lambda: number_of(text)).code == "phone.unreadable"


@pytest.mark.parametrize("written", ["13900001111", "139-0000-1111", "139 0000 1111", "+86 13900001111"])
def test_an_account_is_found_however_the_register_writes_its_number(make, written):
    assert written in spellings(PHONE)
    user = account(make, written)
    assert used(make, asked(make).digits).user == user


# -- asking ----------------------------------------------------------------------------------------------


def test_an_unknown_number_is_answered_alike_and_gets_no_digits(make):
    account(make)
    known, unknown = asked(make), asked(make, "13900002222")
    assert known.digits
    assert not unknown.digits
    assert known.expires_at == unknown.expires_at
    assert refused(lambda: asked(make)).code == refused(lambda: asked(make, "13900002222")).code


def test_neither_number_nor_digits_are_kept(make):
    account(make)
    digits = asked(make).digits
    kept = str(PhoneCode.objects.values("phone_digest", "code_digest").get())
    assert PHONE not in kept
    assert digits not in kept


def test_one_a_minute_five_an_hour_ten_a_day(make):
    account(make)
    minutes = iter(range(24 * 60))
    sent: list[int] = []
    for minute in minutes:
        try:
            asked(make, at=make.now + timedelta(minutes=minute))
        except Refusal:
            continue
        sent.append(minute)
    assert sent == [0, 1, 2, 3, 4, 60, 61, 62, 63, 64]
    again = refused(lambda: asked(make, at=make.now + timedelta(seconds=30)))
    assert (again.code, again.status) == ("sms.too_many", 429)


@pytest.mark.parametrize("fields", [{"is_active": False}, {"is_administrator": True}])
def test_closed_accounts_and_administrators_get_no_digits(make, fields):
    user = account(make)
    type(user).objects.filter(pk=user.pk).update(**fields)
    assert not asked(make).digits


# -- using -----------------------------------------------------------------------------------------------


def test_the_digits_let_in_once(make):
    user = account(make)
    digits = asked(make).digits
    assert used(make, digits).user == user
    assert refused(lambda: used(make, digits)).status == 401
    assert Event.objects.get(action="account.phone_sign_in").user_id == user.pk


def test_five_tries_and_the_right_digits_open_nothing_any_more(make):
    account(make)
    digits = asked(make).digits
    for _try in range(5):
        assert refused(lambda: used(make, wrong(digits))).code == "sms.code"
    assert refused(lambda: used(make, digits)).code == "sms.code"
    again = asked(make, at=make.now + timedelta(minutes=1))
    assert used(make, again.digits, at=make.now + timedelta(minutes=1)).user


def test_after_five_minutes_they_open_nothing(make):
    account(make)
    digits = asked(make).digits
    assert refused(lambda: used(make, digits, at=make.now + timedelta(minutes=5))).code == "sms.code"


def test_only_the_newest_digits_count(make):
    account(make)
    old = asked(make).digits
    later = make.now + timedelta(minutes=1)
    new = asked(make, at=later).digits
    if old != new:
        assert refused(lambda: used(make, old, at=later)).code == "sms.code"
    assert used(make, new, at=later).user


def test_the_digits_of_one_number_open_no_other(make):
    account(make)
    account(make, "13900002222")
    digits = asked(make).digits
    assert refused(lambda: used(make, digits, "13900002222")).code == "sms.code"


def test_two_phones_at_once_one_gets_in(make, monkeypatch):
    account(make)
    digits = asked(make).digits
    from shanhe.ground.people.services import phone_codes

    def meanwhile(user, new):
        PhoneCode.objects.update(used_at=make.now)
        return False

    monkeypatch.setattr(phone_codes, "first_password_ready", meanwhile)
    assert refused(lambda: used(make, digits)).code == "sms.code"


def test_several_accounts_with_one_number_are_named_after_the_proof_and_not_before(make):
    one, other = account(make), account(make, "139 0000 1111")
    digits = asked(make).digits
    assert refused(lambda: used(make, wrong(digits), username=one.username)).code == "sms.code"
    proven = used(make, digits)
    assert proven.user is None
    assert list(proven.users) == [one, other]
    stranger = make.stranger
    assert refused(lambda: used(make, digits, username=stranger.username)).code == "sms.code"
    assert used(make, digits, username=other.username).user == other


def test_a_first_password_is_changed_on_the_way_in(make):
    user = account(make)
    password_reset(user=user, by=make.actor(make.county_office), at=make.now)
    digits = asked(make).digits
    assert refused(lambda: used(make, digits)).code == "password.must_change"
    assert used(make, digits, new_password=NEW).user == user
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert not user.must_change_password


def test_what_was_sent_is_forgotten_after_a_day(make):
    asked(make)
    assert codes_purge(at=make.now + timedelta(hours=23)) == 0
    assert codes_purge(at=make.now + timedelta(hours=25)) == 1
