"""The directory 通讯录: who works where and how to reach them, by division or unit, for phones first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.access import office_page, scope_of_request
from shanhe.faces.http.exporting import about_export, export_name
from shanhe.faces.http.filters import Chosen, Filter, Filters, any_of, code_or_name, one_of
from shanhe.faces.http.paging import page_asked, page_of
from shanhe.faces.http.people import posts_said
from shanhe.faces.http.places import division_filter
from shanhe.faces.http.xlsx import Column, xlsx_response
from shanhe.ground import clock
from shanhe.ground.people.models import Person, Post, System
from shanhe.ground.people.neighbours import directory_named, directory_of
from shanhe.ground.people.phones import chain_phones
from shanhe.ground.people.queries import people_holding, people_of, with_posts
from shanhe.ground.people.scope import Scope
from shanhe.kernel.codes import level_rank

__all__ = ["urlpatterns"]

BY_UNIT = "unit"
GROUPINGS = ((BY_UNIT, _("Unit")),)
#: Behind every code of a unit: who belongs to none comes last.
NO_UNIT = "~"
ORDERS = {
    "": ("division", "unit_code", "name", "pk"),
    BY_UNIT: ("unit_code", "division", "name", "pk"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """A division or a unit with those of the page's people who belong to it."""

    name: str
    note: str
    phone: str
    people: list[Any] = field(default_factory=list)


def _filters(scope: Scope, params: Mapping[str, str]) -> Filters:
    return Filters(
        Filter(
            "q",
            _("Name, pinyin, unit or post"),
            code_or_name,
            lambda rows, text: directory_named(rows, text, clock.today()),
        ),
        division_filter(scope, params),
        Filter(
            "kind",
            _("Post"),
            any_of(Post.Kind.choices),
            lambda rows, kinds: people_holding(rows, kinds, on=clock.today()),
            "choices",
            lambda: Post.Kind.choices,
        ),
        Filter(
            "system",
            _("System"),
            one_of(System.choices),
            lambda rows, system: people_holding(rows, system=system, on=clock.today()),
            "choice",
            lambda: [choice for choice in System.choices if choice[0] != System.BOTH],
        ),
        Filter("by", _("Grouped by"), one_of(GROUPINGS), lambda rows, _by: rows, "choice", lambda: GROUPINGS),
    )


def _listed(scope: Scope, chosen: Chosen) -> QuerySet[Person]:
    rows = chosen.apply(directory_of(scope, clock.today()))
    unit_code = Coalesce(F("organization__code"), Value(NO_UNIT), output_field=CharField())
    return with_posts(rows.annotate(unit_code=unit_code), clock.today())


@office_page
def directory_page(request: HttpRequest) -> HttpResponse:
    """The people of one's ground and those who answer for it above, with the numbers one may call."""
    scope = scope_of_request(request)
    chosen = _filters(scope, request.GET).read(request.GET)
    after, size = page_asked(request.GET)
    by = chosen.values.get("by", "")
    page = page_of(_listed(scope, chosen), order=ORDERS[by], after=after, size=size)
    _dress(scope, page.items)
    context = {
        "crumbs": [(gettext("People"), reverse("people")), (gettext("Directory"), None)],
        "chosen": chosen,
        "page": page,
        "groups": _groups(page.items, by),
        "by_unit": by == BY_UNIT,
        "export": f"{reverse('directory-xlsx')}?{chosen.query_string()}",
    }
    return render(request, "office/directory/list.html", context)


def _dress(scope: Scope, people: list[Any]) -> None:
    """Whose page may be opened, whose number is shown, and the posts in words: a few queries a page."""
    ids = [person.pk for person in people]
    phones = chain_phones(scope, ids, clock.today()) if ids else {}
    seen = set(people_of(scope).filter(pk__in=ids).order_by().values_list("pk", flat=True)) if ids else set()
    for person in people:
        person.phone_shown = phones.get(person.pk, "")
        person.is_seen = person.pk in seen
        person.posts_words = posts_said(person)


def _groups(people: list[Any], by: str) -> list[Group]:
    """Neighbours on the page that belong together; within a group upper levels and ranks come first."""
    found = []
    for _key, members in groupby(people, _unit_key if by == BY_UNIT else lambda person: person.division_id):
        rows = sorted(members, key=_rank)
        first = rows[0]
        unit = first.organization if by == BY_UNIT else None
        if by == BY_UNIT:
            name = unit.name if unit else gettext("Without a unit")
            found.append(
                Group(name, unit.get_kind_display() if unit else "", unit.office_phone if unit else "", rows)
            )
        else:
            found.append(Group(first.division.name, first.division.get_level_display(), "", rows))
    return found


def _unit_key(person: Any) -> str:
    return str(person.unit_code)


def _rank(person: Any) -> tuple[int, int, str]:
    ranks = [(level_rank(held.post.level), held.post.rank) for held in person.posts_held]
    level, rank = min(ranks, default=(9, 99))
    return level, rank, person.name


@office_page
def directory_xlsx(request: HttpRequest) -> HttpResponseBase:
    """The directory as a workbook, with the same filters and the same numbers."""
    scope = scope_of_request(request)
    chosen = _filters(scope, request.GET).read(request.GET)
    rows = list(_listed(scope, chosen).order_by(*ORDERS[chosen.values.get("by", "")]))
    phones = chain_phones(scope, (row.pk for row in rows), clock.today())
    columns: list[Column[Any]] = [
        Column(pgettext_lazy("person", "Name"), lambda row: row.name, 12),
        Column(_("Posts now"), posts_said, 36),
        Column(_("Unit"), lambda row: row.organization.name if row.organization else "", 28),
        Column(_("Division"), lambda row: row.division.name, 18),
        Column(_("Office phone"), lambda row: row.organization.office_phone if row.organization else "", 16),
        Column(_("Work phone"), lambda row: phones.get(row.pk, ""), 16),
        Column(_("Simulated"), lambda row: gettext("Yes") if row.is_simulated else "", 10),
    ]
    return xlsx_response(
        columns, rows, name=export_name(gettext("Directory")), about=about_export(request, chosen)
    )


urlpatterns: list[URLPattern] = [
    path("directory/", directory_page, name="directory"),
    path("directory/export.xlsx", directory_xlsx, name="directory-xlsx"),
]
