"""Codes that sign one phone in to an account, once: made by oneself or the office above, shown as a QR code.

Whoever holds the code is let in, so it is short-lived, single-use, replaced by the next one, and kept as its
hash only. Hashing a password takes a tenth of a second by design and so is done before the transaction.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone

from shanhe.ground.audit import ledger
from shanhe.ground.people.models import ApiToken, PhoneCode, SignInCode, User
from shanhe.ground.people.scope import Actor
from shanhe.ground.people.services.permission import check_is_above
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = [
    "CODE_LIFE",
    "Made",
    "code_digest",
    "codes_purge",
    "first_password_keep",
    "first_password_ready",
    "sign_in_code_make",
    "sign_in_code_revoke",
    "sign_in_code_use",
]

CODE_LIFE = timedelta(minutes=5)
#: No letter or digit that is mistaken for another one, should somebody have to type it.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH = 27  # 31**27, 133 bits
MADE_WITHIN = timedelta(minutes=10)
MADE_MOST = 10
SIGN_IN_KEPT = timedelta(days=30)  # so long the account's page remembers who was let in
PHONE_KEPT = timedelta(days=1)  # so far back requests for a number are counted


@dataclass(frozen=True, slots=True)
class Made:
    """A new code: ``secret`` is shown once and known to nobody but its receiver."""

    secret: str
    row: SignInCode


def code_digest(secret: str) -> str:
    """What is kept of a code; spaces, dashes and capital letters do not matter."""
    plain = "".join(letter for letter in secret.lower() if letter in LETTERS)
    return hashlib.sha256(plain.encode()).hexdigest()


@ledger.atomic
def sign_in_code_make(*, user: User, by: Actor, at: datetime) -> Made:
    """A code for one phone of the account; an earlier one that is still open is good no more.

    For oneself, or by the office above, as for a new password. Refusals: ``code.administrator`` (403),
    ``account.not_above`` (403), ``account.closed`` (409), ``code.too_many`` (429).
    """
    if user.is_administrator:
        raise Refusal(
            "code.administrator",
            _("A system administrator signs in with the password only."),
            status=403,
        )
    if by.user_id is None:
        raise ValueError("a code is made by somebody with an account")
    if by.user_id != user.pk:
        check_is_above(by, user, timezone.localtime(at).date())
    if not user.is_active:
        raise Refusal("account.closed", _("This account is closed."), status=409)
    if SignInCode.objects.filter(user=user, created_at__gt=at - MADE_WITHIN).count() >= MADE_MOST:
        raise Refusal(
            "code.too_many",
            _("Very many codes were made for this account. Please wait ten minutes."),
            status=429,
        )
    SignInCode.objects.filter(user=user, used_at=None, revoked_at=None).update(revoked_at=at)
    secret = "".join(secrets.choice(LETTERS) for _letter in range(LENGTH))
    row = SignInCode.objects.create(
        user=user,
        digest=code_digest(secret),
        made_by_id=by.user_id,
        created_at=at,
        expires_at=at + CODE_LIFE,
    )
    ledger.record("code.make", row, by=by, at=at, user=user.pk, expires_at=row.expires_at)
    return Made(secret, row)


def sign_in_code_use(*, secret: str, at: datetime, via: str, new_password: str = "") -> User:
    """Let in who holds the code: the account, from now on for its owner to act in. It works once.

    An account that still has its first password gets its owner's own one here, ``new_password``. Refusals:
    ``code.unknown`` (401: no such code, used, replaced, run out, or its account is closed),
    ``password.must_change`` (403), ``password.fields``; after the last two the code is still good.
    """
    code = SignInCode.objects.select_related("user__person").filter(digest=code_digest(secret)).first()
    if code is None or not code.user.is_active or code.user.is_administrator:
        raise _unknown()
    open_still = SignInCode.objects.filter(pk=code.pk, used_at=None, revoked_at=None, expires_at__gt=at)
    if not open_still.exists():
        raise _unknown()
    user = code.user
    is_first = first_password_ready(user, new_password)
    oneself = Actor(user.pk, user.person_id, via)
    with ledger.atomic():
        if not open_still.update(used_at=at):
            raise _unknown()
        if is_first:
            first_password_keep(user=user, by=oneself, at=at)
        ledger.record("code.use", code, by=oneself, at=at, user=user.pk)
    return user


def _unknown() -> Refusal:
    message = _("This code is good no more: it was used, replaced or has run out. Ask for a new one.")
    return Refusal("code.unknown", message, {"code": message}, status=401)


def first_password_ready(user: User, new: str) -> bool:
    """Hash the password that follows the first one, on ``user``, unsaved; False when none is asked for.

    Refusals: ``password.must_change`` (403) when it is asked for and empty, ``password.fields``.
    """
    if not user.must_change_password:
        return False
    if not new:
        raise Refusal(
            "password.must_change",
            _("Choose a password of your own first."),
            {"new_password": _("This is a first password; it has to be changed.")},
            status=403,
        )
    try:
        validate_password(new, user)
    except ValidationError as error:
        # Django's own words, which are in the request's language already.
        reason = error.error_list[0].messages[0]
        raise Refusal(
            "password.fields", _("The password was not changed."), {"new_password": reason}
        ) from None
    user.set_password(new)
    return True


@ledger.atomic
def first_password_keep(*, user: User, by: Actor, at: datetime) -> None:
    """Save what ``first_password_ready`` prepared; what was signed in before is signed out."""
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=at)
    ledger.record("account.password_change", user, by=by, at=at)


@ledger.atomic
def sign_in_code_revoke(*, code: SignInCode, by: Actor, at: datetime) -> None:
    """Take an open code back, by who made it, by its account or the office above. Twice changes nothing.

    Refusal ``account.not_above`` (403).
    """
    if by.user_id not in (code.user_id, code.made_by_id):
        check_is_above(by, code.user, timezone.localtime(at).date())
    if SignInCode.objects.filter(pk=code.pk, used_at=None, revoked_at=None).update(revoked_at=at):
        code.revoked_at = at
        ledger.record("code.revoke", code, by=by, at=at, user=code.user_id)


@ledger.atomic
def codes_purge(*, at: datetime) -> int:
    """Forget codes of last month and yesterday's text messages; their events stay. Gives how many."""
    old, _models = SignInCode.objects.filter(created_at__lt=at - SIGN_IN_KEPT).delete()
    sent, _models = PhoneCode.objects.filter(created_at__lt=at - PHONE_KEPT).delete()
    if old + sent:
        ledger.record("code.purge", ("people.signincode", "*"), by=None, at=at, deleted=old + sent)
    return old + sent
