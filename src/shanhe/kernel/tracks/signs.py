"""Signs of fabrication in one track, each with the interval and the figures it was seen by.

What is honest (interfaces.md): a phone that slept, there and back, a long rest, drifting GPS, a bicycle, a
boat. So no sign looks at the noise of single fixes alone; each asks for something that no honest outing does:
go back in time, cross hundreds of metres between two fixes at rest, keep on faster than a bicycle, go round
in one yard, or keep to a timetable within the error of GPS.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from shanhe.kernel.tracks.examined import Examined
from shanhe.kernel.tracks.signs_mock import synthetic
from shanhe.kernel.tracks.signs_motion import confined, teleport, too_fast
from shanhe.kernel.tracks.types import I64, Flag, Track

__all__ = ["CLOCK_BACK_S", "clock_skew", "find_signs", "mocked"]

CLOCK_BACK_S = (
    60.0  # interfaces.md: a step back of more than this in the order of rows is a clock that was set
)


def find_signs(examined: Examined) -> tuple[Flag, ...]:
    """The signs found in ``examined``, each with its interval (s from the first fix) and figures.

    Codes: ``mock clock_skew teleport too_fast confined synthetic``. A 600-fix walk takes about a tenth of a
    millisecond.
    """
    found = (
        mocked(examined.track),
        clock_skew(examined.track),
        teleport(examined.walk),
        too_fast(examined),
        confined(examined),
        synthetic(examined),
    )
    return tuple(flag for flag in found if flag is not None)


def mocked(track: Track) -> Flag | None:
    """``mock``: the device itself said that positions came from an app."""
    if track.mock is None or not track.mock.any():
        return None
    at = np.flatnonzero(track.mock)
    since_s = (track.t_ms - track.t_ms.min()) / 1000
    span = float(since_s[at].min()), float(since_s[at].max())
    return Flag("mock", *span, {"fixes": int(at.size), "share": round(at.size / len(track), 4)})


@njit(cache=True, nogil=True, error_model="numpy")
def _furthest_back(t_ms: I64) -> tuple[int, int, int]:
    """(largest step back in ms from the latest time so far, its row, rows that lie more than 60 s back)."""
    latest = t_ms[0]
    worst = 0
    row = 0
    rows = 0
    for i in range(t_ms.shape[0]):
        back = latest - t_ms[i]
        if back > worst:
            worst = back
            row = i
        if back > 60_000:
            rows += 1
        latest = max(latest, t_ms[i])
    return worst, row, rows


def clock_skew(track: Track) -> Flag | None:
    """``clock_skew``: rows go back in time by more than a minute, as after setting the phone's clock.

    Up to a minute is how fixes of two sources get mixed. Feeds that may come out of order (``/osmand``) are
    put in order before they come here.
    """
    if not len(track):
        return None
    worst, row, rows = _furthest_back(track.t_ms)
    if worst <= CLOCK_BACK_S * 1000:
        return None
    at = float(track.t_ms[row] - track.t_ms.min()) / 1000
    return Flag(
        "clock_skew", at, at + worst / 1000, {"back_s": worst / 1000, "row": int(row), "rows": int(rows)}
    )
