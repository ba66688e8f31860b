"""Working days: weekdays, less the days off by order, plus the weekends worked to make up for them 调休."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

__all__ = ["WorkingCalendar"]

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days are worked. ``years`` are those whose order on holidays is known; in others weekdays count.

    The State Council orders each year's holidays in the autumn before, so a deadline far ahead may move.
    """

    days_off: frozenset[date] = frozenset()  # weekdays that are off
    days_worked: frozenset[date] = frozenset()  # weekends that are worked
    years: frozenset[int] = frozenset()

    def is_working(self, day: date) -> bool:
        """Whether offices work on that day."""
        if day.weekday() >= _SATURDAY:
            return day in self.days_worked
        return day not in self.days_off

    def is_known(self, day: date) -> bool:
        """Whether the order on holidays of that day's year is known."""
        return day.year in self.years

    def after(self, day: date, working_days: int) -> date:
        """The ``working_days``-th working day after ``day``; 0 gives ``day`` or the next one that is worked.

        The day itself does not count (民法典 art. 201): 3 working days from Friday end on Wednesday. A
        negative number counts back. ValueError beyond 10,000 days.
        """
        if abs(working_days) > 10_000:
            raise ValueError(f"{working_days} working days are too many")
        step = -_DAY if working_days < 0 else _DAY
        at, left = day, abs(working_days)
        while left:
            at += step
            left -= self.is_working(at)
        while not self.is_working(at):
            at += step
        return at

    def count(self, since: date, until: date) -> int:
        """Working days from ``since`` to the day before ``until``; 0 when that is no span."""
        return sum(1 for _day in self.between(since, until))

    def between(self, since: date, until: date) -> Iterator[date]:
        """The working days from ``since`` to the day before ``until``, in order."""
        day = since
        while day < until:
            if self.is_working(day):
                yield day
            day += _DAY
