"""Who asks: the scope and the actor of a request, and what stands between a login and its pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from shanhe.faces.http.refusals import refused_page
from shanhe.ground import clock
from shanhe.ground.people.scope import NOBODY, Actor, Scope, scope_of
from shanhe.kernel.errors import Refusal

__all__ = [
    "AccessMiddleware",
    "actor_of",
    "administrator_page",
    "locked_out",
    "office_page",
    "scope_of_request",
    "scope_set",
]

View = Callable[..., HttpResponseBase]

BEGAN, SEEN = "began_at", "seen_at"  # seconds since the epoch, in the session
SEEN_EVERY_S = 300


class AccessMiddleware:
    """Ends sessions that are over and gives each request its ``scope``, worked out when somebody looks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            _end_if_over(request)
        scope_set(request)
        return self.get_response(request)


def scope_set(request: HttpRequest) -> None:
    """(Re)attach the scope of ``request.user``; who signs a request in by token calls it again."""
    request.scope = cast(Scope, SimpleLazyObject(lambda: _scope(request)))  # type: ignore[attr-defined]


def _end_if_over(request: HttpRequest) -> None:
    """Sign out a session that was left alone too long, or has lasted too long in any case.

    Both times are stamps in the session. "Seen" is written at most once in five minutes, not per request.
    """
    if not request.user.is_authenticated:
        return
    now = clock.now().timestamp()
    began = request.session.setdefault(BEGAN, now)
    seen = request.session.get(SEEN, now)
    if now - seen > settings.SESSION_IDLE_S or now - began > settings.SESSION_COOKIE_AGE:
        logout(request)
    elif SEEN not in request.session or now - seen > SEEN_EVERY_S:
        request.session[SEEN] = now


def _scope(request: HttpRequest) -> Scope:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return NOBODY
    return scope_of(user, clock.today())


def scope_of_request(request: HttpRequest) -> Scope:
    """The scope of the login behind the request; nobody's for strangers."""
    return request.scope  # type: ignore[attr-defined,no-any-return]


def actor_of(request: HttpRequest, via: str = "office") -> Actor:
    """The actor that services are handed."""
    scope = scope_of_request(request)
    return Actor(user_id=scope.user_id, person_id=scope.person_id, via=via, scope=scope)


def office_page(view: View) -> View:
    """Only for logins whose password is their own; others are sent to sign in or to choose one.

    A refusal that the page does not show in its own form is shown on a page of its own.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = request.user
        if not user.is_authenticated:
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        if user.must_change_password:
            return redirect_to_login(request.get_full_path(), reverse("password-change"))
        try:
            return view(request, *args, **kwargs)
        except Refusal as refusal:
            return refused_page(request, refusal)

    guarded.is_office_page = True  # type: ignore[attr-defined]
    return guarded


def administrator_page(view: View) -> View:
    """Only for the system administrator; everybody else gets the same 404 as for a page that is not there."""

    @office_page
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not scope_of_request(request).is_administrator:
            from django.http import Http404

            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Too many failed tries (axes calls this): say so, and when to come back, in the caller's own form."""
    message = _("Too many failed tries. Please wait a quarter of an hour and try again.")
    if request.path.startswith("/api/"):
        body = {"error": {"code": "auth.locked_out", "message": message, "fields": {}}}
        return JsonResponse(body, status=429)
    return render(
        request,
        "shanhe/refused.html",
        {"message": message},
        status=429,
    )
