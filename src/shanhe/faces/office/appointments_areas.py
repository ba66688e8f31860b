"""Appointing somebody for an area that nobody keeps: area and post are filled in, the person is sought."""

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
from shanhe.faces.http.forms import carried_out
from shanhe.faces.office.appointments import day_field, person_chosen
from shanhe.faces.office.picking import form_of, pick_of
from shanhe.ground import clock
from shanhe.ground.people.handovers import handable
from shanhe.ground.people.models import Appointment, Person, Post
from shanhe.ground.people.queries import posts_known, remits_managed
from shanhe.ground.people.scope import Scope
from shanhe.ground.people.services import Wanted, person_appoint
from shanhe.ground.registry.handovers import left_by
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.queries import areas_of, valid_on

__all__ = ["urlpatterns"]


class KeeperForm(forms.Form):
    """Who keeps the area, in which post, from when on."""

    person = forms.CharField(label=_("Person"), max_length=19)
    post = forms.ChoiceField(label=_("Post"))
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

    def __init__(self, *args: Any, asked_by: HttpRequest, posts: list[Post], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked_by, self.posts = asked_by, {str(post.pk): post for post in posts}
        field = self.fields["post"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  said above
        field.choices = [(key, post.local_name) for key, post in self.posts.items()]

    def clean_person(self) -> Person:
        """Somebody seen."""
        found = person_chosen(self.asked_by, self.cleaned_data["person"])
        if found is None:
            raise forms.ValidationError(gettext("Search for the person and choose them."))
        return found

    def wanted(self, area: Area) -> Wanted:
        """What a valid form asks for."""
        given = self.cleaned_data
        post = self.posts[given["post"]]
        return Wanted(post, [area], given["since"], given["until"], given["basis"])


def _area(request: HttpRequest, code: str) -> Area:
    """A present area that the office manages; 404 otherwise."""
    scope = scope_of_request(request)
    rows = areas_of(scope.seeing(scope.managed)).filter(valid_on(clock.today()))
    found = rows.filter(code=code).select_related("division").first()
    if found is None:
        raise Http404
    return found


def _posts(area: Area) -> list[Post]:
    """The posts that keep an area at its own level, the chief's first."""
    system = "river" if area.kind == Area.Kind.REACH else "forest"
    rows = posts_known(area.division, level=area.level, system=system).filter(is_keeper=True)
    return sorted(rows, key=lambda post: (post.rank, post.code))


def _left(scope: Scope, area: Area) -> Appointment | None:
    """The appointment that the last keeper left and the office may hand over."""
    last = left_by([area.pk], clock.today()).get(area.pk)
    found = handable(scope).filter(pk=last).select_related("person", "post").first() if last else None
    return found if found is not None and remits_managed(scope, [found.remit_id]) else None


@office_page
def keeper_appoint(request: HttpRequest, code: str) -> HttpResponse:
    """Let somebody keep an area."""
    area = _area(request, code)
    form = form_of(
        KeeperForm, request, asked_by=request, posts=_posts(area), initial={"since": clock.today()}
    )
    told: dict[str, Any] = {"by": actor_of(request), "at": clock.now()}
    names = {"on": "since", "remit": "post", "areas": "post"}
    made, status = carried_out(
        form,
        lambda: person_appoint(person=form.cleaned_data["person"], wanted=form.wanted(area), **told),
        names,
    )
    if made is None:
        return _page(request, area, form, status)
    messages.success(request, gettext("%(name)s was appointed.") % {"name": made.person.name})
    return redirect("area", area.code)


def _page(request: HttpRequest, area: Area, form: KeeperForm, status: int) -> HttpResponse:
    scope = scope_of_request(request)
    context = {
        "crumbs": [
            (gettext("Areas without a keeper"), reverse("gaps")),
            (area.name, reverse("area", args=[area.code])),
            (gettext("Appoint"), None),
        ],
        "area": area,
        "form": form,
        "pick": pick_of(form, "person", "people", scope, request.POST),
        "left": _left(scope, area),
    }
    return render(request, "office/people/appoint_for.html", context, status=status)


urlpatterns: list[URLPattern] = [path("areas/<str:code>/appoint/", keeper_appoint, name="area-appoint")]
