"""Who may try a password now: failed tries count for the account and for the address, apart.

After ten failed tries on an account, or fifty from an address (an office behind one router is many people),
nobody gets further for a quarter of an hour since the last of them; right tries never count. Somebody else's
failures must not lock a chief out, though: a browser that has signed in to an account before carries a signed
cookie, and for it only the failures from its own address count (OWASP, "Slow down online guessing attacks
with device cookies"). So who knows no password cannot shut a known browser out from another address; a new
device has to wait while the account is under attack. A right password forgets the failures of this account
from this address alone: nobody washes away tries on others by signing in to an account of their own.
"""

from __future__ import annotations

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.core import signing
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

__all__ = ["Throttle", "device_remember", "failures_forget", "is_known_device", "lockout_parameters"]

ADDRESS_LIMIT = 50
COOKIE = "shanhe_device"
SALT = "shanhe.device"
KEPT_S = 365 * 86_400
MOST_ACCOUNTS = 8  # of one shared office computer


class Throttle(AxesDatabaseHandler):  # type: ignore[misc]
    """axes' own handler with a higher limit for addresses than for accounts."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Failed tries within the waiting time, those of the address scaled to the account's limit."""
        found = [
            attempts.aggregate(total=Sum("failures_since_start"))["total"] or 0
            for attempts in self.get_user_attempts(request, credentials)
        ]
        of_account, of_address = found
        return max(of_account, of_address * settings.AXES_FAILURE_LIMIT // ADDRESS_LIMIT)


def lockout_parameters(request: HttpRequest, credentials: dict[str, Any] | None = None) -> list[Any]:
    """What axes counts by: account and address; for a browser known to the account, only its own address."""
    username = (credentials or {}).get("username") or ""
    if username and is_known_device(request, username):
        return [["username", "ip_address"], ["ip_address"]]
    return [["username"], ["ip_address"]]


def is_known_device(request: HttpRequest, username: str) -> bool:
    """Whether this browser has signed in to the account within a year."""
    return _mark(username) in _marks(request)


def device_remember(request: HttpRequest, response: HttpResponse, username: str) -> None:
    """Let the browser show later that it has signed in to the account."""
    marks = [_mark(username), *(mark for mark in _marks(request) if mark != _mark(username))]
    response.set_cookie(
        COOKIE,
        signing.dumps(marks[:MOST_ACCOUNTS], salt=SALT),
        max_age=KEPT_S,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
        path="/accounts/",
    )


def failures_forget(request: HttpRequest, username: str) -> None:
    """A right password: the failures of this account from this address are forgotten."""
    AxesProxyHandler.update_request(request)
    AxesProxyHandler.reset_attempts(username=username, ip_address=request.axes_ip_address)  # type: ignore[attr-defined]


def _marks(request: HttpRequest) -> list[str]:
    try:
        marks = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=KEPT_S)
    except signing.BadSignature:
        return []
    return [str(mark) for mark in marks]


def _mark(username: str) -> str:
    """Names no account to whoever reads the cookie."""
    return salted_hmac(SALT, username, algorithm="sha256").hexdigest()[:32]
