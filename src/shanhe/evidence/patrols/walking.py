"""A patrol to be walked through again 轨迹复盘: where somebody was when, how fast, and which stretches that
made.

Everything follows from the kept track, like what is drawn of it (``drawing``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import shapely

from shanhe.evidence.patrols.drawing import Drawing
from shanhe.kernel.tracks.accepting import merged
from shanhe.kernel.tracks.drawn import Judged, pieces_of
from shanhe.kernel.tracks.types import F64

__all__ = ["walk_of"]

MOST_FIXES = 1_500
SHORT_M = 1.0  # shorter pieces are joints, not stretches


def walk_of(drawing: Drawing, *, is_whole: bool) -> dict[str, Any]:
    """The walk as a player takes it.

    ``fixes``: [seconds from the first fix, lon, lat, metres walked, m/s on the leg before]; the two degrees
    are null off the area's surroundings with ``is_whole`` False. ``stretches``: ``part`` "walked",
    "skipped" or "asleep" with ``from_m``, ``to_m`` along a reach and ``from_s``, ``to_s`` when somebody was
    there (null where nobody was, or where the area has no metres along it).
    """
    walk = drawing.examined.walk
    if not len(walk):
        return {"started_at": None, "fixes": [], "stretches": []}
    picks = np.unique(np.linspace(0, len(walk) - 1, MOST_FIXES).astype(np.int64))
    lon, lat = walk.projection.inverse(walk.x[picks], walk.y[picks])
    hidden = np.zeros(len(picks), bool)
    if not is_whole:
        hidden = ~shapely.contains_xy(drawing.beside(), lon, lat)
    seconds, metres = walk.t_s[picks], drawing.walked_m()[picks]
    speed = np.concatenate(([0.0], np.diff(metres) / np.maximum(np.diff(seconds), 1e-3)))
    return {
        "started_at": datetime.fromtimestamp(walk.t0_ms / 1000, UTC).isoformat(),
        "fixes": [
            [
                round(float(seconds[n]), 1),
                None if hidden[n] else round(float(lon[n]), 6),
                None if hidden[n] else round(float(lat[n]), 6),
                round(float(metres[n]), 1),
                round(float(speed[n]), 2),
            ]
            for n in range(len(picks))
        ],
        "stretches": _stretches(drawing),
    }


def _stretches(drawing: Drawing) -> list[dict[str, Any]]:
    details = drawing.verdict.details
    asleep: Sequence[Sequence[float]] = details.get("asleep", ())
    by_metres = drawing.examined.placed.area.kind == "line" and drawing.examined.rules.kind == "coverage"
    if not by_metres:
        return [_stretch("asleep", None, (float(a), float(b))) for a, b in asleep]
    accepted = [(float(a), float(b)) for a, b in details.get("decision", {}).get("accepted", ())]
    judged = Judged(drawing.verdict.covered, [(float(a), float(b)) for a, b in asleep], ())
    seen = {
        (piece.part, piece.interval)
        for piece in pieces_of(drawing.examined, judged)
        if piece.interval is not None and piece.interval[1] - piece.interval[0] >= SHORT_M
    }
    found = [
        _stretch(part, (begin, end), _when(drawing, begin, end) if part != "skipped" else None)
        for part, (begin, end) in seen
    ]
    found += [_stretch("accepted", each, None) for each in merged(accepted)]
    return sorted(found, key=lambda each: (each["from_m"], each["part"]))


def _when(drawing: Drawing, begin: float, end: float) -> tuple[float, float] | None:
    """First and last moment at which somebody was seen between two distances along the reach."""
    along: F64 = drawing.along_m
    there = drawing.examined.walk.t_s[(along >= begin - 1) & (along <= end + 1)]
    return (float(there[0]), float(there[-1])) if len(there) else None


def _stretch(
    part: str, metres: tuple[float, float] | None, seconds: tuple[float, float] | None
) -> dict[str, Any]:
    return {
        "part": part,
        "from_m": None if metres is None else round(metres[0], 1),
        "to_m": None if metres is None else round(metres[1], 1),
        "from_s": None if seconds is None else round(seconds[0], 1),
        "to_s": None if seconds is None else round(seconds[1], 1),
    }
