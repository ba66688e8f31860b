"""Periods that duties are counted by, in the office's days, and arithmetic with working days."""

from shanhe.kernel.periods.asked import Asked, Owed, asked_in, asked_read, owed
from shanhe.kernel.periods.spans import (
    UNITS,
    Period,
    Unit,
    assessment_year,
    period_named,
    period_of,
    periods_within,
)
from shanhe.kernel.periods.working import WorkingCalendar

__all__ = [
    "UNITS",
    "Asked",
    "Owed",
    "Period",
    "Unit",
    "WorkingCalendar",
    "asked_in",
    "asked_read",
    "assessment_year",
    "owed",
    "period_named",
    "period_of",
    "periods_within",
]
