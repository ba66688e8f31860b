"""The spatial index of present shapes, by database.

SQLite: a virtual table beside ``registry_shape``, kept in step by triggers. Its boxes are 32-bit floats,
rounded outwards (up to 1 m at 120° E): there are hits too many, never too few. PostgreSQL: a GiST index over
``box``. Both hold present shapes only: history is found by its owner.
"""

from __future__ import annotations

from typing import Any

__all__ = ["BOX", "install", "is_installed", "remove"]

TABLE = "registry_shape_rtree"

#: The expression of PostgreSQL's index; a query must repeat it word for word.
BOX = "box(point(min_lon, min_lat), point(max_lon, max_lat))"

_ROW = "new.id, new.min_lon, new.max_lon, new.min_lat, new.max_lat"
_PUT = f"INSERT OR REPLACE INTO {TABLE} VALUES ({_ROW})"  # noqa: S608
_DROP = f"DELETE FROM {TABLE} WHERE id = old.id"  # noqa: S608  our own names
_ON = "ON registry_shape"

TRIGGERS = {
    "insert": f"AFTER INSERT {_ON} WHEN new.until IS NULL BEGIN {_PUT}; END",
    "change": f"AFTER UPDATE {_ON} WHEN new.until IS NULL BEGIN {_PUT}; END",
    "end": f"AFTER UPDATE {_ON} WHEN new.until IS NOT NULL BEGIN {_DROP}; END",
    "delete": f"AFTER DELETE {_ON} BEGIN {_DROP}; END",
}

SQLITE = (
    f"CREATE VIRTUAL TABLE IF NOT EXISTS {TABLE} USING rtree(id, min_lon, max_lon, min_lat, max_lat)",
    *(f"CREATE TRIGGER IF NOT EXISTS {TABLE}_{name} {body}" for name, body in TRIGGERS.items()),
    f"DELETE FROM {TABLE}",  # noqa: S608
    f"INSERT INTO {TABLE} SELECT id, min_lon, max_lon, min_lat, max_lat "  # noqa: S608
    "FROM registry_shape WHERE until IS NULL",
)

POSTGRESQL = (
    f"CREATE INDEX IF NOT EXISTS registry_shape_box ON registry_shape USING gist ({BOX}) WHERE until IS NULL",
)


def install(apps: Any, schema_editor: Any) -> None:
    """Make the index from what the table holds; making it again does no harm."""
    connection = schema_editor.connection
    statements = POSTGRESQL if connection.vendor == "postgresql" else SQLITE
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def remove(apps: Any, schema_editor: Any) -> None:
    """Take the index away."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP INDEX IF EXISTS registry_shape_box")
            return
        for name in TRIGGERS:
            cursor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{name}")
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


def is_installed(connection: Any) -> bool:
    """Whether the index stands. Django rebuilds a SQLite table to alter it, and loses its triggers then."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT count(*) FROM pg_indexes WHERE indexname = 'registry_shape_box'")
            return bool(cursor.fetchone()[0] == 1)
        cursor.execute(
            "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [f"{TABLE}%"]
        )
        return bool(cursor.fetchone()[0] == len(TRIGGERS))
