"""What an event's leaf is made of: every column that says something, as one canonical JSON object."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shanhe.ground.audit.models import Event
from shanhe.kernel.chain.canonical import quoted

__all__ = ["content_around_seq", "content_of", "content_text", "iso_z"]


def iso_z(moment: datetime) -> str:
    """A moment as ``2026-01-31T16:00:00.000000Z``: UTC, microseconds. ValueError when it has no zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment on the ledger needs a time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def content_of(event: Event) -> dict[str, Any]:
    """The content of an event's leaf as a JSON object, the one a PROOF.json shows."""
    return {
        "action": event.action,
        "at": iso_z(event.at),
        "data": event.data,
        "object_id": event.object_id,
        "object_type": event.object_type,
        "person": event.person_id,
        "request": event.request_id,
        "seq": event.seq,
        "user": event.user_id,
        "via": event.via,
    }


def content_text(seq: int, *columns: Any) -> str:
    """``canonical_text(content_of(event))`` from bare columns, those of ``content_around_seq``."""
    before, after = content_around_seq(*columns)
    return f"{before}{seq}{after}"


def content_around_seq(
    at: str,
    action: str,
    object_type: str,
    object_id: str,
    user_id: int | None,
    person_id: int | None,
    via: str,
    data: str,
    request_id: str,
) -> tuple[str, str]:
    """What stands before and after the number in an event's content; ``at`` as ISO text, ``data`` as stored.

    A million events are spelled in one verification, and PostgreSQL puts the number in by itself, so the
    sorted keys are written out here; a test holds the two spellings together.
    """
    person = "null" if person_id is None else person_id
    user = "null" if user_id is None else user_id
    return (
        f'{{"action":{quoted(action)},"at":"{at}","data":{data},"object_id":{quoted(object_id)},'
        f'"object_type":{quoted(object_type)},"person":{person},"request":{quoted(request_id)},"seq":',
        f',"user":{user},"via":{quoted(via)}}}',
    )
