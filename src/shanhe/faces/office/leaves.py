"""A leave is planned with who stands in meanwhile 代理; it ends early or is called off."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.faces.http.forms import refusal_into
from shanhe.faces.office.appointments import appointment_managed, day_field, person_chosen
from shanhe.faces.office.picking import form_of, pick_of
from shanhe.ground import clock
from shanhe.ground.people.leaves import leaves_of
from shanhe.ground.people.models import Appointment, Leave
from shanhe.ground.people.queries import remits_managed
from shanhe.ground.people.services import leave_end, leave_plan
from shanhe.kernel.errors import Refusal

__all__ = ["urlpatterns"]


class LeaveForm(forms.Form):
    """From when to when, and who stands in."""

    substitute = forms.CharField(label=_("Who stands in"), max_length=19)
    since = day_field(_("First day away"))
    until = day_field(_("First day back"))
    reason = forms.CharField(
        label=_("Reason"), max_length=200, required=False, help_text=_("Course, illness, secondment …")
    )


@office_page
def leave_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Plan a leave of one appointment."""
    appointment = appointment_managed(request, pk)
    form = form_of(LeaveForm, request, initial={"since": clock.today()})
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        substitute = person_chosen(request, given["substitute"])
        if substitute is None:
            form.add_error("substitute", gettext("Search for the person and choose them."))
            return _new_page(request, appointment, form, 422)
        try:
            leave = leave_plan(
                appointment=appointment,
                substitute=substitute,
                since=given["since"],
                until=given["until"],
                reason=given["reason"],
                by=actor_of(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            refusal_into(form, refusal)
            return _new_page(request, appointment, form, refusal.status)
        told = {"name": leave.substitute.name, "since": leave.since, "until": leave.until}
        messages.success(request, gettext("%(name)s stands in from %(since)s until %(until)s.") % told)
        return redirect("person", appointment.person_id)
    return _new_page(request, appointment, form, 422 if form.is_bound else 200)


def _new_page(request: HttpRequest, appointment: Appointment, form: LeaveForm, status: int) -> HttpResponse:
    context = {
        "crumbs": _crumbs(appointment, gettext("Plan a leave")),
        "appointment": appointment,
        "person": appointment.person,
        "form": form,
        "pick": pick_of(form, "substitute", "people", scope_of_request(request), request.POST),
    }
    return render(request, "office/leaves/new.html", context, status=status)


def _crumbs(appointment: Appointment, last: str) -> list[tuple[str, str | None]]:
    person = appointment.person
    return [
        (gettext("People"), reverse("people")),
        (person.name, reverse("person", args=[person.pk])),
        (last, None),
    ]


class BackForm(forms.Form):
    """When somebody is back."""

    on = day_field(
        _("First day back"), help_text=_("The first day of the leave or before: it is called off altogether.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


def _leave(request: HttpRequest, pk: int) -> Leave:
    """A leave that one's office may end; 404 otherwise."""
    scope = scope_of_request(request)
    found = leaves_of(scope).filter(pk=pk, cancelled_at=None).first()
    if found is None or not remits_managed(scope, [found.appointment.remit_id]):
        raise Http404
    return found


@office_page
def leave_end_page(request: HttpRequest, pk: int) -> HttpResponse:
    """End a leave early, or call it off."""
    leave = _leave(request, pk)
    form = BackForm(request.POST or None, initial={"on": max(clock.today(), leave.since)})
    if request.method == "POST" and form.is_valid():
        given: dict[str, Any] = form.cleaned_data
        try:
            leave = leave_end(
                leave=leave, on=given["on"], reason=given["reason"], by=actor_of(request), at=clock.now()
            )
        except Refusal as refusal:
            refusal_into(form, refusal)
            return _end_page(request, leave, form, refusal.status)
        said = (
            gettext("The leave was called off.")
            if leave.cancelled_at
            else gettext("The leave ends on %(day)s.") % {"day": leave.until}
        )
        messages.success(request, said)
        return redirect("person", leave.person_id)
    return _end_page(request, leave, form, 422 if form.is_bound else 200)


def _end_page(request: HttpRequest, leave: Leave, form: BackForm, status: int) -> HttpResponse:
    context = {
        "crumbs": _crumbs(leave.appointment, gettext("End the leave")),
        "leave": leave,
        "person": leave.person,
        "form": form,
    }
    return render(request, "office/leaves/end.html", context, status=status)


urlpatterns: list[URLPattern] = [
    path("appointments/<int:pk>/leave/", leave_new, name="leave-new"),
    path("leaves/<int:pk>/end/", leave_end_page, name="leave-end"),
]
