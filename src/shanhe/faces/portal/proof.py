"""Published day roots of the ledger, and whether a record's proof leads to one of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, register_converter
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from shanhe.faces.http.paging import page_asked, page_of
from shanhe.faces.http.rates import Rate
from shanhe.faces.http.refusals import refused_page
from shanhe.faces.http.uploads import content, in_memory
from shanhe.ground.audit.queries import day_root_of, day_roots, published
from shanhe.kernel.chain.proof import Proof, proof_check, proof_read
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["urlpatterns"]

RATE = Rate("proof", most=60, within_s=600)
MOST_BYTES = 1_000_000  # a proof has a few kilobytes
COLUMNS = [
    (gettext_lazy("Day"), ""),
    (gettext_lazy("Records"), "number"),
    (gettext_lazy("Root"), ""),
    (gettext_lazy("Published"), ""),
]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a proof said, and whether it holds: ``broken`` is the sentence that says why not."""

    proof: Proof
    is_published: bool  # there is a root of that day to compare with
    broken: str = ""

    @property
    def holds(self) -> bool:
        """The record is under the root that was published here."""
        return self.is_published and not self.broken

    @property
    def at(self) -> datetime | None:
        """When it happened, as the record says."""
        try:
            return parse_datetime(str(self.proof.content.get("at", "")))
        except ValueError:
            return None


class DayConverter:
    """2026-03-02 in an address."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        """The day; ValueError, so no match, for one that the calendar does not have."""
        return date.fromisoformat(value)

    def to_url(self, value: Any) -> str:
        """As in the name of the file."""
        return value if isinstance(value, str) else value.isoformat()


register_converter(DayConverter, "day")


@require_safe
def proof_page(request: HttpRequest) -> HttpResponse:
    """The published days, newest first, and a form to check a record's proof."""
    try:
        return _page(request)
    except Refusal as refusal:
        return refused_page(request, refusal)


def _page(request: HttpRequest, status: int = 200, **answer: object) -> HttpResponse:
    after, size = page_asked(request.GET, size=15)
    page = page_of(day_roots(), order=("-day",), after=after, size=size)
    context = {"page": page, "columns": COLUMNS, **answer}
    return render(request, "portal/proof.html", context, status=status)


@require_safe
@cache_control(public=True, max_age=86_400)
def proof_day(request: HttpRequest, day: date) -> JsonResponse:
    """DATE.json: the root of one day. What is published never changes."""
    row = day_root_of(day)
    if row is None:
        raise Http404
    return JsonResponse(published(row).as_json(), json_dumps_params={"indent": 1})


# Exempt for the same reason as /try/: it reads a file and does nothing in the caller's name.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def proof_check_action(request: HttpRequest) -> HttpResponse:
    """Whether the record in an uploaded PROOF.json is under the root published here. Nothing is kept."""
    if request.method != "POST":
        return redirect("proof")
    try:
        RATE.count(request)
        in_memory(request, MOST_BYTES)
        checked = _checked(content(request.FILES.get("proof")))
    except Refusal as refusal:
        return _refused(request, refusal)
    if getattr(request, "htmx", False):
        return render(request, "portal/_checked.html", {"checked": checked})
    return _page(request, answer_template="portal/_checked.html", checked=checked)


def _checked(text: bytes) -> Checked:
    proof = proof_read(_value(text))
    row = day_root_of(proof.day)
    try:
        proof_check(proof, bytes(row.root) if row else proof.root)
    except Refusal as refusal:
        return Checked(proof, row is not None, refusal.message.render(gettext))
    return Checked(proof, row is not None)


def _value(text: bytes) -> Any:
    try:
        return json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Refusal(
            "proof.not_json",
            _("Choose the PROOF.json of a record; this file is none."),
            fields={"proof": _("It is not JSON.")},
        ) from None


def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    if getattr(request, "htmx", False) or refusal.status in (413, 429):
        return refused_page(request, refusal)
    return _page(
        request,
        status=refusal.status,
        answer_template="shanhe/_refused.html",
        message=refusal.message.render(gettext),
        fields={name: reason.render(gettext) for name, reason in refusal.fields.items()},
    )


urlpatterns: list[URLPattern] = [
    path("proof/", proof_page, name="proof"),
    path("proof/check/", proof_check_action, name="proof-check"),
    path("proof/<day:day>.json", proof_day, name="proof-day"),
]
