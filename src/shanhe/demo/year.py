"""Days pass: outings come in one after another, people leave and come; all by the services, at its time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from django.utils import timezone

from shanhe.demo.keepers import Keeper
from shanhe.demo.producing import Arrival
from shanhe.evidence.patrols.services import Submission, TrackMemory, patrols_submit
from shanhe.ground import clock
from shanhe.ground.people.scope import Actor

__all__ = ["Happening", "days_pass"]

VIA = "demo"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something else that happens on a day, in the morning: an appointment ends, another begins."""

    on: date
    do: Callable[[Actor, datetime], object]


def days_pass(
    arrivals: Iterable[Arrival],
    keepers: Sequence[Keeper],
    happenings: Iterable[Happening],
    *,
    by: Actor,
    until: datetime,
    beside: Executor | None = None,
    tell: Callable[[int], object] = lambda _patrols: None,
) -> int:
    """Take in what arrives before ``until``, a transaction a day; gives how many patrols came in.

    ``beside`` verifies in other processes. ``tell`` hears how many more were taken in.
    """
    actors = {
        keeper.number: Actor(user_id=keeper.user_id, person_id=keeper.person_id, via=VIA)
        for keeper in keepers
    }
    waiting = sorted(happenings, key=lambda happening: happening.on)
    memory = TrackMemory()
    total = 0
    for day, batch in _by_day(arrivals, until):
        while waiting and waiting[0].on <= day:
            _happen(waiting.pop(0), by)
        with clock.moved_to(batch[-1].at):
            found = patrols_submit(
                submissions=[
                    Submission(sent=arrival.sent, by=actors[arrival.keeper], at=arrival.at)
                    for arrival in batch
                ],
                memory=memory,
                beside=beside,
            )
        total += sum(is_new for _patrol, is_new in found)
        tell(len(batch))
    for happening in waiting:
        _happen(happening, by)
    return total


def _happen(happening: Happening, by: Actor) -> None:
    morning = timezone.make_aware(datetime.combine(happening.on, time(0, 5)))
    with clock.moved_to(morning):
        happening.do(by, morning)


def _by_day(arrivals: Iterable[Arrival], until: datetime) -> Iterator[tuple[date, list[Arrival]]]:
    """Arrivals by the day they come in, in the order in which they do; those after ``until`` are left out."""
    heap: list[tuple[datetime, int, Arrival]] = []
    for day, begun in groupby(enumerate(arrivals), key=lambda item: _day(item[1].sent.started_at)):
        for number, arrival in begun:
            heapq.heappush(heap, (arrival.at, number, arrival))
        yield from _out(heap, timezone.make_aware(datetime.combine(day + timedelta(days=1), time())), until)
    yield from _out(heap, until, until)


def _out(
    heap: list[tuple[datetime, int, Arrival]], before: datetime, until: datetime
) -> Iterator[tuple[date, list[Arrival]]]:
    """What has arrived before that moment: nothing that begins later can come in earlier."""
    due: list[Arrival] = []
    while heap and heap[0][0] < min(before, until):
        due.append(heapq.heappop(heap)[2])
    for day, batch in groupby(due, key=lambda arrival: _day(arrival.at)):
        yield day, list(batch)


def _day(moment: datetime) -> date:
    return timezone.localtime(moment, timezone.get_default_timezone()).date()
