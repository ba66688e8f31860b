"""Many patrols at once, for loads and simulations: the checks, verdicts and events of one after another.

The database is asked once for all patrols of a batch, and written to once. What each of them finds there is
what it would have found had those before it been sent alone (``test_batches.py``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from shanhe.evidence.patrols.earlier import prints_of
from shanhe.evidence.patrols.kerneltask import Task, verify_all
from shanhe.evidence.patrols.looking import LookOnce
from shanhe.evidence.patrols.memory import TrackMemory
from shanhe.evidence.patrols.models import LogItem, Outcome, Patrol, Track, TrackPrint, Verdict
from shanhe.evidence.patrols.sent import PatrolSent
from shanhe.evidence.patrols.services.intake import check_same
from shanhe.evidence.patrols.services.overlaps import lock_holders
from shanhe.evidence.patrols.services.readying import (
    Outing,
    Ready,
    check_times,
    make_ready,
    outing_of,
    task_for,
)
from shanhe.evidence.patrols.services.rows import (
    company_rows,
    log_rows,
    patrol_record,
    patrol_row,
    print_rows,
    track_row,
    verdict_rows,
)
from shanhe.evidence.patrols.services.visits import visits_note_all
from shanhe.ground.audit import ledger
from shanhe.ground.people.scope import Actor
from shanhe.kernel.tracks.types import Verification

__all__ = ["Submission", "patrols_submit"]


@dataclass(frozen=True, slots=True, eq=False)
class Submission:
    """One patrol of a batch: what was sent, by whom, received when."""

    sent: PatrolSent
    by: Actor
    at: datetime


@ledger.atomic
def patrols_submit(
    *, submissions: Sequence[Submission], memory: TrackMemory | None = None, beside: Executor | None = None
) -> list[tuple[Patrol, bool]]:
    """Take patrols in, in their order, in one transaction: all of them or, at the first Refusal, none.

    The same as ``patrol_submit`` of each: same Refusals, same rows, one ledger event each. ``memory`` saves a
    long run from reading earlier tracks again; ``beside`` has the kernel work in other processes. The
    database's one writer is held while they are judged, some milliseconds each: meant for a day's patrols,
    not for a year's.
    """
    answers: dict[UUID, tuple[Patrol, bool]] = {}
    new = _new_ones(submissions, answers)
    if new:
        memory = memory or TrackMemory()
        memory.learn(
            {value for one in new for value in prints_of(one.sent.track)},
            {one.sent.device_id for one in new} - {""},
        )
        look = _look(new, memory)
        ready = [_ready(one, look) for one in new]
        patrols = _insert(new, ready)
        tracks = [track_row(one.sent, patrol) for one, patrol in zip(new, patrols, strict=True)]
        answering = [
            _asked(_task(each, patrol, look, memory), beside)
            for each, patrol in zip(ready, patrols, strict=True)
        ]
        Track.objects.bulk_create(tracks)
        _write_lists(new, ready, patrols)
        _write_verdicts(new, ready, patrols, tracks, answering)
        answers |= {patrol.uuid: (patrol, True) for patrol in patrols}
    seen: set[UUID] = set()
    found = []
    for one in submissions:
        patrol, is_new = answers[one.sent.uuid]
        check_same(patrol, one.sent, one.by)
        found.append((patrol, is_new and one.sent.uuid not in seen))
        seen.add(one.sent.uuid)
    return found


def _new_ones(
    submissions: Sequence[Submission], answers: dict[UUID, tuple[Patrol, bool]]
) -> list[Submission]:
    """Those whose uuid is not known; the known ones go into ``answers``."""
    uuids = {one.sent.uuid for one in submissions}
    known = Patrol.objects.filter(uuid__in=uuids).select_related("person", "on_behalf_of")
    answers |= {patrol.uuid: (patrol, False) for patrol in known}
    new: dict[UUID, Submission] = {}
    for one in submissions:
        if one.sent.uuid not in answers:
            new.setdefault(one.sent.uuid, one)
    return list(new.values())


def _look(new: Sequence[Submission], memory: TrackMemory) -> LookOnce:
    codes: dict[date, set[str]] = defaultdict(set)
    for one in new:
        codes[_day(one.sent.started_at)].update(one.sent.areas)
    people = {one.by.person_id for one in new if one.by.person_id is not None}
    return LookOnce(people, dict(codes), memory)


def _day(moment: datetime) -> date:
    return timezone.localtime(moment, timezone.get_default_timezone()).date()


def _ready(one: Submission, look: LookOnce) -> Ready:
    check_times(one.sent, one.at)
    return make_ready(one.sent, one.by, look)


def _insert(new: Sequence[Submission], ready: Sequence[Ready]) -> list[Patrol]:
    """The patrols first: their ids stand in the verdicts on those after them."""
    lock_holders({each.people.holder.pk for each in ready})
    return Patrol.objects.bulk_create(
        patrol_row(
            one.sent,
            each.people,
            outcome=Outcome.VALID,
            is_late=False,
            by=one.by,
            at=one.at,
            joined=None,
        )
        for one, each in zip(new, ready, strict=True)
    )


def _task(each: Ready, patrol: Patrol, look: LookOnce, memory: TrackMemory) -> Task:
    """What the kernel is asked; after that the patrol is an earlier one to those behind it."""
    task = task_for(each, look)
    memory.add(
        patrol.pk,
        each.sent.track,
        person_id=patrol.person_id,
        device_id=patrol.device_id,
        started_at=patrol.started_at,
        ended_at=patrol.ended_at,
    )
    return task


def _asked(task: Task, beside: Executor | None) -> Callable[[], list[Verification]]:
    """Have the kernel begin; gives what waits for its answer. Without helpers it begins when waited for."""
    return partial(verify_all, task) if beside is None else beside.submit(verify_all, task).result


def _write_verdicts(
    new: Sequence[Submission],
    ready: Sequence[Ready],
    patrols: Sequence[Patrol],
    tracks: Sequence[Track],
    answering: Sequence[Callable[[], list[Verification]]],
) -> None:
    """What the kernel's answers make of the patrols, in their order."""
    overlaps = _Overlaps(new, ready, {patrol.pk for patrol in patrols})
    verdicts: list[Verdict] = []
    for one, each, patrol, track, answer in zip(new, ready, patrols, tracks, answering, strict=True):
        own = overlaps.settle(outing_of(each, answer(), one.at), patrol, one.at)
        patrol_record(each.people, patrol, track, own, by=one.by, at=one.at)
        verdicts += own
    _amend(patrols)
    Verdict.objects.bulk_create(verdicts)
    visits_note_all(verdicts)


