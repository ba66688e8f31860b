"""Periods: every day lies in exactly one of each unit, and a name leads back to its period."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanhe.kernel.periods import (
    UNITS,
    Period,
    assessment_year,
    period_named,
    period_of,
    periods_within,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
days = st.dates(date(1990, 1, 1), date(2099, 12, 31))
units = st.sampled_from(UNITS)


@given(units, days)
def test_a_day_lies_in_its_period_and_in_no_neighbour(unit, day):
    period = period_of(unit, day)
    assert day in period
    assert day not in period.next()
    assert day not in period.previous()


@given(units, days)
def test_periods_follow_without_gap_or_overlap(unit, day):
    period = period_of(unit, day)
    assert period.next().since == period.until
    assert period.previous().until == period.since
    assert period.next().previous() == period


@given(units, days)
def test_all_days_of_a_period_have_that_period(unit, day):
    period = period_of(unit, day)
    assert period_of(unit, period.since) == period_of(unit, period.last) == period


@given(units, days)
def test_a_name_leads_back_to_its_period(unit, day):
    period = period_of(unit, day)
    assert period_named(period.name) == period


@given(units, days, st.integers(1, 400))
def test_names_sort_as_their_periods_do(unit, day, later):
    earlier, after = period_of(unit, day), period_of(unit, day + timedelta(days=later))
    assert (earlier.name < after.name) == (earlier < after)


@given(units, days, st.integers(0, 800))
def test_the_periods_within_a_span_cover_it(unit, since, length):
    until = since + timedelta(days=length)
    found = list(periods_within(unit, since, until))
    assert bool(found) == (length > 0)
    if found:
        assert found[0].since <= since < found[0].until
        assert found[-1].since < until <= found[-1].until
        assert all(a.until == b.since for a, b in pairwise(found))


@pytest.mark.parametrize(
    ("unit", "day", "since", "last", "name"),
    [
        ("day", "2026-03-02", "2026-03-02", "2026-03-02", "2026-03-02"),
        ("week", "2026-03-08", "2026-03-02", "2026-03-08", "2026-W10"),
        ("week", "2027-01-01", "2026-12-28", "2027-01-03", "2026-W53"),
        ("xun", "2026-03-10", "2026-03-01", "2026-03-10", "2026-03-X1"),
        ("xun", "2026-03-11", "2026-03-11", "2026-03-20", "2026-03-X2"),
        ("xun", "2026-03-31", "2026-03-21", "2026-03-31", "2026-03-X3"),
        ("xun", "2026-02-28", "2026-02-21", "2026-02-28", "2026-02-X3"),
        ("half_month", "2026-02-15", "2026-02-01", "2026-02-15", "2026-02-H1"),
        ("half_month", "2024-02-16", "2024-02-16", "2024-02-29", "2024-02-H2"),
        ("month", "2024-02-29", "2024-02-01", "2024-02-29", "2024-02"),
        ("quarter", "2026-12-31", "2026-10-01", "2026-12-31", "2026-Q4"),
        ("half_year", "2026-06-30", "2026-01-01", "2026-06-30", "2026-H1"),
        ("year", "2026-06-30", "2026-01-01", "2026-12-31", "2026"),
    ],
)
def test_the_calendar_of_offices(unit, day, since, last, name):
    period = period_of(unit, date.fromisoformat(day))
    assert (period.since.isoformat(), period.last.isoformat(), period.name) == (since, last, name)


@given(st.integers(1990, 2099), st.integers(1, 12))
def test_an_assessment_year_has_twelve_months_and_ends_in_its_year(year, first_month):
    period = assessment_year(year, first_month)
    assert period.last.year == year
    assert period.name == str(year)
    assert period.days in (365, 366)


def test_a_period_begins_at_midnight_in_the_office_not_in_greenwich():
    since, until = period_of("day", date(2026, 3, 2)).bounds(SHANGHAI)
    assert since.isoformat() == "2026-03-02T00:00:00+08:00"
    assert (until - since) == timedelta(days=1)


@pytest.mark.parametrize(
    "name", ["", "2026-W54", "2026-13", "2026-02-30", "2026-02-X4", "2026-Q5", "26", "x"]
)
def test_what_names_no_period_is_refused(name):
    with pytest.raises(ValueError, match=r"."):
        period_named(name)


def test_an_unknown_unit_is_a_mistake():
    with pytest.raises(ValueError, match="fortnight"):
        period_of("fortnight", date(2026, 1, 1))


def test_a_period_is_a_value():
    assert Period(date(2026, 1, 1), date(2026, 2, 1), "month") == period_of("month", date(2026, 1, 9))
