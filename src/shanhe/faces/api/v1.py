"""The typed JSON API: one router a noun, mounted here."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from shanhe import __version__
from shanhe.faces.http.refusals import error_body, not_found, refused_json
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["api"]

api = NinjaAPI(title="Shanhe 山河", version=__version__, urls_namespace="api-v1", docs_url="/docs")
api.add_router("/auth", "shanhe.faces.api.auth.router")
api.add_router("/auth", "shanhe.faces.api.auth_codes.router")
api.add_router("/me", "shanhe.faces.api.auth.me_router")
api.add_router("/areas", "shanhe.faces.api.areas.router")
api.add_router("/gaps", "shanhe.faces.api.gaps.router")
api.add_router("/files", "shanhe.faces.api.files.router")
api.add_router("/patrols", "shanhe.faces.api.patrols.router")
api.add_router("/patrols", "shanhe.faces.api.contests.router")

#: What pydantic found, in words of ours; other findings keep pydantic's own.
FINDINGS = {
    "missing": _("This is missing."),
    "string_too_long": _("This is too long."),
    "string_type": _("This has to be text."),
    "int_parsing": _("This has to be a whole number."),
    "int_type": _("This has to be a whole number."),
    "float_parsing": _("This has to be a number."),
    "float_type": _("This has to be a number."),
    "finite_number": _("This has to be a number."),
    "bool_parsing": _("This has to be true or false."),
    "bool_type": _("This has to be true or false."),
    "list_type": _("This has to be a list."),
    "dict_type": _("This has to be an object."),
    "model_attributes_type": _("This has to be an object."),
    "uuid_parsing": _("This is no UUID."),
    "uuid_type": _("This is no UUID."),
    "datetime_parsing": _("This is no time like 2026-03-02T09:30:00+08:00."),
    "datetime_from_date_parsing": _("This is no time like 2026-03-02T09:30:00+08:00."),
    "datetime_type": _("This is no time like 2026-03-02T09:30:00+08:00."),
    "timezone_aware": _("This time lacks its zone, as in +08:00 or Z."),
    "date_from_datetime_parsing": _("This is no day like 2026-03-02."),
    "date_parsing": _("This is no day like 2026-03-02."),
    "extra_forbidden": _("There is no such field."),
    "json_invalid": _("This is no JSON."),
}


@api.exception_handler(Refusal)
def on_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A refusal becomes the one JSON error shape."""
    return refused_json(refusal)


@api.exception_handler(AuthenticationError)
def on_stranger(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """401: nobody is signed in, the token is good no more, or name and password do not fit."""
    if error.message == "auth.wrong":
        body = error_body("auth.wrong", gettext("Username or password is wrong."))
    else:
        body = error_body(
            "auth.needed", gettext("Sign in first; the token is missing, wrong or has run out.")
        )
    response = JsonResponse(body, status=401)
    response["WWW-Authenticate"] = 'Bearer realm="shanhe"'
    return response


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What the framework itself refuses: no JSON, no CSRF token, wrong kind of body."""
    code, message = {
        400: ("bad_request", gettext("This request could not be understood.")),
        403: ("forbidden", gettext("You may not do this.")),
    }.get(error.status_code, (f"http_{error.status_code}", str(error)))
    return JsonResponse(error_body(code, message), status=error.status_code)


@api.exception_handler(ValidationError)
def on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """422: every field that does not fit, with the reason."""
    fields = {_field(found): _finding(found) for found in error.errors}
    message = gettext("Some fields of the request cannot be used.")
    return JsonResponse(error_body("fields", message, fields), status=422)


@api.exception_handler(Http404)
def on_missing(request: HttpRequest, error: Http404) -> HttpResponse:
    """404, the same for what is not there and for what is not one's own."""
    return not_found(request, error)


def _field(found: dict[str, Any]) -> str:
    """``track.lon.3`` of ("body", "sent", "track", "lon", 3); the argument's own name is left out."""
    place = [str(part) for part in found["loc"]]
    inner = place[2:] if place[0] in ("body", "form") else place[1:]
    return ".".join(inner or place[-1:])


def _finding(found: dict[str, Any]) -> str:
    words = FINDINGS.get(found["type"])
    return gettext(words) if words else str(found["msg"])
