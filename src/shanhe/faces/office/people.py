"""People: list, page, register and mend."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from shanhe.evidence.patrols.queries import area_states, verdicts_to_list
from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.faces.http.forms import carried_out, division_managed, refusal_into, unit_seen
from shanhe.faces.http.paging import page_asked, page_of
from shanhe.faces.http.people import (
    PEOPLE_ORDER,
    login_look,
    may_change,
    may_see_phone,
    people_columns,
    people_filters,
    people_listed,
)
from shanhe.faces.http.xlsx import xlsx_response
from shanhe.faces.office import appointments, logins, picking
from shanhe.faces.office.appointments import AppointmentForm, person_seen
from shanhe.faces.office.logins import slip
from shanhe.faces.office.picking import Pick, form_of, pick_of
from shanhe.ground import clock
from shanhe.ground.divisions.models import Division
from shanhe.ground.divisions.queries import division_paths, division_with
from shanhe.ground.people.handovers import handable
from shanhe.ground.people.leaves import leaves_shown
from shanhe.ground.people.models import Organization, Person
from shanhe.ground.people.queries import (
    PersonPage,
    devices_of,
    person_page,
    remits_managed,
    username_free,
    with_posts,
)
from shanhe.ground.people.scope import Scope
from shanhe.ground.people.services import (
    is_above,
    one_time_password,
    person_change,
    person_enlist,
)
from shanhe.ground.registry.queries import areas_of
from shanhe.ground.registry.responsibility import kept_areas, kept_counts
from shanhe.kernel.errors import Refusal
from shanhe.kernel.sounds import pinyin_of

__all__ = ["urlpatterns"]

AREAS_SHOWN = 12
PATROLS_SHOWN = 5
#: How the states of visits are shown (see ``shanhe_tags.AREA_STATES``).
STATE_LOOKS = {
    "met": "met",
    "at_risk": "at_risk",
    "overdue": "overdue",
    "never": "overdue",
    "free": "excused",
}


# -- list ------------------------------------------------------------------------------------------------


@office_page
def people_page(request: HttpRequest) -> HttpResponse:
    """The people of one's ground, with the posts they hold today."""
    scope, today = scope_of_request(request), clock.today()
    chosen = people_filters(scope, request.GET).read(request.GET)
    after, size = page_asked(request.GET)
    page = page_of(
        with_posts(people_listed(scope, chosen), today), order=PEOPLE_ORDER, after=after, size=size
    )
    _dress(scope, page.items, today)
    context = {
        "crumbs": [(gettext("People"), None)],
        "chosen": chosen,
        "export": f"{reverse('people-xlsx')}?{chosen.query_string()}",
        "page": page,
        "columns": _columns(scope),
        "may_register": bool(scope.managed),
        "shows_logins": bool(scope.managed),
    }
    return render(request, "office/people/list.html", context)


def _columns(scope: Scope) -> list[tuple[str, str]]:
    columns = [
        (pgettext("person", "Name"), ""),
        (gettext("Posts now"), ""),
        (gettext("Answers for"), ""),
        (gettext("Unit or division"), ""),
        (gettext("Areas"), "number"),
    ]
    if scope.managed:
        columns += [(gettext("Work phone"), ""), (gettext("Login"), "")]
    return columns


def _dress(scope: Scope, people: list[Any], today: date) -> None:
    """What a row shows beside the person's own columns."""
    kept = kept_counts((person.pk for person in people), today)
    for person in people:
        person.areas_kept = kept.get(person.pk, 0)
        person.phone_shown = person.phone if may_see_phone(scope, person) else ""
        person.login = login_look(person) if may_change(scope, person) else None
        person.posts = list(dict.fromkeys(held.post.local_name for held in person.posts_held))
        person.remits = list(dict.fromkeys(held.remit.name for held in person.posts_held))


@office_page
def people_xlsx(request: HttpRequest) -> HttpResponseBase:
    """The list as a workbook, with the same filters."""
    scope, today = scope_of_request(request), clock.today()
    chosen = people_filters(scope, request.GET).read(request.GET)
    rows = list(with_posts(people_listed(scope, chosen).order_by("division", "name", "pk"), today))
    kept = kept_counts((person.pk for person in rows), today)
    return xlsx_response(people_columns(scope, kept), rows, name=gettext("People"))


# -- page ------------------------------------------------------------------------------------------------


