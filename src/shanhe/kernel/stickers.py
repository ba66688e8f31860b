"""Codes of stickers: short enough to be typed with cold fingers, checked so that a slip is seen at once.

Six characters by chance and a check character over 31 signs, a prime, so that any one wrong character and
any two neighbours exchanged give a code that is none. 0, 1, I, L and O are left out: they are read for each
other.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["ALPHABET", "LENGTH", "sticker_code", "sticker_read", "sticker_told"]

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 7  # the last one checks the six before it
_BASE = len(ALPHABET)


def sticker_code(numbers: Sequence[int]) -> str:
    """The code of six numbers (each 0 to 30), drawn by chance by the caller. ValueError on others.

    (0, 1, 2, 3, 4, 5) gives "234567A": 1·0 + 2·1 + 3·2 + 4·3 + 5·4 + 6·5 = 70 and 70 mod 31 = 8.
    """
    if len(numbers) != LENGTH - 1 or not all(0 <= number < _BASE for number in numbers):
        raise ValueError(f"a code has {LENGTH - 1} numbers from 0 to {_BASE - 1}")
    return "".join(ALPHABET[number] for number in numbers) + _check(numbers)


def sticker_read(text: str) -> str | None:
    """The code in what was typed or scanned: small letters, blanks, dashes and an address before it do no
    harm. None where the check character says that it is none.
    """
    last = text.strip().rstrip("/").rpartition("/")[2]
    code = "".join(sign for sign in last.upper() if sign not in " -‐–_")
    if len(code) != LENGTH or any(sign not in ALPHABET for sign in code):
        return None
    return code if _check([ALPHABET.index(sign) for sign in code[:-1]]) == code[-1] else None


def sticker_told(code: str) -> str:
    """As it is printed: "234-567A"."""
    return f"{code[:3]}-{code[3:]}"


def _check(numbers: Sequence[int]) -> str:
    return ALPHABET[sum((place + 1) * number for place, number in enumerate(numbers)) % _BASE]
