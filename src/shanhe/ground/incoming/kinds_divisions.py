"""A sheet of divisions: the statistical codes of an own county down to its villages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from shanhe.ground.divisions.models import Division
from shanhe.ground.divisions.rows import DivisionRow, DivisionsRefused
from shanhe.ground.divisions.services import divisions_import, level_of
from shanhe.ground.incoming.kinds import Done, Fault, Field, Kind, Progress, Report, incoming_kind
from shanhe.ground.incoming.staff.cells import plain
from shanhe.ground.incoming.staff.posts import level_in
from shanhe.ground.incoming.tables import Table
from shanhe.ground.people.scope import Actor
from shanhe.kernel.codes import LEVELS, ancestors, is_code, level_rank
from shanhe.kernel.errors import Text, gettext_noop

__all__ = ["Divisions"]

LOOKED_UP = 5_000


@dataclass(frozen=True, slots=True)
class _Known:
    """What is there under a code."""

    name: str
    parent: str


@incoming_kind
class Divisions(Kind):
    """One row: a division with its code; level and parent follow from the code when they are not given."""

    key = "divisions"
    title = _("Divisions")
    text = _("Townships and villages of your place with their 12-digit statistical codes.")
    group = "ground"
    icon = "division"
    record = "division"
    fields = (
        Field(
            "code",
            _("Code"),
            required=True,
            synonyms=("代码", "区划代码", "行政区划代码", "统计用区划代码", "编码", "code"),
            example="341721102201",
            help=_("12 digits, as the National Bureau of Statistics publishes them."),
        ),
        Field(
            "name",
            _("Name"),
            required=True,
            synonyms=("名称", "区划名称", "行政区划名称", "地名", "name"),
            example="杨墩村委会",
        ),
        Field("level", _("Level"), synonyms=("级别", "层级", "level"), help=_("Empty: by the code.")),
        Field(
            "parent",
            _("Parent"),
            synonyms=("上级代码", "上级区划代码", "父级代码", "parent_code"),
            help=_("The code of the division above. Empty: by the code."),
        ),
    )

    def take(
        self,
        table: Table,
        mapping: Mapping[str, str],
        *,
        by: Actor,
        at: datetime,
        good_rows: bool = False,
        write: bool = True,
        progress: Progress | None = None,
    ) -> Report:
        """Divisions made or renamed; those that the file does not name stay."""
        rows, refused = _read(table, mapping, by)
        known = _known({row.code for row in rows} | {row.parent_code for row in rows})
        refused += _orphans(rows, known)
        bad = {fault.row for fault in refused}
        good = [row for row in rows if row.number not in bad]
        if write and (good_rows or not refused):
            good, more = _written(good, by, at, good_rows)
            refused += more
        if progress is not None:
            progress(len(rows), len(rows))
        refused.sort(key=lambda fault: fault.row)
        return Report([_done(row, known) for row in good], refused)


def _read(table: Table, mapping: Mapping[str, str], by: Actor) -> tuple[list[DivisionRow], list[Fault]]:
    rows: list[DivisionRow] = []
    refused: list[Fault] = []
    first: dict[str, int] = {}
    for row in table.rows:
        text = {name: plain(row.text(column)) for name, column in mapping.items() if column}
        if not any(text.values()):
            continue
        read, faults = _row(row.number, text, by)
        if not faults and first.setdefault(read.code, read.number) != read.number:
            faults = {
                "code": Text(
                    gettext_noop("The same record stands in row %(row)s."), {"row": first[read.code]}
                )
            }
        refused += [Fault(row.number, name, why) for name, why in faults.items()]
        if not faults:
            rows.append(read)
    return rows, refused


def _row(number: int, text: Mapping[str, str], by: Actor) -> tuple[DivisionRow, dict[str, Text]]:
    faults: dict[str, Text] = {}
    code = text.get("code", "")
    code = code.ljust(12, "0") if code.isdigit() and len(code) in {2, 4, 6, 9} else code
    by_code = level_of(code) if is_code(code) else None
    level = level_in(text.get("level", ""))[0] or by_code or ""
    if not is_code(code) or by_code is None:
        given = {"given": code or "“”"}
        faults["code"] = Text(gettext_noop("%(given)s is no division code of 12 digits."), given)
    elif level != by_code:
        words = {"code": code, "level": text.get("level", "")}
        faults["level"] = Text(gettext_noop("%(code)s is not a code of the level %(level)s."), words)
    elif not by.scope.managed.holds_code(code):
        faults["code"] = Text(gettext_noop("Outside the area your office manages."))
    name = text.get("name", "")
    if not name:
        faults["name"] = Text(gettext_noop("A name is missing."))
    elif len(name) > 80:
        faults["name"] = Text(gettext_noop("The name has more than %(most)d characters."), {"most": 80})
    parent = text.get("parent", "")
    parent = parent.ljust(12, "0") if parent.isdigit() else parent
    if not parent and not faults and level != "province":
        parent = ancestors(code)[-2]
    return DivisionRow(number, code, name, level, parent), faults


def _known(codes: set[str]) -> dict[str, _Known]:
    found: dict[str, _Known] = {}
    wanted = sorted(codes - {""})
    for begin in range(0, len(wanted), LOOKED_UP):
        rows = Division.objects.filter(code__in=wanted[begin : begin + LOOKED_UP])
        for code, name, parent in rows.values_list("code", "name", "parent_id"):
            found[code] = _Known(name, parent or "")
    return found


def _orphans(rows: Sequence[DivisionRow], known: Mapping[str, _Known]) -> list[Fault]:
    """Rows whose parent is neither in the file nor there, or does not stand above."""
    there = {row.code for row in rows} | set(known)
    faults = []
    for row in rows:
        if row.level == LEVELS[0]:
            continue
        above = row.parent_code in ancestors(row.code)[:-1]
        if row.parent_code not in there:
            words = {"parent": row.parent_code}
            reason = Text(gettext_noop("The parent %(parent)s is neither in the file nor known."), words)
            faults.append(Fault(row.number, "parent", reason))
        elif not above and level_rank(row.level) > 0:
            words = {"code": row.code, "parent": row.parent_code}
            reason = Text(gettext_noop("%(code)s does not lie under %(parent)s."), words)
            faults.append(Fault(row.number, "parent", reason))
    return faults


def _done(row: DivisionRow, known: Mapping[str, _Known]) -> Done:
    before = known.get(row.code)
    if before is None:
        return Done(row.number, "create", row.name, row.code)
    is_same = before == _Known(row.name, row.parent_code)
    return Done(row.number, "unchanged" if is_same else "update", row.name, row.code)


def _written(
    rows: list[DivisionRow], by: Actor, at: datetime, good_rows: bool
) -> tuple[list[DivisionRow], list[Fault]]:
    """Import the rows; those that the service refuses after all are left out, and asked for again without."""
    refused: list[Fault] = []
    while rows:
        try:
            divisions_import(rows=rows, by=by, at=at)
        except DivisionsRefused as faulty:
            refused += [Fault(one.row, _field(one.field), one.reason) for one in faulty.rows]
            bad = {one.row for one in faulty.rows}
            rows = [row for row in rows if row.number not in bad]
            if not good_rows:
                break
        else:
            break
    return rows, refused


def _field(name: Any) -> str:
    return "parent" if name == "parent_code" else str(name)
