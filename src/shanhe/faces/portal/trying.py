"""Try a track of one's own against a drawn line; nothing is kept."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition, require_http_methods, require_safe

import shanhe
from shanhe.faces.http.rates import Rate
from shanhe.faces.http.refusals import refused_page
from shanhe.faces.http.uploads import content, in_memory
from shanhe.faces.portal.tried import EXAMPLES, FOLDER, MOST_TRACK_BYTES, TOLERANCES, Tried, example, tried
from shanhe.ground import clock
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["urlpatterns"]

RATE = Rate("try", most=40, within_s=600)
DAY_MS = 86_400_000
DRAWN = ("line", "polygon", "points")  # what one may draw
GROUND = Path(shanhe.__file__).parent / "data" / "boundaries" / "public_ground.geojson.gz"
TYPES = {"gpx": "application/gpx+xml", "geojson": "application/geo+json"}


# No CSRF check: it would read the whole upload, to disk, before it could be refused. Nothing is done in the
# caller's name here, so there is nothing to protect.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def try_page(request: HttpRequest) -> HttpResponse:
    """The page; and to a POST the verdict, as a fragment for htmx or within the page."""
    if request.method != "POST":
        return _page(request)
    try:
        RATE.count(request)
        in_memory(request, MOST_TRACK_BYTES)
        found = _judged(request)
    except Refusal as refusal:
        return _refused(request, refusal)
    if getattr(request, "htmx", False):
        return render(request, "portal/_tried.html", {"tried": found})
    return _page(request, answer_template="portal/_tried.html", tried=found)


def _judged(request: HttpRequest) -> Tried:
    latest_ms = int(clock.now().timestamp() * 1000) + DAY_MS
    tolerance_m = _tolerance_m(request.POST.get("tolerance", ""))
    wanted = request.POST.get("example", "")
    if wanted in EXAMPLES:
        track, area = example(wanted)
    else:
        file = request.FILES.get("track")
        track = (getattr(file, "name", None) or "track", content(file))
        area = request.POST.get("area", "").encode() or content(request.FILES.get("area_file"))
    return tried(track, area, tolerance_m=tolerance_m, latest_ms=latest_ms)


def _tolerance_m(text: str) -> float:
    """Metres; the default rules' when nothing is asked for."""
    least, most = TOLERANCES
    if not text.strip():
        return 50.0
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not least <= value <= most:
        raise Refusal(
            "tolerance.range",
            _("The tolerance must lie between %(least)d and %(most)d m."),
            fields={"tolerance": _("Is out of range.")},
            least=least,
            most=most,
        )
    return value


def _page(request: HttpRequest, status: int = 200, **answer: object) -> HttpResponse:
    asked = request.POST if request.method == "POST" and status != 413 else request.GET
    draw = asked.get("draw", "")
    context = {
        "draw": draw if draw in DRAWN else "line",
        "area": asked.get("area", "")[: 2 * MOST_TRACK_BYTES],
        "tolerance": asked.get("tolerance", "") or "50",
        "tolerances": TOLERANCES,
        "most_mb": MOST_TRACK_BYTES // 1_000_000,
        **answer,
    }
    return render(request, "portal/try.html", context, status=status)


def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """What to mend: for htmx alone; without scripts inside the page, where what was typed still stands."""
    if getattr(request, "htmx", False) or refusal.status in (413, 429):
        return refused_page(request, refusal)  # the body of those two was never read
    return _page(
        request,
        status=refusal.status,
        answer_template="shanhe/_refused.html",
        message=refusal.message.render(gettext),
        fields={name: reason.render(gettext) for name, reason in refusal.fields.items()},
    )


@require_safe
def example_file(request: HttpRequest, name: str) -> FileResponse:
    """A file of the worked examples, to look into or to send in oneself."""
    if name not in {file for files in EXAMPLES.values() for file in files}:
        raise Http404
    response = FileResponse((FOLDER / name).open("rb"), as_attachment=True, filename=name)
    response["Content-Type"] = TYPES[name.rsplit(".", 1)[-1]]
    return response


def _ground_tag(request: HttpRequest) -> str:
    return f'"{_ground()[0]}"'


@require_safe
@condition(etag_func=_ground_tag)
@cache_control(public=True, max_age=86_400)
def ground(request: HttpRequest) -> HttpResponse:
    """Provinces, names and waters for public maps: the same for everybody, compressed as it is shipped."""
    _tag, packed = _ground()
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response = HttpResponse(packed, content_type="application/geo+json")
        response["Content-Encoding"] = "gzip"
    else:
        response = HttpResponse(gzip.decompress(packed), content_type="application/geo+json")
    response["Vary"] = "Accept-Encoding"
    return response


@cache
def _ground() -> tuple[str, bytes]:
    packed = GROUND.read_bytes()
    return hashlib.sha256(packed).hexdigest()[:16], packed


urlpatterns: list[URLPattern] = [
    path("try/", try_page, name="try"),
    path("try/ground.json", ground, name="try-ground"),
    path("try/examples/<str:name>", example_file, name="try-example"),
]
