"""Databases beside the one that is configured: opened by address, and for a while taken in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

__all__ = ["in_place_of_default", "opened", "sqlite_beside"]


@contextmanager
def opened(entry: Mapping[str, Any]) -> Iterator[BaseDatabaseWrapper]:
    """A connection by Django's settings of a database; closed afterwards."""
    connection = ConnectionHandler({"default": dict(entry)})["default"]
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def in_place_of_default(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """In this thread whoever asks the default database asks ``connection``: migrations, models, ledger."""
    usual = connections["default"]
    connections["default"] = connection
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        connections["default"] = usual
        ContentType.objects.clear_cache()


def sqlite_beside(path: str) -> dict[str, Any]:
    """The entry of a SQLite database that nobody else opens and a crash may take: written without care."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "init_command": "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; "
            "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-131072;"
        },
    }
