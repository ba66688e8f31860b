"""A handover begins: who takes the post over, from when; its gaps are shown before it is decided."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.faces.office.appointments import day_field
from shanhe.faces.office.picking import Codes, form_of, pick_of
from shanhe.ground import clock
from shanhe.ground.people.handovers import handable
from shanhe.ground.people.models import Appointment, Person
from shanhe.ground.people.queries import people_of, remits_managed
from shanhe.ground.people.scope import Scope
from shanhe.ground.people.services import Succession, handovers_check, handovers_make
from shanhe.ground.registry.handovers import Vacancy, change_of, vacancies
from shanhe.kernel.errors import Refusal

__all__ = ["GAPS_SHOWN", "urlpatterns"]

GAPS_SHOWN = 12


class HandoverForm(forms.Form):
    """Who comes next, from when on, by which document; and which posts of the person."""

    WHO = (("known", _("Somebody on the register")), ("new", _("Somebody new")))

    who = forms.ChoiceField(label=_("Successor"), choices=WHO, initial="known", widget=forms.RadioSelect)
    person = forms.CharField(label=_("Person"), required=False, max_length=19)
    name = forms.CharField(label=_("Name of the successor"), required=False, max_length=60)
    phone = forms.CharField(
        label=_("Work phone"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    posts = Codes(label=_("Posts that change hands"), required=False)
    on = day_field(_("First day of the successor"))
    ends_on = day_field(
        _("Already free from"),
        required=False,
        help_text=_("Only if the former leaves earlier: the first day the post is no longer held."),
    )
    until = day_field(
        _("Held until"), required=False, help_text=_("The first day the post is no longer held; empty: open.")
    )
    basis = forms.CharField(
        label=_("Basis"),
        required=False,
        max_length=200,
        help_text=_("The document and its number, as far as there is one."),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=200, required=False, help_text=_("Transfer, retirement, election …")
    )
    note = forms.CharField(
        label=_("Note for both"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What the list does not say: open matters, keys, who to ask."),
    )

    def __init__(self, *args: Any, scope: Scope, held: list[Appointment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope, self.held = scope, {str(one.pk): one for one in held}

    def clean(self) -> dict[str, Any]:
        """Find the successor and the posts; what cannot be found is said at its field."""
        cleaned = super().clean() or {}
        cleaned["successor"] = self._successor(cleaned)
        cleaned["chosen"] = [self.held[key] for key in cleaned.get("posts", []) if key in self.held]
        if not cleaned["chosen"]:
            self.add_error("posts", gettext("Tick at least one post."))
        return cleaned

    def _successor(self, cleaned: dict[str, Any]) -> Person | None:
        if cleaned.get("who") == "new":
            if not cleaned.get("name", "").strip():
                self.add_error("name", gettext("A name is missing."))
            return None
        given = cleaned.get("person", "")
        found = None
        if given.isascii() and given.isdecimal() and len(given) < 19:
            found = people_of(self.scope).filter(pk=int(given)).first()
        if found is None:
            self.add_error("person", gettext("Search for the person and choose them."))
        return found

    def rows(self) -> list[Succession]:
        """What a valid form asks for."""
        given = self.cleaned_data
        return [
            Succession(
                row=str(one.pk),
                outgoing=one,
                successor=given["successor"],
                name=given["name"],
                phone=given["phone"],
                ends_on=given["ends_on"],
                until=given["until"],
                note=given["note"],
            )
            for one in given["chosen"]
        ]

    def seal(self) -> str:
        """Changes with whatever the preview depends on: what was previewed is what is decided."""
        names = ("who", "person", "name", "phone", "on", "ends_on", "until")
        told = [str(self.cleaned_data.get(name)) for name in names] + sorted(self.cleaned_data["posts"])
        return hashlib.sha256("\n".join(told).encode()).hexdigest()[:20]


def _outgoing(request: HttpRequest, pk: int) -> Appointment:
    """An appointment that one's office may hand over; 404 otherwise."""
    scope = scope_of_request(request)
    found = handable(scope).filter(pk=pk).select_related("person__division", "post", "remit").first()
    if found is None or not remits_managed(scope, [found.remit_id]):
        raise Http404
    return found


