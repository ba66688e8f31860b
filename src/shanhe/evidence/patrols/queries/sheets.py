"""Monthly sheets 巡河台账, 巡林台账: who patrolled when, with what verdict, against what was asked for.

A sheet is of one person or one area in one calendar month of the office's zone, for one of the two systems; a
summary is of a division. All figures are of what the scope sees: a superior of one town reads that town's
part of somebody who walks in two.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from shanhe.evidence.patrols.models import LogItem, Verdict
from shanhe.evidence.patrols.numbers import CHECKLIST
from shanhe.evidence.patrols.queries.duties import (
    Duty,
    appointments_in_month,
    duties_of,
    kept_through,
    kind_of,
    parts_in,
)
from shanhe.evidence.patrols.queries.patrols import verdicts_of
from shanhe.ground.divisions.models import Division
from shanhe.ground.people.models import Appointment, Person
from shanhe.ground.people.scope import Ground, Scope
from shanhe.ground.policies.models import Policy
from shanhe.ground.policies.queries import PolicyBook
from shanhe.ground.registry.models import Area, AreaWithin
from shanhe.kernel.codes import ancestors, subtree
from shanhe.kernel.periods import Period

__all__ = [
    "AreaMonth",
    "Figures",
    "PersonMonth",
    "Problem",
    "Row",
    "area_months",
    "areas_with_sheets",
    "outings_by_division",
    "people_with_sheets",
    "person_months",
    "rows_of_area",
    "rows_of_person",
    "sheet_area",
    "sheet_person",
]

AT_ONCE = 400  # people or areas whose figures are worked out together


@dataclass(frozen=True, slots=True)
class Problem:
    """A point of the checklist that was found not in order, in the words of the place."""

    zh: str
    en: str
    note: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a sheet: one outing in one area."""

    verdict: Verdict  # with patrol, its people, and area
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class Figures:
    """A month in numbers. An outing that served two areas is one outing, with its time and way once."""

    outings: int = 0
    counted: int = 0
    days: int = 0  # on which there was an outing
    metres: float = 0.0
    seconds: float = 0.0
    problems: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)  # verdicts, by outcome

    def add(self, other: Figures) -> None:
        """Take another one's figures in."""
        self.outings += other.outings
        self.counted += other.counted
        self.days += other.days
        self.metres += other.metres
        self.seconds += other.seconds
        self.problems += other.problems
        self.outcomes += other.outcomes


@dataclass(frozen=True, slots=True)
class PersonMonth:
    """One person's month: posts held, what they owed, what was done."""

    person: Person
    appointments: tuple[Appointment, ...]
    areas: frozenset[int]  # of their own level, kept at some time of the month
    duties: tuple[Duty, ...]
    figures: Figures

    @property
    def asked(self) -> int:
        """All that was asked for, under all rules."""
        return sum(duty.owed.asked for duty in self.duties)

    @property
    def done(self) -> int:
        """What of it was done."""
        return sum(duty.owed.done for duty in self.duties)

    @property
    def state(self) -> str:
        """The worst of the duties: "short", "open", "met"; "free" where nothing is asked."""
        states = {duty.owed.state for duty in self.duties}
        return next((state for state in ("short", "open", "met") if state in states), "free")


@dataclass(frozen=True, slots=True)
class AreaMonth:
    """One area's month: who keeps it, and what was done there."""

    area: Area
    keepers: tuple[PersonMonth, ...]  # with the duties that hold this area
    figures: Figures


def people_with_sheets(
    scope: Scope, month: Period, system: str, division: Division | None = None
) -> QuerySet[Person]:
    """People the scope may see sheets of: holders of posts that patrol, and who has patrolled in the month.

    Everybody has their own. Ordered for paging by ``("division", "name", "pk")``.
    """
    within = None if division is None else parts_in(_ground_of(division))
    held = appointments_in_month(scope, month, system, within=within).order_by()
    there = Ground(everything=True) if division is None else _ground_of(division)
    walked = _in_month(Verdict.objects.filter(is_current=True), month, system).filter(there.areas("area__"))
    own = Q(pk=scope.person_id) & Q(Exists(walked.filter(person=OuterRef("pk"))))
    return Person.objects.filter(
        Q(pk__in=held.values("person_id")) | _walkers(scope, walked) | own
    ).select_related("division", "organization")


def _walkers(scope: Scope, walked: QuerySet[Verdict]) -> Q:
    """People of outings in the ground supervised: found from its areas; in all the world one by one."""
    if scope.supervised.everything:
        return Q(Exists(walked.filter(person=OuterRef("pk"))))
    return Q(pk__in=walked.filter(scope.supervised.areas("area__")).values("person_id"))


