"""A file of records into the registry: read, matched to fields, checked and written in one go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from shanhe.ground.audit import ledger
from shanhe.ground.people.scope import Actor
from shanhe.ground.registry.columns import KINDS, mapping_from, typed_rows
from shanhe.ground.registry.formats import read_records
from shanhe.ground.registry.rows import AreaRow, Report, WaterRow
from shanhe.ground.registry.services.area_intake import AreaIntake
from shanhe.ground.registry.services.intake import Intake, Progress, settle
from shanhe.ground.registry.services.things import FacilityIntake, WaterIntake

__all__ = ["registry_import"]


@ledger.atomic
def registry_import(
    *,
    content: bytes,
    name: str,
    kind: str,
    by: Actor,
    at: datetime,
    mapping: Iterable[str] = (),
    good_rows: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Take the records of a file called ``name``: create, bring up to date, leave alone or refuse each.

    ``kind``: one of ``KINDS``; ``mapping``: words ``field=column``. Nothing is written when a row is refused,
    unless ``good_rows``. The same file again changes nothing. Refusal on a file that cannot be read at all.
    """
    fields = mapping_from(mapping, kind) if kind in KINDS else {}
    typed = typed_rows(read_records(content, name), kind, fields)
    if typed.refused and not good_rows:
        # Look at the others too, so that the clerk mends everything at once; then write nothing.
        report = _dry(kind, typed.rows, by, at, progress)
    else:
        report = settle(_intake(kind, by, at), typed.rows, good_rows=good_rows, progress=progress)
    report.refused = sorted([*typed.refused, *report.refused], key=lambda refused: refused.row)
    return report


def _intake(kind: str, by: Actor, at: datetime) -> Intake[Any, Any]:
    row_type = KINDS[kind][0]
    if row_type is AreaRow:
        return AreaIntake(by, at)
    return WaterIntake(by, at) if row_type is WaterRow else FacilityIntake(by, at)


def _dry(kind: str, rows: list[Any], by: Actor, at: datetime, progress: Progress | None) -> Report:
    return settle(_intake(kind, by, at), rows, progress=progress, write=False)
