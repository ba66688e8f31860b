"""Working days, with days off and weekends worked by order."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanhe.kernel.periods import WorkingCalendar

#: Spring Festival 2026 by order of the State Council: off 15–23 February, worked on 14 and 28 February.
SPRING_2026 = WorkingCalendar(
    days_off=frozenset(date(2026, 2, number) for number in (16, 17, 18, 19, 20, 23)),
    days_worked=frozenset({date(2026, 2, 14), date(2026, 2, 28)}),
    years=frozenset({2026}),
)
days = st.dates(date(2025, 1, 1), date(2027, 12, 31))
calendars = st.builds(
    WorkingCalendar,
    days_off=st.frozensets(days, max_size=40),
    days_worked=st.frozensets(days, max_size=40),
)


@pytest.mark.parametrize(
    ("since", "working_days", "ends"),
    [
        ("2026-03-02", 1, "2026-03-03"),  # Monday → Tuesday
        ("2026-03-06", 3, "2026-03-11"),  # Friday → Wednesday
        ("2026-03-07", 1, "2026-03-09"),  # Saturday → Monday
        ("2026-03-07", 0, "2026-03-09"),
        ("2026-03-06", 0, "2026-03-06"),
        ("2026-02-13", 1, "2026-02-14"),  # a Saturday that is worked
        ("2026-02-14", 1, "2026-02-24"),  # over the festival
        ("2026-02-27", 2, "2026-03-02"),
        ("2026-03-09", -1, "2026-03-06"),
    ],
)
def test_deadlines_in_working_days(since, working_days, ends):
    assert SPRING_2026.after(date.fromisoformat(since), working_days) == date.fromisoformat(ends)


@given(calendars, days, st.integers(1, 30))
def test_a_deadline_is_a_working_day_and_so_many_lie_before(calendar, day, working_days):
    ends = calendar.after(day, working_days)
    assert calendar.is_working(ends)
    assert calendar.count(day + timedelta(days=1), ends + timedelta(days=1)) == working_days


@given(calendars, days, st.integers(1, 30))
def test_counting_back_undoes_counting_on_from_a_working_day(calendar, day, working_days):
    start = calendar.after(day, 0)
    assert calendar.after(calendar.after(start, working_days), -working_days) == start


@given(calendars, days, days)
def test_a_span_is_counted_in_parts(calendar, one, other):
    since, until = sorted((one, other))
    middle = since + (until - since) / 2
    assert calendar.count(since, until) == calendar.count(since, middle) + calendar.count(middle, until)


def test_without_an_order_weekdays_are_worked():
    calendar = WorkingCalendar()
    assert calendar.count(date(2026, 3, 2), date(2026, 3, 9)) == 5
    assert not calendar.is_known(date(2026, 3, 2))


def test_a_span_that_ends_before_it_begins_has_no_days():
    assert SPRING_2026.count(date(2026, 3, 9), date(2026, 3, 2)) == 0


def test_absurd_numbers_are_refused():
    with pytest.raises(ValueError, match="too many"):
        SPRING_2026.after(date(2026, 3, 2), 100_000)
