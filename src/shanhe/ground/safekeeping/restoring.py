"""Restoring a backup on either database: every digest is compared, and all of it appears or nothing."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from shanhe.ground.audit import ledger
from shanhe.ground.audit.ledger import Actor
from shanhe.ground.audit.verify import Broken, verify
from shanhe.ground.documents import store
from shanhe.ground.documents.models import StoredFile
from shanhe.ground.safekeeping import building
from shanhe.ground.safekeeping.archive import Member, members, rows_in
from shanhe.ground.safekeeping.examining import Contents, examined
from shanhe.ground.safekeeping.progress import Progress, Silent
from shanhe.ground.safekeeping.snapshots import digest_of, unfinished
from shanhe.ground.safekeeping.taking import SECRET_KEY
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["Compared", "Restored", "Target", "backup_restore", "restore_into"]


@dataclass(frozen=True, slots=True)
class Compared:
    """A table as the backup tells it and as it was read back from the database it was put into."""

    table: str
    rows: int
    was: str  # SHA-256, hexadecimal
    found: str


@dataclass(slots=True)
class Restored:
    """What was restored, compared table by table."""

    version: str = ""
    taken_at: str = ""
    database: str = ""  # the vendor it came from
    compared: list[Compared] = field(default_factory=list)
    files: int = 0
    missing: list[str] = field(
        default_factory=list
    )  # files that the backup says were missing when it was taken
    ledger_size: int = 0
    ledger_broken: Broken | None = None  # then it was broken when the backup was taken: the digests agree
    set_aside: list[str] = field(default_factory=list)  # days published after the backup
    has_secret_key: bool = False

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.compared)


@dataclass(frozen=True, slots=True)
class Target:
    """Where to: Django's settings of a database, and the data directory (None: files stay where they are)."""

    database: Mapping[str, Any]
    folder: Path | None


def backup_restore(
    *,
    file: IO[bytes],
    replace: bool = False,
    by: Actor | None,
    at: datetime,
    progress: Progress | None = None,
) -> Restored:
    """Put a backup into the configured database and data directory.

    Refusals, none of which changes anything: ``restore.not_empty`` (409) without ``replace`` when somebody
    has worked there, ``restore.in_use`` (409), ``backup.newer``, ``backup.malformed``, ``backup.broken``,
    ``backup.rows``, ``backup.digest``.
    """
    if not replace and not building.is_empty(connection):
        message = _("There are records in this database; to replace all of them say --replace.")
        raise Refusal("restore.not_empty", message, status=409)
    target = Target(dict(connection.settings_dict), Path(settings.DATA_DIR))
    connection.close()
    done = restore_into(
        target, file, by=by, at=at, progress=progress or Silent(), action="safekeeping.restore"
    )
    _forget_unknown_files()
    return done


def restore_into(
    target: Target,
    file: IO[bytes],
    *,
    by: Actor | None,
    at: datetime,
    progress: Progress,
    action: str,
    check: Callable[[], None] = lambda: None,
) -> Restored:
    """Build the database of a backup and put it in the place of the target's; ``check`` has the last word.

    Written on the ledger of the restored database, under ``action``.
    """
    contents = examined(file, progress)
    building.check_known(contents.migrations)
    done, arrived = _announced(contents), _Arrived(target.folder)
    try:
        with building.building(dict(target.database)):
            building.tables_as_of(contents.migrations)
            building.check_fit(contents.tables)
            building.clear(contents.tables)
            _fill(file, contents, arrived, progress)
            _compare(done, contents, progress)
            building.tables_up_to_date()
            _walk(done, progress)
            _on_ledger(done, action, by, at)
            check()
    except BaseException:
        arrived.take_back()
        raise
    arrived.settle(done, at)
    return done


def _announced(contents: Contents) -> Restored:
    return Restored(
        version=contents.version,
        taken_at=contents.taken_at,
        database=contents.database,
        missing=contents.missing,
    )


