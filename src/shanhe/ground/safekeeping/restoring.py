"""Restoring a backup on either database: every digest is compared, and all of it appears or nothing."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
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
from shanhe.ground.safekeeping.archive import FORMAT, HEADER, MANIFEST, Member, broken, members, rows_in
from shanhe.ground.safekeeping.progress import Progress, Silent
from shanhe.ground.safekeeping.snapshots import digest_of, unfinished
from shanhe.ground.safekeeping.tables import Table, tables_read
from shanhe.ground.safekeeping.taking import KEPT, SECRET_KEY
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
    done, arrived = Restored(), _Arrived(target.folder)
    try:
        with building.building(dict(target.database)):
            _build(done, file, arrived, progress)
            _on_ledger(done, action, by, at)
            check()
    except BaseException:
        arrived.take_back()
        raise
    arrived.settle(done, at)
    return done


def _build(done: Restored, file: IO[bytes], arrived: _Arrived, progress: Progress) -> None:
    parts = members(file)
    tables = _begin(done, parts)
    by_name = {table.name: table for table in tables}
    progress.begin(_("rows"), 0)
    read: dict[str, Any] = {name: sha256() for name in by_name}
    manifest: dict[str, Any] | None = None
    for member in parts:
        if member.name == MANIFEST:
            manifest = member.json()
        elif member.room == "tables":
            table = by_name.get(member.name.split("/")[1])
            if table is None:
                raise broken()
            lines = rows_in(member)
            read[table.name].update(lines)
            progress.advance(building.fill(table, lines))
        else:
            arrived.take(member)
    if manifest is None:
        raise broken()
    building.check_whole()
    _compare(done, tables, read, manifest, progress)
    arrived.check(manifest)
    building.tables_up_to_date()
    _walk(done, progress)


def _begin(done: Restored, parts: Iterator[Member]) -> list[Table]:
    """Read the first member and make tables of its time, empty."""
    first = next(parts, None)
    header = first.json() if first is not None and first.name == HEADER else None
    if not isinstance(header, dict) or not str(header.get("format", "")).startswith("shanhe-backup/"):
        raise Refusal("backup.malformed", _("This file is no backup made by Shanhe."))
    if header["format"] != FORMAT:
        raise Refusal(
            "backup.newer",
            _("The backup was made by a newer version of Shanhe; install that version first."),
        )
    tables = tables_read(header.get("tables"))
    done.version, done.taken_at = str(header.get("version")), str(header.get("taken_at"))
    done.database = str(header.get("database"))
    building.tables_as_of((str(app), str(name)) for app, name in header.get("migrations", ()))
    building.check_fit(tables)
    building.clear(tables)
    return tables


def _compare(
    done: Restored,
    tables: list[Table],
    read: Mapping[str, Any],
    manifest: Mapping[str, Any],
    progress: Progress,
) -> None:
    """What the file said, what was in it, what the database gives back: one digest a table, three times."""
    told = manifest["tables"]
    progress.begin(_("rows read back"), sum(int(told[table.name]["rows"]) for table in tables))
    with unfinished(connection) as source:
        for table in tables:
            rows, found = digest_of(source, table)
            was = str(told[table.name]["sha256"])
            done.compared.append(Compared(table.name, rows, was, found))
            if rows != int(told[table.name]["rows"]) or not was == found == read[table.name].hexdigest():
                message = _("The rows of %(table)s are not those of the backup; nothing was restored.")
                raise Refusal("backup.digest", message, table=table.name)
            progress.advance(rows)
    for table in tables:
        building.number_on(table, int(told[table.name]["last_number"]))
    done.missing = [str(name) for name in manifest["missing_files"]]


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
    incoming: int = 0
    new: list[Path] = field(default_factory=list)
    kept: dict[str, bytes] = field(default_factory=dict)

    def take(self, member: Member) -> None:
        """Put one member where it belongs; Refusal ``backup.broken`` on one that is none of ours."""
        name = member.name.split("/", 1)[-1]
        if member.room == "files":
            self._take_whole(member, name)
        elif member.room == "incoming":
            self._take_part(member, name)
        elif member.room == "kept" and _is_kept(name):
            self.kept[name] = member.read()
        else:
            raise broken()

    def _take_whole(self, member: Member, digest: str) -> None:
        if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
            raise broken()
        if not self._write(member, store.whole(digest), digest):
            message = _("A file in the backup is not the one that was stored: %(digest)s.")
            raise Refusal("backup.digest", message, digest=digest)
        self.whole += 1

    def _take_part(self, member: Member, uuid: str) -> None:
        try:
            path = store.part_of(UUID(uuid))
        except ValueError:
            raise broken() from None
        self._write(member, path, None)
        self.incoming += 1

    def _write(self, member: Member, path: Path, wanted: str | None) -> bool:
        """Write a member to a path; False, and nothing written, when its SHA-256 is not the one wanted."""
        path.parent.mkdir(parents=True, exist_ok=True)
        digest = sha256()
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as copy:
            try:
                for block in member.blocks():
                    digest.update(block)
                    copy.write(block)
                copy.flush()
                os.fsync(copy.fileno())
            except BaseException:
                Path(copy.name).unlink(missing_ok=True)
                raise
        if wanted is not None and digest.hexdigest() != wanted:
            Path(copy.name).unlink()
            return False
        if not path.exists():
            self.new.append(path)
        os.replace(copy.name, path)
        return True

    def check(self, manifest: Mapping[str, Any]) -> None:
        """Refusal ``backup.broken`` when there are not as many files as were put in."""
        if self.whole != int(manifest["files"]) or self.incoming != int(manifest["incoming"]):
            raise broken()

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


def _is_kept(name: str) -> bool:
    """Whether a small file's name is one we write: no other path is ever touched."""
    first, _slash, rest = name.partition("/")
    if name == SECRET_KEY or (name in KEPT and name != "proof"):
        return True
    return first == "proof" and len(rest) == 15 and rest.endswith(".json") and "/" not in rest


def _forget_unknown_files() -> None:
    """Files that only the replaced records named go with them."""
    known = set(StoredFile.objects.exclude(sha256="").values_list("sha256", flat=True))
    for path in (Path(settings.DATA_DIR) / "files").glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
        if len(path.name) == 64 and path.name not in known:
            store.remove(path.name)
