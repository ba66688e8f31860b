"""Contests of verdicts: the list, its workbook, one contest, and the pages where one is filed or settled."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shanhe.evidence.patrols.contests_models import Contest
from shanhe.evidence.patrols.contests_stretches import has_stretches, outcome_if, skipped_of
from shanhe.evidence.patrols.models import Outcome, Patrol, Verdict
from shanhe.evidence.patrols.queries import patrol_in
from shanhe.evidence.patrols.queries.contests import (
    contest_in,
    contest_may,
    contests_of,
    contests_of_patrol,
    contests_own,
    contests_to_decide,
    contests_to_list,
    verdict_may,
)
from shanhe.evidence.patrols.queries.page import patrols_among
from shanhe.evidence.patrols.services import (
    Decision,
    contest_comment,
    contest_decide,
    contest_file,
    contest_take_up,
    contest_withdraw,
    verdict_decide,
)
from shanhe.evidence.patrols.words import reason_words
from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.faces.http.bounded import files_up_to
from shanhe.faces.http.exporting import about_export, export_name
from shanhe.faces.http.filters import Filter, Filters, any_of, day_from, day_until, one_of
from shanhe.faces.http.paging import Page, page_asked, page_of
from shanhe.faces.http.places import division_filter
from shanhe.faces.http.templatetags.shanhe_tags import Look, metres, percent
from shanhe.faces.http.xlsx import Column, xlsx_response
from shanhe.faces.office.contest_forms import (
    MOST_BYTES,
    ContestForm,
    DecideForm,
    SettleForm,
    StatedForm,
    stated,
    stretch_key,
)
from shanhe.faces.office.contest_told import due_said, look_of, stretch_words, timeline_of
from shanhe.ground import clock
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.queries import areas_of
from shanhe.kernel.errors import Refusal

__all__ = ["urlpatterns"]

ORDER = ("-filed_at", "-pk")
MINE, TODO = "mine", "todo"
SHOW = [(TODO, _("Waiting for my decision")), (MINE, _("About my own patrols"))]

COLUMNS = [
    (_("Filed"), ""),
    (_("Area"), ""),
    (_("Holder"), ""),
    (_("Verdict"), ""),
    (_("What is contested"), ""),
    (_("State"), ""),
    (_("Decision due"), ""),
]


@dataclass(frozen=True, slots=True)
class Row:
    """One contest as a line of the list."""

    contest: Contest
    url: str
    look: Look
    what: str
    due: str
    is_late: bool


def _filters(scope: Scope, params: Mapping[str, str]) -> Filters:
    def shown(rows: QuerySet[Contest], wanted: str) -> QuerySet[Contest]:
        if wanted == MINE:
            return contests_own(scope, rows)
        return rows.filter(pk__in=contests_to_decide(scope).order_by().values("pk"))

    return Filters(
        Filter("show", _("Show"), one_of(SHOW), shown, "choice", lambda: SHOW),
        Filter(
            "state",
            _("State"),
            any_of(Contest.State.choices),
            lambda rows, wanted: rows.filter(state__in=wanted),
            "choices",
            lambda: Contest.State.choices,
        ),
        division_filter(scope, params, column="area__division_id"),
        day_from("since", _("From"), "filed_at"),
        day_until("until", _("Until"), "filed_at"),
    )


@office_page
def contests_list(request: HttpRequest) -> HttpResponse:
    """The contests one sees, the newest first; those that wait for one's decision are a filter."""
    scope = scope_of_request(request)
    chosen = _filters(scope, request.GET).read(request.GET)
    after, size = page_asked(request.GET)
    rows = contests_to_list(chosen.apply(contests_of(scope)))
    page = page_of(rows, order=ORDER, after=after, size=size)
    todo = contests_to_decide(scope).count() if scope.supervised else 0
    query = chosen.query_string()
    context = {
        "crumbs": [(gettext("Contests"), None)],
        "chosen": chosen,
        "columns": COLUMNS,
        "page": Page([_row(each) for each in page.items], page.next),
        "todo": todo,
        "todo_url": f"{reverse('contests')}?show={TODO}",
        "export": reverse("contests-xlsx") + (f"?{query}" if query else ""),
    }
    return render(request, "office/contests/list.html", context)


def _row(contest: Contest) -> Row:
    today = clock.today()
    return Row(
        contest,
        reverse("contest", args=[contest.uuid]),
        look_of(contest),
        _what(contest),
        due_said(contest, today),
        contest.is_open and contest.due_on < today,
    )


def _what(contest: Contest) -> str:
    if contest.origin == Contest.Origin.OFFICE:
        return gettext("doubts, without a contest")
    return stretch_words(contest.stretches) if contest.stretches else gettext("the whole patrol")


