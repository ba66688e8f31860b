"""Vector tiles for maps of ours and of others: /tiles/LAYER/{z}/{x}/{y}.mvt. Public attributes only."""

from __future__ import annotations

import gzip

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from shanhe.ground import clock
from shanhe.ground.registry.tile_store import tile_keep, tile_kept
from shanhe.ground.registry.tiles import LAYERS, MOST_ZOOM, tile_bytes, tiles_version
from shanhe.kernel.geo.tiles import Tile

__all__ = ["urlpatterns"]

KIND = "application/vnd.mapbox-vector-tile"
FRESH_S, VERSIONED_S = 60, 3_600  # an address that names the version changes with it


@csrf_exempt
@require_safe
def tile_answer(request: HttpRequest, layer: str, z: int, x: int, y: int) -> HttpResponse:
    """One tile of a layer; 204 when nothing lies in it, 404 for a layer or a tile that does not exist."""
    if layer not in LAYERS or z > MOST_ZOOM:
        raise Http404
    try:
        tile = Tile(z, x, y)
    except ValueError:
        raise Http404 from None
    version = tiles_version()
    etag = f'W/"{version}-{clock.today():%j}"'
    answer = get_conditional_response(request, etag=etag) or _made(request, layer, tile, version)
    answer["ETag"] = etag
    patch_cache_control(
        answer, public=True, max_age=VERSIONED_S if request.GET.get("v") == version else FRESH_S
    )
    patch_vary_headers(answer, ["Accept-Encoding"])
    answer["Access-Control-Allow-Origin"] = "*"  # public data, for anybody's map
    return answer


def _made(request: HttpRequest, layer: str, tile: Tile, version: str) -> HttpResponse:
    packed = tile_kept(layer, tile, version, clock.now())
    if packed is None:
        packed = tile_keep(layer, tile, version, tile_bytes(layer, tile, clock.today()), clock.now())
    content = gzip.decompress(packed)
    if not content:
        return HttpResponse(status=204)
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return HttpResponse(content, content_type=KIND)
    return HttpResponse(packed, content_type=KIND, headers={"Content-Encoding": "gzip"})


urlpatterns: list[URLPattern] = [
    path("tiles/<str:layer>/<int:z>/<int:x>/<int:y>.mvt", tile_answer, name="tile"),
]
