"""Patrols: the list with its filters, and its export as a clerk's workbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shanhe.evidence.patrols.models import Outcome, Verdict
from shanhe.evidence.patrols.queries import verdicts_to_list
from shanhe.evidence.patrols.queries.finding import in_division
from shanhe.evidence.patrols.queries.page import Tally, outcomes_tallied
from shanhe.evidence.patrols.words import flag_words
from shanhe.faces.http.access import office_page, scope_of_request
from shanhe.faces.http.filters import Chosen, Filter, Filters
from shanhe.faces.http.paging import Page, page_asked, page_of
from shanhe.faces.http.patrols import PATROL_COLUMNS, PATROL_FILTERS, PATROL_ORDER
from shanhe.faces.http.places import division_filter
from shanhe.faces.http.xlsx import xlsx_response
from shanhe.faces.office import patrol_new, patrol_page, patrol_paper
from shanhe.faces.office.patrol_told import share_words
from shanhe.ground import clock
from shanhe.ground.people.queries import people_of
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.queries import areas_of
from shanhe.kernel.errors import Refusal, gettext_noop

__all__ = ["urlpatterns"]

MOST_EXPORTED = 20_000  # rows of one workbook: some ten seconds, and more than anybody reads

COLUMNS = [
    (_("Started"), ""),
    (_("Area"), ""),
    (_("Holder"), ""),
    (_("Verdict"), ""),
    (_("Coverage"), "number"),
    (_("Duration"), "number"),
    (_("Distance"), "number"),
    (_("Signs"), ""),
]


@dataclass(frozen=True, slots=True)
class Row:
    """One verdict as a line of the list."""

    verdict: Verdict
    url: str
    signs: str
    reached: str  # share walked, or stops made


def filters_for(scope: Scope, params: Mapping[str, str]) -> Filters:
    """The list's filters: the division chosen from the scope's own ground, and an area or a holder that a
    link names by code shown by name.
    """
    own = {"division": replace(division_filter(scope, params), apply=in_division)}
    for name, found in (("area", _area_named(scope, params)), ("holder", _holder_named(scope, params))):
        if found:
            own[name] = replace(_filter(name), control="choice", choices=partial(list, [found]))
    return Filters(*(own.get(each.name, each) for each in PATROL_FILTERS.filters))


def _filter(name: str) -> Filter:
    return next(each for each in PATROL_FILTERS.filters if each.name == name)


def _area_named(scope: Scope, params: Mapping[str, str]) -> tuple[str, str] | None:
    """Code and name of the area seen that the address names by its code."""
    code = params.get("area", "")
    area = (
        areas_of(scope).filter(code=code).first() if code and code.isascii() and "\x00" not in code else None
    )
    return (area.code, area.name) if area else None


def _holder_named(scope: Scope, params: Mapping[str, str]) -> tuple[str, str] | None:
    """Uuid and name of the person seen that the address names by uuid."""
    try:
        wanted = UUID(params.get("holder", ""))
    except ValueError:
        return None
    person = people_of(scope).filter(uuid=wanted).first()
    return (params["holder"], person.name) if person else None


@office_page
def patrols_list(request: HttpRequest) -> HttpResponse:
    """The patrols a login sees, the newest first: one line for each patrol and area."""
    scope = scope_of_request(request)
    chosen = filters_for(scope, request.GET).read(request.GET)
    rows = chosen.apply(verdicts_to_list(scope, chosen.values.get("division")))
    after, size = page_asked(request.GET)
    page = page_of(rows, order=PATROL_ORDER, after=after, size=size)
    context = {
        "chosen": chosen,
        "columns": COLUMNS,
        "page": Page([_row(verdict) for verdict in page.items], page.next),
        "outcomes": _outcomes(chosen, outcomes_tallied(rows)),
        "export": f"{reverse('patrols-xlsx')}?{chosen.query_string()}",
        "may_judge": bool(scope.managed),
        "may_send": scope.person_id is not None or bool(scope.managed),
    }
    return render(request, "office/patrols/list.html", context)


def _row(verdict: Verdict) -> Row:
    url = reverse("patrol", args=[verdict.patrol_id])
    if verdict.position:
        url += f"?area={verdict.area.code}"
    signs = dict.fromkeys(flag_words(flag["code"]) for flag in verdict.flags)
    return Row(verdict, url, gettext(", ").join(signs), share_words(verdict))


def _outcomes(chosen: Chosen, tally: Tally) -> list[dict[str, object]]:
    """The figures above the list: how many of each verdict, each a link that narrows to it."""
    home = reverse("patrols")
    more = "+" if tally.is_more else ""
    return [
        {
            "code": code,
            "number": f"{tally.by_outcome.get(code, 0)}{more}",
            "url": f"{home}?{chosen.query_string(verdict=code)}",
        }
        for code in Outcome.values
        if not chosen.raw.get("verdict") or code in chosen.raw["verdict"].split(",")
    ]


@office_page
def patrols_export(request: HttpRequest) -> FileResponse:
    """What the list shows with the same filters, as a workbook whose last sheet says which they were.

    Refusal when there are more rows than one workbook takes.
    """
    scope = scope_of_request(request)
    chosen = filters_for(scope, request.GET).read(request.GET)
    rows = chosen.apply(verdicts_to_list(scope, chosen.values.get("division"))).order_by(*PATROL_ORDER)
    if outcomes_tallied(rows, MOST_EXPORTED).is_more:
        raise Refusal(
            "patrols.too_many",
            gettext_noop(
                "More than %(most)s patrols fit these filters; one file takes no more. Narrow the days."
            ),
            most=f"{MOST_EXPORTED:,}",
        )
    now = clock.now()
    about = [
        *chosen.described(),
        (gettext("As of"), localtime(now).strftime("%Y-%m-%d %H:%M")),
        (gettext("Made by"), request.user.get_username()),
    ]
    name = f"{gettext('Patrols')} {localtime(now):%Y-%m-%d}"
    return xlsx_response(PATROL_COLUMNS, rows.iterator(chunk_size=500), name=name, about=about)


urlpatterns: list[URLPattern] = [
    path("patrols/", patrols_list, name="patrols"),
    path("patrols/export.xlsx", patrols_export, name="patrols-xlsx"),
    *patrol_new.urlpatterns,
    *patrol_paper.urlpatterns,
    *patrol_page.urlpatterns,
]
