"""Sheets as clerks make them: a title above, merged cells, two rows of heads, formulas, GBK."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from shanhe.ground.incoming.reading.archives import opened
from shanhe.ground.incoming.reading.options import MOST_COLUMNS, MOST_ROWS, Limits, Options
from shanhe.ground.incoming.reading.refusals import broken, empty, no_sheet, too_many_rows
from shanhe.ground.incoming.tables import Cell, Row, Table
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["read_csv", "read_workbook"]

Grid = list[list[Cell]]
Merged = Sequence[tuple[tuple[int, int], tuple[int, int]]]

HEAD_WITHIN = 30  # rows that are looked at for the head
KNOWN_WORD = 3  # a cell that is a field's name says so much more for a head than any other
FORMULA_MARK = "="


def read_workbook(path: Path, options: Options, limits: Limits) -> Table:
    """A sheet of an .xlsx or .xls: formulas as their values, merged cells filled, days as ISO text."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    if zipfile.is_zipfile(path):
        with opened(path, limits):
            pass
    try:
        book = CalamineWorkbook.from_path(str(path))
        names = tuple(book.sheet_names)
        if options.sheet and options.sheet not in names:
            raise no_sheet(options.sheet, names)
        for name in (options.sheet,) if options.sheet else names:
            sheet = book.get_sheet_by_name(name)
            if sheet.total_height > MOST_ROWS + HEAD_WITHIN:
                raise too_many_rows(MOST_ROWS)
            grid = [[_cell(value) for value in line[:MOST_COLUMNS]] for line in _lines(sheet)]
            if any(value is not None for line in grid for value in line):
                return _table(grid, sheet.merged_cell_ranges or (), options, name, names)
    except PasswordError:
        message = _("The workbook has a password; bring it without one.")
        raise Refusal("incoming.locked", message, {"file": message}) from None
    except (CalamineError, ValueError, OSError):
        raise broken() from None
    raise empty()


def _lines(sheet: Any) -> list[list[Any]]:
    """All rows from the first of the sheet on, also when the first are empty: rows keep their numbers."""
    lines: list[list[Any]] = sheet.to_python(skip_empty_area=False)
    return lines


def read_csv(path: Path, options: Options, limits: Limits) -> Table:
    """A text table in UTF-8 (with or without mark), UTF-16 or GBK; commas, semicolons, tabs or bars."""
    text = _decoded(path.read_bytes())
    if "\x00" in text[:4096]:
        raise broken()
    delimiter = _delimiter(text)
    csv.field_size_limit(10 * 1024 * 1024)  # a shape as text is long
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        raise broken() from None
    if len(lines) > MOST_ROWS + HEAD_WITHIN:
        raise too_many_rows(MOST_ROWS)
    grid: Grid = [[_cell(value) for value in line[:MOST_COLUMNS]] for line in lines]
    if not any(value is not None for line in grid for value in line):
        raise empty()
    return _table(grid, (), options, "", ())


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise broken()


def _delimiter(text: str) -> str:
    """The sign that parts the first rows into most cells."""
    head = text[:20_000].splitlines()[:20]
    return max(",;\t|", key=lambda sign: max((line.count(sign) for line in head), default=0))


def _cell(value: Any) -> Cell:
    """The value as JSON can hold it: days as ISO text, whole numbers without a point, "" as nothing."""
    if isinstance(value, str):
        return value.strip().strip("\ufeff\u200b") or None
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.date().isoformat() if midnight else value.replace(microsecond=0).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value if isinstance(value, int | float) else str(value)


def _table(grid: Grid, merged: Merged, options: Options, sheet: str, sheets: tuple[str, ...]) -> Table:
    width = max(len(line) for line in grid)
    for line in grid:
        line.extend([None] * (width - len(line)))
    _fill(grid, merged)
    head, names = _head(grid, merged, options.words)
    columns = _columns(names)
    rows = [
        Row(number, {column: value for column, value in zip(columns, line, strict=True) if column})
        for number, line in enumerate(grid[head + 1 :], head + 2)
        if any(value is not None for value in line)
    ]
    if not rows:
        raise empty()
    if len(rows) > MOST_ROWS:
        raise too_many_rows(MOST_ROWS)
    return Table(tuple(filter(None, columns)), rows, sheet, sheets, head_row=head + 1)


def _fill(grid: Grid, merged: Merged) -> None:
    """Every cell of a merged block says what its first one says."""
    for (top, left), (bottom, right) in merged:
        if top >= len(grid) or left >= len(grid[0]):
            continue
        value = grid[top][left]
        for line in grid[top : bottom + 1]:
            line[left : min(right, len(line) - 1) + 1] = [value] * (min(right, len(line) - 1) + 1 - left)


def _head(grid: Grid, merged: Merged, words: tuple[str, ...]) -> tuple[int, list[Cell]]:
    """Index of the last row of the head, and the columns' names: the row of most different texts.

    What fields are called counts more than other texts, so a row of data is no head. Where that row is the
    upper of two (some of its cells span several columns), the lower one tells the columns apart.
    """
    known = {_plain(word) for word in words}

    def says(line: list[Cell]) -> int:
        texts = {_plain(value) for value in line if isinstance(value, str) and not _is_number(value)}
        return len(texts) + KNOWN_WORD * len(texts & known)

    within = range(min(HEAD_WITHIN, len(grid)))
    best = max(within, key=lambda index: (says(grid[index]), -index))
    below = best + 1
    if below < len(grid) - 1 and _is_upper(best, merged, grid[best], grid[below]):
        return below, [
            low if low == high or high is None or low is not None else high
            for high, low in zip(grid[best], grid[below], strict=True)
        ]
    return best, grid[best]


def _is_upper(row: int, merged: Merged, line: list[Cell], below: list[Cell]) -> bool:
    """Whether some of the head's cells span columns, and the row below names those."""
    spans = [
        (left, right) for (top, left), (bottom, right) in merged if top == row == bottom and right > left
    ]
    return any(
        all(isinstance(value, str) for value in below[left : right + 1])
        and len(set(below[left : right + 1])) == right - left + 1
        for left, right in spans
        if left < len(line)
    )


def _is_number(text: str) -> bool:
    """In text tables numbers are texts, too; no head is made of them."""
    return text.strip("-+%").replace(".", "", 1).isdigit()


def _plain(value: Any) -> str:
    return "".join(str(value).lower().split()).strip("*＊")


def _columns(names: Sequence[Cell]) -> list[str]:
    """Names that tell all columns apart; "" for a column without one, which is left out.

    ``["名称", "名称", None]`` gives ``["名称", "名称 (2)", ""]``.
    """
    seen: dict[str, int] = {}
    columns = []
    for name in names:
        word = " ".join(str(name).split()) if name is not None else ""
        count = seen[word] = seen.get(word, 0) + 1
        columns.append(f"{word} ({count})" if word and count > 1 else word)
    return columns
