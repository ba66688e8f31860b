"""How much of an area was walked in a month."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from shanhe.evidence.patrols.models import Outcome
from shanhe.evidence.patrols.queries.patrols import verdicts_of
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.models import Area
from shanhe.kernel.periods import Period, period_of

__all__ = ["MonthWalked", "month_walked"]

HONEST = (Outcome.VALID, Outcome.PARTIAL)
Interval = Sequence[float]  # metres from, to


@dataclass(frozen=True, slots=True)
class MonthWalked:
    """The patrols of one area in one month, as a scope sees them."""

    month: Period
    patrols: int
    counted: int
    coverage: float | None  # 0..1, None without an honest patrol


def month_walked(scope: Scope, area: Area, day: date) -> MonthWalked:
    """The calendar month that ``day`` lies in. One query.

    ``coverage`` is of a reach what all honest patrols covered together; of a forest unit or checkpoints,
    whose covered pieces are not kept, that of the best one.
    """
    month = period_of("month", day)
    begins, ends = month.bounds(timezone.get_default_timezone())
    rows = list(
        verdicts_of(scope)
        .filter(area=area, started_at__gte=begins, started_at__lt=ends)
        .values_list("outcome", "counts", "coverage", "covered", "length_m")
    )
    honest = [row for row in rows if row[0] in HONEST]
    best = max((coverage for _outcome, _counts, coverage, _covered, _length in honest), default=None)
    length_m = max((length for *_rest, covered, length in honest if covered), default=0.0)
    if best is not None and length_m:
        covered = [interval for *_rest, intervals, _length in honest for interval in intervals]
        best = max(best, min(1.0, _joined_m(covered) / length_m))
    return MonthWalked(month, len(rows), sum(1 for row in rows if row[1]), best)


def _joined_m(intervals: Iterable[Interval]) -> float:
    """Metres that the intervals cover together."""
    total, reached = 0.0, 0.0
    for begin, end in sorted((from_m, to_m) for from_m, to_m in intervals):
        total += max(0.0, end - max(begin, reached))
        reached = max(reached, end)
    return total
