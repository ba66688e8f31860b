"""How areas stand, as the home page and the map show it: one word for visits and keeper together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from shanhe.evidence.patrols.queries import State
from shanhe.evidence.patrols.queries.standings import with_standing
from shanhe.ground.divisions.models import Level
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.responsibility import without_keeper

__all__ = [
    "LOOKS",
    "URGENCY",
    "AreaShown",
    "areas_looking",
    "areas_shown",
    "by_level",
    "codes_by_look",
    "due_words",
    "most_urgent_first",
]

VACANT = "vacant"

#: The look (docs/design/look.md) of each state; an area without a keeper is shown as that, whatever else.
LOOKS: Mapping[str, str] = {
    State.MET: "met",
    State.AT_RISK: "at_risk",
    State.OVERDUE: "overdue",
    State.NEVER: "overdue",
    State.FREE: "excused",
}
#: What needs somebody first.
URGENCY = ("overdue", VACANT, "at_risk", "due", "met", "excused")


@dataclass(frozen=True, slots=True)
class AreaShown:
    """One area as a card, a row or a feature of the map shows it."""

    pk: int
    code: str
    name: str
    kind: str
    level: str
    division_code: str
    division_name: str
    state: str  # a look
    is_vacant: bool
    counted_on: date | None  # last walked so that it counts
    asked_days: float | None

    @property
    def url(self) -> str:
        """The area's page."""
        return reverse("area", args=[self.code])

    @property
    def icon(self) -> str:
        """The icon of its kind."""
        return "river" if self.kind == Area.Kind.REACH else "forest"

    @property
    def level_name(self) -> str:
        """The level in words."""
        return str(Level(self.level).label)

    @property
    def due_on(self) -> date | None:
        """The last day on which the next visit is in time; None when none is asked for or none was made."""
        if self.asked_days is None or self.counted_on is None:
            return None
        return self.counted_on + timedelta(days=int(self.asked_days))

    @property
    def asked_whole_days(self) -> int:
        """The days asked for, to be told; 0 when none are."""
        return round(self.asked_days or 0)

    def days_left(self, day: date) -> int | None:
        """Days until the next visit is due; negative: so many days late; None as for ``due_on``."""
        return None if self.due_on is None else (self.due_on - day).days


def areas_shown(areas: QuerySet[Area], day: date, limit: int | None = None) -> list[AreaShown]:
    """How the first ``limit`` of the areas stand on a day, in their order. Three queries, however many."""
    columns = ("pk", "code", "name", "kind", "level", "division_id", "division__name")
    found = with_standing(areas, day).values_list(*columns, "standing", "counted_at", "asked")
    rows = list(found if limit is None else found[:limit])
    vacant = _vacant(areas, [row[0] for row in rows], day)
    return [_shown(row, row[0] in vacant) for row in rows]


def _vacant(areas: QuerySet[Area], pks: Sequence[int], day: date) -> frozenset[int]:
    if not pks:
        return frozenset()
    rows = without_keeper(areas.filter(pk__in=pks), day).order_by()
    return frozenset(rows.values_list("pk", flat=True))


def _shown(row: tuple[Any, ...], is_vacant: bool) -> AreaShown:
    pk, code, name, kind, level, division_code, division_name, standing, counted_at, asked = row
    return AreaShown(
        pk=pk,
        code=code,
        name=name,
        kind=kind,
        level=level,
        division_code=division_code,
        division_name=division_name,
        state=VACANT if is_vacant else LOOKS[standing],
        is_vacant=is_vacant,
        counted_on=None if counted_at is None else timezone.localtime(counted_at).date(),
        asked_days=asked,
    )


def most_urgent_first(areas: Iterable[AreaShown]) -> list[AreaShown]:
    """What needs somebody first: late ones, those without a keeper, those due soon; within each the longest
    unvisited.
    """
    return sorted(areas, key=lambda each: (URGENCY.index(each.state), each.counted_on or date.min, each.code))


def due_words(days_left: int | None) -> str:
    """How long until the next visit is due, as people say it; "" when none is asked for or none was made."""
    if days_left is None:
        return ""
    if days_left == 0:
        return gettext("due today")
    if days_left < 0:
        return ngettext("%(n)d day late", "%(n)d days late", -days_left) % {"n": -days_left}
    return ngettext("%(n)d day left", "%(n)d days left", days_left) % {"n": days_left}


def areas_looking(areas: QuerySet[Area], looks: Iterable[str], day: date) -> QuerySet[Area]:
    """Those of the areas that have one of the looks on a day. One query for the policies, now."""
    wanted = set(looks)
    vacant = without_keeper(areas, day).order_by().values("pk")
    states = [state.value for state in State if LOOKS[state] in wanted]
    found = Q(standing__in=states) & ~Q(pk__in=vacant)
    if VACANT in wanted:
        found |= Q(pk__in=vacant)
    return with_standing(areas, day).filter(found)


def by_level() -> Case:
    """Orders areas from the province down."""
    whens = [When(level=level, then=Value(rank)) for rank, level in enumerate(Level.values)]
    return Case(*whens, output_field=IntegerField())


def codes_by_look(areas: QuerySet[Area], day: date) -> dict[str, list[str]]:
    """The codes of the areas by how they stand on a day. Three queries, however many: made for a province."""
    vacant = frozenset(without_keeper(areas, day).order_by().values_list("code", flat=True))
    standing_of: Any = with_standing(areas, day).order_by()
    found: dict[str, list[str]] = {}
    for code, standing in standing_of.values_list("code", "standing").iterator(chunk_size=10_000):
        found.setdefault(VACANT if code in vacant else LOOKS[standing], []).append(code)
    return found
