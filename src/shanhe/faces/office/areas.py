"""Areas: the list and its workbook, the page of one, and what its map draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shanhe.evidence.patrols.queries import AreaState, State, area_states, month_walked, verdicts_to_list
from shanhe.evidence.patrols.queries.standings import with_standing
from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.faces.http.areas import AREA_FILTERS, AREA_HEADINGS, AREA_ORDER, areas_listed
from shanhe.faces.http.exporting import about_export, export_name
from shanhe.faces.http.filters import Chosen, Filter, Filters, any_of, code_or_name, day
from shanhe.faces.http.paging import page_asked, page_of
from shanhe.faces.http.places import division_filter
from shanhe.faces.http.templatetags.shanhe_tags import AREA_STATES
from shanhe.faces.http.xlsx import Column, xlsx_response
from shanhe.faces.office import stickers
from shanhe.faces.office.area_facts import facts_of, look_of, size_of
from shanhe.faces.office.area_map import area_features
from shanhe.faces.office.chains import chain_steps
from shanhe.ground import clock
from shanhe.ground.audit.ledger import reference
from shanhe.ground.divisions.queries import division_paths
from shanhe.ground.people.phones import work_phones
from shanhe.ground.people.queries import people_of
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.history import held_over_time
from shanhe.ground.registry.models import Area, Shape
from shanhe.ground.registry.offices import offices_of
from shanhe.ground.registry.queries import AreaPage, area_page, areas_of, shapes_of
from shanhe.ground.registry.responsibility import Answerable, Gap, gaps_on, kept_by, responsibility_on
from shanhe.ground.registry.services.rights import may_manage

__all__ = ["area_filters", "urlpatterns"]

AT_ONCE = 500  # areas of the workbook looked up together
SHOWN_PATROLS = 10
SHOWN_HISTORY = 30
SHOWN_NESTED = 20

STATES = (
    (State.MET.value, AREA_STATES["met"].word),
    (State.AT_RISK.value, AREA_STATES["at_risk"].word),
    (State.OVERDUE.value, AREA_STATES["overdue"].word),
    (State.NEVER.value, _("Never visited")),
    (State.FREE.value, AREA_STATES["excused"].word),
)


@dataclass(frozen=True, slots=True)
class AreaLine:
    """One row of the list."""

    area: Area
    shape: Shape | None
    keepers: tuple[Answerable, ...]
    state: AreaState | None

    @property
    def look(self) -> str:
        """The state that is shown."""
        return look_of(self.state, is_vacant=not self.keepers)


def area_filters(request: HttpRequest) -> Filters:
    """Those of every list of areas, and what only a superior asks: how they stand, and who keeps them."""
    scope, today = scope_of_request(request), clock.today()
    known = {each.name: each for each in AREA_FILTERS.filters}

    def standing(rows: QuerySet[Area], states: list[str]) -> QuerySet[Area]:
        return with_standing(rows, today).filter(Q(standing__in=states))

    def kept(rows: QuerySet[Area], name: str) -> QuerySet[Area]:
        return rows.filter(pk__in=kept_by(people_of(scope, text=name), today))

    return Filters(
        known["q"],
        Filter("state", _("State"), any_of(STATES), standing, "choices", lambda: STATES),
        known["kind"],
        known["level"],
        division_filter(scope, request.GET),
        Filter("keeper", _("Keeper"), code_or_name, kept),
        known["water"],
        known["vacant"],
        known["mine"],
    )


@office_page
def area_list(request: HttpRequest) -> HttpResponse:
    """The areas seen, each with its keeper and how it stands."""
    scope = scope_of_request(request)
    chosen = area_filters(request).read(request.GET)
    after, size = page_asked(request.GET)
    rows, _metres = areas_listed(scope, chosen)
    page = page_of(_with_parents(rows), order=AREA_ORDER, after=after, size=size)
    page.items[:] = _lines(scope, page.items, clock.today())
    context = {
        "crumbs": [(gettext("Areas"), None)],
        "chosen": chosen,
        "page": page,
        "total": rows.count(),
        "columns": _columns(),
        "may_register": bool(scope.managed),
        "export": _export_address(chosen, "xlsx"),
        "map_files": [
            (name, _export_address(chosen, form))
            for name, form in (("GeoPackage", "gpkg"), ("GeoJSON", "geojson"), ("KML", "kml"))
        ],
    }
    return render(request, "office/areas/list.html", context)


def _columns() -> list[tuple[Any, str]]:
    return [
        *AREA_HEADINGS,
        (_("Size"), "number"),
        (_("Keeper"), ""),
        (_("State"), ""),
        (_("Last visit"), ""),
    ]


def _export_address(chosen: Chosen, form: str) -> str:
    query, address = chosen.query_string(), reverse(f"areas-{form}")
    return f"{address}?{query}" if query else address


def _with_parents(rows: QuerySet[Area]) -> QuerySet[Area]:
    return rows.select_related("division__parent", "forest_unit")


def _lines(scope: Scope, areas: Sequence[Area], on: date) -> list[AreaLine]:
    """The rows of a page: four queries, whatever their number."""
    ids = [area.pk for area in areas]
    shapes, states = shapes_of(ids), area_states(scope, ids, on)
    levels = {area.pk: area.level for area in areas}
    keepers: dict[int, list[Answerable]] = {}
    for one in responsibility_on(scope, on, ids):
        if one.is_keeper and one.level == levels[one.area_id]:
            keepers.setdefault(one.area_id, []).append(one)
    return [
        AreaLine(area, shapes.get(area.pk), tuple(keepers.get(area.pk, ())), states.get(area.pk))
        for area in areas
    ]


COLUMNS: list[Column[AreaLine]] = [
    Column(_("Code"), lambda line: line.area.code, 18),
    Column(_("Name"), lambda line: line.area.name, 28),
    Column(_("Kind"), lambda line: line.area.get_kind_display(), 12),
    Column(_("Level"), lambda line: line.area.get_level_display(), 10),
    Column(_("Division code"), lambda line: line.area.division_id, 15),
    Column(_("Division"), lambda line: line.area.division.name, 18),
    Column(_("Length (km)"), lambda line: _length_km(line), 12, "0.00"),
    Column(_("Area (mu)"), lambda line: _surface_mu(line), 12, "#,##0.0"),
    Column(_("Keeper"), lambda line: "、".join(one.shown_name for one in line.keepers), 16),
    Column(_("Post"), lambda line: "、".join(one.post_local_name for one in line.keepers), 20),
    Column(_("State"), lambda line: _state_word(line), 14),
    Column(_("Last visit that counts"), lambda line: line.state and line.state.counted_on, 14),
    Column(_("Last visit"), lambda line: line.state and line.state.any_on, 12),
    Column(_("Sketch"), lambda line: _yes_no(bool(line.shape and line.shape.is_sketch)), 8),
    Column(_("Simulated"), lambda line: _yes_no(line.area.is_simulated), 8),
]


def _length_km(line: AreaLine) -> float | None:
    if line.shape is None or line.shape.area_m2 or not line.shape.length_m:
        return None
    return line.shape.length_m / 1_000


def _surface_mu(line: AreaLine) -> float | None:
    return line.shape.area_m2 * 15 / 10_000 if line.shape is not None and line.shape.area_m2 else None


def _state_word(line: AreaLine) -> str:
    if not line.keepers:
        return gettext("Without a keeper")
    return str(dict(STATES)[line.state.state.value]) if line.state else ""


def _yes_no(value: bool) -> str:
    return gettext("Yes") if value else gettext("No")


@office_page
def area_workbook(request: HttpRequest) -> FileResponse:
    """The list as a workbook, with the same filters."""
    scope = scope_of_request(request)
    chosen = area_filters(request).read(request.GET)
    rows, _metres = areas_listed(scope, chosen)
    lines = _all_lines(scope, _with_parents(rows).order_by("code"), clock.today())
    about = about_export(request, chosen)
    return xlsx_response(COLUMNS, lines, name=export_name(gettext("Areas")), about=about)


def _all_lines(scope: Scope, rows: QuerySet[Area], on: date) -> Iterator[AreaLine]:
    areas = rows.iterator(chunk_size=AT_ONCE)
    while some := list(islice(areas, AT_ONCE)):
        yield from _lines(scope, some, on)


AS_OF = Filters(Filter("day", _("As of the day"), day, lambda rows, _on: rows, "date"))


@office_page
def area_show(request: HttpRequest, code: str) -> HttpResponse:
    """Everything about one area, on any ``day``: who answers for it, where it lies, how it is walked."""
    scope = scope_of_request(request)
    today = clock.today()
    on, page = _page_on(request, code)
    area = page.area
    vacant = _gap(scope, page, on)
    state = area_states(scope, [area.pk], today).get(area.pk)
    holders = [one.person_id for one in page.chain]
    context = {
        "crumbs": [(gettext("Areas"), reverse("areas")), (area.name, None)],
        "area": area,
        "page": page,
        "nested": page.nested[:SHOWN_NESTED],
        "more_nested": max(0, len(page.nested) - SHOWN_NESTED),
        "facilities": page.facilities[:SHOWN_NESTED],
        "more_facilities": max(0, len(page.facilities) - SHOWN_NESTED),
        "places": division_paths([area.division_id])[area.division_id],
        "on": on,
        "today": today,
        "is_past": on != today,
        "steps": chain_steps(area, page.chain, work_phones(scope, holders)),
        "people_seen": set(people_of(scope).filter(pk__in=holders).values_list("pk", flat=True)),
        "areas_seen": _areas_seen(scope, page.above),
        "gap": vacant,
        "state": state,
        "asked_days": round(state.asked_days) if state and state.asked_days else 0,
        "look": look_of(state, is_vacant=vacant is not None),
        "size": size_of(area, page.shape),
        "facts": facts_of(page, scope),
        "office": offices_of([area]).get(area.pk),
        "may_manage": may_manage(actor_of(request), area),
        "patrols": verdicts_to_list(scope).filter(area=area).order_by("-started_at", "-pk")[:SHOWN_PATROLS],
        "month": month_walked(scope, area, today),
        "record": ":".join(map(str, reference(area))) if scope.managed else "",
        "history": held_over_time(area)[:SHOWN_HISTORY],
    }
    return render(request, "office/areas/page.html", context)


def _page_on(request: HttpRequest, code: str) -> tuple[date, AreaPage]:
    """The area on the ``day`` asked for, today without one; on its last day when it has ended before."""
    on: date = AS_OF.read(request.GET).values.get("day") or clock.today()
    scope = scope_of_request(request)
    try:
        page = area_page(scope, code, on)
    except Area.DoesNotExist:
        raise Http404 from None
    until = page.area.until
    if until is None or on < until:
        return on, page
    last = until - timedelta(days=1)
    return last, area_page(scope, code, last)


def _areas_seen(scope: Scope, areas: Sequence[Area]) -> set[int]:
    """Which of the areas above the reader may open; the names of all stand on public signboards."""
    if not areas:
        return set()
    return set(areas_of(scope).filter(pk__in=[area.pk for area in areas]).values_list("pk", flat=True))


def _gap(scope: Scope, page: AreaPage, on: date) -> Gap | None:
    """Since when nobody keeps the area; only asked when the chain has no keeper of its level."""
    if any(one.is_keeper and one.level == page.area.level for one in page.chain):
        return None
    return next(iter(gaps_on(scope, on, [page.area.pk])), None)


@office_page
def area_shape(request: HttpRequest, code: str) -> HttpResponse:
    """What the area's map draws, as GeoJSON: its shape on the ``day``, the areas in it, its facilities."""
    scope = scope_of_request(request)
    on, page = _page_on(request, code)
    answer = JsonResponse(area_features(scope, page, on), content_type="application/geo+json")
    answer["Cache-Control"] = "private, no-cache"
    return answer


urlpatterns: list[URLPattern] = [
    path("areas/", area_list, name="areas"),
    path("areas/export.xlsx", area_workbook, name="areas-xlsx"),
    path("areas/<str:code>/", area_show, name="area"),
    path("areas/<str:code>/shape.json", area_shape, name="area-shape"),
    *stickers.urlpatterns,
]
