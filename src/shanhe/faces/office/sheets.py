"""Monthly sheets 巡河台账, 巡林台账: choose month, system and whose; look at one, print it, take it away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from shanhe.evidence.patrols.queries.sheets import (
    AreaMonth,
    PersonMonth,
    area_months,
    areas_with_sheets,
    outings_by_division,
    people_with_sheets,
    person_months,
    sheet_area,
    sheet_person,
)
from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.faces.http.filters import Chosen, Filter, Filters, one_of
from shanhe.faces.http.paging import Page, page_asked, page_of
from shanhe.faces.http.places import division_options
from shanhe.faces.http.xlsx import XLSX
from shanhe.faces.office.sheets_content import Cell, Column, Sheet
from shanhe.faces.office.sheets_files import sheets_pdf, workbook_of
from shanhe.faces.office.sheets_made import SHEETS_JOB, Asking, Made, made_area, made_person, made_summary
from shanhe.faces.office.sheets_words import LOOKS, listed, month_words
from shanhe.ground import clock
from shanhe.ground.divisions.models import Division
from shanhe.ground.divisions.queries import division_with
from shanhe.ground.jobs.services import job_start
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.places import holds_division, places_below, roots_of
from shanhe.ground.registry.queries import areas_of
from shanhe.kernel.codes import is_code, subtree
from shanhe.kernel.periods import Period, period_named, period_of

__all__ = ["urlpatterns"]

MONTHS = 24  # that the list offers, the newest first
SYSTEMS = [("river", _("River patrols")), ("forest", _("Forest patrols"))]
BY = [("person", _("By person")), ("area", _("By area")), ("division", _("By division"))]
FORMS = ("pdf", "zip")
YEARS = range(2000, 2100)
MOST_BESIDE = 12  # sheets that a sheet leads to


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the list: its sheet's address, words and figures in the order of the columns."""

    url: str
    name: str
    note: str
    cells: list[tuple[str, str]]  # text, class of the cell
    look: Any = None


def _filters(scope: Scope, params: Mapping[str, str]) -> Filters:
    months = [(month.name, month_words(month)) for month in _months()]
    divisions = division_options(scope.supervised, params.get("division", ""))
    return Filters(
        _pick("month", _("Month"), months),
        _pick("system", _("System"), SYSTEMS),
        _pick("by", pgettext_lazy("sheet", "List"), BY),
        Filter("division", _("Division"), one_of(divisions), _as_is, "choice", lambda: divisions),
    )


def _pick(name: str, label: Any, choices: Sequence[tuple[str, Any]]) -> Filter:
    """A filter that always has one of its values."""
    return Filter(name, label, one_of(choices), _as_is, "pick", lambda: choices)


def _as_is(rows: Any, wanted: Any) -> Any:
    return rows


def _months() -> list[Period]:
    month = period_of("month", clock.today())
    found = [month]
    while len(found) < MONTHS:
        found.append(found[-1].previous())
    return found


def _defaults(scope: Scope) -> dict[str, str]:
    """The month that sheets are made of now: till the tenth the one before. The system one has areas of."""
    month = period_of("month", clock.today() - timedelta(days=10))
    has_reaches = areas_of(scope).filter(kind=Area.Kind.REACH).exists()
    has_units = not has_reaches and areas_of(scope).filter(kind=Area.Kind.FOREST_UNIT).exists()
    return {"month": month.name, "system": "forest" if has_units else "river", "by": "person"}


def _given(scope: Scope, sent: QueryDict) -> dict[str, str]:
    return {**_defaults(scope), **{name: str(value) for name, value in sent.items() if value}}


@office_page
def sheets_list(request: HttpRequest) -> HttpResponse:
    """Whose sheets one may see of a month, with the month's figures; each line leads to its sheet."""
    scope = scope_of_request(request)
    given = _given(scope, request.GET)
    chosen = _filters(scope, given).read(given)
    asking = Asking(scope, period_named(chosen.raw["month"]), chosen.raw["system"], clock.now())
    division = _division(scope, chosen.raw.get("division", ""))
    page, columns = _LISTS[chosen.raw["by"]](request, asking, division)
    context = {
        "chosen": chosen,
        "page": page,
        "columns": columns,
        "month": month_words(asking.month),
        "make": dict(chosen.raw) if chosen.raw["by"] != "division" and scope.supervised else None,
        "summary": _summary_url(asking, division),
    }
    return render(request, "office/sheets/list.html", context)


