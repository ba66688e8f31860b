"""What is asked for in a month, and what was done of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanhe.kernel.periods import Asked, WorkingCalendar, asked_in, asked_read, owed, period_of

OCTOBER = period_of("month", date(2026, 10, 1))  # Thursday the 1st to Saturday the 31st
NOVEMBER = date(2026, 11, 24)
WEEKDAYS = WorkingCalendar()


def at(month, day, hour):
    return datetime(2026, month, day, hour, tzinfo=ZoneInfo("Asia/Shanghai"))


def always(day):
    return True


def stand(asked, *days, month=OCTOBER, held=always, on=NOVEMBER):
    moments = [day if isinstance(day, datetime) else at(10, day, 9) for day in days]
    return owed(asked, asked_in(asked, month, WEEKDAYS), moments, held=held, on=on)


@pytest.mark.parametrize(
    ("per", "periods"),
    [
        ("day", 31),
        ("working_day", 22),
        ("week", 5),
        ("xun", 3),
        ("half_month", 2),
        ("month", 1),
        ("quarter", 1),
    ],
)
def test_a_month_holds_so_many_periods(per, periods):
    assert len(asked_in(Asked(1, per), OCTOBER, WEEKDAYS)) == periods


def test_holidays_are_no_working_days():
    national_day = WorkingCalendar(days_off=frozenset(date(2026, 10, n) for n in (1, 2, 5, 6, 7)))
    assert len(asked_in(Asked(1, "working_day"), OCTOBER, national_day)) == 17


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)))
def test_every_week_is_on_the_sheet_of_one_month(day):
    week = period_of("week", day)
    months = {period_of("month", edge) for edge in (week.since, week.last)}
    assert sum(week in asked_in(Asked(1, "week"), month, WEEKDAYS) for month in months) == 1


def test_once_a_week_is_met_by_one_in_every_week():
    stands = stand(Asked(1, "week"), 1, 5, 13, 25, 31)
    assert (stands.asked, stands.done, stands.state) == (5, 5, "met")


def test_five_in_one_week_do_not_make_up_for_the_others():
    stands = stand(Asked(1, "week"), 5, 6, 7, 8, 9)
    assert (stands.asked, stands.done, stands.counted, stands.state) == (5, 1, 5, "short")
    assert stands.share == 0.2


def test_a_week_counts_whole_also_its_days_in_the_month_before():
    stands = stand(Asked(1, "week"), at(9, 28, 9), 5, 12, 19, 26)
    assert stands.state == "met"


def test_what_is_not_over_yet_may_still_be_done():
    assert stand(Asked(1, "week"), 1, 5, on=date(2026, 10, 12)).state == "open"
    assert stand(Asked(1, "week"), 5, on=date(2026, 10, 12)).state == "short"
    assert stand(Asked(2, "month"), 5, on=date(2026, 10, 31)).state == "open"
    assert stand(Asked(2, "month"), 5, on=date(2026, 11, 1)).state == "short"


def test_a_quarter_is_asked_for_once_and_counts_from_its_beginning():
    rule = Asked(1, "quarter")
    before = at(10, 5, 9)
    month = period_of("month", date(2026, 11, 1))
    assert stand(rule, before, month=month).state == "met"
    assert stand(rule, at(9, 30, 9), month=month).state == "open"


def test_months_that_are_not_asked_for_ask_nothing():
    summer = Asked(1, "month", months=frozenset({6, 7, 8}))
    assert (stand(summer, 5).state, stand(summer, 5).asked, stand(summer, 5).share) == ("free", 0, None)
    assert asked_in(Asked(1, "quarter", months=frozenset({3})), OCTOBER, WEEKDAYS) == ()
    assert len(asked_in(Asked(1, "quarter", months=frozenset({12})), OCTOBER, WEEKDAYS)) == 1


def test_days_are_counted_once_where_days_are_asked_for():
    twice_on_the_fifth = (at(10, 5, 9), at(10, 5, 16), 6)
    assert stand(Asked(3, "month", counts_days=True), *twice_on_the_fifth).done == 2
    assert stand(Asked(3, "month"), *twice_on_the_fifth).done == 3


def test_only_the_window_of_days_counts():
    assert stand(Asked(1, "month", days=(1, 10)), 11).state == "short"
    assert stand(Asked(1, "month", days=(1, 10)), 10).state == "met"


def test_too_soon_after_the_last_one_does_not_count():
    rule = Asked(2, "month", min_interval_h=96)
    assert stand(rule, 5, 8).done == 1
    assert stand(rule, 5, 9).done == 2


def test_who_held_half_the_month_owes_half():
    rangers = Asked(22, "month", counts_days=True)
    assert stand(rangers, held=lambda day: day.day > 16).asked == 11  # 15 of 31 days: 10.6
    assert stand(Asked(1, "week"), held=lambda day: day >= date(2026, 10, 26)).asked == 1
    assert stand(Asked(1, "month"), held=lambda day: False).state == "free"


def test_a_policy_s_value_is_read_with_its_defaults():
    assert asked_read({"times": 1, "per": "week"}) == Asked(1, "week")
    full = {
        "times": 2,
        "per": "xun",
        "months": [3, 4],
        "days": [1, 10],
        "min_interval_h": 96,
        "per_area": True,
    }
    read = asked_read({**full, "counts_days": True, "substitutes": ["drone"]})
    assert read == Asked(2, "xun", frozenset({3, 4}), (1, 10), 96.0, True, True)


@given(
    st.lists(st.integers(0, 60), max_size=40),
    st.integers(1, 9),
    st.sampled_from(["day", "week", "xun", "month"]),
)
def test_more_is_never_worse_and_done_never_exceeds_asked(days, times, per):
    moments = [at(9, 15, 9) + timedelta(days=n) for n in days]
    rule = Asked(times, per)
    fewer, more = stand(rule, *moments[:-1]), stand(rule, *moments)
    assert fewer.done <= more.done <= more.asked == fewer.asked
