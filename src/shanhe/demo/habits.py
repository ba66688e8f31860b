"""Who goes out when: plans drawn from habits, calendar and temper. Pure: the same seed, the same plans."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from shanhe.demo.keepers import Keeper
from shanhe.demo.quirks import FAKES, QUIRKS
from shanhe.kernel.periods import WorkingCalendar

__all__ = ["HABITS", "Habit", "Plan", "Story", "last_of_each", "plans_of"]

CHINA = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Habit:
    """How people of one role go out."""

    every_days: float  # on average
    by_car: bool = False
    length_m: tuple[float, float] = (0.0, 0.0)  # by car: of the piece that is driven
    stops: int = 0
    mps: float = 1.2
    months: tuple[int, ...] = ()  # none: all the year
    summer: float = 1.0  # more often in the flood season, June to August
    winter: float = 1.0  # more often in the fire season, November to April


#: Township chiefs in Kashgar go out from March to December.
WARM = tuple(range(3, 13))
#: Village chiefs weekly and a little more, rangers several times a week, townships monthly, and so on up.
HABITS: Mapping[str, Habit] = {
    "village": Habit(6.0, summer=1.35),
    "ranger": Habit(2.5, winter=1.2),
    "patroller": Habit(3.6, mps=1.3, summer=1.2),
    "township": Habit(22.0, by_car=True, length_m=(3_000, 9_000), stops=3, mps=6.0, summer=1.4),
    "driver": Habit(25.0, by_car=True, length_m=(8_000, 20_000), stops=3, mps=11.0, months=WARM),
    "county": Habit(62.0, by_car=True, length_m=(18_000, 45_000), stops=4, mps=14.0),
    "lake": Habit(62.0, by_car=True, length_m=(12_000, 30_000), stops=4, mps=10.0),
    "prefecture": Habit(110.0, by_car=True, length_m=(40_000, 90_000), stops=5, mps=14.0),
}  # fmt: skip
QUIRK_SHARE = 0.22  # of honest outings
LATE_SHARE = 0.02  # sent some days later: no signal, a broken phone
#: Office hours in Kashgar are two hours later by the clock.
LATER_H = {"driver": 2.0, "county": 2.0, "prefecture": 2.0}


@dataclass(frozen=True, slots=True)
class Plan:
    """One outing to come: who, when, in which areas, what is odd about it."""

    keeper: int
    ordinal: int  # of the keeper's outings
    starts: datetime
    areas: tuple[str, ...]
    what: str = ""  # "": plain; a key of QUIRKS or FAKES, "replayed" or "shared"
    sent_after_s: float = 60.0  # the end
    note: str = ""
    is_whole: bool = False  # nothing of the areas is left out


@dataclass(frozen=True, slots=True)
class Story:
    """An outing that is told on purpose: of an account, so many days before the last one."""

    username: str
    days_ago: int
    what: str = ""
    hour: float = 8.5
    areas: int = 9  # at most so many of the keeper's areas
    note: str = ""


def plans_of(
    keepers: Sequence[Keeper],
    *,
    first: date,
    last: date,
    calendar: WorkingCalendar,
    seed: int,
    stories: Iterable[Story] = (),
) -> list[Plan]:
    """The plans of all keepers between two days, both included, in the order of their beginning."""
    told: dict[str, list[Story]] = {}
    for story in stories:
        told.setdefault(story.username, []).append(story)
    plans: list[Plan] = []
    for keeper in keepers:
        rng = np.random.default_rng([seed, keeper.number])
        days = _days(keeper, first, last, calendar, rng)
        own = told.get(keeper.username, []) if keeper.username else []
        kept = {last - timedelta(days=story.days_ago): story for story in own}
        least = min((day for day in kept), default=last + timedelta(days=1)) - timedelta(days=2)
        days = sorted([*(day for day in days if day < least or not kept), *kept])
        plans += [_plan(keeper, n, day, kept.get(day), rng) for n, day in enumerate(days)]
    return sorted(plans, key=lambda plan: (plan.starts, plan.keeper))


def _days(
    keeper: Keeper, first: date, last: date, calendar: WorkingCalendar, rng: np.random.Generator
) -> list[date]:
    """The days on which somebody goes out: every so often, on working days rather than others."""
    habit, temper = HABITS[keeper.role], keeper.temper
    begin = max(first, keeper.since or first)
    end = min(last, keeper.until - timedelta(days=1)) if keeper.until else last
    early, late = temper.rests
    chosen: set[date] = set()
    at = float(rng.uniform(0, habit.every_days))
    while begin + timedelta(days=int(at)) <= end:
        around = begin + timedelta(days=int(at))
        at += habit.every_days / _season(habit, around) * float(rng.uniform(0.6, 1.4))
        if habit.months and around.month not in habit.months:
            continue
        if rng.random() > temper.diligence:
            continue
        day = _working_day(around, calendar, rng)
        resting = early and late <= (last - day).days <= early
        if begin <= day <= end and not resting:
            chosen.add(day)
    return sorted(chosen)


def _season(habit: Habit, day: date) -> float:
    if day.month in (6, 7, 8):
        return habit.summer
    return habit.winter if day.month in (11, 12, 1, 2, 3, 4) else 1.0


def _working_day(day: date, calendar: WorkingCalendar, rng: np.random.Generator) -> date:
    """The day, or the next working one: most people walk on working days."""
    return day if rng.random() < 0.3 else calendar.after(day, 0)


def _plan(keeper: Keeper, ordinal: int, day: date, story: Story | None, rng: np.random.Generator) -> Plan:
    hour = float(rng.normal(8.4, 0.7) if rng.random() < 0.65 else rng.normal(14.9, 0.7))
    hour += LATER_H.get(keeper.role, 0.0)
    areas, what = _areas(keeper, ordinal, rng), _what(keeper, ordinal, rng)
    delay = float(rng.uniform(5, 240))
    if rng.random() < LATE_SHARE:
        delay = float(rng.uniform(4, 140)) * 3_600
    note = ""
    if story is not None:
        hour, what, delay, note = story.hour, story.what, 40.0, story.note
        areas = keeper.areas[: story.areas]
    starts = datetime.combine(day, time(0), UTC) - CHINA + timedelta(hours=min(max(hour, 5.5), 18.5))
    return Plan(keeper.number, ordinal, starts, areas, what, delay, note, is_whole=story is not None)


def _areas(keeper: Keeper, ordinal: int, rng: np.random.Generator) -> tuple[str, ...]:
    """Which of one's areas: by car one of them in turn; a village chief the water, the wood, or both."""
    if HABITS[keeper.role].by_car:
        return (keeper.areas[ordinal % len(keeper.areas)],)
    if keeper.role == "village":
        draw = rng.random()
        wood = keeper.areas[1:] or keeper.areas
        return keeper.areas[:1] if draw < 0.45 else keeper.areas[:2] if draw < 0.75 else wood
    return keeper.areas


def _what(keeper: Keeper, ordinal: int, rng: np.random.Generator) -> str:
    temper = keeper.temper
    if rng.random() < temper.cheats:
        fakes = temper.fakes or (*FAKES, "replayed")
        fake = str(rng.choice(list(fakes)))
        return fake if ordinal or fake not in ("replayed", "shared") else "stationary"
    if HABITS[keeper.role].by_car:
        return ""
    return str(rng.choice(list(QUIRKS))) if rng.random() < QUIRK_SHARE else ""


def last_of_each(plans: Sequence[Plan], since: datetime) -> Iterator[Plan]:
    """The plans that begin at ``since`` or later, and of areas in none of them the last one before."""
    recent = {code for plan in plans if plan.starts >= since for code in plan.areas}
    latest = {code: plan for plan in plans for code in plan.areas if code not in recent}
    kept = {id(plan) for plan in latest.values()}
    yield from (plan for plan in plans if plan.starts >= since or id(plan) in kept)
