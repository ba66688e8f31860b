"""Drawing an area that is not registered yet, mending one that is, and retiring it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import shapely
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.faces.http.forms import refusal_into
from shanhe.faces.http.templatetags.shanhe_tags import metres, percent
from shanhe.faces.office.area_facts import size_of
from shanhe.faces.office.area_forms import AreaForm, RetireForm, form_class, initial_of
from shanhe.faces.office.picking import form_of, pick_of
from shanhe.ground import clock
from shanhe.ground.divisions.models import Division
from shanhe.ground.divisions.queries import division_with
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.drawn import Stray, stray_of
from shanhe.ground.registry.geometry import HEIGHTS_LEFT_OUT, POINTS, POLYGONS
from shanhe.ground.registry.grounds import grown, window_of
from shanhe.ground.registry.maps import areas_geojson, waters_geojson
from shanhe.ground.registry.models import Area, Shape
from shanhe.ground.registry.places import roots_of, window_around
from shanhe.ground.registry.queries import area_in, shape_on
from shanhe.ground.registry.services import area_draw, area_mend, area_retire
from shanhe.ground.registry.services.rights import check_manages
from shanhe.ground.registry.window import Window
from shanhe.kernel.errors import Refusal

__all__ = ["urlpatterns"]

MOST_NEAR = 1_500  # neighbours to snap to
AROUND_SHARE, AROUND_LEAST_M = 0.5, 1_000.0
DECIMALS = 7  # as the drawing desk keeps them


@dataclass(frozen=True, slots=True)
class Sort:
    """What may be drawn: a kind of area with the tool for it."""

    code: str
    kind: str
    draw: str
    word: str | Promise
    icon: str


SORTS = {
    sort.code: sort
    for sort in (
        Sort("reach", Area.Kind.REACH, "line", _("Reach of a river"), "draw-line"),
        Sort("lake", Area.Kind.REACH, "polygon", _("Part of a lake"), "water"),
        Sort("forest", Area.Kind.FOREST_UNIT, "polygon", _("Forest unit"), "forest"),
        Sort("reach-points", Area.Kind.REACH, "points", _("Checkpoints at a water"), "draw-points"),
        Sort("forest-points", Area.Kind.FOREST_UNIT, "points", _("Checkpoints in a forest"), "place"),
    )
}


@office_page
def area_new(request: HttpRequest) -> HttpResponse:
    """Draw a new area; for offices that keep records."""
    scope = scope_of_request(request)
    if not scope.managed:
        raise Http404
    sort = SORTS.get(request.GET.get("sort", "reach"))
    if sort is None:
        raise Http404
    initial = {"division": _first_division(request, scope)}
    form = _form(request, form_class(sort.kind), scope=scope, initial=initial)
    if form.is_bound and form.is_valid():
        stray = _unconfirmed(form)
        if stray is None and (area := _drawn(request, form)) is not None:
            return redirect("area", area.code)
        return _page(request, form, sort, stray=stray)
    return _page(request, form, sort)


def _form(request: HttpRequest, form: type[AreaForm], **kwargs: Any) -> AreaForm:
    if request.method == "POST":
        kwargs["files"] = request.FILES
    return form_of(form, request, **kwargs)


def _first_division(request: HttpRequest, scope: Scope) -> str:
    """The division a link asks for, or the only one whose records the office keeps."""
    asked = request.GET.get("division", "")
    if asked and scope.managed.holds_code(asked):
        return asked
    roots = roots_of(scope.managed)
    return roots[0].code if len(roots) == 1 else ""


def _unconfirmed(form: AreaForm) -> Stray | None:
    """That the shape lies outside its division, unless the clerk has said that it is right so."""
    given = form.cleaned_data
    return None if given["confirmed"] else stray_of(shapely.force_2d(given["drawn"]), given["division"])


def _drawn(request: HttpRequest, form: AreaForm) -> Area | None:
    """Register what the form says; None when it was refused, and then the form says why."""
    try:
        area = area_draw(drawn=form.drawn(), by=actor_of(request), at=clock.now())
    except Refusal as refusal:
        refusal_into(form, refusal)
        return None
    size = size_of(area, shape_on(area, clock.today()))
    said = gettext("%(name)s is registered as %(code)s, %(size)s as measured.")
    messages.success(request, said % {"name": area.name, "code": area.code, "size": _plain(size)})
    _say_heights(request, form)
    return area


def _plain(size: Any) -> str:
    from django.utils.html import strip_tags

    return strip_tags(str(size))


def _say_heights(request: HttpRequest, form: AreaForm) -> None:
    if form.cleaned_data["drawn"].has_z:
        messages.info(request, gettext(HEIGHTS_LEFT_OUT))


@office_page
def area_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change facts and shape of an area; for the office that keeps its record."""
    area, shape = _managed(request, code)
    initial = initial_of(area) | _shape_initial(shape)
    form = _form(request, form_class(area.kind), scope=scope_of_request(request), area=area, initial=initial)
    if form.is_bound and form.is_valid():
        stray = _unconfirmed(form)
        if stray is None and _mended(request, area, form):
            return redirect("area", area.code)
        return _page(request, form, _sort_of(area, shape), area=area, shape=shape, stray=stray)
    return _page(request, form, _sort_of(area, shape), area=area, shape=shape)


