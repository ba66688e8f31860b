"""A recorded track is handed in from the office: by a keeper, or by the office on a keeper's account."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shanhe.evidence.patrols.fields import LONGEST_NOTE
from shanhe.evidence.patrols.queries.sending import Account, accounts_for, areas_held, areas_to_send_for
from shanhe.evidence.patrols.sent import MOST_BYTES, too_large
from shanhe.evidence.patrols.services import patrol_from_file
from shanhe.faces.http.access import actor_of, office_page
from shanhe.faces.http.bounded import files_up_to
from shanhe.faces.http.paging import Page, page_asked, page_of
from shanhe.faces.http.track_faults import track_faults
from shanhe.faces.office.patrol_told import MODES
from shanhe.ground import clock
from shanhe.ground.people.models import local_name
from shanhe.ground.people.scope import Actor, Ground, Scope
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.queries import areas_matching
from shanhe.ground.registry.responsibility import responsibility_on
from shanhe.kernel.errors import Refusal

__all__ = ["urlpatterns"]

FOUND = "found"  # instead of an area's code: those that were walked
AREAS_A_PAGE = 30
TYPES = ".gpx,.csv,.geojson,.json"


class HandInForm(forms.Form):
    """The file, on whose account, how one went, and a note; the uuid makes a second press change nothing."""

    uuid = forms.UUIDField(widget=forms.HiddenInput)
    file = forms.FileField(
        label=_("Track file"),
        help_text=_("GPX, CSV (columns time, lon, lat) or GeoJSON with times, at most 16 MB."),
        error_messages={
            "required": _("Choose the file with the track."),
            "missing": _("Choose the file with the track."),
            "empty": _("The file is empty."),
            "invalid": _("Choose the file with the track."),
        },
        widget=forms.FileInput(attrs={"accept": TYPES}),
    )
    on_behalf_of = forms.ChoiceField(label=_("On whose account"))
    mode = forms.ChoiceField(
        label=_("How did the person go?"), required=False, choices=[("", _("not said")), *MODES.items()]
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, accounts: list[Account], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(each.person_uuid), _account_words(each)) for each in accounts]
        if [each.is_self for each in accounts] in ([], [True]):
            del self.fields["on_behalf_of"]
        else:
            chooses = not accounts[0].is_self and len(accounts) > 1
            first = [("", gettext("Choose a person"))] if chooses else []
            self.fields["on_behalf_of"].choices = first + choices  # type: ignore[attr-defined]


def _account_words(account: Account) -> str:
    words = gettext("%(name)s, %(post)s") % {
        "name": account.name,
        "post": local_name(account.post.post_name, account.post.post_name_en),
    }
    if account.is_self:
        return gettext("Myself (%(who)s)") % {"who": words}
    if account.until is not None:
        return gettext("%(who)s, until %(day)s") % {"who": words, "day": account.until.isoformat()}
    return words


@office_page
@files_up_to(MOST_BYTES)
def patrol_hand_in(request: HttpRequest) -> HttpResponse:
    """First the area, then the file; a refused file says why in the form and what was typed stays."""
    by = actor_of(request)
    code = request.GET.get("area", "")
    if not code:
        return _choosing(request, by)
    area = None if code == FOUND else _area(by, code)
    accounts = accounts_for(by, area, clock.today()) if area is not None else []
    if area is None and by.person_id is None:
        raise Http404
    if request.method != "POST":
        return _form(request, HandInForm(accounts, initial={"uuid": uuid.uuid4()}), area, accounts)
    return _handed_in(request, by, area, accounts)


def _choosing(request: HttpRequest, by: Actor) -> HttpResponse:
    """The areas one may hand in tracks of; straight to the form where there is one alone."""
    today = clock.today()
    words = request.GET.get("q", "").strip()[:60]
    rows = areas_to_send_for(by, today)
    if words:
        rows = areas_matching(rows, words.replace("\x00", ""))
    after, _size = page_asked(request.GET)
    page = page_of(rows, order=("division_id", "code"), after=after, size=AREAS_A_PAGE)
    if len(page.items) == 1 and not words and not after:
        return redirect(f"{reverse('patrol-new')}?area={page.items[0].code}")
    keepers = _keepers(page.items, today)
    context = {
        "crumbs": _crumbs(),
        "page": Page([(area, keepers.get(area.pk, "")) for area in page.items], page.next),
        "words": words,
        "may_find": areas_held(by, today).exists(),
        "searches": bool(words or after or page.next or len(page.items) > 10),
        "found": FOUND,
    }
    return render(request, "office/patrols/choose.html", context)


def _keepers(areas: Sequence[Area], day: date) -> dict[int, str]:
    """Area id → the names of those who keep it at its own level, for telling areas apart. One query."""
    level = {area.pk: area.level for area in areas}
    names: dict[int, list[str]] = {}
    for one in responsibility_on(Scope(seen=Ground(everything=True)), day, level):
        if one.is_keeper and one.level == level[one.area_id]:
            names.setdefault(one.area_id, []).append(one.shown_name)
    return {area_id: gettext(", ").join(dict.fromkeys(found)) for area_id, found in names.items()}


def _area(by: Actor, code: str) -> Area:
    area = areas_to_send_for(by, clock.today()).filter(code=code.replace("\x00", "")).first()
    if area is None:
        raise Http404
    return area


def _handed_in(request: HttpRequest, by: Actor, area: Area | None, accounts: list[Account]) -> HttpResponse:
    form = HandInForm(accounts, request.POST, request.FILES)
    if not form.is_valid():
        return _form(request, form, area, accounts, status=422)
    given = form.cleaned_data
    try:
        patrol, is_new = patrol_from_file(
            content=_content(given["file"]),
            name=given["file"].name or "",
            uuid=given["uuid"],
            areas=[area.code] if area is not None else [],
            on_behalf_of=given.get("on_behalf_of", ""),
            note=given["note"],
            mode=given["mode"],
            by=by,
            at=clock.now(),
        )
    except Refusal as refusal:
        return _refused(request, form, refusal, area, accounts)
    if is_new:
        messages.success(request, gettext("The track was taken in and judged."))
    else:
        messages.info(request, gettext("This track was taken in before; nothing was changed."))
    return redirect("patrol", patrol.pk)


def _content(file: UploadedFile[Any]) -> bytes:
    if (file.size or 0) > MOST_BYTES:
        raise too_large()
    return file.read()  # type: ignore[no-any-return]


#: What the services call a field and the form too; everything else is about the file.
_OURS = {"for": "on_behalf_of", "note": "note", "mode": "mode"}


def _refused(
    request: HttpRequest, form: HandInForm, refusal: Refusal, area: Area | None, accounts: list[Account]
) -> HttpResponse:
    """Each reason at its field; an upload's reasons at the file, with row and field named."""
    if refusal.code == "patrol.uuid_taken":
        return _taken(request, form, area, accounts)
    own = {_OURS[name]: reason for name, reason in refusal.fields.items() if _OURS.get(name) in form.fields}
    for name, reason in own.items():
        form.add_error(name, reason.render(gettext))
    if refusal.status == 403 or "area" in refusal.fields:
        if not own:
            form.add_error(None, refusal.message.render(gettext))
    elif not own:
        for line in track_faults(refusal, but=("uuid",)):
            form.add_error("file", line)
    return _form(request, form, area, accounts, status=refusal.status)


def _taken(
    request: HttpRequest, form: HandInForm, area: Area | None, accounts: list[Account]
) -> HttpResponse:
    """Another track was handed in from this very form before: the next press is for a patrol of its own."""
    data = request.POST.copy()
    data["uuid"] = str(uuid.uuid4())
    again = HandInForm(accounts, data, request.FILES)
    again.is_valid()
    again.add_error(
        None,
        gettext(
            "Another track was handed in from this page before. "
            "To hand in this one too, choose the file again and send it."
        ),
    )
    return _form(request, again, area, accounts, status=409)


def _form(
    request: HttpRequest, form: HandInForm, area: Area | None, accounts: list[Account], status: int = 200
) -> HttpResponse:
    context = {
        "crumbs": _crumbs(),
        "form": form,
        "area": area,
        "nobody": area is not None and not accounts,
        "file_name": getattr(request.FILES.get("file"), "name", "") if form.is_bound else "",
    }
    return render(request, "office/patrols/new.html", context, status=status)


def _crumbs() -> list[tuple[str, str | None]]:
    return [(gettext("Patrols"), reverse("patrols")), (gettext("Hand in a track"), None)]


urlpatterns: list[URLPattern] = [path("patrols/new/", patrol_hand_in, name="patrol-new")]
