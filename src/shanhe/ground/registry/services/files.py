"""Records of a file into the registry: matched to fields, every row checked, all written in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from shanhe.ground.audit import ledger
from shanhe.ground.people.scope import Actor
from shanhe.ground.registry.columns import KINDS, typed_rows
from shanhe.ground.registry.naming import division_codes
from shanhe.ground.registry.rows import AreaRow, RawRow, Report, RowRefused, WaterRow
from shanhe.ground.registry.services.area_intake import AreaIntake
from shanhe.ground.registry.services.intake import Intake, Progress, settle
from shanhe.ground.registry.services.things import FacilityIntake, WaterIntake
from shanhe.kernel.errors import Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["registry_import"]

SEVERAL = _("Several of your divisions are called %(name)s: write the township before it, or the code.")
NONE = _("None of your divisions is called %(name)s.")


@ledger.atomic
def registry_import(
    *,
    records: Sequence[RawRow],
    kind: str,
    mapping: Mapping[str, str],
    by: Actor,
    at: datetime,
    good_rows: bool = False,
    write: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Take records as a file has them: create, bring up to date, leave alone or refuse each.

    ``kind``: one of ``KINDS``; ``mapping``: field → column. Nothing is written when a row is refused, unless
    ``good_rows``, nor without ``write``; the report then says what would have been. The same records again
    change nothing.
    """
    records, unnamed = _with_codes(records, mapping.get("division", ""), by)
    typed = typed_rows(records, kind, mapping)
    typed.refused.extend(unnamed)
    # Rows that cannot even be read refuse the file; the others are looked at too, so that the clerk mends
    # everything at once.
    write = write and (good_rows or not typed.refused)
    report = settle(_intake(kind, by, at), typed.rows, good_rows=good_rows, write=write, progress=progress)
    report.refused = sorted([*typed.refused, *report.refused], key=lambda refused: refused.row)
    return report


def _with_codes(records: Sequence[RawRow], column: str, by: Actor) -> tuple[list[RawRow], list[RowRefused]]:
    """The records with a code where a division stands by name, and those whose name means several or none."""
    names = {str(row.columns.get(column) or "").strip() for row in records} if column else set()
    meant = division_codes(by.scope.managed, names)
    kept, refused = [], []
    for row in records:
        name = str(row.columns.get(column) or "").strip()
        codes = meant.get(name)
        if codes is None:
            kept.append(row)
        elif len(codes) == 1:
            kept.append(replace(row, columns={**row.columns, column: codes[0]}))
        else:
            refused.append(
                RowRefused(row.number, "division", Text(SEVERAL if codes else NONE, {"name": name}))
            )
    return kept, refused


def _intake(kind: str, by: Actor, at: datetime) -> Intake[Any, Any]:
    row_type = KINDS[kind][0]
    if row_type is AreaRow:
        return AreaIntake(by, at)
    return WaterIntake(by, at) if row_type is WaterRow else FacilityIntake(by, at)
