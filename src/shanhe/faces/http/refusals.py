"""A refusal in each web face's own form: JSON for the API, a page or fragment for people."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from shanhe.kernel.errors import Refusal

__all__ = ["bad_request", "broken", "error_body", "forbidden", "not_found", "refused_json", "refused_page"]


def error_body(code: str, message: str, fields: dict[str, str] | None = None) -> dict[str, Any]:
    """The one shape of errors: ``{"error": {"code", "message", "fields"}}``."""
    return {"error": {"code": code, "message": message, "fields": fields or {}}}


def refused_json(refusal: Refusal) -> JsonResponse:
    """A refusal for programs, its sentences in the request's language."""
    fields = {name: reason.render(_) for name, reason in refusal.fields.items()}
    return JsonResponse(error_body(refusal.code, refusal.message.render(_), fields), status=refusal.status)


def refused_page(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A refusal for people: message, and which fields to mend; a fragment when htmx asked."""
    context = {
        "message": refusal.message.render(_),
        "fields": {name: reason.render(_) for name, reason in refusal.fields.items()},
    }
    template = "shanhe/_refused.html" if getattr(request, "htmx", False) else "shanhe/refused.html"
    return render(request, template, context, status=refusal.status)


def _answer(request: HttpRequest, code: str, message: str, status: int, heading: str = "") -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse(error_body(code, message), status=status)
    context = {"message": message, "fields": {}, "heading": heading}
    return render(request, "shanhe/refused.html", context, status=status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, the same for what is not there and for what lies outside the caller's scope."""
    message = _("There is nothing here, or it is not yours to see.")
    return _answer(request, "not_found", message, 404, heading=_("No such page"))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return _answer(request, "forbidden", _("You may not do this."), 403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return _answer(request, "bad_request", _("This request could not be understood."), 400)


def broken(request: HttpRequest) -> HttpResponse:
    """500: our fault; the request id lets the administrator find the log line."""
    from shanhe.faces.http.request_id import current

    message = _("Something went wrong on our side. Number for the administrator: %(id)s") % {"id": current()}
    return _answer(request, "broken", message, 500)
