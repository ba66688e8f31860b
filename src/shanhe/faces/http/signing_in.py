"""A username and a password become an account, the same way for the office pages and the API."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import authenticate, login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from shanhe.faces.http.access import BEGAN, SEEN
from shanhe.faces.http.throttling import device_remember, failures_forget
from shanhe.ground import clock
from shanhe.ground.people.models import User

__all__ = ["language_keep", "let_in", "session_begin", "user_with", "wanted_address"]


#: Looks up the account of a session, however it was signed in.
BACKEND = "django.contrib.auth.backends.ModelBackend"


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
    login(request, user, backend=BACKEND)
    request.session[BEGAN] = request.session[SEEN] = clock.now().timestamp()


def let_in(request: HttpRequest, user: User, wanted: str) -> HttpResponse:
    """Begin a session, send the browser to ``wanted``, and let it be known and speak the user's language."""
    session_begin(request, user)
    response = redirect(wanted)
    device_remember(request, response, user.get_username())
    if user.language:
        language_keep(response, user.language)
    return response


def wanted_address(request: HttpRequest) -> str:
    """Where ``next`` leads if it is ours, else the first page."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else settings.LOGIN_REDIRECT_URL


def language_keep(response: HttpResponse, language: str) -> None:
    """Let the browser ask in this language from now on."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 86_400,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
