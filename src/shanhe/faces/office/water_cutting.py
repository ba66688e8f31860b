"""Cutting a water into reaches: a proposal by boundaries, shares or chainages, mended in a table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.faces.office.waters import water_or_404
from shanhe.ground import clock
from shanhe.ground.divisions.models import Division, Level
from shanhe.ground.divisions.queries import divisions_at
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.choosing import parents_offered
from shanhe.ground.registry.models import Area, Reach, WaterBody
from shanhe.ground.registry.places import roots_of
from shanhe.ground.registry.queries import area_in
from shanhe.ground.registry.services import ReachCut, reach_end_move, reaches_cut
from shanhe.ground.registry.waterways import WaterLine, crossings, line_of
from shanhe.kernel.errors import Refusal, gettext_noop
from shanhe.kernel.geo.stretches import Stretch, cuts_by_share

__all__ = ["urlpatterns"]

MOST_PIECES = 60
MOST_OFFERED = 600
BOUNDED = ("province", "prefecture", "county")  # levels whose boundaries the open data have
WAYS = (
    ("divisions", _("At the boundaries of divisions")),
    ("equal", _("Into equal parts")),
    ("hours", _("By the hours people have")),
    ("at", _("At chainages")),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One reach of the table: what is typed, and what is wrong with it by field."""

    number: int
    name: str = ""
    division: str = ""
    from_m: str = ""
    to_m: str = ""
    bank: str = "both"
    errors: Mapping[str, str] = field(default_factory=dict)
    pace_kmh: float = 3.0

    @property
    def length_m(self) -> float:
        """Metres as typed; 0 when they are no numbers."""
        try:
            return max(float(self.to_m) - float(self.from_m), 0.0)
        except ValueError:
            return 0.0

    @property
    def walking_s(self) -> float:
        """How long it takes on foot, one way."""
        return self.length_m / (self.pace_kmh / 3.6)


class ProposalForm(forms.Form):
    """How the water is to be divided."""

    level = forms.ChoiceField(label=_("Level of the reaches"), choices=Level.choices)
    way = forms.ChoiceField(label=_("Where to cut"), choices=WAYS)
    from_m = forms.FloatField(label=_("From (m)"), min_value=0, required=False)
    to_m = forms.FloatField(label=_("To (m)"), min_value=0, required=False)
    parts = forms.IntegerField(
        label=_("Number of parts"),
        min_value=1,
        max_value=MOST_PIECES,
        required=False,
        help_text=_("For equal parts."),
    )
    hours = forms.CharField(
        label=_("Hours"),
        required=False,
        max_length=400,
        help_text=_("Hours a week of each keeper, from the source down: 3, 2, 4. Who has more gets more."),
    )
    at = forms.CharField(
        label=_("Chainages"), required=False, max_length=600, help_text=_("In metres: 1200, 3400, 8000.")
    )
    bank = forms.ChoiceField(label=_("Bank"), choices=Reach.Bank.choices, required=False)
    pace_kmh = forms.FloatField(
        label=_("Walking pace (km/h)"),
        min_value=0.5,
        max_value=10,
        required=False,
        help_text=_("Along a bank some 3."),
    )

    def numbers(self, name: str) -> list[float]:
        """The numbers of a field, however they are separated."""
        return [float(word) for word in re.findall(r"\d+(?:\.\d+)?", self.cleaned_data.get(name) or "")]

    def whole(self, length_m: float) -> Stretch:
        """The stretch that is to be divided."""
        given = self.cleaned_data
        low = given.get("from_m") or 0.0
        high = min(given.get("to_m") or length_m, length_m)
        return Stretch(low, high) if low < high else Stretch(0.0, length_m)


@office_page
def water_cut(request: HttpRequest, code: str) -> HttpResponse:
    """First how to divide, then the table; a POST registers all its rows or says which cannot be."""
    scope = scope_of_request(request)
    water = water_or_404(scope, code)
    if not scope.managed:
        raise Http404
    line = line_of(water)
    if line is None:
        raise Refusal(
            "water.no_line", gettext_noop("This water has no line in one piece yet; draw or import it first.")
        )
    if request.method == "POST":
        return _registered(request, scope, water, line)
    asked = {
        "level": _likely_level(scope),
        "way": "divisions",
        "bank": "both",
        "pace_kmh": 3,
        **request.GET.dict(),
    }
    form = ProposalForm(asked)
    rows = _proposed(form, scope, water, line) if form.is_valid() and "way" in request.GET else []
    return _page(request, scope, water, line, form=form, rows=rows, level=form.data.get("level", ""))


