"""Signing in by a code, the same way for pages and API: limits by address, and what goes out to a telephone.

The limits here are against floods and guessing from one address; those of a number and of a code are the
services' own.
"""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext

from shanhe.faces.http.rates import Rate
from shanhe.ground import clock
from shanhe.ground.notify.sms import Message, is_on, send_soon
from shanhe.ground.people.models import User
from shanhe.ground.people.numbers import number_of
from shanhe.ground.people.services import (
    PHONE_CODE_LIFE,
    Proven,
    phone_code_ask,
    phone_code_use,
    sign_in_code_use,
)
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["phone_code_sent", "user_by_code", "user_by_phone"]

#: An office behind one router is many people; a code's own limits hold wherever tries come from.
code_tried = Rate("sign-in-code", 60, 600)
phone_asked = Rate("sms-ask", 15, 600)
phone_tried = Rate("sms-try", 60, 600)


def user_by_code(request: HttpRequest, secret: str, *, via: str, new_password: str = "") -> User:
    """The account that the code opens; the code is used up. Refusals of ``sign_in_code_use``, and
    ``rate.too_many`` (429)."""
    code_tried.count(request)
    return sign_in_code_use(secret=secret, at=clock.now(), via=via, new_password=new_password)


def phone_code_sent(request: HttpRequest, phone: str) -> datetime:
    """Send digits to the number if an account has it; gives until when they are good, sent or not.

    Refusals of ``phone_code_ask``, ``rate.too_many`` (429), ``sms.off`` (404) where there are no messages.
    """
    _check_on()
    number_of(phone)  # a slip of the finger costs nobody one of their tries
    phone_asked.count(request)
    now = clock.now()
    asked = phone_code_ask(phone=phone, at=now)
    if asked.digits:
        words = gettext(
            "Your sign-in code for Shanhe is %(code)s, good for %(minutes)d minutes. Tell it to nobody."
        )
        minutes = PHONE_CODE_LIFE.seconds // 60
        text = words % {"code": asked.digits, "minutes": minutes}
        send_soon(Message(asked.number, text, now, asked.digits))
    return asked.expires_at


def user_by_phone(
    request: HttpRequest, phone: str, digits: str, *, via: str, username: str = "", new_password: str = ""
) -> Proven:
    """Whom the digits let in. Refusals of ``phone_code_use``, ``rate.too_many`` (429), ``sms.off`` (404)."""
    _check_on()
    phone_tried.count(request)
    return phone_code_use(
        phone=phone,
        digits=digits,
        at=clock.now(),
        via=via,
        username=username,
        new_password=new_password,
    )


def _check_on() -> None:
    if not is_on():
        raise Refusal("sms.off", _("Signing in by telephone number is not offered here."), status=404)
