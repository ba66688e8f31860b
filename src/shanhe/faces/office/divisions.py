"""Divisions: browsing the tree from one's own ground, and the page of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.access import office_page, scope_of_request
from shanhe.faces.http.exporting import about_export, export_name
from shanhe.faces.http.filters import Filter, Filters, code_or_name
from shanhe.faces.http.paging import Page, page_asked, page_of
from shanhe.faces.http.xlsx import Column, xlsx_response
from shanhe.ground import clock
from shanhe.ground.divisions.models import Division
from shanhe.ground.divisions.queries import (
    division_children,
    division_paths,
    division_with,
    divisions_found,
    names_of,
)
from shanhe.ground.people.queries import LEVEL_RANK, appointments_of, organizations_of
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.counts import AreaCounts, area_counts
from shanhe.ground.registry.grounds import grown
from shanhe.ground.registry.places import holds_division, roots_of, window_around
from shanhe.ground.registry.queries import areas_of, valid_on

__all__ = ["urlpatterns"]

MOST_FOUND = 50
SHOWN_UNITS, SHOWN_AREAS = 20, 12
CHIEFS = ("general_chief", "deputy_general_chief", "chief", "deputy_chief")
AROUND_SHARE, AROUND_LEAST_M = 0.2, 2_000.0

FILTERS = Filters(Filter("q", _("Name, code or pinyin"), code_or_name, lambda rows, _words: rows))


@dataclass(frozen=True, slots=True)
class DivisionLine:
    """One row: a division with what lies in it; ``path`` names those above it when it was searched for."""

    division: Division
    counts: AreaCounts
    path: str = ""


@office_page
def division_list(request: HttpRequest) -> HttpResponse:
    """What lies below the top of one's ground, or what was searched for."""
    scope = scope_of_request(request)
    chosen = FILTERS.read(request.GET)
    words = chosen.values.get("q", "")
    roots = roots_of(scope.seen)
    root = roots[0] if len(roots) == 1 and not words else None
    page = _found(scope, words) if words else _begin(request, scope, roots)
    context = {
        "crumbs": [(gettext("Divisions"), None)],
        "chosen": chosen,
        "page": page,
        "root": root,
        "columns": _columns(),
        "export": f"{reverse('divisions-xlsx')}?{chosen.query_string()}",
    }
    return render(request, "office/divisions/list.html", context)


@office_page
def divisions_xlsx(request: HttpRequest) -> HttpResponseBase:
    """The list as a workbook: what was searched for, or all that lies below the top of one's ground."""
    scope = scope_of_request(request)
    chosen = FILTERS.read(request.GET)
    words = chosen.values.get("q", "")
    roots = roots_of(scope.seen)
    lines = _found(scope, words).items if words else _all_below(scope, roots)
    columns: list[Column[DivisionLine]] = [
        Column(_("Division"), lambda line: line.division.name, 24),
        Column(_("Code"), lambda line: line.division.code, 16),
        Column(_("Level"), lambda line: line.division.get_level_display()),
        Column(_("Reaches"), lambda line: line.counts.reaches),
        Column(_("Forest units"), lambda line: line.counts.forest_units),
        Column(_("With a keeper"), lambda line: line.counts.kept),
        Column(pgettext_lazy("column", "Without a keeper"), lambda line: line.counts.vacant),
    ]
    title = gettext("Divisions")
    return xlsx_response(columns, lines, name=export_name(title), about=about_export(request, chosen))


def _all_below(scope: Scope, roots: Sequence[Division]) -> list[DivisionLine]:
    """All pages of what the list shows without a search."""
    if len(roots) == 1:
        below = list(division_children(roots[0]))
        if below:
            return _lines(scope, below)
    return _lines(scope, roots)


def _columns() -> list[tuple[Any, str]]:
    return [
        (_("Division"), ""),
        (_("Level"), ""),
        (_("Reaches"), "number"),
        (_("Forest units"), "number"),
        (_("With a keeper"), "number"),
        (pgettext_lazy("column", "Without a keeper"), "number"),
    ]


