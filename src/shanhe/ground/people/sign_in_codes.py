"""Reads of sign-in codes: by the secret for who holds it, by uuid for who made it, and whom they let in."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from shanhe.ground.people.models import SignInCode
from shanhe.ground.people.scope import Scope
from shanhe.ground.people.services.codes import code_digest

__all__ = ["code_of", "code_open", "codes_used"]

TOLD_FOR = timedelta(days=30)


def code_open(secret: str, at: datetime) -> SignInCode | None:
    """The code that signs in with this secret at the moment, with its account and maker; unscoped: whoever
    holds the secret may be told whose account it opens.
    """
    rows = SignInCode.objects.filter(
        digest=code_digest(secret),
        used_at=None,
        revoked_at=None,
        expires_at__gt=at,
        user__is_active=True,
        user__is_administrator=False,
    )
    return rows.select_related("user__person__organization", "user__person__division", "made_by").first()


def code_of(scope: Scope, uuid: UUID) -> SignInCode | None:
    """A code that one made or that is for one's own account, with the account; None for others.

    The system administrator sees all, as devices.
    """
    rows = SignInCode.objects.filter(uuid=uuid)
    if not scope.is_administrator:
        rows = rows.filter(Q(made_by=scope.user_id) | Q(user=scope.user_id))
    return rows.select_related("user__person").first()


def codes_used(scope: Scope, at: datetime) -> QuerySet[SignInCode]:
    """Which codes signed phones in to one's own account within a month, and who made them, newest first."""
    rows = SignInCode.objects.filter(user=scope.user_id, used_at__gt=at - TOLD_FOR)
    return rows.select_related("made_by__person").order_by("-used_at", "-pk")
