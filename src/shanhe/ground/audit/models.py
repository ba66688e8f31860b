"""The ledger's tables: events on one chain, its head, and the roots that were published day by day."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from shanhe.kernel.chain.canonical import canonical_text
from shanhe.kernel.chain.links import GENESIS, HASH_BYTES

__all__ = ["CanonicalJSONField", "DayRoot", "Event", "Head"]


class CanonicalJSONField(models.TextField):  # type: ignore[type-arg]
    """A JSON value kept as canonical text: the database must not respell what was hashed, as jsonb would."""

    if TYPE_CHECKING:  # what django-stubs takes an attribute of this field to be
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return None if value is None else json.loads(value)

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else canonical_text(value)


class AppendOnly(models.QuerySet):  # type: ignore[type-arg]
    """Rows that are written once. It stops a slip of ours; an intruder is found by ``verify``."""

    def update(self, **values: Any) -> NoReturn:
        raise TypeError(f"{self.model.__name__} is append-only")

    def delete(self) -> NoReturn:
        raise TypeError(f"{self.model.__name__} is append-only")


class Event(models.Model):
    """One state change: who did what to which object, and its place on the chain.

    Ids only, no names and no places: the ledger is kept for ever, personal data is not.
    """

    seq = models.BigIntegerField(primary_key=True)  # 1, 2, 3 … without gaps
    at = models.DateTimeField()
    action = models.CharField(max_length=64)  # "patrol.submit"
    object_type = models.CharField(max_length=64)  # "patrols.patrol"
    object_id = models.CharField(max_length=64)
    user_id = models.BigIntegerField(null=True)  # no foreign keys: events outlive what they tell of
    person_id = models.BigIntegerField(null=True)
    via = models.CharField(max_length=64, blank=True)  # the post or door by which the actor came
    data = CanonicalJSONField()
    request_id = models.CharField(max_length=64, blank=True)
    salt = models.BinaryField(max_length=HASH_BYTES)
    leaf = models.BinaryField(max_length=HASH_BYTES)
    previous = models.BinaryField(max_length=HASH_BYTES)
    hash = models.BinaryField(max_length=HASH_BYTES)

    objects = AppendOnly.as_manager()

    class Meta:
        indexes = [
            models.Index("object_type", "object_id", "seq", name="audit_event_object"),
            models.Index("at", name="audit_event_at"),
            models.Index("user_id", "seq", name="audit_event_user", condition=Q(user_id__isnull=False)),
            models.Index("person_id", "seq", name="audit_event_person", condition=Q(person_id__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(seq__gte=1), name="event_seq_counts_from_one"),
            models.CheckConstraint(condition=~Q(action=""), name="event_has_an_action"),
            models.CheckConstraint(
                condition=~Q(object_type="") & ~Q(object_id=""), name="event_has_an_object"
            ),
            *(
                models.CheckConstraint(
                    condition=Exact(Length(F(name)), HASH_BYTES), name=f"event_{name}_has_32_bytes"
                )
                for name in ("salt", "leaf", "previous", "hash")
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("events are written by ledger.record")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Event is append-only")


class Head(models.Model):
    """Where the chain ends: one row, locked last by every writer."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(default=0)
    hash = models.BinaryField(max_length=HASH_BYTES, default=GENESIS)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="ledger_has_one_head"),
            models.CheckConstraint(condition=Q(size__gte=0), name="head_size_is_not_negative"),
        ]


class DayRoot(models.Model):
    """The Merkle root over the events that were new by the end of an office day; published, so for ever."""

    day = models.DateField(primary_key=True)
    first_seq = models.BigIntegerField()
    size = models.BigIntegerField()  # of events; 0 on a day without any
    root = models.BinaryField(max_length=HASH_BYTES)
    head_hash = models.BinaryField(max_length=HASH_BYTES)  # the chain's hash after the last of them
    published_at = models.DateTimeField()

    objects = AppendOnly.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(first_seq__gte=1) & Q(size__gte=0), name="day_root_covers_events"
            ),
            # Two who publish at the same time cannot both bind the same events.
            models.UniqueConstraint(
                fields=["first_seq"], condition=Q(size__gt=0), name="an_event_is_under_one_root"
            ),
            *(
                models.CheckConstraint(
                    condition=Exact(Length(F(name)), HASH_BYTES), name=f"day_{name}_has_32_bytes"
                )
                for name in ("root", "head_hash")
            ),
        ]
