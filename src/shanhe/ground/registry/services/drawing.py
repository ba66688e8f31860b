"""What a clerk does at the map: draw an area that is not registered yet, or mend one that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shapely.geometry.base import BaseGeometry

from shanhe.ground.audit import ledger
from shanhe.ground.divisions.models import Division
from shanhe.ground.people.scope import Actor
from shanhe.ground.registry.drawn import check_size, is_as_before
from shanhe.ground.registry.geometry import check_geometry, geometry_from_wkb
from shanhe.ground.registry.models import Area, Shape, WaterBody
from shanhe.ground.registry.services.areas import area_change, forest_unit_register, reach_register
from shanhe.ground.registry.services.shapes import shape_set
from shanhe.ground.registry.services.things import water_register
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["AreaDrawn", "NewWater", "area_draw", "area_mend"]


@dataclass(frozen=True, slots=True)
class NewWater:
    """A water that is registered together with its first reach."""

    name: str
    kind: str = "river"


@dataclass(frozen=True, slots=True)
class AreaDrawn:
    """What the form says of an area."""

    kind: str  # Area.Kind
    name: str
    division: Division
    level: str
    geometry: BaseGeometry
    is_sketch: bool
    source: str = ""
    parent: Area | None = None
    water: WaterBody | NewWater | None = None  # of a reach
    half_width_m: float = 0.0
    bank: str = "both"
    start_name: str = ""
    end_name: str = ""
    unit_kind: str = "grid"  # of a forest unit
    category: str = ""
    tenure: str = ""
    owner: str = ""
    species: str = ""

    @property
    def reach_facts(self) -> dict[str, Any]:
        """What only a reach has."""
        names = ("bank", "start_name", "end_name")
        return {name: getattr(self, name) for name in names}

    @property
    def unit_facts(self) -> dict[str, Any]:
        """What only a forest unit has."""
        return {name: getattr(self, name) for name in ("category", "tenure", "owner", "species")}


@ledger.atomic
def area_draw(*, drawn: AreaDrawn, by: Actor, at: datetime) -> Area:
    """Register an area with its shape, and its water with it when that is new.

    Refusals: those of ``check_geometry``, ``check_size``, ``reach_register`` and ``forest_unit_register``.
    """
    check_size(check_geometry(drawn.geometry))
    common: dict[str, Any] = {
        "name": drawn.name,
        "division": drawn.division,
        "level": drawn.level,
        "parent": drawn.parent,
        "geometry": drawn.geometry,
        "is_sketch": drawn.is_sketch,
        "source": drawn.source,
        "by": by,
        "at": at,
    }
    if drawn.kind != Area.Kind.REACH:
        return forest_unit_register(kind=drawn.unit_kind, **drawn.unit_facts, **common)
    water = _water(drawn, by, at)
    return reach_register(water=water, half_width_m=drawn.half_width_m, **drawn.reach_facts, **common)


def _water(drawn: AreaDrawn, by: Actor, at: datetime) -> WaterBody:
    if drawn.water is None:
        raise Refusal(
            "registry.no_water", _("A reach needs its water."), {"water": _("A reach needs its water.")}
        )
    if isinstance(drawn.water, WaterBody):
        return drawn.water
    return water_register(name=drawn.water.name, kind=drawn.water.kind, division=drawn.division, by=by, at=at)


@ledger.atomic
def area_mend(
    *, area: Area, drawn: AreaDrawn, by: Actor, at: datetime, day: date | None = None
) -> tuple[Area, Shape | None]:
    """Bring an area up to what the form says; its shape only when it was really drawn otherwise.

    Returns the area and its new shape, None when the old one stands. The new shape holds from ``day`` on
    (the day of ``at``). Refusals as for ``area_draw``, and those of ``area_change`` and ``shape_set``.
    """
    changes: dict[str, Any] = {
        "name": drawn.name,
        "division": drawn.division.code,
        "level": drawn.level,
        "parent": drawn.parent.code if drawn.parent else "",
    }
    if area.kind == Area.Kind.REACH:
        changes |= drawn.reach_facts
        changes |= {"half_width_m": drawn.half_width_m, "water": _water(drawn, by, at).code}
    else:
        changes |= drawn.unit_facts
        changes["unit_kind"] = drawn.unit_kind
    area_change(area=area, by=by, at=at, **changes)
    return area, _reshaped(area, drawn, by, at, day)


def _reshaped(area: Area, drawn: AreaDrawn, by: Actor, at: datetime, day: date | None) -> Shape | None:
    before = Shape.objects.filter(area=area, until=None).first()
    is_same = is_as_before(before, drawn.geometry)
    if (
        before is not None
        and is_same
        and (before.is_sketch, before.source) == (drawn.is_sketch, drawn.source)
    ):
        return None
    geometry = geometry_from_wkb(before.wkb) if before is not None and is_same else drawn.geometry
    check_size(check_geometry(geometry))
    return shape_set(
        owner=area,
        geometry=geometry,
        by=by,
        at=at,
        is_sketch=drawn.is_sketch,
        source=drawn.source,
        day=day,
    )
