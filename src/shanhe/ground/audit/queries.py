"""Reading the ledger.

The lowest app knows no scopes: whoever calls has made sure that its user may see the object, or the whole
ledger.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from shanhe.ground.audit.content import content_of, iso_z
from shanhe.ground.audit.ledger import Reference, reference
from shanhe.ground.audit.models import DayRoot, Event
from shanhe.kernel.chain.canonical import canonical_json
from shanhe.kernel.chain.links import GENESIS, chain_hash, leaf_hash
from shanhe.kernel.chain.merkle import inclusion_path
from shanhe.kernel.chain.proof import Proof, PublishedRoot
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = [
    "about",
    "day_ends",
    "day_root_of",
    "day_roots",
    "day_roots_due",
    "event_numbered",
    "events",
    "events_of",
    "proof_of",
    "published",
    "root_over",
    "stands",
]


def events_of(obj: Reference) -> QuerySet[Event]:
    """Everything on the ledger about one object, a row or (type, id), newest first."""
    object_type, object_id = reference(obj)
    return events().filter(object_type=object_type, object_id=object_id)


def events(*, before: int | None = None) -> QuerySet[Event]:
    """The ledger, newest first; ``before`` a seq gives what follows on the next page."""
    found = Event.objects.order_by("-seq")
    return found if before is None else found.filter(seq__lt=before)


def about(object_type: str, rows: QuerySet[Any] | None = None) -> Q:
    """Events about objects of one type: those that are among ``rows``, or any.

    The keys are compared as text, as the ledger holds them, and found once for the whole list.
    """
    if rows is None:
        return Q(object_type=object_type)
    keys = rows.order_by().annotate(ledger_key=Cast("pk", TextField())).values("ledger_key")
    return Q(object_type=object_type, object_id__in=keys)


def event_numbered(seq: int) -> Event:
    """The event at a place on the chain. Refusal ``event.unknown`` when there is none."""
    event: Event | None = Event.objects.filter(seq=seq).first()
    if event is None:
        raise Refusal("event.unknown", _("The ledger has no record %(seq)s."), status=404, seq=seq)
    return event


def day_roots() -> QuerySet[DayRoot]:
    """The published days, newest first."""
    return DayRoot.objects.order_by("-day")


def day_root_of(day: date) -> DayRoot | None:
    """The root published for a day, None when there is none."""
    return day_roots().filter(day=day).first()


def day_ends(day: date) -> datetime:
    """The moment when ``day`` is over in the office's zone."""
    return datetime.combine(day + timedelta(days=1), time.min, timezone.get_default_timezone())


def day_roots_due(at: datetime) -> list[date]:
    """The days that are over at ``at`` and have no root, oldest first; none before the first event."""
    newest = DayRoot.objects.aggregate(day=Max("day"))["day"]
    if newest is None:
        first = Event.objects.order_by("seq").first()
        if first is None:
            return []
        newest = timezone.localtime(first.at, timezone.get_default_timezone()).date() - timedelta(days=1)
    today = timezone.localtime(at, timezone.get_default_timezone()).date()
    return [newest + timedelta(days=n) for n in range(1, (today - newest).days)]


def published(row: DayRoot) -> PublishedRoot:
    """A day's root in the form in which it is published."""
    return PublishedRoot(
        day=row.day,
        first_seq=row.first_seq,
        size=row.size,
        root=bytes(row.root),
        head=bytes(row.head_hash),
        published_at=iso_z(row.published_at),
    )


def root_over(event: Event) -> DayRoot | None:
    """The published day whose root covers ``event``; None while there is none."""
    row = DayRoot.objects.filter(first_seq__lte=event.seq, size__gt=0).order_by("-first_seq").first()
    return None if row is None or event.seq >= row.first_seq + row.size else row


def stands(event: Event) -> bool:
    """Whether a record says what it said when it was written, and follows on the record before it.

    Of one record only: that the whole ledger holds is found by ``verify``.
    """
    leaf = leaf_hash(bytes(event.salt), canonical_json(content_of(event)))
    before = Event.objects.filter(seq=event.seq - 1).values_list("hash", flat=True).first()
    previous = GENESIS if event.seq == 1 else bytes(before or b"")
    return (
        leaf == bytes(event.leaf)
        and previous == bytes(event.previous)
        and chain_hash(previous, leaf) == bytes(event.hash)
    )


def proof_of(event: Event) -> Proof:
    """The proof that ``event`` is under the root of its day.

    Refusal ``proof.not_yet`` while that root is not published. Reads the leaves of one day: 32 bytes each.
    """
    row = root_over(event)
    if row is None:
        raise Refusal(
            "proof.not_yet",
            _("The proof can be made when the day is over and its root published."),
            status=409,
        )
    covered = Event.objects.filter(seq__gte=row.first_seq, seq__lt=row.first_seq + row.size).order_by("seq")
    leaves = [bytes(leaf) for leaf in covered.values_list("leaf", flat=True)]
    index = event.seq - row.first_seq
    return Proof(
        content=content_of(event),
        salt=bytes(event.salt),
        index=index,
        size=row.size,
        path=tuple(inclusion_path(leaves, index)),
        root=bytes(row.root),
        day=row.day,
    )
