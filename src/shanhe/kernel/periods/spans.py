"""Days, ISO weeks, 旬, half-months, months, quarters, half-years and years, as half-open spans of days.

All days are calendar days of the office's zone; ``Period.bounds`` turns them into moments. The periods of one
unit follow each other without gap or overlap, so that every day lies in exactly one.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal, get_args

__all__ = [
    "UNITS",
    "Period",
    "Unit",
    "assessment_year",
    "period_named",
    "period_of",
    "periods_within",
]

#: ``xun`` is 旬: days 1–10, 11–20 and 21 to the month's end.
Unit = Literal["day", "week", "xun", "half_month", "month", "quarter", "half_year", "year"]
UNITS: tuple[Unit, ...] = get_args(Unit)

_DAY = timedelta(days=1)
#: First day of the month → number within the month, of the units that divide one.
_PARTS_OF_MONTH: dict[str, tuple[int, ...]] = {"xun": (1, 11, 21), "half_month": (1, 16)}
_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days from ``since`` to the day before ``until``."""

    since: date
    until: date
    unit: Unit

    @property
    def last(self) -> date:
        """Its last day."""
        return self.until - _DAY

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.until - self.since).days

    @property
    def name(self) -> str:
        """A name that sorts within its unit and is read back by ``period_named``.

        2026-03-02, 2026-W10, 2026-03-X1 (上旬), 2026-03-H2 (second half), 2026-03, 2026-Q1, 2026-H1, 2026.
        """
        year, month = self.since.year, self.since.month
        match self.unit:
            case "day":
                return self.since.isoformat()
            case "week":
                iso = self.since.isocalendar()
                return f"{iso.year:04}-W{iso.week:02}"
            case "xun":
                return f"{year:04}-{month:02}-X{(self.since.day - 1) // 10 + 1}"
            case "half_month":
                return f"{year:04}-{month:02}-H{1 if self.since.day == 1 else 2}"
            case "month":
                return f"{year:04}-{month:02}"
            case "quarter":
                return f"{year:04}-Q{(month - 1) // 3 + 1}"
            case "half_year":
                return f"{year:04}-H{(month - 1) // 6 + 1}"
            case "year":
                return f"{self.last.year:04}"

    def __contains__(self, day: date) -> bool:
        return self.since <= day < self.until

    def next(self) -> Period:
        """The period right after; OverflowError beyond the year 9999."""
        return period_of(self.unit, self.until)

    def previous(self) -> Period:
        """The period right before."""
        return period_of(self.unit, self.since - _DAY)

    def bounds(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """First moment, and first moment no longer in it, by the clocks of ``zone``."""
        return (
            datetime.combine(self.since, time.min, zone),
            datetime.combine(self.until, time.min, zone),
        )


def period_of(unit: Unit, day: date) -> Period:
    """The period of that unit in which ``day`` lies; ValueError on an unknown unit.

    >>> period_of("xun", date(2024, 2, 29)).days
    9
    """
    if unit == "day":
        return Period(day, day + _DAY, unit)
    if unit == "week":
        monday = day - timedelta(days=day.weekday())
        return Period(monday, monday + 7 * _DAY, unit)
    if unit in _PARTS_OF_MONTH:
        return _part_of_month(unit, day)
    if unit in _MONTHS:
        months = _MONTHS[unit]
        first = day.replace(month=(day.month - 1) // months * months + 1, day=1)
        return Period(first, _months_later(first, months), unit)
    raise ValueError(f"no period unit: {unit!r}")


def _part_of_month(unit: Unit, day: date) -> Period:
    begins = _PARTS_OF_MONTH[unit]
    index = max(number for number, first in enumerate(begins) if first <= day.day)
    since = day.replace(day=begins[index])
    if index + 1 < len(begins):
        return Period(since, day.replace(day=begins[index + 1]), unit)
    return Period(since, day.replace(day=monthrange(day.year, day.month)[1]) + _DAY, unit)


def _months_later(first: date, months: int) -> date:
    whole = first.year * 12 + first.month - 1 + months
    return date(whole // 12, whole % 12 + 1, 1)


def assessment_year(year: int, first_month: int = 1) -> Period:
    """The year that is assessed as ``year`` when it begins in another month: it ends in ``year``.

    Many offices assess November to October.

    >>> assessment_year(2026, 11).since
    datetime.date(2025, 11, 1)
    """
    since = date(year if first_month == 1 else year - 1, first_month, 1)
    return Period(since, _months_later(since, 12), "year")


def periods_within(unit: Unit, since: date, until: date) -> Iterator[Period]:
    """The periods that touch the days from ``since`` to the day before ``until``, in order; whole ones."""
    at = since
    while at < until:
        period = period_of(unit, at)
        yield period
        at = period.until


_NAMES: tuple[tuple[re.Pattern[str], Unit], ...] = (
    (re.compile(r"(\d{4})-(\d\d)-(\d\d)"), "day"),
    (re.compile(r"(\d{4})-W(\d\d)"), "week"),
    (re.compile(r"(\d{4})-(\d\d)-X([123])"), "xun"),
    (re.compile(r"(\d{4})-(\d\d)-H([12])"), "half_month"),
    (re.compile(r"(\d{4})-(\d\d)"), "month"),
    (re.compile(r"(\d{4})-Q([1-4])"), "quarter"),
    (re.compile(r"(\d{4})-H([12])"), "half_year"),
    (re.compile(r"(\d{4})"), "year"),
)


def period_named(name: str) -> Period:
    """The period that bears this name (``Period.name``); ValueError on anything else."""
    for pattern, unit in _NAMES:
        found = pattern.fullmatch(name)
        if found:
            return period_of(unit, _day_in(unit, *map(int, found.groups())))
    raise ValueError(f"no period is named {name!r}")


def _day_in(unit: Unit, year: int, *numbers: int) -> date:
    match unit:
        case "day":
            return date(year, numbers[0], numbers[1])
        case "week":
            return date.fromisocalendar(year, numbers[0], 1)
        case "xun" | "half_month":
            return date(year, numbers[0], _PARTS_OF_MONTH[unit][numbers[1] - 1])
        case "month":
            return date(year, numbers[0], 1)
        case _:
            return date(year, (numbers[0] - 1) * _MONTHS[unit] + 1 if numbers else 1, 1)
