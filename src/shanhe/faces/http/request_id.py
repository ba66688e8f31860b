"""Every request has an id, given by the proxy or made here: in logs, on the ledger, in the answer's head."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

from shanhe.ground.audit.request import request_id

__all__ = ["RequestIdFilter", "RequestIdMiddleware", "current"]

_current: ContextVar[str] = ContextVar("request_id", default="-")
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,64}")


def current() -> str:
    """The id of the request being answered, "-" outside one."""
    return _current.get()


class RequestIdMiddleware:
    """Outermost: takes ``X-Request-Id`` when it looks like an id, else makes one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        name = given if _ACCEPTED.fullmatch(given) else uuid.uuid4().hex
        token, on_ledger = _current.set(name), request_id.set(name)
        try:
            response = self.get_response(request)
        finally:
            _current.reset(token)
            request_id.reset(on_ledger)
        response["X-Request-Id"] = name
        return response


class RequestIdFilter(logging.Filter):
    """Adds ``request_id`` to log records."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current()
        return True
