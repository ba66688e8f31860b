"""Many posts change hands on one day, as after an election: keepers in a table, the next one in each row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.faces.http.bounded import files_up_to
from shanhe.faces.http.exporting import export_name
from shanhe.faces.http.filters import Chosen, Filter, Filters, one_of
from shanhe.faces.http.places import code_range, division_options
from shanhe.faces.http.uploads import content, too_large
from shanhe.faces.http.xlsx import xlsx_response
from shanhe.faces.office.appointments import day_field
from shanhe.faces.office.handovers_sheet import MOST_BYTES, SHEET_COLUMNS, Read, sheet_read
from shanhe.ground import clock
from shanhe.ground.people.handovers import keepers_to_hand_over, namesakes
from shanhe.ground.people.models import Appointment, Person, System
from shanhe.ground.people.queries import people_of, remits_managed
from shanhe.ground.people.scope import Scope
from shanhe.ground.people.services import Succession, handovers_check, handovers_make
from shanhe.ground.registry.handovers import Vacancy, change_of, vacancies
from shanhe.kernel.errors import Refusal

__all__ = ["urlpatterns"]

MOST = 400  # rows of one table
MOST_SUGGESTED = 600  # names to choose from
GAPS_SHOWN = 20
NEW = "new"
LEVELS = (
    ("village", _("Village chiefs and field staff")),
    ("township", _("Township chiefs")),
    ("county", _("County chiefs")),
)


class TogetherForm(forms.Form):
    """What holds for all rows."""

    on = day_field(_("First day of the successors"))
    basis = forms.CharField(
        label=_("Basis"),
        required=False,
        max_length=200,
        help_text=_("The result of the election, the document …"),
    )
    file = forms.FileField(
        label=_("Filled sheet"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
        help_text=_("Fills the table below; nothing is handed over yet."),
    )


@dataclass(slots=True)
class Line:
    """One appointment of the table with what was typed beside it."""

    held: Appointment
    name: str = ""
    phone: str = ""
    who: str = ""  # "", "new", or the number of a person
    choices: list[tuple[str, str]] = field(default_factory=list)  # where several could be meant
    fault: str = ""
    person: Person | None = None

    @property
    def key(self) -> str:
        """What its fields are called by."""
        return str(self.held.pk)

    def succession(self) -> Succession:
        """The row as the service takes it."""
        return Succession(self.key, self.held, self.person, self.name, self.phone)


def _filters(scope: Scope, params: Any) -> Filters:
    options = division_options(scope.managed, params.get("division", ""))
    return Filters(
        Filter(
            "division",
            _("Division"),
            code_range,
            lambda rows, ends: rows.filter(
                person__division_id__gte=ends[0], person__division_id__lte=ends[1]
            ),
            "choice",
            lambda: options,
        ),
        Filter(
            "system",
            _("System"),
            one_of(System.choices[:2]),
            lambda rows, system: rows.filter(post__system__in=[system, System.BOTH]),
            "choice",
            lambda: System.choices[:2],
        ),
        Filter(
            "level",
            _("Level"),
            one_of(LEVELS),
            lambda rows, level: rows.filter(post__level=level),
            "choice",
            lambda: LEVELS,
        ),
    )


def _held(scope: Scope, chosen: Chosen) -> tuple[list[Appointment], bool]:
    """The keepers of the division that the office may hand over, and whether there are more than a table
    takes. None without a division.
    """
    if "division" not in chosen.values:
        return [], False
    rows = list(chosen.apply(keepers_to_hand_over(scope, clock.today()))[: MOST + 1])
    managed = remits_managed(scope, [row.remit_id for row in rows])
    return [row for row in rows[:MOST] if row.remit_id in managed], len(rows) > MOST


def _office(request: HttpRequest) -> Scope:
    scope = scope_of_request(request)
    if not scope.managed:
        raise Http404
    return scope


@office_page
@files_up_to(MOST_BYTES)
def handovers_together(request: HttpRequest) -> HttpResponse:
    """Fill the table by hand or by a sheet, look at faults and gaps, then hand over all rows at once."""
    scope = _office(request)
    chosen = _filters(scope, request.GET).read(request.GET)
    held, is_more = _held(scope, chosen)
    page = _Page(request, chosen, held, is_more)
    if request.method != "POST":
        return page.shown(TogetherForm(initial={"on": clock.today()}), [Line(one) for one in held])
    form = TogetherForm(request.POST, request.FILES)
    lines = [_typed(request, one) for one in held]
    if not form.is_valid():
        return page.shown(form, lines, status=422)
    if form.cleaned_data["file"]:
        try:
            read = _read(form.cleaned_data["file"], held)
        except Refusal as refusal:
            form.add_error("file", refusal.message.render(gettext))
            return page.shown(form, lines, status=refusal.status)
        lines, page.faults = _filled(lines, read), read.faults
    _resolve(scope, lines)
    wanted = [line for line in lines if line.name]
    if page.faults or any(line.fault for line in wanted):
        return page.shown(form, lines, status=422)
    return _decided(request, page, form, lines, wanted)


def _decided(
    request: HttpRequest, page: _Page, form: TogetherForm, lines: list[Line], wanted: list[Line]
) -> HttpResponse:
    """Everything is resolved: hand over when that was asked for, else show what would happen."""
    on, basis = form.cleaned_data["on"], form.cleaned_data["basis"]
    told = {"rows": [line.succession() for line in wanted], "on": on, "basis": basis}
    by, now = actor_of(request), clock.now()
    if "decide" in request.POST and not form.cleaned_data["file"]:
        try:
            made = handovers_make(**told, by=by, at=now)
        except Refusal as refusal:
            return page.refused(form, lines, refusal)
        said = ngettext("%(n)s post was handed over.", "%(n)s posts were handed over.", len(made))
        messages.success(request, said % {"n": len(made)})
        return redirect("handovers")
    found = handovers_check(**told, by=by, at=now)
    if found is not None:
        return page.refused(form, lines, found)
    gaps = vacancies([change_of(line.held, on) for line in wanted], clock.today())
    return page.shown(form, lines, preview=_preview(wanted, gaps, on))


def _preview(wanted: Sequence[Line], gaps: list[Vacancy], on: date) -> dict[str, Any]:
    return {
        "count": len(wanted),
        "new": sorted({line.name for line in wanted if line.person is None}),
        "on": on,
        "gaps": gaps[:GAPS_SHOWN],
        "gap_count": len(gaps),
        "more": max(0, len(gaps) - GAPS_SHOWN),
    }


def _read(file: Any, held: Sequence[Appointment]) -> Read:
    size = file.size or 0
    if size > MOST_BYTES:
        raise too_large(size, MOST_BYTES)
    return sheet_read(content(file), file.name or "", held)


def _typed(request: HttpRequest, held: Appointment) -> Line:
    def given(name: str, most: int) -> str:
        return request.POST.get(f"{name}-{held.pk}", "").replace("\x00", "").strip()[:most]

    return Line(held, given("name", 60), given("phone", 30), given("who", 19))


def _filled(lines: list[Line], read: Read) -> list[Line]:
    """The table as the sheet fills it; what was typed in other rows stays."""
    return [
        Line(line.held, *read.successors[line.held.pk]) if line.held.pk in read.successors else line
        for line in lines
    ]


def _resolve(scope: Scope, lines: Sequence[Line]) -> None:
    """Whom each name means: the one person of that name near by, somebody new, or a question. One query."""
    wanted = [line for line in lines if line.name]
    known = namesakes(scope, [line.name for line in wanted])
    for line in wanted:
        others = [one for one in known.get(line.name, []) if one.pk != line.held.person_id]
        if not others:
            continue
        line.choices = [(str(one.pk), _where(one)) for one in others] + [(NEW, gettext("Somebody new"))]
        by_key = {str(one.pk): one for one in others}
        if line.who in by_key:
            line.person = by_key[line.who]
        elif line.who != NEW:
            line.person = _meant(line, others)
            line.who = str(line.person.pk) if line.person else ""
            if line.person is None:
                line.fault = gettext("The register knows this name: choose who is meant.")


def _where(person: Person) -> str:
    return f"{person.name} · {_unit(person)}"


def _unit(person: Person) -> str:
    return person.organization.name if person.organization else person.division.name


def _meant(line: Line, others: Sequence[Person]) -> Person | None:
    """The only one of the name in the same village, or with the same number, whose number does not differ."""
    near = [one for one in others if one.division_id == line.held.person.division_id]
    same = [one for one in others if line.phone and one.phone == line.phone]
    found = same or near
    if len(found) != 1:
        return None
    differs = bool(line.phone and found[0].phone and found[0].phone != line.phone)
    return None if differs else found[0]


@dataclass(slots=True)
class _Page:
    """What every answer of the page shares."""

    request: HttpRequest
    chosen: Chosen
    held: list[Appointment]
    is_more: bool
    faults: list[str] = field(default_factory=list)

    def refused(self, form: TogetherForm, lines: list[Line], refusal: Refusal) -> HttpResponse:
        """The page with a service's reasons at their rows."""
        for line in lines:
            if line.key in refusal.fields:
                line.fault = refusal.fields[line.key].render(gettext)
        if not refusal.fields:
            self.faults.append(refusal.message.render(gettext))
        return self.shown(form, lines, status=refusal.status)

    def _people(self) -> list[tuple[str, str]]:
        """Names to choose from while typing, with unit and pinyin: the people of the division. One query."""
        ends = self.chosen.values.get("division")
        if ends is None or not self.held:
            return []
        rows = people_of(scope_of_request(self.request))
        rows = rows.filter(division_id__gte=ends[0], division_id__lte=ends[1])
        near = rows.order_by("division", "name", "pk")[:MOST_SUGGESTED]
        return list(dict.fromkeys((one.name, f"{_unit(one)} {one.pinyin}") for one in near))

    def shown(
        self,
        form: TogetherForm,
        lines: list[Line],
        *,
        preview: dict[str, Any] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """The table."""
        query = self.chosen.query_string()
        context = {
            "crumbs": [(gettext("Handovers"), reverse("handovers")), (gettext("Hand over many"), None)],
            "chosen": self.chosen,
            "has_division": "division" in self.chosen.values,
            "form": form,
            "lines": lines,
            "faulty": sum(bool(line.fault) for line in lines),
            "faults": self.faults,
            "preview": preview,
            "is_more": self.is_more,
            "people": self._people(),
            "most": MOST,
            "action": f"{reverse('handovers-together')}?{query}",
            "sheet": f"{reverse('handovers-sheet')}?{query}",
        }
        return render(self.request, "office/handovers/together.html", context, status=status)


@office_page
def handovers_sheet(request: HttpRequest) -> FileResponse:
    """The sheet to fill, with the present keepers in it."""
    scope = _office(request)
    chosen = _filters(scope, request.GET).read(request.GET)
    held, _is_more = _held(scope, chosen)
    return xlsx_response(SHEET_COLUMNS, held, name=export_name(gettext("Handover sheet")))


urlpatterns: list[URLPattern] = [
    path("handovers/together/", handovers_together, name="handovers-together"),
    path("handovers/together/sheet.xlsx", handovers_sheet, name="handovers-sheet"),
]
