"""Organizations and their members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.faces.http.exporting import about_export, export_name
from shanhe.faces.http.filters import Filter, Filters, any_of, code_or_name
from shanhe.faces.http.forms import carried_out, division_managed, unit_seen
from shanhe.faces.http.paging import page_asked, page_of
from shanhe.faces.http.people import may_see_phone
from shanhe.faces.http.places import division_filter
from shanhe.faces.http.xlsx import Column, xlsx_response
from shanhe.faces.office.picking import Pick, form_of, pick_of
from shanhe.ground import clock
from shanhe.ground.divisions.models import Division
from shanhe.ground.divisions.queries import division_paths
from shanhe.ground.people.models import Organization, System
from shanhe.ground.people.queries import (
    members_counted,
    organization_code_free,
    organizations_named,
    organizations_of,
    people_of,
    with_posts,
)
from shanhe.ground.people.scope import Scope
from shanhe.ground.people.services import organization_register

__all__ = ["urlpatterns"]

MEMBERS_SHOWN = 100


def _filters(scope: Scope, params: Mapping[str, str]) -> Filters:
    return Filters(
        Filter("q", _("Name or code"), code_or_name, organizations_named),
        division_filter(scope, params),
        Filter(
            "kind",
            _("Kind"),
            any_of(Organization.Kind.choices),
            lambda rows, kinds: rows.filter(kind__in=kinds),
            "choices",
            lambda: Organization.Kind.choices,
        ),
    )


@office_page
def organizations_page(request: HttpRequest) -> HttpResponse:
    """The units of one's ground."""
    scope = scope_of_request(request)
    chosen = _filters(scope, request.GET).read(request.GET)
    after, size = page_asked(request.GET)
    rows = members_counted(chosen.apply(organizations_of(scope)))
    context = {
        "crumbs": [(gettext("People"), reverse("people")), (gettext("Units"), None)],
        "chosen": chosen,
        "page": page_of(rows, order=("division", "code"), after=after, size=size),
        "columns": [
            (gettext("Name"), ""),
            (gettext("Kind"), ""),
            (gettext("System"), ""),
            (gettext("Division"), ""),
            (gettext("Office phone"), ""),
            (gettext("People"), "number"),
        ],
        "may_register": bool(scope.managed),
        "export": f"{reverse('organizations-xlsx')}?{chosen.query_string()}",
    }
    return render(request, "office/organizations/list.html", context)


@office_page
def organizations_xlsx(request: HttpRequest) -> HttpResponseBase:
    """The list as a workbook, with the same filters."""
    scope = scope_of_request(request)
    chosen = _filters(scope, request.GET).read(request.GET)
    rows = members_counted(chosen.apply(organizations_of(scope).select_related("parent")))
    columns: list[Column[Any]] = [
        Column(_("Name"), lambda unit: unit.name, 28),
        Column(_("Code"), lambda unit: unit.code, 20),
        Column(_("Kind"), lambda unit: unit.get_kind_display()),
        Column(_("System"), lambda unit: unit.get_system_display(), 18),
        Column(_("Division"), lambda unit: unit.division.name, 18),
        Column(_("Division code"), lambda unit: unit.division_id, 16),
        Column(_("Office phone"), lambda unit: unit.office_phone, 18),
        Column(_("People"), lambda unit: unit.members, 10),
    ]
    title = gettext("Units")
    about = about_export(request, chosen)
    return xlsx_response(columns, rows.order_by("division", "code"), name=export_name(title), about=about)


