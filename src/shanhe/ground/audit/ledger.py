"""Every state change leaves an event on one hash chain, in the same transaction as the change.

    @ledger.atomic
    def patrol_submit(*, sent: PatrolSent, by: Actor, at: datetime) -> Patrol:
        ...
        ledger.record("patrol.submit", patrol, by=by, at=at, verdict="valid")

Events are gathered and appended once, at the end of the outermost block: the head of the chain is one row
that all writers share, so it is locked last and for as short a time as can be.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import ContextDecorator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, Protocol, TypeAlias, TypeVar, overload
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from shanhe.ground.audit.appending import LedgerBroken, Recorded, append
from shanhe.ground.audit.content import iso_z
from shanhe.ground.audit.request import request_id
from shanhe.kernel.chain.canonical import canonical_text

__all__ = ["Actor", "LedgerBroken", "Reference", "atomic", "record", "reference", "request_id"]

#: What an event is about: a saved row, or (type, id).
Reference: TypeAlias = Model | tuple[str, object]

F = TypeVar("F", bound=Callable[..., Any])


class Actor(Protocol):
    """Who acts. Ids only: the ledger keeps no names."""

    @property
    def user_id(self) -> int | None: ...
    @property
    def person_id(self) -> int | None: ...
    @property
    def via(self) -> str: ...


@overload
def atomic(function: F) -> F: ...
@overload
def atomic(function: None = None) -> _Atomic: ...
def atomic(function: Any = None) -> Any:
    """``transaction.atomic`` on the default database, whose recorded events go onto the chain at the end.

    As a decorator, with or without parentheses, or as a context manager; blocks may be nested. What an inner
    block that fails has recorded is dropped together with what it has written. TypeError on a coroutine or a
    generator function, whose body would run outside the block.
    """
    return _Atomic() if function is None else _Atomic()(function)


def record(action: str, obj: Reference, /, *, by: Actor | None, at: datetime, **data: Any) -> None:
    """Put ``action`` by ``by`` (None: the system) on the ledger when the outermost block ends well.

    ``obj`` is a saved row or (type, id). ``data`` is what changed, as JSON values, aware datetimes, dates,
    UUIDs or Decimals; never a secret, never a name, a place or a telephone number. RuntimeError outside
    ``atomic``; ValueError on a row without a key, a time without a zone, NaN; TypeError on what has no JSON.
    """
    block = _blocks.get(transaction.get_connection())
    if block is None:
        raise RuntimeError("ledger.record needs a ledger.atomic block around it")
    object_type, object_id = reference(obj)
    at_text = iso_z(at)
    plain = {name: _plain(value) for name, value in data.items()}
    text = canonical_text(plain)
    text.encode()  # text that is no Unicode is the caller's mistake, to be seen here
    event = Recorded(
        at=at.astimezone(UTC),
        at_text=at_text,
        action=action,
        object_type=object_type,
        object_id=object_id,
        user_id=by.user_id if by else None,
        person_id=by.person_id if by else None,
        via=(by.via or "") if by else "",
        data=plain,
        data_text=text,
        request_id=request_id.get(),
    )
    block.events.append(event)
    transaction.on_commit(event)


@dataclass(eq=False, slots=True)
class _Block:
    """The outermost block of one connection: events so far, and the transactions that are open inside it."""

    events: list[Recorded] = field(default_factory=list)
    opened: list[transaction.Atomic] = field(default_factory=list)


#: By connection, and Django keeps one connection a thread (or async context): so nothing is shared.
_blocks: WeakKeyDictionary[BaseDatabaseWrapper, _Block] = WeakKeyDictionary()


class _Atomic(ContextDecorator):
    """Holds no state of its own: a decorated function has one of these for all its calls in all threads."""

    def __call__(self, function: F) -> F:
        if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
            raise TypeError(f"{function.__qualname__} would run outside the transaction")
        return super().__call__(function)

    def __enter__(self) -> None:
        connection = transaction.get_connection()
        inner = transaction.atomic()
        inner.__enter__()
        _blocks.setdefault(connection, _Block()).opened.append(inner)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection = transaction.get_connection()
        block = _blocks[connection]
        inner = block.opened.pop()
        if block.opened:
            inner.__exit__(kind, error, trace)
            return
        del _blocks[connection]
        if kind is None:
            try:
                append(_happened(connection, block.events))
            except BaseException as broken:
                inner.__exit__(type(broken), broken, broken.__traceback__)
                raise
        inner.__exit__(kind, error, trace)


def _happened(connection: BaseDatabaseWrapper, events: list[Recorded]) -> list[Recorded]:
    """Those events whose savepoints held; takes them off the connection's list of callbacks."""
    if not events or connection.needs_rollback:
        return []
    listed = {id(entry[1]) for entry in connection.run_on_commit}
    connection.run_on_commit = [
        entry for entry in connection.run_on_commit if not isinstance(entry[1], Recorded)
    ]
    return [event for event in events if id(event) in listed]


def reference(obj: Reference) -> tuple[str, str]:
    """Type and id of a row, as the ledger writes them. ValueError on a row that is not saved."""
    if isinstance(obj, tuple):
        return obj[0], str(obj[1])
    if obj.pk is None:
        raise ValueError(f"this {obj._meta.label} is not saved yet")
    return obj._meta.label_lower, str(obj.pk)


def _plain(value: Any) -> Any:
    """JSON for the values that services have at hand."""
    if isinstance(value, datetime):
        return iso_z(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