def _division(scope: Scope, code: str) -> Division | None:
    """The division chosen, None for all that one supervises; 404 for one that holds nothing of that."""
    if not code:
        return None
    if not holds_division(scope.supervised, code):
        raise Http404
    return division_with(code)


def _summary_url(asking: Asking, division: Division | None) -> str:
    """The summary of the division chosen, or of the one that all one supervises lies in; "" for several."""
    if division is None:
        held = [
            place
            for place in roots_of(asking.scope.supervised)
            if asking.scope.supervised.holds_code(place.code)
        ]
        division = held[0] if len(held) == 1 else None
    if division is None:
        return ""
    return reverse("sheet-division", args=[division.code, asking.month.name, asking.system])


def _people(request: HttpRequest, asking: Asking, division: Division | None) -> tuple[Page[Line], list[Any]]:
    after, size = page_asked(request.GET)
    rows = people_with_sheets(asking.scope, asking.month, asking.system, division)
    page = page_of(rows, order=("division_id", "name", "pk"), after=after, size=size)
    months = person_months(
        asking.scope, page.items, asking.month, asking.system, asking.on, division=division
    )
    columns = [
        (pgettext_lazy("sheet", "Name"), ""),
        (pgettext_lazy("sheet", "Post"), ""),
        (pgettext_lazy("sheet", "Asked for"), "number"),
        (pgettext_lazy("sheet", "Done"), "number"),
        (pgettext_lazy("sheet", "Patrols"), "number"),
        (pgettext_lazy("sheet", "Counted"), "number"),
        (pgettext_lazy("sheet", "km"), "number"),
        (pgettext_lazy("sheet", "Problems"), "number"),
        (pgettext_lazy("sheet", "Result"), ""),
    ]
    return Page([_person_line(asking, month) for month in months], page.next), columns


def _person_line(asking: Asking, month: PersonMonth) -> Line:
    posts = listed(list(dict.fromkeys(each.post.local_name for each in month.appointments)))
    figures = month.figures
    return Line(
        reverse("sheet-person", args=[month.person.pk, asking.month.name, asking.system]),
        month.person.name,
        month.person.division.name,
        [
            (posts, ""),
            *_numbers(month.asked, month.done, figures.outings, figures.counted),
            _km(figures.metres),
            *_numbers(figures.problems),
        ],
        LOOKS[month.state],
    )


def _areas(request: HttpRequest, asking: Asking, division: Division | None) -> tuple[Page[Line], list[Any]]:
    after, size = page_asked(request.GET)
    rows = areas_with_sheets(asking.scope, asking.month, asking.system, division)
    page = page_of(rows, order=("code",), after=after, size=size)
    months = area_months(asking.scope, page.items, asking.month, asking.system, asking.on)
    columns = [
        (_("Area"), ""),
        (_("Kept by"), ""),
        (pgettext_lazy("sheet", "Patrols"), "number"),
        (pgettext_lazy("sheet", "Counted"), "number"),
        (pgettext_lazy("sheet", "km"), "number"),
        (pgettext_lazy("sheet", "Problems"), "number"),
    ]
    return Page([_area_line(asking, month) for month in months], page.next), columns


def _area_line(asking: Asking, month: AreaMonth) -> Line:
    keepers = listed([each.person.name for each in month.keepers], 3)
    figures = month.figures
    return Line(
        reverse("sheet-area", args=[month.area.code, asking.month.name]),
        month.area.name,
        month.area.division.name,
        [
            (keepers, ""),
            *_numbers(figures.outings, figures.counted),
            _km(figures.metres),
            *_numbers(figures.problems),
        ],
    )


def _divisions(
    request: HttpRequest, asking: Asking, division: Division | None
) -> tuple[Page[Line], list[Any]]:
    roots = [division] if division else roots_of(asking.scope.supervised)
    counts = outings_by_division(asking.scope, asking.month, asking.system)
    places = [place for place in places_below(roots, 1) if asking.scope.supervised.holds_code(place.code)]
    columns = [
        (_("Division"), ""),
        (pgettext_lazy("sheet", "Patrols"), "number"),
        (pgettext_lazy("sheet", "Counted"), "number"),
    ]
    return Page([_division_line(asking, place, counts) for place in places], None), columns


def _division_line(asking: Asking, place: Division, counts: Mapping[str, tuple[int, int]]) -> Line:
    low, high = subtree(place.code, place.level)
    below = [found for code, found in counts.items() if low <= code <= high]
    return Line(
        reverse("sheet-division", args=[place.code, asking.month.name, asking.system]),
        place.name,
        str(place.get_level_display()),
        _numbers(sum(every for every, _good in below), sum(good for _every, good in below)),
    )


