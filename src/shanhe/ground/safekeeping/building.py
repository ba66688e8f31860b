"""Where a restored database is built, so that nobody meets a half of one: all of it appears, or nothing.

SQLite: a database of its own beside the live one, copied into it in one transaction at the end (the online
backup API). PostgreSQL: one transaction, in which the old tables are dropped and the new ones filled.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from shanhe.ground.safekeeping.databases import in_place_of_default, opened, sqlite_beside
from shanhe.ground.safekeeping.spelling import rows_for_database
from shanhe.ground.safekeeping.tables import LEFT_OUT, Table
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = [
    "Migration",
    "building",
    "check_fit",
    "check_known",
    "check_whole",
    "clear",
    "fill",
    "is_empty",
    "number_on",
    "tables_as_of",
    "tables_up_to_date",
]

Migration = tuple[str, str]

_IN_USE = _("The database is in use: stop the service, then try again. Nothing was changed.")
_WAIT_S = 15


def is_empty(target: BaseDatabaseWrapper) -> bool:
    """Whether nobody has done anything in the database yet: no tables, or none that has told the ledger."""
    if "audit_event" not in target.introspection.table_names():
        return True
    with target.cursor() as cursor:
        cursor.execute("SELECT 1 FROM audit_event LIMIT 1")
        return cursor.fetchone() is None


@contextmanager
def building(entry: dict[str, Any]) -> Iterator[None]:
    """Inside, the default database of this thread is one without tables that takes the place of ``entry``'s.

    It does at the end; an error leaves ``entry``'s as it was. Refusal ``restore.in_use`` when others hold it.
    """
    with opened(entry) as target:
        if target.vendor == "postgresql":
            with _on_postgresql(target):
                yield
        else:
            with _on_sqlite(target):
                yield


@contextmanager
def _on_postgresql(target: BaseDatabaseWrapper) -> Iterator[None]:
    with in_place_of_default(target), transaction.atomic(durable=True):
        with target.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{_WAIT_S}s'")
            try:
                _drop_all(cursor)
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", None) == "55P03":
                    raise Refusal("restore.in_use", _IN_USE, status=409) from None
                raise
        yield


def _drop_all(cursor: Any) -> None:
    """Take away our tables and functions; what else lies in the schema is not ours."""
    ours = tuple(f"{app.label}_" for app in apps.get_app_configs())
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace "
        "AND relkind IN ('r', 'p')"
    )
    names = {name for (name,) in cursor.fetchall() if name.startswith((*ours, "django_"))}
    for name in sorted(names):
        cursor.execute(f'DROP TABLE IF EXISTS "{name}" CASCADE')
    cursor.execute(
        "SELECT proname, oid::regprocedure FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
    )
    for name, signature in cursor.fetchall():
        if name.startswith(ours):
            cursor.execute(f"DROP FUNCTION IF EXISTS {signature} CASCADE")


@contextmanager
def _on_sqlite(target: BaseDatabaseWrapper) -> Iterator[None]:
    live = Path(str(target.settings_dict["NAME"]))
    live.parent.mkdir(parents=True, exist_ok=True)
    beside = live.with_name(live.name + ".restoring")
    beside.unlink(missing_ok=True)
    try:
        with opened(sqlite_beside(str(beside))) as apart, in_place_of_default(apart):
            yield
            apart.close()
            target.close()
            _copy_into(beside, live)
    finally:
        beside.unlink(missing_ok=True)
        beside.with_name(beside.name + "-journal").unlink(missing_ok=True)


def _copy_into(built: Path, live: Path) -> None:
    """All pages in one transaction: who reads meanwhile sees the old database, afterwards the new one."""
    with closing(sqlite3.connect(built)) as source, closing(sqlite3.connect(live, timeout=_WAIT_S)) as target:
        try:
            target.execute("PRAGMA journal_mode=WAL")
            target.execute("PRAGMA synchronous=FULL")
            target.execute("BEGIN IMMEDIATE")  # wait for a writer here: the copy itself does not wait
            target.execute("ROLLBACK")
            source.backup(target, pages=-1)
            target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                raise Refusal("restore.in_use", _IN_USE, status=409) from None
            raise
    os.chmod(live, 0o600)


def check_known(applied: Iterable[Migration]) -> None:
    """Refusal ``backup.newer`` when a backup's tables went through a migration that this version has not."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    if not set(applied) <= set(loader.graph.nodes) | set(loader.replacements):
        message = _("The backup was made by a newer version of Shanhe; install that version first.")
        raise Refusal("backup.newer", message)


