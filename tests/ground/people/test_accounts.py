"""Accounts: who opens them, who resets passwords, and that no secret is ever kept or told."""

from __future__ import annotations

import pytest

from shanhe.ground.audit.models import Event
from shanhe.ground.people.models import ApiToken, User
from shanhe.ground.people.scope import system_actor
from shanhe.ground.people.services import (
    password_change,
    password_reset,
    token_issue,
    token_revoke,
    user_close,
    user_open,
    user_reopen,
)
from shanhe.kernel.errors import Refusal

FIRST = "first-password-1"


def open_(make, by: User | None = None, **fields: object) -> User:
    fields = {"username": "new-chief", "password": FIRST} | fields
    return user_open(by=make.actor(by or make.county_office), at=make.now, **fields)


def refused(call) -> Refusal:
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value


# -- opening ---------------------------------------------------------------------------------------------


def test_a_clerk_opens_an_account_whose_first_password_must_be_changed(make):
    user = open_(make, person=make.person(), username="New-Chief")
    assert user.username == "new-chief"
    assert user.check_password(FIRST)
    assert user.must_change_password
    event = Event.objects.get(action="account.open", object_id=user.pk)
    assert event.user_id == make.county_office.pk


@pytest.mark.parametrize("who", ["stranger", "village_chief"])
def test_nobody_opens_accounts_outside_their_ground(make, who):
    person = make.person()
    assert refused(lambda: open_(make, getattr(make, who), person=person)).status == 403
    assert not User.objects.filter(username="new-chief").exists()


def test_only_the_administrator_opens_accounts_without_a_person_and_administrators(make):
    assert refused(lambda: open_(make)).status == 403
    assert refused(lambda: open_(make, person=make.person(), is_administrator=True)).status == 403
    assert open_(make, make.administrator, is_administrator=True).is_administrator


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "有 空格"}, "username"),
        ({"username": "x" * 61}, "username"),
        ({"password": "short"}, "password"),
        ({"password": "new-chief"}, "password"),
        ({"password": "password123"}, "password"),
        ({"username": "", "password": ""}, "username"),
    ],
)
def test_a_bad_name_or_a_weak_password_is_refused_with_its_field(make, fields, field):
    person = make.person()
    refusal = refused(lambda: open_(make, person=person, **fields))
    assert refusal.code == "account.fields"
    assert field in refusal.fields


def test_a_name_in_chinese_will_do(make):
    assert open_(make, person=make.person(), username="杨墩村河长").username == "杨墩村河长"


def test_a_name_or_a_person_has_one_account(make):
    person = make.person()
    open_(make, person=person)
    other = make.person()
    assert refused(lambda: open_(make, person=other)).fields.keys() == {"username"}
    assert refused(lambda: open_(make, person=person, username="other")).fields.keys() == {"person"}


def test_only_a_demo_opens_accounts_without_a_change_of_the_first_password(make, settings):
    person = make.person()
    with pytest.raises(ValueError, match="demo"):
        open_(make, person=person, must_change_password=False)
    settings.DEMO = True
    user = open_(make, person=person, must_change_password=False, is_simulated=True, password="shanhe-demo")
    assert not user.must_change_password


# -- resetting -------------------------------------------------------------------------------------------


def test_the_office_above_resets_a_password_to_a_one_time_one(make):
    chief = make.village_chief
    token_issue(user=chief, by=make.actor(chief), at=make.now)
    one_time = password_reset(user=chief, by=make.actor(make.county_office), at=make.now)
    chief.refresh_from_db()
    assert chief.check_password(one_time)
    assert chief.must_change_password
    assert ApiToken.objects.get().revoked_at == make.now
    assert one_time != password_reset(user=chief, by=make.actor(make.county_office), at=make.now)


@pytest.fixture
def town_office(make):
    return make.holder("clerk", "township", make.dadukou, "town-office")


@pytest.fixture
def colleague(make):
    return make.holder("clerk", "county", make.dongzhi, "colleague")


def test_a_township_clerk_resets_the_village_and_the_county_clerk_the_township(make, town_office):
    assert password_reset(user=make.village_chief, by=make.actor(town_office), at=make.now)
    assert password_reset(user=town_office, by=make.actor(make.county_office), at=make.now)


