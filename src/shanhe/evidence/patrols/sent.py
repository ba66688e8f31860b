"""A patrol as it was sent: read, checked field by field, and told apart from another by its content.

Its track is what the codec keeps for good (``kernel.tracks.codec``), not a digit more: every verdict is made
of these numbers, and ``track_from_raw`` reads the same ones again years later.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import numpy as np

from shanhe.evidence.patrols.fields import (
    LONGEST_NOTE,
    MOST_AREAS,
    MOST_COMPANY,
    MOST_POINTS,
    Fields,
    LogSent,
    ScanSent,
    too_many,
    unfit,
)
from shanhe.kernel.chain.canonical import canonical_json
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.tracks.codec import decode, quantised
from shanhe.kernel.tracks.formats import read_track
from shanhe.kernel.tracks.types import Track

__all__ = [
    "FIXES",
    "MOST_BYTES",
    "LogSent",
    "PatrolSent",
    "patrol_sent",
    "sent_from_file",
    "sent_from_json",
    "too_large",
    "track_from_raw",
]

MOST_BYTES = 16 * 1024 * 1024  # of one request
FIXES = "fixes"  # how tracks are kept
#: Columns of the body's track that the codec keeps; others that a phone sends go with the rest.
TRACK_COLUMNS = frozenset({"t", "lon", "lat", "acc", "mock", "events"})


@dataclass(frozen=True, slots=True, eq=False)
class PatrolSent:
    """One outing as its sender tells it; ``content_sha256`` tells whether a repeated uuid is the same."""

    uuid: UUID
    areas: tuple[str, ...]  # codes; none: the server finds the areas that were walked
    started_at: datetime
    ended_at: datetime
    track: Track
    raw: bytes  # as received
    rest: bytes  # JSON: what was sent beside the fixes
    content_sha256: str
    log: tuple[LogSent, ...] = ()
    note: str = ""
    mode: str = ""
    device_id: str = ""
    app_version: str = ""
    signature: str = ""
    on_behalf_of: str = ""  # a person's uuid or a username: on whose account
    company: tuple[str, ...] = ()  # likewise: who came along
    scans: tuple[ScanSent, ...] = ()  # codes read at checkpoints
    source: str = "app"
    is_simulated: bool = False


def sent_from_json(raw: bytes) -> PatrolSent:
    """The patrol in the body of ``POST /api/v1/patrols``.

    Refusal naming every field that cannot be used, or ``patrol.unreadable`` when it is no JSON object.
    """
    return _sent(_parsed(raw), raw)


def patrol_sent(
    *,
    uuid: UUID,
    areas: Sequence[str],
    started_at: datetime,
    ended_at: datetime,
    track: Track,
    log: Sequence[LogSent] = (),
    is_simulated: bool = False,
    **other: Any,
) -> PatrolSent:
    """The same from Python values: what a phone would have sent, then read as everything else is.

    ``other`` are further fields of the body: ``note``, ``mode``, ``device={"id": …}``, ``with``, ``for``.
    """
    body: dict[str, Any] = {
        "uuid": str(uuid),
        "area": list(areas),
        "started_at": started_at.isoformat(),
        "ended_at": ended_at.isoformat(),
        "track": _track_json(track),
        "log": [
            {"item": each.item, "ok": each.ok, "note": each.note, "files": [str(file) for file in each.files]}
            for each in log
        ],
        **other,
    }
    raw = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    sent = sent_from_json(raw)
    return replace(sent, is_simulated=True) if is_simulated else sent


def sent_from_file(
    content: bytes,
    name: str,
    *,
    uuid: UUID,
    areas: Sequence[str] = (),
    on_behalf_of: str = "",
    note: str = "",
    mode: str = "",
    latest: datetime,
) -> PatrolSent:
    """A patrol from a GPX, CSV or GeoJSON file; it began with its first fix and ended with its last.

    ``latest`` is the moment beyond which a fix lies in the future. Refusal naming the faulty place of the
    file.
    """
    if len(content) > MOST_BYTES:
        raise too_large()
    track = quantised(read_track(name, content, latest_ms=round(latest.timestamp() * 1000)))
    if len(track) > MOST_POINTS:
        raise unfit({"file": too_many(len(track))})
    _check_texts(note=note, mode=mode)
    about = {
        "uuid": str(uuid),
        "area": list(areas),
        "for": on_behalf_of,
        "note": note,
        "file": sha256(content).hexdigest(),
        **({"mode": mode} if mode else {}),
    }
    return PatrolSent(
        uuid=uuid,
        areas=tuple(dict.fromkeys(areas)),
        started_at=_moment(int(track.t_ms.min())),
        ended_at=_moment(int(track.t_ms.max())),
        track=track,
        raw=content,
        rest=_packed_json({"file": {"name": name, "sha256": about["file"], "bytes": len(content)}}),
        content_sha256=sha256(canonical_json(about)).hexdigest(),
        note=note,
        mode=mode,
        on_behalf_of=on_behalf_of,
        source="upload",
    )


def _check_texts(**texts: str) -> None:
    """As the body of the API is checked: not too long, and nothing that no database keeps."""
    fields = Fields(texts)
    fields.text("note", LONGEST_NOTE)
    fields.text("mode", 16)
    fields.check()


def track_from_raw(raw: bytes, codec: str) -> Track:
    """The track in bytes that were kept. ``codec`` as kept beside them. BadTrack when they are damaged.

    Uploads from before the codec, "json" or a file's format, give every digit that was sent: their verdicts
    were made of those.
    """
    if codec == FIXES:
        return decode(raw)
    if codec != "json":
        return read_track(f"track.{codec}", raw)
    fields = Fields(_parsed(raw))
    track = fields.track(fields.moment("started_at"))
    fields.check()
    return track


def too_large() -> Refusal:
    """What is said to a body beyond 16 MB."""
    return Refusal(
        "patrol.too_large",
        _("A patrol may have %(most_mb)d MB; this is more. Leave out what is not part of the outing."),
        {"track": Text(_("At most %(most)s fixes."), {"most": f"{MOST_POINTS:,}"})},
        status=413,
        most_mb=MOST_BYTES // 1024 // 1024,
    )


def _packed_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _rest(body: Mapping[str, Any]) -> bytes:
    """What a body says beside the fixes."""
    track = {name: value for name, value in body["track"].items() if name not in TRACK_COLUMNS}
    return _packed_json({**body, "track": track})


def _parsed(raw: bytes) -> dict[str, Any]:
    if len(raw) > MOST_BYTES:
        raise too_large()
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Refusal("patrol.unreadable", _("The patrol is no JSON object in UTF-8."), status=422)
    return value


def _sent(body: dict[str, Any], raw: bytes) -> PatrolSent:
    fields = Fields(body)
    started_at, ended_at = fields.moment("started_at"), fields.moment("ended_at")
    if ended_at < started_at:
        fields.fault("ended_at", _("Lies before the start."))
    sent = PatrolSent(
        uuid=fields.uuid("uuid"),
        areas=fields.words("area", MOST_AREAS, alone=True),
        started_at=started_at,
        ended_at=ended_at,
        track=quantised(fields.track(started_at)),
        raw=raw,
        rest=b"",
        content_sha256="",
        log=fields.log(),
        note=fields.text("note", LONGEST_NOTE),
        mode=fields.text("mode", 16),
        device_id=fields.text("device.id", 80),
        app_version=fields.text("device.app", 40),
        signature=fields.text("signature", 4_000),
        on_behalf_of=fields.text("for", 80),
        company=fields.words("with", MOST_COMPANY),
        scans=fields.scans(),
    )
    fields.check()
    return replace(sent, content_sha256=_digest(body), rest=_rest(body))


def _digest(body: Mapping[str, Any]) -> str:
    """SHA-256 over what makes two patrols the same: canonical JSON without ``device.sent_at`` and
    ``signature``.

    Long lists of numbers enter by the bytes of their IEEE doubles, which are equal exactly when their
    canonical spelling is, and 50 times as fast.
    """
    content = {name: value for name, value in body.items() if name != "signature"}
    if isinstance(content.get("device"), dict):
        content["device"] = {name: value for name, value in content["device"].items() if name != "sent_at"}
    content["track"] = {name: _column_digest(value) for name, value in body["track"].items()}
    try:
        return sha256(canonical_json(content)).hexdigest()
    except (ValueError, RecursionError):
        reason = _("Holds a number or text that JSON cannot hold.")
        raise Refusal(
            "patrol.unfit", _("The patrol cannot be taken as it was sent."), {"body": reason}
        ) from None


def _column_digest(value: Any) -> Any:
    if not isinstance(value, list) or not value or not set(map(type, value)) <= {int, float}:
        return value
    return {"f64": sha256((np.array(value, np.float64) + 0.0).tobytes()).hexdigest(), "n": len(value)}


def _moment(t_ms: int) -> datetime:
    return datetime.fromtimestamp(t_ms / 1000, UTC)


def _track_json(track: Track) -> dict[str, Any]:
    columns: dict[str, Any] = {"t": track.t_ms.tolist(), "lon": track.lon.tolist(), "lat": track.lat.tolist()}
    if track.acc is not None:
        columns["acc"] = [None if math.isnan(metres) else metres for metres in track.acc.tolist()]
    if track.mock is not None:
        columns["mock"] = track.mock.tolist()
    if track.events:
        columns["events"] = [list(event) for event in track.events]
    return columns
