"""The list of areas as every web face shows it: its filters and how they are applied."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.filters import Chosen, Filter, Filters, Unfit, any_of, code_or_name, day, switch
from shanhe.ground import clock
from shanhe.ground.divisions.models import Level
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.queries import areas_matching, areas_of, valid_on
from shanhe.ground.registry.responsibility import held_areas, without_keeper
from shanhe.ground.registry.window import near_areas
from shanhe.kernel.codes import DIGITS, subtree
from shanhe.kernel.errors import gettext_noop

__all__ = ["AREA_FILTERS", "AREA_HEADINGS", "AREA_ORDER", "Place", "areas_listed", "day_chosen"]

Rows = QuerySet[Area]
Place = tuple[float, float]

AREA_ORDER = ("code",)
#: What every list of areas begins with: heading and alignment of its first columns.
AREA_HEADINGS: list[tuple[Any, str]] = [
    (_("Area"), ""),
    (_("Kind"), ""),
    (_("Level"), ""),
    (_("Division"), ""),
]
NEAR_M = 1_000.0  # when a place is given without a distance


def _below(given: str) -> tuple[str, str]:
    """The range of codes below a division: as many significant digits as are not filling zeros."""
    if not re.fullmatch(r"[1-9]\d{1,11}", given):
        raise Unfit(gettext_noop("Must be a division's code of up to 12 digits."))
    code = given.ljust(12, "0")
    level = next(level for level, digits in DIGITS.items() if set(code[digits:]) <= {"0"})
    return subtree(code, level)


def _place(given: str) -> Place:
    try:
        lon, lat = (float(part) for part in given.split(","))
    except ValueError:
        raise Unfit(gettext_noop("A place is written as longitude,latitude in degrees.")) from None
    if not (-180 <= lon <= 180 and -85 <= lat <= 85):
        raise Unfit(gettext_noop("A place is written as longitude,latitude in degrees."))
    return lon, lat


def _metres(given: str) -> float:
    if not re.fullmatch(r"\d{1,5}(\.\d{1,3})?", given) or not 0 < float(given) <= 50_000:
        raise Unfit(gettext_noop("The distance must be above 0 and at most 50,000 metres."))
    return float(given)


def _in_water(rows: Rows, given: str) -> Rows:
    return rows.filter(Q(reach__water__code=given) | Q(reach__water__name__icontains=given))


def _later(rows: Rows, _value: object) -> Rows:
    """Applied by ``areas_listed``, for it needs the others too."""
    return rows


AREA_FILTERS = Filters(
    Filter(
        "division",
        _("Division"),
        _below,
        lambda rows, ends: rows.filter(division_id__gte=ends[0], division_id__lte=ends[1]),
    ),
    Filter(
        "kind",
        _("Kind"),
        any_of(Area.Kind.choices),
        lambda rows, kinds: rows.filter(kind__in=kinds),
        "choices",
        lambda: Area.Kind.choices,
    ),
    Filter(
        "level",
        _("Level"),
        any_of(Level.choices),
        lambda rows, levels: rows.filter(level__in=levels),
        "choices",
        lambda: Level.choices,
    ),
    Filter("water", _("Water"), code_or_name, _in_water),
    Filter("q", _("Name, code or pinyin"), code_or_name, areas_matching),
    Filter("mine", _("What I answer for"), switch, _later, "switch"),
    Filter("vacant", _("Without a keeper"), switch, _later, "switch"),
    Filter("near", _("Near a place"), _place, _later),
    Filter("within", _("Within metres"), _metres, _later),
    Filter("day", _("On the day"), day, _later, "date"),
)


def day_chosen(chosen: Chosen) -> date:
    """The day that is asked about; today when none is."""
    found: date = chosen.values.get("day") or clock.today()
    return found


def areas_listed(scope: Scope, chosen: Chosen) -> tuple[Rows, dict[int, float]]:
    """The areas seen that the filters let through, valid on the day; metres to each when a place is given."""
    on = day_chosen(chosen)
    rows = chosen.apply(areas_of(scope).filter(valid_on(on)))
    if chosen.values.get("mine"):
        rows = rows.filter(pk__in=held_areas(scope.person_id, on)) if scope.person_id else rows.none()
    if "vacant" in chosen.values:
        vacant = without_keeper(rows, on)
        rows = vacant if chosen.values["vacant"] else rows.exclude(pk__in=vacant.order_by().values("pk"))
    metres: dict[int, float] = {}
    if "near" in chosen.values:
        lon, lat = chosen.values["near"]
        metres = near_areas(lon, lat, chosen.values.get("within", NEAR_M))
        rows = rows.filter(pk__in=sorted(metres))
    return rows, metres
