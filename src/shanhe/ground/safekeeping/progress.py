"""How far long work has come, told to whoever draws the bar."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Progress", "Silent"]


class Progress(Protocol):
    """Hears what begins, how much of it there is, and each part that is done."""

    def begin(self, what: str, total: int) -> None:
        """The next piece of work: a message id, and of how many rows, files or records it consists."""

    def advance(self, number: int) -> object:
        """So many more of them are done."""


class Silent:
    """Draws nothing."""

    def begin(self, what: str, total: int) -> None:
        """Nothing."""

    def advance(self, number: int) -> object:
        """Nothing."""
