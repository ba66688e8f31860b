"""A patrol is entered from a paper log by the office, with a picture of the sheet as evidence."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shanhe.evidence.patrols.fields import LONGEST_NOTE
from shanhe.evidence.patrols.models import Patrol
from shanhe.evidence.patrols.queries.sending import Account, accounts_for
from shanhe.evidence.patrols.services.contests import Photo
from shanhe.evidence.patrols.services.paper import patrol_from_paper
from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.faces.http.bounded import files_up_to
from shanhe.faces.http.forms import carried_out
from shanhe.faces.office.contest_forms import MOST_BYTES, TYPES, Many
from shanhe.ground import clock
from shanhe.ground.people.models import Person, local_name
from shanhe.ground.people.queries import people_of
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.queries import area_in
from shanhe.ground.registry.services.rights import may_manage
from shanhe.kernel.errors import Refusal, gettext_noop

__all__ = ["urlpatterns"]


class PaperForm(forms.Form):
    """Who, when, what the log says, and its picture; the uuid makes a second press change nothing."""

    uuid = forms.UUIDField(widget=forms.HiddenInput)
    person = forms.ChoiceField(label=_("Who went"))
    started_at = forms.DateTimeField(
        label=_("Started"), widget=forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M")
    )
    ended_at = forms.DateTimeField(
        label=_("Ended"), widget=forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M")
    )
    words = forms.CharField(
        label=_("What the log says"), max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 4})
    )
    sheets = forms.Field(
        label=_("Photo or scan of the sheet"),
        required=False,
        help_text=_("JPEG, PNG, WebP or PDF, at most nine of 20 MB each."),
        widget=Many(attrs={"accept": TYPES}),
    )

    def __init__(self, accounts: list[Account], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [  # type: ignore[attr-defined]
            (str(each.person_uuid), f"{each.name} · {_post(each)}") for each in accounts
        ]


def _post(account: Account) -> str:
    return local_name(account.post.post_name, account.post.post_name_en)


@office_page
@files_up_to(MOST_BYTES)
def patrol_paper(request: HttpRequest) -> HttpResponse:
    """For the office that manages the area; what was refused stays in the form with the reason."""
    by = actor_of(request)
    if not by.scope.managed:
        raise Http404
    code = request.GET.get("area", "")
    if not code:
        messages.info(request, gettext("Choose the area; its page leads to the entry from paper."))
        return redirect("areas")
    area = _managed(request, code)
    accounts = accounts_for(by, area, clock.today())
    form = PaperForm(accounts, initial={"uuid": uuid.uuid4()})
    if request.method == "POST":
        form = PaperForm(accounts, request.POST, request.FILES)
    done, status = carried_out(form, lambda: _entered(request, form, area))
    if done is not None:
        messages.success(request, gettext("The paper log was entered."))
        return redirect("patrol", done.pk)
    context = {
        "crumbs": [
            (gettext("Patrols"), reverse("patrols")),
            (area.name, reverse("area", args=[area.code])),
            (gettext("Enter from paper"), None),
        ],
        "area": area,
        "form": form,
        "nobody": not accounts,
    }
    return render(request, "office/patrols/paper.html", context, status=status)


def _managed(request: HttpRequest, code: str) -> Area:
    try:
        area = area_in(scope_of_request(request), code.replace("\x00", ""))
    except Area.DoesNotExist:
        raise Http404 from None
    if not may_manage(actor_of(request), area):
        raise Http404
    return area


def _entered(request: HttpRequest, form: PaperForm, area: Area) -> Patrol:
    given = form.cleaned_data
    person: Person = people_of(scope_of_request(request)).get(uuid=given["person"])
    patrol, _is_new = patrol_from_paper(
        uuid=given["uuid"],
        area=area,
        person=person,
        started_at=given["started_at"],
        ended_at=given["ended_at"],
        words=given["words"],
        sheets=_sheets(request),
        by=actor_of(request),
        at=clock.now(),
    )
    return patrol


def _sheets(request: HttpRequest) -> list[Photo]:
    files = request.FILES.getlist("sheets")
    if any((file.size or 0) > MOST_BYTES for file in files):
        message = gettext_noop("A photo may have %(most)s MB.")
        raise Refusal("paper.large", message, {"sheets": message}, status=413, most=MOST_BYTES // 1_048_576)
    return [Photo(file.name or "", bytes(file.read())) for file in files]


urlpatterns: list[URLPattern] = [path("patrols/paper/new/", patrol_paper, name="patrol-paper")]
