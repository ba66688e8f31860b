"""Who asks the API: a bearer token from ``POST /auth/token``, or the office's session cookie.

Every router says ``Router(auth=auth)``. A session needs the CSRF token for unsafe methods, a bearer token
does not: browsers do not send it by themselves.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from ninja import Field, Router, Schema, Status
from ninja.errors import AuthenticationError
from ninja.security import APIKeyCookie, HttpBearer

from shanhe.faces.http.access import actor_of, scope_of_request, scope_set
from shanhe.faces.http.signing_in import user_with
from shanhe.ground import clock
from shanhe.ground.people.models import User
from shanhe.ground.people.queries import posts_held
from shanhe.ground.people.scope import Actor
from shanhe.ground.people.services import password_change, token_end, token_issue, token_user
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["auth", "me_router", "router"]

router = Router(tags=["auth"])
me_router = Router(tags=["auth"])


class Bearer(HttpBearer):
    """``Authorization: Bearer …``; sets ``request.user`` and ``request.scope``."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """The account behind the token; None when it is unknown, revoked or expired."""
        user = token_user(secret=token, at=clock.now())
        if user is None:
            return None
        request.user = user
        scope_set(request)
        if user.language and "Accept-Language" not in request.headers:
            translation.activate(user.language)
        return user


class SessionCookie(APIKeyCookie):
    """The session of the office pages, for their own scripts."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> User | None:
        """None without a session, or when a token was sent: a bad token is not saved by a cookie."""
        if "Authorization" in request.headers or not isinstance(request.user, User):
            return None
        return super().__call__(request)  # checks CSRF

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        """The account of the session. Refusal ``password.must_change`` (403) before one has an own one."""
        if not isinstance(request.user, User):
            return None
        if request.user.must_change_password:
            raise Refusal("password.must_change", _("Choose a password of your own first."), status=403)
        return request.user


#: What routers hand to ``auth=``.
auth = [Bearer(), SessionCookie()]


class Credentials(Schema):
    """Username and password; ``label`` names the device in the list of one's devices."""

    username: str = Field(max_length=60)
    password: str = Field(max_length=200)
    label: str = Field("", max_length=80)


class NewPassword(Schema):
    """The present password and the one to come."""

    username: str = Field(max_length=60)
    password: str = Field(max_length=200)
    new_password: str = Field(max_length=200)


class TokenOut(Schema):
    """The token, shown once, and until when it is good."""

    token: str
    expires_at: datetime


class PostOut(Schema):
    """One post held today, and for what."""

    post: str
    kind: str
    level: str
    system: str
    remit: str
    division: str
    since: date
    until: date | None
    acting_for: str = ""  # whose post it is that one stands in for


class MeOut(Schema):
    """The account that asks."""

    username: str
    name: str
    language: str
    roles: list[str]
    posts: list[PostOut]
    is_administrator: bool


@router.post("/token", auth=None, response=TokenOut)
def token_make(request: HttpRequest, body: Credentials) -> dict[str, Any]:
    """Sign a device in: a token to send as ``Authorization: Bearer …``.

    401 for a wrong name or password, 429 after too many failed tries, 403 before the first password was
    changed (``POST /auth/password`` changes it).
    """
    user = _user(request, body.username, body.password)
    issued = token_issue(user=user, label=body.label, by=_oneself(user), at=clock.now())
    return {"token": issued.secret, "expires_at": issued.row.expires_at}


@router.post("/password", auth=None, response={204: None})
def password_make(request: HttpRequest, body: NewPassword) -> Status[None]:
    """Change one's password with the present one; all devices have to sign in again."""
    user = _user(request, body.username, body.password)
    password_change(user=user, old=body.password, new=body.new_password, by=_oneself(user), at=clock.now())
    return Status(204, None)


@router.delete("/token", auth=Bearer(), response={204: None})
def token_drop(request: HttpRequest) -> Status[None]:
    """Sign this device out: the token that was sent is good no more."""
    secret = request.headers["Authorization"].split(" ", 1)[1]
    token_end(secret=secret, by=actor_of(request, "api"), at=clock.now())
    return Status(204, None)


@me_router.get("", auth=auth, response=MeOut)
def me(request: HttpRequest) -> dict[str, Any]:
    """Who one is here: name, posts held today, roles."""
    scope = scope_of_request(request)
    user = request.user
    assert isinstance(user, User)  # noqa: S101  auth says so
    return {
        "username": user.username,
        "name": user.person.name if user.person else user.username,
        "language": user.language or settings.LANGUAGE_CODE,
        "roles": sorted(scope.roles),
        "posts": posts_held(scope, clock.today()),
        "is_administrator": scope.is_administrator,
    }


def _user(request: HttpRequest, username: str, password: str) -> User:
    user = user_with(request, username, password)
    if user is None:
        raise AuthenticationError(message="auth.wrong")
    return user


def _oneself(user: User) -> Actor:
    return Actor(user.pk, user.person_id, "api")
