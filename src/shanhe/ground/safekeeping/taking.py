"""Taking a backup: the whole database as it is at one moment, and the files that it names."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

import shanhe
from shanhe.ground.audit import ledger
from shanhe.ground.audit.content import iso_z
from shanhe.ground.audit.ledger import Actor
from shanhe.ground.audit.models import Head
from shanhe.ground.documents import store
from shanhe.ground.documents.models import StoredFile
from shanhe.ground.safekeeping.archive import FORMAT, HEADER, MANIFEST, Writer, writing
from shanhe.ground.safekeeping.progress import Progress, Silent
from shanhe.ground.safekeeping.snapshots import Snapshot, lines_of, snapshot
from shanhe.ground.safekeeping.tables import Table, tables_now
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["KEPT", "SECRET_KEY", "Parts", "TableSum", "Taken", "backup_take", "check_tables_are_current"]

#: Small files of the data directory that are more than copies of rows: what was published, and what it is.
KEPT = ("proof", "demo.json")
SECRET_KEY = "secret_key"  # noqa: S105  the file's name


@dataclass(frozen=True, slots=True)
class Parts:
    """What goes in besides the database."""

    files: bool = True
    secret_key: bool = False


@dataclass(frozen=True, slots=True)
class TableSum:
    """A table's rows, the SHA-256 over their spelled lines, and the highest number ever given."""

    rows: int
    sha256: str
    last_number: int

    def as_json(self) -> dict[str, Any]:
        """As the manifest tells it."""
        return {"rows": self.rows, "sha256": self.sha256, "last_number": self.last_number}


@dataclass(slots=True)
class Taken:
    """What a backup holds."""

    path: Path
    bytes: int = 0
    tables: dict[str, TableSum] = field(default_factory=dict)
    files: int = 0
    incoming: int = 0
    missing: list[str] = field(default_factory=list)  # files that the database names and the disk has not
    ledger_size: int = 0
    manifest_sha256: str = ""

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables.values())


def backup_take(
    *,
    path: Path,
    by: Actor | None,
    at: datetime,
    parts: Parts | None = None,
    progress: Progress | None = None,
) -> Taken:
    """Write the whole data into a file at ``path`` while others go on working, and tell it on the ledger.

    One moment of the database, and the files it names at that moment. Office sessions stay out; the key that
    signs cookies goes in by choice. Refusals: ``backup.there``, ``backup.place``, ``backup.tables`` when the
    tables are of an older version than the program.
    """
    check_tables_are_current()
    taken = archive_write(path=path, at=at, parts=parts or Parts(), progress=progress or Silent())
    _tell(taken, parts or Parts(), by, at)
    return taken


@ledger.atomic
def _tell(taken: Taken, parts: Parts, by: Actor | None, at: datetime) -> None:
    ledger.record(
        "safekeeping.backup",
        ("safekeeping.backup", taken.manifest_sha256),
        by=by,
        at=at,
        rows=taken.rows,
        files=taken.files,
        secret_key=parts.secret_key,
    )


