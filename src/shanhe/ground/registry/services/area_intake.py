"""Areas on their way in: what a reach or a forest unit must be, and how many of them are written at once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q

from shanhe.ground.audit import ledger
from shanhe.ground.registry.codes import codes_for
from shanhe.ground.registry.geometry import ANY, LINES
from shanhe.ground.registry.models import Area, ForestUnit, Reach, Shape, WaterBody
from shanhe.ground.registry.nesting import nest
from shanhe.ground.registry.rows import AreaRow, chunks
from shanhe.ground.registry.services.intake import Intake, Problems, Settled, refuse, shape_changed
from shanhe.ground.registry.services.shapes import new_shape
from shanhe.kernel.codes import LEVELS, ancestors, level_rank
from shanhe.kernel.errors import Text
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.sounds import initials_of, pinyin_of

__all__ = ["AREA_FIELDS", "FOREST_FIELDS", "REACH_FIELDS", "AreaIntake", "row_of"]

AREA_FIELDS = ("name", "level", "division", "half_width_m", "since")
REACH_FIELDS = ("water", "parent", "bank", "from_m", "to_m", "start_name", "end_name")
FOREST_FIELDS = ("unit_kind", "parent", "category", "tenure", "owner", "species")

CHAINAGE_SLACK_M = 1.0  # two offices measure the same river


@dataclass(frozen=True, slots=True)
class _Parent:
    """What a child must fit, of an area in the database or further up in the file."""

    kind: str
    level: str
    division: str
    water_id: int | None
    from_m: float | None
    to_m: float | None


class AreaIntake(Intake[AreaRow, Area]):
    """Reaches and forest units."""

    allowed = ANY
    column = "area"

    def load(self, rows: Sequence[AreaRow]) -> None:
        super().load(rows)
        self.by_code: dict[str, Area] = {}
        self.by_identity: dict[tuple[Any, ...], Area] = {}
        self.in_file: dict[str, _Parent] = {}
        self.created: list[Area] = []
        self._load_waters(rows)
        codes = {row.code for row in rows} | {row.parent for row in rows}
        for some in chunks(codes - {""}):
            self._remember(Q(code__in=some))
        for some in chunks({row.division for row in rows if not row.code}):
            self._remember(Q(division__in=some))

    def _remember(self, condition: Q) -> None:
        found = Area.objects.filter(condition).select_related(
            "division", "reach__water", "reach__parent__area", "forest_unit__parent__area"
        )
        for area in found:
            self.by_code[area.code] = area
            self.divisions.setdefault(area.division_id, area.division)
            self._remember_relations(area)
            water_id = area.reach.water_id if area.kind == Area.Kind.REACH else None
            self.by_identity[area.division_id, area.kind, area.level, area.name, water_id] = area

    def _remember_relations(self, area: Area) -> None:
        """A row without these columns keeps its water and parent, so they must be known."""
        detail = area.reach if area.kind == Area.Kind.REACH else area.forest_unit
        if detail.parent is not None:
            self.by_code.setdefault(detail.parent.area.code, detail.parent.area)
        if area.kind == Area.Kind.REACH:
            self.waters.setdefault(area.reach.water.code, [area.reach.water])

    def _load_waters(self, rows: Sequence[AreaRow]) -> None:
        self.waters: dict[str, list[WaterBody]] = {}
        for some in chunks({row.water for row in rows} - {""}):
            for water in WaterBody.objects.filter(Q(code__in=some) | Q(name__in=some)):
                for word in {water.code, water.name}:
                    self.waters.setdefault(word, []).append(water)

    def complete(self, row: AreaRow) -> AreaRow:
        existing = self.by_code.get(row.code) if row.code else None
        if existing is None or row.given is None or existing.kind != row.kind:
            return row
        own = {name: getattr(row, name) for name in row.given if name != "sketch"}
        kept = {name: getattr(row, name) for name in ("number", "geometry", "is_sketch", "given")}
        return replace(row_of(existing), **own, **kept)

    def ordered(self, rows: Sequence[AreaRow]) -> list[AreaRow]:
        """Parents before children; a row that is nested in itself stays where it is and is refused there."""
        by_code = {row.code: row for row in rows if row.code}
        placed: dict[int, AreaRow] = {}
        for row in rows:
            chain: list[AreaRow] = []
            seen: set[int] = set()
            above: AreaRow | None = row
            while above is not None and above.number not in placed and above.number not in seen:
                chain.append(above)
                seen.add(above.number)
                above = by_code.get(above.parent) if above.parent else None
            placed |= {link.number: link for link in reversed(chain)}
        return list(placed.values())

    def find(self, row: AreaRow) -> Area | None:
        return self.by_code.get(row.code) if row.code else self.by_identity.get(self.identity(row))

    def identity(self, row: AreaRow) -> tuple[Any, ...]:
        if row.code:
            return (row.code,)
        water = self._water(row)
        return (row.division, row.kind, self.level_of(row), row.name, water.pk if water else None)

    def check(self, row: AreaRow, problems: Problems) -> None:
        if row.kind not in Area.Kind.values:
            refuse(problems, row, "kind", Text(_("There is no kind %(kind)s."), {"kind": row.kind}))
            return
        self.check_level(row, problems)
        self._check_place(row, problems)
        self._check_existing(row, problems)
        if row.kind == Area.Kind.FOREST_UNIT and row.geometry is not None and row.geometry.geom_type in LINES:
            reason = _("A forest unit is an area or single points, not a line.")
            refuse(problems, row, "geometry", Text(reason), "shape.type")
        if row.half_width_m < 0:
            refuse(problems, row, "half_width_m", Text(_("A width cannot be negative.")))
        if row.kind == Area.Kind.REACH:
            self._check_reach(row, problems)
        elif row.unit_kind not in ForestUnit.Kind.values:
            reason = _("There is no kind %(kind)s.")
            refuse(problems, row, "unit_kind", Text(reason, {"kind": row.unit_kind}))
        if row.parent:
            self._check_parent(row, problems)

    def _check_place(self, row: AreaRow, problems: Problems) -> None:
        division = self.divisions.get(row.division)
        level = self.level_of(row)
        if division is None or "level" in problems:
            return
        if level_rank(division.level) > level_rank(level):
            reason = _("An area of this level cannot lie in so small a division; give the one it belongs to.")
            refuse(problems, row, "level", Text(reason))

    def _check_existing(self, row: AreaRow, problems: Problems) -> None:
        existing = self.by_code.get(row.code) if row.code else None
        if existing is None:
            return
        if existing.kind != row.kind:
            refuse(problems, row, "code", Text(_("This code belongs to an area of another kind.")))
        elif existing.until is not None:
            refuse(problems, row, "code", Text(_("This area is no longer valid.")))
        elif not self.by.scope.managed.holds_code(existing.division_id):
            reason = _("This code belongs to an area that your office does not manage.")
            refuse(problems, row, "code", Text(reason), "registry.not_yours")

    def _check_reach(self, row: AreaRow, problems: Problems) -> None:
        if not row.water:
            refuse(problems, row, "water", Text(_("A reach needs its water.")))
        elif self._water(row) is None:
            several = len(self.waters.get(row.water, ())) > 1
            reason = (
                _("Several waters are called %(water)s: give the code.")
                if several
                else _("There is no water %(water)s.")
            )
            refuse(problems, row, "water", Text(reason, {"water": row.water}))
        if row.bank not in Reach.Bank.values:
            refuse(problems, row, "bank", Text(_("There is no bank %(bank)s."), {"bank": row.bank}))
        if row.from_m is not None and row.to_m is not None and row.to_m <= row.from_m:
            refuse(problems, row, "to_m", Text(_("A reach must end below its begin.")))

    def _water(self, row: AreaRow) -> WaterBody | None:
        if row.kind != Area.Kind.REACH:
            return None
        found = self.waters.get(row.water, [])
        exact = [water for water in found if water.code == row.water]
        above = set(ancestors(row.division)) if len(row.division) == 12 else set()
        near = [water for water in found if water.division_id in above]
        for candidates in (exact, found, near):
            if len(candidates) == 1:
                return candidates[0]
        return None

    def _parent(self, code: str) -> _Parent | None:
        if code in self.in_file:
            return self.in_file[code]
        area = self.by_code.get(code)
        return _parent_of(row_of(area), _water_id(area), area.level) if area else None

    def _check_parent(self, row: AreaRow, problems: Problems) -> None:
        parent = self._parent(row.parent)
        reason = _("There is no area %(code)s.") if parent is None else self._misfit(row, parent)
        if row.parent == row.code:
            reason = _("An area cannot lie in itself.")
        if reason:
            refuse(problems, row, "parent", Text(reason, {"code": row.parent}))

    def _misfit(self, row: AreaRow, parent: _Parent) -> str:
        """Why the row cannot lie in that parent; "" when it can."""
        if parent.kind != row.kind:
            return _("A reach lies in a reach, a forest unit in a forest unit.")
        level = self.level_of(row)
        if level not in LEVELS:
            return ""
        height = level_rank(level) - level_rank(parent.level)
        if height < (1 if row.kind == Area.Kind.REACH else 0):
            return _("The area it lies in must be of a higher level.")
        if row.kind == Area.Kind.REACH and _differs(self._water(row), parent.water_id):
            return _("The reach it lies in is one of another water.")
        if parent.division not in ancestors(row.division):
            return _("The area it lies in belongs to another division.")
        if not _inside(row, parent):
            return _("It reaches beyond the chainage of the reach it lies in.")
        return ""

    def accept(self, row: AreaRow) -> None:
        if row.code:
            water = self._water(row)
            self.in_file[row.code] = _parent_of(row, water.pk if water else None, self.level_of(row))

    def create(self, settled: Sequence[Settled[AreaRow]]) -> None:
        if not settled:
            return
        rows = [item.row for item in settled]
        given = {row.code for row in rows}
        coded = iter(codes_for(Area, [row.division for row in rows if not row.code], given))
        areas = Area.objects.bulk_create(
            [self._area(row, row.code or next(coded)) for row in rows], batch_size=2_000
        )
        ids = {area.code: area.pk for area in areas}
        parents = [self._parent_id(row, ids) for row in rows]
        nest({area.pk: parent for area, parent in zip(areas, parents, strict=True)})
        self._create_details(rows, areas, parents)
        Shape.objects.bulk_create(
            [
                new_shape(item.shape, is_sketch=item.row.is_sketch, source=item.row.source, area=area)
                for item, area in zip(settled, areas, strict=True)
                if item.shape is not None
            ],
            batch_size=2_000,
        )
        self.created = list(areas)
        for item, area in zip(settled, areas, strict=True):
            self.by_code[area.code] = area
            self._record(area, item)

    def _area(self, row: AreaRow, code: str) -> Area:
        return Area(
            code=code,
            kind=row.kind,
            name=row.name.strip(),
            level=self.level_of(row),
            division=self.divisions[row.division],
            half_width_m=row.half_width_m,
            initials=initials_of(row.name)[:120],
            pinyin=pinyin_of(row.name).replace(" ", "")[:300],
            since=row.since,
            is_simulated=row.is_simulated,
        )

    def _parent_id(self, row: AreaRow, ids: dict[str, int]) -> int | None:
        if not row.parent:
            return None
        return ids[row.parent] if row.parent in ids else self.by_code[row.parent].pk

    def _create_details(
        self, rows: Sequence[AreaRow], areas: Sequence[Area], parents: Sequence[int | None]
    ) -> None:
        reaches, units = [], []
        for row, area, parent_id in zip(rows, areas, parents, strict=True):
            if row.kind == Area.Kind.REACH:
                water = self._water(row)
                reaches.append(Reach(area=area, water=water, parent_id=parent_id, **_reach_facts(row)))
            else:
                units.append(ForestUnit(area=area, parent_id=parent_id, **_forest_facts(row)))
        Reach.objects.bulk_create(reaches, batch_size=2_000)
        ForestUnit.objects.bulk_create(units, batch_size=2_000)

    def _record(self, area: Area, item: Settled[AreaRow]) -> None:
        shape = item.shape
        ledger.record(
            "area.register",
            area,
            by=self.by,
            at=self.at,
            code=area.code,
            kind=area.kind,
            level=area.level,
            division=area.division_id,
            shape_sha256=hashlib.sha256(shape.wkb).hexdigest() if shape else None,
        )

    def differs(self, settled: Settled[AreaRow]) -> bool:
        from shanhe.ground.registry.services.areas import changes_of

        return bool(changes_of(self, settled.existing, settled.row))

    def check_change(self, settled: Settled[AreaRow]) -> None:
        from shanhe.ground.registry.services.areas import changes_of, check_nested

        check_nested(settled.existing, settled.row, changes_of(self, settled.existing, settled.row))

    def change(self, settled: Settled[AreaRow]) -> bool:
        from shanhe.ground.registry.services.areas import apply_row

        changed = apply_row(self, settled.existing, settled.row)
        return shape_changed(settled, "area", self) or changed

    def water_of(self, row: AreaRow) -> WaterBody | None:
        """The water a checked reach belongs to."""
        return self._water(row)

    def parent_of(self, row: AreaRow) -> Area | None:
        """The area in the database that a checked row lies in."""
        return self.by_code[row.parent] if row.parent else None


def row_of(area: Area) -> AreaRow:
    """What the database says of an area, as a row without geometry."""
    common: dict[str, Any] = {
        "number": 1,
        "kind": area.kind,
        "code": area.code,
        "since": area.since,
        "is_simulated": area.is_simulated,
        **{name: getattr(area, name) for name in ("name", "level", "half_width_m")},
        "division": area.division_id,
    }
    if area.kind == Area.Kind.REACH:
        reach = area.reach
        facts = {name: getattr(reach, name) for name in _REACH_FACTS}
        parent = reach.parent.area.code if reach.parent else ""
        return AreaRow(**common, **facts, water=reach.water.code, parent=parent)
    unit = area.forest_unit
    facts = {name: getattr(unit, name) for name in _FOREST_FACTS}
    parent = unit.parent.area.code if unit.parent else ""
    return AreaRow(**common, **facts, unit_kind=unit.kind, parent=parent)


_REACH_FACTS = ("bank", "from_m", "to_m", "start_name", "end_name")
_FOREST_FACTS = ("category", "tenure", "owner", "species")


def _reach_facts(row: AreaRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _REACH_FACTS}


def _forest_facts(row: AreaRow) -> dict[str, Any]:
    return {"kind": row.unit_kind, **{name: getattr(row, name) for name in _FOREST_FACTS}}


def _parent_of(row: AreaRow, water_id: int | None, level: str) -> _Parent:
    return _Parent(row.kind, level, row.division, water_id, row.from_m, row.to_m)


def _water_id(area: Area) -> int | None:
    return area.reach.water_id if area.kind == Area.Kind.REACH else None


def _differs(water: WaterBody | None, water_id: int | None) -> bool:
    return water is not None and water.pk != water_id


def _inside(row: AreaRow, parent: _Parent) -> bool:
    if row.from_m is None or row.to_m is None or parent.from_m is None or parent.to_m is None:
        return True
    return row.from_m >= parent.from_m - CHAINAGE_SLACK_M and row.to_m <= parent.to_m + CHAINAGE_SLACK_M
