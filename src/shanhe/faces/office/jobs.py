"""Long work and how far it is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.access import office_page, scope_of_request
from shanhe.faces.http.exporting import export_name
from shanhe.faces.http.ledger.words import JOBS
from shanhe.faces.http.paging import page_asked, page_of
from shanhe.faces.http.templatetags.shanhe_tags import Look
from shanhe.faces.http.xlsx import Column, xlsx_response
from shanhe.ground.jobs.models import Job
from shanhe.ground.jobs.queries import job_of, jobs_of
from shanhe.ground.papers.shelf import fetch

__all__ = ["STATES", "urlpatterns"]

STATES = {
    "waiting": Look("waiting", pgettext_lazy("job", "Waiting"), "clock", "grey"),
    "running": Look("running", pgettext_lazy("job", "Running"), "refresh", "blue"),
    "done": Look("done", pgettext_lazy("job", "Done"), "valid", "green"),
    "failed": Look("failed", pgettext_lazy("job", "Failed"), "overdue", "red"),
}

#: Names of figures in results.
RESULTS = {
    "records": _("Records"),
    "through": _("Published through"),
    "broken": _("First broken record"),
    "created": _("Created"),
    "updated": _("Updated"),
    "unchanged": _("Unchanged"),
    "refused": _("Refused"),
    "sheets": _("Sheets"),
}


#: What a result says of the file it made; shown as a link.
OF_FILE = frozenset({"file", "bytes"})


def _dress(job: Job) -> Any:
    """What the templates show beside the job's own columns."""
    dressed: Any = job
    dressed.title = JOBS.get(job.kind, job.kind)
    dressed.look = STATES[job.state]
    dressed.is_over = job.state in (Job.State.DONE, Job.State.FAILED)
    dressed.error_fields = job.result.get("error", {}).get("fields", {}) if job.state == "failed" else {}
    facts = {name: value for name, value in job.result.items() if name not in OF_FILE}
    dressed.facts = [] if dressed.error_fields else [_fact(name, value) for name, value in facts.items()]
    dressed.has_file = job.state == Job.State.DONE and "file" in job.result and fetch(job.uuid) is not None
    return dressed


def _fact(name: str, value: Any) -> tuple[str, Any]:
    label = str(RESULTS.get(name, name))
    if isinstance(value, dict):
        value = value.get("seq", len(value))
    if isinstance(value, list):
        value = len(value)
    return label, gettext("none") if value is None else value


@office_page
def jobs_page(request: HttpRequest) -> HttpResponse:
    """The jobs one has asked for, newest first."""
    after, size = page_asked(request.GET)
    rows = jobs_of(scope_of_request(request)).select_related("created_by__person")
    page = page_of(rows, order=("-created_at",), after=after, size=size)
    for job in page.items:
        _dress(job)
    context = {
        "crumbs": [(gettext("Long work"), None)],
        "page": page,
        "columns": [
            (gettext("What"), ""),
            (gettext("State"), ""),
            (gettext("Asked for on"), ""),
            (gettext("Asked for by"), ""),
            (gettext("Ended"), ""),
        ],
    }
    return render(request, "office/jobs/list.html", context)


@office_page
def jobs_xlsx(request: HttpRequest) -> HttpResponseBase:
    """The list as a workbook."""
    rows = jobs_of(scope_of_request(request)).select_related("created_by__person").order_by("-created_at")
    columns: list[Column[Any]] = [
        Column(_("What"), lambda job: str(job.title), 28),
        Column(_("State"), lambda job: str(job.look.word)),
        Column(_("Asked for on"), lambda job: job.created_at, 18),
        Column(_("Asked for by"), _asked_by, 18),
        Column(_("Ended"), lambda job: job.ended_at, 18),
        Column(_("Message"), lambda job: job.message, 40),
        Column(_("Result"), lambda job: "; ".join(f"{label} {value}" for label, value in job.facts), 40),
    ]
    title = gettext("Long work")
    return xlsx_response(columns, map(_dress, rows), name=export_name(title))


def _asked_by(job: Any) -> str:
    user = job.created_by
    if user is None:
        return ""
    return str(user.person.name if user.person else user.get_username())


@office_page
def job_page(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One job: its bar while it runs (asked for every second by htmx), then result or reason."""
    job = job_of(scope_of_request(request), uuid)
    if job is None:
        raise Http404
    dressed = _dress(job)
    context = {
        "crumbs": [(gettext("Long work"), reverse("jobs")), (str(dressed.title), None)],
        "job": dressed,
    }
    is_part = bool(getattr(request, "htmx", False)) and request.headers.get("HX-Target") == "job"
    return render(request, "office/jobs/_job.html" if is_part else "office/jobs/page.html", context)


@office_page
def job_file(request: HttpRequest, uuid: UUID) -> FileResponse:
    """The file that a job has made, for whoever asked for it; 404 without one, or when its week is over."""
    job = job_of(scope_of_request(request), uuid)
    path = fetch(uuid) if job is not None and "file" in job.result else None
    if job is None or path is None:
        raise Http404
    answer = FileResponse(path.open("rb"), as_attachment=True, filename=str(job.result["file"]))
    answer["Cache-Control"] = "private, no-store"
    return answer


urlpatterns: list[URLPattern] = [
    path("jobs/", jobs_page, name="jobs"),
    path("jobs/export.xlsx", jobs_xlsx, name="jobs-xlsx"),
    path("jobs/<uuid:uuid>/", job_page, name="job"),
    path("jobs/<uuid:uuid>/file", job_file, name="job-file"),
]
