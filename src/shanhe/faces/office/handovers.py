"""Handovers 交接: which there are, and one of them with its list, its confirmations and its history."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.faces.http.exporting import about_export, export_name
from shanhe.faces.http.handovers import (
    HANDOVER_COLUMNS,
    HANDOVER_ORDER,
    SIDE_LOOKS,
    STATE_LOOKS,
    handover_filters,
    handovers_listed,
    list_parts,
)
from shanhe.faces.http.paging import page_asked, page_of
from shanhe.faces.http.xlsx import xlsx_response
from shanhe.faces.office import handovers_new, handovers_steps, handovers_together
from shanhe.faces.office.area_map import areas_features
from shanhe.faces.office.handovers_paper import handover_pdf
from shanhe.ground import clock
from shanhe.ground.documents.queries import files_of_records
from shanhe.ground.people.handing import listed
from shanhe.ground.people.handovers import HandoverPage, handover_page, list_of, signing_of, with_sides
from shanhe.ground.people.handovers_flow import FLOW, PENDING, SIDES
from shanhe.ground.people.models import Handover, HandoverEvent, HandoverSide
from shanhe.ground.people.queries import people_of
from shanhe.ground.people.scope import Actor, Scope
from shanhe.ground.people.services import list_digest
from shanhe.ground.registry.handovers import areas_of_remit
from shanhe.ground.registry.offices import offices_of
from shanhe.ground.registry.queries import areas_of, shapes_of

__all__ = ["urlpatterns"]

DRAWN = 300  # areas on one map


# -- list ------------------------------------------------------------------------------------------------


@office_page
def handover_list(request: HttpRequest) -> HttpResponse:
    """The handovers of one's ground and one's own, the latest first."""
    scope = scope_of_request(request)
    chosen = handover_filters(scope, request.GET).read(request.GET)
    after, size = page_asked(request.GET)
    page = page_of(with_sides(handovers_listed(scope, chosen)), order=HANDOVER_ORDER, after=after, size=size)
    for row in page.items:
        row.look = STATE_LOOKS[row.state]
        row.looks = [SIDE_LOOKS[side.state] for side in row.sides.all()]
    query = chosen.query_string()
    context = {
        "crumbs": [(gettext("Handovers"), None)],
        "chosen": chosen,
        "page": page,
        "columns": [
            (_("Takes effect on"), ""),
            (_("Post"), ""),
            (_("Handed over by"), ""),
            (_("Taken over by"), ""),
            (_("State"), ""),
        ],
        "export": reverse("handovers-xlsx") + (f"?{query}" if query else ""),
        "may_make": bool(scope.managed),
    }
    return render(request, "office/handovers/list.html", context)


@office_page
def handover_workbook(request: HttpRequest) -> FileResponse:
    """The list as a workbook, with the same filters."""
    scope = scope_of_request(request)
    chosen = handover_filters(scope, request.GET).read(request.GET)
    rows = with_sides(handovers_listed(scope, chosen)).order_by("-on", "-pk")
    name = export_name(gettext("Handovers"))
    about = about_export(request, chosen)
    return xlsx_response(HANDOVER_COLUMNS, rows.iterator(chunk_size=500), name=name, about=about)


# -- page ------------------------------------------------------------------------------------------------


@office_page
def handover_show(request: HttpRequest, pk: int) -> HttpResponse:
    """One handover: what changes hands, who has confirmed it, what happened. ``list=ID`` shows the list as it
    was when somebody confirmed it.
    """
    return handover_shown(request, pk)


def handover_shown(
    request: HttpRequest, pk: int, forms: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """The page, with forms that were refused where there are such."""
    scope, now = scope_of_request(request), clock.now()
    page = _page(scope, pk)
    handover, by = page.handover, actor_of(request)
    event = _kept(page, request.GET.get("list", ""))
    kept = _list(handover, event)
    people = {handover.outgoing.person_id, handover.incoming.person_id}
    context = {
        "crumbs": [
            (gettext("Handovers"), reverse("handovers")),
            (f"{handover.outgoing.person.name} → {handover.incoming.person.name}", None),
        ],
        "handover": handover,
        "look": STATE_LOOKS[handover.state],
        "page": page,
        "event": event,
        "parts": list_parts(kept, _areas_seen(scope, kept)),
        "people_seen": set(people_of(scope).filter(pk__in=people).values_list("pk", flat=True)),
        "sides": [_side(page, side, by) for side in (page.outgoing, page.incoming)],
        "mine": _mine(page, by),
        "digest": list_digest(handover, now),
        "may_withdraw": "withdraw" in FLOW.actions(signing_of(handover), by),
        "gap_days": _gap_days(page),
        "papers": {row.uuid: row for row in files_of_records("handover", [handover.uuid])},
        "forms": forms or {},
        "has_map": _has_map(page),
        "has_begun": handover.on <= clock.today(),
        "today": clock.today(),
        "paper_form": handovers_steps.PaperForm(),
        "refuse_form": handovers_steps.ReasonForm(),
        "withdraw_form": handovers_steps.ReasonForm(),
    }
    context |= forms or {}
    return render(request, "office/handovers/page.html", context, status=status)


def _page(scope: Scope, pk: int) -> HandoverPage:
    page = handover_page(scope, pk)
    if page is None:
        raise Http404
    return page


def _kept(page: HandoverPage, given: str) -> HandoverEvent | None:
    """The confirmation whose list is asked for; 404 when there is no such one."""
    if not given:
        return None
    found = next((one for one in page.events if str(one.pk) == given and one.listed is not None), None)
    if found is None:
        raise Http404
    return found


def _list(handover: Handover, event: HandoverEvent | None) -> list[dict[str, Any]]:
    """The list as it was confirmed, else as it stands now."""
    if event is not None and event.listed:
        return list(event.listed)
    return listed(list_of(handover, clock.today()))[0]


def _areas_seen(scope: Scope, kept: list[dict[str, Any]]) -> frozenset[str]:
    codes = {row["of"][1] for part in kept for row in part["rows"] if row["of"]}
    return frozenset(areas_of(scope).filter(code__in=codes).values_list("code", flat=True))


def _side(page: HandoverPage, side: HandoverSide, by: Actor) -> dict[str, Any]:
    """One side as the page shows it: how it stands, since when, by whose word, what may be done about it."""
    is_open = page.handover.state == "open"
    signing = signing_of(page.handover, side) if is_open and side.state in PENDING else None
    actions = SIDES.actions(signing, by) if signing else []
    last = next((one for one in reversed(page.events) if one.role == side.role), None)
    needs_paper = signing is not None and (side.state == "refused" or not signing.may_sign_in)
    return {
        "side": side,
        "look": SIDE_LOOKS[side.state],
        "event": last,
        "may_attest": "attest" in actions and needs_paper,
        "has_no_login": signing is not None and not signing.may_sign_in,
        "is_pending": signing is not None,
    }


def _mine(page: HandoverPage, by: Actor) -> HandoverSide | None:
    """The side that waits for the reader's own confirmation."""
    sides = (page.outgoing, page.incoming) if page.handover.state == "open" else ()
    return next((one for one in sides if one.person_id == by.person_id and one.state in PENDING), None)


