"""How areas stand with their visits, as a column of the database: for filters, counts, orders over many."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DateTimeField,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
    Value,
    When,
)
from django.utils import timezone

from shanhe.evidence.patrols.queries.visits import AT_RISK_SHARE, AskedDays, State
from shanhe.ground.registry.models import Area

__all__ = ["standing_counts", "standing_counts_by", "with_standing"]


def with_standing(areas: QuerySet[Area], day: date) -> QuerySet[Area]:
    """The areas, each with ``asked`` (the policy's days), ``counted_at`` (the last visit that counts),
    ``due_at`` (until when the next one is in time) and ``standing`` (a State), the same as ``area_states``
    says. One query for the policies, now.
    """
    asked = AskedDays.on(day)
    return areas.annotate(asked=asked.expression, counted_at=F("last_visit__counted_at")).annotate(
        standing=_standing(asked.distinct, day), due_at=_due(asked.distinct)
    )


def standing_counts(areas: QuerySet[Area], day: date) -> dict[State, int]:
    """How many of the areas stand how; states without areas count 0. Two queries."""
    standing: Any = with_standing(areas, day).order_by()
    found = {State(state): n for state, n in standing.values_list("standing").annotate(Count("pk"))}
    return {state: found.get(state, 0) for state in State}


def standing_counts_by(areas: QuerySet[Area], group: Any, day: date) -> dict[Any, dict[State, int]]:
    """The same for each value of ``group`` (an expression or a column's name), in two queries."""
    rows = (
        with_standing(areas, day)
        .annotate(grouped_by=F(group) if isinstance(group, str) else group)
        .order_by()
        .values_list("grouped_by", "standing")
        .annotate(Count("pk"))
    )
    counts: dict[Any, dict[State, int]] = {}
    for value, standing, number in rows:
        counts.setdefault(value, dict.fromkeys(State, 0))[State(standing)] = number
    return counts


def _standing(distinct: Iterable[float], day: date) -> Case:
    """Days that are asked for are few; for each, the moment before which a visit is too long ago."""
    late, soon = Q(pk__in=()), Q(pk__in=())
    for asked in distinct:
        late |= Q(asked=asked, counted_at__lt=_before(day, asked))
        soon |= Q(asked=asked, counted_at__lt=_before(day, AT_RISK_SHARE * asked))
    return Case(
        When(asked=None, then=Value(State.FREE.value)),
        When(counted_at=None, then=Value(State.NEVER.value)),
        When(late, then=Value(State.OVERDUE.value)),
        When(soon, then=Value(State.AT_RISK.value)),
        default=Value(State.MET.value),
        output_field=CharField(),
    )


def _due(distinct: Iterable[float]) -> Case:
    """Days are added one policy at a time, for no database adds a column of days to one of moments alike.

    Never a bare NULL, even without policies: PostgreSQL orders by no constant.
    """
    added = (
        When(asked=asked, then=ExpressionWrapper(F("counted_at") + timedelta(days=asked), DateTimeField()))
        for asked in distinct
    )
    unvisited = When(counted_at=None, then=F("counted_at"))
    return Case(unvisited, *added, default=None, output_field=DateTimeField())


def _before(day: date, days: float) -> datetime:
    """Visits before this moment were ``days`` or more days ago, counted in the office's zone."""
    last = day - timedelta(days=math.ceil(days) - 1)
    return datetime(last.year, last.month, last.day, tzinfo=timezone.get_default_timezone())
