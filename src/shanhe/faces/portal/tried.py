"""One track tried against one area: read, judged and drawn, all in memory.

Nothing here knows a table. What comes in is bounded before it is read: at worst a stranger's file costs
some seconds of one thread.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from shanhe.evidence.patrols.words import Told, flag_told, reason_words
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.tracks import Area, Rules, Track, Verification, examine, verify
from shanhe.kernel.tracks.drawn import Judged, piece_feature, pieces_of, way_features
from shanhe.kernel.tracks.formats import read_area, read_track

__all__ = ["EXAMPLES", "MOST_AREA_BYTES", "MOST_TRACK_BYTES", "TOLERANCES", "Tried", "example", "tried"]

MOST_TRACK_BYTES = 20_000_000  # a day at one fix a second is 10 MB of GPX
MOST_AREA_BYTES = 2_000_000
MOST_FIXES = 100_000  # a day has 86,400 seconds
MOST_VERTICES = 20_000
MOST_CHECKPOINTS = 500  # each is held against the whole way
TOLERANCES = (10, 500)  # metres that may be asked for
AT_ONCE = 2  # so many files are read at a time: the office has the other threads
WAIT_S = 15

_rooms = BoundedSemaphore(AT_ONCE)

#: name → (track, area), in the folder ``examples``
EXAMPLES = {"honest": ("honest.gpx", "reach.geojson"), "mocked": ("mocked.gpx", "reach.geojson")}
FOLDER = Path(__file__).parent / "examples"


@dataclass(frozen=True, slots=True)
class Tried:
    """What is shown of a try: the verdict in words and figures, and its pieces for the map."""

    verdict: Verification
    rules: Rules
    kind: str  # of the area: line, polygon, points
    reasons: list[str]
    signs: list[Told]  # what was seen and is not among the reasons
    parts_json: str  # GeoJSON for the map


def tried(track: tuple[str, bytes], area: bytes, *, tolerance_m: float, latest_ms: int) -> Tried:
    """Judge the file ``track`` (name, content) against the GeoJSON ``area`` under the default rules.

    Every fault of either is a Refusal that names field and reason; ``try.busy`` (503) when too many others
    try at the same time. Fixes later than ``latest_ms`` are refused.
    """
    with _room():
        place, walk = _area(area), _track(*track, latest_ms)
        rules = Rules(tolerance_m=tolerance_m)
        verdict = verify(place, walk, rules)
        return Tried(
            verdict=verdict,
            rules=rules,
            kind=place.kind,
            reasons=[reason_words(reason.code, reason.figures) for reason in verdict.reasons],
            signs=list(_signs(verdict)),
            parts_json=_parts(place, walk, rules, verdict),
        )


def example(name: str) -> tuple[tuple[str, bytes], bytes]:
    """Track and area of a worked example. KeyError for a name that is none."""
    track, area = EXAMPLES[name]
    return (track, (FOLDER / track).read_bytes()), (FOLDER / area).read_bytes()


@contextmanager
def _room() -> Iterator[None]:
    if not _rooms.acquire(timeout=WAIT_S):
        raise Refusal(
            "try.busy", _("Many people are trying tracks just now. Please try again in a minute."), status=503
        )
    try:
        yield
    finally:
        _rooms.release()


def _area(content: bytes) -> Area:
    if not content.strip():
        raise Refusal(
            "area.missing",
            _("Draw what should have been walked, or choose a file with it."),
            fields={"area": _("Is missing.")},
        )
    if len(content) > MOST_AREA_BYTES:
        raise _too_much("area", _("The area is too large for a try; draw or choose a smaller one."))
    area = read_area(content)
    most = MOST_CHECKPOINTS if area.kind == "points" else MOST_VERTICES
    if sum(len(part) for part in area.parts) > most:
        raise _too_much("area", _("The area is too large for a try; draw or choose a smaller one."))
    return area


def _track(name: str, content: bytes, latest_ms: int) -> Track:
    if not content:
        raise Refusal("track.missing", _("Choose a file with the track."), fields={"track": _("Is missing.")})
    # Counted before it is read: a table of two million lines would take its time.
    if max(content.count(b"<trkpt"), content.count(b"\n") if _is_table(name) else 0) > MOST_FIXES + 1:
        raise _many_fixes()
    track = read_track(name, content, latest_ms)
    if len(track) > MOST_FIXES:
        raise _many_fixes()
    return track


def _is_table(name: str) -> bool:
    return name.lower().endswith(".csv")


def _many_fixes() -> Refusal:
    return _too_much(
        "track", _("The track has more than %(most)s positions; a day at one a second has fewer.")
    )


def _too_much(field: str, message: str) -> Refusal:
    return Refusal(
        f"{field}.too_large",
        message,
        fields={field: _("It is too large.")},
        status=413,
        most=f"{MOST_FIXES:,}",
    )


def _signs(verdict: Verification) -> Iterator[Told]:
    """Flags that are no reason against the patrol, but worth knowing: a phone asleep, another datum."""
    spoken = {reason.code.removeprefix("flag.") for reason in verdict.reasons}
    for flag in verdict.flags:
        if flag.code not in spoken:
            told = {"code": flag.code, "from_s": flag.from_s, "to_s": flag.to_s, "figures": flag.figures}
            yield flag_told(told)


def _parts(area: Area, track: Track, rules: Rules, verdict: Verification) -> str:
    examined, _flags = examine(area, track, rules)
    judged = Judged(verdict.covered, verdict.asleep, verdict.visits)
    features: list[dict[str, Any]] = [piece_feature(piece) for piece in pieces_of(examined, judged)]
    whole = {"type": "FeatureCollection", "features": features + way_features(examined)}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
