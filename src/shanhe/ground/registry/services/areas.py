"""Areas, one at a time: register, change, retire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeAlias

from shapely.geometry.base import BaseGeometry

from shanhe.ground.audit import ledger
from shanhe.ground.divisions.models import Division
from shanhe.ground.people.scope import Actor
from shanhe.ground.registry.geometry import geometry_from_geojson
from shanhe.ground.registry.models import Area, AreaWithin, ForestUnit, Reach, Shape, WaterBody
from shanhe.ground.registry.moving import area_moved
from shanhe.ground.registry.nesting import renest
from shanhe.ground.registry.rows import AreaRow, Report, RowRefused
from shanhe.ground.registry.services.area_intake import (
    AREA_FIELDS,
    FOREST_FIELDS,
    REACH_FIELDS,
    AreaIntake,
    row_of,
)
from shanhe.ground.registry.services.intake import raise_refused, settle
from shanhe.ground.registry.services.rights import check_manages
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.sounds import initials_of, pinyin_of

__all__ = ["apply_row", "area_change", "area_retire", "forest_unit_register", "reach_register"]

Drawn: TypeAlias = BaseGeometry | Mapping[str, Any] | None


@ledger.atomic
def reach_register(
    *,
    water: WaterBody,
    name: str,
    division: Division,
    by: Actor,
    at: datetime,
    level: str = "",
    code: str = "",
    parent: Area | None = None,
    bank: str = "both",
    from_m: float | None = None,
    to_m: float | None = None,
    start_name: str = "",
    end_name: str = "",
    half_width_m: float = 0.0,
    since: date | None = None,
    geometry: Drawn = None,
    is_sketch: bool = False,
    source: str = "",
    is_simulated: bool = False,
) -> Area:
    """Register a reach of ``water``, within ``parent`` (a reach of the same water, one level up or more).

    Without a level it has its division's; without a code it gets the county's next. Chainages are metres
    along the water. All faulty fields at once in one Refusal.
    """
    return _register(
        AreaRow(
            number=1,
            kind=Area.Kind.REACH,
            name=name,
            division=division.code,
            level=level,
            code=code,
            parent=parent.code if parent else "",
            geometry=_drawn(geometry),
            half_width_m=half_width_m,
            since=since,
            is_sketch=is_sketch,
            source=source,
            is_simulated=is_simulated,
            water=water.code,
            bank=bank,
            from_m=from_m,
            to_m=to_m,
            start_name=start_name,
            end_name=end_name,
        ),
        by,
        at,
    )


@ledger.atomic
def forest_unit_register(
    *,
    name: str,
    division: Division,
    by: Actor,
    at: datetime,
    kind: str = "grid",
    level: str = "",
    code: str = "",
    parent: Area | None = None,
    category: str = "",
    tenure: str = "",
    owner: str = "",
    species: str = "",
    since: date | None = None,
    geometry: Drawn = None,
    is_sketch: bool = False,
    source: str = "",
    is_simulated: bool = False,
) -> Area:
    """Register a forest unit, within ``parent`` (one of its level or above); see ``reach_register``."""
    return _register(
        AreaRow(
            number=1,
            kind=Area.Kind.FOREST_UNIT,
            name=name,
            division=division.code,
            level=level,
            code=code,
            parent=parent.code if parent else "",
            geometry=_drawn(geometry),
            since=since,
            is_sketch=is_sketch,
            source=source,
            is_simulated=is_simulated,
            unit_kind=kind,
            category=category,
            tenure=tenure,
            owner=owner,
            species=species,
        ),
        by,
        at,
    )


def _drawn(geometry: Drawn) -> BaseGeometry | None:
    if geometry is None or isinstance(geometry, BaseGeometry):
        return geometry
    return geometry_from_geojson(geometry)


def _register(row: AreaRow, by: Actor, at: datetime) -> Area:
    intake = AreaIntake(by, at)
    intake.load([row])
    existing = intake.find(row)
    if existing is not None:
        field = "code" if row.code else "name"
        reason = Text(_("It is registered already, as %(code)s."), {"code": existing.code})
        raise Refusal("registry.known", reason, {field: reason}, status=409)
    raise_refused(settle(intake, [row]))
    return intake.created[0]


@ledger.atomic
def area_change(*, area: Area, by: Actor, at: datetime, **changes: Any) -> Area:
    """Change facts of an area: ``name``, ``level``, ``division`` (code), ``half_width_m``, ``since``.

    Of a reach: ``water`` and ``parent`` (codes, "" for no parent), ``bank``, ``from_m``, ``to_m``,
    ``start_name``, ``end_name``. Of a forest unit: ``parent``, ``unit_kind``, ``category``, ``tenure``,
    ``owner``, ``species``. Nothing is written when nothing differs. TypeError on another name; its shape
    changes by ``shape_set``.
    """
    check_manages(by, area)
    if area.until is not None:
        raise Refusal("registry.retired", _("This area is no longer valid."))
    unknown = set(changes) - set(_fields(area))
    if unknown:
        raise TypeError(f"an area of kind {area.kind} has no {sorted(unknown)}")
    row = replace(row_of(area), **changes, given=frozenset(changes))
    intake = AreaIntake(by, at)
    intake.load([row])
    problems = intake.problems(row)
    if not by.scope.managed.holds_code(area.division_id) and "division" not in changes:
        problems = {field: found for field, found in problems.items() if found.code != "registry.not_yours"}
    raise_refused(Report(refused=list(problems.values())))
    apply_row(intake, area, row)
    return area


def apply_row(intake: AreaIntake, area: Area, row: AreaRow) -> bool:
    """Write what a checked row says otherwise than the database; whether there was anything."""
    changed = changes_of(intake, area, row)
    if not changed:
        return False
    check_nested(area, row, changed)
    for name in changed:
        if name in AREA_FIELDS and name != "division":
            setattr(area, name, _value(intake, row, name))
    if "division" in changed:
        area.division = intake.divisions[row.division]
    if "name" in changed:
        area.initials = initials_of(row.name)[:120]
        area.pinyin = pinyin_of(row.name).replace(" ", "")[:300]
    area.save()
    if "division" in changed:
        area_moved(area)
    _change_details(intake, area, row, changed)
    ledger.record("area.change", area, by=intake.by, at=intake.at, fields=changed)
    return True


def changes_of(intake: AreaIntake, area: Area, row: AreaRow) -> list[str]:
    """The fields in which a checked row differs from the area, its shape aside."""
    before = row_of(area)
    wanted = [name for name in _fields(area) if row.given is None or name in row.given]
    return [name for name in wanted if _value(intake, row, name) != getattr(before, name)]


def _fields(area: Area) -> tuple[str, ...]:
    return AREA_FIELDS + (REACH_FIELDS if area.kind == Area.Kind.REACH else FOREST_FIELDS)


def _value(intake: AreaIntake, row: AreaRow, name: str) -> Any:
    if name == "water":
        water = intake.water_of(row)
        return water.code if water else ""
    return intake.level_of(row) if name == "level" else getattr(row, name)


def check_nested(area: Area, row: AreaRow, changed: list[str]) -> None:
    """Refusal when areas lie in this one that the change would tear away."""
    reason = Text(_("Other areas lie in this one; move them first."))
    held = [name for name in ("level", "division", "water") if name in changed]
    if held and AreaWithin.objects.filter(ancestor=area, depth__gt=0).exists():
        raise_refused(
            Report(refused=[RowRefused(row.number, name, reason, "registry.nested") for name in held])
        )
    if "parent" in changed and row.parent:
        below = AreaWithin.objects.filter(ancestor=area, area__code=row.parent)
        if below.exists():
            ring = Text(_("An area cannot lie in itself."))
            raise_refused(Report(refused=[RowRefused(row.number, "parent", ring)]))


def _change_details(intake: AreaIntake, area: Area, row: AreaRow, changed: list[str]) -> None:
    parent = intake.parent_of(row) if "parent" in changed else None
    detail: Reach | ForestUnit = area.reach if area.kind == Area.Kind.REACH else area.forest_unit
    for name in changed:
        if name in {"parent", "water", *AREA_FIELDS}:
            continue
        setattr(detail, "kind" if name == "unit_kind" else name, getattr(row, name))
    if "water" in changed:
        detail.water = intake.water_of(row)  # type: ignore[union-attr]
    if "parent" in changed:
        detail.parent_id = parent.pk if parent else None
        renest(area.pk, parent.pk if parent else None)
    detail.save()


@ledger.atomic
def area_retire(*, area: Area, on: date, by: Actor, at: datetime, reason: str = "") -> Area:
    """End an area: ``on`` is the first day it is no longer valid. Its present shape ends with it.

    Refusal when it has ended already, began later, or other valid areas lie in it.
    """
    check_manages(by, area)
    if area.until is not None:
        raise Refusal("registry.retired", _("This area is no longer valid."))
    if area.since is not None and on <= area.since:
        message = _("It is valid from %(since)s and cannot end before.")
        raise Refusal("registry.ends_too_early", message, {"on": message}, since=area.since.isoformat())
    if AreaWithin.objects.filter(ancestor=area, depth__gt=0, area__until__isnull=True).exists():
        raise Refusal("registry.nested", _("Other areas lie in this one; move them first."))
    area.until = on
    area.save(update_fields=["until"])
    Shape.objects.filter(area=area, until__isnull=True).update(until=on)
    ledger.record("area.retire", area, by=by, at=at, until=on, reason=reason)
    return area
