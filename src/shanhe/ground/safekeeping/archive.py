"""The file of a backup: a tar of small members, written and read from front to end.

    shanhe-backup.json          format, version, migrations, tables with their columns, what is inside
    tables/NAME/00000001.gz     rows of a table by key, spelled lines, some megabytes a member
    files/SHA256                uploaded files as they came
    incoming/UUID               uploads that are not whole yet, as far as the database knows them
    kept/NAME                   published roots and other small files of the data directory
    manifest.json               at the very end: rows, digest and last number of each table, files, ledger

Members are known by these names alone; nothing is ever unpacked to a path that the file names. A file that
was cut off has no manifest and is refused.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from shanhe.ground.safekeeping.tables import Table
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["FORMAT", "Member", "Writer", "broken", "members", "rows_in", "writing"]

FORMAT = "shanhe-backup/1"
HEADER, MANIFEST = "shanhe-backup.json", "manifest.json"

#: Rows are pressed together in members of about so many bytes; a few of them are in memory at a time.
_PIECE = 2 * 1024 * 1024
_AHEAD = 4
_LEVEL = 3
#: No member of rows that we wrote unfolds to more: one that does is not ours.
_MOST_UNFOLDED = 64 * 1024 * 1024 + _PIECE
_BLOCK = 1024 * 1024


def broken() -> Refusal:
    """The file cannot be read to its end, or is none of ours."""
    return Refusal("backup.broken", _("The backup is damaged or was cut off; nothing was restored."))


class Writer:
    """Puts members into the file, one after the other."""

    def __init__(self, tar: tarfile.TarFile, helpers: ThreadPoolExecutor, at: float) -> None:
        self._tar, self._helpers, self._at = tar, helpers, at

    def json(self, name: str, value: Any) -> str:
        """A small member; gives its SHA-256."""
        text = json.dumps(value, ensure_ascii=False, indent=1).encode()
        self._add(name, io.BytesIO(text), len(text))
        return sha256(text).hexdigest()

    def rows(self, table: Table, lines: Iterable[bytes], advance: Callable[[int], object]) -> tuple[int, str]:
        """All lines of a table; gives their number and the SHA-256 over them."""
        digest, count, number = sha256(), 0, 0
        waiting: deque[Future[bytes]] = deque()
        for piece, size in _pieces(lines):
            digest.update(piece)
            count += size
            waiting.append(self._helpers.submit(gzip.compress, piece, _LEVEL, mtime=0))
            advance(size)
            if len(waiting) >= _AHEAD:
                number = self._put(table, waiting.popleft(), number)
        while waiting:
            number = self._put(table, waiting.popleft(), number)
        return count, digest.hexdigest()

    def _put(self, table: Table, pressed: Future[bytes], number: int) -> int:
        content = pressed.result()
        self._add(f"tables/{table.name}/{number + 1:08d}.gz", io.BytesIO(content), len(content))
        return number + 1

    def file(self, name: str, path: Path, size: int | None = None) -> int:
        """A file's first ``size`` bytes, or all of it; gives how many. OSError when it is shorter."""
        with path.open("rb") as content:
            length = os.fstat(content.fileno()).st_size if size is None else size
            self._add(name, content, length)
        return length

    def _add(self, name: str, content: IO[bytes], size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = size, 0o600, int(self._at)
        self._tar.addfile(member, content)
        _forget(self._tar)


def _forget(tar: tarfile.TarFile) -> None:
    """Else it remembers every one of a million members."""
    vars(tar)["members"].clear()


def _pieces(lines: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    held, size = [], 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= _PIECE:
            yield b"".join(held), len(held)
            held, size = [], 0
    if held:
        yield b"".join(held), len(held)


class writing:  # noqa: N801  reads as "with writing(path, at) as file"
    """The file at ``path``, which appears whole at the end or not at all; readable by its owner only.

    Refusal ``backup.there`` when there is a file of that name, ``backup.place`` when none can be made.
    """

    def __init__(self, path: Path, at: float) -> None:
        self._path, self._half, self._at = path, path.with_name(path.name + ".part"), at

    def __enter__(self) -> Writer:
        if self._path.exists():
            raise Refusal("backup.there", _("%(path)s is there already; name another file."), path=self._path)
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
            self._file = os.fdopen(os.open(self._half, flags, 0o600), "wb")
        except OSError as fault:
            message = _("%(path)s cannot be written: %(why)s.")
            raise Refusal("backup.place", message, path=self._path, why=fault.strerror) from None
        self._tar = tarfile.open(fileobj=self._file, mode="w|", format=tarfile.PAX_FORMAT, bufsize=_BLOCK)
        self._helpers = ThreadPoolExecutor(min(4, os.cpu_count() or 1), "shanhe-backup")
        return Writer(self._tar, self._helpers, self._at)

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._helpers.shutdown(cancel_futures=True)
        try:
            if kind is None:
                self._tar.close()
                self._file.flush()
                os.fsync(self._file.fileno())
        finally:
            self._file.close()
            if kind is not None:
                self._half.unlink(missing_ok=True)
        if kind is None:
            os.replace(self._half, self._path)


@dataclass(frozen=True, slots=True)
class Member:
    """One member on the way through the file; its content has to be read before the next one is asked for."""

    name: str
    size: int
    content: IO[bytes]

    @property
    def room(self) -> str:
        """The first part of its name: tables, files, incoming, kept; "" for the two small ones."""
        return self.name.partition("/")[0] if "/" in self.name else ""

    def read(self, most: int = 64 * 1024 * 1024) -> bytes:
        """The content; Refusal ``backup.broken`` when it is longer than any of ours, or cut off."""
        if self.size > most:
            raise broken()
        return b"".join(self.blocks())

    def json(self) -> Any:
        """The content as JSON."""
        try:
            return json.loads(self.read())
        except ValueError:
            raise broken() from None

    def blocks(self) -> Iterator[bytes]:
        """The content in blocks; Refusal ``backup.broken`` when the file ends before it."""
        left = self.size
        while left:
            try:
                block = self.content.read(min(_BLOCK, left))
            except (tarfile.TarError, OSError):
                raise broken() from None
            if not block:
                raise broken()
            left -= len(block)
            yield block


def members(file: IO[bytes]) -> Iterator[Member]:
    """The members of a backup from front to end; Refusal ``backup.broken`` where it cannot be read on."""
    try:
        with tarfile.open(fileobj=file, mode="r|", bufsize=_BLOCK) as tar:
            for member in tar:
                _forget(tar)
                content = tar.extractfile(member) if member.isreg() else None
                if content is None:
                    raise broken()
                yield Member(member.name, member.size, content)
    except (tarfile.TarError, EOFError, OSError):
        raise broken() from None


def rows_in(member: Member) -> bytes:
    """The lines in a member of rows."""
    folded = member.read()
    unfold = zlib.decompressobj(wbits=31)
    try:
        lines = unfold.decompress(folded, _MOST_UNFOLDED)
    except zlib.error:
        raise broken() from None
    if unfold.unconsumed_tail or not unfold.eof or unfold.unused_data:
        raise broken()
    return lines