_LISTS = {"person": _people, "area": _areas, "division": _divisions}


def _numbers(*numbers: int) -> list[tuple[str, str]]:
    return [(str(number), "is-number") for number in numbers]


def _km(metres: float) -> tuple[str, str]:
    return f"{metres / 1000:.1f}", "is-number"


@office_page
def sheet_of_person(
    request: HttpRequest, pk: int, month: str, system: str, form: str = "page"
) -> HttpResponse:
    """A person's sheet of a month; 404 for whose patrols one may not see."""
    asking = _asking(request, month, system)
    person = sheet_person(asking.scope, pk, asking.month, system)
    if person is None:
        raise Http404
    made, told, patrols = made_person(asking, person)
    beside = _area_sheets(asking, told) if form == "page" else []
    return _answer(request, made, asking, form, patrols, ("sheet-person", [pk, month, system]), beside)


@office_page
def sheet_of_area(request: HttpRequest, code: str, month: str, form: str = "page") -> HttpResponse:
    """An area's sheet of a month; 404 outside of what one supervises."""
    scope = scope_of_request(request)
    area = None if "\x00" in code else sheet_area(scope, code)
    if area is None:
        raise Http404
    asking = _asking(request, month, "river" if area.kind == Area.Kind.REACH else "forest")
    made, told, patrols = made_area(asking, area)
    beside = _keeper_sheets(asking, told) if form == "page" else []
    return _answer(request, made, asking, form, patrols, ("sheet-area", [code, month]), beside)


def _area_sheets(asking: Asking, told: PersonMonth) -> list[tuple[str, str]]:
    """Names and sheets of the areas that the person keeps, where the reader may see them. One query."""
    areas = areas_with_sheets(asking.scope, asking.month, asking.system).filter(pk__in=told.areas)
    named = areas.order_by("code").values_list("name", "code")[:MOST_BESIDE]
    return [(name, reverse("sheet-area", args=[code, asking.month.name])) for name, code in named]


def _keeper_sheets(asking: Asking, told: AreaMonth) -> list[tuple[str, str]]:
    """Names and sheets of those who keep the area, where the reader may see them. One query."""
    keepers = [each.person.pk for each in told.keepers]
    people = people_with_sheets(asking.scope, asking.month, asking.system).filter(pk__in=keepers)
    return [
        (person.name, reverse("sheet-person", args=[person.pk, asking.month.name, asking.system]))
        for person in people[:MOST_BESIDE]
    ]


@office_page
def sheet_of_division(
    request: HttpRequest, code: str, month: str, system: str, form: str = "page"
) -> HttpResponse:
    """A division's summary of a month; 404 outside of what one supervises."""
    asking = _asking(request, month, system)
    division = division_with(code) if is_code(code) and asking.scope.supervised.holds_code(code) else None
    if division is None:
        raise Http404
    made, months = made_summary(asking, division)
    by_place = division.level in ("province", "prefecture", "county")
    people = [] if by_place else [each.person.pk for each in months]
    return _answer(request, made, asking, form, people, ("sheet-division", [code, month, system]))


def _asking(request: HttpRequest, month: str, system: str) -> Asking:
    try:
        period = period_named(month)
    except ValueError:
        raise Http404 from None
    if period.unit != "month" or period.since.year not in YEARS or system not in ("river", "forest"):
        raise Http404
    return Asking(scope_of_request(request), period, system, clock.now())