def sheet_person(scope: Scope, pk: int, month: Period, system: str) -> Person | None:
    """The person of a sheet; None when the scope has no sheet of theirs, as if there were nobody.

    Oneself always has a sheet, empty or not.
    """
    if pk == scope.person_id:
        return Person.objects.filter(pk=pk).select_related("division", "organization").first()
    return people_with_sheets(scope, month, system).filter(pk=pk).first()


def areas_with_sheets(
    scope: Scope, month: Period, system: str, division: Division | None = None
) -> QuerySet[Area]:
    """Areas of the system that the scope supervises and that were valid in the month, by code."""
    rows = Area.objects.filter(
        scope.supervised.areas(),
        Q(since=None) | Q(since__lt=month.until),
        Q(until=None) | Q(until__gt=month.since),
        kind=kind_of(system),
    )
    if division is not None:
        rows = rows.filter(_ground_of(division).areas())
    return rows.select_related("division", "reach__water", "forest_unit")


def sheet_area(scope: Scope, code: str) -> Area | None:
    """The area of a sheet; None outside of what the scope supervises, as if there were none."""
    rows = Area.objects.filter(scope.supervised.areas(), code=code)
    return rows.select_related("division", "reach__water", "forest_unit").first()


def person_months(
    scope: Scope,
    people: Iterable[Person],
    month: Period,
    system: str,
    on: date,
    *,
    division: Division | None = None,
) -> Iterator[PersonMonth]:
    """The months of some people, in their order; as many queries for ``AT_ONCE`` of them as for one.

    ``on`` is the day as of which they stand. ``division``: only what was held and walked there and below.
    """
    waiting = list(people)
    ground = Ground(everything=True) if division is None else _ground_of(division)
    for start in range(0, len(waiting), AT_ONCE):
        yield from _person_months(scope, waiting[start : start + AT_ONCE], month, system, on, ground)


def _person_months(
    scope: Scope, people: Sequence[Person], month: Period, system: str, on: date, ground: Ground
) -> Iterator[PersonMonth]:
    ids = [person.pk for person in people]
    within = None if ground.everything else parts_in(ground)
    held = list(
        appointments_in_month(scope, month, system, within=within)
        .filter(person__in=ids)
        .order_by("post__rank", "since", "pk")
    )
    areas: dict[int, set[int]] = defaultdict(set)
    person_of = {each.pk: each.person_id for each in held}
    for kept in kept_through(person_of, month, kind_of(system)):
        areas[person_of[kept.appointment_id]].add(kept.area_id)
    duties = duties_of(scope, held, month, kind_of(system), on)
    walked = _verdicts(scope, month, system).filter(ground.areas("area__"), person__in=ids)
    figures = _figures(walked, "person_id")
    for person in people:
        own = tuple(each for each in held if each.person_id == person.pk)
        yield PersonMonth(
            person,
            own,
            frozenset(areas[person.pk]),
            tuple(duty for each in own for duty in duties.get(each.pk, ())),
            figures.get(person.pk, Figures()),
        )


def area_months(
    scope: Scope, areas: Iterable[Area], month: Period, system: str, on: date
) -> Iterator[AreaMonth]:
    """The months of some areas, in their order; as many queries for ``AT_ONCE`` of them as for one."""
    waiting = list(areas)
    for start in range(0, len(waiting), AT_ONCE):
        yield from _area_months(scope, waiting[start : start + AT_ONCE], month, system, on)


def _area_months(
    scope: Scope, areas: Sequence[Area], month: Period, system: str, on: date
) -> Iterator[AreaMonth]:
    ids = {area.pk for area in areas}
    held = list(
        appointments_in_month(scope, month, system, within=_parts_above(areas)).order_by(
            "post__rank", "since", "pk"
        )
    )
    keepers: dict[int, list[Appointment]] = defaultdict(list)
    by_id = {each.pk: each for each in held}
    for kept in kept_through(by_id, month, kind_of(system)):
        if kept.area_id in ids:
            keepers[kept.area_id].append(by_id[kept.appointment_id])
    wanted = {each.pk: each for found in keepers.values() for each in found}
    duties = duties_of(scope, list(wanted.values()), month, kind_of(system), on)
    figures = _figures(_verdicts(scope, month, system).filter(area__in=ids), "area_id")
    for area in areas:
        yield AreaMonth(
            area,
            tuple(_keeper(each, area, duties) for each in _by_rank(keepers[area.pk])),
            figures.get(area.pk, Figures()),
        )


def _by_rank(held: Iterable[Appointment]) -> list[Appointment]:
    return sorted(held, key=lambda each: (each.post.rank, each.since, each.pk))


def _keeper(appointment: Appointment, area: Area, duties: Mapping[int, Sequence[Duty]]) -> PersonMonth:
    """The keeper with the duties that this area is part of."""
    of_area = tuple(duty for duty in duties.get(appointment.pk, ()) if area.pk in duty.area_ids)
    return PersonMonth(appointment.person, (appointment,), frozenset({area.pk}), of_area, Figures())


