"""Photos and files in parts: sent by the uuid their sender made, read by whoever may read the record."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest
from ninja import Field, Router, Schema, Status

from shanhe.faces.api.auth import auth
from shanhe.faces.http.access import actor_of, scope_of_request
from shanhe.ground import clock
from shanhe.ground.documents.models import StoredFile
from shanhe.ground.documents.queries import file_in
from shanhe.ground.documents.services import Binding, Part, State, check_size, file_put, public_copy_of
from shanhe.ground.documents.store import whole
from shanhe.ground.people.scope import Actor
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["MOST_PART_BYTES", "router"]

router = Router(tags=["files"], auth=auth)

MOST_PART_BYTES = 16 * 1024 * 1024  # one request; larger files come in parts
_RANGE = re.compile(r"bytes (?:(\d{1,15})-(\d{1,15})|\*)/(\d{1,15})")


class NextOut(Schema):
    """The file is incomplete."""

    next: int = Field(description="Offset at which the next part begins.")
    size: int


class FileOut(Schema):
    """The file is whole."""

    uuid: UUID
    sha256: str
    size: int
    content_type: str


BODY = {
    "parameters": [
        {
            "name": "Content-Range",
            "in": "header",
            "required": False,
            "schema": {"type": "string"},
            "description": "bytes a-b/n; absent: the body is the whole file; bytes */n: how far is it?",
        },
        {"name": "name", "in": "query", "required": False, "schema": {"type": "string"}},
        {
            "name": "record",
            "in": "query",
            "required": False,
            "schema": {"type": "string"},
            "description": "TYPE:UUID of the record it belongs to; or the header X-Record.",
        },
    ],
    "requestBody": {
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    },
}


@router.put(
    "/{uuid:uuid}",
    response={201: FileOut, 200: FileOut, 202: NextOut},
    openapi_extra=BODY,
    summary="Send a file or a part of one",
)
def put(request: HttpRequest, uuid: UUID) -> Status[dict[str, Any]]:
    """202 with the next offset while incomplete, 201 when whole, 200 when known; 409 on other bytes."""
    by, at = actor_of(request, "api"), clock.now()
    done = file_put(uuid=uuid, part=_part(request, by, at), by=by, at=at, binding=_binding(request))
    if done.state is State.INCOMPLETE:
        return Status(202, {"next": done.file.received, "size": done.file.size})
    return Status(201 if done.state is State.STORED else 200, _shown(done.file))


COPY = {
    "parameters": [
        {"name": "copy", "in": "query", "required": False, "schema": {"type": "string", "enum": ["public"]}}
    ]
}


@router.get("/{uuid:uuid}", openapi_extra=COPY, summary="A file, or a picture's copy for the public")
def read(request: HttpRequest, uuid: UUID) -> FileResponse:
    """The file as it came; ``copy=public`` the picture without EXIF. 404 also when not yours to read."""
    try:
        file = file_in(scope_of_request(request), uuid)
    except StoredFile.DoesNotExist:
        raise _nothing() from None
    copy = request.GET.get("copy", "")
    if copy not in ("", "public"):
        raise Refusal("files.copy", _("There is no such copy."), {"copy": _("There is no such copy.")})
    return _public(file) if copy else _original(file)


def _part(request: HttpRequest, by: Actor, at: datetime) -> Part:
    length = _length(request)
    header = request.headers.get("Content-Range", "")
    if not header:
        _check_before_reading(length, length, by, at)
        content = _body(request)
        return Part(0, length or len(content), content)
    found = _RANGE.fullmatch(header.strip())
    if found is None:
        raise _bad_range()
    size = int(found[3])
    _check_before_reading(length, size, by, at)
    if found[1] is None:
        return Part(0, size, b"")
    offset, last = int(found[1]), int(found[2])
    content = _body(request)
    if len(content) != last - offset + 1:
        raise _bad_range()
    return Part(offset, size, content)


def _length(request: HttpRequest) -> int:
    given = request.headers.get("Content-Length") or "0"
    return int(given) if given.isdecimal() and given.isascii() and len(given) < 16 else 0


def _check_before_reading(length: int, size: int, by: Actor, at: datetime) -> None:
    check_size(size=size, by=by, at=at)
    _check_part(length)


def _body(request: HttpRequest) -> bytes:
    """The part itself; a sender that does not say how long it is gets no further than others."""
    content = request.read(MOST_PART_BYTES + 1)
    _check_part(len(content))
    return content


def _check_part(length: int) -> None:
    if length > MOST_PART_BYTES:
        message = _("One request takes at most %(limit)s MB of a file; send it in parts (Content-Range).")
        limit = MOST_PART_BYTES // 1_048_576
        raise Refusal("files.part_too_large", message, {"file": message}, status=413, limit=limit)


def _bad_range() -> Refusal:
    message = _("Content-Range must read “bytes FIRST-LAST/SIZE” and fit the body.")
    return Refusal("files.range", message, {"Content-Range": message})


def _binding(request: HttpRequest) -> Binding:
    record = request.GET.get("record") or request.headers.get("X-Record", "")
    kind, colon, number = record.partition(":")
    if not record:
        return Binding(name=request.GET.get("name", ""))
    try:
        uuid = UUID(number)
    except ValueError:
        colon = ""
    if not colon or not re.fullmatch(r"[a-z_]{1,40}", kind):
        message = _("A record is written as TYPE:UUID.")
        raise Refusal("files.record", message, {"record": message})
    return Binding(request.GET.get("name", ""), kind, uuid)


def _nothing() -> Refusal:
    return Refusal("not_found", _("There is nothing here, or it is not yours to see."), status=404)


def _shown(file: StoredFile) -> dict[str, Any]:
    return {
        "uuid": file.uuid,
        "sha256": file.sha256,
        "size": file.size,
        "content_type": file.content_type,
    }


def _original(file: StoredFile) -> FileResponse:
    path = whole(file.sha256)
    is_picture = file.content_type.startswith("image/")
    response = FileResponse(
        path.open("rb"),
        as_attachment=not is_picture,
        filename=file.name or f"{file.uuid}",
        content_type=file.content_type,
    )
    return _kept_private(response, file.sha256)


def _public(file: StoredFile) -> FileResponse:
    response = FileResponse(public_copy_of(file=file).open("rb"), content_type="image/jpeg")
    return _kept_private(response, f"{file.sha256}-public")


def _kept_private(response: FileResponse, etag: str) -> FileResponse:
    response["ETag"] = f'"{etag}"'
    response["Cache-Control"] = "private, max-age=86400, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    return response
