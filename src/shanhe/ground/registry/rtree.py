"""The spatial index of present shapes, by database.

SQLite: a virtual table beside ``registry_shape``, kept in step by triggers. Its boxes are 32-bit floats rounded
outwards (up to 1 m at 120° E), so a hit is a candidate and never a miss. PostgreSQL: a GiST index over ``box``.
Both hold present shapes only: history is found by its owner.
"""

from __future__ import annotations

from typing import Any

__all__ = ["BOX", "install", "is_installed", "remove"]

TABLE = "registry_shape_rtree"

#: The expression of PostgreSQL's index; a query must repeat it word for word.
BOX = "box(point(min_lon, min_lat), point(max_lon, max_lat))"

_VALUES = "new.id, new.min_lon, new.max_lon, new.min_lat, new.max_lat"

SQLITE = (
    f"CREATE VIRTUAL TABLE IF NOT EXISTS {TABLE} USING rtree(id, min_lon, max_lon, min_lat, max_lat)",
    f"""CREATE TRIGGER IF NOT EXISTS {TABLE}_insert AFTER INSERT ON registry_shape WHEN new.until IS NULL
    BEGIN INSERT OR REPLACE INTO {TABLE} VALUES ({_VALUES}); END""",
    f"""CREATE TRIGGER IF NOT EXISTS {TABLE}_end AFTER UPDATE ON registry_shape WHEN new.until IS NOT NULL
    BEGIN DELETE FROM {TABLE} WHERE id = old.id; END""",
    f"""CREATE TRIGGER IF NOT EXISTS {TABLE}_change AFTER UPDATE ON registry_shape WHEN new.until IS NULL
    BEGIN INSERT OR REPLACE INTO {TABLE} VALUES ({_VALUES}); END""",
    f"""CREATE TRIGGER IF NOT EXISTS {TABLE}_delete AFTER DELETE ON registry_shape
    BEGIN DELETE FROM {TABLE} WHERE id = old.id; END""",
    f"DELETE FROM {TABLE}",
    f"""INSERT INTO {TABLE} SELECT id, min_lon, max_lon, min_lat, max_lat FROM registry_shape
    WHERE until IS NULL""",
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
        for name in ("insert", "end", "change", "delete"):
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
        return bool(cursor.fetchone()[0] == 4)
