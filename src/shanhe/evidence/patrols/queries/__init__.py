"""Reads of patrols: lists and pages, and the visits of areas.

What is drawn of one verdict lies in ``drawing``, for that needs the kernel and this is loaded with the app.
"""

from shanhe.evidence.patrols.queries.months import MonthWalked, month_walked
from shanhe.evidence.patrols.queries.patrols import (
    doubts,
    latest_patrols,
    patrol_in,
    patrols_of,
    patrols_with,
    verdicts_of,
    verdicts_of_patrol,
    verdicts_to_list,
)
from shanhe.evidence.patrols.queries.visits import AreaState, State, area_states, unvisited

__all__ = [
    "AreaState",
    "MonthWalked",
    "State",
    "area_states",
    "doubts",
    "latest_patrols",
    "month_walked",
    "patrol_in",
    "patrols_of",
    "patrols_with",
    "unvisited",
    "verdicts_of",
    "verdicts_of_patrol",
    "verdicts_to_list",
]