def _answer(
    request: HttpRequest,
    made: Made,
    asking: Asking,
    form: str,
    numbers: Sequence[int],
    route: tuple[str, list[Any]],
    beside: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    """The sheet as a page, a PDF or a workbook; ``numbers`` are the keys of what its lines lead to."""
    if form == "pdf":
        content = sheets_pdf([made.sheet], note=made.note, at=asking.at)
        return _file(content, "application/pdf", f"{made.name}.pdf", "inline")
    if form == "xlsx":
        return _file(workbook_of(made.sheet, note=made.note), XLSX, f"{made.name}.xlsx", "attachment")
    name, args = route
    listed_at = f"{reverse('sheets')}?{urlencode({'month': asking.month.name, 'system': asking.system})}"
    context = {
        "crumbs": [(gettext("Monthly sheets"), listed_at), (made.sheet.period, None)],
        "sheet": made.sheet,
        "note": made.note,
        "columns": made.sheet.columns[1:],  # on the screen nobody counts lines
        "rows": _linked(made, asking, numbers, name),
        "total": _screen(made.sheet, _total(made.sheet)),
        "pdf": reverse(f"{name}-pdf", args=args),
        "xlsx": reverse(f"{name}-xlsx", args=args),
        "beside": beside,
        "earlier": _beside(asking, route, asking.month.previous()),
        "later": _beside(asking, route, asking.month.next()),
    }
    return render(request, "office/sheets/page.html", context)


def _beside(asking: Asking, route: tuple[str, list[Any]], month: Period) -> str:
    """The same sheet of another month; "" where there is none, or the month has not begun."""
    name, (key, _month, *system) = route
    if month.since > asking.on or month.since.year not in YEARS:
        return ""
    if name == "sheet-person" and sheet_person(asking.scope, key, month, asking.system) is None:
        return ""
    return reverse(name, args=[key, month.name, *system])


def _linked(made: Made, asking: Asking, numbers: Sequence[int], name: str) -> list[dict[str, Any]]:
    """The lines with the address of what each tells of: a patrol, or a person's sheet."""
    rows = made.sheet.rows
    if name == "sheet-division":
        urls = [reverse("sheet-person", args=[pk, asking.month.name, asking.system]) for pk in numbers]
    else:
        urls = [reverse("patrol", args=[pk]) for pk in numbers]
    urls += [""] * (len(rows) - len(urls))
    return [{"url": url, "cells": _screen(made.sheet, row)} for row, url in zip(rows, urls, strict=True)]


def _screen(sheet: Sheet, row: Sequence[Cell]) -> list[tuple[Cell, Column]]:
    """A line as the screen shows it: without its number, each cell with its column."""
    return list(zip(row[1:], sheet.columns[1:], strict=True))


def _total(sheet: Sheet) -> list[Cell]:
    """The line of totals; its word moves into the second cell, for the first one is not shown."""
    word, beside, *rest = sheet.total
    return [Cell(""), Cell(f"{word.text} {beside.text}".strip()), *rest]


def _file(content: bytes, content_type: str, name: str, disposition: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = f"{disposition}; filename*=UTF-8''{quote(name)}"
    answer["Cache-Control"] = "private, no-store"
    return answer


@office_page
@require_POST
def sheets_ask(request: HttpRequest) -> HttpResponse:
    """Ask for all sheets of what the list shows as one file; leads to the job's page with its bar."""
    scope = scope_of_request(request)
    given = _given(scope, request.POST)
    chosen: Chosen = _filters(scope, given).read(given)
    form = given.get("form", "pdf")
    _division(scope, chosen.raw.get("division", ""))
    if not scope.supervised or form not in FORMS or chosen.raw["by"] == "division":
        raise Http404
    job = job_start(
        kind=SHEETS_JOB,
        params={
            **{name: chosen.raw.get(name, "") for name in ("month", "system", "by", "division")},
            "form": form,
            "language": get_language() or "zh-hans",
        },
        by=actor_of(request),
        at=clock.now(),
    )
    return redirect("job", job.uuid)


_PERSON, _AREA = "sheets/person/<int:pk>/<str:month>/<str:system>", "sheets/area/<str:code>/<str:month>"
_DIVISION = "sheets/division/<str:code>/<str:month>/<str:system>"

urlpatterns: list[URLPattern] = [
    path("sheets/", sheets_list, name="sheets"),
    path("sheets/make/", sheets_ask, name="sheets-make"),
    path(f"{_PERSON}/", sheet_of_person, name="sheet-person"),
    path(f"{_PERSON}/sheet.pdf", sheet_of_person, {"form": "pdf"}, name="sheet-person-pdf"),
    path(f"{_PERSON}/sheet.xlsx", sheet_of_person, {"form": "xlsx"}, name="sheet-person-xlsx"),
    path(f"{_AREA}/", sheet_of_area, name="sheet-area"),
    path(f"{_AREA}/sheet.pdf", sheet_of_area, {"form": "pdf"}, name="sheet-area-pdf"),
    path(f"{_AREA}/sheet.xlsx", sheet_of_area, {"form": "xlsx"}, name="sheet-area-xlsx"),
    path(f"{_DIVISION}/", sheet_of_division, name="sheet-division"),
    path(f"{_DIVISION}/sheet.pdf", sheet_of_division, {"form": "pdf"}, name="sheet-division-pdf"),
    path(f"{_DIVISION}/sheet.xlsx", sheet_of_division, {"form": "xlsx"}, name="sheet-division-xlsx"),
]
