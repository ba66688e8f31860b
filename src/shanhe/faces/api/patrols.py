"""Patrols for phones, scripts and partners: send one, read one, list them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest
from ninja import Field, File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from shanhe.evidence.patrols.models import Patrol, Verdict
from shanhe.evidence.patrols.queries import patrol_in, patrols_with, verdicts_of, verdicts_of_patrol
from shanhe.evidence.patrols.queries.proofs import verdict_record
from shanhe.evidence.patrols.sent import MOST_BYTES, sent_from_json, too_large
from shanhe.evidence.patrols.services import patrol_from_file, patrol_submit
from shanhe.evidence.patrols.words import flag_told, reason_words
from shanhe.faces.api.auth import auth
from shanhe.faces.http.access import actor_of, scope_of_request
from shanhe.faces.http.paging import page_asked, page_json, page_of
from shanhe.faces.http.patrols import PATROL_FILTERS, PATROL_ORDER
from shanhe.ground import clock
from shanhe.ground.audit.queries import proof_of

__all__ = ["router"]

router = Router(tags=["patrols"], auth=auth)


class TrackIn(Schema):
    """Fixes side by side, in the order in which they came."""

    t: list[int] = Field(description="Milliseconds since 1970 UTC, or since the start of the patrol.")
    lon: list[float] = Field(description="Degrees, WGS 84.")
    lat: list[float] = Field(description="Degrees, WGS 84.")
    acc: list[float | None] | None = Field(None, description="Metres.")
    mock: list[bool] | None = Field(None, description="The device's own sign of a mock location.")
    events: list[tuple[int, str]] | None = Field(None, description="hidden, shown, killed, resumed, paused.")


class LogIn(Schema):
    """One ticked point of the checklist."""

    item: str
    ok: bool
    note: str | None = None
    files: list[UUID] | None = Field(None, description="Uuids of files that come before or after.")


class DeviceIn(Schema):
    """What sent it."""

    id: str | None = None
    app: str | None = None
    sent_at: datetime | None = None


class ScanIn(Schema):
    """The code on a checkpoint's sticker, scanned or typed. A log item "checkpoint" may bear the same two."""

    code: str
    at: datetime | None = None


class PatrolIn(Schema):
    """A patrol as a phone sends it. Read by hand, for its digest is kept; this says what it looks like."""

    uuid: UUID
    area: str | list[str] | None = Field(None, description="Codes; absent: the areas that were walked.")
    started_at: datetime
    ended_at: datetime
    track: TrackIn
    log: list[LogIn] | None = None
    note: str | None = None
    mode: str | None = None
    device: DeviceIn | None = None
    on_behalf_of: str | None = Field(None, alias="for", description="A person's uuid or a username.")
    company: list[str] | None = Field(None, alias="with", description="Who came along.")
    checkpoints: list[ScanIn] | None = Field(None, description="Codes of stickers read on the way.")
    signature: str | None = None


class ReasonOut(Schema):
    """Why a verdict is what it is: for machines and in words."""

    code: str
    text: str
    figures: dict[str, Any]


class EvidenceOut(Schema):
    """A sign with the seconds from the first fix it is about, and its figures."""

    code: str
    name: str
    text: str
    from_s: float | None
    to_s: float | None
    figures: dict[str, Any]


class Numbers(Schema):
    """A verdict with the numbers behind it, units in the names."""

    verdict: str
    counts: bool
    coverage: float
    covered: list[tuple[float, float]]
    length_m: float
    distance_m: float
    duration_s: float
    moving_s: float
    max_gap_s: float
    max_speed_mps: float
    points: int
    points_dropped: int
    flags: list[str]
    evidence: list[EvidenceOut]
    reasons: list[ReasonOut]
    rules: str


class AreaVerdict(Numbers):
    """The verdict for one area."""

    code: str
    name: str


class PatrolOut(Numbers):
    """A patrol with the numbers of its first area, and all its areas."""

    id: int
    uuid: UUID
    person: str
    on_behalf_of: str | None
    started_at: datetime
    ended_at: datetime
    received_at: datetime
    late: bool
    joined_to: int | None
    note: str
    areas: list[AreaVerdict]


class LogOut(Schema):
    """A ticked point of the checklist."""

    item: str
    ok: bool
    note: str
    files: list[UUID]


class PatrolPage(PatrolOut):
    """One patrol with its log."""

    log: list[LogOut]
    company: list[str]
    mode: str


class Patrols(Schema):
    """A page of patrols."""

    items: list[PatrolOut]
    next: str | None


BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": PatrolIn.model_json_schema(by_alias=True)}},
    }
}
QUERY = {
    "parameters": [
        {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
        for name in (*(each.name for each in PATROL_FILTERS.filters), "after", "limit")
    ]
}


@router.post("", response={201: PatrolOut, 200: PatrolOut}, openapi_extra=BODY, summary="Send a patrol")
def submit(request: HttpRequest) -> Status[dict[str, Any]]:
    """Judged at once. The same uuid again gives 200 and the same answer; with other content 409."""
    sent = sent_from_json(_body(request))
    return _answered(*patrol_submit(sent=sent, by=actor_of(request, "api"), at=clock.now()))


@router.post("/file", response={201: PatrolOut, 200: PatrolOut}, summary="Send a track file as a patrol")
def submit_file(
    request: HttpRequest,
    uuid: Form[UUID],
    file: File[UploadedFile],
    area: Form[str] = "",
    on_behalf_of: Form[str] = "",
    note: Form[str] = "",
) -> Status[dict[str, Any]]:
    """A GPX, CSV or GeoJSON file; ``area`` holds codes separated by commas, none for those that were
    walked.
    """
    if (file.size or 0) > MOST_BYTES:
        raise too_large()
    return _answered(
        *patrol_from_file(
            content=file.read(),
            name=file.name or "",
            uuid=uuid,
            areas=[code.strip() for code in area.split(",") if code.strip()],
            on_behalf_of=on_behalf_of,
            note=note,
            by=actor_of(request, "api"),
            at=clock.now(),
        )
    )


@router.get("", response=Patrols, openapi_extra=QUERY, summary="Patrols, the newest first")
def listed(request: HttpRequest) -> dict[str, Any]:
    """Those the caller sees, filtered; ``next`` is the address of the next page."""
    scope = scope_of_request(request)
    chosen = PATROL_FILTERS.read_strictly(request.GET)
    after, size = page_asked(request.GET)
    rows = patrols_with(scope, chosen.apply(verdicts_of(scope, chosen.values.get("division"))))
    return page_json(request, page_of(rows, order=PATROL_ORDER, after=after, size=size), _shown)


@router.get("/{int:patrol_id}", response=PatrolPage, summary="One patrol")
def one(request: HttpRequest, patrol_id: int) -> dict[str, Any]:
    """With its log; 404 also for a patrol the caller does not see."""
    try:
        patrol = patrol_in(scope_of_request(request), patrol_id)
    except Patrol.DoesNotExist:
        raise Http404 from None
    return {
        **_patrol(patrol, patrol.shown),  # type: ignore[attr-defined]
        "mode": patrol.mode,
        "company": [person.name for person in patrol.company.all()],
        "log": [
            {"item": row.item, "ok": row.ok, "note": row.note, "files": row.files} for row in patrol.log.all()
        ],
    }


@router.get("/{int:patrol_id}/proof", response=dict[str, Any], summary="PROOF.json of a patrol's verdict")
def proof(request: HttpRequest, patrol_id: int) -> dict[str, Any]:
    """That the record which says the verdict is under the root published for its day; 409 before it is.

    How to check it without this server: docs/algorithms/ledger.md.
    """
    try:
        patrol = patrol_in(scope_of_request(request), patrol_id)
    except Patrol.DoesNotExist:
        raise Http404 from None
    record = verdict_record(patrol)
    if record is None:
        raise Http404
    return proof_of(record).as_json()


def _body(request: HttpRequest) -> bytes:
    """The body as it came; Refusal before it is read when it says itself that it is too long."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) > MOST_BYTES:
        raise too_large()
    try:
        return request.body
    except RequestDataTooBig:
        raise too_large() from None


def _answered(patrol: Patrol, is_new: bool) -> Status[dict[str, Any]]:
    return Status(201 if is_new else 200, _patrol(patrol, verdicts_of_patrol(patrol)))


def _shown(patrol: Patrol) -> dict[str, Any]:
    return _patrol(patrol, patrol.verdicts.all())


def _patrol(patrol: Patrol, verdicts: Iterable[Verdict]) -> dict[str, Any]:
    rows = list(verdicts)
    return {
        "id": patrol.pk,
        "uuid": patrol.uuid,
        "person": patrol.person.name,
        "on_behalf_of": patrol.on_behalf_of.name if patrol.on_behalf_of else None,
        "started_at": patrol.started_at,
        "ended_at": patrol.ended_at,
        "received_at": patrol.received_at,
        "late": patrol.is_late,
        "joined_to": patrol.joined_to_id,
        "note": patrol.note,
        **_numbers(rows[0]),
        "areas": [{"code": row.area.code, "name": row.area.name, **_numbers(row)} for row in rows],
    }


def _numbers(row: Verdict) -> dict[str, Any]:
    return {
        "verdict": row.outcome,
        "counts": row.counts,
        "coverage": row.coverage,
        "covered": row.covered,
        "length_m": row.length_m,
        "distance_m": row.distance_m,
        "duration_s": row.duration_s,
        "moving_s": row.moving_s,
        "max_gap_s": row.max_gap_s,
        "max_speed_mps": row.max_speed_mps,
        "points": row.points,
        "points_dropped": row.points_dropped,
        "flags": list(dict.fromkeys(flag["code"] for flag in row.flags)),
        "evidence": [_evidence(flag) for flag in row.flags],
        "reasons": [
            {**reason, "text": reason_words(reason["code"], reason["figures"])} for reason in row.reasons
        ],
        "rules": row.rules_id,
    }


def _evidence(flag: dict[str, Any]) -> dict[str, Any]:
    told = flag_told(flag)
    return {**flag, "name": told.name, "text": told.sentence}