def tables_as_of(applied: Iterable[Migration]) -> None:
    """Make the tables as they were after these migrations."""
    executor = MigrationExecutor(connection)
    graph = executor.loader.graph
    done = set(applied) & set(graph.nodes)
    before = {
        parent.key
        for node in done
        for parent in graph.node_map[node].parents
        if parent.key in done and parent.key[0] == node[0]
    }
    executor.migrate([(app, name) for app, name in sorted(done - before)])


def tables_up_to_date() -> None:
    """Bring the tables up to this version."""
    call_command("migrate", verbosity=0, interactive=False)


def clear(tables: Iterable[Table]) -> None:
    """Take out what migrations have put into fresh tables; from here on keys are checked at the end."""
    connection.check_constraints()
    connection.disable_constraint_checking()
    names = [*(table.name for table in tables), *LEFT_OUT]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("TRUNCATE " + ", ".join(f'"{name}"' for name in names) + " RESTART IDENTITY")
            return
        for name in names:
            cursor.execute(f'DELETE FROM "{name}"')  # noqa: S608  names that the header check has passed


def fill(table: Table, lines: bytes) -> int:
    """Put spelled lines into a table; gives how many. Refusal ``backup.rows`` on lines that do not fit it."""
    rows = rows_for_database(table, lines.splitlines())
    try:
        if connection.vendor == "postgresql":
            return _copy(table, rows)
        return _insert(table, rows)
    except (ValueError, DatabaseError, sqlite3.Error, psycopg.Error) as error:
        message = _("The rows of %(table)s do not fit the database: %(why)s")
        raise Refusal("backup.rows", message, table=table.name, why=" ".join(str(error).split())) from error


def _copy(table: Table, rows: Iterable[list[Any]]) -> int:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    held = list(rows)
    with (
        connection.cursor() as cursor,
        cursor.cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy,
    ):
        for row in held:
            copy.write_row(row)
    return len(held)


def _insert(table: Table, rows: Iterable[list[Any]]) -> int:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    marks = ", ".join("?" * len(table.columns))
    connection.ensure_connection()
    raw: sqlite3.Connection = connection.connection
    raw.execute("BEGIN")
    try:
        query = f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})'  # noqa: S608  our own names
        count = sqlite3.Connection.executemany(raw, query, rows).rowcount
    except BaseException:
        raw.execute("ROLLBACK")
        raise
    raw.execute("COMMIT")
    return count


def number_on(table: Table, last: int) -> None:
    """Let the next row get a number after ``last``: ids are never given twice, the ledger remembers them."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_get_serial_sequence(quote_ident(%s), %s)", [table.name, table.key.name])
            ((sequence,),) = cursor.fetchall()
            if sequence is not None and last:
                cursor.execute("SELECT setval(%s, %s)", [sequence, last])
        elif last:
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table.name])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table.name, last])


def check_fit(tables: Sequence[Table]) -> None:
    """Refusal ``backup.malformed`` unless the tables a backup names are here, with those columns."""
    with connection.cursor() as cursor:
        there = {found.name for found in connection.introspection.get_table_list(cursor)}
        for table in tables:
            columns = (
                {row.name for row in connection.introspection.get_table_description(cursor, table.name)}
                if table.name in there
                else set()
            )
            if columns != {column.name for column in table.columns}:
                raise Refusal("backup.malformed", _("This file is no backup made by Shanhe."))


def check_whole() -> None:
    """Refusal ``backup.rows`` when a row points at one that is not there."""
    try:
        connection.check_constraints()
    except IntegrityError as error:
        message = _("Rows of the backup point at rows that it does not hold: %(why)s")
        raise Refusal("backup.rows", message, why=" ".join(str(error).split())) from error