def check_tables_are_current() -> None:
    """Refusal ``backup.tables`` while migrations wait: columns would not be those the models name."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        message = _("The tables are of an older version than the program: run shanhe init first.")
        raise Refusal("backup.tables", message)


def archive_write(*, path: Path, at: datetime, parts: Parts, progress: Progress) -> Taken:
    """Write the file and leave no word of it: what a move needs too."""
    with writing(path, at.timestamp()) as out, _moment(parts.files) as (source, staged):
        taken = _write(out, source, staged, path, at, parts, progress)
    taken.bytes = path.stat().st_size
    return taken


def _write(
    out: Writer, source: Snapshot, staged: Staged, path: Path, at: datetime, parts: Parts, progress: Progress
) -> Taken:
    tables = tables_now()
    header = {
        "format": FORMAT,
        "version": shanhe.__version__,
        "taken_at": iso_z(at),
        "database": connection.vendor,
        "holds_files": parts.files,
        "migrations": [
            list(row) for row in source.ask("SELECT app, name FROM django_migrations ORDER BY id")
        ],
        "tables": [table.as_json() for table in tables],
    }
    out.json(HEADER, header)
    taken = Taken(path, missing=list(staged.missing))
    progress.begin(_("rows"), sum(_count(source, table) for table in tables))
    for table in tables:
        rows, digest = out.rows(table, lines_of(source, table), progress.advance)
        taken.tables[table.name] = TableSum(rows, digest, source.last_number(table))
    if parts.files:
        _files(out, staged, taken, progress)
    _kept(out, parts)
    head = source.ask(f"SELECT size FROM {Head._meta.db_table}")  # noqa: S608
    taken.ledger_size = int(head[0][0]) if head else 0
    manifest = {
        "tables": {name: table.as_json() for name, table in taken.tables.items()},
        "files": taken.files,
        "incoming": taken.incoming,
        "missing_files": taken.missing,
        "ledger_size": taken.ledger_size,
    }
    taken.manifest_sha256 = out.json(MANIFEST, manifest)
    return taken


def _count(source: Snapshot, table: Table) -> int:
    return int(source.ask(f'SELECT count(*) FROM "{table.name}"')[0][0])  # noqa: S608  our own name


@dataclass(slots=True)
class Staged:
    """The files of the moment under second names, so that whoever deletes one meanwhile does not take it."""

    folder: Path
    whole: int = 0
    parts: dict[str, int] = field(default_factory=dict)  # uuid → bytes that the database knows of
    missing: list[str] = field(default_factory=list)


@contextmanager
def _moment(with_files: bool) -> Iterator[tuple[Snapshot, Staged]]:
    """A snapshot and its files; looked at anew when files went between the two."""
    tries = 3
    while True:
        tries -= 1
        with snapshot(connection) as source, _staged(source, with_files) as staged:
            if staged.missing and tries and _were_just_deleted(staged.missing):
                continue
            yield source, staged
            return


@contextmanager
def _staged(source: Snapshot, with_files: bool) -> Iterator[Staged]:
    folder = Path(tempfile.mkdtemp(prefix="backup-", dir=settings.DATA_DIR))
    staged = Staged(folder)
    try:
        if with_files:
            _link_all(source, staged)
        yield staged
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _link_all(source: Snapshot, staged: Staged) -> None:
    table = StoredFile._meta.db_table
    for (digest,) in source.ask(f"SELECT DISTINCT sha256 FROM {table} WHERE sha256 <> '' ORDER BY 1"):  # noqa: S608
        if _second_name(store.whole(digest), staged.folder / digest):
            staged.whole += 1
        else:
            staged.missing.append(digest)
    asked = f"SELECT uuid, received FROM {table} WHERE sha256 = '' AND received > 0 ORDER BY 1"  # noqa: S608
    for given, received in source.ask(asked):
        uuid = UUID(str(given))
        if _second_name(store.part_of(uuid), staged.folder / str(uuid)):
            staged.parts[str(uuid)] = int(received)
        else:
            staged.missing.append(str(uuid))


def _second_name(path: Path, name: Path) -> bool:
    """Give a file a second name, or a copy where the disk knows no second names; False when it is gone."""
    try:
        os.link(path, name)
    except FileNotFoundError:
        return False
    except OSError:
        try:
            shutil.copyfile(path, name)
        except FileNotFoundError:
            return False
    return True


def _were_just_deleted(names: list[str]) -> bool:
    """Whether the database has forgotten one of them meanwhile: then they were there a moment ago."""
    digests = [name for name in names if len(name) == 64]
    known = set(StoredFile.objects.filter(sha256__in=digests).values_list("sha256", flat=True))
    uuids = [name for name in names if len(name) != 64]
    known |= {
        str(uuid) for uuid in StoredFile.objects.filter(sha256="", pk__in=uuids).values_list("pk", flat=True)
    }
    return bool(set(names) - known)


def _files(out: Writer, staged: Staged, taken: Taken, progress: Progress) -> None:
    progress.begin(_("files"), staged.whole + len(staged.parts))
    for entry in os.scandir(staged.folder):
        if entry.name in staged.parts:
            continue
        out.file(f"files/{entry.name}", Path(entry.path))
        taken.files += 1
        progress.advance(1)
    for uuid, received in staged.parts.items():
        out.file(f"incoming/{uuid}", staged.folder / uuid, received)
        taken.incoming += 1
        progress.advance(1)


def _kept(out: Writer, parts: Parts) -> None:
    home = Path(settings.DATA_DIR)
    for name in KEPT if parts.files else ():
        place = home / name
        found = sorted(place.glob("????-??-??.json")) if place.is_dir() else [place]
        for path in found:
            if path.is_file():
                out.file(f"kept/{path.relative_to(home).as_posix()}", path)
    if parts.secret_key:
        out.file(f"kept/{SECRET_KEY}", home / SECRET_KEY)
