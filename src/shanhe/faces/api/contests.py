"""Contests of a patrol's verdicts, for the phone: filed with words, stretches and photos, and followed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Field, Router, Schema, Status

from shanhe.evidence.patrols.contests_models import Contest
from shanhe.evidence.patrols.models import Patrol
from shanhe.evidence.patrols.queries import patrol_in
from shanhe.evidence.patrols.queries.contests import contest_in, contests_of_patrol
from shanhe.evidence.patrols.services import Stated, contest_file
from shanhe.faces.api.auth import auth
from shanhe.faces.http.access import actor_of, scope_of_request
from shanhe.ground import clock

__all__ = ["router"]

router = Router(tags=["patrols"], auth=auth)


class ContestIn(Schema):
    """A contest as a phone sends it; photos come by ``PUT /files/UUID?record=contest:UUID``."""

    uuid: UUID
    area: str = Field("", description="Code; absent: the patrol's first area.")
    words: str
    stretches: list[tuple[float, float]] = Field([], description="Metres along the reach; none: the whole.")
    files: list[UUID] = Field([], description="Uuids of photos that come before or after.")


class ContestEventOut(Schema):
    """One step of the timeline."""

    action: str
    state: str
    by: str
    at: datetime
    note: str
    files: list[UUID]


class ContestOut(Schema):
    """A contest with its timeline; ``verdict`` is the one it led to, null where the old one stands."""

    uuid: UUID
    area: str
    state: str
    origin: str
    stretches: list[tuple[float, float]]
    words: str
    filed_at: datetime
    due_on: date
    result: str
    decided_at: datetime | None
    verdict: str | None
    events: list[ContestEventOut]


class Contests(Schema):
    """All contests of a patrol, the newest first."""

    items: list[ContestOut]
    next: str | None


@router.post(
    "/{int:patrol_id}/contests",
    response={201: ContestOut, 200: ContestOut},
    summary="Contest a patrol's verdict",
)
def contest(request: HttpRequest, patrol_id: int, sent: ContestIn) -> Status[dict[str, Any]]:
    """By who walked, answers for or sent the patrol. The same uuid again gives 200 and the same answer."""
    patrol = _seen(request, patrol_id)
    filed, is_new = contest_file(
        uuid=sent.uuid,
        patrol=patrol,
        area_code=sent.area,
        stated=Stated(sent.words, files=tuple(sent.files)),
        stretches=sent.stretches,
        by=actor_of(request, "api"),
        at=clock.now(),
    )
    return Status(201 if is_new else 200, _shown(contest_in(scope_of_request(request), filed.uuid)))


@router.get("/{int:patrol_id}/contests", response=Contests, summary="Contests of a patrol's verdicts")
def contests(request: HttpRequest, patrol_id: int) -> dict[str, Any]:
    """With their timelines; 404 also for a patrol the caller does not see."""
    patrol = _seen(request, patrol_id)
    areas = [row.area_id for row in patrol.shown]  # type: ignore[attr-defined]
    found = contests_of_patrol(scope_of_request(request), patrol, areas)
    return {"items": [_shown(each) for each in found], "next": None}


def _seen(request: HttpRequest, patrol_id: int) -> Patrol:
    try:
        return patrol_in(scope_of_request(request), patrol_id)
    except Patrol.DoesNotExist:
        raise Http404 from None


def _shown(row: Contest) -> dict[str, Any]:
    return {
        "uuid": row.uuid,
        "area": row.area.code,
        "state": row.state,
        "origin": row.origin,
        "stretches": row.stretches,
        "words": row.words,
        "filed_at": row.filed_at,
        "due_on": row.due_on,
        "result": row.result,
        "decided_at": row.decided_at,
        "verdict": row.new_verdict.outcome if row.new_verdict else None,
        "events": [
            {
                "action": event.action,
                "state": event.target,
                "by": event.person.name if event.person else event.user.username if event.user else "",
                "at": event.at,
                "note": event.note,
                "files": event.files,
            }
            for event in row.timeline  # type: ignore[attr-defined]
        ],
    }
