"""How the areas stand place by place, one level below what they have in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet
from django.db.models.functions import Substr
from django.urls import reverse
from django.utils.http import urlencode

from shanhe.evidence.patrols.queries import State
from shanhe.evidence.patrols.queries.standings import standing_counts_by
from shanhe.ground.divisions.queries import division_paths
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.responsibility import without_keeper
from shanhe.kernel.codes import DIGITS

__all__ = ["PlaceBelow", "places_standing"]

LATE = f"{State.OVERDUE},{State.NEVER}"


@dataclass(frozen=True, slots=True)
class PlaceBelow:
    """One place with the areas in it."""

    code: str
    name: str
    areas: int
    late: int
    at_risk: int
    vacant: int
    only_level: (
        str  # the level of the areas when they belong to the place itself, not to those below; else ""
    )

    @property
    def areas_url(self) -> str:
        """The list of its areas."""
        return self._address("areas")

    @property
    def late_url(self) -> str:
        """The list of those not visited in time."""
        return self._address("areas", state=LATE)

    @property
    def vacant_url(self) -> str:
        """The list of those without a keeper."""
        return self._address("gaps")

    def _address(self, name: str, **more: str) -> str:
        chosen = {"division": self.code, **({"level": self.only_level} if self.only_level else {}), **more}
        return f"{reverse(name)}?{urlencode(chosen)}"


def places_standing(areas: QuerySet[Area], day: date) -> list[PlaceBelow]:
    """The places of the first level at which the areas lie in several, by code; none if there is no such.

    Five queries, whatever the number of areas and places.
    """
    level = _level_apart(areas)
    if not level:
        return []
    place = Substr("division_id", 1, DIGITS[level])
    counts = standing_counts_by(areas, place, day)
    vacant = dict(
        without_keeper(areas, day).order_by().annotate(place=place).values_list("place").annotate(Count("pk"))
    )
    paths = division_paths(begin.ljust(12, "0") for begin in counts)
    return [
        PlaceBelow(
            code=division.code,
            name=division.name,
            areas=sum(counts[begin].values()),
            late=counts[begin][State.OVERDUE] + counts[begin][State.NEVER],
            at_risk=counts[begin][State.AT_RISK],
            vacant=vacant.get(begin, 0),
            only_level="" if division.level == level else division.level,
        )
        for begin in sorted(counts)
        for division in paths[begin.ljust(12, "0")][-1:]
    ]


def _level_apart(areas: QuerySet[Area]) -> str:
    """The highest level whose digits differ among the areas' divisions; "" when all lie in one."""
    found = areas.order_by().aggregate(
        **{level: Count(Substr("division_id", 1, digits), distinct=True) for level, digits in DIGITS.items()}
    )
    return next((level for level in DIGITS if found[level] > 1), "")
