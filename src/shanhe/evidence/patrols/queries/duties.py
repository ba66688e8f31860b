"""What keepers owed in a month by the policy of their areas, and what of it was done: many people at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from shanhe.evidence.patrols.queries.patrols import verdicts_of
from shanhe.ground.divisions.models import Division
from shanhe.ground.people.models import Appointment, Leave, Post, RemitPart
from shanhe.ground.people.nesting import nested_ids
from shanhe.ground.people.scope import Ground, Scope
from shanhe.ground.policies.models import Policy
from shanhe.ground.policies.queries import PolicyBook, working_day_calendar
from shanhe.ground.registry.models import Area
from shanhe.kernel.codes import prefix
from shanhe.kernel.periods import Asked, Owed, Period, WorkingCalendar, asked_in, asked_read, owed

__all__ = [
    "WALKERS",
    "Duty",
    "Kept",
    "appointments_in_month",
    "duties_of",
    "kept_through",
    "kind_of",
    "parts_in",
]

FREQUENCY, FREQUENCY_RANGER = "patrol.frequency", "patrol.frequency.ranger"
#: Kinds of posts that are in the field by trade, and have a frequency of their own.
BY_TRADE = frozenset({Post.Kind.RANGER, Post.Kind.PATROLLER})
#: Kinds of posts whose holders patrol.
WALKERS = (
    Post.Kind.GENERAL_CHIEF,
    Post.Kind.DEPUTY_GENERAL_CHIEF,
    Post.Kind.CHIEF,
    Post.Kind.DEPUTY_CHIEF,
    Post.Kind.POLICE,
    Post.Kind.PATROLLER,
    Post.Kind.RANGER,
)
AT_ONCE = 500  # appointments in one query: SQLite takes some thousand parameters


@dataclass(frozen=True, slots=True)
class Kept:
    """An area of their own level that somebody keeps through an appointment."""

    appointment_id: int
    area_id: int
    division_id: str
    level: str


@dataclass(frozen=True, slots=True)
class Duty:
    """What one appointment owed under one policy: for its areas together, or for one of them."""

    appointment: Appointment
    policy: Policy
    asked: Asked
    area_ids: frozenset[int]
    owed: Owed


def appointments_in_month(
    scope: Scope, month: Period, system: str, *, within: Q | None = None
) -> QuerySet[Appointment]:
    """Appointments to posts that patrol, in force on some day of the month, for ground the scope supervises.

    Everybody's own ones come with them. ``within``, a condition on parts of remits, narrows. With person,
    post, remit and unit.
    """
    rows = Appointment.objects.filter(
        Q(until=None) | Q(until__gt=month.since),
        since__lt=month.until,
        cancelled_at=None,
        post__kind__in=WALKERS,
        post__system__in=[system, "both"],
    )
    if not scope.supervised.everything:
        rows = rows.filter(Q(person_id=scope.person_id) | _some_part(parts_in(scope.supervised)))
    if within is not None:
        rows = rows.filter(_some_part(within))
    return rows.select_related("person__division", "post", "remit", "organization")


def parts_in(ground: Ground) -> Q:
    """Parts of remits that lie in a ground."""
    inside = ground.divisions("division_id") | ground.divisions("area__division_id")
    if ground.area_ids:
        inside |= Q(area_id__in=nested_ids(ground.area_ids))
    return inside


def _some_part(condition: Q) -> Q:
    """Found from the parts, of which a place has few, and not from all appointments."""
    return Q(remit__in=RemitPart.objects.filter(condition).values("remit_id"))


_HIGH = (
    "CASE d.level "
    + " ".join(
        f"WHEN '{level}' THEN substr(d.code, 1, {digits}) || '{'9' * (12 - digits)}'"
        for level, digits in (("province", 2), ("prefecture", 4), ("county", 6), ("township", 9))
    )
    + " ELSE d.code END"
)


def kept_through(
    appointment_ids: Iterable[int], month: Period, kind: str, *, area_id: int | None = None
) -> list[Kept]:
    """The areas of one kind and of their own level that appointments of keepers are for, in the month.

    One query for each ``AT_ONCE`` appointments. ``area_id`` narrows to one area.
    """
    ids = sorted(set(appointment_ids))
    found: list[Kept] = []
    for start in range(0, len(ids), AT_ONCE):
        found += _kept(ids[start : start + AT_ONCE], month, kind, area_id)
    return found


def _kept(ids: Sequence[int], month: Period, kind: str, area_id: int | None) -> list[Kept]:
    places = ", ".join(["%s"] * len(ids))
    one = "" if area_id is None else "AND a.id = %s"
    where = (
        f"ap.id IN ({places}) AND p.is_keeper AND p.level = a.level AND a.kind = %s "
        f"AND (a.since IS NULL OR a.since < %s) AND (a.until IS NULL OR a.until > %s) {one}"
    )
    start = (
        "FROM people_appointment ap JOIN people_post p ON p.id = ap.post_id "
        "JOIN people_remitpart rp ON rp.remit_id = ap.remit_id"
    )
    columns = "SELECT ap.id AS appointment_id, a.id AS area_id, a.division_id, a.level"
    nested = (
        f"{columns} {start} JOIN registry_areawithin w ON w.ancestor_id = rp.area_id "
        f"JOIN registry_area a ON a.id = w.area_id WHERE {where}"
    )
    located = (
        f"{columns} {start} JOIN divisions_division d ON d.code = rp.division_id "
        f"JOIN registry_area a ON a.division_id >= d.code AND a.division_id <= {_HIGH} WHERE {where}"
    )
    params: list[Any] = [*ids, kind, month.until.isoformat(), month.since.isoformat()]
    params += [] if area_id is None else [area_id]
    with connection.cursor() as cursor:
        cursor.execute(f"{nested} UNION {located}", params * 2)
        return [Kept(*row) for row in cursor.fetchall()]


def duties_of(
    scope: Scope, appointments: Sequence[Appointment], month: Period, kind: str, on: date
) -> dict[int, list[Duty]]:
    """Appointment → what its holder owed in the month for areas of one kind, as it stands on the day ``on``.

    A constant number of queries for each ``AT_ONCE`` appointments. What counts is what the scope sees of it.
    """
    kept = kept_through((each.pk for each in appointments), month, kind)
    rules = _rules(appointments, kept, kind, month)
    if not rules:
        return {}
    calendars = _calendars(rules, month)
    held = _held(appointments)
    counted = _counted(scope, {rule.appointment.person_id for rule in rules}, kind, _reach(rules, month))
    found: dict[int, list[Duty]] = defaultdict(list)
    for rule in rules:
        calendar = calendars.get(prefix(rule.division_id, "county"), WorkingCalendar())
        moments = counted.moments(rule.appointment.person_id, rule.area_ids)
        if rule.asked.is_long:  # how it stood at the end of the month, not what came after
            moments = [moment for moment in moments if moment.date() < month.until]
        stands = owed(
            rule.asked,
            asked_in(rule.asked, month, calendar),
            moments,
            held=held(rule.appointment),
            on=min(on, month.until) if rule.asked.is_long else on,
        )
        duty = Duty(rule.appointment, rule.policy, rule.asked, rule.area_ids, stands)
        found[rule.appointment.pk].append(duty)
    return found


@dataclass(frozen=True, slots=True)
class _Rule:
    appointment: Appointment
    policy: Policy
    asked: Asked
    area_ids: frozenset[int]
    division_id: str


def _rules(
    appointments: Sequence[Appointment], kept: Iterable[Kept], kind: str, month: Period
) -> list[_Rule]:
    """One for each appointment and policy; for each area where the policy says so."""
    by_id = {each.pk: each for each in appointments}
    book = PolicyBook(
        Policy.objects.filter(
            Q(until=None) | Q(until__gt=month.last),
            key__in=(FREQUENCY, FREQUENCY_RANGER),
            since__lte=month.last,
        ).order_by("pk")
    )
    grouped: dict[tuple[int, int, int], tuple[Policy, set[int], str]] = {}
    for each in kept:
        post = by_id[each.appointment_id].post
        key = FREQUENCY_RANGER if post.kind in BY_TRADE else FREQUENCY
        policy = book.find(key, each.division_id, kind, each.level, month.last)
        if policy is None:
            continue
        alone = each.area_id if policy.value.get("per_area") else 0
        group = grouped.setdefault((each.appointment_id, policy.pk, alone), (policy, set(), each.division_id))
        group[1].add(each.area_id)
    return [
        _Rule(by_id[appointment_id], policy, asked_read(policy.value), frozenset(area_ids), division_id)
        for (appointment_id, _policy, _area), (policy, area_ids, division_id) in sorted(
            grouped.items(), key=lambda item: item[0]
        )
    ]


def _calendars(rules: Iterable[_Rule], month: Period) -> Mapping[str, WorkingCalendar]:
    """County → its working days, where some rule asks for them; two queries for each county."""
    asked = {prefix(rule.division_id, "county") for rule in rules if rule.asked.per == "working_day"}
    found = {}
    for code in sorted(asked):
        county = Division.objects.filter(code=code.ljust(12, "0")).first()
        found[code] = working_day_calendar(county, [month.since.year])
    return found


def _held(appointments: Sequence[Appointment]) -> Callable[[Appointment], Callable[[date], bool]]:
    """Whether an appointment was in force on a day and its holder not on leave. One query."""
    leaves: dict[int, list[tuple[date, date]]] = defaultdict(list)
    away = Leave.objects.filter(appointment__in=[each.pk for each in appointments], cancelled_at=None)
    for appointment_id, since, until in away.values_list("appointment_id", "since", "until"):
        leaves[appointment_id].append((since, until))

    def of(appointment: Appointment) -> Callable[[date], bool]:
        spans = leaves.get(appointment.pk, [])

        def on(day: date) -> bool:
            in_force = appointment.since <= day and (appointment.until is None or day < appointment.until)
            return in_force and not any(since <= day < until for since, until in spans)

        return on

    return of


@dataclass(frozen=True, slots=True)
class _Counted:
    """(person, area) → when they patrolled there so that it counts: outing and local time."""

    by_pair: Mapping[tuple[int, int], Sequence[tuple[int, datetime]]]
    areas_of: Mapping[int, frozenset[int]]

    def moments(self, person_id: int, area_ids: frozenset[int]) -> list[datetime]:
        """Each outing once, also where it served several of the areas."""
        here = self.areas_of.get(person_id, frozenset()) & area_ids
        outings = {patrol: moment for area_id in here for patrol, moment in self.by_pair[person_id, area_id]}
        return list(outings.values())


def _reach(rules: Iterable[_Rule], month: Period) -> tuple[date, date]:
    """The days that evidence is wanted of: the month with the weeks at its edges, or a long period so far."""
    long = (asked_in(rule.asked, month, WorkingCalendar()) for rule in rules if rule.asked.is_long)
    first = min((span.since for spans in long for span in spans), default=month.since)
    week = timedelta(days=6)
    return min(first, month.since - week), month.until + week


def _counted(scope: Scope, people: set[int], kind: str, days: tuple[date, date]) -> _Counted:
    """One query."""
    zone = timezone.get_default_timezone()
    since, until = (datetime(day.year, day.month, day.day, tzinfo=zone) for day in days)
    rows = (
        verdicts_of(scope)
        .filter(person__in=people, area__kind=kind, counts=True, started_at__gte=since, started_at__lt=until)
        .values_list("person_id", "area_id", "patrol_id", "started_at")
    )
    by_pair: dict[tuple[int, int], list[tuple[int, datetime]]] = defaultdict(list)
    areas: dict[int, set[int]] = defaultdict(set)
    for person_id, area_id, patrol_id, started_at in rows:
        by_pair[person_id, area_id].append((patrol_id, timezone.localtime(started_at, zone)))
        areas[person_id].add(area_id)
    return _Counted(by_pair, {person: frozenset(found) for person, found in areas.items()})


def kind_of(system: str) -> str:
    """The kind of areas of a responsibility system: reaches of rivers, units of forests."""
    return Area.Kind.REACH if system == "river" else Area.Kind.FOREST_UNIT
