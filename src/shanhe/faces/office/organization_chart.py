"""The organization chart: divisions, units, posts and people as a tree that folds, as of any day.

A division stands with its units, and those right below with theirs; what lies deeper is fetched when it is
opened, or shown on a page of its own where there are no scripts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.access import office_page, scope_of_request
from shanhe.faces.http.filters import Filter, Filters, Unfit, day
from shanhe.ground import clock
from shanhe.ground.divisions.models import Division
from shanhe.ground.divisions.queries import division_paths, division_with, divisions_right_below
from shanhe.ground.people.chart import Unit, chart_of
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.places import holds_division, roots_of
from shanhe.kernel.codes import is_code
from shanhe.kernel.errors import gettext_noop

__all__ = ["urlpatterns"]

#: Divisions whose units are shown at once: a county's towns. With more, they are opened one by one.
AT_ONCE = 40


@dataclass(slots=True)
class Branch:
    """A division in the tree; ``units`` None until it is opened."""

    division: Division
    units: list[Unit] | None = None
    below: list[Branch] = field(default_factory=list)
    has_below: bool = False

    @property
    def holders(self) -> int:
        """How many people hold posts here, not below."""
        return sum(unit.holders for unit in self.units or ())


def _code(given: str) -> str:
    if not is_code(given):
        raise Unfit(gettext_noop("Must be the code of a division: 12 digits."))
    return given


ASKED = Filters(
    Filter("at", _("Division"), _code, lambda rows, _v: rows),
    Filter("day", _("As of the day"), day, lambda rows, _v: rows, "date"),
)


@office_page
def chart_page(request: HttpRequest) -> HttpResponse:
    """The tree from a division of one's ground down, the top of it when none is named."""
    scope = scope_of_request(request)
    asked = ASKED.read(request.GET).values
    on: date = asked.get("day") or clock.today()
    at = _division(scope, asked["at"]) if "at" in asked else None
    roots = [at] if at is not None else roots_of(scope.seen)[:AT_ONCE]
    branches = _tree(scope, roots, on)
    above = division_paths([at.code])[at.code][:-1] if at is not None else []
    context = {
        "crumbs": [
            (gettext("People"), reverse("people")),
            (gettext("Units"), reverse("organizations")),
            (gettext("Organization chart"), None),
        ],
        "at": at,
        "above": [place for place in above if scope.seen.holds_code(place.code)],
        "branches": branches,
        "on": on,
        "is_past": on != clock.today(),
    }
    return render(request, "office/organizations/chart.html", context)


@office_page
def chart_part(request: HttpRequest, code: str) -> HttpResponse:
    """What lies in one division and right below it: a fragment for the tree."""
    scope = scope_of_request(request)
    on: date = ASKED.read(request.GET).values.get("day") or clock.today()
    if not is_code(code):
        raise Http404
    branches = _tree(scope, [_division(scope, code)], on)
    context = {
        "branch": branches[0],
        "on": on,
        "is_past": on != clock.today(),
    }
    return render(request, "office/organizations/_chart_inside.html", context)


def _division(scope: Scope, code: str) -> Division:
    found = division_with(code)
    if found is None or not holds_division(scope.seen, code):
        raise Http404
    return found


def _tree(scope: Scope, roots: list[Division], on: date) -> list[Branch]:
    """The roots with their units, and what lies right below; the queries do not grow with either."""
    children = _children(scope, roots)
    opened = [*roots, *children] if len(children) <= AT_ONCE else list(roots)
    units = chart_of(scope, [division.code for division in opened], on)
    with_below = {one.parent_id for one in _children(scope, children)} if children else set()
    branches = {
        division.code: Branch(
            division,
            units.get(division.code, []) if division in opened else None,
            has_below=division.code in with_below,
        )
        for division in [*roots, *children]
    }
    for child in children:
        if child.parent_id in branches:
            branches[child.parent_id].below.append(branches[child.code])
            branches[child.parent_id].has_below = True
    return [branches[root.code] for root in roots]


def _children(scope: Scope, parents: list[Division]) -> list[Division]:
    """The divisions right below, of the ground seen; one query for all."""
    found = divisions_right_below([parent.code for parent in parents])
    return [one for one in found if scope.seen.holds_code(one.code)]


urlpatterns: list[URLPattern] = [
    path("organizations/chart/", chart_page, name="organization-chart"),
    path("organizations/chart/<str:code>/", chart_part, name="organization-chart-part"),
]
