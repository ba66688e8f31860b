"""Codes that sign one phone in: made by whom, good once and for five minutes, for one account."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from shanhe.ground.audit.models import Event
from shanhe.ground.people.models import ApiToken, SignInCode
from shanhe.ground.people.services import (
    CODE_LIFE,
    codes_purge,
    password_change,
    password_reset,
    sign_in_code_make,
    sign_in_code_revoke,
    sign_in_code_use,
    token_issue,
    user_close,
)
from shanhe.ground.people.sign_in_codes import code_of, code_open, codes_used
from shanhe.kernel.errors import Refusal

NEW = "a-password-of-my-own"


def made(make, by=None, user=None, at=None):
    by = by or make.village_chief
    return sign_in_code_make(user=user or make.village_chief, by=make.actor(by), at=at or make.now)


def used(make, secret, at=None, **more):
    return sign_in_code_use(secret=secret, at=at or make.now, via="api", **more)


def refused(call) -> Refusal:
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value


# -- making ----------------------------------------------------------------------------------------------


def test_one_makes_a_code_for_oneself_and_the_office_above_for_others(make):
    assert made(make).row.user == make.village_chief
    assert made(make, by=make.county_office).row.made_by == make.county_office
    assert Event.objects.filter(action="code.make").count() == 2


@pytest.mark.parametrize("who", ["stranger", "village_chief"])
def test_nobody_else_does(make, who):
    other = make.holder("chief", "township", make.dadukou, "town-chief")
    assert refused(lambda: made(make, by=getattr(make, who), user=other)).code == "account.not_above"
    assert not SignInCode.objects.exists()


def test_colleagues_of_one_office_make_none_for_each_other(make):
    colleague = make.holder("clerk", "county", make.dongzhi, "colleague")
    assert refused(lambda: made(make, by=make.county_office, user=colleague)).status == 403


def test_there_is_none_for_an_administrator_not_even_by_oneself(make):
    admin = make.administrator
    assert refused(lambda: made(make, by=admin, user=admin)).code == "code.administrator"


def test_a_code_made_before_its_account_became_an_administrators_opens_nothing(make):
    secret = made(make).secret
    type(make.village_chief).objects.filter(pk=make.village_chief.pk).update(is_administrator=True)
    assert refused(lambda: used(make, secret)).code == "code.unknown"
    assert code_open(secret, make.now) is None


def test_there_is_none_for_a_closed_account_and_closing_ends_an_open_one(make):
    secret = made(make).secret
    user_close(user=make.village_chief, by=make.actor(make.county_office), at=make.now)
    assert refused(lambda: used(make, secret)).code == "code.unknown"
    assert refused(lambda: made(make, by=make.county_office)).code == "account.closed"


def test_the_secret_has_128_bits_and_is_kept_as_a_hash_only(make):
    code = made(make)
    assert 31 ** len(code.secret) > 2**128
    assert code.secret not in str(SignInCode.objects.values().get())
    assert not [event for event in Event.objects.all() if code.secret in str(event.data)]


def test_the_eleventh_code_within_ten_minutes_has_to_wait(make):
    for _number in range(10):
        made(make)
    assert refused(lambda: made(make)).code == "code.too_many"
    assert made(make, at=make.now + timedelta(minutes=11))


# -- using -----------------------------------------------------------------------------------------------


def test_a_code_opens_its_account_once(make):
    secret = made(make).secret
    assert code_open(secret, make.now).user == make.village_chief
    assert used(make, secret) == make.village_chief
    assert refused(lambda: used(make, secret)).status == 401
    assert code_open(secret, make.now) is None
    event = Event.objects.get(action="code.use")
    assert event.user_id == make.village_chief.pk


def test_spaces_dashes_and_capitals_do_not_matter_when_it_is_typed(make):
    secret = made(make).secret
    assert used(make, f" {secret[:5].upper()} {secret[5:12]}-{secret[12:]} ") == make.village_chief


def test_two_phones_at_once_one_gets_in(make, monkeypatch):
    secret = made(make).secret
    from shanhe.ground.people.services import codes

    def meanwhile(user, new):
        SignInCode.objects.update(used_at=make.now)
        return False

    monkeypatch.setattr(codes, "first_password_ready", meanwhile)
    assert refused(lambda: used(make, secret)).code == "code.unknown"
    assert not Event.objects.filter(action="code.use").exists()


def test_after_five_minutes_it_opens_nothing(make):
    secret = made(make).secret
    assert refused(lambda: used(make, secret, at=make.now + CODE_LIFE)).code == "code.unknown"
    assert used(make, secret, at=make.now + CODE_LIFE - timedelta(seconds=1))


def test_a_new_code_replaces_the_one_before(make):
    old, new = made(make).secret, made(make).secret
    assert refused(lambda: used(make, old)).code == "code.unknown"
    assert used(make, new)


@pytest.mark.parametrize("secret", ["", "x", "0" * 27, "a" * 27, "\x00", "码" * 27])
def test_what_is_no_code_opens_nothing(make, secret):
    made(make)
    assert refused(lambda: used(make, secret)).code == "code.unknown"


def test_a_new_password_ends_open_codes(make):
    own = made(make).secret
    password_change(
        user=make.village_chief, old=make.password, new=NEW, by=make.actor(make.village_chief), at=make.now
    )
    assert refused(lambda: used(make, own)).code == "code.unknown"
    other = made(make, by=make.county_office).secret
    password_reset(user=make.village_chief, by=make.actor(make.county_office), at=make.now)
    assert refused(lambda: used(make, other)).code == "code.unknown"


def test_it_is_taken_back_by_its_maker_its_account_or_the_office_above_and_nobody_else(make):
    for who in (make.village_chief, make.county_office):
        code = made(make)
        sign_in_code_revoke(code=code.row, by=make.actor(who), at=make.now)
        sign_in_code_revoke(code=code.row, by=make.actor(who), at=make.now)
        assert refused(lambda code=code: used(make, code.secret)).code == "code.unknown"
    assert Event.objects.filter(action="code.revoke").count() == 2
    code = made(make)
    stranger = make.actor(make.stranger)
    assert refused(lambda: sign_in_code_revoke(code=code.row, by=stranger, at=make.now)).status == 403
    assert used(make, code.secret)


# -- first passwords -------------------------------------------------------------------------------------


def test_a_first_password_has_to_be_changed_before_a_code_lets_in(make):
    chief = make.village_chief
    first = password_reset(user=chief, by=make.actor(make.county_office), at=make.now)
    secret = made(make, by=make.county_office).secret
    assert refused(lambda: used(make, secret)).code == "password.must_change"
    weak = refused(lambda: used(make, secret, new_password="12345678"))
    assert weak.code == "password.fields"
    assert "new_password" in weak.fields
    user = used(make, secret, new_password=NEW)
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert not user.check_password(first)
    assert not user.must_change_password
    assert Event.objects.filter(action="account.password_change", user_id=chief.pk).exists()


def test_a_code_leaves_ones_own_password_and_devices_alone(make):
    chief = make.village_chief
    token_issue(user=chief, by=make.actor(chief), at=make.now)
    user = used(make, made(make, by=make.county_office).secret, new_password=NEW)
    user.refresh_from_db()
    assert user.check_password(make.password)
    assert ApiToken.objects.filter(revoked_at=None).count() == 1


# -- reading ---------------------------------------------------------------------------------------------


def test_maker_and_account_see_a_code_and_nobody_else(make):
    code = made(make, by=make.county_office).row
    for who, sees in ((make.county_office, True), (make.village_chief, True), (make.stranger, False)):
        assert (code_of(make.scope(who), code.uuid) == code) is sees


def test_the_account_sees_who_let_phones_in(make):
    used(make, made(make, by=make.county_office).secret)
    assert [code.made_by for code in codes_used(make.scope(make.village_chief), make.now)] == [
        make.county_office
    ]
    assert not codes_used(make.scope(make.county_office), make.now)
    assert not codes_used(make.scope(make.village_chief), make.now + timedelta(days=31))


def test_codes_are_forgotten_after_a_month(make):
    made(make)
    assert codes_purge(at=make.now + timedelta(days=29)) == 0
    assert codes_purge(at=make.now + timedelta(days=31)) == 1
    assert Event.objects.get(action="code.purge").user_id is None


def test_the_database_knows_no_code_that_is_both_used_and_taken_back(make):
    row = made(make).row
    with pytest.raises(IntegrityError), transaction.atomic():
        SignInCode.objects.filter(pk=row.pk).update(used_at=make.now, revoked_at=make.now)
