"""The whole demonstration: places, people, and what happened in the year before today."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
import shapely
from django.db import DatabaseError
from django.utils import timezone

from shanhe.demo.changing import changes_happen, signed_by_both
from shanhe.demo.contesting import contests_happen
from shanhe.demo.habits import Plan, Story, last_of_each, plans_of
from shanhe.demo.keepers import Keeper
from shanhe.demo.loading import places_and_people_load
from shanhe.demo.outings import Ground
from shanhe.demo.producing import Cast, produced, produced_beside
from shanhe.demo.registering import Leaving
from shanhe.demo.year import Happening, days_pass
from shanhe.evidence.patrols.kerneltask import Task, verify_all
from shanhe.ground import clock
from shanhe.ground.audit.queries import events
from shanhe.ground.people.queries import people_of
from shanhe.ground.people.scope import Actor, system_actor
from shanhe.ground.people.services import appointment_end, handover_make
from shanhe.ground.policies.queries import working_day_calendar
from shanhe.ground.registry.rows import AreaRow
from shanhe.kernel.tracks.types import Track

__all__ = [
    "ALONE",
    "DAYS",
    "SMALL_DAYS",
    "STORIES",
    "WorldLoaded",
    "grounds_of",
    "hands",
    "is_untouched",
    "world_load",
]

DAYS = 365
SMALL_DAYS = 36  # a tenth
SEED = 20_260_101
#: So many outings are made in this process; more are worth a second one.
ALONE = 900
NOTHING = Task(Track(np.empty(0, np.int64), np.empty(0), np.empty(0)), (), ())

STORIES = (
    Story("village-chief", 13, areas=1),
    Story("village-chief", 8, "driven", areas=1, note="下雨，骑车去看了一眼"),
    Story("village-chief", 4, "asleep", areas=1, note="手机中途息屏"),
    Story("village-chief", 1, areas=2),
    Story("ranger", 6),
    Story("ranger", 3, "rested"),
    Story("ranger", 1),
    Story("dadukou-chief", 5),
    Story("kashgar-chief", 9, hour=10.6, areas=1),
)


@dataclass(frozen=True, slots=True)
class WorldLoaded:
    """How much there is."""

    areas: int
    people: int
    patrols: int


def world_load(
    *,
    now: datetime,
    lay_foundation: Callable[[datetime], object],
    is_small: bool = False,
    helpers: int = 0,
    advance: Callable[[float], None] = lambda _parts: None,
) -> WorldLoaded:
    """Load everything as it would have come in, day by day, the last day being that of ``now``.

    ``lay_foundation`` loads divisions, posts and rules as of the moment it is handed. ``is_small`` keeps to
    the last five weeks, and to the last outing in areas that saw none in these. ``helpers`` is how many
    processes may work beside this one. ``advance`` hears of progress in hundredths.
    """
    by = system_actor("demo")
    today = timezone.localtime(now).date()
    first = today - timedelta(days=DAYS)
    begin = timezone.make_aware(datetime.combine(first, time(0, 1)))
    with hands(helpers) as beside:
        with clock.moved_to(begin):
            lay_foundation(begin)
            loaded = places_and_people_load(by=by, at=begin, today=today, tell=lambda: advance(1))
            happenings = [*_happenings(loaded.clerk.leavings), *changes_happen(loaded.clerk)]
        keepers = loaded.clerk.keepers
        plans = _plans(keepers, first + timedelta(days=1), today, is_small=is_small)
        cast = Cast({keeper.number: keeper for keeper in keepers}, grounds_of(loaded.rows), SEED)
        patrols = days_pass(
            (produced_beside if beside and len(plans) > ALONE else produced)(cast, plans),
            keepers,
            happenings,
            by=by,
            until=now,
            beside=beside,
            tell=lambda count: advance(80 * count / len(plans)),
        )
    contests_happen(now=now)
    return WorldLoaded(len(loaded.rows), people_of(by.scope).count(), patrols)


@contextmanager
def hands(helpers: int) -> Iterator[Executor | None]:
    """So many processes that verify beside this one, begun at once; None for none."""
    if not helpers:
        yield None
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=helpers, mp_context=context) as pool:
        for _helper in range(helpers):
            pool.submit(verify_all, NOTHING)  # they load what they need meanwhile
        yield pool


def grounds_of(rows: Iterable[AreaRow]) -> dict[str, Ground]:
    """What is walked of each area, by its code."""
    found: dict[str, Ground] = {}
    for row in rows:
        shape = row.geometry
        is_ring = shape is not None and shape.geom_type != "LineString"
        outline = shapely.get_exterior_ring(shapely.get_geometry(shape, 0)) if is_ring else shape
        found[row.code] = Ground(row.code, is_ring, row.kind != "reach", shapely.get_coordinates(outline))
    return found


def is_untouched() -> bool:
    """Whether nothing was ever done in this database: no event on the ledger, or no tables at all."""
    try:
        return not events().exists()
    except DatabaseError:
        return True


def _plans(keepers: Sequence[Keeper], first: date, last: date, *, is_small: bool) -> list[Plan]:
    plans = plans_of(
        keepers,
        first=first,
        last=last,
        calendar=working_day_calendar(None, [first.year, last.year]),
        seed=SEED,
        stories=STORIES,
    )
    if not is_small:
        return plans
    since = timezone.make_aware(datetime.combine(last - timedelta(days=SMALL_DAYS), time()))
    return list(last_of_each(plans, since))


def _happenings(leavings: Iterable[Leaving]) -> Iterator[Happening]:
    for leaving in leavings:

        def leave(by: Actor, at: datetime, leaving: Leaving = leaving) -> None:
            _leave(leaving, by, at)

        yield Happening(leaving.on, leave)


def _leave(leaving: Leaving, by: Actor, at: datetime) -> None:
    for appointment in leaving.appointments:
        if leaving.successor is None:
            appointment_end(appointment=appointment, on=leaving.on, by=by, at=at, reason=leaving.reason)
            continue
        handover = handover_make(
            outgoing=appointment,
            successor=leaving.successor,
            on=leaving.on,
            basis=appointment.basis,
            reason=leaving.reason,
            by=by,
            at=at,
        )
        signed_by_both(handover, by, at)
