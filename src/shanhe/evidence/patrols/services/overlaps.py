"""Outings of one person that overlap in time: all are taken, they belong together, one of them counts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from shanhe.evidence.patrols.models import Patrol, Verdict
from shanhe.evidence.patrols.prepared import Prepared
from shanhe.ground.people.models import Person

__all__ = ["counted_elsewhere", "joined_to", "lock_holder", "lock_holders"]


def lock_holder(holder: Person) -> None:
    """Patrols of one holder are written one after another, so that two that overlap see each other.

    SQLite has one writer anyway.
    """
    if connection.features.has_select_for_update:
        rows = Person.objects.select_for_update(no_key=True).filter(pk=holder.pk).order_by("pk")
        list(rows.values_list("pk"))


def lock_holders(holder_ids: Collection[int]) -> None:
    """``lock_holder`` of several, in the order of their ids: two batches cannot wait for each other."""
    if connection.features.has_select_for_update:
        rows = Person.objects.select_for_update(no_key=True).filter(pk__in=holder_ids).order_by("pk")
        list(rows.values_list("pk"))


def joined_to(walker: Person, started_at: datetime, ended_at: datetime) -> int | None:
    """Id of the first patrol of the walker that overlaps this time; later ones all point at the same
    first.
    """
    found = _FIRST(walker=walker.pk, started_at=started_at, ended_at=ended_at)
    return next((first or pk for pk, first in found), None)


_FIRST = Prepared(
    lambda walker, started_at, ended_at: (
        Patrol.objects.filter(person_id=walker, started_at__lt=ended_at, ended_at__gt=started_at)
        .order_by("pk")
        .values_list("pk", "joined_to_id")[:1]
    )
)


def counted_elsewhere(holder_id: int, area_ids: Collection[int], patrol: Patrol) -> frozenset[int]:
    """Areas for which another outing of the holder at the same time counts already. One query."""
    return frozenset(
        _COUNTED(
            holder_id=holder_id,
            area_ids=list(area_ids),
            started_at=patrol.started_at,
            ended_at=patrol.ended_at,
            patrol_id=patrol.pk,
        )
    )


_COUNTED = Prepared(
    lambda holder_id, area_ids, started_at, ended_at, patrol_id: (
        Verdict.objects.filter(
            person_id=holder_id,
            area_id__in=area_ids,
            is_current=True,
            counts=True,
            patrol__started_at__lt=ended_at,
            patrol__ended_at__gt=started_at,
        )
        .exclude(patrol_id=patrol_id)
        .order_by()
        .values_list("area_id", flat=True)
    )
)
