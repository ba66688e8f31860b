"""Figures that everybody may know: they name nobody and no place, so they take no scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, Sum

from shanhe.ground.registry.models import Area, Shape, WaterBody
from shanhe.ground.registry.queries import valid_on

__all__ = ["Figures", "public_figures"]


@dataclass(frozen=True, slots=True)
class Figures:
    """What is under care. Lengths and surfaces are those of the uppermost areas: the ones nested in them are
    the same ground again.
    """

    waters: int
    reaches: int
    reaches_m: float
    forest_units: int
    forest_m2: float

    def __bool__(self) -> bool:
        return bool(self.waters or self.reaches or self.forest_units)


def public_figures(day: date) -> Figures:
    """The figures of a day, in three queries whatever the number of areas."""
    areas = Area.objects.filter(valid_on(day))
    numbers = dict(areas.order_by().values_list("kind").annotate(n=Count("pk")))
    uppermost = Q(area__reach__parent=None, area__forest_unit__parent=None)
    sizes = Shape.objects.filter(uppermost, until=None, area__in=areas.order_by().values("pk")).aggregate(
        metres=Sum("length_m", filter=Q(area__kind=Area.Kind.REACH)),
        square_metres=Sum("area_m2", filter=Q(area__kind=Area.Kind.FOREST_UNIT)),
    )
    return Figures(
        waters=WaterBody.objects.count(),
        reaches=numbers.get(Area.Kind.REACH, 0),
        reaches_m=sizes["metres"] or 0.0,
        forest_units=numbers.get(Area.Kind.FOREST_UNIT, 0),
        forest_m2=sizes["square_metres"] or 0.0,
    )
