"""Reports as JSON keeps them: sentences as message and holes, so that everybody reads their own language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shanhe.ground.incoming.kinds import Done, Fault, Report
from shanhe.ground.incoming.tables import Row, Table
from shanhe.kernel.errors import Refusal, Text

__all__ = ["KEPT", "refusal_told", "report_heard", "report_told", "text_heard", "text_told"]

#: So many rows of each sort are kept one by one; the counts say how many there were.
KEPT = 5_000
LONGEST = 80  # characters of a cell


def report_told(report: Report, table: Table, mapping: Mapping[str, str]) -> dict[str, Any]:
    """The report as JSON values; each fault with what its cell says, so that a clerk finds it."""
    kept = report.refused[:KEPT]
    rows = {row.number: row for row in table if row.number in {fault.row for fault in kept}}
    return {
        "counts": report.counts,
        "done": [[each.row, each.did, each.name, each.code] for each in report.done[:KEPT]],
        "refused": [_told(fault) for fault in kept],
        "given": [_given(rows.get(fault.row), mapping.get(fault.field, "")) for fault in kept],
        "notes": [_told(fault) for fault in report.notes[:KEPT]],
        "faults": len(report.refused),
    }


def _given(row: Row | None, column: str) -> str:
    return row.text(column)[:LONGEST] if row is not None and column else ""


def _told(fault: Fault) -> list[Any]:
    return [fault.row, fault.field, *text_told(fault.reason), fault.code]


def text_told(text: Text) -> list[Any]:
    """A sentence as JSON."""
    params = {
        name: value if isinstance(value, int | float | str) else str(value)
        for name, value in text.params.items()
    }
    return [text.msgid, params]


def report_heard(told: dict[str, Any]) -> Report:
    """The report again, as far as it was kept; the whole counts are in ``told["counts"]``."""
    return Report(
        [Done(*each) for each in told.get("done", ())],
        [_heard(each) for each in told.get("refused", ())],
        [_heard(each) for each in told.get("notes", ())],
    )


def text_heard(told: list[Any]) -> Text:
    """The sentence again."""
    msgid, params = told
    return Text(msgid, params)


def _heard(told: list[Any]) -> Fault:
    row, field, msgid, params, code = told
    return Fault(row, field, Text(msgid, params), code)


def refusal_told(refusal: Refusal) -> dict[str, Any]:
    """Why a file could not be read, as JSON."""
    return {"why": text_told(refusal.message), "code": refusal.code}