def _likely_level(scope: Scope) -> str:
    """That of the office that cuts."""
    roots = roots_of(scope.managed)
    return roots[0].level if roots else Level.COUNTY.value


def _proposed(form: ProposalForm, scope: Scope, water: WaterBody, line: WaterLine) -> list[Row]:
    given = form.cleaned_data
    whole, level = form.whole(line.length_m), given["level"]
    pieces = _pieces(form, whole, line, level)
    places = {one.code: one.name for one in _divisions(scope, level)}
    rows = []
    for number, (piece, division) in enumerate(pieces[:MOST_PIECES]):
        known = division is not None and division.code in places
        name = f"{water.name}{division.name if division is not None and known else number + 1}段"
        code = division.code if division is not None and known else ""
        ends = (f"{piece.from_m:.0f}", f"{piece.to_m:.0f}")
        rows.append(
            Row(number, name, code, *ends, given["bank"] or "both", pace_kmh=given["pace_kmh"] or 3.0)
        )
    return rows


def _pieces(
    form: ProposalForm, whole: Stretch, line: WaterLine, level: str
) -> list[tuple[Stretch, Division | None]]:
    given = form.cleaned_data
    if given["way"] == "divisions":
        if level not in BOUNDED:
            form.add_error("way", gettext("The boundaries of this level are not known. Choose another way."))
            return []
        return [(one.stretch, one.division) for one in crossings(line.line, whole, level)]
    if given["way"] == "at":
        return [(piece, None) for piece in _cut_at(whole, form.numbers("at"))]
    shares = [1.0] * (given.get("parts") or 2) if given["way"] == "equal" else form.numbers("hours")
    if not shares or min(shares) <= 0:
        form.add_error("hours", gettext("Give hours above 0, one number for each keeper."))
        return []
    return [(piece, None) for piece in cuts_by_share(whole, shares[:MOST_PIECES])]


def _cut_at(whole: Stretch, at_m: Sequence[float]) -> list[Stretch]:
    inside = sorted({one for one in at_m if whole.from_m < one < whole.to_m})
    ends = [whole.from_m, *inside, whole.to_m]
    return [Stretch(low, high) for low, high in pairwise(ends)]


def _divisions(scope: Scope, level: str) -> list[Division]:
    return list(divisions_at(level, scope.managed.divisions("code"))[:MOST_OFFERED])


