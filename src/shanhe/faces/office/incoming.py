"""Bring your own data: what can be brought, the upload, and where a file that was brought stands."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_POST

from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.faces.http.paging import page_asked, page_of
from shanhe.faces.http.uploads import too_large
from shanhe.faces.office.incoming_steps import (
    MATCH_STEP,
    PREVIEW_STEP,
    SAME_FOR_ALL,
    preview_page,
    settings_page,
    steps,
)
from shanhe.faces.office.incoming_upload import large_file
from shanhe.faces.office.incoming_words import GROUPS, STATES
from shanhe.ground import clock
from shanhe.ground.incoming.kinds import Kind, kind_of, kinds_for
from shanhe.ground.incoming.matching import SAME
from shanhe.ground.incoming.models import Incoming
from shanhe.ground.incoming.queries import incoming_of, incomings_of
from shanhe.ground.incoming.reading.options import MOST_BYTES
from shanhe.ground.incoming.reports import text_heard
from shanhe.ground.incoming.services import (
    MATCH,
    READ,
    incoming_ask,
    incoming_match,
    incoming_read,
    incoming_receive,
    incoming_take,
    incoming_withdraw,
)
from shanhe.ground.jobs.models import Job
from shanhe.ground.people.scope import Scope
from shanhe.kernel.errors import Refusal

__all__ = ["urlpatterns"]

#: Larger files are read by a worker: nobody should wait before a white page.
READ_AT_ONCE = 4 * 1024 * 1024
ROWS_AT_ONCE = 3_000


def _kinds(scope: Scope) -> list[Kind]:
    found = kinds_for(scope)
    if not found:
        raise Http404
    return found


@office_page
def import_list(request: HttpRequest) -> HttpResponse:
    """What can be brought, with its templates, and what was brought before."""
    scope = scope_of_request(request)
    kinds = _kinds(scope)
    after, size = page_asked(request.GET)
    page = page_of(incomings_of(scope), order=("-created_at",), after=after, size=size)
    names = {kind.key: kind for kind in kinds}
    for each in page.items:
        _dress(each, names)
    context = {
        "crumbs": [(gettext("Bring data"), None)],
        "groups": [(words, [k for k in kinds if k.group == group]) for group, words in GROUPS.items()],
        "page": page,
        "columns": [
            (gettext("File"), ""),
            (gettext("What"), ""),
            (gettext("State"), ""),
            (pgettext("row", "New"), "number"),
            (pgettext("row", "Changed"), "number"),
            (pgettext("row", "Faulty"), "number"),
            (gettext("Brought"), ""),
            (pgettext("file", "Brought by"), ""),
        ],
    }
    return render(request, "office/incoming/list.html", context)


def _dress(incoming: Incoming, names: dict[str, Kind]) -> None:
    shown: Any = incoming
    kind = names.get(incoming.kind)
    shown.look = STATES[incoming.state]
    shown.title = kind.title if kind else incoming.kind
    shown.counts = incoming.report.get("counts", {})


def _kind(request: HttpRequest, key: str) -> Kind:
    kind = next((each for each in kinds_for(scope_of_request(request)) if each.key == key), None)
    if kind is None:
        raise Http404
    return kind


@office_page
@large_file(MOST_BYTES)
def import_new(request: HttpRequest) -> HttpResponse:
    """Upload a file of one kind; a file that cannot be read says why beside the field."""
    kind = _kind(request, request.GET.get("kind", ""))
    refusal: Refusal | None = None
    name = ""
    if request.method == "POST":
        upload = request.FILES.get("file")
        name = upload.name or "" if upload is not None else ""
        try:
            incoming = _received(request, kind)
            return redirect("import", incoming.uuid)
        except Refusal as caught:
            refusal = caught
    context = {
        "crumbs": [(gettext("Bring data"), reverse("imports")), (str(kind.title), None)],
        "steps": steps(0),
        "kind": kind,
        "accept": ",".join(kind.formats),
        "formats": gettext(", ").join(kind.formats),
        "most_mb": MOST_BYTES // 1_048_576,
        "name": name,
        "refused": refusal.message.render(gettext) if refusal else "",
    }
    return render(request, "office/incoming/new.html", context, status=refusal.status if refusal else 200)


def _received(request: HttpRequest, kind: Kind) -> Incoming:
    upload = request.FILES.get("file")
    if upload is None:
        message = gettext("Choose a file.")
        raise Refusal("incoming.no_file", message, {"file": message})
    size = upload.size or 0
    if size > MOST_BYTES:
        raise too_large(size, MOST_BYTES)
    by, at = actor_of(request), clock.now()
    incoming = incoming_receive(kind=kind.key, name=upload.name or "", pieces=upload.chunks(), by=by, at=at)
    if incoming.size > READ_AT_ONCE:
        incoming_ask(incoming=incoming, work=READ, params={}, by=by, at=at)
        return incoming
    try:
        incoming_read(incoming=incoming, by=by, at=at)
    except Refusal as refusal:
        if refusal.code != "incoming.crs_needed":
            raise
    return incoming


def _incoming(request: HttpRequest, uuid: UUID) -> Incoming:
    found = incoming_of(scope_of_request(request), uuid)
    if found is None:
        raise Http404
    return found


def _is_working(incoming: Incoming) -> bool:
    job = incoming.job
    return job is not None and job.state in (Job.State.WAITING, Job.State.RUNNING)


@office_page
def import_show(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Where a file stands: at work, to be matched, taken in, or ended otherwise."""
    incoming = _incoming(request, uuid)
    kind = kind_of(incoming.kind)
    if _is_working(incoming):
        return _working(request, incoming, kind)
    if request.headers.get("HX-Target") == "working":
        answer = HttpResponse(status=204)
        is_matched = incoming.state == Incoming.State.MATCHED
        answer["HX-Redirect"] = reverse("import-preview" if is_matched else "import", args=[uuid])
        return answer
    if incoming.state in (Incoming.State.RECEIVED, Incoming.State.READ, Incoming.State.MATCHED):
        return settings_page(request, incoming, kind)
    if incoming.state == Incoming.State.TAKEN:
        return preview_page(request, incoming, kind)
    why = text_heard(incoming.report["why"]).render(gettext) if "why" in incoming.report else ""
    context = {
        "crumbs": _crumbs(incoming),
        "incoming": incoming,
        "kind": kind,
        "look": STATES[incoming.state],
        "why": why,
    }
    return render(request, "office/incoming/ended.html", context)


