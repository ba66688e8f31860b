"""The network address a request comes from, for limits that count by address."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

__all__ = ["client_address"]


def client_address(request: HttpRequest) -> str:
    """The caller's address as text; "" when the server does not know it.

    Behind a proxy (``SHANHE_BEHIND_PROXY``) it is the last entry of X-Forwarded-For, the only one that the
    proxy itself has written: whatever stands before it was sent by the caller. Without a proxy that header is
    not looked at.
    """
    if settings.BEHIND_PROXY:
        forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if forwarded:
            return forwarded
    return str(request.META.get("REMOTE_ADDR", ""))
