"""Appointing somebody, ending an appointment, and mending one that was wrong from the start."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.faces.http.forms import carried_out, refusal_into
from shanhe.faces.office.picking import Codes, Pick, form_of, pick_of
from shanhe.ground import clock
from shanhe.ground.divisions.models import Division, Level
from shanhe.ground.divisions.queries import division_with
from shanhe.ground.people.handovers import handable
from shanhe.ground.people.models import Appointment, Person, Post, Remit
from shanhe.ground.people.queries import (
    appointments_of,
    people_of,
    posts_known,
    remits_managed,
    remits_of,
)
from shanhe.ground.people.scope import Scope
from shanhe.ground.people.services import (
    Wanted,
    appointment_correct,
    appointment_end,
    person_appoint,
)
from shanhe.ground.registry.places import roots_of
from shanhe.ground.registry.queries import areas_of, valid_on
from shanhe.kernel.codes import level_rank
from shanhe.kernel.errors import Refusal

__all__ = [
    "AppointmentForm",
    "DateInput",
    "appointment_managed",
    "day_field",
    "person_chosen",
    "person_seen",
    "urlpatterns",
]

FIRST_DAY, LAST_DAY = date(1949, 10, 1), date(2999, 12, 31)


class DateInput(forms.DateInput):
    """The browser's own calendar; days travel as 2026-01-31."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    """A day as 2026-01-31."""
    return forms.DateField(
        label=label, required=required, widget=DateInput(), input_formats=["%Y-%m-%d"], help_text=help_text
    )


