"""Waters and facilities on their way in, and one at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Q
from shapely.geometry.base import BaseGeometry

from shanhe.ground.audit import ledger
from shanhe.ground.divisions.models import Division
from shanhe.ground.people.scope import Actor
from shanhe.ground.registry.codes import codes_for
from shanhe.ground.registry.geometry import geometry_from_geojson
from shanhe.ground.registry.models import Area, Facility, Shape, WaterBody
from shanhe.ground.registry.rows import FacilityRow, WaterRow, chunks
from shanhe.ground.registry.services.intake import (
    Intake,
    Problems,
    Settled,
    raise_refused,
    refuse,
    settle,
    shape_changed,
)
from shanhe.ground.registry.services.shapes import ALLOWED, new_shape
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.sounds import initials_of

__all__ = ["FacilityIntake", "WaterIntake", "facility_register", "water_register"]


T = TypeVar("T", WaterRow, FacilityRow)


class WaterIntake(Intake[WaterRow, WaterBody]):
    """Water bodies."""

    allowed = ALLOWED["water"]
    column = "water"

    def load(self, rows: Sequence[WaterRow]) -> None:
        super().load(rows)
        self.created: list[WaterBody] = []
        self.known: dict[tuple[str, ...], WaterBody] = {}
        for some in chunks({row.code for row in rows} - {""}):
            self._remember(Q(code__in=some))
        for some in chunks({row.division for row in rows if not row.code}):
            self._remember(Q(division__in=some))

    def _remember(self, condition: Q) -> None:
        for water in WaterBody.objects.filter(condition).select_related("division"):
            self.known[(water.code,)] = self.known[water.division_id, water.name] = water

    def identity(self, row: WaterRow) -> tuple[str, ...]:
        return (row.code,) if row.code else (row.division, row.name)

    def complete(self, row: WaterRow) -> WaterRow:
        return _completed(row, self.find(row), ("name", "division", "kind", "level"), self)

    def find(self, row: WaterRow) -> WaterBody | None:
        return self.known.get(self.identity(row))

    def check(self, row: WaterRow, problems: Problems) -> None:
        self.check_level(row, problems)
        if row.kind not in WaterBody.Kind.values:
            refuse(problems, row, "kind", Text(_("There is no kind %(kind)s."), {"kind": row.kind}))
        existing = self.find(row)
        if existing and not self.by.scope.managed.holds_code(existing.division_id):
            reason = _("This code belongs to something your office does not manage.")
            refuse(problems, row, "code", Text(reason), "registry.not_yours")

    def create(self, settled: Sequence[Settled[WaterRow]]) -> None:
        rows = [item.row for item in settled]
        given = {row.code for row in rows}
        coded = iter(codes_for(WaterBody, [row.division for row in rows if not row.code], given))
        self.created = WaterBody.objects.bulk_create(
            [
                WaterBody(code=row.code or next(coded), is_simulated=row.is_simulated, **self._facts(row))
                for row in rows
            ],
            batch_size=2_000,
        )
        _create_shapes("water", settled, self.created)
        for item, water in zip(settled, self.created, strict=True):
            _record("water.register", water, item, self)

    def _facts(self, row: WaterRow) -> dict[str, Any]:
        return {
            "name": row.name.strip(),
            "kind": row.kind,
            "level": self.level_of(row),
            "division_id": row.division,
            "initials": initials_of(row.name)[:80],
        }

    def differs(self, settled: Settled[WaterRow]) -> bool:
        return bool(_differing(settled, self._facts(settled.row)))

    def change(self, settled: Settled[WaterRow]) -> bool:
        return _change("water.change", settled, self._facts(settled.row), self)


class FacilityIntake(Intake[FacilityRow, Facility]):
    """Outfalls, intakes, signboards and the like."""

    allowed = ALLOWED["facility"]
    column = "facility"

    def load(self, rows: Sequence[FacilityRow]) -> None:
        super().load(rows)
        self.created: list[Facility] = []
        self.known: dict[tuple[str, ...], Facility] = {}
        self.areas: dict[str, Area] = {}
        for some in chunks({row.code for row in rows} - {""}):
            self._remember(Q(code__in=some))
        for some in chunks({row.division for row in rows if not row.code}):
            self._remember(Q(division__in=some))
        for some in chunks({row.area for row in rows} - {""}):
            self.areas |= {area.code: area for area in Area.objects.filter(code__in=some)}

    def _remember(self, condition: Q) -> None:
        for facility in Facility.objects.filter(condition).select_related("division"):
            own = (facility.division_id, facility.kind, facility.name)
            self.known[(facility.code,)] = self.known[own] = facility

    def identity(self, row: FacilityRow) -> tuple[str, ...]:
        return (row.code,) if row.code else (row.division, row.kind, row.name)

    def complete(self, row: FacilityRow) -> FacilityRow:
        return _completed(row, self.find(row), ("name", "division"), self)

    def find(self, row: FacilityRow) -> Facility | None:
        return self.known.get(self.identity(row))

    def check(self, row: FacilityRow, problems: Problems) -> None:
        if row.kind not in Facility.Kind.values:
            refuse(problems, row, "kind", Text(_("There is no kind %(kind)s."), {"kind": row.kind}))
        if row.area and row.area not in self.areas:
            refuse(problems, row, "area", Text(_("There is no area %(code)s."), {"code": row.area}))
        existing = self.find(row)
        if existing is None:
            return
        if existing.kind != row.kind:
            refuse(problems, row, "code", Text(_("This code belongs to something of another kind.")))
        elif not self.by.scope.managed.holds_code(existing.division_id):
            reason = _("This code belongs to something your office does not manage.")
            refuse(problems, row, "code", Text(reason), "registry.not_yours")

    def create(self, settled: Sequence[Settled[FacilityRow]]) -> None:
        rows = [item.row for item in settled]
        given = {row.code for row in rows}
        coded = iter(codes_for(Facility, [row.division for row in rows if not row.code], given))
        self.created = Facility.objects.bulk_create(
            [
                Facility(code=row.code or next(coded), is_simulated=row.is_simulated, **self._facts(row))
                for row in rows
            ],
            batch_size=2_000,
        )
        _create_shapes("facility", settled, self.created)
        for item, facility in zip(settled, self.created, strict=True):
            _record("facility.register", facility, item, self)

    def _facts(self, row: FacilityRow) -> dict[str, Any]:
        return {
            "name": row.name.strip(),
            "kind": row.kind,
            "division_id": row.division,
            "area_id": self.areas[row.area].pk if row.area else None,
            "facts": dict(row.facts),
            "initials": initials_of(row.name)[:120],
        }

    def differs(self, settled: Settled[FacilityRow]) -> bool:
        return bool(_differing(settled, self._facts(settled.row)))

    def change(self, settled: Settled[FacilityRow]) -> bool:
        return _change("facility.change", settled, self._facts(settled.row), self)


def _completed(row: T, existing: Any, names: Sequence[str], intake: Intake[Any, Any]) -> T:
    """The row with fields its source has no column for as they are in the database."""
    given = row.given
    if existing is None or given is None:
        return row
    intake.divisions.setdefault(existing.division_id, existing.division)
    facts = {name: getattr(existing, "division_id" if name == "division" else name) for name in names}
    return replace(row, **{name: value for name, value in facts.items() if name not in given})


#: Columns and the row fields they come from; the rest bear one name.
_FROM = {"division_id": "division", "area_id": "area", "initials": "name"}


def _differing(settled: Settled[Any], facts: dict[str, Any]) -> list[str]:
    thing, row = settled.existing, settled.row
    return [
        name
        for name, value in facts.items()
        if getattr(thing, name) != value and (row.given is None or _FROM.get(name, name) in row.given)
    ]


def _change(action: str, settled: Settled[Any], facts: dict[str, Any], intake: Intake[Any, Any]) -> bool:
    thing = settled.existing
    changed = _differing(settled, facts)
    if changed:
        for name in changed:
            setattr(thing, name, facts[name])
        thing.save()
        fields = sorted({_FROM.get(name, name) for name in changed})
        ledger.record(action, thing, by=intake.by, at=intake.at, fields=fields)
    column = "water" if isinstance(thing, WaterBody) else "facility"
    return shape_changed(settled, column, intake) or bool(changed)


def _create_shapes(column: str, settled: Sequence[Settled[Any]], owners: Sequence[Any]) -> None:
    Shape.objects.bulk_create(
        [
            new_shape(item.shape, is_sketch=item.row.is_sketch, source=item.row.source, **{column: owner})
            for item, owner in zip(settled, owners, strict=True)
            if item.shape is not None
        ],
        batch_size=2_000,
    )


def _record(action: str, thing: WaterBody | Facility, item: Settled[Any], intake: Intake[Any, Any]) -> None:
    digest = hashlib.sha256(item.shape.wkb).hexdigest() if item.shape else None
    ledger.record(
        action,
        thing,
        by=intake.by,
        at=intake.at,
        code=thing.code,
        kind=thing.kind,
        division=thing.division_id,
        shape_sha256=digest,
    )


def _drawn(geometry: BaseGeometry | Mapping[str, Any] | None) -> BaseGeometry | None:
    if geometry is None or isinstance(geometry, BaseGeometry):
        return geometry
    return geometry_from_geojson(geometry)


def _only_new(known: WaterBody | Facility | None, field: str) -> None:
    if known is not None:
        reason = Text(_("It is registered already, as %(code)s."), {"code": known.code})
        raise Refusal("registry.known", reason, {field: reason}, status=409)


@ledger.atomic
def water_register(
    *,
    name: str,
    division: Division,
    by: Actor,
    at: datetime,
    kind: str = "river",
    level: str = "",
    code: str = "",
    geometry: BaseGeometry | Mapping[str, Any] | None = None,
    is_sketch: bool = False,
    source: str = "",
    is_simulated: bool = False,
) -> WaterBody:
    """Register a river, lake, reservoir or canal; without a code it gets the county's next."""
    row = WaterRow(
        1, name, division.code, kind, level, code, _drawn(geometry), is_sketch, source, is_simulated
    )
    intake = WaterIntake(by, at)
    intake.load([row])
    _only_new(intake.find(row), "code" if code else "name")
    raise_refused(settle(intake, [row]))
    return intake.created[0]


@ledger.atomic
def facility_register(
    *,
    kind: str,
    name: str,
    division: Division,
    by: Actor,
    at: datetime,
    code: str = "",
    area: Area | None = None,
    facts: Mapping[str, Any] | None = None,
    geometry: BaseGeometry | Mapping[str, Any] | None = None,
    is_sketch: bool = False,
    source: str = "",
    is_simulated: bool = False,
) -> Facility:
    """Register a facility at an area or in a division; ``facts`` are the attributes of its kind."""
    row = FacilityRow(
        number=1,
        kind=kind,
        name=name,
        division=division.code,
        code=code,
        area=area.code if area else "",
        facts=dict(facts or {}),
        geometry=_drawn(geometry),
        is_sketch=is_sketch,
        source=source,
        is_simulated=is_simulated,
    )
    intake = FacilityIntake(by, at)
    intake.load([row])
    _only_new(intake.find(row), "code" if code else "name")
    raise_refused(settle(intake, [row]))
    return intake.created[0]
