"""Asks a route as somebody, and tells what came back: the status, all that can be read, what was written."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode

from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from contract.examples import API, Fields
from contract.routes import Route
from contract.world import Country, Role

__all__ = ["Answer", "Asker"]

#: A session's stamps, the day a token was last used, and failed passwords are about the caller, no records.
ABOUT_THE_CALLER = ("django_session", "people_apitoken", "axes_")
# On PostgreSQL the ledger is appended to by a function of the database.
WRITE = re.compile(
    r'^\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM|SELECT(?= audit_append\())\s+"?(\w+)', re.IGNORECASE
)


@dataclass
class Answer:
    """What a request came to."""

    asked: str  # "dadukou GET /office/areas/R-1/"
    sent: str  # its address and body: what stands in there may be said again
    status: int
    location: str
    text: str
    written: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.asked} → {self.status}" + (
            f" wrote {sorted(set(self.written))}" if self.written else ""
        )


class Asker:
    """A role in front of the site; what it sends begins signed in, whatever the last request did."""

    def __init__(self, country: Country, role: Role) -> None:
        self.country, self.role = country, role
        self._client = self._signed_in()

    def _signed_in(self) -> Client:
        client = self.country.make.client(self.role.user)
        client.raise_request_exception = False
        return client

    def send(self, route: Route, address: Fields, body: Fields, query: Fields | None = None) -> Answer:
        """POST to a page; an operation of the API in its own method, as JSON unless a file is in it."""
        self._client = self._signed_in()
        path = path_of(route, address) + (f"?{urlencode(query)}" if query else "")
        if route.key in API and not any(isinstance(value, UploadedFile) for value in body.values()):
            return self._answer(
                route.method.lower(), path, data=json.dumps(body), content_type="application/json"
            )
        return self._answer((route.method or "post").lower(), path, data=body)

    def get(self, route: Route, address: Fields, query: Fields | None = None) -> Answer:
        """GET it."""
        return self._answer("get", path_of(route, address) + (f"?{urlencode(query)}" if query else ""))

    def _answer(self, method: str, path: str, **more: Any) -> Answer:
        with writes() as written:
            response = getattr(self._client, method)(path, **more)
        asked = f"{self.role.name} {method.upper()} {unquote(path)}"
        sent = f"{unquote(path)} {more.get('data', '')}"
        return Answer(
            asked, sent, response.status_code, response.get("Location", ""), text_of(response), written
        )


def path_of(route: Route, address: Fields) -> str:
    """The address of a route for a record."""
    if route.key in API:
        return route.path.format(**address)
    return reverse(route.key, kwargs=address)


@contextmanager
def writes() -> Iterator[list[str]]:
    """The tables that are written to meanwhile."""
    found: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        match = WRITE.match(sql)
        if match and not match[1].startswith(ABOUT_THE_CALLER):
            found.append(match[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def text_of(response: Any) -> str:
    """All that can be read in an answer, its headers among it; workbooks and archives are unpacked."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    pieces = [repr(dict(response.headers)), *_unpacked(body)]
    return "\n".join(pieces)


def _unpacked(body: bytes) -> Iterator[str]:
    if not zipfile.is_zipfile(io.BytesIO(body)):
        text = body.decode("utf-8", errors="replace")
        yield text
        if "\\u" in text:  # JSON that escapes what is not ASCII
            yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
        return
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        for name in archive.namelist():
            yield name
            yield from _unpacked(archive.read(name))