WORKBOOK: list[Column[Contest]] = [
    Column(_("Filed"), lambda row: row.filed_at, 17),
    Column(_("Patrol No."), lambda row: row.patrol_id, 10),
    Column(_("Patrol of"), lambda row: row.patrol.started_at, 17),
    Column(_("Division"), lambda row: row.area.division.name, 18),
    Column(_("Area code"), lambda row: row.area.code, 18),
    Column(_("Area"), lambda row: row.area.name, 24),
    Column(_("Holder"), lambda row: row.verdict.person.name, 12),
    Column(_("Contested by"), lambda row: row.filer.name if row.filer else "", 12),
    Column(_("Verdict"), lambda row: row.verdict.get_outcome_display(), 10),
    Column(_("What is contested"), _what, 30),
    Column(_("Reasons"), lambda row: row.words, 50),
    Column(_("State"), lambda row: look_of(row).word, 12),
    Column(_("Decision due"), lambda row: row.due_on, 12),
    Column(_("Decided on"), lambda row: row.decided_at, 17),
    Column(_("Decided by"), lambda row: row.decider.name if row.decider else "", 12),
    Column(_("Decision"), lambda row: row.get_result_display(), 20),
    Column(
        _("New verdict"), lambda row: row.new_verdict.get_outcome_display() if row.new_verdict else "", 10
    ),
]


@office_page
def contests_workbook(request: HttpRequest) -> FileResponse:
    """What the list shows with the same filters, as a workbook."""
    scope = scope_of_request(request)
    chosen = _filters(scope, request.GET).read(request.GET)
    rows = contests_to_list(chosen.apply(contests_of(scope))).order_by(*ORDER)
    return xlsx_response(
        WORKBOOK,
        rows.iterator(chunk_size=500),
        name=export_name(gettext("Contests")),
        about=about_export(request, chosen),
    )


# -- one contest -------------------------------------------------------------------------------------------


def _contest(scope: Scope, number: UUID) -> Contest:
    try:
        return contest_in(scope, number)
    except Contest.DoesNotExist:
        raise Http404 from None