@pytest.mark.parametrize(
    ("by", "target"),
    [
        ("stranger", "village_chief"),  # another county
        ("village_chief", "village_chief"),  # manages nothing
        ("town_office", "county_office"),  # below
        ("town_office", "town_office"),  # oneself
        ("county_office", "colleague"),  # of one's own office
        ("county_office", "administrator"),
    ],
)
def test_nobody_else_resets_or_closes(make, request, by, target):
    def user(name: str) -> User:
        return getattr(make, name) if hasattr(type(make), name) else request.getfixturevalue(name)

    actor, account = make.actor(user(by)), user(target)
    for service in (password_reset, user_close):
        assert refused(lambda service=service: service(user=account, by=actor, at=make.now)).status == 403
    account.refresh_from_db()
    assert account.check_password(make.password)


def test_who_lives_in_the_village_and_serves_the_county_is_out_of_the_townships_reach(make, town_office):
    leader = make.person(make.village)
    make.appointment(leader, make.post("clerk", "county"), make.dongzhi)
    account = make.user(leader)
    assert (
        refused(lambda: password_reset(user=account, by=make.actor(town_office), at=make.now)).status == 403
    )


def test_a_chief_of_a_reach_in_another_town_is_out_of_the_townships_reach(make, town_office):
    chief = make.person(make.village)
    make.appointment(chief, areas=[make.reach(division="341721100200")])
    account = make.user(chief)
    by = make.actor(town_office)
    assert refused(lambda: password_reset(user=account, by=by, at=make.now)).status == 403
    assert password_reset(user=account, by=make.actor(make.county_office), at=make.now)


# -- closing ---------------------------------------------------------------------------------------------


def test_a_closed_account_is_closed_once_and_can_be_opened_again(make):
    by = make.actor(make.county_office)
    user_close(user=make.village_chief, by=by, at=make.now)
    assert refused(lambda: user_close(user=make.village_chief, by=by, at=make.now)).status == 409
    assert refused(lambda: password_reset(user=make.village_chief, by=by, at=make.now)).status == 409
    one_time = user_reopen(user=make.village_chief, by=by, at=make.now)
    make.village_chief.refresh_from_db()
    assert make.village_chief.is_active
    assert make.village_chief.check_password(one_time)


# -- secrets ---------------------------------------------------------------------------------------------


def test_no_password_or_token_is_told_to_the_ledger_or_kept_in_the_clear(make):
    user = open_(make, person=make.person())
    one_time = password_reset(user=user, by=make.actor(make.county_office), at=make.now)
    user.refresh_from_db()
    password_change(user=user, old=one_time, new="third-password-3", by=make.actor(user), at=make.now)
    secret = token_issue(user=user, by=make.actor(user), at=make.now).secret
    token_revoke(token=ApiToken.objects.get(), by=make.actor(user), at=make.now)
    told = (
        str(list(Event.objects.values()))
        + str(list(User.objects.values()))
        + str(list(ApiToken.objects.values()))
    )
    for word in (FIRST, one_time, "third-password-3", secret):
        assert word not in told
    actions = list(Event.objects.order_by("seq").values_list("action", flat=True))[-5:]
    assert actions == [
        "account.open",
        "account.password_reset",
        "account.password_change",
        "token.issue",
        "token.revoke",
    ]


def test_a_password_is_changed_by_its_owner_only(make):
    call = {"user": make.village_chief, "old": make.password, "new": "another-password-2", "at": make.now}
    for who in (make.county_office, make.administrator):
        assert refused(lambda who=who: password_change(**call, by=make.actor(who))).status == 403


def test_a_token_of_a_stranger_cannot_be_revoked(make):
    token = token_issue(user=make.village_chief, by=make.actor(make.village_chief), at=make.now).row
    assert refused(lambda: token_revoke(token=token, by=make.actor(make.stranger), at=make.now)).status == 403
    token_revoke(token=token, by=make.actor(make.county_office), at=make.now)
    token_revoke(token=token, by=system_actor("test"), at=make.now)
    assert Event.objects.filter(action="token.revoke").count() == 1
