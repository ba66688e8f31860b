"""Patrols of a place and a period judged again after a rule change: ask, look at the difference, apply."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from shanhe.evidence.patrols.models import Outcome, Reverification, ReverifiedVerdict
from shanhe.evidence.patrols.queries.reverifying import (
    Move,
    moves_of,
    reverification_in,
    reverifications_of,
    reverified_rows,
)
from shanhe.evidence.patrols.services import reverify_apply, reverify_discard, reverify_start
from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.faces.http.exporting import about_export, export_name
from shanhe.faces.http.filters import Filter, Filters, any_of
from shanhe.faces.http.paging import Page, page_asked, page_of
from shanhe.faces.http.places import division_options
from shanhe.faces.http.templatetags.shanhe_tags import VERDICTS, Look, percent
from shanhe.faces.http.xlsx import Column, xlsx_response
from shanhe.ground import clock
from shanhe.ground.divisions.queries import division_with
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.models import Area
from shanhe.kernel.errors import Refusal

__all__ = ["urlpatterns"]

LOOKS: Mapping[str, Look] = {
    "computing": Look("computing", pgettext_lazy("reverification", "Being computed"), "refresh", "blue"),
    "ready": Look("ready", pgettext_lazy("reverification", "Ready to look at"), "eye", "amber"),
    "applying": Look("applying", pgettext_lazy("reverification", "Being applied"), "refresh", "blue"),
    "applied": Look("applied", pgettext_lazy("reverification", "Applied"), "valid", "green"),
    "discarded": Look("discarded", pgettext_lazy("reverification", "Put away"), "excused", "grey"),
}
COLUMNS = [
    (_("Place"), ""),
    (_("Days"), ""),
    (_("State"), ""),
    (_("Verdicts looked at"), "number"),
    (_("Asked for by"), ""),
]
ROW_COLUMNS = [
    (_("Patrol"), ""),
    (_("Area"), ""),
    (_("Holder"), ""),
    (pgettext_lazy("verdict", "Before"), ""),
    (pgettext_lazy("verdict", "After"), ""),
    (_("Coverage"), "number"),
    (_("What happens"), ""),
]
FILTERS = Filters(
    Filter(
        "status",
        _("What happens"),
        any_of(ReverifiedVerdict.Status.choices),
        lambda rows, wanted: rows.filter(status__in=wanted),
        "choices",
        lambda: ReverifiedVerdict.Status.choices,
    ),
    Filter(
        "before",
        pgettext_lazy("verdict", "Before"),
        any_of(Outcome.choices),
        lambda rows, wanted: rows.filter(before__in=wanted),
        "choices",
        lambda: Outcome.choices,
    ),
    Filter(
        "after",
        pgettext_lazy("verdict", "After"),
        any_of(Outcome.choices),
        lambda rows, wanted: rows.filter(after__in=wanted),
        "choices",
        lambda: Outcome.choices,
    ),
)


class BeginForm(forms.Form):
    """Which patrols, and by which rules."""

    uuid = forms.UUIDField(widget=forms.HiddenInput)
    division = forms.ChoiceField(label=_("Division"))
    kind = forms.ChoiceField(label=_("Areas"), required=False)
    since = forms.DateField(
        label=_("From"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("Until"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    basis = forms.ChoiceField(
        label=_("By which rules"), choices=Reverification.Basis.choices, widget=forms.Select
    )

    def __init__(self, scope: Scope, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["division"].choices = division_options(scope.managed)  # type: ignore[attr-defined]
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            ("", gettext("Rivers and woods")),
            *Area.Kind.choices,
        ]


@dataclass(frozen=True, slots=True)
class Row:
    """One run as a line of the list."""

    run: Reverification
    url: str
    look: Look
    who: str


def _scope(request: HttpRequest) -> Scope:
    """The scope of an office; 404 for everybody else."""
    scope = scope_of_request(request)
    if not scope.managed:
        raise Http404
    return scope


@office_page
def reverifications(request: HttpRequest) -> HttpResponse:
    """The runs of one's ground, and the form for another one."""
    scope = _scope(request)
    if request.method == "POST":
        return _begun(request, scope)
    today = clock.today()
    first = {
        "uuid": uuids.uuid4(),
        "since": today - timedelta(days=30),
        "until": today,
        "basis": Reverification.Basis.DAY,
    }
    return _listed(request, scope, BeginForm(scope, initial=first))