def _managed(request: HttpRequest, code: str) -> tuple[Area, Shape | None]:
    """404 for an area that is not seen, a refusal for one that another office keeps."""
    try:
        area = area_in(scope_of_request(request), code)
    except Area.DoesNotExist:
        raise Http404 from None
    check_manages(actor_of(request), area)
    return area, shape_on(area, clock.today())


def _shape_initial(shape: Shape | None) -> dict[str, Any]:
    if shape is None:
        return {"is_sketch": True}
    geometry = shapely.transform(shapely.from_wkb(bytes(shape.wkb)), lambda degrees: degrees.round(DECIMALS))
    return {
        "geometry": shapely.to_geojson(geometry),
        "is_sketch": shape.is_sketch,
        "source": shape.source,
    }


def _sort_of(area: Area, shape: Shape | None) -> Sort:
    """The tool that fits what is there."""
    draw = "line" if area.kind == Area.Kind.REACH else "polygon"
    if shape is not None:
        draw = _tool(shape.geometry_type) or draw
    return next(sort for sort in SORTS.values() if (sort.kind, sort.draw) == (area.kind, draw))


def _tool(geometry_type: str) -> str:
    if geometry_type in POINTS:
        return "points"
    return "polygon" if geometry_type in POLYGONS else "line"


def _mended(request: HttpRequest, area: Area, form: AreaForm) -> bool:
    try:
        _area, shape = area_mend(area=area, drawn=form.drawn(), by=actor_of(request), at=clock.now())
    except Refusal as refusal:
        refusal_into(form, refusal)
        return False
    if shape is None:
        messages.success(request, gettext("The changes are kept."))
    else:
        said = gettext("The changes are kept; the new shape has %(size)s as measured.")
        messages.success(request, said % {"size": _plain(size_of(area, shape))})
        _say_heights(request, form)
    return True


def _page(
    request: HttpRequest,
    form: AreaForm,
    sort: Sort,
    *,
    area: Area | None = None,
    shape: Shape | None = None,
    stray: Stray | None = None,
    retire: RetireForm | None = None,
) -> HttpResponse:
    scope = scope_of_request(request)
    window = _window(scope, form, shape)
    around = grown(window, AROUND_SHARE, AROUND_LEAST_M)
    nearby = {"bbox": _box(around), "kind": sort.kind} | ({"without": area.code} if area else {})
    crumbs = [(gettext("Areas"), reverse("areas"))]
    if area is not None:
        crumbs.append((area.name, reverse("area", args=[area.code])))
    context = {
        "crumbs": [*crumbs, (gettext("Change") if area else gettext("Register an area"), None)],
        "area": area,
        "form": form,
        "sort": sort,
        "sorts": SORTS.values(),
        "division": pick_of(form, "division", "divisions", scope, request.POST),
        "stray": stray,
        "stray_words": _stray_words(stray),
        "retire": retire or RetireForm(initial={"on": clock.today()}),
        "bounds": _box(window),
        "nearby": f"{reverse('areas-nearby')}?{urlencode(nearby)}",
        "ground": f"{reverse('map-ground')}?{urlencode({'bbox': _box(around)})}",
    }
    status = 422 if (form.is_bound and (form.errors or stray)) or (retire and retire.errors) else 200
    return render(request, "office/areas/draw.html", context, status=status)


