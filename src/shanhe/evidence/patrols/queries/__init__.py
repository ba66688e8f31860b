"""Reads of patrols: lists and pages, the visits of areas, and what is drawn of one verdict."""

from shanhe.evidence.patrols.queries.drawing import Drawing, drawing_of, series_of
from shanhe.evidence.patrols.queries.patrols import (
    doubts,
    latest_patrols,
    patrol_in,
    patrols_of,
    patrols_with,
    verdicts_of,
    verdicts_to_list,
)
from shanhe.evidence.patrols.queries.visits import AreaState, State, area_states, unvisited

__all__ = [
    "AreaState",
    "Drawing",
    "State",
    "area_states",
    "doubts",
    "drawing_of",
    "latest_patrols",
    "patrol_in",
    "patrols_of",
    "patrols_with",
    "series_of",
    "unvisited",
    "verdicts_of",
    "verdicts_to_list",
]
