"""How long a verdict may be contested, and by when the contest must be decided: policy ``patrol.contest``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shanhe.ground.policies.queries import policy_for, working_day_calendar
from shanhe.ground.registry.models import Area
from shanhe.kernel.periods import WorkingCalendar

__all__ = ["FILE_DAYS", "Terms", "terms_of"]

#: Where no policy says otherwise: three weeks to look at a verdict, two to decide.
FILE_DAYS, DECIDE_DAYS = 15, 10


@dataclass(frozen=True, slots=True)
class Terms:
    """The working days of one place."""

    file_days: int
    decide_days: int
    calendar: WorkingCalendar

    def file_until(self, judged_on: date) -> date:
        """The last day on which a verdict of that day may be contested."""
        return self.calendar.after(judged_on, self.file_days)

    def decide_until(self, filed_on: date) -> date:
        """The last day for a decision on a contest of that day."""
        return self.calendar.after(filed_on, self.decide_days)


def terms_of(area: Area, on: date) -> Terms:
    """The terms that hold in an area (with its division) on a day. Two queries."""
    found = policy_for("patrol.contest", area.division_id, area.kind, area.level, on=on)
    value = found.value if found else {}
    return Terms(
        value.get("file_days", FILE_DAYS),
        value.get("decide_days", DECIDE_DAYS),
        working_day_calendar(area.division, (on.year - 1, on.year, on.year + 1)),
    )