def _held_too(scope: Scope, outgoing: Appointment) -> list[Appointment]:
    """What else the person holds, or held until the same day, that the office may hand over; itself first."""
    same = handable(scope).filter(person=outgoing.person_id, until=outgoing.until).exclude(pk=outgoing.pk)
    rows = list(same.select_related("person__division", "post", "remit").order_by("post__level", "pk")[:50])
    managed = remits_managed(scope, [row.remit_id for row in rows])
    return [outgoing, *(row for row in rows if row.remit_id in managed)]


@office_page
def handover_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the successor and the day, look at the gaps, then decide."""
    outgoing = _outgoing(request, pk)
    scope = scope_of_request(request)
    held = _held_too(scope, outgoing)
    initial = {"on": clock.today(), "posts": [str(outgoing.pk)], "who": "known"}
    form = form_of(HandoverForm, request, scope=scope, held=held, initial=initial)
    if not form.is_bound:
        return _page(request, outgoing, form, 200)
    if not form.is_valid():
        return _page(request, outgoing, form, 422)
    given, rows = form.cleaned_data, form.rows()
    told = {"rows": rows, "on": given["on"], "basis": given["basis"], "reason": given["reason"]}
    by, now = actor_of(request), clock.now()
    # What was changed after the preview is previewed again; without one there is nothing to compare with.
    if "decide" in request.POST and request.POST.get("seal", form.seal()) == form.seal():
        try:
            made = handovers_make(**told, by=by, at=now)
        except Refusal as refusal:
            return _page(request, outgoing, form, refusal.status, faults=_faults(refusal))
        said = ngettext("%(n)s post was handed over.", "%(n)s posts were handed over.", len(made))
        messages.success(request, said % {"n": len(made)})
        return redirect("handover", made[0].pk)
    found = handovers_check(**told, by=by, at=now)
    if found is not None:
        return _page(request, outgoing, form, 422, faults=_faults(found))
    changes = [change_of(row.outgoing, given["on"], ends_on=row.ends_on, until=row.until) for row in rows]
    return _page(request, outgoing, form, 200, preview=_preview(form, vacancies(changes, clock.today())))


def _faults(refusal: Refusal) -> list[str]:
    reasons = dict.fromkeys(reason.render(gettext) for reason in refusal.fields.values())
    return list(reasons) or [refusal.message.render(gettext)]


def _preview(form: HandoverForm, gaps: list[Vacancy]) -> dict[str, Any]:
    given = form.cleaned_data
    successor = given["successor"]
    return {
        "seal": form.seal(),
        "name": successor.name if successor else given["name"],
        "is_new": successor is None,
        "has_login": successor is not None and hasattr(successor, "user"),
        "on": given["on"],
        "posts": given["chosen"],
        "gaps": gaps[:GAPS_SHOWN],
        "gap_count": len(gaps),
        "more": max(0, len(gaps) - GAPS_SHOWN),
    }


def _page(
    request: HttpRequest,
    outgoing: Appointment,
    form: HandoverForm,
    status: int,
    *,
    faults: list[str] | None = None,
    preview: dict[str, Any] | None = None,
) -> HttpResponse:
    person = outgoing.person
    ticked = set(form["posts"].value() or [])
    context = {
        "crumbs": [
            (gettext("People"), reverse("people")),
            (person.name, reverse("person", args=[person.pk])),
            (gettext("Hand over"), None),
        ],
        "outgoing": outgoing,
        "person": person,
        "form": form,
        "pick": pick_of(form, "person", "people", scope_of_request(request), request.POST),
        "posts": [(one, key in ticked) for key, one in form.held.items()],
        "faults": faults or [],
        "preview": preview,
        "has_ended": outgoing.until is not None and outgoing.until <= clock.today(),
    }
    return render(request, "office/handovers/new.html", context, status=status)


urlpatterns: list[URLPattern] = [
    path("appointments/<int:pk>/hand-over/", handover_new, name="handover-new"),
]
