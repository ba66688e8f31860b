"""A username and a password become an account, the same way for the office pages and the API."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import authenticate, login
from django.http import HttpRequest, HttpResponse

from shanhe.faces.http.access import BEGAN, SEEN
from shanhe.faces.http.throttling import failures_forget
from shanhe.ground import clock
from shanhe.ground.people.models import User

__all__ = ["language_keep", "session_begin", "user_with"]


def user_with(request: HttpRequest, username: str, password: str) -> User | None:
    """The open account with that name and password; None when there is none, or too many tries failed.

    Letter case and spaces around the name do not matter. After too many failures the request is marked, and
    the middleware answers 429 whatever the view says. Refusal ``account.busy`` (503) in a flood of sign-ins.
    """
    name = username.strip().lower()
    user = authenticate(request=request, username=name, password=password)
    if not isinstance(user, User):
        return None
    failures_forget(request, name)
    return user


def session_begin(request: HttpRequest, user: User) -> None:
    """Begin an office session under a new key; its times start now."""
    login(request, user)
    request.session[BEGAN] = request.session[SEEN] = clock.now().timestamp()


def language_keep(response: HttpResponse, language: str) -> None:
    """Let the browser ask in this language from now on."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 86_400,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
