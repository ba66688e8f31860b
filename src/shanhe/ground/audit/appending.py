"""Putting gathered events on the chain: the one moment at which all writers stand in one queue.

On PostgreSQL the server does it in one statement (migration 0002), for all others wait while one has the
head. SQLite has one writer at a time anyway, and it is the caller.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import InternalError, connection

from shanhe.ground.audit.content import content_around_seq
from shanhe.ground.audit.models import Event, Head
from shanhe.kernel.chain.links import SALT_BYTES, chain_hash, leaf_hash

__all__ = ["LedgerBroken", "Recorded", "append"]


class LedgerBroken(RuntimeError):
    """The ledger's own rows contradict one another; nothing may be appended until somebody has looked."""


@dataclass(eq=False, slots=True)
class Recorded:
    """An event that waits for the end of its transaction.

    It is also a callback of ``transaction.on_commit`` that does nothing: Django takes the callbacks of a
    savepoint that is rolled back off its list, ours or anybody's, so what is still listed at the end is what
    happened.
    """

    at: datetime
    at_text: str
    action: str
    object_type: str
    object_id: str
    user_id: int | None
    person_id: int | None
    via: str
    data: dict[str, Any]
    data_text: str
    request_id: str
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(SALT_BYTES))

    def __call__(self) -> None:
        """Nothing: see the class."""

    def content(self) -> tuple[str, str]:
        """The leaf's content before and after the number, which only the head can give."""
        return content_around_seq(
            self.at_text,
            self.action,
            self.object_type,
            self.object_id,
            self.user_id,
            self.person_id,
            self.via,
            self.data_text,
            self.request_id,
        )


def append(recorded: list[Recorded]) -> None:
    """Put the events behind the last one, in their order, and move the head. Call inside a transaction.

    LedgerBroken when there are events and no head.
    """
    if not recorded:
        return
    if connection.vendor == "postgresql":
        _append_in_server(recorded)
    else:
        _append_here(recorded)


def _append_here(recorded: list[Recorded]) -> None:
    head = Head.objects.select_for_update().filter(pk=1).first() or _first_head()
    seq, previous, events = head.size, bytes(head.hash), []
    for event in recorded:
        seq += 1
        events.append(_row(event, seq, previous))
        previous = bytes(events[-1].hash)
    Event.objects.bulk_create(events, batch_size=1000)
    Head.objects.filter(pk=1).update(size=seq, hash=previous)


def _row(event: Recorded, seq: int, previous: bytes) -> Event:
    before, after = event.content()
    leaf = leaf_hash(event.salt, f"{before}{seq}{after}".encode())
    return Event(
        seq=seq,
        at=event.at,
        action=event.action,
        object_type=event.object_type,
        object_id=event.object_id,
        user_id=event.user_id,
        person_id=event.person_id,
        via=event.via,
        data=event.data,
        request_id=event.request_id,
        salt=event.salt,
        leaf=leaf,
        previous=previous,
        hash=chain_hash(previous, leaf),
    )


def _append_in_server(recorded: list[Recorded]) -> None:
    rows = []
    for event in recorded:
        before, after = event.content()
        rows.append(
            {
                "at": event.at_text,
                "action": event.action,
                "object_type": event.object_type,
                "object_id": event.object_id,
                "user_id": event.user_id,
                "person_id": event.person_id,
                "via": event.via,
                "data": event.data_text,
                "request_id": event.request_id,
                "salt": event.salt.hex(),
                "before": before,
                "after": after,
            }
        )
    call = "SELECT audit_append(%s)"
    if _commit_comes_next():
        call += "; COMMIT"
    with connection.cursor() as cursor:
        try:
            cursor.execute(call, [json.dumps(rows, ensure_ascii=False)])
        except InternalError as error:
            if getattr(error.__cause__, "sqlstate", None) == "XX001":
                raise LedgerBroken("the ledger has events and no head") from error
            raise


def _commit_comes_next() -> bool:
    """Whether nothing but the commit is left to do, so that it may go with the call.

    Else the head stays locked until this process gets its turn to send it, and on a busy machine that takes
    longer than all the rest. The driver sees that the transaction is over and sends no second one.
    """
    outermost = len(connection.atomic_blocks) == 1 and connection.commit_on_exit
    return outermost and not getattr(connection.features, "uses_server_side_binding", False)


def _first_head() -> Head:
    if Event.objects.exists():
        raise LedgerBroken("the ledger has events and no head")
    return Head.objects.create(pk=1)
