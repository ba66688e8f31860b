"""Publishing: once a day the ledger's new events are bound by one hash that leaves the house."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max

from shanhe.ground.audit import ledger
from shanhe.ground.audit.ledger import Actor
from shanhe.ground.audit.models import DayRoot, Event
from shanhe.ground.audit.queries import day_ends, day_roots, day_roots_due, published
from shanhe.kernel.chain.links import GENESIS
from shanhe.kernel.chain.merkle import Frontier
from shanhe.kernel.chain.proof import PublishedRoot
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["PUBLISHED", "Publish", "Published", "day_root_publish", "day_roots_publish_due", "told"]

#: The action under which a published root is itself an event.
PUBLISHED = "audit.publish"

#: Carries a root out of the house (a file, a mail, a notice board); called after the commit.
Publish = Callable[[PublishedRoot], None]


@dataclass(frozen=True, slots=True)
class Published:
    """One step of publishing several days."""

    done: int
    total: int
    root: PublishedRoot


@ledger.atomic
def day_root_publish(
    *, day: date, by: Actor | None, at: datetime, publish: Publish | None = None
) -> PublishedRoot:
    """Bind all events that came up to the end of ``day``, in the office's zone, and have no root yet.

    They lie side by side on the chain whatever their times, so that every event gets under exactly one root.
    The root becomes an event itself, and goes out by ``publish`` after the commit. Refusals:
    ``day_root.not_over``, ``day_root.published`` for a day that has its root or is older than one that has.
    """
    if at < day_ends(day):
        raise Refusal("day_root.not_over", _("%(day)s is not over yet."), day=day.isoformat())
    newest = day_roots().first()
    if newest is not None and newest.day >= day:
        raise _already_published(newest.day)
    row = _bind(day, newest, at)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as race:
        raise _already_published(day) from race
    root = published(row)
    ledger.record(PUBLISHED, row, by=by, at=at, **told(root))
    if publish is not None:
        transaction.on_commit(lambda: publish(root))
    return root


def day_roots_publish_due(
    *, by: Actor | None, at: datetime, publish: Publish | None = None
) -> Iterator[Published]:
    """Publish every day that is over and has no root, oldest first, each in its own transaction."""
    days = day_roots_due(at)
    for done, day in enumerate(days, start=1):
        yield Published(done, len(days), day_root_publish(day=day, by=by, at=at, publish=publish))


def _bind(day: date, newest: DayRoot | None, at: datetime) -> DayRoot:
    first_seq = newest.first_seq + newest.size if newest else 1
    new = Event.objects.filter(seq__gte=first_seq)
    last_seq = new.filter(at__lt=day_ends(day)).aggregate(last=Max("seq"))["last"] or first_seq - 1
    tree, head = Frontier(), bytes(newest.head_hash) if newest else GENESIS
    rows = new.filter(seq__lte=last_seq).order_by("seq").values_list("leaf", "hash")
    for leaf, link in rows.iterator(chunk_size=10_000):
        tree.extend([bytes(leaf)])
        head = bytes(link)
    return DayRoot(
        day=day, first_seq=first_seq, size=tree.size, root=tree.root(), head_hash=head, published_at=at
    )


def told(root: PublishedRoot) -> dict[str, object]:
    """What the event of publishing says; ``verify`` holds the row against it."""
    return {"first_seq": root.first_seq, "size": root.size, "root": root.root.hex(), "head": root.head.hex()}


def _already_published(newest: date) -> Refusal:
    return Refusal(
        "day_root.published",
        _("Roots are published up to %(day)s; the next one is for %(next)s or later."),
        status=409,
        day=newest.isoformat(),
        next=(newest + timedelta(days=1)).isoformat(),
    )
