"""Codes read at checkpoints: how far the track was from there at that moment, and what they make of a
verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from shanhe.kernel.geo.projection import Projection
from shanhe.kernel.tracks.judge import QUARTER, Minimum, judge
from shanhe.kernel.tracks.types import Rules, Track, Verification

__all__ = ["FAR_M", "apart_m", "credit_scans"]

FAR_M = 300.0  # three times the worst error of a phone under trees
KNOWN_MS = 120_000  # further from the next fix in time nobody knows where the phone was


def apart_m(track: Track, at_ms: int, lon: float, lat: float) -> float | None:
    """Metres between a place and the nearest fix within two minutes of a moment; None without any such fix.

    The nearest, not the one interpolated: a phone's clock and its fixes may be some seconds apart.
    """
    near = np.flatnonzero(np.abs(track.t_ms - at_ms) <= KNOWN_MS)
    near = near[np.isfinite(track.lon[near]) & np.isfinite(track.lat[near])]
    if not near.size:
        return None
    plane = Projection(lon, lat)
    x, y = plane.forward(np.ascontiguousarray(track.lon[near]), np.ascontiguousarray(track.lat[near]))
    here_x, here_y = plane.forward(np.array([lon]), np.array([lat]))
    return float(np.hypot(x - here_x[0], y - here_y[0]).min())


def credit_scans(answer: Verification, scanned: Sequence[int], total: int, rules: Rules) -> Verification:
    """The verdict on ``total`` checkpoints when those of ``scanned`` (indices) count as visited, too.

    Minutes, metres and extent stay as they were walked, and so do signs of fabrication; ``truncated`` is
    found anew, ``outside`` goes once a quarter of the asked-for checkpoints was visited. 2 of 6 walked and
    one more scanned gives a coverage of 0.5.
    """
    visits = tuple(sorted({*answer.visits, *scanned}))
    if total <= 0 or len(visits) == len(answer.visits):
        return answer
    coverage = min(len(visits) / total, 1.0)
    extent = [
        Minimum("extent.short", "m", float(reason.figures["is_m"]), float(reason.figures["least_m"]))
        for reason in answer.reasons
        if reason.code == "extent.short"
    ]
    least = [
        Minimum("coverage.low", "share", coverage, rules.min_coverage),
        Minimum("minutes.short", "minutes", answer.observed_s / 60, rules.min_minutes),
        Minimum("distance.short", "m", answer.distance_m, rules.min_distance_m),
        *extent,
    ]
    missing = {item.code: round(item.share, 4) for item in least if item.share < QUARTER}
    dropped = {"truncated"} | ({"outside"} if coverage >= QUARTER * rules.min_coverage else set())
    if missing:
        dropped.discard("truncated")
    flags = tuple(
        replace(flag, figures=missing) if flag.code == "truncated" else flag
        for flag in answer.flags
        if flag.code not in dropped
    )
    outcome, reasons = judge(flags, least)
    return replace(answer, outcome=outcome, coverage=coverage, visits=visits, flags=flags, reasons=reasons)