def _fill(file: IO[bytes], contents: Contents, arrived: _Arrived, progress: Progress) -> None:
    by_name = {table.name: table for table in contents.tables}
    progress.begin(_("rows"), contents.rows)
    for member in members(file):
        if member.room == "tables":
            progress.advance(building.fill(by_name[member.name.split("/")[1]], rows_in(member)))
        elif member.room:
            arrived.take(member)
    building.check_whole()


def _compare(done: Restored, contents: Contents, progress: Progress) -> None:
    """What was in the file and what the database gives back: the same rows have the same digest."""
    progress.begin(_("rows read back"), contents.rows)
    with unfinished(connection) as source:
        for table in contents.tables:
            told = contents.sums[table.name]
            rows, found = digest_of(source, table)
            done.compared.append(Compared(table.name, rows, told.sha256, found))
            if (rows, found) != (told.rows, told.sha256):
                message = _("The rows of %(table)s are not those of the backup; nothing was restored.")
                raise Refusal("backup.digest", message, table=table.name)
            progress.advance(rows)
    for table in contents.tables:
        building.number_on(table, contents.sums[table.name].last_number)


def _walk(done: Restored, progress: Progress) -> None:
    """Whether the restored ledger holds. One that does not is restored too: it is evidence."""
    for step in verify():
        if not done.ledger_size:
            progress.begin(_("records of the ledger"), step.total)
        progress.advance(step.done - done.ledger_size)
        done.ledger_size, done.ledger_broken = step.done, step.broken


@ledger.atomic
def _on_ledger(done: Restored, action: str, by: Actor | None, at: datetime) -> None:
    ledger.record(
        action,
        ("safekeeping.backup", done.taken_at),
        by=by,
        at=at,
        rows=done.rows,
        version=done.version,
        was_on=done.database,
    )


@dataclass(slots=True)
class _Arrived:
    """Files on their way in. Whole ones lie under their digest: one too many does no harm."""

    folder: Path | None
    whole: int = 0
    new: list[Path] = field(default_factory=list)
    kept: dict[str, bytes] = field(default_factory=dict)

    def take(self, member: Member) -> None:
        """Put one member where it belongs."""
        name = member.name.split("/", 1)[-1]
        if member.room == "files":
            self._write(member, store.whole(name))
            self.whole += 1
        elif member.room == "incoming":
            self._write(member, store.part_of(UUID(name)))
        else:
            self.kept[name] = member.read()

    def _write(self, member: Member, path: Path) -> None:
        """Write a member, whose digest was examined before, to a path."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as copy:
            try:
                for block in member.blocks():
                    copy.write(block)
                copy.flush()
                os.fsync(copy.fileno())
            except BaseException:
                Path(copy.name).unlink(missing_ok=True)
                raise
        if not path.exists():
            self.new.append(path)
        os.replace(copy.name, path)

    def take_back(self) -> None:
        """The restore failed: what was not there before goes again."""
        for path in self.new:
            path.unlink(missing_ok=True)

    def settle(self, done: Restored, at: datetime) -> None:
        """The restore is in force: small files, and what the restored database does not know any more."""
        done.files, done.has_secret_key = self.whole, SECRET_KEY in self.kept
        if self.folder is None:
            return
        done.set_aside = self._set_aside(self.folder / "proof", at)
        for name, content in self.kept.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            if name == SECRET_KEY:
                path.chmod(0o600)

    def _set_aside(self, proof: Path, at: datetime) -> list[str]:
        """Published roots that the restored ledger does not bear out stay readable, apart from the others."""
        days = []
        for path in sorted(proof.glob("????-??-??.json")):
            if path.read_bytes() == self.kept.get(f"proof/{path.name}"):
                continue
            aside = proof / f"before-restore-{at:%Y%m%dT%H%M%SZ}"
            aside.mkdir(exist_ok=True)
            path.rename(aside / path.name)
            days.append(path.stem)
        return days


def _forget_unknown_files() -> None:
    """Files that only the replaced records named go with them."""
    known = set(StoredFile.objects.exclude(sha256="").values_list("sha256", flat=True))
    for path in (Path(settings.DATA_DIR) / "files").glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
        if len(path.name) == 64 and path.name not in known:
            store.remove(path.name)