def _begun(request: HttpRequest, scope: Scope) -> HttpResponse:
    form = BeginForm(scope, request.POST)
    if not form.is_valid():
        return _listed(request, scope, form, status=422)
    given = form.cleaned_data
    division = division_with(given["division"])
    if division is None:
        raise Http404
    try:
        run = reverify_start(
            uuid=given["uuid"],
            division=division,
            kind=given["kind"],
            since=given["since"],
            until=given["until"],
            basis=given["basis"],
            by=actor_of(request),
            at=clock.now(),
        )
    except Refusal as refusal:
        for name, reason in refusal.fields.items():
            form.add_error(name if name in form.fields else None, reason.render(gettext))
        return _listed(request, scope, form, status=refusal.status)
    return redirect("reverification", run.uuid)


def _listed(request: HttpRequest, scope: Scope, form: BeginForm, status: int = 200) -> HttpResponse:
    after, size = page_asked(request.GET)
    rows = reverifications_of(scope).select_related("division", "created_by__person")
    page = page_of(rows, order=("-created_at", "-pk"), after=after, size=size)
    context = {
        "crumbs": [(gettext("Patrols"), reverse("patrols")), (gettext("Judge again"), None)],
        "form": form,
        "columns": COLUMNS,
        "page": Page([_row(run) for run in page.items], page.next),
    }
    return render(request, "office/reverify/list.html", context, status=status)


def _row(run: Reverification) -> Row:
    return Row(run, reverse("reverification", args=[run.uuid]), LOOKS[run.state], _who(run))


def _who(run: Reverification) -> str:
    return run.created_by.person.name if run.created_by.person else run.created_by.username


def _run(request: HttpRequest, number: UUID) -> Reverification:
    try:
        return reverification_in(_scope(request), number)
    except Reverification.DoesNotExist:
        raise Http404 from None


