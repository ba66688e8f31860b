"""Where papers made by a job lie until they are fetched: one file a job, thrown away after a week.

They can be made again from the records at any time, so no backup holds them.
"""

from __future__ import annotations

import os
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings

__all__ = ["KEPT", "fetch", "shelve", "sweep"]

#: How long a made paper stays.
KEPT = timedelta(days=7)


def shelve(uuid: UUID, content: bytes) -> Path:
    """Keep what the job ``uuid`` has made; a second time replaces it."""
    path = _place(uuid)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as fresh:
        fresh.write(content)
    os.replace(fresh.name, path)
    return path


def fetch(uuid: UUID) -> Path | None:
    """The file of a job; None when it has none, or has none any more."""
    path = _place(uuid)
    return path if path.is_file() else None


def sweep(at: datetime) -> int:
    """Throw away what is older than ``KEPT``; how many files."""
    folder = _place(UUID(int=0)).parent
    old = [
        path
        for path in (folder.iterdir() if folder.is_dir() else ())
        if path.stat().st_mtime < (at - KEPT).timestamp()
    ]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _place(uuid: UUID) -> Path:
    return Path(settings.DATA_DIR) / "made" / str(uuid)
