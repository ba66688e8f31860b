"""Reading a backup to its end before anything is touched: is it whole, and is all in it what it says?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import IO, Any
from uuid import UUID

from shanhe.ground.safekeeping.archive import FORMAT, HEADER, MANIFEST, Member, broken, members, rows_in
from shanhe.ground.safekeeping.progress import Progress
from shanhe.ground.safekeeping.tables import Table, tables_read
from shanhe.ground.safekeeping.taking import KEPT, SECRET_KEY, TableSum
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["Contents", "examined"]

_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a whole backup holds, as its first and last members tell and what lies between bears out."""

    version: str
    taken_at: str
    database: str
    migrations: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    sums: dict[str, TableSum]
    missing: list[str]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(told.rows for told in self.sums.values())


def examined(file: IO[bytes], progress: Progress) -> Contents:
    """Read the file from its beginning to its end, compare every digest, and go back to its beginning.

    Refusals: ``backup.malformed`` when it is none of ours, ``backup.newer``, ``backup.broken`` when it is cut
    off or holds what it should not, ``backup.digest`` when rows or a file are not those that were put in.
    """
    file.seek(0)
    parts = members(file)
    header, tables = _begun(parts)
    found = _Found({table.name: _Sum() for table in tables})
    progress.begin(_("checking the backup"), 0)
    for member in parts:
        found.take(member)
        progress.advance(1)
    contents = _borne_out(header, tables, found)
    file.seek(0)
    return contents


def _begun(parts: Iterator[Member]) -> tuple[dict[str, Any], list[Table]]:
    try:
        first = next(parts, None)
        header = first.json() if first is not None and first.name == HEADER else None
    except Refusal:
        header = None
    if not isinstance(header, dict) or not str(header.get("format", "")).startswith("shanhe-backup/"):
        raise Refusal("backup.malformed", _("This file is no backup made by Shanhe."))
    if header["format"] != FORMAT:
        message = _("The backup was made by a newer version of Shanhe; install that version first.")
        raise Refusal("backup.newer", message)
    return header, tables_read(header.get("tables"))


class _Sum:
    """Rows and digest of a table as its members come by."""

    def __init__(self) -> None:
        self.rows = 0
        self.digest = sha256()

    def add(self, lines: bytes) -> None:
        self.rows += lines.count(b"\n")
        self.digest.update(lines)


@dataclass(slots=True)
class _Found:
    """What lies between the first member and the last."""

    sums: dict[str, _Sum]
    whole: int = 0
    incoming: int = 0
    manifest: dict[str, Any] | None = None

    def take(self, member: Member) -> None:
        """Look at one member; Refusal ``backup.broken`` on one that is none of ours or behind the end."""
        name = member.name.split("/", 1)[-1]
        if self.manifest is not None:
            raise broken()
        if member.name == MANIFEST:
            self.manifest = member.json()
        elif member.room == "tables" and name.split("/")[0] in self.sums:
            self.sums[name.split("/")[0]].add(rows_in(member))
        elif member.room == "files" and len(name) == 64 and set(name) <= _HEX:
            self.whole += 1
            if _digest(member) != name:
                message = _("A file in the backup is not the one that was stored: %(digest)s.")
                raise Refusal("backup.digest", message, digest=name)
        elif member.room == "incoming" and _is_uuid(name):
            self.incoming += 1
            _digest(member)
        elif member.room == "kept" and _is_kept(name):
            member.read()
        else:
            raise broken()


def _digest(member: Member) -> str:
    digest = sha256()
    for block in member.blocks():
        digest.update(block)
    return digest.hexdigest()


def _is_uuid(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def _is_kept(name: str) -> bool:
    """Whether a small file's name is one we write: no other path is ever touched."""
    first, _slash, rest = name.partition("/")
    if name == SECRET_KEY or (name in KEPT and name != "proof"):
        return True
    day = rest.removesuffix(".json")
    return first == "proof" and len(rest) == 15 and len(day) == 10 and set(day) <= set("0123456789-")


def _borne_out(header: dict[str, Any], tables: list[Table], found: _Found) -> Contents:
    """The contents, when manifest and members agree."""
    if found.manifest is None:
        raise broken()
    try:
        sums = {
            name: TableSum(int(told["rows"]), str(told["sha256"]), int(told["last_number"]))
            for name, told in found.manifest["tables"].items()
        }
        numbers = (int(found.manifest["files"]), int(found.manifest["incoming"]))
        missing = [str(name) for name in found.manifest["missing_files"]]
        migrations = tuple((str(app), str(name)) for app, name in header["migrations"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise broken() from None
    if set(sums) != set(found.sums) or numbers != (found.whole, found.incoming):
        raise broken()
    for name, told in sums.items():
        if (found.sums[name].rows, found.sums[name].digest.hexdigest()) != (told.rows, told.sha256):
            message = _("The rows of %(table)s in the backup are not those that were put in.")
            raise Refusal("backup.digest", message, table=name)
    version, taken_at = str(header.get("version")), str(header.get("taken_at"))
    database = str(header.get("database"))
    return Contents(version, taken_at, database, migrations, tuple(tables), sums, missing)
