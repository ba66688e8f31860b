"""Reports as JSON keeps them: sentences as message and holes, so that everybody reads their own language."""

from __future__ import annotations

from typing import Any

from shanhe.ground.incoming.kinds import Done, Fault, Report
from shanhe.kernel.errors import Refusal, Text

__all__ = ["KEPT", "refusal_told", "report_heard", "report_told"]

#: So many rows of each sort are kept one by one; the counts say how many there were.
KEPT = 5_000


def report_told(report: Report) -> dict[str, Any]:
    """The report as JSON values."""
    return {
        "counts": report.counts,
        "done": [[each.row, each.did, each.name, each.code] for each in report.done[:KEPT]],
        "refused": [_told(fault) for fault in report.refused[:KEPT]],
        "notes": [_told(fault) for fault in report.notes[:KEPT]],
        "faults": len(report.refused),
    }


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


def _heard(told: list[Any]) -> Fault:
    row, field, msgid, params, code = told
    return Fault(row, field, Text(msgid, params), code)


def refusal_told(refusal: Refusal) -> dict[str, Any]:
    """Why a file could not be read, as JSON."""
    return {"why": text_told(refusal.message), "code": refusal.code}
