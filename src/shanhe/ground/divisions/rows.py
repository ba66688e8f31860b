"""Divisions as a file gives them, before anything is looked up, and what is wrong with a row."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO, StringIO

from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["COLUMNS", "DivisionRow", "DivisionsRefused", "RowRefused", "read_csv"]

COLUMNS = ("code", "name", "level", "parent_code")
MOST_BYTES = 50_000_000  # the whole nation to the village has 36 MB
MOST_NAMED = 5  # so many faulty rows are named in a sentence; `rows` has them all


@dataclass(frozen=True, slots=True)
class DivisionRow:
    """One division of a file. ``number`` is the row as a spreadsheet counts it: the head is row 1."""

    number: int
    code: str
    name: str
    level: str
    parent_code: str = ""


@dataclass(frozen=True, slots=True)
class RowRefused:
    """One field of one row that keeps the file out, and why."""

    row: int
    field: str
    reason: Text


class DivisionsRefused(Refusal):
    """Rows that cannot be taken. All of them are in ``rows``, the first five in the sentence's fields."""

    def __init__(self, rows: list[RowRefused]) -> None:
        super().__init__(
            "divisions.rows",
            _("%(count)d rows of the file cannot be used; nothing was imported."),
            {f"{one.row}.{one.field}": one.reason for one in rows[:MOST_NAMED]},
            count=len({one.row for one in rows}),
        )
        self.rows = tuple(rows)


def read_csv(content: bytes) -> list[DivisionRow]:
    """The rows of a CSV file with the columns ``code,name,level,parent_code``, other columns left alone.

    UTF-8 with or without BOM, or GBK; Windows or Unix line ends; plain or compressed with gzip. Cells are
    stripped, empty lines skipped. Refusals: ``file.unreadable``, ``file.encoding``, ``file.too_large``,
    ``divisions.columns`` naming what is missing, ``divisions.empty``.
    """
    from shanhe.kernel.tracks.formats.fixes import decoded

    table = csv.DictReader(StringIO(decoded(_unpacked(content)), newline=""))
    missing = [name for name in COLUMNS if name not in [(word or "").strip() for word in _head(table)]]
    if missing:
        raise Refusal(
            "divisions.columns",
            _("The file lacks these columns: %(missing)s."),
            {name: _("This column is missing.") for name in missing},
            missing=", ".join(missing),
        )
    table.fieldnames = [name.strip() for name in _head(table)]
    rows = list(_rows(table))
    if not rows:
        raise Refusal(
            "divisions.empty", _("The file has no divisions."), {"file": _("It has a head and no rows.")}
        )
    return rows


def _head(table: csv.DictReader[str]) -> list[str]:
    try:
        return list(table.fieldnames or ())
    except csv.Error:
        raise _unreadable() from None


def _rows(table: csv.DictReader[str]) -> Iterator[DivisionRow]:
    try:
        for number, cells in enumerate(table, start=2):
            if any(cells.get(name) for name in COLUMNS):
                yield _row(number, cells)
    except csv.Error:
        raise _unreadable() from None


def _row(number: int, cells: Mapping[str, str | None]) -> DivisionRow:
    code, name, level, parent_code = ((cells.get(column) or "").strip() for column in COLUMNS)
    return DivisionRow(number, code, name, level, parent_code)


def _unpacked(content: bytes) -> bytes:
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        with gzip.open(BytesIO(content)) as file:
            # One byte more than may be: `decoded` refuses it, and a bomb stops there.
            return file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise _unreadable() from None


def _unreadable() -> Refusal:
    return Refusal(
        "file.unreadable",
        _("The file cannot be read as CSV or compressed CSV."),
        {"file": _("It is damaged or of another kind.")},
    )