def _gap_days(page: HandoverPage) -> int:
    """Days between the former's last one and the next one's first."""
    until = page.handover.outgoing.until
    return (page.handover.on - until).days if until is not None else 0


def _has_map(page: HandoverPage) -> bool:
    outgoing = page.handover.outgoing
    return areas_of_remit(outgoing.remit_id, outgoing.post, _day(page)).exists()


def _day(page: HandoverPage) -> date:
    return min(clock.today(), page.handover.on)


@office_page
def handover_areas(request: HttpRequest, pk: int) -> HttpResponse:
    """The areas that change hands, as GeoJSON for the page's map."""
    scope = scope_of_request(request)
    page = _page(scope, pk)
    outgoing, on = page.handover.outgoing, _day(page)
    areas = list(areas_of_remit(outgoing.remit_id, outgoing.post, on)[:DRAWN])
    ids = [area.pk for area in areas]
    told = areas_features(areas, shapes_of(ids, on), on)
    seen = set(areas_of(scope).filter(pk__in=ids).values_list("code", flat=True))
    for feature in told["features"]:  # who has left the post may see the areas here, and open them no more
        if feature["properties"]["code"] not in seen:
            del feature["properties"]["url"]
    answer = JsonResponse(told, content_type="application/geo+json")
    answer["Cache-Control"] = "private, no-cache"
    return answer


@office_page
def handover_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The list as PDF, to be signed; ``list=ID`` as it was when somebody confirmed it."""
    page, now = _page(scope_of_request(request), pk), clock.now()
    handover, event = page.handover, _kept(page, request.GET.get("list", ""))
    outgoing = handover.outgoing
    areas = areas_of_remit(outgoing.remit_id, outgoing.post, _day(page))[:1]
    office = next(iter(offices_of(areas).values()), None)
    pdf = handover_pdf(handover, list_parts(_list(handover, event)), office, at=localtime(now))
    answer = HttpResponse(pdf, content_type="application/pdf")
    name = f"{gettext('Handover list')} {outgoing.person.name}-{handover.incoming.person.name} {handover.on}"
    answer["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name)}.pdf"
    answer["Cache-Control"] = "private, no-cache"
    return answer


urlpatterns: list[URLPattern] = [
    path("handovers/", handover_list, name="handovers"),
    path("handovers/export.xlsx", handover_workbook, name="handovers-xlsx"),
    *handovers_together.urlpatterns,
    path("handovers/<int:pk>/", handover_show, name="handover"),
    path("handovers/<int:pk>/areas.json", handover_areas, name="handover-areas"),
    path("handovers/<int:pk>/list.pdf", handover_paper, name="handover-pdf"),
    *handovers_steps.urlpatterns(handover_shown),
    *handovers_new.urlpatterns,
]
