"""The notice board: evidence apps publish named counters, the floors above ask for them by name.

A counter is a scoped queryset with a name. ``tally`` groups it, ``records`` lists it, so a figure and the
list it opens always come from one queryset.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet

from shanhe.ground.people.scope import Scope

__all__ = ["Counter", "counter", "counters", "records", "tally"]

Source = Callable[[Scope], "QuerySet[Any]"]


@dataclass(frozen=True, slots=True)
class Counter:
    """A named queryset: ``by`` maps a group's public name to its column, ``at`` is the column of the
    moment.
    """

    name: str
    source: Source
    by: Mapping[str, str]
    at: str


_board: dict[str, Counter] = {}


def counter(name: str, *, by: Mapping[str, str], at: str) -> Callable[[Source], Source]:
    """Publish the decorated function as the counter ``name``; a second one of that name is a bug."""

    def publish(source: Source) -> Source:
        if name in _board:
            raise ValueError(f"two counters named {name}")
        _board[name] = Counter(name, source, dict(by), at)
        return source

    return publish


def counters() -> tuple[Counter, ...]:
    """Every published counter, by name."""
    return tuple(_board[name] for name in sorted(_board))


def records(name: str, scope: Scope, *, since: datetime, until: datetime, **only: Any) -> QuerySet[Any]:
    """The rows behind a figure: those in [since, until) whose groups equal ``only`` (or are in a list).

    KeyError on an unknown counter or group.
    """
    found = _board[name]
    rows = found.source(scope).filter(**{f"{found.at}__gte": since, f"{found.at}__lt": until})
    for group, wanted in only.items():
        column = found.by[group]
        rows = rows.filter(
            **({f"{column}__in": wanted} if isinstance(wanted, (list, set, tuple)) else {column: wanted})
        )
    return rows


def tally(
    name: str, scope: Scope, *, by: tuple[str, ...], since: datetime, until: datetime, **only: Any
) -> dict[tuple[Any, ...], int]:
    """How many, for every group at once, in one query: ``{(holder, area): n}`` for ``by=("holder", "area")``.

    Groups without a record are absent. KeyError on an unknown counter or group.
    """
    columns = [_board[name].by[group] for group in by]
    rows = records(name, scope, since=since, until=until, **only).order_by().values_list(*columns)
    return {tuple(row[:-1]): row[-1] for row in rows.annotate(n=Count("pk"))}