@office_page
@files_up_to(MOST_BYTES)
def contest_page(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One contest with its timeline, and what one may do with it; its forms are sent here."""
    contest = _contest(scope_of_request(request), uuid)
    if request.method != "POST":
        return _shown(request, contest)
    action = request.POST.get("action", "")
    if action == "decide":
        return _decide(request, contest)
    if action == "comment":
        form = StatedForm(request.POST, request.FILES)
        if not form.is_valid():
            return _shown(request, contest, comment=form, status=422)
        return _done(
            request,
            contest,
            form,
            lambda said, by: contest_comment(contest=contest, stated=said, by=by, at=clock.now()),
            gettext("Your words were added."),
        )
    return _step(request, contest, action)


def _step(request: HttpRequest, contest: Contest, action: str) -> HttpResponse:
    """Take up or withdraw: one press, no words needed."""
    by, at = actor_of(request), clock.now()
    if action == "take_up":
        contest_take_up(contest=contest, by=by, at=at)
        messages.success(request, gettext("The contest is under review; the holder sees it."))
    elif action == "withdraw":
        contest_withdraw(contest=contest, by=by, at=at)
        messages.success(request, gettext("The contest was withdrawn; the verdict stays."))
    else:
        raise Http404
    return redirect("contest", contest.uuid)


def _done(request: HttpRequest, contest: Contest, form: StatedForm, act: Any, said: str) -> HttpResponse:
    """Do what a valid form asks; a refusal is shown in the form, and what was typed stays."""
    try:
        act(stated(form, request), actor_of(request))
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        _add_errors(form, refusal)
        fresh = _contest(scope_of_request(request), contest.uuid)
        if isinstance(form, DecideForm):
            return _shown(request, fresh, decide=form, status=refusal.status)
        return _shown(request, fresh, comment=form, status=refusal.status)
    messages.success(request, said)
    return redirect("contest", contest.uuid)


def _add_errors(form: StatedForm, refusal: Refusal) -> None:
    own = {name: reason for name, reason in refusal.fields.items() if name in form.fields}
    for name, reason in own.items():
        form.add_error(name, reason.render(gettext))
    if "file" in refusal.fields:
        form.add_error("photos", refusal.fields["file"].render(gettext))
    elif not own:
        form.add_error(None, refusal.message.render(gettext))


def _decide(request: HttpRequest, contest: Contest) -> HttpResponse:
    form = DecideForm(contest.stretches, request.POST, request.FILES)
    if not form.is_valid():
        return _shown(request, contest, decide=form, status=422)
    decision = Decision(form.cleaned_data["result"], form.chosen())
    return _done(
        request,
        contest,
        form,
        lambda said, by: contest_decide(
            contest=contest, decision=decision, stated=said, by=by, at=clock.now()
        ),
        gettext("Decided. The holder reads the reasons on the patrol's page."),
    )


def _shown(
    request: HttpRequest,
    contest: Contest,
    *,
    decide: DecideForm | None = None,
    comment: StatedForm | None = None,
    status: int = 200,
) -> HttpResponse:
    scope, by = scope_of_request(request), actor_of(request)
    may = contest_may(contest, by)
    verdict = contest.verdict
    context = {
        "crumbs": [(gettext("Contests"), reverse("contests")), (contest.area.name, None)],
        "contest": contest,
        "verdict": verdict,
        "new": contest.new_verdict,
        "look": look_of(contest),
        "what": _what(contest),
        "due": due_said(contest, clock.today()),
        "is_late": contest.is_open and contest.due_on < clock.today(),
        "is_own_motion": contest.origin == Contest.Origin.OFFICE,
        "reasons": [reason_words(each["code"], each["figures"]) for each in verdict.reasons],
        "stretches": _stretches(contest.stretches),
        "timeline": timeline_of(contest),
        "may": {name: name in may for name in ("take_up", "uphold", "withdraw", "comment")},
        "options": _options(contest) if "uphold" in may else [],
        "decide": decide or DecideForm(contest.stretches),
        "comment": comment or StatedForm(),
        "patrol_url": reverse("patrol", args=[contest.patrol_id]) + f"?area={contest.area.code}",
        "sees_patrol": bool(patrols_among(scope, [contest.patrol_id])),
        "has_track": hasattr(contest.patrol, "track"),
        "ground": _ground(scope, contest),
    }
    return render(request, "office/contests/page.html", context, status=status)


def _ground(scope: Scope, contest: Contest) -> str:
    """Where the map's ground comes from; "" when the area is not seen."""
    is_seen = areas_of(scope).filter(pk=contest.area_id).exists()
    return f"{reverse('map-ground')}?around={contest.area.code}" if is_seen else ""


def _stretches(stretches: Any) -> list[dict[str, Any]]:
    return [
        {"key": stretch_key(each), "words": stretch_words([each]), "from_m": each[0], "to_m": each[1]}
        for each in stretches
    ]


def _options(contest: Contest) -> list[dict[str, str]]:
    """What can be decided, each with what it leads to."""
    verdict = contest.verdict
    found = []
    if contest.stretches:
        if_so = outcome_if(verdict, [(a, b) for a, b in contest.stretches])
        found.append(
            {
                "value": Contest.Result.STRETCH,
                "label": gettext("Take the stretches as walked"),
                "leads": gettext("Coverage %(before)s → %(after)s; the verdict becomes: %(outcome)s.")
                % {
                    "before": percent(verdict.coverage),
                    "after": percent(if_so.coverage),
                    "outcome": Outcome(if_so.outcome).label,
                },
            }
        )
    found.append(
        {
            "value": Contest.Result.WHOLE,
            "label": gettext("Take the whole as a valid patrol"),
            "leads": gettext(
                "The figures stay as they were measured; the verdict becomes valid by decision."
            ),
        }
    )
    confirms = verdict.outcome == Outcome.DOUBTFUL and not contest.stretches
    found.append(
        {
            "value": Contest.Result.STANDS,
            "label": gettext("Reject the contest"),
            "leads": gettext("The doubts are confirmed: the verdict becomes invalid.")
            if confirms
            else gettext("The verdict stays as it is."),
        }
    )
    return found


# -- to contest, to settle ---------------------------------------------------------------------------------


def _patrol_and_verdict(request: HttpRequest, pk: int) -> tuple[Patrol, Verdict]:
    try:
        patrol = patrol_in(scope_of_request(request), pk)
    except Patrol.DoesNotExist:
        raise Http404 from None
    code = request.GET.get("area", "")
    for verdict in patrol.shown:  # type: ignore[attr-defined]
        if not code or verdict.area.code == code:
            verdict.patrol = patrol
            return patrol, verdict
    raise Http404


def _may(request: HttpRequest, patrol: Patrol, verdict: Verdict) -> Any:
    contests = contests_of_patrol(scope_of_request(request), patrol, [verdict.area_id])
    return verdict_may(verdict, contests, actor_of(request), clock.today())


@office_page
@files_up_to(MOST_BYTES)
def contest_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Contest the verdict on a patrol (in ``area=CODE``); 404 for who may not."""
    patrol, verdict = _patrol_and_verdict(request, pk)
    may = _may(request, patrol, verdict)
    if request.method != "POST":
        if "file" not in may:
            raise Http404
        first = {"uuid": uuids.uuid4(), "about": _likely(verdict)}
        return _new(request, patrol, verdict, ContestForm(skipped_of(verdict), initial=first), may)
    form = ContestForm(skipped_of(verdict), request.POST, request.FILES)
    if not form.is_valid():
        return _new(request, patrol, verdict, form, may, status=422)
    try:
        contest, is_new = contest_file(
            uuid=form.cleaned_data["uuid"],
            patrol=patrol,
            area_code=verdict.area.code,
            stated=stated(form, request),
            stretches=form.chosen(),
            by=actor_of(request),
            at=clock.now(),
        )
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        _add_errors(form, refusal)
        return _new(request, patrol, verdict, form, may, status=refusal.status)
    if is_new:
        messages.success(
            request,
            gettext("Your contest was filed; a decision is due on %(day)s.")
            % {"day": contest.due_on.isoformat()},
        )
    return redirect("contest", contest.uuid)


def _likely(verdict: Verdict) -> str:
    """What most contest: stretches that are missing; of doubts, all of it."""
    return "stretch" if skipped_of(verdict) and verdict.outcome != Outcome.DOUBTFUL else "whole"


def _new(
    request: HttpRequest, patrol: Patrol, verdict: Verdict, form: ContestForm, may: Any, status: int = 200
) -> HttpResponse:
    context = {
        "crumbs": _patrol_crumbs(patrol, verdict, gettext("Contest the verdict")),
        "patrol": patrol,
        "verdict": verdict,
        "form": form,
        "skipped": _stretches(form.skipped.values()),
        "knows_stretches": has_stretches(verdict),
        "chosen_stretches": form["stretches"].value() or [],
        "about": form["about"].value(),
        "until": may.file_until,
        "reasons": [reason_words(each["code"], each["figures"]) for each in verdict.reasons],
        "length": metres(verdict.length_m),
    }
    return render(request, "office/contests/new.html", context, status=status)


@office_page
@files_up_to(MOST_BYTES)
def verdict_settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Settle a doubtful verdict that nobody has contested; 404 for who may not."""
    patrol, verdict = _patrol_and_verdict(request, pk)
    if request.method != "POST":
        if "examine" not in _may(request, patrol, verdict):
            raise Http404
        return _settle(request, patrol, verdict, SettleForm(initial={"uuid": uuids.uuid4()}))
    form = SettleForm(request.POST, request.FILES)
    if not form.is_valid():
        return _settle(request, patrol, verdict, form, status=422)
    try:
        verdict_decide(
            uuid=form.cleaned_data["uuid"],
            patrol=patrol,
            area_code=verdict.area.code,
            result=form.cleaned_data["result"],
            stated=stated(form, request),
            by=actor_of(request),
            at=clock.now(),
        )
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        _add_errors(form, refusal)
        return _settle(request, patrol, verdict, form, status=refusal.status)
    messages.success(request, gettext("Decided. The holder reads the reasons on the patrol's page."))
    return redirect(f"{reverse('patrol', args=[patrol.pk])}?area={verdict.area.code}")


def _settle(
    request: HttpRequest, patrol: Patrol, verdict: Verdict, form: SettleForm, status: int = 200
) -> HttpResponse:
    context = {
        "crumbs": _patrol_crumbs(patrol, verdict, gettext("Decide on the doubts")),
        "patrol": patrol,
        "verdict": verdict,
        "form": form,
        "reasons": [reason_words(each["code"], each["figures"]) for each in verdict.reasons],
    }
    return render(request, "office/contests/settle.html", context, status=status)


def _patrol_crumbs(patrol: Patrol, verdict: Verdict, here: str) -> list[tuple[str, str | None]]:
    url = f"{reverse('patrol', args=[patrol.pk])}?area={verdict.area.code}"
    return [
        (gettext("Patrols"), reverse("patrols")),
        (gettext("No. %(n)s") % {"n": patrol.pk}, url),
        (here, None),
    ]


urlpatterns: list[URLPattern] = [
    path("contests/", contests_list, name="contests"),
    path("contests/export.xlsx", contests_workbook, name="contests-xlsx"),
    path("contests/<uuid:uuid>/", contest_page, name="contest"),
    path("patrols/<int:pk>/contest/", contest_new, name="contest-new"),
    path("patrols/<int:pk>/decide/", verdict_settle, name="verdict-decide"),
]