def _ground_of(division: Division) -> Ground:
    return Ground(ranges=(subtree(division.code, division.level),))


def _parts_above(areas: Sequence[Area]) -> Q:
    """Parts of remits that hold one of the areas: it, what it is nested in, divisions at or above its own."""
    codes = {code for area in areas for code in ancestors(area.division_id)}
    nests = AreaWithin.objects.filter(area__in=[area.pk for area in areas]).values("ancestor_id")
    return Q(division_id__in=sorted(codes)) | Q(area_id__in=nests)


def _verdicts(scope: Scope, month: Period, system: str) -> QuerySet[Verdict]:
    return _in_month(verdicts_of(scope), month, system)


def _in_month(verdicts: QuerySet[Verdict], month: Period, system: str) -> QuerySet[Verdict]:
    begins, ends = month.bounds(timezone.get_default_timezone())
    return verdicts.filter(area__kind=kind_of(system), started_at__gte=begins, started_at__lt=ends)


def _figures(verdicts: QuerySet[Verdict], group: str) -> dict[int, Figures]:
    """The figures of each value of ``group`` (a column). Two queries."""
    zone = timezone.get_default_timezone()
    columns = (group, "patrol_id", "started_at", "outcome", "counts", "distance_m", "duration_s")
    found: dict[int, Figures] = defaultdict(Figures)
    outings: dict[int, dict[int, tuple[bool, float, float]]] = defaultdict(dict)
    days: dict[int, set[date]] = defaultdict(set)
    for key, patrol, started_at, outcome, counts, metres, seconds in verdicts.order_by().values_list(
        *columns
    ):
        found[key].outcomes[outcome] += 1
        days[key].add(timezone.localtime(started_at, zone).date())
        before = outings[key].get(patrol, (False, 0.0, 0.0))
        outings[key][patrol] = (before[0] or counts, max(before[1], metres), max(before[2], seconds))
    problems = Counter(
        LogItem.objects.filter(ok=False, patrol__in=verdicts.order_by().values("patrol_id")).values_list(
            "patrol_id", flat=True
        )
    )
    for key, walked in outings.items():
        figures = found[key]
        figures.outings, figures.days = len(walked), len(days[key])
        figures.counted = sum(counts for counts, _metres, _seconds in walked.values())
        figures.metres = sum(metres for _counts, metres, _seconds in walked.values())
        figures.seconds = sum(seconds for _counts, _metres, seconds in walked.values())
        figures.problems = sum(problems[patrol] for patrol in walked)
    return dict(found)


def rows_of_person(scope: Scope, person: Person, month: Period, system: str) -> list[Row]:
    """The lines of a person's sheet, in the order of time. Four queries."""
    return _rows(_verdicts(scope, month, system).filter(person=person), month)


def rows_of_area(scope: Scope, area: Area, month: Period) -> list[Row]:
    """The lines of an area's sheet, in the order of time. Four queries."""
    system = "river" if area.kind == Area.Kind.REACH else "forest"
    return _rows(_verdicts(scope, month, system).filter(area=area), month)


def _rows(verdicts: QuerySet[Verdict], month: Period) -> list[Row]:
    bad = LogItem.objects.filter(ok=False).order_by("position")
    rows = list(
        verdicts.select_related("patrol__person", "patrol__on_behalf_of", "person", "area__division")
        .prefetch_related(Prefetch("patrol__log", queryset=bad, to_attr="bad_items"), "patrol__company")
        .order_by("started_at", "pk")
    )
    book = PolicyBook(
        Policy.objects.filter(
            Q(until=None) | Q(until__gt=month.since), key=CHECKLIST, since__lte=month.last
        ).order_by("pk")
    )
    return [
        Row(row, tuple(_problem(item, row, book, month) for item in _bad_items(row.patrol))) for row in rows
    ]


def _bad_items(patrol: Any) -> list[LogItem]:
    """What the prefetch above has put there."""
    found: list[LogItem] = patrol.bad_items
    return found


def _problem(item: LogItem, row: Verdict, book: PolicyBook, month: Period) -> Problem:
    area = row.area
    value: Any = book.value(CHECKLIST, area.division_id, area.kind, area.level, month.last, {})
    named = next((each for each in value.get("items", ()) if each["key"] == item.item), None)
    words = named or {"zh": item.item, "en": item.item}
    return Problem(words["zh"], words["en"], item.note)


def outings_by_division(scope: Scope, month: Period, system: str) -> dict[str, tuple[int, int]]:
    """Division of the areas supervised → verdicts of the month, and those that count. One query."""
    there = Verdict.objects.filter(scope.supervised.areas("area__"), is_current=True)
    rows = _in_month(there, month, system).order_by().values_list("area__division_id")
    counted = Count("pk", filter=Q(counts=True))
    return {code: (every, good) for code, every, good in rows.annotate(every=Count("pk"), good=counted)}
