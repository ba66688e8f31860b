"""The ledger of all changes: list, one record with its proof, and how far it is known to hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from shanhe.faces.http.access import actor_of, administrator_page, office_page, scope_of_request
from shanhe.faces.http.exporting import about_export, export_name
from shanhe.faces.http.ledger import (
    ACTIONS,
    actor_of_event,
    changes_of,
    events_seen,
    ledger_filters,
    named,
    via_words,
)
from shanhe.faces.http.paging import page_asked, page_of
from shanhe.faces.http.xlsx import Column, xlsx_response
from shanhe.ground import clock
from shanhe.ground.audit.models import Event
from shanhe.ground.audit.queries import day_roots, proof_of, root_over, stands
from shanhe.ground.audit.services import PUBLISHED
from shanhe.ground.jobs.ledger_walk import LEDGER_WALK
from shanhe.ground.jobs.queries import job_latest
from shanhe.ground.jobs.services import job_start
from shanhe.ground.people.scope import Scope

__all__ = ["urlpatterns"]

MOST_EXPORTED = 20_000  # records of one workbook


@office_page
def ledger_page(request: HttpRequest) -> HttpResponse:
    """The records one may read, newest first, in words."""
    scope = scope_of_request(request)
    chosen = ledger_filters(scope, request.GET).read(request.GET)
    after, size = page_asked(request.GET)
    rows = chosen.apply(events_seen(scope))
    if "kind" not in chosen.values:
        # One a day, and what they say stands on top of the list: they come when they are asked for.
        rows = rows.exclude(action=PUBLISHED)
    page = page_of(rows, order=("-seq",), after=after, size=size)
    names = named(scope, page.items)
    for event in page.items:
        _dress(event, names)
    context = {
        "crumbs": [(gettext("Ledger"), None)],
        "chosen": chosen,
        "page": page,
        "columns": [
            (gettext("What"), ""),
            (gettext("Object"), ""),
            (gettext("Who"), ""),
            (gettext("By way of"), ""),
            (gettext("When"), ""),
            (gettext("Record No."), "number"),
        ],
        "state": _state(),
        "is_administrator": scope.is_administrator,
        "export": f"{reverse('ledger-xlsx')}?{chosen.query_string()}",
    }
    return render(request, "office/ledger/list.html", context)


@office_page
def ledger_xlsx(request: HttpRequest) -> HttpResponseBase:
    """The newest records of the list as a workbook, with the same filters."""
    scope = scope_of_request(request)
    chosen = ledger_filters(scope, request.GET).read(request.GET)
    rows = chosen.apply(events_seen(scope))
    if "kind" not in chosen.values:
        rows = rows.exclude(action=PUBLISHED)
    columns: list[Column[Any]] = [
        Column(_("Record No."), lambda event: event.seq),
        Column(_("When"), lambda event: event.at, 18),
        Column(_("What"), lambda event: str(event.what), 26),
        Column(_("Object"), lambda event: _name(event.subject), 30),
        Column(_("Who"), lambda event: _name(event.actor), 20),
        Column(_("By way of"), lambda event: str(event.way)),
        Column(_("Fingerprint (SHA-256)"), lambda event: bytes(event.leaf).hex(), 66),
    ]
    most = (gettext("At most"), gettext("the newest %(n)s records") % {"n": MOST_EXPORTED})
    about = [*about_export(request, chosen), most]
    title = gettext("Ledger")
    dressed = _dressed(scope, rows.order_by("-seq")[:MOST_EXPORTED])
    return xlsx_response(columns, dressed, name=export_name(title), about=about)


def _name(named_: Any) -> str:
    return " ".join(word for word in (str(named_.kind), str(named_.name)) if word) if named_ else ""


def _dressed(scope: Scope, rows: Iterable[Event]) -> Iterator[Any]:
    """The records with their words, looked up some hundreds at a time."""
    waiting = iter(rows)
    while some := list(islice(waiting, 500)):
        names = named(scope, some)
        for event in some:
            _dress(event, names)
            yield event


def _dress(event: Any, names: Any) -> None:
    """What a row shows of a record."""
    event.what = ACTIONS.get(event.action, event.action)
    event.subject = names.of(event.object_type, event.object_id)
    event.actor = actor_of_event(names, event)
    event.way = via_words(event)


def _state() -> dict[str, Any]:
    """Up to which day roots are published, and how the last walk over the whole ledger ended."""
    newest = day_roots().first()
    walk = job_latest(LEDGER_WALK)
    result = walk.result if walk else {}
    return {
        "published": newest.day if newest else None,
        "walked_at": walk.ended_at if walk else None,
        "records": result.get("records"),
        "through": parse_date(result.get("through") or ""),
        "broken": result.get("broken"),
    }


def _event(request: HttpRequest, number: int) -> Event:
    """One record; 404 when it is not there or not the scope's to read."""
    found: Event | None = events_seen(scope_of_request(request)).filter(seq=number).first()
    if found is None:
        raise Http404
    return found


@office_page
def event_page(request: HttpRequest, number: int) -> HttpResponse:
    """One record: what changed, by whom, and its fingerprints."""
    scope = scope_of_request(request)
    event = _event(request, number)
    names = named(scope, [event])
    _dress(event, names)
    changes = changes_of(event, names)
    context = {
        "crumbs": [
            (gettext("Ledger"), reverse("ledger")),
            (gettext("Record %(number)s") % {"number": number}, None),
        ],
        "event": event,
        "changes": changes,
        "has_before": any(change.before for change in changes),
        "stands": stands(event),
        "root": root_over(event),
        "leaf": bytes(event.leaf).hex(),
        "hash": bytes(event.hash).hex(),
        "previous": bytes(event.previous).hex(),
        "command": f"shanhe audit check proof-{number}.json",
        "history": f"{reverse('ledger')}?record={event.object_type}:{event.object_id}",
    }
    return render(request, "office/ledger/page.html", context)


@office_page
def event_proof(request: HttpRequest, number: int) -> HttpResponse:
    """The record's PROOF.json; a refusal while its day has no published root."""
    proof = proof_of(_event(request, number)).as_json()
    response = JsonResponse(proof, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="proof-{number}.json"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@administrator_page
def ledger_verify(request: HttpRequest) -> HttpResponse:
    """Ask for a walk over the whole ledger; its page shows how far it is."""
    job = job_start(kind=LEDGER_WALK, params={}, by=actor_of(request), at=clock.now())
    messages.info(request, gettext("The walk over the ledger has been asked for."))
    return redirect("job", job.uuid)


urlpatterns: list[URLPattern] = [
    path("ledger/", ledger_page, name="ledger"),
    path("ledger/export.xlsx", ledger_xlsx, name="ledger-xlsx"),
    path("ledger/verify/", ledger_verify, name="ledger-verify"),
    path("ledger/<int:number>/", event_page, name="ledger-event"),
    path("ledger/<int:number>/proof.json", event_proof, name="ledger-proof"),
]
