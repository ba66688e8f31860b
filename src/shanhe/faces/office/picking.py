"""Choosing a division, areas, a unit or a person by searching for them, with and without scripts.

What was chosen stays in the list, ticked, while the search goes on: the fragment is drawn from what the form
holds. Without scripts the form's button "find" draws the whole page again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.access import office_page, scope_of_request
from shanhe.ground import clock
from shanhe.ground.divisions.models import Division
from shanhe.ground.divisions.queries import division_paths, divisions_found
from shanhe.ground.people.models import Organization, Person
from shanhe.ground.people.queries import organizations_named, organizations_of, people_named, people_of
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.places import places_below, roots_of
from shanhe.ground.registry.queries import areas_matching, areas_of, valid_on

__all__ = [
    "Codes",
    "Option",
    "Pick",
    "form_of",
    "pick_of",
    "urlpatterns",
]

F = TypeVar("F", bound=forms.Form)

MOST = 12  # found options shown; who sees more, writes more
FIND = "find"  # the button of the search field, where there are no scripts


class Codes(forms.Field):
    """The values of ticked boxes, each once."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[str]:
        """Nothing chosen is an empty list."""
        return list(dict.fromkeys(value or []))


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that may be chosen."""

    value: str
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pick:
    """One choice as the page shows it."""

    name: str
    what: str
    label: str
    is_many: bool
    hint: str
    text: str
    chosen: list[Option]
    found: list[Option]
    errors: Sequence[str] = ()
    required: bool = False
    nothing: str = ""  # the words for choosing none

    @property
    def kind(self) -> str:
        """Of the input."""
        return "checkbox" if self.is_many else "radio"


def division_options(scope: Scope, text: str, values: Iterable[str]) -> tuple[list[Option], list[Option]]:
    """The chosen divisions that the scope manages, and those found by ``text``; without it the upper ones."""
    chosen = [code for code in values if scope.managed.holds_code(code)]
    if text.strip():
        found = divisions_found(text, within=scope.managed.divisions("code"), limit=MOST)
    else:
        found = places_below(roots_of(scope.managed), 1)[:MOST]
    paths = division_paths([*chosen, *(division.code for division in found)])
    shown = [Option(code, paths[code][-1].name, _above(paths[code])) for code in chosen if paths.get(code)]
    return shown, [Option(d.code, d.name, _above(paths[d.code])) for d in found if d.code not in chosen]


def _above(path_: Sequence[Division]) -> str:
    """The two divisions above, which tell one 大同村 from another."""
    return " ".join(division.name for division in path_[-3:-1])


def area_options(scope: Scope, text: str, values: Iterable[str]) -> tuple[list[Option], list[Option]]:
    """The chosen areas and those found by ``text``: name, code or pinyin; without it the first by code."""
    wanted = list(values)
    rows = areas_of(scope.seeing(scope.managed)).filter(valid_on(clock.today()))
    chosen = list(rows.filter(code__in=wanted).order_by("code")) if wanted else []
    others = rows.exclude(code__in=wanted)
    found = areas_matching(others, text) if text.strip() else others
    return [_area(area) for area in chosen], [_area(area) for area in found.order_by("code")[:MOST]]


def _area(area: Area) -> Option:
    return Option(area.code, area.name, f"{area.get_level_display()} · {area.division.name} · {area.code}")


def unit_options(scope: Scope, text: str, values: Iterable[str]) -> tuple[list[Option], list[Option]]:
    """The chosen units and those found by ``text``: name, code or initials."""
    wanted = [value for value in values if value]
    rows = organizations_of(scope)
    chosen = list(rows.filter(code__in=wanted)) if wanted else []
    others = rows.exclude(code__in=wanted)
    found = organizations_named(others, text) if text.strip() else others
    return [_unit(unit) for unit in chosen], [_unit(unit) for unit in found[:MOST]]


def _unit(unit: Organization) -> Option:
    place = "" if unit.division.name == unit.name else f" · {unit.division.name}"
    return Option(unit.code, unit.name, f"{unit.get_kind_display()}{place}")


def _person_options(scope: Scope, text: str, values: Iterable[str]) -> tuple[list[Option], list[Option]]:
    wanted = [value for value in values if value.isdecimal() and len(value) < 19]
    rows = people_of(scope)
    chosen = list(rows.filter(pk__in=wanted)) if wanted else []
    others = people_named(rows, text).exclude(pk__in=wanted) if text.strip() else rows.none()
    found = others.order_by("name", "pk")[:MOST]
    return [_person(person) for person in chosen], [_person(person) for person in found]


def _person(person: Person) -> Option:
    unit = person.organization.name if person.organization else ""
    words = dict.fromkeys(word for word in (person.division.name, unit) if word)  # a village is both
    return Option(str(person.pk), person.name, " · ".join(words))


Options = Callable[[Scope, str, Iterable[str]], tuple[list[Option], list[Option]]]
WHAT: dict[str, tuple[Options, Any, Any]] = {
    "divisions": (division_options, _("Name, code or pinyin"), ""),
    "areas": (area_options, _("Name, code or pinyin"), ""),
    "organizations": (unit_options, _("Name, code or pinyin"), _("No unit")),
    "people": (_person_options, _("Name or pinyin"), ""),
}


def form_of(form: type[F], request: HttpRequest, **kwargs: Any) -> F:
    """The form as the request fills it: bound when it was sent, unbound with what was typed so far when the
    button of a search field was pressed, else fresh.
    """
    if request.method != "POST":
        return form(**kwargs)
    sent = form(request.POST, **kwargs)
    if FIND not in request.POST:
        return sent
    typed = {name: sent[name].value() for name in sent.fields}
    return form(**{**kwargs, "initial": typed})


def pick_of(form: forms.BaseForm, name: str, what: str, scope: Scope, data: Mapping[str, str]) -> Pick:
    """A form's field as a choice by search; ``data`` is what was posted, if anything."""
    field = form[name]
    options, hint, nothing = WHAT[what]
    is_many = isinstance(field.field, Codes)
    value = field.value()
    values = list(value or []) if is_many else [value] if value else []
    text = data.get(f"{field.html_name}_text", "")[:60].replace("\x00", "")
    chosen, found = options(scope, text, values)
    return Pick(
        name=field.html_name,
        what=what,
        label=str(field.label),
        is_many=is_many,
        hint=str(hint),
        text=text,
        chosen=chosen,
        found=found,
        errors=[str(error) for error in field.errors],
        required=field.field.required,
        nothing=str(nothing),
    )


@office_page
def pick_page(request: HttpRequest, what: str) -> HttpResponse:
    """What may be chosen for the text typed so far, what is ticked first: a fragment for htmx."""
    if what not in WHAT:
        raise Http404
    name = request.GET.get("name", "")
    if not name.replace("-", "").replace("_", "").isalnum():
        raise Http404
    options, hint, nothing = WHAT[what]
    text = request.GET.get(f"{name}_text", "")[:60].replace("\x00", "")
    values = [value for value in request.GET.getlist(name)[:200] if value and "\x00" not in value]
    chosen, found = options(scope_of_request(request), text, values)
    pick = Pick(
        name, what, "", request.GET.get("many") == "1", str(hint), text, chosen, found, nothing=str(nothing)
    )
    return render(request, "office/people/_pick_options.html", {"pick": pick})


urlpatterns: list[URLPattern] = [path("pick/<str:what>/", pick_page, name="pick")]
