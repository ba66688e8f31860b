"""Tokens without a password: by the code of a QR, or by six digits sent to a telephone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext
from ninja import Field, Router, Schema, Status

from shanhe.faces.api.auth import TokenOut
from shanhe.faces.http.code_sign_in import phone_code_sent, user_by_code, user_by_phone
from shanhe.faces.http.people import login_said
from shanhe.faces.http.refusals import error_body
from shanhe.ground import clock
from shanhe.ground.people.models import User
from shanhe.ground.people.scope import Actor
from shanhe.ground.people.services import token_issue

__all__ = ["router"]

router = Router(tags=["auth"], auth=None)


class CodeIn(Schema):
    """What the QR code holds behind its ``#``; ``label`` names the device. ``new_password`` for an account
    that still has its first one."""

    code: str = Field(max_length=80)
    label: str = Field("", max_length=80)
    new_password: str = Field("", max_length=200)


class PhoneIn(Schema):
    """A mobile number; spaces, dashes and +86 do not matter."""

    phone: str = Field(max_length=40)


class PhoneCodeIn(PhoneIn):
    """The number, the six digits that were sent to it, and which account where several have the number."""

    code: str = Field(max_length=12)
    username: str = Field("", max_length=60)
    label: str = Field("", max_length=80)
    new_password: str = Field("", max_length=200)


class SentOut(Schema):
    """Until when the digits are good, if any were sent: the answer is the same for every number."""

    expires_at: datetime


@router.post("/code", response=TokenOut, summary="A token for a sign-in code")
def by_code(request: HttpRequest, body: CodeIn) -> dict[str, Any]:
    """Sign a device in by the code somebody was shown as a QR code. It works once.

    401 ``code.unknown`` when it was used, replaced, taken back or has run out; 403 ``password.must_change``
    while the account has its first password: send the same code again with ``new_password``.
    """
    user = user_by_code(request, body.code, via="api", new_password=body.new_password)
    return _token(user, body.label)


@router.post("/sms", response={202: SentOut}, summary="Digits for a telephone")
def ask(request: HttpRequest, body: PhoneIn) -> Status[dict[str, Any]]:
    """Send six digits to a mobile number, if an account has it; 429 when that was done too often."""
    return Status(202, {"expires_at": phone_code_sent(request, body.phone)})


@router.post("/sms/code", response=TokenOut, summary="A token for the digits")
def by_phone(request: HttpRequest, body: PhoneCodeIn) -> Any:
    """Sign a device in by the digits. 401 ``sms.code`` when they are wrong, used or have run out.

    409 ``auth.choose`` where several accounts have the number, with ``error.accounts`` (username, name,
    post): send the same digits again with ``username``. 403 ``password.must_change`` as for codes.
    """
    proven = user_by_phone(
        request,
        body.phone,
        body.code,
        via="api",
        username=body.username,
        new_password=body.new_password,
    )
    if proven.user is None:
        said = error_body(
            "auth.choose", gettext("Several accounts have this number. Say which one is meant.")
        )
        said["error"]["accounts"] = [
            {"username": user.username, **login_said(user, clock.today())} for user in proven.users
        ]
        return JsonResponse(said, status=409)
    return _token(proven.user, body.label)


def _token(user: User, label: str) -> dict[str, Any]:
    oneself = Actor(user.pk, user.person_id, "api")
    issued = token_issue(user=user, label=label, by=oneself, at=clock.now())
    return {"token": issued.secret, "expires_at": issued.row.expires_at}
