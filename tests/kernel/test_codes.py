"""Division codes: subtrees are ranges, ancestors are prefixes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanhe.kernel.codes import LEVELS, ancestors, is_code, level_rank, prefix, subtree

villages = st.integers(100_000_000_000, 999_999_999_999).map(str)


@pytest.mark.parametrize("code", ["341721102201", "650000000000", "100000000000"])
def test_twelve_digits_are_a_code(code):
    assert is_code(code)


@pytest.mark.parametrize(
    "code", ["", "34172110220", "3417211022011", "041721102201", "34172110220a", "３" * 12, " 41721102201"]
)
def test_anything_else_is_none(code):
    assert not is_code(code)


@given(villages, st.sampled_from(LEVELS))
def test_a_subtree_is_the_range_of_codes_with_its_prefix(code, level):
    low, high = subtree(code, level)
    assert low <= code <= high
    assert prefix(low, level) == prefix(high, level) == prefix(code, level)


@given(villages, villages, st.sampled_from(LEVELS))
def test_a_code_with_another_prefix_lies_outside(code, other, level):
    low, high = subtree(code, level)
    assert (low <= other <= high) == (prefix(other, level) == prefix(code, level))


@given(villages)
def test_ancestors_go_down_from_the_province_to_the_code_itself(code):
    path = ancestors(code)
    assert path[0] == code[:2] + "0" * 10
    assert path[-1] == code
    assert path == sorted(set(path))


def test_an_upper_division_has_no_ancestors_below_it():
    assert ancestors("341700000000") == ["340000000000", "341700000000"]


def test_levels_count_from_the_province():
    assert [level_rank(level) for level in LEVELS] == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="not in"):
        level_rank("town")