@office_page
def reverification(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One run: its bar while it works, then the difference with each patrol, and what to do with it."""
    run = _run(request, uuid)
    chosen = FILTERS.read(request.GET)
    after, size = page_asked(request.GET)
    rows = chosen.apply(reverified_rows(run))
    page = page_of(rows, order=("pk",), after=after, size=size)
    moves, statuses = moves_of(run)
    is_broken = run.job is not None and run.job.state == "failed"
    works = run.state in ("computing", "applying") and not is_broken
    query = chosen.query_string()
    context = {
        "crumbs": [
            (gettext("Patrols"), reverse("patrols")),
            (gettext("Judge again"), reverse("reverifications")),
            (run.division.name, None),
        ],
        "run": run,
        "look": LOOKS[run.state],
        "who": _who(run),
        "works": works,
        "is_broken": is_broken,
        "chosen": chosen,
        "columns": ROW_COLUMNS,
        "page": Page([_line(row) for row in page.items], page.next),
        "moves": [_move(move, request.path) for move in moves],
        "changes": statuses.get("changes", 0) + statuses.get("applied", 0),
        "stays": statuses.get("decided", 0) + statuses.get("open", 0),
        "unreadable": statuses.get("unreadable", 0),
        "passed": statuses.get("passed", 0),
        "kind": run.kind and dict(Area.Kind.choices).get(run.kind, run.kind),
        "may_apply": run.state == "ready" or (is_broken and run.state == "applying"),
        "may_discard": run.state == "ready" or (is_broken and run.state == "computing"),
        "export": reverse("reverification-xlsx", args=[run.uuid]) + (f"?{query}" if query else ""),
    }
    return render(request, "office/reverify/page.html", context)


def _move(move: Move, home: str) -> dict[str, Any]:
    return {
        "before": VERDICTS[move.before],
        "after": VERDICTS[move.after],
        "is_same": move.before == move.after,
        "number": move.number,
        "url": f"{home}?before={move.before}&after={move.after}",
    }


def _line(row: ReverifiedVerdict) -> dict[str, Any]:
    return {
        "row": row,
        "url": f"{reverse('patrol', args=[row.patrol_id])}?area={row.verdict.area.code}",
        "share": _shares(row),
        "counts": _counts(row),
    }


def _shares(row: ReverifiedVerdict) -> str:
    if row.after_coverage is None:
        return percent(row.verdict.coverage)
    return f"{percent(row.verdict.coverage)} → {percent(row.after_coverage)}"


def _counts(row: ReverifiedVerdict) -> str:
    if row.counts_before == row.counts_after:
        return ""
    return gettext("counts from now on") if row.counts_after else gettext("no longer counts")


WORKBOOK: list[Column[ReverifiedVerdict]] = [
    Column(_("Patrol No."), lambda row: row.patrol_id, 10),
    Column(_("Started"), lambda row: row.patrol.started_at, 17),
    Column(_("Division"), lambda row: row.verdict.area.division.name, 18),
    Column(_("Area code"), lambda row: row.verdict.area.code, 18),
    Column(_("Area"), lambda row: row.verdict.area.name, 24),
    Column(_("Holder"), lambda row: row.verdict.person.name, 12),
    Column(pgettext_lazy("verdict", "Before"), lambda row: Outcome(row.before).label, 10),
    Column(pgettext_lazy("verdict", "After"), lambda row: Outcome(row.after).label if row.after else "", 10),
    Column(_("Coverage before"), lambda row: row.verdict.coverage, 12, "0.0%"),
    Column(_("Coverage after"), lambda row: row.after_coverage, 12, "0.0%"),
    Column(_("What happens"), lambda row: row.get_status_display(), 26),
    Column(_("For the duty"), _counts, 18),
]


@office_page
def reverification_workbook(request: HttpRequest, uuid: UUID) -> FileResponse:
    """What the run would change or leaves alone, as a workbook with the page's filters."""
    run = _run(request, uuid)
    chosen = FILTERS.read(request.GET)
    rows = chosen.apply(reverified_rows(run)).order_by("pk")
    about = [
        (gettext("Division"), run.division.name),
        (gettext("Days"), f"{run.since:%Y-%m-%d} – {run.until:%Y-%m-%d}"),
        (gettext("By which rules"), str(run.get_basis_display())),
        *about_export(request, chosen),
    ]
    return xlsx_response(
        WORKBOOK, rows.iterator(chunk_size=500), name=export_name(gettext("Judged again")), about=about
    )


@require_POST
@office_page
def reverification_act(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Apply a run or put it away."""
    run = _run(request, uuid)
    action = request.POST.get("action", "")
    if action == "apply":
        reverify_apply(run=run, by=actor_of(request), at=clock.now())
        messages.success(request, gettext("The new verdicts are being put in place."))
    elif action == "discard":
        reverify_discard(run=run, by=actor_of(request), at=clock.now())
        messages.success(request, gettext("Put away; every verdict stays as it is."))
    else:
        raise Http404
    return redirect("reverification", run.uuid)


urlpatterns: list[URLPattern] = [
    path("reverify/", reverifications, name="reverifications"),
    path("reverify/<uuid:uuid>/", reverification, name="reverification"),
    path("reverify/<uuid:uuid>/export.xlsx", reverification_workbook, name="reverification-xlsx"),
    path("reverify/<uuid:uuid>/act/", reverification_act, name="reverification-act"),
]
