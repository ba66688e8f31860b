"""Bearer tokens: 256 random bits handed out once, kept as SHA-256, found by one indexed look-up."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from shanhe.ground.audit import ledger
from shanhe.ground.people.models import ApiToken, User
from shanhe.ground.people.scope import Actor
from shanhe.ground.people.services.permission import check_is_above
from shanhe.ground.policies.queries import policy_for
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["Issued", "token_end", "token_issue", "token_revoke", "token_user", "tokens_purge"]

DEFAULT_DAYS = 90  # where no policy `account.token_days` is set
KEPT_DAYS = 180  # so long the list of devices remembers one that is out


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token: ``secret`` is known to nobody but its receiver."""

    secret: str
    row: ApiToken


@ledger.atomic
def token_issue(*, user: User, by: Actor, at: datetime, label: str = "") -> Issued:
    """Sign a device in. How long it stays so is the policy ``account.token_days`` of the person's division.

    Refusals: ``account.closed`` (403), ``password.must_change`` (403) before the first own password.
    """
    if not user.is_active:
        raise Refusal("account.closed", _("This account is closed."), status=403)
    if user.must_change_password:
        raise Refusal(
            "password.must_change",
            _("Sign in at the office pages first and choose a password of your own."),
            {"password": _("This is a first password; it has to be changed.")},
            status=403,
        )
    secret = secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        user=user,
        digest=_digest(secret),
        label=label.strip()[:80],
        created_at=at,
        expires_at=at + timedelta(days=_days(user, at)),
    )
    ledger.record("token.issue", row, by=by, at=at, user=user.pk, expires_at=row.expires_at)
    return Issued(secret, row)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _days(user: User, at: datetime) -> int:
    code = user.person.division_id if user.person else "000000000000"
    policy = policy_for("account.token_days", code, on=timezone.localtime(at).date())
    return DEFAULT_DAYS if policy is None else int(policy.value)


@ledger.atomic
def token_revoke(*, token: ApiToken, by: Actor, at: datetime) -> ApiToken:
    """Sign a device out, one's own or one of an account below. A second time changes nothing.

    Refusal ``account.not_above`` (403).
    """
    if by.user_id != token.user_id:
        check_is_above(by, token.user, timezone.localtime(at).date())
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at):
        token.revoked_at = at
        ledger.record("token.revoke", token, by=by, at=at, user=token.user_id)
    return token


def token_end(*, secret: str, by: Actor, at: datetime) -> None:
    """Sign the device out that sent this token; nothing happens when it is out already."""
    token = ApiToken.objects.select_related("user").filter(digest=_digest(secret), user=by.user_id).first()
    if token is not None:
        token_revoke(token=token, by=by, at=at)


def token_user(*, secret: str, at: datetime) -> User | None:
    """The open account behind a token, with its person; None when it is unknown, revoked or expired.

    One look-up by the digest, and one write on the first use of a day. No event: nothing is changed.
    """
    live = ApiToken.objects.filter(
        digest=_digest(secret), revoked_at=None, expires_at__gt=at, user__is_active=True
    )
    token = live.select_related("user__person").first()
    if token is None or token.user.must_change_password:
        return None
    today = timezone.localtime(at).date()
    if token.last_used_on != today:
        ApiToken.objects.filter(~Q(last_used_on=today) | Q(last_used_on=None), pk=token.pk).update(
            last_used_on=today
        )
    return token.user


@ledger.atomic
def tokens_purge(*, at: datetime) -> int:
    """Forget tokens that have been out for half a year; their events stay on the ledger. Gives how many."""
    long_ago = at - timedelta(days=KEPT_DAYS)
    rows = ApiToken.objects.filter(Q(expires_at__lt=long_ago) | Q(revoked_at__lt=long_ago))
    count, _by_model = rows.delete()
    if count:
        ledger.record("token.purge", ("people.apitoken", "*"), by=None, at=at, deleted=count)
    return count