def _amend(patrols: Sequence[Patrol]) -> None:
    """Write what the verdicts say otherwise than the rows as they went in: valid, in time, alone."""
    others: dict[tuple[str, bool, int | None], list[int]] = defaultdict(list)
    for patrol in patrols:
        others[patrol.outcome, patrol.is_late, patrol.joined_to_id].append(patrol.pk)
    others.pop((Outcome.VALID, False, None), None)
    for (outcome, is_late, joined), ids in others.items():
        Patrol.objects.filter(pk__in=ids).update(outcome=outcome, is_late=is_late, joined_to_id=joined)


def _write_lists(new: Sequence[Submission], ready: Sequence[Ready], patrols: Sequence[Patrol]) -> None:
    pairs = list(zip(new, patrols, strict=True))
    TrackPrint.objects.bulk_create(row for one, patrol in pairs for row in print_rows(one.sent, patrol))
    LogItem.objects.bulk_create(row for one, patrol in pairs for row in log_rows(one.sent, patrol))
    Patrol.company.through.objects.bulk_create(
        row for each, patrol in zip(ready, patrols, strict=True) for row in company_rows(each.people, patrol)
    )


class _Overlaps:
    """Outings at the same time, of before and of this batch: which belong together, which one counts."""

    def __init__(self, new: Sequence[Submission], ready: Sequence[Ready], own: Collection[int]) -> None:
        begin = min(one.sent.started_at for one in new)
        end = max(one.sent.ended_at for one in new)
        walkers = {each.people.walker.pk for each in ready}
        holders = {each.people.holder.pk for each in ready}
        self._walked: dict[int, list[Patrol]] = defaultdict(list)  # by walker, in the order of their ids
        for patrol in self._at_that_time(begin, end).filter(person__in=walkers).order_by("pk"):
            if patrol.pk not in own:
                self._walked[patrol.person_id].append(patrol)
        self._counted: dict[tuple[int, int], list[tuple[datetime, datetime]]] = defaultdict(list)
        rows = Verdict.objects.filter(
            person__in=holders,
            is_current=True,
            counts=True,
            patrol__started_at__lt=end,
            patrol__ended_at__gt=begin,
        )
        times = rows.values_list("person_id", "area_id", "patrol__started_at", "patrol__ended_at")
        for holder_id, area_id, started_at, ended_at in times:
            self._counted[holder_id, area_id].append((started_at, ended_at))

    @staticmethod
    def _at_that_time(begin: datetime, end: datetime) -> QuerySet[Patrol]:
        return Patrol.objects.filter(started_at__lt=end, ended_at__gt=begin)

    def settle(self, outing: Outing, patrol: Patrol, at: datetime) -> list[Verdict]:
        """Put what was judged on the patrol, join it, and give its verdicts."""
        patrol.outcome = Outcome(outing.judged[0].answer.outcome)
        patrol.is_late = outing.is_late
        first = next((each for each in self._walked[patrol.person_id] if _overlap(each, patrol)), None)
        patrol.joined_to_id = None if first is None else first.joined_to_id or first.pk
        self._walked[patrol.person_id].append(patrol)
        holder_id = outing.people.holder.pk
        elsewhere = self._elsewhere(holder_id, (each.case.area.pk for each in outing.judged), patrol)
        verdicts = verdict_rows(outing, patrol, at, elsewhere)
        for row in verdicts:
            if row.counts:
                self._counted[holder_id, row.area_id].append((patrol.started_at, patrol.ended_at))
        return verdicts

    def _elsewhere(self, holder_id: int, area_ids: Iterable[int], patrol: Patrol) -> Collection[int]:
        return {
            area_id
            for area_id in area_ids
            if any(
                started_at < patrol.ended_at and ended_at > patrol.started_at
                for started_at, ended_at in self._counted.get((holder_id, area_id), ())
            )
        }


def _overlap(one: Patrol, other: Patrol) -> bool:
    return one.started_at < other.ended_at and one.ended_at > other.started_at
