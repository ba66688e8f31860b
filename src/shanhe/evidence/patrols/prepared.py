"""Queries and inserts whose SQL is made once: putting it together costs a patrol more than running it.

A prepared query is an ordinary queryset, built a first time with marks in the places of its values. What
Django makes of it is kept, by database and by the shape of the values (how many are in a list, which are
None), and run with the values themselves from then on::

    HELD = Prepared(lambda person_ids: Appointment.objects.filter(person_id__in=person_ids))
    HELD(person_ids=[3, 5])        # a list of Appointments

Values are numbers, texts, moments, days, UUIDs, and lists of these.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Model, QuerySet

__all__ = ["Prepared", "insert"]

MOST_VALUES = 64  # of a list: longer ones come seldom, and no two alike

_Key = tuple[str, tuple[tuple[str, type | None, int], ...]]


class Prepared:
    """A queryset by its values. Call it with the names of ``build``; gives the rows as a list."""

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build
        self._made: dict[_Key, _Made] = {}

    def __call__(self, **values: Any) -> list[Any]:
        shape = tuple((name, *_shape(value)) for name, value in values.items())
        if any(number > MOST_VALUES for _name, _type, number in shape):
            return list(self._build(**values))
        key = (connection.vendor, shape)
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = _make(self._build, values)
        return made.rows(values)


@dataclass(frozen=True, slots=True)
class _Made:
    """A compiled queryset; each place is a value's name and its position in a list, or ("", a constant)."""

    like: QuerySet[Any, Any]
    compiler: Any
    sql: str
    places: tuple[tuple[str, Any], ...]
    converters: dict[int, Any]

    def rows(self, values: dict[str, Any]) -> list[Any]:
        """Run it: the iterator that Django reads rows with is given a compiler that has its SQL already."""
        if not self.sql:
            return []
        params = tuple(_value(values, name, at) if name else at for name, at in self.places)
        compiler = copy.copy(self.compiler)
        compiler.connection = connections[DEFAULT_DB_ALIAS]  # itself, not the name that looks it up each time
        compiler.get_converters = lambda _columns: self.converters
        compiler.as_sql = lambda *_args, **_more: (self.sql, params)
        like: Any = self.like
        return list(like._iterable_class(_Ready(like, compiler)))


class _Ready:
    """What an iterator of rows asks of its queryset, and of the query in it."""

    def __init__(self, like: Any, compiler: Any) -> None:
        self._like, self._compiler = like, compiler
        self.db = connection.alias

    @property
    def query(self) -> Any:
        return self

    def get_compiler(self, *_args: Any, **_more: Any) -> Any:
        return self._compiler

    def __getattr__(self, name: str) -> Any:
        like = object.__getattribute__(self, "_like")
        return getattr(like, name) if name.startswith("_") else getattr(like.query, name)


def _value(values: dict[str, Any], name: str, at: int | None) -> Any:
    return _adapted(values[name] if at is None else values[name][at])


def _make(build: Callable[..., QuerySet[Any, Any]], values: dict[str, Any]) -> _Made:
    """Compile with marks for values, and find the marks among the parameters."""
    marks: dict[str, Any] = {}
    found: dict[Any, tuple[str, int | None]] = {}
    for name, value in values.items():
        if isinstance(value, list | tuple):
            marks[name] = [_mark(each, len(found) + n) for n, each in enumerate(value)]
            found |= {_adapted(mark): (name, at) for at, mark in enumerate(marks[name])}
        elif value is None:
            marks[name] = None
        else:
            marks[name] = _mark(value, len(found))
            found[_adapted(marks[name])] = (name, None)
    rows = build(**marks)
    compiler = rows.query.get_compiler(using=rows.db)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return _Made(rows, compiler, "", (), {})
    places = tuple(found.get(param, ("", param)) if _is_mark(param) else ("", param) for param in params)
    missing = set(found.values()) - set(places)
    if missing:
        raise TypeError(f"the query has no place for {sorted(name for name, _at in missing)}")
    compiler.setup_query()
    converters = compiler.get_converters([column[0] for column in compiler.select])
    return _Made(rows, compiler, sql, places, converters)


def _mark(value: Any, number: int) -> Any:
    """A value of the same type that no query holds otherwise."""
    if isinstance(value, bool):
        raise TypeError("a switch changes the query itself: prepare two")
    if isinstance(value, int):
        return 1_777_777_000 + number  # within 32 bits, beyond which Django knows an answer without asking
    if isinstance(value, float):
        return 7.777777e21 + number * 1e10
    if isinstance(value, str):
        return f"\x01mark {number}"
    if isinstance(value, datetime):
        return datetime(2999, 7, 7, 7, 7, 7, number, tzinfo=UTC)
    if isinstance(value, date):
        return date(2999, 1, 1) + timedelta(days=number)
    if isinstance(value, UUID):
        return UUID(int=0x7777_7777_7777_7777_7777_7777_7777_0000 + number)
    raise TypeError(f"no mark for a {type(value).__name__}")


def _adapted(value: Any) -> Any:
    """As Django hands a value of a filter to the database."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    return value


def _is_mark(param: Any) -> bool:
    return isinstance(param, int | float | str | datetime | date | UUID)


def _shape(value: Any) -> tuple[type | None, int]:
    if isinstance(value, list | tuple):
        return (type(value[0]) if value else None), len(value)
    return None if value is None else type(value), -1


def insert(rows: Sequence[Model]) -> None:
    """Write new rows of one model in one statement; a key that the database gives is put on its row."""
    if not rows:
        return
    model = type(rows[0])
    is_given = rows[0].pk is not None
    sql, fields = _insert_sql(connection.vendor, model, len(rows), is_given)
    params = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection=connection)
        for row in rows
        for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        if not is_given and len(rows) == 1:
            [rows[0].pk] = cursor.fetchone()
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


@cache
def _insert_sql(vendor: str, model: type[Model], number: int, is_given: bool) -> tuple[str, list[Any]]:
    """The statement and the fields in the order of its columns. ``vendor`` keeps databases apart."""
    quote: Callable[[Any], str] = connection.ops.quote_name
    fields = [field for field in model._meta.concrete_fields if is_given or not field.primary_key]
    columns = ", ".join(quote(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    values = ", ".join([f"({marks})"] * number)
    back = f" RETURNING {quote(model._meta.pk.column)}" if not is_given and number == 1 else ""
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES {values}{back}", fields  # noqa: S608