@office_page
def person_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: posts now and before, what they answer for, latest patrols, login."""
    scope, today = scope_of_request(request), clock.today()
    found = person_page(scope, pk, today)
    if found is None:
        raise Http404
    person = found.person
    leaves = list(leaves_shown(scope, person.pk, today))
    context = {
        "crumbs": [(gettext("People"), reverse("people")), (person.name, None)],
        "person": person,
        "found": found,
        "past": [row for row in found.past if row.cancelled_at is None],
        "cancelled": [row for row in found.past if row.cancelled_at is not None],
        "changeable": remits_managed(
            scope, {row.remit_id for row in (*found.present, *found.coming, *found.past)}
        ),
        "facts": _facts(scope, person),
        "may_change": may_change(scope, person),
        "ledger_url": f"{reverse('ledger')}?record=people.person:{person.pk}" if scope.managed else "",
        "may_appoint": bool(scope.managed),
        "leaves": leaves,
        "leave_changeable": remits_managed(scope, {one.appointment.remit_id for one in leaves}),
        "handable": set(handable(scope).filter(person=person).values_list("pk", flat=True)),
        "is_self": person.pk == scope.person_id,
        # The unit above one's ground is named, but has no page for oneself.
        "sees_unit": bool(person.organization and scope.seen.holds_code(person.organization.division_id)),
        "login": _login(request, found),
        **_areas(scope, found, today),
        "patrols": list(
            verdicts_to_list(scope).filter(person=person).order_by("-started_at", "-pk")[:PATROLS_SHOWN]
        ),
    }
    return render(request, "office/people/page.html", context)


def _facts(scope: Scope, person: Person) -> list[tuple[str, Any]]:
    path_ = division_paths([person.division_id])[person.division_id]
    facts: list[tuple[str, Any]] = [(gettext("Division"), " ".join(place.name for place in path_))]
    if may_see_phone(scope, person):
        facts.append((gettext("Work phone"), person.phone or gettext("not given")))
    return facts


def _login(request: HttpRequest, found: PersonPage) -> dict[str, Any] | None:
    """What the page says of the account, for the person and the office above; None for others."""
    scope, person = scope_of_request(request), found.person
    is_self = person.pk == scope.person_id
    if not (is_self or may_change(scope, person)):
        return None
    user = found.user
    if user is None:
        return {"look": login_look(person), "user": None, "may_open": may_change(scope, person)}
    above = is_above(actor_of(request), user, clock.today())
    return {
        "look": login_look(person),
        "user": user,
        "may_reset": above and not is_self,
        "devices": list(devices_of(user, clock.now())[:20]) if above or is_self else [],
    }


def _areas(scope: Scope, found: PersonPage, today: date) -> dict[str, Any]:
    """The areas of their own level that somebody keeps and one sees, with how their visits stand."""
    rows = areas_of(scope).filter(pk__in=kept_areas(found.person.pk, today)).order_by("code")
    count = rows.count()
    shown = list(rows[:AREAS_SHOWN])
    states = area_states(scope, [area.pk for area in shown], today)
    for area in shown:
        state = states.get(area.pk)
        area.look = STATE_LOOKS.get(state.state.value, "excused") if state else None  # type: ignore[attr-defined]
        area.visited_on = state.any_on if state else None  # type: ignore[attr-defined]
    return {"areas": shown, "area_count": count, "area_rest": count - len(shown)}


# -- register and mend -----------------------------------------------------------------------------------


class PersonForm(forms.Form):
    """Name, place, unit and work phone."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=60)
    division = forms.CharField(label=_("Division"), max_length=12)
    organization = forms.CharField(label=_("Unit"), max_length=40, required=False)
    phone = forms.CharField(
        label=_("Work phone"),
        max_length=30,
        required=False,
        help_text=_("Only the office number; no private one."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope = scope

    def clean_division(self) -> Division:
        """One that the office manages."""
        return division_managed(self.scope, self.cleaned_data["division"])

    def clean_organization(self) -> Organization | None:
        """One that the office sees, or none."""
        return unit_seen(self.scope, self.cleaned_data["organization"])

    def picks(self, data: Any) -> dict[str, Pick]:
        """The fields that are chosen by search; ``data`` is what was posted."""
        picks = {"organization": pick_of(self, "organization", "organizations", self.scope, data)}
        if "division" in self.fields:
            picks["division"] = pick_of(self, "division", "divisions", self.scope, data)
        return picks


class ChangeForm(PersonForm):
    """What may be mended of somebody: who moves to another place gets another appointment."""

    division = None  # type: ignore[assignment]  # takes the field away

    def changes(self) -> dict[str, Any]:
        """What a valid form asks for."""
        return {name: self.cleaned_data[name] for name in ("name", "phone", "organization")}


class EnlistForm(PersonForm):
    """A person, and what may come with them."""

    has_post = forms.BooleanField(label=_("Appoint at once"), required=False)
    has_login = forms.BooleanField(label=_("Open a login at once"), required=False)
    username = forms.CharField(
        label=_("Username"),
        max_length=60,
        required=False,
        help_text=_("Empty: made from the name's pinyin."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
    )


@never_cache
@office_page
def person_new(request: HttpRequest) -> HttpResponse:
    """Register somebody, with a post and a login in one go if wanted."""
    scope = scope_of_request(request)
    if not scope.managed:
        raise Http404
    asked = {name: request.GET.get(name, "") for name in ("division", "organization")}
    form = form_of(EnlistForm, request, scope=scope, initial=asked)
    own = division_with(str(form["division"].value() or ""))
    post = form_of(AppointmentForm, request, scope=scope, own=own, prefix="post")
    if not _has_post(request):
        post = AppointmentForm(scope=scope, own=own, prefix="post")
    if not form.is_bound:
        return _new_page(request, form, post, 200)
    if not (form.is_valid() & (not post.is_bound or post.is_valid())):
        return _new_page(request, form, post, 422)
    given = form.cleaned_data
    password = one_time_password()
    username = given["username"] or username_free(pinyin_of(given["name"]).replace(" ", ""))
    try:
        enlisted = person_enlist(
            name=given["name"],
            division=given["division"],
            organization=given["organization"],
            phone=given["phone"],
            wanted=post.wanted() if post.is_bound else None,
            username=username if given["has_login"] else "",
            password=password,
            by=actor_of(request),
            at=clock.now(),
        )
    except Refusal as refusal:
        where = form if refusal.code.startswith(("person.", "account.")) or not post.is_bound else post
        refusal_into(where, refusal, {"person": "post", "password": "username"})
        return _new_page(request, form, post, refusal.status)
    if enlisted.user is not None:
        return slip(request, enlisted.user, password, is_new=True)
    messages.success(request, gettext("%(name)s was registered.") % {"name": enlisted.person.name})
    return redirect("person", enlisted.person.pk)


def _has_post(request: HttpRequest) -> bool:
    return request.method == "POST" and "has_post" in request.POST


def _new_page(request: HttpRequest, form: EnlistForm, post: AppointmentForm, status: int) -> HttpResponse:
    context = {
        "crumbs": [(gettext("People"), reverse("people")), (gettext("Register a person"), None)],
        "form": form,
        "post": post,
        "picks": form.picks(request.POST),
        "post_picks": post.picks(request.POST),
    }
    return render(request, "office/people/new.html", context, status=status)


@office_page
def person_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Mend a name, the unit or the work phone."""
    person = person_seen(request, pk)
    scope = scope_of_request(request)
    if not may_change(scope, person):
        raise Http404
    initial = {
        "name": person.name,
        "phone": person.phone,
        "organization": person.organization.code if person.organization else "",
    }
    form = form_of(ChangeForm, request, scope=scope, initial=initial)
    told: dict[str, Any] = {"person": person, "by": actor_of(request), "at": clock.now()}
    changed, status = carried_out(form, lambda: person_change(**form.changes(), **told))
    if changed is None:
        return _edit_page(request, person, form, status)
    messages.success(request, gettext("Saved."))
    return redirect("person", person.pk)


def _edit_page(request: HttpRequest, person: Person, form: ChangeForm, status: int) -> HttpResponse:
    context = {
        "crumbs": [
            (gettext("People"), reverse("people")),
            (person.name, reverse("person", args=[person.pk])),
            (gettext("Mend"), None),
        ],
        "person": person,
        "form": form,
        "picks": form.picks(request.POST),
    }
    return render(request, "office/people/edit.html", context, status=status)


urlpatterns: list[URLPattern] = [
    path("people/", people_page, name="people"),
    path("people/export.xlsx", people_xlsx, name="people-xlsx"),
    path("people/new/", person_new, name="person-new"),
    path("people/<int:pk>/", person_detail, name="person"),
    path("people/<int:pk>/edit/", person_edit, name="person-edit"),
    *appointments.urlpatterns,
    *logins.urlpatterns,
    *picking.urlpatterns,
]