@office_page
def organization_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One unit with its members and the units below it."""
    scope = scope_of_request(request)
    rows = organizations_of(scope)
    unit = rows.select_related("parent").filter(pk=pk).first()
    if unit is None:
        raise Http404
    members: list[Any] = list(
        with_posts(people_of(scope, organization=unit).order_by("name", "pk"), clock.today())[
            : MEMBERS_SHOWN + 1
        ]
    )
    for person in members:
        person.posts = list(dict.fromkeys(held.post.local_name for held in person.posts_held))
        person.phone_shown = person.phone if may_see_phone(scope, person) else ""
    path_ = division_paths([unit.division_id])[unit.division_id]
    parent_seen = unit.parent is not None and rows.filter(pk=unit.parent.pk).exists()
    context = {
        "crumbs": [
            (gettext("People"), reverse("people")),
            (gettext("Units"), reverse("organizations")),
            (unit.name, None),
        ],
        "unit": unit,
        "parent": unit.parent if parent_seen else None,
        "below": list(rows.filter(parent=unit)),
        "members": members[:MEMBERS_SHOWN],
        "has_more": len(members) > MEMBERS_SHOWN,
        "facts": [
            (gettext("Kind"), unit.get_kind_display()),
            (gettext("System"), unit.get_system_display()),
            (gettext("Code"), unit.code),
            (gettext("Division"), " ".join(place.name for place in path_)),
            (gettext("Office phone"), unit.office_phone),
        ],
        "may_register": scope.managed.holds_code(unit.division_id),
    }
    return render(request, "office/organizations/page.html", context)


class OrganizationForm(forms.Form):
    """Name, kind, place and office phone of a unit."""

    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=Organization.Kind.choices)
    system = forms.ChoiceField(label=_("System"), choices=System.choices, initial=System.BOTH)
    division = forms.CharField(label=_("Division"), max_length=12)
    parent = forms.CharField(label=_("Unit above"), max_length=40, required=False)
    office_phone = forms.CharField(
        label=_("Office phone"),
        max_length=30,
        required=False,
        help_text=_("Shown to everybody, also on signboards."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    code = forms.CharField(
        label=_("Code"), max_length=40, required=False, help_text=_("Empty: made from the division's code.")
    )

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope = scope

    def clean_division(self) -> Division:
        """One that the office manages."""
        return division_managed(self.scope, self.cleaned_data["division"])

    def clean_parent(self) -> Organization | None:
        """One that the office sees, or none."""
        return unit_seen(self.scope, self.cleaned_data["parent"])

    def picks(self, data: Any) -> dict[str, Pick]:
        """The fields that are chosen by search; ``data`` is what was posted."""
        return {
            "division": pick_of(self, "division", "divisions", self.scope, data),
            "parent": pick_of(self, "parent", "organizations", self.scope, data),
        }


@office_page
def organization_new(request: HttpRequest) -> HttpResponse:
    """Put a unit on the register."""
    scope = scope_of_request(request)
    if not scope.managed:
        raise Http404
    form = form_of(OrganizationForm, request, scope=scope)
    unit, status = carried_out(form, lambda: _registered(request, form.cleaned_data))
    if unit is None:
        return _new_page(request, form, status)
    messages.success(request, gettext("%(name)s was registered.") % {"name": unit.name})
    return redirect("organization", unit.pk)


def _registered(request: HttpRequest, given: dict[str, Any]) -> Organization:
    return organization_register(
        code=given["code"] or organization_code_free(given["division"]),
        name=given["name"],
        kind=given["kind"],
        system=given["system"],
        division=given["division"],
        parent=given["parent"],
        office_phone=given["office_phone"],
        by=actor_of(request),
        at=clock.now(),
    )


def _new_page(request: HttpRequest, form: OrganizationForm, status: int) -> HttpResponse:
    context = {
        "crumbs": [
            (gettext("People"), reverse("people")),
            (gettext("Units"), reverse("organizations")),
            (gettext("Register a unit"), None),
        ],
        "form": form,
        "picks": form.picks(request.POST),
    }
    return render(request, "office/organizations/new.html", context, status=status)


urlpatterns: list[URLPattern] = [
    path("organizations/", organizations_page, name="organizations"),
    path("organizations/export.xlsx", organizations_xlsx, name="organizations-xlsx"),
    path("organizations/new/", organization_new, name="organization-new"),
    path("organizations/<int:pk>/", organization_page, name="organization"),
]
