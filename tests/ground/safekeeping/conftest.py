"""Another database and another data directory, to restore into; and backups to spoil."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """The data directory of this test alone."""
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    return settings.DATA_DIR


@pytest.fixture
def sqlite_entry(tmp_path: Path) -> dict[str, Any]:
    """Settings of a SQLite database that is not there yet."""
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "other.sqlite3")}


@pytest.fixture
def other_entry(sqlite_entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Settings of an empty database of the kind that the tests run on."""
    if connection.vendor != "postgresql":
        yield sqlite_entry
        return
    name = f"{connection.settings_dict['NAME']}_other"
    with closing(_server()) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}"')
        server.execute(f'CREATE DATABASE "{name}"')
        yield {**connection.settings_dict, "NAME": name}
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _server() -> psycopg.Connection[Any]:
    given = connection.get_connection_params()
    keep = ("host", "port", "user", "password")
    params = {name: value for name, value in given.items() if name in keep}
    return psycopg.connect(**params, dbname="postgres", autocommit=True)


@pytest.fixture
def respelled() -> Callable[[Path, Callable[[str, bytes], bytes | None]], io.BytesIO]:
    """A copy of a backup in which a function was let at each member; None takes it out."""

    def copied(path: Path, change: Callable[[str, bytes], bytes | None]) -> io.BytesIO:
        out = io.BytesIO()
        with tarfile.open(path) as old, tarfile.open(fileobj=out, mode="w") as new:
            for member in old:
                content = change(member.name, old.extractfile(member).read())
                if content is not None:
                    member.size = len(content)
                    new.addfile(member, io.BytesIO(content))
        out.seek(0)
        return out

    return copied
