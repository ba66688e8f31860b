"""One spelling of a row for both databases: a line of JSON, so that equal rows have equal digests anywhere.

| kind | spelled | SQLite holds | PostgreSQL holds |
|---|---|---|---|
| int, float, text | itself | itself | itself |
| bool | true, false | 1, 0 | boolean |
| moment | ``2026-03-02 01:30:00[.123456]`` in UTC | the same text | timestamptz |
| date | ``2026-03-02`` | the same text | date |
| uuid | 32 hexadecimal digits | the same text | uuid |
| address | as written | the same text | inet |
| json | text, keys in order, no spaces | the text as written | jsonb, which respells it |
| bytes | Base64 | blob | bytea |
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from shanhe.ground.safekeeping.tables import Column, Table

__all__ = ["line_of", "rows_for_database", "select_postgresql", "select_sqlite", "spelled"]

_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_sorted = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)

#: Beyond this a float has no fraction, and PostgreSQL's jsonb gives it back as a whole number.
_WHOLE_FROM = 1e16


def line_of(row: Sequence[Any]) -> bytes:
    """A spelled row as a line of JSON in UTF-8."""
    return _encoder.encode(row).encode() + b"\n"


def select_sqlite(table: Table) -> str:
    """The query that gives all rows in the order of their keys, on SQLite."""
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    return f'SELECT {columns} FROM "{table.name}" ORDER BY "{table.key.name}"'  # noqa: S608  our own names


def select_postgresql(table: Table) -> str:
    """The same on PostgreSQL; text is put in the order of its bytes, as SQLite does."""
    columns = ", ".join(_on_postgresql(column) for column in table.columns)
    order = f'"{table.key.name}"' + (' COLLATE "C"' if table.key.kind == "text" else "")
    return f'SELECT {columns} FROM "{table.name}" ORDER BY {order}'  # noqa: S608  our own names


_POSTGRESQL = {
    "int": '"{0}"::int8',
    "float": '"{0}"::float8',
    "text": '"{0}"::text',
    "bool": '"{0}"',
    "bytes": '"{0}"',
    "date": '"{0}"::text',
    "json": '"{0}"::text',
    "uuid": "replace(\"{0}\"::text, '-', '')",
    "address": 'host("{0}")',
    "moment": "to_char(\"{0}\" AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
}


def _on_postgresql(column: Column) -> str:
    return _POSTGRESQL[column.kind].format(column.name)


def spelled(table: Table, rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    """The rows that a ``select_…`` gave, spelled alike."""
    changes = [
        (position, SPELL[column.kind])
        for position, column in enumerate(table.columns)
        if column.kind in SPELL
    ]
    for given in rows:
        row = list(given)
        for position, change in changes:
            if row[position] is not None:
                row[position] = change(row[position])
        yield row


def rows_for_database(table: Table, lines: Iterable[bytes]) -> Iterator[list[Any]]:
    """Spelled lines as rows that both databases take; ValueError on a line that is no row of the table."""
    blobs = [position for position, column in enumerate(table.columns) if column.kind == "bytes"]
    for line in lines:
        row = json.loads(line)
        if not isinstance(row, list) or len(row) != len(table.columns):
            raise ValueError(f"no row of {table.name}")
        for position in blobs:
            if row[position] is not None:
                row[position] = b64decode(row[position])
        yield row


def _moment(text: str) -> str:
    return text.removesuffix(".000000")


def _json(text: str) -> str:
    if len(text) == 2:  # [] and {}
        return text
    told = _sorted.encode(json.loads(text))
    return _sorted.encode(_plain(json.loads(told))) if "e+" in told or "-0.0" in told else told


def _plain(value: Any) -> Any:
    """Numbers as jsonb knows them: nothing below zero is zero, and large floats are whole numbers."""
    if isinstance(value, float):
        return int(value) if abs(value) >= _WHOLE_FROM else value + 0.0
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value


SPELL: dict[str, Callable[[Any], Any]] = {
    "bool": bool,
    "bytes": lambda value: b64encode(value).decode("ascii"),
    "json": _json,
    "moment": _moment,
}
