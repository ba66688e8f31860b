"""Signing in with a telephone number: six digits are sent to it, and typed in again within five minutes.

Numbers that nobody has are limited, counted and answered exactly like those of accounts, so that nobody can
find out who has one. Sending is the caller's, after the transaction.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac

from shanhe.ground.audit import ledger
from shanhe.ground.people.models import PhoneCode, User
from shanhe.ground.people.numbers import number_digest, number_of, spellings
from shanhe.ground.people.scope import Actor
from shanhe.ground.people.services.codes import first_password_keep, first_password_ready
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["PHONE_CODE_LIFE", "Asked", "Proven", "phone_code_ask", "phone_code_use"]

PHONE_CODE_LIFE = timedelta(minutes=5)
DIGITS = 6
TRIES = 5
#: At most so many codes for one number within so long; one a minute by the table's own constraint.
LIMITS = ((timedelta(hours=1), 5), (timedelta(days=1), 10))


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: ``digits`` is to be sent to ``number``, and empty when nobody has that number."""

    number: str
    digits: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Proven:
    """The digits were right. ``user`` is let in; None while it has to be said which of ``users`` is meant."""

    users: Sequence[User]
    user: User | None


def phone_code_ask(*, phone: str, at: datetime) -> Asked:
    """Digits for a telephone number; a code asked for earlier is good no more.

    Refusals: ``phone.unreadable``, ``sms.too_many`` (429), the same whether anybody has the number or not.
    """
    number = number_of(phone)
    digest = number_digest(number)
    _check_limits(digest, at)
    digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    expires_at = at + PHONE_CODE_LIFE
    is_known = bool(_accounts(number))
    try:
        with transaction.atomic():
            PhoneCode.objects.create(
                phone_digest=digest,
                code_digest=_digest(digest, digits),
                minute=int(at.timestamp()) // 60,
                created_at=at,
                expires_at=expires_at,
            )
    except IntegrityError:
        raise _too_many(1) from None
    return Asked(number, digits if is_known else "", expires_at)


def _check_limits(digest: str, at: datetime) -> None:
    for within, most in LIMITS:
        asked = PhoneCode.objects.filter(phone_digest=digest, created_at__gt=at - within)
        if asked.count() >= most:
            first = asked.order_by("-created_at")[most - 1]
            raise _too_many(-(-(first.created_at + within - at).total_seconds() // 60))


def _too_many(minutes: float) -> Refusal:
    message = _("Codes were sent to this number already. The next one can be sent in %(minutes)d minutes.")
    return Refusal("sms.too_many", message, status=429, minutes=int(minutes))


def _digest(phone_digest: str, digits: str) -> str:
    """Keyed, for a million codes are soon tried by who has read the table."""
    return salted_hmac("shanhe.phone_code", phone_digest + digits, algorithm="sha256").hexdigest()


def _accounts(number: str) -> list[User]:
    """The open accounts whose person has that work phone; never an administrator's."""
    rows = User.objects.filter(
        person__phone__in=spellings(number), is_active=True, is_administrator=False
    ).select_related("person__organization", "person__division")
    return list(rows.order_by("pk"))


def phone_code_use(
    *, phone: str, digits: str, at: datetime, via: str, username: str = "", new_password: str = ""
) -> Proven:
    """Let in who has read the digits on the telephone of that number; they work once.

    Where several accounts have the number, the answer names them until ``username`` says which. An account
    that still has its first password gets its owner's own one, ``new_password``. Refusals:
    ``phone.unreadable``, ``sms.code`` (401: wrong, run out, used, or the fifth try), ``password.must_change``
    (403), ``password.fields``; after the last two the digits are still good, within the five tries.
    """
    number = number_of(phone)
    code = _tried(number_digest(number), digits, at)
    users = _accounts(number)
    user = _chosen(users, username)
    if user is None:
        return Proven(users, None)
    is_first = first_password_ready(user, new_password)
    oneself = Actor(user.pk, user.person_id, via)
    with ledger.atomic():
        if not PhoneCode.objects.filter(pk=code.pk, used_at=None).update(used_at=at):
            raise _wrong()
        if is_first:
            first_password_keep(user=user, by=oneself, at=at)
        ledger.record("account.phone_sign_in", user, by=oneself, at=at)
    return Proven(users, user)


def _tried(phone_digest: str, digits: str, at: datetime) -> PhoneCode:
    """The newest code of the number if these are its digits. The try counts before it is looked at, and stays
    counted whatever comes after: it is no part of any transaction that is undone."""
    code = PhoneCode.objects.filter(phone_digest=phone_digest).order_by("-created_at", "-pk").first()
    if code is None or code.used_at is not None or code.expires_at <= at:
        raise _wrong()
    if not PhoneCode.objects.filter(pk=code.pk, tries__lt=TRIES).update(tries=F("tries") + 1):
        raise _wrong()
    if not constant_time_compare(_digest(phone_digest, digits.strip()), code.code_digest):
        raise _wrong()
    return code


def _chosen(users: Sequence[User], username: str) -> User | None:
    if not users:
        raise _wrong()
    if len(users) == 1 and not username:
        return users[0]
    wanted = username.strip().lower()
    found = next((user for user in users if user.username == wanted), None)
    if wanted and found is None:
        raise _wrong()
    return found


def _wrong() -> Refusal:
    message = _("This code is wrong or has run out. After five tries, or five minutes, ask for a new one.")
    return Refusal("sms.code", message, {"code": message}, status=401)
