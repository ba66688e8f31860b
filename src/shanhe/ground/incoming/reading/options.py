"""What is asked of a file, and how much of the machine it may take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from shanhe.ground.incoming.tables import Table

__all__ = ["MOST_BYTES", "MOST_COLUMNS", "MOST_ROWS", "Limits", "Options", "Reader"]

MOST_BYTES = 200 * 1024 * 1024  # of a file
MOST_ROWS = 500_000
MOST_COLUMNS = 300


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is to be read."""

    sheet: str = ""  # sheet or layer; "" is the first that holds something
    crs: str = ""  # "EPSG:4524" where the file does not say its own, or says it wrongly
    datum: str = "wgs84"  # or "gcj02": its coordinates are shifted
    words: tuple[str, ...] = ()  # what columns may be called: finds the head of a sheet


@dataclass(frozen=True, slots=True)
class Limits:
    """What the reading process may take."""

    seconds: float = 300.0
    memory_bytes: int = 1_536 * 1024 * 1024  # resident
    unpacked_bytes: int = 1_024 * 1024 * 1024  # of everything in an archive
    members: int = 1_000  # of an archive
    ratio: int = 250  # unpacked to packed, of members beyond a megabyte


Reader: TypeAlias = Callable[[Path, Options, Limits], Table]
