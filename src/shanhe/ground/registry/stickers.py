"""Checkpoints of an area 打卡点: its facilities that bear a sticker, with the place and the code of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import shapely
from django.db.models import F, Q, QuerySet

from shanhe.ground.registry.models import Area, AreaWithin, Facility, Shape, Sticker

__all__ = ["Checkpoint", "Stuck", "checkpoints_of", "facilities_to_stick", "stickers_of", "stickers_told"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One place that a patrol comes by: the facility, where it stands, and what its sticker says."""

    facility_id: int
    name: str
    code: str  # of the sticker
    lon: float  # degrees, EPSG:4490
    lat: float


@dataclass(frozen=True, slots=True)
class Stuck:
    """A facility of an area with its present sticker (None: bears none) and its place (None: not drawn)."""

    facility: Facility
    sticker: Sticker | None
    place: tuple[float, float] | None  # lon, lat


def facilities_to_stick(area: Area) -> QuerySet[Facility]:
    """The facilities of an area and of the areas in it, by name."""
    inside = AreaWithin.objects.filter(ancestor=area).values("area_id")
    return Facility.objects.filter(area_id__in=inside).order_by("code")


def stickers_of(area: Area) -> list[Stuck]:
    """The facilities of an area with their stickers and places, by code. Three queries."""
    facilities = list(facilities_to_stick(area))
    ids = [facility.pk for facility in facilities]
    present = {
        row.facility_id: row for row in Sticker.objects.filter(facility_id__in=ids, revoked_at__isnull=True)
    }
    places = {
        row.facility_id: _place(row)
        for row in Shape.objects.filter(facility_id__in=ids, until__isnull=True)
        if row.facility_id is not None
    }
    return [Stuck(each, present.get(each.pk), places.get(each.pk)) for each in facilities]


def checkpoints_of(area_ids: Collection[int], at: datetime) -> dict[int, tuple[Checkpoint, ...]]:
    """The checkpoints of some areas as they stood at a moment, by area, ordered by facility. Two queries.

    A facility without a place is none: nobody could tell whether a walk came by.
    """
    stuck = list(
        Sticker.objects.filter(
            Q(revoked_at__isnull=True) | Q(revoked_at__gt=at),
            issued_at__lte=at,
            facility__area__within__ancestor_id__in=list(area_ids),
        )
        .annotate(of=F("facility__area__within__ancestor_id"))
        .order_by("facility_id")
        .values_list("of", "facility_id", "facility__name", "code")
    )
    shapes = Shape.objects.filter(
        facility_id__in={facility_id for _of, facility_id, _name, _code in stuck}, until__isnull=True
    )
    places = {row.facility_id: _place(row) for row in shapes}
    found: dict[int, list[Checkpoint]] = defaultdict(list)
    for of, facility_id, name, code in stuck:
        if of in area_ids and facility_id in places:
            found[of].append(Checkpoint(facility_id, name, code, *places[facility_id]))
    return {area_id: tuple(each) for area_id, each in found.items()}


def stickers_told(codes: Collection[str]) -> dict[str, Sticker]:
    """Stickers, revoked ones too, by their codes, with the facility each is on. One query."""
    rows = Sticker.objects.filter(code__in=list(codes)).select_related("facility")
    return {row.code: row for row in rows}


def _place(row: Shape) -> tuple[float, float]:
    """The middle of what is drawn, which of a point is the point."""
    middle = shapely.from_wkb(bytes(row.wkb)).centroid
    return float(middle.x), float(middle.y)
