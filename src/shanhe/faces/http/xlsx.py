"""Lists as a clerk's workbook: written row by row, so that many rows need no more memory than ten."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Generic, TypeVar
from urllib.parse import quote

from django.http import FileResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

__all__ = ["XLSX", "Column", "book_bytes", "harmless", "workbook", "xlsx_response"]

T = TypeVar("T")

ROWS_A_SHEET = 1_048_576 - 1  # what a sheet holds, less its head
LONGEST = 32_767  # characters one cell holds
#: What makes a spreadsheet read text as a formula (OWASP, CSV Injection), full-width forms included.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what XML 1.0 cannot hold
IN_MEMORY = 4 * 1024 * 1024  # bytes, beyond which the file goes to disk
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One column: translatable title, what it shows of a row, width in characters, number format."""

    title: str | Promise
    value: Callable[[T], Any]
    width: float = 14
    number_format: str = ""  # Excel's own: "0.0%", "#,##0"; days and moments have theirs already


def harmless(given: str) -> str:
    """Text that no spreadsheet takes for a formula: a leading apostrophe where its first character would
    make it one.

    The apostrophe stays when the sheet is saved as CSV, where a mere cell type would be lost. ``"=1+1"``
    gives ``"'=1+1"``.
    """
    clean = UNPRINTABLE.sub("", given)
    safe = f"'{clean}" if clean.startswith(FORMULA) else clean
    return safe if len(safe) <= LONGEST else safe[: LONGEST - 1] + "…"


def workbook(
    columns: Sequence[Column[T]], rows: Iterable[T], *, sheet: str, about: Sequence[tuple[str, str]] = ()
) -> IO[bytes]:
    """An open file with the rows as a workbook, at its beginning; frozen head, widths, a filter on every
    column.

    Rows that one sheet cannot hold go on in a second one of the same head. ``about``, lines of a label and
    what it says (the filters, who asked and when), stands on a last sheet. The caller closes the file.
    """
    book = Workbook(write_only=True)
    waiting = iter(rows)
    first = list(islice(waiting, 1))
    part = 1
    while part == 1 or first:
        _sheet(book, columns, first, waiting, _sheet_name(sheet, part))
        first = list(islice(waiting, 1))
        part += 1
    if about:
        _about_sheet(book, about)
    file: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (handed to the caller)
    book.save(file)
    file.seek(0)
    return file


def xlsx_response(
    columns: Sequence[Column[T]], rows: Iterable[T], *, name: str, about: Sequence[tuple[str, str]] = ()
) -> FileResponse:
    """The workbook as a download called ``name``.xlsx."""
    response = FileResponse(workbook(columns, rows, sheet=name, about=about), content_type=XLSX)
    response["Content-Disposition"] = (
        f"attachment; filename=\"list.xlsx\"; filename*=UTF-8''{quote(name)}.xlsx"
    )
    response["Cache-Control"] = "private, no-store"
    return response


def book_bytes(book: Workbook) -> bytes:
    """A small workbook, made cell by cell, as the bytes of its file."""
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet(
    book: Workbook, columns: Sequence[Column[T]], first: list[T], rest: Iterable[T], name: str
) -> None:
    page = book.create_sheet(name)
    page.freeze_panes = "A2"
    for n, column in enumerate(columns, 1):
        page.column_dimensions[get_column_letter(n)].width = column.width
    page.append([_head(page, column) for column in columns])
    count = 1
    for rows in (first, islice(rest, ROWS_A_SHEET - len(first))):
        for row in rows:
            page.append([_cell(page, column, row) for column in columns])
            count += 1
    page.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{count}"


def _about_sheet(book: Workbook, about: Sequence[tuple[str, str]]) -> None:
    page = book.create_sheet(_sheet_name(gettext("About this list"), 1))
    page.column_dimensions["A"].width, page.column_dimensions["B"].width = 18, 60
    for label, words in about:
        name = WriteOnlyCell(page, harmless(label))
        name.font = Font(bold=True)
        page.append([name, harmless(words)])


def _sheet_name(name: str, part: int) -> str:
    """At most 31 characters, none of those that Excel forbids."""
    plain = re.sub(r"[\[\]:*?/\\']", " ", name).strip() or "1"
    return plain[:31] if part == 1 else f"{plain[:27]} {part}"


def _head(page: Any, column: Column[Any]) -> Any:
    cell = WriteOnlyCell(page, harmless(str(column.title)))
    cell.font = Font(bold=True)
    return cell


def _cell(page: Any, column: Column[T], row: T) -> Any:
    value, number_format = _value(column.value(row))
    wanted = column.number_format or number_format
    if not wanted:
        return value
    cell = WriteOnlyCell(page, value)
    cell.number_format = wanted
    return cell


def _value(value: Any) -> tuple[Any, str]:
    """A cell's value and its natural format: moments in the office's zone, text harmless, no NaN."""
    if isinstance(value, datetime):
        if timezone.is_aware(value):
            value = timezone.localtime(value, timezone.get_default_timezone()).replace(tzinfo=None)
        return value.replace(microsecond=0), "yyyy-mm-dd hh:mm"
    if isinstance(value, date):
        return value, "yyyy-mm-dd"
    if isinstance(value, float) and not abs(value) < float("inf"):
        return None, ""
    if value is None or isinstance(value, int | float):
        return value, ""
    return harmless(str(value)), ""
