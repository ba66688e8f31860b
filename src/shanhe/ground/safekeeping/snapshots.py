"""Reading a whole database as it was at one moment, while others write.

SQLite in WAL mode gives a reader the state of its first look for as long as it reads, and lets the writer go
on; the log grows by what is written meanwhile. PostgreSQL does the same for a repeatable-read transaction.
Neither needs a copy on disk.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import sha256
from typing import Any, Protocol

from django.db.backends.base.base import BaseDatabaseWrapper

from shanhe.ground.safekeeping.spelling import line_of, select_postgresql, select_sqlite, spelled
from shanhe.ground.safekeeping.tables import Table

__all__ = ["Snapshot", "digest_of", "lines_of", "snapshot", "unfinished"]


class Snapshot(Protocol):
    """A database at one moment."""

    def rows(self, table: Table) -> Iterator[Sequence[Any]]:
        """The table's rows by key, as the database spells them."""

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a small query."""

    def last_number(self, table: Table) -> int:
        """The highest number that the table's key was ever given; 0 where keys are not numbered."""


@contextmanager
def snapshot(connection: BaseDatabaseWrapper) -> Iterator[Snapshot]:
    """The database of ``connection`` as it is now, by a connection of its own kind that only reads."""
    if connection.vendor == "postgresql":
        with _postgresql(connection) as found:
            yield found
        return
    with closing(sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None)) as reader:
        reader.execute("PRAGMA query_only=ON")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the first look fixes the moment
        yield _Sqlite(reader)


def lines_of(source: Snapshot, table: Table) -> Iterator[bytes]:
    """The table's rows by key, each as one spelled line."""
    for row in spelled(table, source.rows(table)):
        yield line_of(row)


def digest_of(source: Snapshot, table: Table) -> tuple[int, str]:
    """How many rows a table has, and the SHA-256 over its spelled lines."""
    count, digest = 0, sha256()
    for line in lines_of(source, table):
        count += 1
        digest.update(line)
    return count, digest.hexdigest()


class _Sqlite:
    def __init__(self, reader: sqlite3.Connection) -> None:
        self._reader = reader

    def rows(self, table: Table) -> Iterator[Sequence[Any]]:
        cursor = self._reader.execute(select_sqlite(table))
        cursor.arraysize = 1000
        while some := cursor.fetchmany():
            yield from some

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        return self._reader.execute(query).fetchall()

    def last_number(self, table: Table) -> int:
        if not self.ask("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"):
            return 0
        found = self._reader.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", [table.name])
        return int((found.fetchone() or (0,))[0] or 0)


_TYPES = {"int": "int8", "float": "float8", "bool": "bool", "bytes": "bytea"}


class _Postgresql:
    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def rows(self, table: Table) -> Iterator[Sequence[Any]]:
        with self._cursor.copy(f"COPY ({select_postgresql(table)}) TO STDOUT (FORMAT BINARY)") as copy:
            copy.set_types([_TYPES.get(column.kind, "text") for column in table.columns])
            yield from copy.rows()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        self._cursor.execute(query)
        return list(self._cursor.fetchall())

    def last_number(self, table: Table) -> int:
        self._cursor.execute(
            "SELECT pg_get_serial_sequence(quote_ident(%s), %s)", [table.name, table.key.name]
        )
        ((sequence,),) = self._cursor.fetchall()
        if sequence is None:
            return 0
        ((last, is_called),) = self.ask(f"SELECT last_value, is_called FROM {sequence}")  # noqa: S608
        return int(last) if is_called else 0


@contextmanager
def _postgresql(connection: BaseDatabaseWrapper) -> Iterator[Snapshot]:
    """By a driver's own connection, for Django's may stand in a transaction; or by this one inside ours."""
    import psycopg

    params = connection.get_connection_params()
    keep = ("host", "port", "dbname", "user", "password", "sslmode", "options", "service", "passfile")
    given = {name: value for name, value in params.items() if name in keep}
    with psycopg.connect(**given) as reader, reader.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL TIME ZONE 'UTC'")
        yield _Postgresql(cursor)


@contextmanager
def unfinished(connection: BaseDatabaseWrapper) -> Iterator[Snapshot]:
    """The same reads inside the transaction that is open on ``connection``: what is written but not kept."""
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        with connection.connection.cursor() as cursor:
            yield _Postgresql(cursor)
        return
    with closing(sqlite3.connect(str(connection.settings_dict["NAME"]))) as reader:
        yield _Sqlite(reader)
