"""Which policy holds: the nearest division, then kind, then level, then the latest beginning."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shanhe.ground.policies.models import Policy
from shanhe.ground.policies.queries import PolicyBook, policies_of, policy_for
from shanhe.ground.policies.services import policy_end, policy_set
from shanhe.kernel.codes import ancestors

VILLAGE = "341721102201"
TODAY = date(2026, 3, 2)
KEY = "patrol.unvisited_days"

rows = st.builds(
    Policy,
    pk=st.integers(1, 10**9),
    key=st.just(KEY),
    division_id=st.sampled_from([None, *ancestors(VILLAGE), "341722000000", "650000000000"]),
    kind=st.sampled_from(["", "reach", "forest-unit"]),
    level=st.sampled_from(["", "village", "county"]),
    since=st.dates(date(2025, 1, 1), date(2027, 1, 1)),
    until=st.none() | st.dates(date(2027, 1, 2), date(2028, 1, 1)),
    value=st.integers(1, 100),
)
books = st.lists(rows, max_size=30)
days = st.dates(date(2024, 6, 1), date(2028, 6, 1))


def found(policies: list[Policy], day: date, kind: str = "reach", level: str = "village") -> Policy | None:
    return PolicyBook(policies).find(KEY, VILLAGE, kind, level, day)


@given(books, days)
def test_what_is_found_holds_there_that_day_for_that_kind_and_level(policies, day):
    row = found(policies, day)
    if row is not None:
        assert row.division_id is None or row.division_id in ancestors(VILLAGE)
        assert row.kind in ("", "reach")
        assert row.level in ("", "village")
        assert row.since <= day
        assert row.until is None or day < row.until


@given(books, days)
def test_nothing_that_holds_is_nearer_than_what_is_found(policies, day):
    path = [None, *ancestors(VILLAGE)]

    def rank(row: Policy) -> tuple:
        return path.index(row.division_id), row.kind != "", row.level != "", row.since

    holding = [
        row
        for row in policies
        if row.division_id in path
        and row.kind in ("", "reach")
        and row.level in ("", "village")
        and row.since <= day
        and (row.until is None or day < row.until)
    ]
    row = found(policies, day)
    assert (row is None) == (not holding)
    if row is not None:
        assert rank(row) == max(map(rank, holding))


@given(books, rows, days)
def test_a_rule_of_another_place_changes_nothing(policies, other, day):
    other.division_id = "653100000000"
    assert found([*policies, other], day) is found(policies, day)


@given(books, days)
def test_an_earlier_row_never_hides_one_that_began_later(policies, day):
    newest = Policy(key=KEY, division_id=VILLAGE, kind="reach", level="village", since=day, value=1)
    assert found([*policies, newest], day) is newest or any(
        (row.division_id, row.kind, row.level, row.since) == (VILLAGE, "reach", "village", day)
        for row in policies
    )


def set_(make, value: int, **fields: object) -> Policy:
    fields = {"since": date(2025, 1, 1), "source": "test"} | fields
    return policy_set(key=KEY, value=value, by=None, at=make.now, **fields)


def holds(make, day: date = TODAY, kind: str = "reach", level: str = "village") -> int | None:
    row = policy_for(KEY, VILLAGE, kind, level, on=day)
    book = PolicyBook.load(KEY)
    assert book.value(KEY, VILLAGE, kind, level, day) == (row and row.value)
    return row and row.value


def test_the_county_overrides_the_nation_and_the_town_the_county(make):
    assert holds(make) is None
    set_(make, 60)
    set_(make, 30, division=make.dongzhi)
    assert holds(make) == 30
    set_(make, 10, division=make.dadukou)
    assert holds(make) == 10
    set_(make, 5, division=make.shitai)
    assert holds(make) == 10


def test_within_a_division_the_kind_comes_before_the_level(make):
    set_(make, 30)
    set_(make, 20, level="village")
    assert holds(make) == 20
    set_(make, 10, kind="reach")
    assert holds(make) == 10
    assert holds(make, kind="forest-unit") == 20
    assert holds(make, kind="forest-unit", level="county") == 30


def test_a_general_rule_of_the_county_beats_a_special_one_of_the_nation(make):
    set_(make, 10, kind="reach", level="village")
    set_(make, 30, division=make.dongzhi)
    assert holds(make) == 30


def test_a_later_rule_takes_over_on_its_first_day_and_the_earlier_one_stays_on_record(make):
    set_(make, 30)
    set_(make, 20, since=date(2026, 3, 2))
    assert holds(make, date(2026, 3, 1)) == 30
    assert holds(make, date(2026, 3, 2)) == 20
    assert policies_of(None).count() == 2


def test_when_a_temporary_rule_ends_the_earlier_one_holds_again(make):
    set_(make, 30)
    flood = set_(make, 1, since=date(2026, 6, 1))
    policy_end(policy=flood, on=date(2026, 9, 1), by=None, at=make.now)
    assert [holds(make, date(2026, month, 1)) for month in (5, 6, 8, 9)] == [30, 1, 1, 30]


def test_one_question_or_a_thousand_cost_one_query(make, django_assert_num_queries):
    for offset in range(50):
        set_(make, offset + 1, since=date(2025, 1, 1) + timedelta(days=offset))
    with django_assert_num_queries(1):
        policy_for(KEY, VILLAGE, on=TODAY)
    with django_assert_num_queries(1):
        book = PolicyBook.load(KEY)
        for number in range(1000):
            book.find(KEY, f"3417211{number:05}", "reach", "village", TODAY)
