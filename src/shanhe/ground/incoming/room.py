"""Where a file that was brought lies, and the table that was read from it, until both are swept away."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from django.conf import settings

from shanhe.ground.incoming.reading.passing import table_read
from shanhe.ground.incoming.tables import Table
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["clear", "keep", "source", "table", "table_folder"]


def _home(uuid: UUID) -> Path:
    return Path(settings.DATA_DIR) / "incoming" / str(uuid)


def source(uuid: UUID) -> Path:
    """The file as it came."""
    return _home(uuid) / "file"


def keep(uuid: UUID, pieces: Iterable[bytes]) -> tuple[int, str]:
    """Write the file; its size in bytes and its SHA-256."""
    path = source(uuid)
    path.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as out:
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            out.write(piece)
    return size, digest.hexdigest()


def table_folder(uuid: UUID) -> Path:
    """An empty folder for a table that is read now; ``table`` gives the last one that was filled."""
    folder = _home(uuid) / "table"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def table(uuid: UUID) -> Table:
    """The table that was read last; Refusal ``incoming.gone`` when the file is not on this disk any more."""
    try:
        return table_read(_home(uuid) / "table")
    except FileNotFoundError:
        message = _("The file itself is not kept any more; bring it again.")
        raise Refusal("incoming.gone", message, status=410) from None


def clear(uuid: UUID) -> None:
    """Delete the file and its table."""
    home = _home(uuid)
    if not home.exists():
        return
    gone = Path(tempfile.mkdtemp(dir=home.parent, prefix=".gone-"))
    os.replace(home, gone / "it")
    shutil.rmtree(gone, ignore_errors=True)
