"""What persons and the office do about a handover: confirm, refuse, confirm on paper, withdraw."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.faces.http.bounded import files_up_to
from shanhe.faces.http.forms import refusal_into
from shanhe.faces.http.uploads import content, too_large
from shanhe.ground import clock
from shanhe.ground.audit import ledger
from shanhe.ground.documents.services import Binding, Part, file_put
from shanhe.ground.people.handovers import handover_page
from shanhe.ground.people.models import Handover
from shanhe.ground.people.scope import Actor
from shanhe.ground.people.services import (
    handover_attest,
    handover_confirm,
    handover_refuse,
    handover_withdraw,
)
from shanhe.kernel.errors import Refusal

__all__ = ["PaperForm", "ReasonForm", "urlpatterns"]

MOST_BYTES = 20 * 1024 * 1024
ROLES = ("outgoing", "incoming")
Shown = Callable[..., HttpResponse]


class ReasonForm(forms.Form):
    """Why something is refused or withdrawn."""

    note = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class PaperForm(forms.Form):
    """What stands behind a confirmation on paper."""

    note = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Who signed where and when, or why this person does not sign."),
    )
    file = forms.FileField(
        label=_("Scanned paper"),
        required=False,
        help_text=_("PDF or picture, at most 20 MB; may be left out."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.webp"}),
    )


def _handover(request: HttpRequest, pk: int) -> Handover:
    page = handover_page(scope_of_request(request), pk)
    if page is None:
        raise Http404
    return page.handover


def _role(role: str) -> str:
    if role not in ROLES:
        raise Http404
    return role


@require_POST
@office_page
def confirm(request: HttpRequest, pk: int, role: str) -> HttpResponse:
    """One confirms the list that one was shown."""
    handover = _handover(request, pk)
    try:
        handover_confirm(
            handover=handover,
            role=_role(role),
            digest=request.POST.get("digest", ""),
            by=actor_of(request),
            at=clock.now(),
        )
    except Refusal as refusal:
        if refusal.code != "handover.list_changed":
            raise
        messages.warning(request, refusal.message.render(gettext))
        return redirect("handover", pk)
    messages.success(request, gettext("The list is confirmed."))
    return redirect("handover", pk)


def _refuse(shown: Shown) -> Callable[..., HttpResponseBase]:
    @require_POST
    @office_page
    def refuse(request: HttpRequest, pk: int, role: str) -> HttpResponse:
        """One says why one does not confirm."""
        handover, form = _handover(request, pk), ReasonForm(request.POST)
        if not form.is_valid():
            return shown(request, pk, {"refuse_form": form}, status=422)
        note, by = form.cleaned_data["note"], actor_of(request)
        handover_refuse(handover=handover, role=_role(role), note=note, by=by, at=clock.now())
        messages.success(request, gettext("Your refusal is recorded; the office sees it."))
        return redirect("handover", pk)

    return refuse


def _paper(shown: Shown) -> Callable[..., HttpResponseBase]:
    @require_POST
    @office_page
    @files_up_to(MOST_BYTES)
    def paper(request: HttpRequest, pk: int, role: str) -> HttpResponse:
        """The office records a confirmation on paper, with the scanned sheet if there is one."""
        handover, form = _handover(request, pk), PaperForm(request.POST, request.FILES)
        again = {"paper_form": form, "paper_role": _role(role)}
        if not form.is_valid():
            return shown(request, pk, again, status=422)
        try:
            _attest(handover, role, form.cleaned_data, actor_of(request))
        except Refusal as refusal:
            refusal_into(form, refusal)
            return shown(request, pk, again, status=refusal.status)
        messages.success(request, gettext("The confirmation on paper is recorded."))
        return redirect("handover", pk)

    return paper


def _attest(handover: Handover, role: str, given: dict[str, Any], by: Actor) -> None:
    """Confirmation and file together, or neither."""
    file: UploadedFile[Any] | None = given["file"]
    number = uuid.uuid4() if file else None
    if file and (file.size or 0) > MOST_BYTES:
        raise too_large(file.size or 0, MOST_BYTES)
    with ledger.atomic():
        now = clock.now()
        handover_attest(handover=handover, role=role, note=given["note"], file=number, by=by, at=now)
        if file is not None and number is not None:
            part = Part(0, file.size or 0, content(file))
            binding = Binding(file.name or "", "handover", handover.uuid)
            file_put(uuid=number, part=part, binding=binding, by=by, at=now)


def _withdraw(shown: Shown) -> Callable[..., HttpResponseBase]:
    @require_POST
    @office_page
    def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
        """The office takes back a handover decided by mistake."""
        handover, form = _handover(request, pk), ReasonForm(request.POST)
        if not form.is_valid():
            return shown(request, pk, {"withdraw_form": form}, status=422)
        note, by = form.cleaned_data["note"], actor_of(request)
        handover_withdraw(handover=handover, reason=note, by=by, at=clock.now())
        messages.success(request, gettext("The handover is withdrawn; the former appointment goes on."))
        return redirect("handover", pk)

    return withdraw


def urlpatterns(shown: Shown) -> list[URLPattern]:
    """Routes; ``shown`` draws the page of a handover with a form that was refused."""
    return [
        path("handovers/<int:pk>/<str:role>/confirm/", confirm, name="handover-confirm"),
        path("handovers/<int:pk>/<str:role>/refuse/", _refuse(shown), name="handover-refuse"),
        path("handovers/<int:pk>/<str:role>/paper/", _paper(shown), name="handover-paper"),
        path("handovers/<int:pk>/withdraw/", _withdraw(shown), name="handover-withdraw"),
    ]
