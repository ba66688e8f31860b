"""The typed JSON API: one router a noun, mounted here."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI

from shanhe import __version__
from shanhe.faces.http.refusals import refused_json
from shanhe.kernel.errors import Refusal

__all__ = ["api"]

api = NinjaAPI(title="Shanhe 山河", version=__version__, urls_namespace="api-v1", docs_url="/docs")


@api.exception_handler(Refusal)
def on_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A refusal becomes the one JSON error shape."""
    return refused_json(refusal)