def _registered(request: HttpRequest, scope: Scope, water: WaterBody, line: WaterLine) -> HttpResponse:
    level = request.POST.get("level", "")
    if level not in Level.values:
        raise Http404
    rows = _typed(request.POST)
    cuts, errors = _cuts(rows, {one.code: one for one in _divisions(scope, level)})
    parents = {one.code: one for one in parents_offered(scope, Area.Kind.REACH).filter(reach__water=water)}
    if not errors:
        try:
            made = reaches_cut(
                water=water,
                cuts=cuts,
                level=level,
                parent=parents.get(request.POST.get("parent", "")),
                by=actor_of(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            errors = {name: reason.render(gettext) for name, reason in refusal.fields.items()}
            errors.setdefault("", refusal.message.render(gettext))
        else:
            said = ngettext("%(n)d reach was registered.", "%(n)d reaches were registered.", len(made))
            messages.success(request, said % {"n": len(made)})
            return redirect("water", water.code)
    rows = [_with_errors(row, errors) for row in rows]
    form = ProposalForm({"level": level, "way": "at", "bank": "both", "pace_kmh": 3})
    context = {"form": form, "rows": rows, "level": level, "problem": errors.get("", "")}
    return _page(request, scope, water, line, status=422, **context)


def _typed(data: Mapping[str, str]) -> list[Row]:
    """The rows as typed; those whose name and division were emptied are left out."""
    rows: list[Row] = []
    for number in range(MOST_PIECES):
        if f"name-{number}" not in data:
            break
        name, division, from_m, to_m, bank = (
            data.get(f"{field}-{number}", "").strip()
            for field in ("name", "division", "from_m", "to_m", "bank")
        )
        if name or division:
            rows.append(Row(len(rows), name, division, from_m, to_m, bank))
    return rows


def _cuts(rows: Sequence[Row], divisions: Mapping[str, Division]) -> tuple[list[ReachCut], dict[str, str]]:
    cuts, errors = [], {}
    for row in rows:
        division = divisions.get(row.division)
        if division is None:
            errors[f"cuts.{row.number}.division"] = gettext("Choose the division whose chief answers for it.")
        ends = []
        for name in ("from_m", "to_m"):
            try:
                ends.append(float(getattr(row, name)))
            except ValueError:
                errors[f"cuts.{row.number}.{name}"] = gettext("Enter a number.")
        if division is not None and len(ends) == 2:
            bank = row.bank if row.bank in Reach.Bank.values else "both"
            cuts.append(ReachCut(row.name, division, ends[0], ends[1], bank))
    return cuts, errors


def _with_errors(row: Row, errors: Mapping[str, str]) -> Row:
    own = f"cuts.{row.number}."
    found = {name.removeprefix(own): reason for name, reason in errors.items() if name.startswith(own)}
    return Row(row.number, row.name, row.division, row.from_m, row.to_m, row.bank, found, row.pace_kmh)


def _page(
    request: HttpRequest, scope: Scope, water: WaterBody, line: WaterLine, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "crumbs": [
            (gettext("Waters"), reverse("waters")),
            (water.name, reverse("water", args=[water.code])),
            (gettext("Cut into reaches"), None),
        ],
        "water": water,
        "length_m": line.length_m,
        "divisions": _divisions(scope, more["level"]) if more["level"] in Level.values else [],
        "banks": Reach.Bank.choices,
        "parents": parents_offered(scope, Area.Kind.REACH).filter(reach__water=water),
        **more,
    }
    return render(request, "office/waters/cut.html", context, status=status)


class EndsForm(forms.Form):
    """Where a reach begins and ends."""

    from_m = forms.FloatField(label=_("Begins at (m)"), min_value=0)
    to_m = forms.FloatField(label=_("Ends at (m)"), min_value=0)


@office_page
def reach_ends(request: HttpRequest, code: str) -> HttpResponse:
    """Move the ends of a reach along its water."""
    scope = scope_of_request(request)
    try:
        area = area_in(scope, code)
    except Area.DoesNotExist:
        raise Http404 from None
    if area.kind != Area.Kind.REACH or not scope.managed.holds_code(area.division_id):
        raise Http404
    before = {"from_m": area.reach.from_m, "to_m": area.reach.to_m}
    form = EndsForm(request.POST or None, initial={**before, **_numbers(request.GET)})
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            reach_end_move(area=area, by=actor_of(request), at=clock.now(), **form.cleaned_data)
        except Refusal as refusal:
            for name, reason in refusal.fields.items():
                form.add_error(name if name in form.fields else None, reason.render(gettext))
            if not refusal.fields:
                form.add_error(None, refusal.message.render(gettext))
        else:
            messages.success(request, gettext("%(name)s ends elsewhere now.") % {"name": area.name})
            return redirect("water", area.reach.water.code)
    if form.errors:
        status = 422
    crumbs = [
        (gettext("Waters"), reverse("waters")),
        (area.reach.water.name, reverse("water", args=[area.reach.water.code])),
        (gettext("Move the ends"), None),
    ]
    context = {"crumbs": crumbs, "area": area, "form": form, "water": area.reach.water}
    return render(request, "office/waters/ends.html", context, status=status)


def _numbers(params: Mapping[str, str]) -> dict[str, float]:
    found = {}
    for name in ("from_m", "to_m"):
        if re.fullmatch(r"\d{1,8}(\.\d+)?", params.get(name, "")):
            found[name] = float(params[name])
    return found


urlpatterns: list[URLPattern] = [
    path("waters/<str:code>/cut/", water_cut, name="water-cut"),
    path("areas/<str:code>/ends/", reach_ends, name="reach-ends"),
]
