"""The office map and what is drawn on it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.access import office_page, scope_of_request
from shanhe.faces.http.filters import Chosen, Filter, Filters, any_of, code_or_name
from shanhe.faces.http.places import division_filter
from shanhe.faces.http.refusals import refused_json
from shanhe.faces.http.templatetags.shanhe_tags import AREA_STATES
from shanhe.faces.office.area_looks import (
    AreaShown,
    areas_looking,
    areas_shown,
    by_level,
    codes_by_look,
    due_words,
    most_urgent_first,
)
from shanhe.ground import clock
from shanhe.ground.divisions.models import Level
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.grounds import Ground, ground_geojson, grown, window_of
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.queries import area_in, areas_matching, areas_of, shape_on, shapes_of, valid_on
from shanhe.ground.registry.responsibility import responsibility_on
from shanhe.ground.registry.tiles import tiles_version
from shanhe.ground.registry.window import Window, candidates
from shanhe.kernel.errors import Refusal

__all__ = ["urlpatterns"]

MOST_IN_LIST = 200  # rows beside the map
GROUND_KEPT_S = 3_600  # boundaries and rivers hardly change; the browser asks again after an hour
AROUND_SHARE, AROUND_LEAST_M = 1.0, 4_000.0  # one may drag a small map by its own size
SCOPE_SHARE, SCOPE_LEAST_M = 0.9, 3_000.0
KEEPERS_NAMED = 2
LINE_TOLERANCE, POINT_DECIMALS = 2e-5, 5  # degrees: two metres, one metre

LOOKS_SHOWN = ("overdue", "vacant", "at_risk", "met", "excused")


def _look_choices() -> list[tuple[str, Any]]:
    return [(code, AREA_STATES[code].word) for code in LOOKS_SHOWN]


def _filters(scope: Scope, request: HttpRequest) -> Filters:
    """By name first: typing a name is how one finds a place on a map."""
    looks = [(code, "") for code in LOOKS_SHOWN]
    return Filters(
        Filter("q", _("Name, code or pinyin"), code_or_name, areas_matching),
        Filter("state", _("State"), any_of(looks), _by_look, "choices", _look_choices),
        Filter("kind", _("Kind"), any_of(Area.Kind.choices), _by_kind, "choice", lambda: Area.Kind.choices),
        Filter("level", _("Level"), any_of(Level.choices), _by_level, "choice", lambda: Level.choices),
        division_filter(scope, request.GET),
    )


def _by_look(rows: Any, looks: list[str]) -> Any:
    return areas_looking(rows, looks, clock.today())


def _by_kind(rows: Any, kinds: list[str]) -> Any:
    return rows.filter(kind__in=kinds)


def _by_level(rows: Any, levels: list[str]) -> Any:
    return rows.filter(level__in=levels)


@dataclass(frozen=True, slots=True)
class OnMap:
    """The areas that map and list show, and whether there were more: ``total`` counts those, too."""

    areas: list[AreaShown]
    is_cut: bool
    total: int


def _on_map(scope: Scope, chosen: Chosen, day: date, request: HttpRequest | None = None) -> OnMap:
    """The same for the map and for the list that says the same."""
    rows = chosen.apply(areas_of(scope).filter(valid_on(day))).order_by(by_level(), "code")
    if request is not None:
        rows = _of_view(rows, request)
    most = settings.MAP_MOST
    found = areas_shown(rows, day, most + 1)
    is_cut = len(found) > most
    return OnMap(found[:most], is_cut, rows.count() if is_cut else len(found))


@office_page
def map_page(request: HttpRequest) -> HttpResponse:
    """The map of all areas seen, with a list beside it that says the same."""
    scope, day = scope_of_request(request), clock.today()
    chosen = _filters(scope, request).read(request.GET)
    on_map = _on_map(scope, chosen, day)
    listed = most_urgent_first(on_map.areas)
    context = {
        "chosen": chosen,
        "source": _address("map-areas", chosen),
        "tiled": _tiled(scope, chosen) if on_map.is_cut else None,
        "areas": [(area, due_words(area.days_left(day))) for area in listed[:MOST_IN_LIST]],
        "total": on_map.total,
        "not_listed": max(0, on_map.total - MOST_IN_LIST),
        "is_cut": on_map.is_cut,
        "show": request.GET.get("show", ""),
        "ground": reverse("map-ground"),
        "areas_url": reverse("areas"),
    }
    return render(request, "office/map/map.html", context)


def _address(name: str, chosen: Chosen) -> str:
    query = chosen.query_string()
    return f"{reverse(name)}?{query}" if query else reverse(name)


def _tiled(scope: Scope, chosen: Chosen) -> dict[str, str]:
    """More than one GeoJSON should hold: the lines come as public tiles, their states beside them."""
    at = {"layer": "areas", "z": 0, "x": 0, "y": 0}
    box = window_of(scope)
    return {
        "tiles": reverse("tile", kwargs=at).replace("0/0/0", "{z}/{x}/{y}") + f"?v={tiles_version()}",
        "states": _address("map-states", chosen),
        "bounds": f"{box.min_lon},{box.min_lat},{box.max_lon},{box.max_lat}",
    }


@office_page
def map_states(request: HttpRequest) -> HttpResponse:
    """How all areas seen stand, by look: their codes, for the lines that tiles bring. Three queries."""
    scope, day = scope_of_request(request), clock.today()
    try:
        chosen = _filters(scope, request).read(request.GET)
    except Refusal as refusal:
        return refused_json(refusal)
    rows = chosen.apply(areas_of(scope).filter(valid_on(day)))
    return _not_kept({"as_of": _now_words(), "states": codes_by_look(rows, day)}, "application/json")


def _now_words() -> str:
    return timezone.localtime(clock.now()).strftime("%Y-%m-%d %H:%M")


def _not_kept(told: Any, kind: str) -> HttpResponse:
    text = told if isinstance(told, str) else json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    answer = HttpResponse(text, content_type=kind)
    patch_cache_control(answer, private=True, no_store=True)
    return answer


def _of_view(rows: Any, request: HttpRequest) -> Any:
    """The areas asked for: one by its code, those whose box meets a window, or all."""
    if code := request.GET.get("code", ""):
        return rows.filter(code=code.replace("\x00", ""))
    if "bbox" in request.GET:
        met = candidates(Window.from_text(request.GET["bbox"])).filter(area__isnull=False)
        return rows.filter(pk__in=met.values("area_id"))
    return rows


@office_page
def map_areas(request: HttpRequest) -> HttpResponse:
    """The areas seen as GeoJSON in the map's contract: state, keeper, last visit. Never kept by anybody.

    ``bbox=west,south,east,north``: those of a window; ``code=CODE``: that one.
    """
    scope, day = scope_of_request(request), clock.today()
    try:
        chosen = _filters(scope, request).read(request.GET)
        on_map = _on_map(scope, chosen, day, request)
    except Refusal as refusal:
        return refused_json(refusal)
    pks = [area.pk for area in on_map.areas]
    features = _features(on_map.areas, _drawn(pks, day), _keepers(scope, on_map.areas, day))
    head = {
        "type": "FeatureCollection",
        "as_of": _now_words(),
        "truncated": on_map.is_cut,
    }
    text = f'{json.dumps(head)[:-1]},"features":[{",".join(features)}]}}'
    return _not_kept(text, "application/geo+json")


def _drawn(pks: Sequence[int], day: date) -> dict[int, tuple[str, bool]]:
    """Area → its shape on the day as GeoJSON, fine enough for every zoom, and whether it is a sketch."""
    shapes = shapes_of(pks, day)
    geometries = shapely.from_wkb([bytes(shape.wkb) for shape in shapes.values()])
    simpler = shapely.simplify(geometries, LINE_TOLERANCE)
    rounded = shapely.transform(simpler, lambda degrees: np.round(degrees, POINT_DECIMALS))
    return {
        pk: (text, shape.is_sketch)
        for (pk, shape), text in zip(shapes.items(), shapely.to_geojson(rounded), strict=True)
    }


def _keepers(scope: Scope, areas: Sequence[AreaShown], day: date) -> dict[int, str]:
    """Area → the names of its keepers, those of its own level as for areas without one; two are enough."""
    levels = {area.pk: area.level for area in areas}
    names: dict[int, dict[str, None]] = {}
    for each in responsibility_on(scope, day, levels):
        if each.is_keeper and each.level == levels[each.area_id]:
            names.setdefault(each.area_id, {})[each.shown_name] = None
    return {pk: gettext(", ").join(list(found)[:KEEPERS_NAMED]) for pk, found in names.items()}


def _features(
    areas: Sequence[AreaShown], drawn: dict[int, tuple[str, bool]], keepers: dict[int, str]
) -> Iterator[str]:
    for area in areas:
        if area.pk in drawn:
            geometry, is_sketch = drawn[area.pk]
            about = {
                "layer": "area",
                "code": area.code,
                "name": area.name,
                "state": area.state,
                "sketch": is_sketch,
                "url": area.url,
                "note": _note(area, keepers.get(area.pk, "")),
            }
            told = json.dumps(about, ensure_ascii=False, separators=(",", ":"))
            yield f'{{"type":"Feature","geometry":{geometry},"properties":{told}}}'


def _note(area: AreaShown, keeper: str) -> str:
    """The second line of the popup: place, keeper, last visit."""
    words = [area.division_name]
    if keeper:
        words.append(gettext("kept by %(names)s") % {"names": keeper})
    if area.counted_on:
        words.append(gettext("last visit on %(day)s") % {"day": area.counted_on.isoformat()})
    else:
        words.append(gettext("not visited yet"))
    return " · ".join(words)


@office_page
def map_ground(request: HttpRequest) -> HttpResponse:
    """Divisions and waters as GeoJSON that the browser may keep: of the scope, around one area seen
    (``around=CODE``), or of a window (``bbox=west,south,east,north``).
    """
    try:
        window = _window(request)
    except Refusal as refusal:
        return refused_json(refusal)
    return _kept(
        request, ground_geojson(scope_of_request(request), Ground(window), more=reverse("map-ground"))
    )


def _window(request: HttpRequest) -> Window:
    scope = scope_of_request(request)
    if "around" in request.GET:
        return _around(scope, request.GET["around"], clock.today())
    if "bbox" in request.GET:
        return Window.from_text(request.GET["bbox"])
    return grown(window_of(scope), SCOPE_SHARE, SCOPE_LEAST_M)


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
    path("map/", map_page, name="map"),
    path("map/areas.json", map_areas, name="map-areas"),
    path("map/states.json", map_states, name="map-states"),
    path("map/ground.json", map_ground, name="map-ground"),
]
