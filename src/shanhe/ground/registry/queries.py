"""Reads of the registry; the scope comes first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from shanhe.ground.divisions.models import Division
from shanhe.ground.people.nesting import nested_ids
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.models import Area, Facility, Shape, WaterBody
from shanhe.kernel.codes import subtree

__all__ = [
    "AreaPage",
    "area_in",
    "area_page",
    "areas_below",
    "areas_matching",
    "areas_of",
    "facilities_of",
    "facilities_seen",
    "facility_shapes",
    "matching",
    "shape_on",
    "shapes_of",
    "valid_on",
    "waters_of",
]


def areas_of(scope: Scope) -> QuerySet[Area]:
    """The areas a scope sees, past ones included; ``valid_on`` narrows to a day."""
    return Area.objects.filter(scope.seen.areas()).select_related("division")


def valid_on(day: date, path: str = "") -> Q:
    """Areas (or shapes) in force on a day; ``path`` leads to them ("area__" on a shape)."""
    since, until = f"{path}since", f"{path}until"
    begun = Q(**{f"{since}__isnull": True}) | Q(**{f"{since}__lte": day})
    return begun & (Q(**{f"{until}__isnull": True}) | Q(**{f"{until}__gt": day}))


def areas_below(areas: QuerySet[Area], division: Division) -> QuerySet[Area]:
    """Those in a division or below it."""
    low, high = subtree(division.code, division.level)
    return areas.filter(division_id__gte=low, division_id__lte=high)


def matching(words: str, *, has_pinyin: bool = True) -> Q:
    """What a search box means: part of the name, beginning of the code, pinyin or its initials."""
    words = words.strip()
    if not words:
        return Q()
    sound = "".join(words.lower().split())
    found = Q(name__icontains=words) | Q(code__startswith=words) | Q(initials__startswith=sound)
    return found | Q(pinyin__startswith=sound) if has_pinyin and sound.isascii() else found


def areas_matching(areas: QuerySet[Area], words: str) -> QuerySet[Area]:
    """Those a search box means."""
    return areas.filter(matching(words))


def area_in(scope: Scope, code: str) -> Area:
    """The area of that code, with its kind's details; Area.DoesNotExist also when it is not seen."""
    details = ("reach__water", "reach__parent__area", "forest_unit__parent__area")
    if "\x00" in code:  # PostgreSQL takes no such text
        raise Area.DoesNotExist
    return areas_of(scope).select_related(*details).get(code=code)


def shape_on(area: Area, day: date) -> Shape | None:
    """The shape an area had on a day."""
    return Shape.objects.filter(valid_on(day), area=area).order_by("-since", "-pk").first()


def shapes_of(area_ids: Iterable[int], day: date | None = None) -> dict[int, Shape]:
    """The present shape of each area, or that of a day, in one query."""
    when = Q(until__isnull=True) if day is None else valid_on(day)
    found = Shape.objects.filter(when, area_id__in=list(area_ids))
    return {shape.area_id: shape for shape in found if shape.area_id is not None}


@dataclass(frozen=True, slots=True)
class AreaPage:
    """What the page of an area shows of the registry."""

    area: Area
    shape: Shape | None
    chain: list[Any]  # of responsibility.Answerable
    above: list[Area]  # the nearest first
    nested: list[Area]
    facilities: list[Facility]


def area_page(scope: Scope, code: str, day: date) -> AreaPage:
    """An area with shape, chain, nesting and facilities on a day: six queries, whatever their number."""
    from shanhe.ground.registry.responsibility import chain_of

    area = area_in(scope, code)
    nested = areas_of(scope).filter(valid_on(day), within__ancestor=area, within__depth=1)
    above = Area.objects.filter(contains__area=area, contains__depth__gt=0).order_by("contains__depth")
    return AreaPage(
        area=area,
        shape=shape_on(area, day),
        chain=chain_of(area, day),
        above=list(above),
        nested=list(nested.order_by("code")),
        facilities=list(facilities_of(scope).filter(area=area)),
    )


def facilities_of(scope: Scope) -> QuerySet[Facility]:
    """The facilities a scope sees: those of its divisions, and those at its areas."""
    return Facility.objects.filter(facilities_seen(scope)).select_related("division", "area")


def facilities_seen(scope: Scope, path: str = "") -> Q:
    """Rows whose facility is seen: ``path`` leads to the facility ("facility__" on a shape)."""
    seen = scope.seen.divisions(f"{path}division_id")
    if scope.seen.area_ids and not scope.seen.everything:
        seen |= Q(**{f"{path}area_id__in": nested_ids(scope.seen.area_ids)})
    return seen


def facility_shapes(facility_ids: Iterable[int]) -> dict[int, Shape]:
    """The present shape of each facility, in one query."""
    found = Shape.objects.filter(until__isnull=True, facility_id__in=list(facility_ids))
    return {shape.facility_id: shape for shape in found if shape.facility_id is not None}


def waters_of(scope: Scope) -> QuerySet[WaterBody]:
    """The waters a scope sees: those of its divisions, and those its areas are reaches of."""
    if scope.seen.everything:
        return WaterBody.objects.select_related("division")
    seen = areas_of(scope).filter(kind=Area.Kind.REACH).order_by().values("reach__water_id")
    return WaterBody.objects.filter(scope.seen.divisions("division_id") | Q(pk__in=seen)).select_related(
        "division"
    )
