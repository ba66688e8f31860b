"""Reads about files that were brought: everybody sees their own, the administrator all."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet

from shanhe.ground.incoming.matching import SAME
from shanhe.ground.incoming.models import Incoming
from shanhe.ground.people.scope import Scope

__all__ = ["incoming_of", "incomings_of", "mapping_remembered"]

LOOKED_BACK = 30  # earlier files whose matching is tried


def incomings_of(scope: Scope) -> QuerySet[Incoming]:
    """The files one has brought, all of them for the administrator; newest first."""
    rows = Incoming.objects.select_related("job", "created_by__person")
    if scope.is_administrator:
        return rows.all()
    return rows.filter(created_by=scope.user_id) if scope.user_id is not None else rows.none()


def incoming_of(scope: Scope, uuid: UUID) -> Incoming | None:
    """One of them; None outside the scope, as if it were not there."""
    return incomings_of(scope).filter(uuid=uuid).first()


def mapping_remembered(user_id: int | None, kind: str, columns: Sequence[str]) -> dict[str, str]:
    """How the same login matched a file of this kind before whose columns this one has; newest first.

    Empty when none fits: a half of another file's matching would be worse than a fresh guess.
    """
    earlier = Incoming.objects.filter(kind=kind, created_by=user_id, state__in=("matched", "taking", "taken"))
    there = set(columns)
    for mapping in earlier.order_by("-pk").values_list("mapping", flat=True)[:LOOKED_BACK]:
        if mapping and {column for column in mapping.values() if not column.startswith(SAME)} <= there:
            return dict(mapping)
    return {}
