"""How often something is asked for, held against when it was done: "once a week", "22 days a month".

A month's sheet asks for what falls into the month. Days, weeks, 旬, half-months and the month itself are
counted one by one; a quarter, half-year or year is shown with all that was done in it so far.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from shanhe.kernel.periods.spans import Period, Unit, period_of, periods_within
from shanhe.kernel.periods.working import WorkingCalendar

__all__ = ["Asked", "Owed", "State", "asked_in", "asked_read", "owed"]

#: Units that hold several months: asked once in the whole of them.
LONG: frozenset[str] = frozenset({"quarter", "half_year", "year"})

State = str  # "met", "open" (a period still runs), "short", "free" (nothing is asked)


@dataclass(frozen=True, slots=True)
class Asked:
    """``times`` in every ``per``; the rest narrows in which months, on which days, and how it is counted."""

    times: int
    per: str  # a Unit, or "working_day"
    months: frozenset[int] = frozenset()  # none: all
    days: tuple[int, int] = (1, 31)  # of the month, both ends
    min_interval_h: float = 0.0
    per_area: bool = False
    counts_days: bool = False

    @property
    def is_long(self) -> bool:
        """Whether its period holds several months."""
        return self.per in LONG


@dataclass(frozen=True, slots=True)
class Owed:
    """What a holder owed in a month, or in the long period the month lies in, and how much was done."""

    asked: int
    done: int  # of what is asked: more in one period does not make up for another
    counted: int  # all that fits the rule, also beyond what is asked
    state: State
    spans: tuple[Period, ...]

    @property
    def share(self) -> float | None:
        """Done of asked, 0..1; None where nothing is asked."""
        return self.done / self.asked if self.asked else None


def asked_read(value: Mapping[str, Any]) -> Asked:
    """A policy's value (``ground/policies/keys.py``, FREQUENCY); KeyError without ``times`` or ``per``."""
    first, last = value.get("days", (1, 31))
    return Asked(
        times=int(value["times"]),
        per=str(value["per"]),
        months=frozenset(value.get("months", ())),
        days=(int(first), int(last)),
        min_interval_h=float(value.get("min_interval_h", 0.0)),
        per_area=bool(value.get("per_area", False)),
        counts_days=bool(value.get("counts_days", False)),
    )


def asked_in(asked: Asked, month: Period, calendar: WorkingCalendar) -> tuple[Period, ...]:
    """The periods of ``asked`` that the sheet of ``month`` shows.

    A week belongs to the month that holds its Thursday, as in ISO 8601, so each is on one sheet. Of a
    quarter, half-year or year the whole one is given. None outside the months asked for.

    >>> month = period_of("month", date(2026, 10, 1))
    >>> [span.name for span in asked_in(Asked(1, "week"), month, WorkingCalendar())][0]
    '2026-W40'
    """
    if asked.is_long:
        whole = period_of(_unit(asked.per), month.since)
        months = {(whole.since.month - 1 + n) % 12 + 1 for n in range(_months(whole))}
        return (whole,) if not asked.months or asked.months & months else ()
    if asked.months and month.since.month not in asked.months:
        return ()
    if asked.per == "working_day":
        return tuple(period_of("day", day) for day in calendar.between(month.since, month.until))
    return tuple(
        span for span in periods_within(_unit(asked.per), month.since, month.until) if _middle(span) in month
    )


def owed(
    asked: Asked,
    spans: Iterable[Period],
    done_at: Iterable[datetime],
    *,
    held: Callable[[date], bool],
    on: date,
) -> Owed:
    """What was owed in ``spans``, and done by ``done_at`` (local times of what counts), as of the day ``on``.

    ``held`` says of a day whether the holder answered for it: of a period that was held in part, that part is
    owed, rounded to whole times. A period that is not over on ``on`` can still be met.
    """
    spans = tuple(spans)
    fitting = _fitting(asked, sorted(done_at))
    total = done = counted = 0
    is_short = is_open = False
    for span in spans:
        due = _due(asked.times, span, held)
        here = [moment for moment in fitting if moment.date() in span]
        n = len({moment.date() for moment in here}) if asked.counts_days else len(here)
        total, done, counted = total + due, done + min(due, n), counted + n
        if n < due:
            is_open = is_open or on < span.until
            is_short = is_short or on >= span.until
    state = "free" if not total else "short" if is_short else "open" if is_open else "met"
    return Owed(total, done, counted, state, spans)


def _unit(per: str) -> Unit:
    return per  # type: ignore[return-value]  # the policy's words are the kernel's units


def _months(whole: Period) -> int:
    return {"quarter": 3, "half_year": 6, "year": 12}[whole.unit]


def _middle(span: Period) -> date:
    """The day that decides which month a period belongs to: a week's Thursday, else the first."""
    return span.since + timedelta(days=3) if span.unit == "week" else span.since


def _fitting(asked: Asked, moments: list[datetime]) -> list[datetime]:
    """Those in the days and months asked for, and long enough after the one before."""
    kept: list[datetime] = []
    apart = timedelta(hours=asked.min_interval_h)
    for moment in moments:
        if not asked.days[0] <= moment.day <= asked.days[1]:
            continue
        if asked.months and moment.month not in asked.months:
            continue
        if kept and moment - kept[-1] < apart:
            continue
        kept.append(moment)
    return kept


def _due(times: int, span: Period, held: Callable[[date], bool]) -> int:
    days = sum(1 for n in range(span.days) if held(span.since + timedelta(days=n)))
    return int(times * days / span.days + 0.5)
