"""Canonical JSON: one spelling for one value, so that a hash means the value and not its spelling.

RFC 8785 (JSON Canonicalization Scheme). A browser gets the same bytes from ``JSON.stringify`` over an object
whose keys are sorted, which is why numbers are written as ECMAScript writes them.
"""

from __future__ import annotations

import json.encoder
import math
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["MAX_SAFE_INTEGER", "canonical_json", "canonical_text", "quoted"]

#: Whole numbers beyond this are not the same in every JSON reader (RFC 8785, 3.2.2.3; RFC 7493, 2.2).
MAX_SAFE_INTEGER = 2**53 - 1

#: A JSON string literal, escapes as RFC 8785 3.2.2.2 asks: the shortest, hexadecimal in lower case.
quoted: Callable[[str], str] = json.encoder.encode_basestring


def canonical_json(value: Any) -> bytes:
    """``value`` as canonical JSON, UTF-8.

    Takes None, bool, int, float, str, lists and tuples of those, and mappings with str keys. TypeError on
    anything else: times are handed in as ISO 8601 text. ValueError on NaN, infinities, whole numbers beyond
    ±(2**53 - 1) that are no float's spelling, and text with a lone surrogate.
    ``{"b": 1.0, "a": "河"}`` gives ``{"a":"河","b":1}``. Source: RFC 8785.
    """
    return canonical_text(value).encode("utf-8")


def canonical_text(value: Any) -> str:
    """As ``canonical_json``, before the encoding; a lone surrogate is found only by encoding."""
    pieces: list[str] = []
    _write(value, pieces.append)
    return "".join(pieces)


def _write(value: Any, put: Any) -> None:
    if isinstance(value, str):
        put(quoted(value))
    elif value is None or value is True or value is False:
        put("null" if value is None else "true" if value else "false")
    elif isinstance(value, int):
        put(_whole(value))
    elif isinstance(value, float):
        put(_number(value))
    elif isinstance(value, Mapping):
        _write_object(value, put)
    elif isinstance(value, list | tuple):
        _write_array(value, put)
    else:
        raise TypeError(f"{type(value).__name__} has no canonical JSON")


def _write_object(value: Mapping[Any, Any], put: Any) -> None:
    separator = "{"
    for key in _sorted_keys(value):
        put(f"{separator}{quoted(key)}:")
        _write(value[key], put)
        separator = ","
    put("}" if value else "{}")


def _write_array(value: list[Any] | tuple[Any, ...], put: Any) -> None:
    separator = "["
    for item in value:
        put(separator)
        _write(item, put)
        separator = ","
    put("]" if value else "[]")


def _sorted_keys(value: Mapping[Any, Any]) -> list[str]:
    for key in value:
        if not isinstance(key, str):
            raise TypeError(f"a key must be text, not {type(key).__name__}")
    # RFC 8785, 3.2.3 sorts by UTF-16 code units, which differs from Python's order beyond U+FFFF.
    return sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))


def _whole(value: int) -> str:
    text = int.__repr__(value)  # an IntEnum is its number
    if -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        return text
    # Read back, a large float looks like a whole number: it is let through if a float is spelled just so.
    if len(text) > 22 or _number(float(value)) != text:
        raise ValueError(f"{text[:30]} is not the same number everywhere")
    return text


def _number(value: float) -> str:
    """ECMAScript's ``Number::toString`` (ECMA-262, 6.1.6.1.20), from Python's shortest digits."""
    if not math.isfinite(value):
        raise ValueError("JSON knows no NaN and no infinity")
    text = float.__repr__(value)
    if "e" not in text:
        whole = text.removesuffix(".0")
        return "0" if whole == "-0" else whole
    return _exponential(text)


def _exponential(text: str) -> str:
    """Python goes exponential below 1e-4 and from 1e16 on, ECMAScript below 1e-6 and from 1e21 on."""
    sign, text = ("-", text[1:]) if text[0] == "-" else ("", text)
    mantissa, exponent = text.split("e")
    digits = mantissa.replace(".", "")
    point = int(exponent) + 1  # the value is 0.digits × 10^point
    if len(digits) <= point <= 21:
        return sign + digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{'+' if point > 0 else '-'}{abs(point - 1)}"
