"""Whether a track was seen before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shanhe.kernel.tracks.examined import Examined
from shanhe.kernel.tracks.types import Flag, Track

__all__ = ["Earlier", "match_history"]


@dataclass(frozen=True, slots=True)
class Earlier:
    """A track received before this one."""

    id: str
    track: Track
    same_holder: bool = True
    same_device: bool = False
    declared: bool = False


def match_history(examined: Examined, history: Sequence[Earlier]) -> tuple[Flag, ...]:
    """``replayed`` and ``shared``: tracks whose positions were received before."""
    track = examined.track
    return tuple(
        Flag("replayed" if earlier.same_holder else "shared", None, None, {"of": earlier.id})
        for earlier in history
        if np.array_equal(earlier.track.lon, track.lon) and np.array_equal(earlier.track.lat, track.lat)
    )
