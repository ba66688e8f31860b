"""Refusals that several readers have in common."""

from __future__ import annotations

from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["broken", "empty", "no_sheet", "too_many_rows"]


def broken() -> Refusal:
    """The file cannot be read to its end."""
    message = _("The file is damaged, or is not what its name says.")
    return Refusal("incoming.broken", message, {"file": message})


def empty() -> Refusal:
    """There is nothing in it."""
    message = _("The file holds no records.")
    return Refusal("incoming.empty", message, {"file": message})


def no_sheet(asked: str, there: tuple[str, ...]) -> Refusal:
    """The sheet or layer that was asked for is not in the file."""
    message = _("The file has no sheet or layer %(asked)s; it has: %(there)s.")
    return Refusal("incoming.sheet", message, {"sheet": message}, asked=asked, there=", ".join(there))


def too_many_rows(most: int) -> Refusal:
    """More records than are read at once."""
    message = _("The file has more than %(most)s records; divide it.")
    return Refusal("incoming.rows", message, {"file": message}, most=f"{most:,}")
