"""Codes that are typed in the field: one slip makes them none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanhe.kernel.stickers import ALPHABET, sticker_code, sticker_read, sticker_told

NUMBERS = st.lists(st.integers(0, len(ALPHABET) - 1), min_size=6, max_size=6)


def test_a_code_is_six_signs_and_one_that_checks_them():
    assert sticker_code([0, 1, 2, 3, 4, 5]) == "234567A"
    assert sticker_told("234567A") == "234-567A"


@pytest.mark.parametrize(
    "typed", ["234567A", "234-567a", " 234 567 a ", "https://hezhang.example/s/234567A", "/s/234567A/"]
)
def test_a_code_is_read_however_it_is_typed_or_scanned(typed):
    assert sticker_read(typed) == "234567A"


@pytest.mark.parametrize("typed", ["", "234567B", "234567", "234567AA", "2345I7A", "341721000001"])
def test_what_is_no_code_is_none(typed):
    assert sticker_read(typed) is None


@given(numbers=NUMBERS, place=st.integers(0, 6), other=st.sampled_from(ALPHABET))
def test_one_wrong_sign_is_seen(numbers, place, other):
    code = sticker_code(numbers)
    wrong = code[:place] + other + code[place + 1 :]
    assert sticker_read(wrong) == (code if wrong == code else None)


@given(numbers=NUMBERS, place=st.integers(0, 5))
def test_two_neighbours_exchanged_are_seen(numbers, place):
    code = sticker_code(numbers)
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert sticker_read(wrong) == (code if wrong == code else None)


def test_numbers_that_are_no_signs_are_refused():
    with pytest.raises(ValueError, match="numbers from 0 to"):
        sticker_code([0, 1, 2])
