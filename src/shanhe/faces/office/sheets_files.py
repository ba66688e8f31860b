"""A sheet as a file: PDF set by Typst, and a workbook that prints like it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import get_language, gettext
from openpyxl import Workbook
from openpyxl.cell import Cell as XlsxCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from shanhe.faces.http.xlsx import book_bytes, harmless
from shanhe.faces.office.sheets_content import Column, Sheet
from shanhe.ground.papers.typesetting import typeset

__all__ = ["file_name", "sheets_pdf", "workbook_of"]

THIN = Side(style="thin", color="808080")
RULED = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
SHADE = PatternFill("solid", fgColor="F2F2F2")
PAIRS = 3  # of name and value in a line of the head


def file_name(sheet: Sheet, subject: str = "") -> str:
    """What the file is called, without ending: what it is, whose, of which month."""
    words = f"{sheet.title} {subject} {sheet.period}"
    plain = "".join(letter for letter in words if letter.isprintable() and letter not in '\\/:*?"<>|')
    return " ".join(plain.split())


def sheets_pdf(sheets: Sequence[Sheet], *, note: str, at: datetime) -> bytes:
    """The sheets one after the other in one PDF; ``note`` is the small print of every page."""
    data = {
        "lang": get_language() or "zh",
        "title": sheets[0].title if sheets else "",
        "signed": sheets[0].author if sheets else "",
        "note": note,
        "sheets": [_data(sheet) for sheet in sheets],
    }
    return typeset("sheet", data, at=at)


def _data(sheet: Sheet) -> dict[str, Any]:
    return {
        "number": gettext("Sheet No. %(number)s") % {"number": sheet.number},
        "title": sheet.title,
        "period": gettext("(%(month)s)") % {"month": sheet.period},
        "facts": sheet.facts,
        "columns": [
            {"name": column.title, "width": column.width or "auto", "align": column.align}
            for column in sheet.columns
        ],
        "rows": [[cell.text for cell in row] for row in sheet.rows],
        "total": [[cell.text for cell in sheet.total]] if sheet.rows else [],
        "empty": sheet.empty,
        "lines": sheet.lines,
        "signatures": [{"name": name} for name in sheet.signatures],
    }


def workbook_of(sheet: Sheet, *, note: str) -> bytes:
    """The sheet as a workbook of one page across: title, head, table, totals, lines, places to sign."""
    book = Workbook()
    page = book.active
    assert isinstance(page, Worksheet)  # noqa: S101  what a new workbook has
    page.title = "".join(letter for letter in sheet.period if letter not in "[]:*?/\\")[:31] or "1"
    width = len(sheet.columns)
    for n, column in enumerate(sheet.columns, 1):
        page.column_dimensions[get_column_letter(n)].width = column.chars
    _across(page, 1, width, f"{sheet.title}", Font(size=18, bold=True), "center")
    _across(page, 2, width, gettext("(%(month)s)") % {"month": sheet.period}, Font(size=12), "center")
    _across(page, 3, width, gettext("Sheet No. %(number)s") % {"number": sheet.number}, Font(size=9), "right")
    at = _head(page, 4, sheet, width)
    at = _table(page, at, sheet)
    for words in [*sheet.lines, "　　　　　".join(f"{name}：" for name in sheet.signatures), note]:
        _across(page, at, width, words, Font(size=10), "left")
        at += 1
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = 9  # A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    return book_bytes(book)


def _across(page: Worksheet, row: int, width: int, words: str, font: Font, edge: str) -> None:
    """One line over all columns."""
    page.merge_cells(start_row=row, start_column=1, end_row=row, end_column=width)
    cell = page.cell(row, 1, harmless(words))
    cell.font, cell.alignment = font, Alignment(horizontal=edge, vertical="center", wrap_text=True)


def _head(page: Worksheet, at: int, sheet: Sheet, width: int) -> int:
    """Names and values in pairs, spread over the columns; gives the next free row."""
    edges = [round(n * width / PAIRS) for n in range(PAIRS + 1)]
    for n, (name, value) in enumerate(sheet.facts):
        row, pair = at + n // PAIRS, n % PAIRS
        first, last = edges[pair] + 1, edges[pair + 1]
        _dress(page.cell(row, first, harmless(name)), bold=True, edge="center", shaded=True)
        if last > first:
            page.merge_cells(start_row=row, start_column=first + 1, end_row=row, end_column=last)
            _dress(page.cell(row, first + 1, harmless(value)))
    return at + -(-len(sheet.facts) // PAIRS) + 1


def _table(page: Worksheet, at: int, sheet: Sheet) -> int:
    for n, column in enumerate(sheet.columns, 1):
        _dress(page.cell(at, n, harmless(column.title)), bold=True, edge="center", shaded=True)
    page.print_title_rows = f"{at}:{at}"
    page.freeze_panes = f"A{at + 1}"
    lines = [*sheet.rows, sheet.total] if sheet.rows else sheet.rows
    for offset, line in enumerate(lines, 1):
        is_total = line is sheet.total
        for n, (cell, column) in enumerate(zip(line, sheet.columns, strict=True), 1):
            kept = cell.kept
            made = page.cell(at + offset, n, harmless(kept) if isinstance(kept, str) else kept)
            _dress(made, bold=is_total, edge=column.align)
            _number(made, column)
    if not lines:
        _across(page, at + 1, len(sheet.columns), sheet.empty, Font(size=10, color="777777"), "center")
        return at + 3
    return at + len(lines) + 2


def _number(cell: Any, column: Column) -> None:
    if column.number_format and not isinstance(cell.value, str):
        cell.number_format = column.number_format


def _dress(cell: Any, *, bold: bool = False, edge: str = "left", shaded: bool = False) -> None:
    if not isinstance(cell, XlsxCell):
        return
    cell.font, cell.border = Font(size=10, bold=bold), RULED
    cell.alignment = Alignment(horizontal=edge, vertical="center", wrap_text=True)
    if shaded:
        cell.fill = SHADE
