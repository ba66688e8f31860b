"""Checkpoints of an area and the stickers on them: set up, print, replace."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import segno
import shapely
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext

from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.ground import clock
from shanhe.ground.people.scope import Actor
from shanhe.ground.registry.drawn import drawn_from_text
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.offices import offices_of
from shanhe.ground.registry.queries import area_in, shape_on
from shanhe.ground.registry.services import checkpoints_add, sticker_replace, stickers_issue
from shanhe.ground.registry.services.rights import may_manage
from shanhe.ground.registry.stickers import Stuck, stickers_of
from shanhe.kernel.errors import Refusal, gettext_noop
from shanhe.kernel.stickers import sticker_told

__all__ = ["urlpatterns"]


@office_page
def stickers_page(request: HttpRequest, code: str) -> HttpResponse:
    """The area's checkpoints with their codes, for the office that manages it; printed, a sheet to cut up."""
    area = _managed(request, code)
    if request.method != "POST":
        return _shown(request, area)
    try:
        said = _done(request, area, actor_of(request))
    except Refusal as refusal:
        return _shown(request, area, refusal)
    messages.success(request, said)
    return redirect("stickers", area.code)


@office_page
def sticker_picture(request: HttpRequest, code: str, sticker: str) -> HttpResponse:
    """The QR code of one present sticker of the area, as SVG: it holds the address that the code opens."""
    area = _managed(request, code)
    known = {each.sticker.code for each in stickers_of(area) if each.sticker is not None}
    if sticker not in known:
        raise Http404
    picture = segno.make(_address(request, sticker), error="q", micro=False)
    drawn = BytesIO()
    picture.save(drawn, kind="svg", omitsize=True, border=2, light="#fff")
    answer = HttpResponse(drawn.getvalue(), content_type="image/svg+xml")
    answer["Cache-Control"] = "private, max-age=3600"
    return answer


def _address(request: HttpRequest, sticker: str) -> str:
    """What a sticker's QR code opens (interfaces.md: ``/s/CODE``)."""
    return request.build_absolute_uri(f"/s/{sticker}")


def _managed(request: HttpRequest, code: str) -> Area:
    try:
        area = area_in(scope_of_request(request), code)
    except Area.DoesNotExist:
        raise Http404 from None
    if not may_manage(actor_of(request), area):
        raise Http404
    return area


def _done(request: HttpRequest, area: Area, by: Actor) -> str:
    """Do what was pressed; gives what to say about it."""
    now = clock.now()
    wanted = request.POST.get("do", "")
    if wanted == "add":
        made = checkpoints_add(
            area=area,
            places=_points(_text(request.POST.get("points"))),
            name=_text(request.POST.get("name")),
            by=by,
            at=now,
        )
        return ngettext("%(n)d checkpoint was set up.", "%(n)d checkpoints were set up.", len(made)) % {
            "n": len(made)
        }
    if wanted == "issue":
        given = request.POST.get("facility", "")
        facilities = [int(given)] if given.isascii() and given.isdigit() and len(given) < 16 else []
        made = stickers_issue(area=area, facilities=facilities, by=by, at=now)
        return ngettext("%(n)d sticker was given.", "%(n)d stickers were given.", len(made)) % {
            "n": len(made)
        }
    if wanted == "replace":
        sticker_replace(area=area, code=_text(request.POST.get("sticker"))[:12], by=by, at=now)
        return gettext("The old code no longer counts. Print the new sticker and put it up.")
    raise Refusal("sticker.unknown_step", gettext_noop("This request could not be understood."), status=400)


def _text(value: str | None) -> str:
    return (value or "").replace("\x00", "")


def _points(text: str) -> list[tuple[float, float]]:
    if not text.strip():
        return []
    return [(float(lon), float(lat)) for lon, lat in shapely.get_coordinates(drawn_from_text(text))]


def _shown(request: HttpRequest, area: Area, refusal: Refusal | None = None) -> HttpResponse:
    rows = stickers_of(area)
    shape = shape_on(area, clock.today())
    context: dict[str, Any] = {
        "crumbs": [
            (gettext("Areas"), reverse("areas")),
            (area.name, reverse("area", args=[area.code])),
            (gettext("Checkpoints"), None),
        ],
        "area": area,
        "stuck": [_told(request, each) for each in rows if each.sticker is not None],
        "bare": [each.facility for each in rows if each.sticker is None],
        "bounds": _bounds(shape) if shape is not None else "",
        "points": request.POST.get("points", "") if refusal else "",
        "prefix": request.POST.get("name", "") if refusal else gettext("Checkpoint"),
        "refused": refusal.message.render(gettext) if refusal else "",
        "office": offices_of([area]).get(area.pk),
        "today": clock.today(),
    }
    status = refusal.status if refusal else 200
    answer = render(request, "office/stickers/page.html", context, status=status)
    answer["Cache-Control"] = "private, no-store"
    return answer


def _told(request: HttpRequest, each: Stuck) -> dict[str, Any]:
    assert each.sticker is not None  # noqa: S101  (chosen so)
    return {
        "facility": each.facility,
        "code": each.sticker.code,
        "told": sticker_told(each.sticker.code),
        "since": each.sticker.issued_at,
        "place": each.place,
        "address": _address(request, each.sticker.code).partition("://")[2],
    }


def _bounds(shape: Any) -> str:
    beside = 0.003
    box = (shape.min_lon - beside, shape.min_lat - beside, shape.max_lon + beside, shape.max_lat + beside)
    return ",".join(f"{degrees:.5f}" for degrees in box)


urlpatterns: list[URLPattern] = [
    path("areas/<str:code>/stickers/", stickers_page, name="stickers"),
    path("areas/<str:code>/stickers/<str:sticker>.svg", sticker_picture, name="sticker-picture"),
]
