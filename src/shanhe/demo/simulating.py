"""``shanhe simulate``: so many invented village chiefs, each with a sketched reach, and their days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import numpy as np
import shapely
from django.utils import timezone

from shanhe.demo.dadukou import COUNTY
from shanhe.demo.habits import plans_of
from shanhe.demo.keepers import Temper
from shanhe.demo.lines import county_outlines, sketched
from shanhe.demo.names import Invented
from shanhe.demo.outings import Ground
from shanhe.demo.producing import Cast, produced, produced_beside
from shanhe.demo.quirks import FAKES
from shanhe.demo.registering import Clerk
from shanhe.demo.world import ALONE, grounds_of, hands
from shanhe.demo.year import days_pass
from shanhe.ground import clock
from shanhe.ground.audit import ledger
from shanhe.ground.divisions.queries import division_with, divisions_under
from shanhe.ground.people.queries import posts_known
from shanhe.ground.people.scope import Actor
from shanhe.ground.policies.queries import working_day_calendar
from shanhe.ground.registry.queries import areas_of
from shanhe.ground.registry.rows import AreaRow, WaterRow
from shanhe.ground.registry.services import areas_import, waters_import
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["Simulated", "simulate"]

SOURCE = "示意：模拟数据，地点与走向均为虚构"
MOST_CHIEFS, MOST_DAYS = 20_000, 3_660


@dataclass(frozen=True, slots=True)
class Simulated:
    """What was added."""

    chiefs: int
    patrols: int


def simulate(
    *,
    chiefs: int,
    days: int,
    seed: int,
    by: Actor,
    now: datetime,
    helpers: int = 0,
    advance: Callable[[float], object] = lambda _parts: None,
) -> Simulated:
    """Add ``chiefs`` invented village chiefs of Dongzhi with ``days`` days of patrols up to ``now``.

    The same seed, number and day give the same people, reaches and tracks. All of it is marked as simulated.
    ``helpers`` processes may work beside; ``advance`` hears of progress in hundredths. Refusals:
    ``simulate.fields``, ``simulate.known`` (409) for a seed that was simulated here,
    ``simulate.no_divisions`` without the shipped divisions.
    """
    _check(chiefs, days)
    begin = timezone.make_aware(
        datetime.combine(timezone.localtime(now).date() - timedelta(days=days), time(0, 1))
    )
    with clock.moved_to(begin):
        clerk, grounds = _chiefs(chiefs, seed, by, begin, now)
    advance(5)
    today = timezone.localtime(now).date()
    plans = plans_of(
        clerk.keepers,
        first=clerk.day + timedelta(days=1),
        last=today,
        calendar=working_day_calendar(None, sorted({clerk.day.year, today.year})),
        seed=seed,
    )
    cast = Cast({keeper.number: keeper for keeper in clerk.keepers}, grounds, seed)
    with hands(helpers if len(plans) > ALONE else 0) as beside:
        patrols = days_pass(
            (produced_beside if beside else produced)(cast, plans),
            clerk.keepers,
            (),
            by=by,
            until=now,
            beside=beside,
            tell=lambda count: advance(95 * count / len(plans)),
        )
    return Simulated(chiefs, patrols)


def _check(chiefs: int, days: int) -> None:
    faults = {
        "chiefs": "" if 1 <= chiefs <= MOST_CHIEFS else _("Must be from 1 to 20,000."),
        "days": "" if 1 <= days <= MOST_DAYS else _("Must be from 1 to 3,660."),
    }
    found = {name: reason for name, reason in faults.items() if reason}
    if found:
        raise Refusal("simulate.fields", _("This cannot be simulated."), found)


@ledger.atomic
def _chiefs(
    chiefs: int, seed: int, by: Actor, at: datetime, now: datetime
) -> tuple[Clerk, dict[str, Ground]]:
    county = division_with(COUNTY)
    if county is None:
        raise Refusal("simulate.no_divisions", _("The divisions are not loaded: run shanhe init first."))
    divisions = {division.code: division for division in divisions_under(county)}
    rows = _rows(chiefs, seed, [code for code, division in divisions.items() if division.level == "village"])
    known = areas_of(by.scope).filter(code__startswith=f"SIM{seed}-")
    if known.exists():
        raise Refusal(
            "simulate.known",
            _("Seed %(seed)s was simulated here already: choose another, or purge what is simulated."),
            status=409,
            seed=seed,
        )
    waters = [_water(row) for row in rows]
    for report in (waters_import(rows=waters, by=by, at=at), areas_import(rows=rows, by=by, at=at)):
        if report.refused:
            raise AssertionError(f"row {report.refused[0].row}: {report.refused[0].reason}")
    clerk = Clerk(
        by=by,
        at=at,
        day=timezone.localtime(at).date(),
        today=timezone.localtime(now).date(),
        names=Invented(seed),
        divisions=divisions,
        posts={post.code: post for post in posts_known()},
        areas={area.code: area for area in areas_of(by.scope).filter(code__startswith=f"SIM{seed}-")},
    )
    rng = np.random.default_rng([seed, 5])
    for row in rows:
        person = clerk.person(row.division)
        clerk.appoint(person, "river.village.chief", areas=[row.code], basis=SOURCE)
        clerk.keeper(person, "village", [row.code], _temper(rng))
    return clerk, grounds_of(rows)


def _water(row: AreaRow) -> WaterRow:
    return WaterRow(
        number=row.number,
        name=f"模拟渠{row.number}",
        division=row.division,
        kind="canal",
        level="village",
        code=row.water,
        is_simulated=True,
    )


def _rows(chiefs: int, seed: int, villages: Sequence[str]) -> list[AreaRow]:
    """A reach of some two kilometres for each chief, somewhere in the county."""
    rng = np.random.default_rng([seed, 11])
    outline = county_outlines(COUNTY[:6])[COUNTY]
    west, south, east, north = outline.bounds
    rows: list[AreaRow] = []
    while len(rows) < chiefs:
        lon, lat = float(rng.uniform(west, east)), float(rng.uniform(south, north))
        bearing, half = float(rng.uniform(0, np.pi)), float(rng.uniform(0.008, 0.014))
        ends = (
            (lon - half * np.cos(bearing), lat - half * np.sin(bearing)),
            (
                lon + half * np.cos(bearing),
                lat + half * np.sin(bearing),
            ),
        )
        if not outline.contains(shapely.MultiPoint(ends)):
            continue
        number = len(rows) + 1
        course = sketched((ends[0], (lon, lat), ends[1]), step_m=80.0, sway_m=120.0, seed=seed + number)
        rows.append(
            AreaRow(
                number=number,
                kind="reach",
                name=f"模拟渠{number}段",
                division=villages[number * 37 % len(villages)],
                code=f"SIM{seed}-{number:05d}",
                geometry=course.line,
                half_width_m=5.0,
                is_sketch=True,
                source=SOURCE,
                is_simulated=True,
                water=f"SIMW{seed}-{number:05d}",
            )
        )
    return rows


def _temper(rng: np.random.Generator) -> Temper:
    """Most people keep to it, some are slack, some cheat."""
    draw = rng.random()
    if draw < 0.7:
        return Temper(0.95, 0.005)
    return Temper(0.6) if draw < 0.85 else Temper(0.8, 0.2, tuple(FAKES))
