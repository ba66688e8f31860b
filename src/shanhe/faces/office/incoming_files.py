"""What is downloaded while bringing data: templates, faults as a workbook, shapes for the preview's map."""

from __future__ import annotations

import json
from urllib.parse import quote
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from shanhe.faces.http.access import office_page, scope_of_request
from shanhe.faces.http.xlsx import XLSX, Column, book_bytes, xlsx_response
from shanhe.faces.office.incoming_words import FaultLine, lines_of
from shanhe.ground.incoming.kinds import Field, Kind, kind_of, kinds_for
from shanhe.ground.incoming.matching import LAT, LON
from shanhe.ground.incoming.previewing import DRAWN, places_of
from shanhe.ground.incoming.queries import incoming_of

__all__ = ["urlpatterns"]

FAULT_COLUMNS: list[Column[FaultLine]] = [
    Column(_("Row in the file"), lambda line: line.row, 12),
    Column(_("Field"), lambda line: line.field, 18),
    Column(_("What stands there"), lambda line: line.given, 28),
    Column(_("What is wrong"), lambda line: line.reason, 60),
]
ROWS_READY = 1_000  # rows of a template whose cells take codes as text


@office_page
def import_template(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty workbook of one kind: a head to fill in below, and a sheet that explains each column."""
    found = next((each for each in kinds_for(scope_of_request(request)) if each.key == kind), None)
    if found is None:
        raise Http404
    book = Workbook()
    fields = found.fields + ((LON, LAT) if found.has_shapes else ())
    head = book.active
    if isinstance(head, Worksheet):
        _head_sheet(head, found, fields)
    _help_sheet(book.create_sheet(gettext("How to fill it in")), found, fields)
    answer = HttpResponse(book_bytes(book), content_type=XLSX)
    name = quote(gettext("Template %(kind)s") % {"kind": found.title})
    answer["Content-Disposition"] = (
        f"attachment; filename=\"template-{kind}.xlsx\"; filename*=UTF-8''{name}.xlsx"
    )
    return answer


def _head_sheet(sheet: Worksheet, kind: Kind, fields: tuple[Field, ...]) -> None:
    sheet.title = str(kind.title)[:31]
    sheet.freeze_panes = "A2"
    for n, each in enumerate(fields, 1):
        cell = sheet.cell(1, n, f"{each.label}*" if each.required else str(each.label))
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="E3F1F0" if each.required else "F2F4F5")
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[get_column_letter(n)].width = 22 if each.required else 16
        for row in range(2, ROWS_READY + 2):
            sheet.cell(row, n).number_format = "@"  # codes keep their zeros and all their digits


def _help_sheet(sheet: Worksheet, kind: Kind, fields: tuple[Field, ...]) -> None:
    titles = (gettext("Column"), gettext("Needed"), gettext("What it means"), gettext("Example"))
    sheet.append(titles)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    examples = list(kind.examples())
    for each in fields:
        told = [str(row[each.name]) for row in examples if row.get(each.name)] or [each.example]
        needed = gettext("Yes") if each.required else ""
        sheet.append((str(each.label), needed, str(each.help), "；".join(dict.fromkeys(filter(None, told)))))
    for letter, width in zip("ABCD", (22, 8, 70, 28), strict=True):
        sheet.column_dimensions[letter].width = width


@office_page
def import_faults(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """The list of faults as a workbook, for whoever mends the file."""
    incoming = incoming_of(scope_of_request(request), uuid)
    if incoming is None:
        raise Http404
    faults, _rows, _notes = lines_of(incoming, kind_of(incoming.kind))
    name = gettext("Faults of %(name)s") % {"name": incoming.name}
    return xlsx_response(FAULT_COLUMNS, faults, name=name)


@office_page
def import_map(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The rows as the preview's map draws them, coloured by what becomes of them."""
    incoming = incoming_of(scope_of_request(request), uuid)
    if incoming is None:
        raise Http404
    reasons: dict[int, str] = {}
    for line in lines_of(incoming, kind_of(incoming.kind))[0]:
        reasons.setdefault(line.row, f"{line.field}: {line.reason}")
    places, there = places_of(incoming)
    features = [
        {
            "type": "Feature",
            "geometry": json.loads(place["geometry"]),
            "properties": {
                "layer": "area",
                "code": f"row-{place['row']}",
                "name": place["name"] or gettext("Row %(row)s") % {"row": place["row"]},
                "state": place["did"],
                "note": gettext("Row %(row)s") % {"row": place["row"]}
                + (f" · {reasons[place['row']]}" if place["row"] in reasons else ""),
            },
        }
        for place in places
    ]
    body = {"type": "FeatureCollection", "features": features}
    if there > DRAWN:
        words = gettext("%(shown)s of %(all)s shapes are drawn")
        body["attribution"] = words % {"shown": f"{len(places):,}", "all": f"{there:,}"}
    answer = JsonResponse(body, content_type="application/geo+json")
    answer["Cache-Control"] = "private, no-cache"
    return answer


urlpatterns: list[URLPattern] = [
    path("import/templates/<str:kind>.xlsx", import_template, name="import-template"),
    path("import/<uuid:uuid>/faults.xlsx", import_faults, name="import-faults"),
    path("import/<uuid:uuid>/map.json", import_map, name="import-map"),
]
