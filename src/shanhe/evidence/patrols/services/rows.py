"""A judged outing as rows of the tables, not saved yet, and as an event of the ledger."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

from shanhe.evidence.patrols.areas import box_of
from shanhe.evidence.patrols.earlier import prints_of
from shanhe.evidence.patrols.judging import counts, verdict_row
from shanhe.evidence.patrols.models import LogItem, Outcome, Patrol, Track, TrackPrint, Verdict
from shanhe.evidence.patrols.sent import FIXES, PatrolSent
from shanhe.evidence.patrols.services.readying import Outing, People
from shanhe.ground.audit import ledger
from shanhe.ground.people.scope import Actor
from shanhe.kernel.tracks.codec import encode

__all__ = [
    "company_rows",
    "log_rows",
    "patrol_record",
    "patrol_row",
    "print_rows",
    "track_row",
    "verdict_rows",
]

PACKED = 3  # zlib level: a third of the time of the default for 4 % more bytes


def patrol_row(
    sent: PatrolSent,
    people: People,
    *,
    outcome: str,
    is_late: bool,
    by: Actor,
    at: datetime,
    joined: int | None,
) -> Patrol:
    """The patrol itself."""
    return Patrol(
        uuid=sent.uuid,
        person=people.walker,
        sent_by_id=by.user_id,
        on_behalf_of=people.holder if people.holder.pk != people.walker.pk else None,
        started_at=sent.started_at,
        ended_at=sent.ended_at,
        received_at=at,
        source=sent.source,
        mode=sent.mode,
        device_id=sent.device_id,
        app_version=sent.app_version,
        note=sent.note,
        signature=sent.signature,
        content_sha256=sent.content_sha256,
        outcome=Outcome(outcome),
        is_late=is_late,
        joined_to_id=joined,
        is_simulated=sent.is_simulated,
    )


def verdict_rows(
    outing: Outing, patrol: Patrol, at: datetime, counted_elsewhere: Collection[int]
) -> list[Verdict]:
    """A verdict for each area; those of ``counted_elsewhere`` count by another outing at the same time."""
    rows = []
    for position, each in enumerate(outing.judged):
        is_good = counts(
            each.answer.outcome,
            each.case.rule_set.counting,
            is_late=outing.is_late,
            has_track=len(outing.sent.track) > 0,
        )
        is_counted = is_good and each.case.area.pk not in counted_elsewhere
        holder_id = outing.people.holder.pk
        row = verdict_row(each, patrol, position=position, holder_id=holder_id, is_counted=is_counted, at=at)
        rows.append(row)
    return rows


def track_row(sent: PatrolSent, patrol: Patrol) -> Track:
    """What is kept of the upload: the fixes and the rest, each packed, and their digests."""
    box = box_of(sent.track)
    fixes = encode(sent.track)
    return Track(
        patrol=patrol,
        codec=FIXES,
        raw=fixes,
        raw_sha256=sha256(fixes).hexdigest(),
        rest=zlib.compress(sent.rest, PACKED),
        sent_sha256=sha256(sent.raw).hexdigest(),
        points=len(sent.track),
        min_lon=box.min_lon if box else None,
        min_lat=box.min_lat if box else None,
        max_lon=box.max_lon if box else None,
        max_lat=box.max_lat if box else None,
    )


def print_rows(sent: PatrolSent, patrol: Patrol) -> Iterator[TrackPrint]:
    """What finds the track again."""
    return (TrackPrint(patrol=patrol, value=value) for value in prints_of(sent.track))


def log_rows(sent: PatrolSent, patrol: Patrol) -> Iterator[LogItem]:
    """The points that were ticked."""
    for position, each in enumerate(sent.log):
        files = [str(file) for file in each.files]
        yield LogItem(
            patrol=patrol, position=position, item=each.item, ok=each.ok, note=each.note, files=files
        )


def company_rows(people: People, patrol: Patrol) -> Iterator[Any]:
    """Who came along, as rows of ``Patrol.company.through``."""
    through: Any = Patrol.company.through
    for person in people.company:
        if person.pk != patrol.person_id:
            yield through(patrol=patrol, person=person)


def patrol_record(
    people: People, patrol: Patrol, track: Track, verdicts: list[Verdict], *, by: Actor, at: datetime
) -> None:
    """Put the patrol on the ledger."""
    ledger.record(
        "patrol.submit",
        patrol,
        by=by,
        at=at,
        uuid=patrol.uuid,
        person=people.walker.pk,
        holder=people.holder.pk,
        raw_sha256=track.sent_sha256,
        track_sha256=track.raw_sha256,
        content_sha256=patrol.content_sha256,
        verdicts=[
            {"area": row.area_id, "outcome": row.outcome, "rules": row.rules_id, "counts": row.counts}
            for row in verdicts
        ],
    )
