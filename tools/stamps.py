"""Stamps: what a set-up step was last done for, so that it is not done again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

__all__ = ["Stamps", "digest"]


def digest(files: Iterable[Path], base: Path) -> str:
    """SHA-256 over the names (relative to ``base``) and contents of ``files``, whatever their order.

    A file that is missing counts as absent, so that making it changes the digest.
    """
    total = hashlib.sha256()
    for file in sorted(files):
        if not file.is_file():
            continue
        total.update(file.relative_to(base).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


class Stamps:
    """A small JSON file of step → digest; unreadable or missing means that nothing was done yet."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, str]:
        """All stamps."""
        try:
            stamps = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return stamps if isinstance(stamps, dict) else {}

    def holds(self, step: str, value: str) -> bool:
        """Whether ``step`` was last done for ``value``."""
        return self.read().get(step) == value

    def put(self, step: str, value: str) -> None:
        """Remember that ``step`` is now done for ``value``; a crash leaves the old file or the new one."""
        stamps = self.read() | {step: value}
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps(stamps, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        fresh.replace(self.path)
