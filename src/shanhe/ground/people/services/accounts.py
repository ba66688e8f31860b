"""Accounts 账号 are opened and closed; passwords changed by their owners, or reset from above.

Hashing takes a tenth of a second by design, so it is done before the transaction, which holds up all writers.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from shanhe.ground.audit import ledger
from shanhe.ground.people.models import ApiToken, Person, SignInCode, User
from shanhe.ground.people.scope import Actor
from shanhe.ground.people.services.permission import (
    check_is_above,
    check_is_administrator,
    check_manages,
)
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = [
    "language_choose",
    "one_time_password",
    "password_change",
    "password_reset",
    "user_close",
    "user_open",
    "user_reopen",
]

#: Letters and digits that nobody mistakes for one another when they are read out over the phone.
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
ONE_TIME_LETTERS = 12  # 31**12, 59 bits


def user_open(
    *,
    username: str,
    password: str | None,
    by: Actor,
    at: datetime,
    person: Person | None = None,
    is_administrator: bool = False,
    must_change_password: bool = True,
    language: str = "",
    is_simulated: bool = False,
) -> User:
    """Open an account with its first password, which has to be changed at the first sign-in.

    With the password None nobody knows one: the owner comes in by a code of the office, or after a reset.
    Only a demo's accounts may go without the change. Refusals: ``people.not_managed``,
    ``people.not_administrator`` (an account without a person, or an administrator's), ``account.fields``,
    ``account.taken`` (409): the name is taken, or the person has an account.
    """
    if person is None or is_administrator:
        check_is_administrator(by)
    else:
        check_manages(by, person.division_id, "person")
    if not must_change_password and not settings.DEMO:
        raise ValueError("only a demo's accounts go without a change of the first password")
    user = User(
        username=username.strip().lower(),
        person=person,
        is_administrator=is_administrator,
        must_change_password=must_change_password,
        language=language,
        is_simulated=is_simulated,
    )
    # The demo's password is printed in its documentation; elsewhere the rules hold for first ones too.
    _check_account(user, password, weak=settings.DEMO and is_simulated)
    user.set_password(password)
    with ledger.atomic():
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError as taken:
            raise _taken(user) from taken
        ledger.record("account.open", user, by=by, at=at, person=person and person.pk)
    return user


def _check_account(user: User, password: str | None, *, weak: bool) -> None:
    faults: dict[str, str | Text] = {}
    try:
        user.clean_fields(exclude=["password", "person"])
    except ValidationError:
        faults["username"] = _("A username has 1 to 60 letters, digits or the signs @ . + - _")
    if password is not None and not weak:
        faults |= _password_faults(password, user, "password")
    if faults:
        raise Refusal("account.fields", _("This account cannot be opened."), faults)


def _password_faults(password: str, user: User, field: str) -> dict[str, str | Text]:
    """Why a password is too weak, in Django's own words, which are in the request's language already."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        return {field: error.error_list[0].messages[0]}
    return {}


def _taken(user: User) -> Refusal:
    if User.objects.filter(username=user.username).exists():
        reason = _("This username is taken.")
        return Refusal("account.taken", reason, {"username": reason}, status=409)
    reason = _("This person has an account already.")
    return Refusal("account.taken", reason, {"person": reason}, status=409)


def password_change(*, user: User, old: str, new: str, by: Actor, at: datetime) -> User:
    """Let somebody choose a password of their own; every device signed in by token is signed out.

    Refusals: ``password.not_yours`` (403), ``password.fields`` with ``old`` or ``new``.
    """
    if by.user_id != user.pk:
        raise Refusal("password.not_yours", _("A password is changed by its owner only."), status=403)
    faults: dict[str, str | Text] = {}
    if not user.check_password(old):
        faults["old"] = _("This is not your present password.")
    elif old == new:
        faults["new"] = _("Choose another one than the present.")
    faults |= _password_faults(new, user, "new") if not faults else {}
    if faults:
        raise Refusal("password.fields", _("The password was not changed."), faults)
    user.set_password(new)
    with ledger.atomic():
        _keep_password(user, must_change=False, at=at)
        ledger.record("account.password_change", user, by=by, at=at)
    return user


def one_time_password() -> str:
    """A new first password, to be handed over and changed at the first sign-in; 59 bits of chance."""
    return "".join(secrets.choice(READABLE) for _letter in range(ONE_TIME_LETTERS))


def password_reset(*, user: User, by: Actor, at: datetime) -> str:
    """Give somebody who forgot it a one-time password, by the office above; it has to be changed at once.

    The password is shown once and kept nowhere but as its hash. Devices are signed out. Refusals:
    ``account.not_above`` (403), ``account.closed`` (409).
    """
    check_is_above(by, user, timezone.localtime(at).date())
    if not user.is_active:
        raise Refusal("account.closed", _("This account is closed."), status=409)
    password = one_time_password()
    user.set_password(password)
    with ledger.atomic():
        _keep_password(user, must_change=True, at=at)
        ledger.record("account.password_reset", user, by=by, at=at)
    return password


def _keep_password(user: User, *, must_change: bool, at: datetime) -> None:
    user.must_change_password = must_change
    user.save(update_fields=["password", "must_change_password"])
    _sign_out_everywhere(user, at)


def _sign_out_everywhere(user: User, at: datetime) -> None:
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=at)
    SignInCode.objects.filter(user=user, used_at=None, revoked_at=None).update(revoked_at=at)


@ledger.atomic
def user_close(*, user: User, by: Actor, at: datetime) -> User:
    """Close an account: it cannot sign in any more, and its devices are signed out. What it did stays.

    Refusals: ``account.not_above`` (403), ``account.closed`` (409).
    """
    check_is_above(by, user, timezone.localtime(at).date())
    if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        raise Refusal("account.closed", _("This account is closed."), status=409)
    user.is_active = False
    _sign_out_everywhere(user, at)
    ledger.record("account.close", user, by=by, at=at)
    return user


@ledger.atomic
def user_reopen(*, user: User, by: Actor, at: datetime) -> str:
    """Open a closed account again with a one-time password.

    Refusals: ``account.not_above`` (403), ``account.open`` (409).
    """
    check_is_above(by, user, timezone.localtime(at).date())
    if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        raise Refusal("account.open", _("This account is open."), status=409)
    user.is_active = True
    ledger.record("account.reopen", user, by=by, at=at)
    return password_reset(user=user, by=by, at=at)


@ledger.atomic
def language_choose(*, user: User, language: str, by: Actor, at: datetime) -> User:
    """Keep the language somebody reads. Refusal ``account.language`` for one that there is not."""
    if language not in dict(settings.LANGUAGES):
        raise Refusal("account.language", _("There is no such language."))
    if user.language != language:
        user.language = language
        user.save(update_fields=["language"])
        ledger.record("account.language", user, by=by, at=at, language=language)
    return user
