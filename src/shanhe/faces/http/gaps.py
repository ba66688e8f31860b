"""The list of areas without a keeper as every web face shows it: its filters."""

from __future__ import annotations

from shanhe.faces.http.areas import AREA_FILTERS
from shanhe.faces.http.filters import Filters

__all__ = ["GAP_FILTERS"]

GAP_FILTERS = Filters(
    *(
        each
        for each in AREA_FILTERS.filters
        if each.name in {"division", "kind", "level", "water", "q", "day"}
    )
)
