"""The office map and what is drawn on it."""

from __future__ import annotations

import hashlib
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.cache import get_conditional_response, patch_cache_control

from shanhe.faces.http.access import office_page, scope_of_request
from shanhe.faces.http.refusals import refused_json
from shanhe.ground import clock
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.grounds import Ground, ground_geojson, grown
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.queries import area_in, shape_on
from shanhe.ground.registry.window import Window
from shanhe.kernel.errors import Refusal

__all__ = ["urlpatterns"]

GROUND_KEPT_S = 3_600  # boundaries and rivers hardly change; the browser asks again after an hour
AROUND_SHARE, AROUND_LEAST_M = 1.0, 4_000.0  # one may drag a small map by its own size


@office_page
def map_ground(request: HttpRequest) -> HttpResponse:
    """Divisions and waters: of the scope, around one area seen (``around=CODE``), or of a window
    (``bbox=west,south,east,north``), as GeoJSON that the browser may keep.
    """
    try:
        window = _window(request)
    except Refusal as refusal:
        return refused_json(refusal)
    return _kept(request, ground_geojson(scope_of_request(request), Ground(window)))


def _window(request: HttpRequest) -> Window:
    if "around" in request.GET:
        return _around(scope_of_request(request), request.GET["around"], clock.today())
    return Window.from_text(request.GET.get("bbox", ""))


def _around(scope: Scope, code: str, day: date) -> Window:
    """The surroundings of an area; 404 when it is not seen or has no shape."""
    try:
        shape = shape_on(area_in(scope, code), day)
    except Area.DoesNotExist:
        raise Http404 from None
    if shape is None:
        raise Http404
    box = Window(shape.min_lon, shape.min_lat, shape.max_lon, shape.max_lat)
    return grown(box, AROUND_SHARE, AROUND_LEAST_M)


def _kept(request: HttpRequest, text: str) -> HttpResponse:
    """JSON that this browser may keep for an hour and then asks for by its digest."""
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    answer = HttpResponse(text, content_type="application/geo+json", headers={"ETag": etag})
    patch_cache_control(answer, private=True, max_age=GROUND_KEPT_S)
    return get_conditional_response(request, etag=etag, response=answer) or answer


urlpatterns: list[URLPattern] = [
    path("map/ground.json", map_ground, name="map-ground"),
]
