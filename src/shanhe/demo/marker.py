"""A file in the data directory that says how far the demonstration is loaded.

A first load writes without waiting for the disk, so what a crash leaves is worth nothing: the marker says
``loading`` from the first byte on, and the next start throws the data away and begins anew.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import shanhe

__all__ = ["Marker", "forget", "read", "schema", "write"]

NAME = "demo.json"
#: What a load writes into the data directory, besides the marker.
WRITTEN = ("shanhe.sqlite3", "shanhe.sqlite3-wal", "shanhe.sqlite3-shm", "shanhe.sqlite3-journal")


@dataclass(frozen=True, slots=True)
class Marker:
    """``state`` is ``loading`` or ``finished``."""

    state: str
    loaded_on: str  # the day the demonstration ends on
    is_small: bool
    schema: str  # of the tables it was written into


def read(folder: Path) -> Marker | None:
    """The marker of a data directory; None without one. One that cannot be read counts as ``loading``."""
    try:
        return Marker(**json.loads((folder / NAME).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        return Marker("loading", "", is_small=False, schema="")


def write(folder: Path, marker: Marker) -> None:
    """Keep the marker for good: after this it is on the disk, whole."""
    half = folder / (NAME + ".new")
    with half.open("w", encoding="utf-8") as file:
        json.dump(asdict(marker), file)
        file.flush()
        os.fsync(file.fileno())
    half.replace(folder / NAME)


def forget(folder: Path) -> None:
    """Throw away what an interrupted load has left; the secret key stays."""
    for name in WRITTEN:
        (folder / name).unlink(missing_ok=True)


def schema() -> str:
    """A name for the tables of this version: the last migration of each app."""
    package = Path(shanhe.__file__).parent
    last: dict[str, str] = {}
    for path in sorted(package.glob("*/*/migrations/[0-9]*.py")):
        last[path.parent.parent.name] = path.stem
    return ",".join(f"{app}:{name}" for app, name in sorted(last.items()))
