"""When areas were last visited, against the days that policies ask for: whole maps and lists at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Case, F, FloatField, Q, QuerySet, Value, When
from django.utils import timezone

from shanhe.ground.people.scope import Scope
from shanhe.ground.policies.models import Policy
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.queries import valid_on
from shanhe.kernel.codes import level_rank, subtree

__all__ = ["AreaState", "State", "area_states", "unvisited"]


class State(StrEnum):
    """How an area stands with its visits (design.md §7: one colour, icon and word each)."""

    MET = "met"
    AT_RISK = "at_risk"  # three quarters of the days are gone
    OVERDUE = "overdue"
    NEVER = "never"  # nobody has walked it so that it counts
    FREE = "free"  # no policy asks for visits


UNVISITED_DAYS = "patrol.unvisited_days"
AT_RISK_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class AreaState:
    """An area's visits on a day: what the map colours. Days only, never hours."""

    area_id: int
    state: State
    counted_on: date | None  # last walked so that it counts
    any_on: date | None  # last walked at all
    outcome: str  # of the latest verdict, "" without one
    asked_days: float | None  # the policy's days


def area_states(scope: Scope, area_ids: Iterable[int], day: date) -> dict[int, AreaState]:
    """How the areas stand that the scope sees of ``area_ids``; two queries, whatever their number."""
    asked = AskedDays.on(day)
    rows = (
        Area.objects.filter(scope.seen.areas(), pk__in=list(area_ids))
        .annotate(asked=asked.expression)
        .values_list("pk", "asked", "last_visit__counted_at", "last_visit__any_at", "last_visit__outcome")
    )
    return {row[0]: _state(*row, day=day) for row in rows}


def unvisited(scope: Scope, day: date) -> QuerySet[Area]:
    """Areas the scope supervises whose last counted visit is longer ago than their policy's days, or never
    was.

    The longest unvisited come first; ``asked`` holds the policy's days, ``counted_at`` the last visit. Areas
    that no policy asks visits for are left out. Two queries, whatever their number.
    """
    asked = AskedDays.on(day)
    rows = (
        Area.objects.filter(scope.supervised.areas(), valid_on(day))
        .annotate(asked=asked.expression, counted_at=F("last_visit__counted_at"))
        .select_related("division")
    )
    late = Q(pk__in=())
    for days in asked.distinct:
        since = _midnight(day) - timedelta(days=days - 1)
        late |= Q(asked=days) & (Q(counted_at__isnull=True) | Q(counted_at__lt=since))
    return rows.filter(late).order_by(F("counted_at").asc(nulls_first=True), "code")


@dataclass(frozen=True, slots=True)
class AskedDays:
    """The policy ``patrol.unvisited_days`` as an expression over Area: the same answer as PolicyBook, in
    SQL.
    """

    expression: Any
    distinct: Sequence[float]

    @classmethod
    def on(cls, day: date) -> AskedDays:
        """The days asked for on a day. One query."""
        in_force = Policy.objects.filter(
            Q(until__isnull=True) | Q(until__gt=day), key=UNVISITED_DAYS, since__lte=day
        ).select_related("division")
        ranked = sorted(in_force, key=_nearness, reverse=True)
        whens = [When(_applies(row), then=Value(float(row.value))) for row in ranked]
        expression = Case(*whens, default=None, output_field=FloatField()) if whens else _nothing()
        return cls(expression, sorted({float(row.value) for row in ranked}))


def _nothing() -> Value:
    return Value(None, output_field=FloatField())


def _nearness(row: Policy) -> tuple[int, bool, bool, date]:
    depth = -1 if row.division is None else level_rank(row.division.level)
    return depth, bool(row.kind), bool(row.level), row.since


def _applies(row: Policy) -> Q:
    """The areas a policy is for; always a condition, for SQL knows no empty one."""
    found = Q(pk__isnull=False)
    if row.division is not None:
        low, high = subtree(row.division.code, row.division.level)
        found &= Q(division_id__gte=low, division_id__lte=high)
    if row.kind:
        found &= Q(kind=row.kind)
    return found & Q(level=row.level) if row.level else found


def _state(
    area_id: int,
    asked: float | None,
    counted_at: datetime | None,
    any_at: datetime | None,
    outcome: str | None,
    *,
    day: date,
) -> AreaState:
    counted_on, any_on = _day_of(counted_at), _day_of(any_at)
    return AreaState(area_id, _standing(asked, counted_on, day), counted_on, any_on, outcome or "", asked)


def _standing(asked: float | None, counted_on: date | None, day: date) -> State:
    if asked is None:
        return State.FREE
    if counted_on is None:
        return State.NEVER
    ago = (day - counted_on).days
    if ago >= asked:
        return State.OVERDUE
    return State.AT_RISK if ago >= AT_RISK_SHARE * asked else State.MET


def _day_of(moment: datetime | None) -> date | None:
    return None if moment is None else timezone.localtime(moment, timezone.get_default_timezone()).date()


def _midnight(day: date) -> datetime:
    """The beginning of a day in the office's zone."""
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())
