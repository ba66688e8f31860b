"""Areas without a keeper 责任空白, on any day: which post is missing, since when, whose business it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.access import office_page, scope_of_request
from shanhe.faces.http.areas import AREA_HEADINGS, AREA_ORDER, areas_listed, day_chosen
from shanhe.faces.http.exporting import about_export, export_name
from shanhe.faces.http.filters import Filters
from shanhe.faces.http.gaps import GAP_FILTERS
from shanhe.faces.http.paging import page_asked, page_of
from shanhe.faces.http.places import division_filter
from shanhe.faces.http.xlsx import Column, xlsx_response
from shanhe.ground.people.handovers import handable
from shanhe.ground.people.keepers import keeper_posts
from shanhe.ground.people.models import Organization
from shanhe.ground.people.queries import remits_managed
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.handovers import left_by
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.offices import offices_of
from shanhe.ground.registry.responsibility import Gap, gaps_on, without_keeper

__all__ = ["urlpatterns"]

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class GapLine:
    """One area without a keeper."""

    area: Area
    gap: Gap
    post: str  # that is missing, "" when the catalogue has none
    office: Organization | None
    may_appoint: bool
    days: int | None  # how long it has been vacant
    left: int | None = None  # the appointment its last keeper left, to be handed over


def _filters(request: HttpRequest) -> Filters:
    known = {each.name: each for each in GAP_FILTERS.filters}
    division = division_filter(scope_of_request(request), request.GET)
    return Filters(known["q"], known["kind"], known["level"], division, known["water"], known["day"])


@office_page
def gap_list(request: HttpRequest) -> HttpResponse:
    """The areas seen that nobody of their own level keeps."""
    scope = scope_of_request(request)
    chosen = _filters(request).read(request.GET)
    after, size = page_asked(request.GET)
    on = day_chosen(chosen)
    areas, _metres = areas_listed(scope, chosen)
    rows = without_keeper(areas, on)
    page = page_of(rows.select_related("division__parent"), order=AREA_ORDER, after=after, size=size)
    page.items[:] = _lines(scope, page.items, on)
    query = chosen.query_string()
    context = {
        "crumbs": [(gettext("Areas without a keeper"), None)],
        "chosen": chosen,
        "page": page,
        "total": rows.count(),
        "areas": areas.count(),
        "on": on,
        "columns": _columns(),
        "export": reverse("gaps-xlsx") + (f"?{query}" if query else ""),
    }
    return render(request, "office/gaps/list.html", context)


def _columns() -> list[tuple[Any, str]]:
    return [
        *AREA_HEADINGS,
        (_("Missing post"), ""),
        (_("Vacant since"), ""),
        (_("Responsible office"), ""),
        (pgettext_lazy("column", "Next step"), ""),
    ]


def _lines(scope: Scope, areas: Sequence[Area], on: date) -> list[GapLine]:
    """The rows of a page: seven queries at most, whatever their number."""
    gaps = {gap.area_id: gap for gap in gaps_on(scope, on, [area.pk for area in areas])}
    offices, posts = offices_of(areas), keeper_posts()
    left = _left(scope, areas, on) if scope.managed else {}
    lines = [_line(scope, area, gaps[area.pk], offices.get(area.pk), posts, on) for area in areas]
    return [replace(line, left=left.get(line.area.pk)) for line in lines]


def _left(scope: Scope, areas: Sequence[Area], on: date) -> dict[int, int]:
    """Area → the appointment that the office may hand over to the next one. Three queries."""
    last = left_by([area.pk for area in areas], on)
    rows = dict(handable(scope).filter(pk__in=last.values()).values_list("pk", "remit_id"))
    managed = remits_managed(scope, rows.values())
    return {area: pk for area, pk in last.items() if pk in rows and rows[pk] in managed}


def _line(
    scope: Scope,
    area: Area,
    gap: Gap,
    office: Organization | None,
    posts: dict[tuple[str, str], str],
    on: date,
) -> GapLine:
    system = "river" if area.kind == Area.Kind.REACH else "forest"
    days = None if gap.vacant_since is None else (on - gap.vacant_since).days
    may = scope.managed.holds_code(area.division_id)
    return GapLine(area, gap, posts.get((system, area.level), ""), office, may, days)


COLUMNS: list[Column[GapLine]] = [
    Column(_("Code"), lambda line: line.area.code, 18),
    Column(_("Name"), lambda line: line.area.name, 28),
    Column(_("Kind"), lambda line: line.area.get_kind_display(), 12),
    Column(_("Level"), lambda line: line.area.get_level_display(), 10),
    Column(_("Division code"), lambda line: line.area.division_id, 15),
    Column(_("Division"), lambda line: line.area.division.name, 18),
    Column(_("Missing post"), lambda line: line.post, 16),
    Column(_("Vacant since"), lambda line: _since_words(line), 14),
    Column(_("Days vacant"), lambda line: line.days, 10),
    Column(_("Responsible office"), lambda line: line.office.name if line.office else "", 28),
    Column(_("Office phone"), lambda line: line.office.office_phone if line.office else "", 16),
]


def _since_words(line: GapLine) -> date | str:
    return line.gap.vacant_since or gettext("never had one")


@office_page
def gap_workbook(request: HttpRequest) -> FileResponse:
    """The list as a workbook, with the same filters."""
    scope = scope_of_request(request)
    chosen = _filters(request).read(request.GET)
    on = day_chosen(chosen)
    areas, _metres = areas_listed(scope, chosen)
    rows = without_keeper(areas, on).select_related("division").order_by("code")
    name = export_name(gettext("Areas without a keeper"))
    lines = _all_lines(scope, rows, on)
    return xlsx_response(COLUMNS, lines, name=name, about=about_export(request, chosen))


def _all_lines(scope: Scope, rows: QuerySet[Area], on: date) -> Iterator[GapLine]:
    areas = iter(list(rows))
    while some := list(islice(areas, AT_ONCE)):
        yield from _lines(scope, some, on)


urlpatterns: list[URLPattern] = [
    path("gaps/", gap_list, name="gaps"),
    path("gaps/export.xlsx", gap_workbook, name="gaps-xlsx"),
]
