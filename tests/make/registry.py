"""Waters, reaches, forest units and facilities for tests, made through the services."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import shapely
from pyproj import Geod

from make.people import MakesPeople
from shanhe.ground.people.scope import Actor, Ground, Scope
from shanhe.ground.registry.models import Area, Facility, WaterBody
from shanhe.ground.registry.services import (
    facility_register,
    forest_unit_register,
    reach_register,
    water_register,
)

__all__ = ["DADUKOU", "MakesRegistry", "line_at", "square_at"]

DADUKOU = (117.02, 30.42)  # lon, lat of a place on the Yangtze

#: Where an area of a level lies when a test does not say.
HOME = {
    "province": "340000000000",
    "prefecture": "341700000000",
    "county": "341721000000",
    "township": "341721102000",
    "village": "341721102201",
}

EVERYTHING = Ground(everything=True)
ADMINISTRATOR = Actor(
    user_id=None,
    person_id=None,
    via="cli",
    scope=Scope(
        seen=EVERYTHING,
        supervised=EVERYTHING,
        managed=EVERYTHING,
        roles=frozenset({"administrator"}),
        is_administrator=True,
    ),
)
AT = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)

_EAST_M = 111_319.49  # metres in a degree of longitude on the equator, and nearly so in one of latitude


def line_at(at: tuple[float, float], length_m: float, points: int = 21) -> shapely.LineString:
    """A geodesic from ``at`` to the east, of that length to the millimetre."""
    lon, lat = at
    steps = [length_m * i / (points - 1) for i in range(points)]
    lons, lats, _back = Geod(ellps="WGS84").fwd([lon] * points, [lat] * points, [90.0] * points, steps)
    return shapely.LineString(zip(lons, lats, strict=True))


def square_at(at: tuple[float, float], side_m: float) -> shapely.Polygon:
    """A square with its south-west corner at ``at``."""
    lon, lat = at
    dlon = side_m / (_EAST_M * math.cos(math.radians(lat)))
    return shapely.box(lon, lat, lon + dlon, lat + side_m / 110_860)


class MakesRegistry(MakesPeople):
    """Part of ``make``: things of the registry. Each call without a place goes a kilometre further north."""

    def water(
        self, name: str = "", kind: str = "river", level: str = "county", division: str = "", **more: Any
    ) -> WaterBody:
        """A river of the county."""
        return water_register(
            name=name or f"测试河{next(self._numbers)}",
            kind=kind,
            level=level,
            division=self.division(division or HOME[level]),
            by=ADMINISTRATOR,
            at=AT,
            **more,
        )

    def reach(
        self,
        name: str = "",
        *,
        length_m: float = 2_000,
        at: tuple[float, float] | None = None,
        level: str = "village",
        division: str = "",
        water: WaterBody | None = None,
        parent: Area | None = None,
        geometry: Any = None,
        **more: Any,
    ) -> Area:
        """A reach of ``length_m`` metres from ``at`` to the east, in Dadukou's first village."""
        number = next(self._numbers)
        if water is None:
            water = parent.reach.water if parent else self.water()
        return reach_register(
            water=water,
            name=name or f"测试河段{number}",
            level=level,
            division=self.division(division or HOME[level]),
            parent=parent,
            geometry=geometry or line_at(at or self._place(number), length_m),
            by=ADMINISTRATOR,
            at=AT,
            **more,
        )

    def forest_unit(
        self,
        name: str = "",
        *,
        side_m: float = 500,
        at: tuple[float, float] | None = None,
        level: str = "village",
        division: str = "",
        parent: Area | None = None,
        geometry: Any = None,
        **more: Any,
    ) -> Area:
        """A square grid cell of ``side_m`` metres with its south-west corner at ``at``."""
        number = next(self._numbers)
        return forest_unit_register(
            name=name or f"测试网格{number}",
            level=level,
            division=self.division(division or HOME[level]),
            parent=parent,
            geometry=geometry or square_at(at or self._place(number), side_m),
            by=ADMINISTRATOR,
            at=AT,
            **more,
        )

    def facility(
        self,
        name: str = "",
        *,
        kind: str = "signboard",
        division: str = "",
        area: Area | None = None,
        **more: Any,
    ) -> Facility:
        """A signboard in the village."""
        number = next(self._numbers)
        return facility_register(
            kind=kind,
            name=name or f"测试公示牌{number}",
            division=self.division(division or HOME["village"]),
            area=area,
            geometry=more.pop("geometry", None) or shapely.Point(self._place(number)),
            by=ADMINISTRATOR,
            at=AT,
            **more,
        )

    @staticmethod
    def _place(number: int) -> tuple[float, float]:
        return DADUKOU[0], DADUKOU[1] - 0.01 * (number % 100)
