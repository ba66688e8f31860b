"""Earlier tracks that one track is compared with once, in however many areas it is judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shanhe.kernel.tracks.examined import Examined
from shanhe.kernel.tracks.history import Earlier, match_history
from shanhe.kernel.tracks.types import Flag, Track

__all__ = ["Compared"]


class Compared(Sequence[Earlier]):
    """A history that remembers what was found in it."""

    def __init__(self, history: Sequence[Earlier]) -> None:
        self._history = tuple(history)
        self._found: list[tuple[Track, tuple[Flag, ...]]] = []

    def __len__(self) -> int:
        return len(self._history)

    def __getitem__(self, index: Any) -> Any:
        return self._history[index]

    def flags(self, examined: Examined) -> tuple[Flag, ...]:
        """What ``match_history`` finds; known when the very same arrays were compared before.

        A track that is read in another datum for one of the areas is another one.
        """
        track = examined.track
        for known, flags in self._found:
            if known.t_ms is track.t_ms and known.lon is track.lon and known.lat is track.lat:
                return flags
        flags = match_history(examined, self._history)
        self._found.append((track, flags))
        return flags
