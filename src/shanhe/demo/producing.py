"""From plans to what phones send: tracks, checklists, uploads. Pure, so that a second process can do it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import Empty
from typing import Any
from uuid import UUID

import numpy as np

from shanhe.demo.habits import HABITS, Plan
from shanhe.demo.keepers import Keeper
from shanhe.demo.outings import Ground, Outing, Phone, driven, round_of, walked
from shanhe.demo.quirks import FAKES, QUIRKS, replayed
from shanhe.demo.telling import checklist, note
from shanhe.evidence.patrols.sent import PatrolSent, patrol_sent
from shanhe.kernel.geo.projection import Projection

__all__ = ["Arrival", "Cast", "produced", "produced_beside"]

BATCH = 40  # outings handed over at once
AHEAD = 6  # batches made in advance
PATIENCE_S = 2.0  # then it is asked whether the other process still lives
APP = "shanhe-demo"


@dataclass(frozen=True, slots=True)
class Cast:
    """Everything an outing is made from."""

    keepers: Mapping[int, Keeper]
    grounds: Mapping[str, Ground]
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """A patrol that comes in: by whom, when."""

    keeper: int
    at: datetime
    sent: PatrolSent


@dataclass(slots=True)
class _Memory:
    """What was walked before, for those who send it again."""

    phones: dict[int, Phone] = field(default_factory=dict)
    own: dict[int, tuple[Outing, tuple[str, ...]]] = field(default_factory=dict)
    last_on: dict[str, tuple[int, Outing]] = field(default_factory=dict)  # by area: who and what


def produced(cast: Cast, plans: Sequence[Plan]) -> Iterator[Arrival]:
    """What comes of the plans, in their order; an arrival may lie days after its beginning."""
    memory = _Memory()
    for plan in plans:
        yield _arrival(cast, plan, memory)


def produced_beside(cast: Cast, plans: Sequence[Plan]) -> Iterator[Arrival]:
    """The same, made in a process beside this one."""
    context = multiprocessing.get_context("spawn")
    queue: Any = context.Queue(AHEAD)
    process = context.Process(target=_work, args=(cast, plans, queue), daemon=True)
    process.start()
    try:
        while (batch := _next(queue, process)) is not None:
            if isinstance(batch, str):
                raise RuntimeError(f"the outings could not be made: {batch}")
            yield from batch
    finally:
        process.terminate()
        process.join()


def _next(queue: Any, process: Any) -> Any:
    """The next batch; RuntimeError when the process ended without one."""
    while True:
        try:
            return queue.get(timeout=PATIENCE_S)
        except Empty:
            if not process.is_alive() and queue.empty():
                raise RuntimeError("the process that makes the outings has ended") from None


def _work(cast: Cast, plans: Sequence[Plan], queue: Any) -> None:
    try:
        batch: list[Arrival] = []
        for arrival in produced(cast, plans):
            batch.append(arrival)
            if len(batch) == BATCH:
                queue.put(batch)
                batch = []
        queue.put(batch)
        queue.put(None)
    except BaseException as error:
        queue.put(repr(error))
        raise


def _arrival(cast: Cast, plan: Plan, memory: _Memory) -> Arrival:
    rng = np.random.default_rng([cast.seed, plan.keeper, plan.ordinal, 7])
    phone = memory.phones.get(plan.keeper)
    if phone is None:
        phone = Phone.drawn(plan.keeper, np.random.default_rng([cast.seed, plan.keeper, 3]))
        memory.phones[plan.keeper] = phone
    outing, areas = _outing(cast, plan, phone, memory, rng)
    if plan.what not in FAKES:
        memory.own[plan.keeper] = outing, areas
        memory.last_on |= dict.fromkeys(areas, (plan.keeper, outing))
    starts_ms = round(plan.starts.timestamp() * 1000)
    track = outing.track(starts_ms, phone.decimals)
    ended_at = plan.starts + timedelta(seconds=round(outing.lasts_s) + int(rng.integers(2, 40)))
    sent = patrol_sent(
        uuid=UUID(bytes=rng.bytes(16), version=4),
        areas=areas,
        started_at=plan.starts.replace(microsecond=0),
        ended_at=ended_at.replace(microsecond=0),
        track=track,
        log=checklist(not cast.grounds[areas[0]].is_wood, rng),
        is_simulated=True,
        note=plan.note or note(rng),
        mode=outing.mode or "walk",
        device={"id": phone.device_id, "app": APP},
    )
    return Arrival(plan.keeper, ended_at + timedelta(seconds=plan.sent_after_s), sent)


def _outing(
    cast: Cast, plan: Plan, phone: Phone, memory: _Memory, rng: np.random.Generator
) -> tuple[Outing, tuple[str, ...]]:
    """The outing of a plan, and the areas it is sent for."""
    if plan.what == "replayed" and plan.keeper in memory.own:
        before, areas = memory.own[plan.keeper]
        return replayed(before, rng), areas
    other, shared = memory.last_on.get(plan.areas[0], (plan.keeper, None))
    if plan.what == "shared" and shared is not None and other != plan.keeper:
        return shared, plan.areas[:1]
    habit = HABITS[cast.keepers[plan.keeper].role]
    grounds = [cast.grounds[code] for code in plan.areas]
    first = grounds[0]
    plane = Projection.around(first.degrees[:, 0], first.degrees[:, 1])
    line = first.metres(plane)
    if habit.by_car:
        length_m = float(rng.uniform(*habit.length_m))
        stops = int(rng.integers(habit.stops - 1, habit.stops + 2))
        outing = driven(line, plane, phone, rng, length_m=length_m, stops=stops, mps=habit.mps)
    else:
        pace = habit.mps * float(rng.uniform(0.85, 1.15))
        outing = walked(round_of(grounds, plane, rng, whole=plan.is_whole), plane, phone, rng, pace_mps=pace)
    if plan.what in QUIRKS:
        outing = QUIRKS[plan.what](outing, rng)
    elif plan.what in FAKES:
        outing = FAKES[plan.what](outing, line, phone, rng)
    return outing, plan.areas
