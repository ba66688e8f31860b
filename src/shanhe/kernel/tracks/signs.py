"""Signs of fabrication in one track."""

from __future__ import annotations

from shanhe.kernel.tracks.examined import Examined
from shanhe.kernel.tracks.types import Flag

__all__ = ["find_signs"]


def find_signs(examined: Examined) -> tuple[Flag, ...]:
    """The signs found in ``examined``, each with its interval and figures."""
    mock = examined.track.mock
    if mock is None or not mock.any():
        return ()
    return (Flag("mock", None, None, {"fixes": int(mock.sum())}),)