def _stray_words(stray: Stray | None) -> str:
    if stray is None:
        return ""
    if stray.share is not None:
        said = gettext("%(share)s of the shape lies outside %(place)s.")
        return said % {"share": percent(stray.share), "place": stray.place}
    said = gettext("The shape lies %(distance)s away from the seat of %(place)s.")
    return said % {"distance": metres(stray.distance_m), "place": stray.place}


def _window(scope: Scope, form: AreaForm, shape: Shape | None) -> Window:
    """What the map shows at first: what is drawn, else the division chosen, else all of one's ground."""
    drawn = _drawn_window(form)
    if drawn is not None:
        return drawn
    if shape is not None:
        return Window(shape.min_lon, shape.min_lat, shape.max_lon, shape.max_lat)
    division: Division | None = division_with(str(form["division"].value() or ""))
    if division is not None and (found := window_around(division)) is not None:
        return found
    return window_of(scope)


def _drawn_window(form: AreaForm) -> Window | None:
    geometry = form.cleaned_data.get("drawn") if form.is_bound and hasattr(form, "cleaned_data") else None
    if geometry is None or geometry.is_empty:
        return None
    west, south, east, north = geometry.bounds
    if not (-180 <= west < east <= 180 and -85 <= south < north <= 85):
        return None
    return Window(west, south, east, north)


def _box(window: Window) -> str:
    return f"{window.min_lon:.5f},{window.min_lat:.5f},{window.max_lon:.5f},{window.max_lat:.5f}"


@require_POST
@office_page
def area_retire_action(request: HttpRequest, code: str) -> HttpResponse:
    """End an area from a day on."""
    area, shape = _managed(request, code)
    retire = RetireForm(request.POST)
    if retire.is_valid():
        try:
            area_retire(area=area, by=actor_of(request), at=clock.now(), **retire.cleaned_data)
        except Refusal as refusal:
            refusal_into(retire, refusal)
        else:
            said = gettext("%(name)s is no longer valid from %(day)s on.")
            day = retire.cleaned_data["on"].isoformat()
            messages.success(request, said % {"name": area.name, "day": day})
            return redirect("area", area.code)
    scope = scope_of_request(request)
    form = form_class(area.kind)(scope=scope, area=area, initial=initial_of(area) | _shape_initial(shape))
    return _page(request, form, _sort_of(area, shape), area=area, shape=shape, retire=retire)


@office_page
def areas_nearby(request: HttpRequest) -> HttpResponse:
    """What lies in a window (``bbox``) to snap to: waters, areas of a ``kind`` ``without`` the one mended."""
    scope = scope_of_request(request)
    window = Window.from_text(request.GET.get("bbox", ""))
    areas = json.loads(areas_geojson(scope, window, MOST_NEAR))["features"]
    waters = json.loads(waters_geojson(scope, window, MOST_NEAR))["features"]
    for feature in waters:
        feature["properties"]["layer"] = "water"
    kind, without = request.GET.get("kind", ""), request.GET.get("without", "")
    near = (each for each in areas if each["properties"]["kind"] == kind)
    shown = [*waters, *(each for each in near if each["properties"]["code"] != without)]
    answer = JsonResponse(
        {"type": "FeatureCollection", "features": shown}, content_type="application/geo+json"
    )
    answer["Cache-Control"] = "private, no-cache"
    return answer


urlpatterns: list[URLPattern] = [
    path("areas/new/", area_new, name="area-new"),
    path("areas/nearby.json", areas_nearby, name="areas-nearby"),
    path("areas/<str:code>/edit/", area_edit, name="area-edit"),
    path("areas/<str:code>/retire/", area_retire_action, name="area-retire"),
]
