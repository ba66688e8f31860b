"""The kernel's share of judging a patrol, apart from the database: another process may do it."""

from __future__ import annotations

from dataclasses import dataclass

from shanhe.kernel.tracks import verify
from shanhe.kernel.tracks.compared import Compared
from shanhe.kernel.tracks.history import Earlier
from shanhe.kernel.tracks.types import Area, Rules, Track, Verification

__all__ = ["Task", "verify_all"]


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One track, the earlier ones it is compared with, and the areas it is judged in with their rules."""

    track: Track
    history: tuple[Earlier, ...]
    grounds: tuple[tuple[Area, Rules], ...]


def verify_all(task: Task) -> list[Verification]:
    """The verdict in each area, in their order; the earlier tracks are compared once for all of them."""
    history = Compared(task.history)
    return [verify(area, task.track, rules, history) for area, rules in task.grounds]
