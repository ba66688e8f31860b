"""The filter by division as people use it: a list of their own ground and what lies below, not a code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.filters import Filter, Unfit
from shanhe.ground.divisions.models import Division
from shanhe.ground.divisions.queries import division_with
from shanhe.ground.people.scope import Ground, Scope
from shanhe.ground.registry.places import places_below, roots_of
from shanhe.kernel.codes import DIGITS, is_code, level_rank, subtree
from shanhe.kernel.errors import gettext_noop

__all__ = ["division_filter", "division_options"]

MOST = 600  # options in one list


def division_filter(
    scope: Scope, params: Mapping[str, str], *, column: str = "division_id", name: str = "division"
) -> Filter:
    """Rows in a division or below it, chosen from the ground seen: two levels below its top, one where that
    were too many.

    ``column`` holds the division's code. A link may ask for a division further down; then it is in the list.
    """

    def apply(rows: QuerySet[Any], ends: tuple[str, str]) -> QuerySet[Any]:
        return rows.filter(**{f"{column}__gte": ends[0], f"{column}__lte": ends[1]})

    options = division_options(scope.seen, params.get(name, ""))
    return Filter(name, _("Division"), code_range, apply, "choice", lambda: options)


def code_range(given: str) -> tuple[str, str]:
    """First and last code of a division's subtree, the code with or without its filling zeros."""
    code = given.ljust(12, "0")
    if not is_code(code):
        raise Unfit(gettext_noop("Must be a division's code of up to 12 digits."))
    level = next(level for level, digits in DIGITS.items() if set(code[digits:]) <= {"0"})
    return subtree(code, level)


def division_options(ground: Ground, chosen: str = "") -> list[tuple[str, str]]:
    """(code, name) of the ground's divisions for a list, lower ones indented. Three queries at most."""
    roots = roots_of(ground)
    places = places_below(roots, 2)
    if len(places) > MOST:
        places = places_below(roots, 1)
    top = min((level_rank(place.level) for place in places), default=0)
    options = [(place.code, _indented(place, top)) for place in places]
    if chosen and chosen not in {code for code, _name in options}:
        further = division_with(chosen)
        options += [(further.code, further.name)] if further else []
    return options


def _indented(place: Division, top: int) -> str:
    return "\u3000" * (level_rank(place.level) - top) + place.name
