"""Archives from outside: looked through before anything is unpacked, and unpacked under names of our own."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from shanhe.ground.incoming.reading.options import Limits
from shanhe.ground.incoming.reading.refusals import broken
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["member_name", "opened", "unpack"]

_PIECE = 1024 * 1024


@contextmanager
def opened(path: Path, limits: Limits) -> Iterator[tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]]:
    """The archive and its files (no folders); Refusal on a bomb, a link, a password or a way out of it.

    ``incoming.bomb``: too many members, too much when unpacked, or packed beyond reason;
    ``incoming.paths``: a member that would lie outside; ``incoming.locked``: a password.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            _check(infos, limits)
            yield archive, infos
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError):
        raise broken() from None


def _check(infos: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(infos) > limits.members:
        raise _bomb(_("The archive has more than %(most)s files."), most=limits.members)
    if sum(info.file_size for info in infos) > limits.unpacked_bytes:
        raise _bomb(
            _("The archive holds more than %(most)s MB when unpacked."),
            most=limits.unpacked_bytes // 1_048_576,
        )
    for info in infos:
        if info.file_size > _PIECE and info.file_size > limits.ratio * max(1, info.compress_size):
            raise _bomb(_("The archive is packed beyond reason and is not opened."))
        if info.flag_bits & 1:
            message = _("The archive has a password; bring it without one.")
            raise Refusal("incoming.locked", message, {"file": message})
        if not _stays_inside(info):
            message = _("The archive has a file that would lie outside of it, and is not opened.")
            raise Refusal("incoming.paths", message, {"file": message})


def _bomb(message: str, **params: int) -> Refusal:
    return Refusal("incoming.bomb", message, {"file": message}, **params)


def _stays_inside(info: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(info.filename.replace("\\", "/"))
    is_link = stat.S_ISLNK(info.external_attr >> 16)
    return not (is_link or path.is_absolute() or ".." in path.parts or path.parts[0].endswith(":"))


def unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, limits: Limits) -> Path:
    """One member as the file ``target``; the bytes are counted, whatever the archive announces."""
    written = 0
    with archive.open(info) as source, target.open("wb") as out:
        while piece := source.read(_PIECE):
            written += len(piece)
            if written > limits.unpacked_bytes:
                raise _bomb(_("The archive is packed beyond reason and is not opened."))
            out.write(piece)
    return target


def member_name(info: zipfile.ZipInfo) -> str:
    """The member's last name as its maker wrote it: Windows packs Chinese names in GBK without saying so."""
    name = info.filename.replace("\\", "/").rpartition("/")[2]
    if info.flag_bits & 0x800 or name.isascii():
        return name
    try:
        return name.encode("cp437").decode("gb18030")
    except UnicodeError:
        return name