def _found(scope: Scope, words: str) -> Page[DivisionLine]:
    found = divisions_found(words, within=scope.seen.divisions("code"), limit=MOST_FOUND)
    paths = division_paths([division.code for division in found])
    return Page(_lines(scope, found, {code: _said(path[:-1]) for code, path in paths.items()}), None)


def _said(path: Sequence[Division]) -> str:
    return " · ".join(division.name for division in path)


def _begin(request: HttpRequest, scope: Scope, roots: Sequence[Division]) -> Page[DivisionLine]:
    """Below a single root; the roots themselves when there are several, or nothing lies below."""
    if len(roots) == 1:
        page = _children(request, scope, roots[0])
        if page.items:
            return page
    return Page(_lines(scope, roots), None)


def _children(request: HttpRequest, scope: Scope, division: Division) -> Page[DivisionLine]:
    after, size = page_asked(request.GET, 100)
    found = page_of(division_children(division), order=("code",), after=after, size=size)
    return Page(_lines(scope, found.items), found.next)


def _lines(
    scope: Scope, divisions: Sequence[Division], paths: dict[str, str] | None = None
) -> list[DivisionLine]:
    counts = area_counts(scope, divisions, clock.today())
    return [DivisionLine(one, counts[one.code], (paths or {}).get(one.code, "")) for one in divisions]


@office_page
def division_show(request: HttpRequest, code: str) -> HttpResponse:
    """One division of the ground seen: what lies in it, who leads, its units, its names over the years."""
    scope = scope_of_request(request)
    division = division_with(code) if "\x00" not in code else None
    if division is None or not holds_division(scope.seen, code):
        raise Http404
    above = division_paths([code])[code]
    today = clock.today()
    children = _children(request, scope, division)
    context = {
        "crumbs": _crumbs(scope, above),
        "division": division,
        "above": above[:-1],
        "facts": _facts(division),
        "counts": area_counts(scope, [division], today)[code],
        "page": children,
        "columns": _columns(),
        "names": names_of(division),
        "own_areas": areas_of(scope)
        .filter(valid_on(today), division=division)
        .order_by("code")[:SHOWN_AREAS],
        "window": _window(division),
        "units": organizations_of(scope).filter(division=division).order_by("kind", "code")[:SHOWN_UNITS],
        "chiefs": appointments_of(scope, on=today)
        .filter(post__kind__in=CHIEFS, post__level=division.level, remit__parts__division=division)
        .order_by(LEVEL_RANK, "post__system", "post__rank", "since")
        .distinct(),
    }
    return render(request, "office/divisions/page.html", context)


def _crumbs(scope: Scope, above: Sequence[Division]) -> list[tuple[str, str | None]]:
    """The way down from the top; what lies above one's ground is named, not linked."""
    crumbs: list[tuple[str, str | None]] = [(gettext("Divisions"), reverse("divisions"))]
    for one in above[:-1]:
        if scope.seen.holds_code(one.code):
            crumbs.append((one.name, reverse("division", args=[one.code])))
    return [*crumbs, (above[-1].name, None)]


def _facts(division: Division) -> list[tuple[Any, Any]]:
    seat = ""
    if division.lon is not None and division.lat is not None:
        seat = format_html('<span class="sh-num">{}, {}</span>', f"{division.lon:.4f}", f"{division.lat:.4f}")
    return [
        (_("Code"), format_html('<span class="sh-code">{}</span>', division.code)),
        (_("Level"), division.get_level_display()),
        (_("Seat (longitude, latitude)"), seat),
        (_("Valid from"), division.since or ""),
        (_("Valid until"), division.until or ""),
    ]


def _window(division: Division) -> str:
    """West, south, east, north of its map; "" when nothing of it is on any map."""
    window = window_around(division)
    if window is None:
        return ""
    around = grown(window, AROUND_SHARE, AROUND_LEAST_M)
    return f"{around.min_lon:.5f},{around.min_lat:.5f},{around.max_lon:.5f},{around.max_lat:.5f}"


urlpatterns: list[URLPattern] = [
    path("divisions/", division_list, name="divisions"),
    path("divisions/export.xlsx", divisions_xlsx, name="divisions-xlsx"),
    path("divisions/<str:code>/", division_show, name="division"),
]
