"""One value, one spelling: RFC 8785 by its own examples, and what must hold for every value."""

from __future__ import annotations

import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanhe.kernel.chain.canonical import MAX_SAFE_INTEGER, canonical_json, canonical_text

texts = st.text(st.characters(exclude_categories=["Cs"]))
whole = st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
values = st.recursive(
    st.none() | st.booleans() | whole | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=20,
)

# RFC 8785, appendix B: IEEE 754 bits and their spelling.
RFC_NUMBERS = [
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("ffefffffffffffff", "-1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555554", "333333333.33333325"),
    ("41b3de4355555555", "333333333.3333333"),
    ("41b3de4355555556", "333333333.3333334"),
    ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
]


@pytest.mark.parametrize(("bits", "spelled"), RFC_NUMBERS)
def test_numbers_are_spelled_as_in_the_standard(bits, spelled):
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical_text(number) == spelled


def test_the_example_of_the_standard():
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    assert canonical_json(value).decode() == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


def test_keys_are_sorted_by_their_utf_16_units():
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    ordered = list(json.loads(canonical_json(dict.fromkeys(keys))))
    assert ordered == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_chinese_stays_chinese():
    assert canonical_json({"b": 1.0, "a": "河"}) == '{"a":"河","b":1}'.encode()


def test_empty_things():
    assert canonical_text([{}, [], "", ()]) == '[{},[],"",[]]'


@given(values)
def test_reading_it_gives_the_value_back(value):
    assert json.loads(canonical_json(value), parse_int=float) == value


def test_a_float_too_large_to_be_a_safe_whole_number_is_still_one_value():
    assert canonical_text(2.0**53) == canonical_text(2**53) == "9007199254740992"
    assert canonical_text(-6.169229661105082e16) == canonical_text(-61692296611050820)


@given(values)
def test_spelling_what_was_read_changes_nothing(value):
    spelled = canonical_json(value)
    assert canonical_json(json.loads(spelled)) == spelled


@given(st.dictionaries(texts, whole))
def test_the_order_in_which_keys_came_does_not_matter(value):
    assert canonical_json(dict(reversed(value.items()))) == canonical_json(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_no_number_loses_a_bit_but_the_sign_of_zero(number):
    assert float(canonical_text(number)) == number


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, MAX_SAFE_INTEGER + 2, -(2**60), 10**400, "\ud800"]
)
def test_what_json_cannot_say_safely_is_refused(value):
    with pytest.raises(ValueError):  # noqa: PT011 - UnicodeEncodeError among them
        canonical_json([value])


@pytest.mark.parametrize("value", [object(), {1}, b"bytes", {1: "one"}])
def test_what_is_no_json_is_a_mistake(value):
    with pytest.raises(TypeError):
        canonical_json(value)