def _crumbs(incoming: Incoming) -> list[tuple[str, str | None]]:
    return [(gettext("Bring data"), reverse("imports")), (incoming.name, None)]


def _working(request: HttpRequest, incoming: Incoming, kind: Kind) -> HttpResponse:
    job = incoming.job
    context = {
        "crumbs": _crumbs(incoming),
        "steps": steps(
            {READ: MATCH_STEP, MATCH: PREVIEW_STEP}.get(job.kind if job else "", PREVIEW_STEP + 1)
        ),
        "incoming": incoming,
        "kind": kind,
        "job": job,
        "reads": job is not None and job.kind == READ,
        "matches": job is not None and job.kind == MATCH,
    }
    is_part = request.headers.get("HX-Target") == "working"
    return render(request, f"office/incoming/{'_working' if is_part else 'working'}.html", context)


@require_POST
@office_page
def import_read_action(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Read the file again: another sheet, other coordinates."""
    incoming = _incoming(request, uuid)
    by, at = actor_of(request), clock.now()
    datum = "gcj02" if request.POST.get("datum") == "gcj02" else "wgs84"
    asked = {
        "sheet": request.POST.get("sheet", "")[:200],
        "crs": request.POST.get("crs", "")[:60],
        "datum": datum,
    }
    if incoming.size > READ_AT_ONCE:
        incoming_ask(incoming=incoming, work=READ, params=asked, by=by, at=at)
        return redirect("import", uuid)
    try:
        incoming_read(incoming=incoming, by=by, at=at, sheet=asked["sheet"], crs=asked["crs"], datum=datum)
    except Refusal as refusal:
        return settings_page(request, _incoming(request, uuid), kind_of(incoming.kind), refusal, asked=asked)
    return redirect("import", uuid)


@require_POST
@office_page
def import_match_action(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Match columns to fields and see what would become of the rows."""
    incoming = _incoming(request, uuid)
    kind = kind_of(incoming.kind)
    by, at = actor_of(request), clock.now()
    given = {name[6:]: str(request.POST[name]) for name in request.POST if name.startswith("field-")}
    said = {name: column for name, column in given.items() if column}
    for name in SAME_FOR_ALL:
        if value := request.POST.get(f"same-{name}", "").strip()[:60]:
            said.setdefault(name, f"{SAME}{value}")
    if incoming.found.get("rows", 0) > ROWS_AT_ONCE:
        incoming_ask(incoming=incoming, work=MATCH, params={"mapping": said}, by=by, at=at)
        return redirect("import", uuid)
    try:
        incoming_match(incoming=incoming, mapping=said, by=by, at=at)
    except Refusal as refusal:
        return settings_page(request, incoming, kind, refusal, said=said)
    return redirect("import-preview", uuid)


@office_page
def import_preview(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What would become of each row: faults first, then the map and the rows."""
    incoming = _incoming(request, uuid)
    if _is_working(incoming) or incoming.state != Incoming.State.MATCHED:
        return redirect("import", uuid)
    return preview_page(request, incoming, kind_of(incoming.kind))


@require_POST
@office_page
def import_take_action(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take the rows in: all, or the good ones alone."""
    incoming = _incoming(request, uuid)
    good_rows = request.POST.get("rows") == "good"
    try:
        incoming_take(incoming=incoming, good_rows=good_rows, by=actor_of(request), at=clock.now())
    except Refusal as refusal:
        messages.error(request, refusal.message.render(gettext))
    return redirect("import", uuid)


@require_POST
@office_page
def import_withdraw_action(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Give a file up."""
    incoming = incoming_withdraw(incoming=_incoming(request, uuid), by=actor_of(request), at=clock.now())
    messages.success(
        request, gettext("%(name)s is withdrawn; nothing of it was taken in.") % {"name": incoming.name}
    )
    return redirect("imports")


urlpatterns: list[URLPattern] = [
    path("import/", import_list, name="imports"),
    path("import/new/", import_new, name="import-new"),
    path("import/<uuid:uuid>/", import_show, name="import"),
    path("import/<uuid:uuid>/read/", import_read_action, name="import-read"),
    path("import/<uuid:uuid>/match/", import_match_action, name="import-match"),
    path("import/<uuid:uuid>/preview/", import_preview, name="import-preview"),
    path("import/<uuid:uuid>/take/", import_take_action, name="import-take"),
    path("import/<uuid:uuid>/withdraw/", import_withdraw_action, name="import-withdraw"),
]
