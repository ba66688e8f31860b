"""Telephone numbers that take text messages: read as people write them, found as registers keep them."""

from __future__ import annotations

import re
import unicodedata

from django.utils.crypto import salted_hmac

from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["is_invented", "number_digest", "number_of", "spellings"]

#: A mobile number of mainland China; those that begin with 000 are the demonstration's, no network has them.
MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9}|000\d{8})")
GAPS = re.compile(r"[\s\-‐-―()]")


def number_of(text: str) -> str:
    """The eleven digits of a mobile number; "+86", spaces, dashes and full-width digits do not matter.

    Refusal ``phone.unreadable`` on anything else: a landline takes no text message.

    >>> number_of("+86 138 0000-1111")
    '13800001111'
    """
    plain = GAPS.sub("", unicodedata.normalize("NFKC", text))
    found = MOBILE.fullmatch(plain) if plain.isascii() else None
    if found is None:
        message = _("A mobile number has eleven digits, as in 138 0000 0000.")
        raise Refusal("phone.unreadable", message, {"phone": message})
    return found.group(1)


def is_invented(number: str) -> bool:
    """Whether no network can have this number: it is one of the demonstration's."""
    return number.startswith("000")


def spellings(number: str) -> list[str]:
    """How registers write the eleven digits: whole or as 3-4-4, with and without the country's prefix."""
    groups = (number[:3], number[3:7], number[7:])
    return [
        f"{prefix}{gap.join(groups)}"
        for prefix in ("", "+86", "+86 ", "+86-", "86")
        for gap in ("", "-", " ")
    ]


def number_digest(number: str) -> str:
    """A keyed hash of a number: who reads the table alone learns nobody's."""
    return salted_hmac("shanhe.phone", number, algorithm="sha256").hexdigest()