class AppointmentForm(forms.Form):
    """Which post, for what ground, from when on."""

    OVER = (
        ("own", _("The division this person belongs to, with all below it")),
        ("division", _("Another division, with all below it")),
        ("areas", _("Single areas")),
        ("remit", _("A zone that is there already")),
    )

    post = forms.ChoiceField(label=_("Post"))
    over = forms.ChoiceField(label=_("Answers for"), choices=OVER, initial="own", widget=forms.RadioSelect)
    place = forms.CharField(label=_("Division"), required=False, max_length=12)
    areas = Codes(label=_("Areas"), required=False)
    remit = forms.ChoiceField(label=_("Zone"), required=False)
    since = day_field(_("Held from"))
    until = day_field(
        _("Held until"), required=False, help_text=_("The first day the post is no longer held; empty: open.")
    )
    basis = forms.CharField(
        label=_("Appointed by"),
        required=False,
        max_length=200,
        help_text=_("The document and its number, as far as there is one."),
    )

    def __init__(self, *args: Any, scope: Scope, own: Division | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope, self.own = scope, own
        self.posts = {str(post.pk): post for post in _posts(scope, own)}
        self.zones = {str(zone.pk): zone for zone in _zones(scope)}
        self._choices("post", [("", "—"), *_post_choices(list(self.posts.values()), own)])
        self._choices(
            "remit", [(key, f"{zone.name} · {zone.division.name}") for key, zone in self.zones.items()]
        )
        if not self.zones:
            self._choices("over", self.OVER[:3])
        self.fields["since"].initial = clock.today

    def _choices(self, name: str, choices: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  said above
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Find what the post is for; what cannot be found is said at its field."""
        cleaned = super().clean() or {}
        for name in ("since", "until"):
            day = cleaned.get(name)
            if day is not None and not FIRST_DAY <= day <= LAST_DAY:
                self.add_error(name, gettext("It has to be a day from 1949 on."))
        if "over" in cleaned:
            cleaned["ground"] = self._ground(cleaned)
        return cleaned

    def _ground(self, cleaned: dict[str, Any]) -> Division | Remit | list[Any] | None:
        over = cleaned["over"]
        if over == "own":
            return self.own
        if over == "division":
            division = division_with(cleaned.get("place", ""))
            if division is None:
                self.add_error("place", gettext("Search for the division and choose it."))
            return division
        if over == "areas":
            return self._areas(cleaned.get("areas", []))
        zone = self.zones.get(cleaned.get("remit", ""))
        if zone is None:
            self.add_error("remit", gettext("Choose the zone."))
        return zone

    def _areas(self, codes: list[str]) -> list[Any]:
        found = list(areas_of(self.scope).filter(valid_on(clock.today()), code__in=codes[:200]))
        if not found or len(found) < len(codes):
            self.add_error("areas", gettext("Search for the areas and tick them."))
        return found

    def wanted(self) -> Wanted:
        """What a valid form asks for."""
        given = self.cleaned_data
        over = given["ground"]
        return Wanted(self.posts[given["post"]], over, given["since"], given["until"], given["basis"])

    def picks(self, data: Mapping[str, str]) -> dict[str, Pick]:
        """The fields that are chosen by search; ``data`` is what was posted."""
        return {
            "place": pick_of(self, "place", "divisions", self.scope, data),
            "areas": pick_of(self, "areas", "areas", self.scope, data),
        }


def _posts(scope: Scope, own: Division | None) -> list[Post]:
    """The posts an office may fill: those of its own level and of the levels below."""
    top = min((level_rank(root.level) for root in roots_of(scope.managed)), default=len(Level.values))
    return [post for post in posts_known(own) if level_rank(post.level) >= top]


def _zones(scope: Scope) -> list[Remit]:
    """The zones 划片分区 that the office may appoint for."""
    zones = list(remits_of(scope).filter(kind=Remit.Kind.ZONE).select_related("division")[:200])
    managed = remits_managed(scope, [zone.pk for zone in zones])
    return [zone for zone in zones if zone.pk in managed]


def _post_choices(posts: list[Post], own: Division | None) -> list[tuple[str, list[tuple[str, str]]]]:
    """Posts by level, the person's own level first, then upwards and downwards from it."""
    here = level_rank(own.level) if own else 0
    levels = sorted(Level.values, key=lambda level: (abs(level_rank(level) - here), level_rank(level)))
    grouped = []
    for level in levels:
        rows = sorted((p for p in posts if p.level == level), key=lambda p: (p.system, p.rank, p.code))
        if rows:
            named = [(str(post.pk), post.local_name) for post in rows]
            grouped.append((str(Level(level).label), named))
    return grouped


def person_seen(request: HttpRequest, pk: int) -> Person:
    """The person of that number; 404 outside the scope, as if there were nobody."""
    person = people_of(scope_of_request(request)).filter(pk=pk).first()
    if person is None:
        raise Http404
    return person


@office_page
def appointment_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody hold a post."""
    person = person_seen(request, pk)
    scope = scope_of_request(request)
    if not scope.managed:
        raise Http404
    form = form_of(AppointmentForm, request, scope=scope, own=person.division)
    told: dict[str, Any] = {"person": person, "by": actor_of(request), "at": clock.now()}
    names = {"on": "since", "remit": "over", "division": "over"}
    made, status = carried_out(form, lambda: person_appoint(wanted=form.wanted(), **told), names)
    if made is None:
        return _new_page(request, person, form, status)
    messages.success(request, gettext("%(name)s was appointed.") % {"name": made.person.name})
    return redirect("person", person.pk)


def _new_page(request: HttpRequest, person: Person, form: AppointmentForm, status: int) -> HttpResponse:
    context = {
        "crumbs": _crumbs(person, gettext("Appoint")),
        "person": person,
        "form": form,
        "picks": form.picks(request.POST),
    }
    return render(request, "office/people/appoint.html", context, status=status)


def _crumbs(person: Person, last: str) -> list[tuple[str, str | None]]:
    return [
        (gettext("People"), reverse("people")),
        (person.name, reverse("person", args=[person.pk])),
        (last, None),
    ]


class EndForm(forms.Form):
    """When an appointment ends, and why."""

    on = day_field(
        _("Ends on"), help_text=_("The first day the post is no longer held; the day before is the last one.")
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=200, required=False, help_text=_("Transfer, retirement, the document …")
    )


def appointment_managed(request: HttpRequest, pk: int) -> Appointment:
    """An appointment that one's office may change; 404 otherwise."""
    scope = scope_of_request(request)
    found = appointments_of(scope).filter(pk=pk).select_related("person__division", "post", "remit").first()
    if found is None or not remits_managed(scope, [found.remit_id]):
        raise Http404
    return found


@office_page
def appointment_end_page(request: HttpRequest, pk: int) -> HttpResponse:
    """End an appointment on a day."""
    appointment = appointment_managed(request, pk)
    form = form_of(EndForm, request, initial={"on": clock.today()})
    told: dict[str, Any] = {"appointment": appointment, "by": actor_of(request), "at": clock.now()}
    ended, status = carried_out(form, lambda: appointment_end(**form.cleaned_data, **told))
    if ended is None:
        return _end_page(request, appointment, form, status)
    messages.success(request, gettext("The appointment ends on %(day)s.") % {"day": ended.until})
    return redirect("person", appointment.person_id)


def _end_page(request: HttpRequest, appointment: Appointment, form: EndForm, status: int) -> HttpResponse:
    context = {
        "crumbs": _crumbs(appointment.person, gettext("End the appointment")),
        "may_hand_over": handable(scope_of_request(request)).filter(pk=appointment.pk).exists(),
        "appointment": appointment,
        "person": appointment.person,
        "form": form,
    }
    return render(request, "office/people/end.html", context, status=status)


class CorrectForm(forms.Form):
    """What the entry should have said."""

    person = forms.CharField(label=_("Person"), max_length=19)
    since = day_field(_("Held from"))
    until = day_field(
        _("Held until"), required=False, help_text=_("The first day the post is no longer held; empty: open.")
    )
    basis = forms.CharField(label=_("Appointed by"), required=False, max_length=200)
    reason = forms.CharField(
        label=_("What was wrong"), max_length=200, help_text=_("Stays on record with the cancelled entry.")
    )


@office_page
def appointment_correct_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Mend an entry that was wrong from the start: it is cancelled, and a new one stands for it."""
    appointment = appointment_managed(request, pk)
    initial = {
        "person": str(appointment.person_id),
        "since": appointment.since,
        "until": appointment.until,
        "basis": appointment.basis,
    }
    form = form_of(CorrectForm, request, initial=initial)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        person = person_chosen(request, given["person"])
        if person is None:
            form.add_error("person", gettext("Search for the person and choose them."))
            return _correct_page(request, appointment, form, 422)
        try:
            appointment_correct(
                appointment=appointment,
                person=person,
                since=given["since"],
                until=given["until"],
                basis=given["basis"],
                reason=given["reason"],
                by=actor_of(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            refusal_into(form, refusal)
            return _correct_page(request, appointment, form, refusal.status)
        messages.success(
            request, gettext("The entry was corrected; the old one stays on record as cancelled.")
        )
        return redirect("person", person.pk)
    return _correct_page(request, appointment, form, 422 if form.is_bound else 200)


def person_chosen(request: HttpRequest, given: str) -> Person | None:
    """The person seen whose number a search field holds; None when it holds none."""
    if not (given.isascii() and given.isdecimal() and len(given) < 19):
        return None
    return people_of(scope_of_request(request)).filter(pk=int(given)).first()


def _correct_page(
    request: HttpRequest, appointment: Appointment, form: CorrectForm, status: int
) -> HttpResponse:
    context = {
        "crumbs": _crumbs(appointment.person, gettext("Correct the entry")),
        "appointment": appointment,
        "person": appointment.person,
        "form": form,
        "pick": pick_of(form, "person", "people", scope_of_request(request), request.POST),
    }
    return render(request, "office/people/correct.html", context, status=status)


urlpatterns: list[URLPattern] = [
    path("people/<int:pk>/appoint/", appointment_new, name="appointment-new"),
    path("appointments/<int:pk>/end/", appointment_end_page, name="appointment-end"),
    path("appointments/<int:pk>/correct/", appointment_correct_page, name="appointment-correct"),
]
