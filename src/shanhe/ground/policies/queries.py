"""Reads about policies. They are public rules, so they take no scope.

Which of several policies holds: the nearest division wins (the area's own before the township's before the
county's … before everywhere), then one made for the kind of area, then one made for the level, then the one
whose validity began last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from shanhe.ground.divisions.models import Division
from shanhe.ground.policies.models import Holiday, Policy
from shanhe.kernel.codes import ancestors
from shanhe.kernel.periods import WorkingCalendar

__all__ = ["PolicyBook", "policies_of", "policy_for", "working_day_calendar"]


class PolicyBook:
    """All policies of some keys in memory, to be asked for whole populations: one query, made at once."""

    def __init__(self, rows: Iterable[Policy]) -> None:
        self._rows: dict[tuple[str, str | None], list[Policy]] = defaultdict(list)
        for row in rows:
            self._rows[row.key, row.division_id].append(row)

    @classmethod
    def load(cls, *keys: str) -> PolicyBook:
        """The policies of ``keys``, of all days and places."""
        return cls(Policy.objects.filter(key__in=keys).order_by("pk"))

    def find(self, key: str, division_code: str, kind: str, level: str, on: date) -> Policy | None:
        """The policy that holds; None where nobody has set one. ``kind`` and ``level`` may be ""."""
        for code in (*reversed(ancestors(division_code)), None):
            holding = [row for row in self._rows.get((key, code), ()) if _holds(row, kind, level, on)]
            if holding:
                return max(holding, key=_nearness)
        return None

    def value(
        self, key: str, division_code: str, kind: str, level: str, on: date, default: Any = None
    ) -> Any:
        """The value of the policy that holds, or ``default``."""
        found = self.find(key, division_code, kind, level, on)
        return default if found is None else found.value


def _holds(row: Policy, kind: str, level: str, on: date) -> bool:
    return (
        row.kind in ("", kind)
        and row.level in ("", level)
        and row.since <= on
        and (row.until is None or on < row.until)
    )


def _nearness(row: Policy) -> tuple[bool, bool, date]:
    return bool(row.kind), bool(row.level), row.since


def policy_for(key: str, division_code: str, kind: str = "", level: str = "", *, on: date) -> Policy | None:
    """The one policy that holds at a place on a day, None where nobody has set one. One query."""
    return PolicyBook(
        Policy.objects.filter(
            Q(division=None) | Q(division__in=ancestors(division_code)),
            Q(until=None) | Q(until__gt=on),
            key=key,
            since__lte=on,
        ).order_by("pk")
    ).find(key, division_code, kind, level, on)


def policies_of(division: Division | None, *, on: date | None = None) -> QuerySet[Policy]:
    """What a division (None: the rule for everywhere) has set itself, for the page where it is edited."""
    rows = Policy.objects.filter(division=division).order_by("key", "kind", "level", "-since")
    if on is not None:
        rows = rows.filter(Q(until=None) | Q(until__gt=on), since__lte=on)
    return rows


def working_day_calendar(division: Division | None, years: Sequence[int]) -> WorkingCalendar:
    """Working days of a place in some years: the national order, and over it the days of the place itself.

    The nearest division wins. ``years`` of the calendar are those whose national order is loaded. One query.
    """
    if not years:
        return WorkingCalendar()
    path: list[str | None] = [None, *(ancestors(division.code) if division else ())]
    rows = Holiday.objects.filter(
        Q(division=None) | Q(division__in=path[1:]),
        day__gte=date(min(years), 1, 1),
        day__lte=date(max(years), 12, 31),
    )
    kinds: dict[date, bool] = {}
    for row in sorted(rows, key=lambda row: path.index(row.division_id)):
        kinds[row.day] = row.is_working
    return WorkingCalendar(
        days_off=frozenset(day for day, is_working in kinds.items() if not is_working),
        days_worked=frozenset(day for day, is_working in kinds.items() if is_working),
        years=frozenset(row.day.year for row in rows if row.division_id is None),
    )
