"""Waters: the list, the page of one with its reaches level by level, and what its map draws."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import shapely
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.faces.http.exporting import about_export, export_name
from shanhe.faces.http.filters import Filter, Filters, any_of, code_or_name
from shanhe.faces.http.paging import page_asked, page_of
from shanhe.faces.http.places import division_filter
from shanhe.faces.http.templatetags.shanhe_tags import bank_words, chainage_words, metres
from shanhe.faces.http.xlsx import Column, xlsx_response
from shanhe.ground import clock
from shanhe.ground.divisions.models import Level
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.models import WaterBody
from shanhe.ground.registry.queries import areas_of, matching, shapes_of
from shanhe.ground.registry.services.rights import may_manage
from shanhe.ground.registry.waterways import (
    Gap,
    LevelOnWater,
    ReachOnWater,
    Waterway,
    water_in,
    waters_listed,
    waterway,
)
from shanhe.kernel.geo.stretches import marks, stretch

__all__ = ["urlpatterns", "water_or_404"]

WIDTH = 1_000.0  # of a strip, in its own units
MARK_STEPS_M = (1_000.0, 5_000.0, 10_000.0, 50_000.0, 100_000.0)
MOST_MARKS = 40
DECIMALS = 6


def water_or_404(scope: Scope, code: str) -> WaterBody:
    """The water of that code if it is seen."""
    try:
        return water_in(scope, code)
    except WaterBody.DoesNotExist:
        raise Http404 from None


def _filters(scope: Scope, params: Mapping[str, str]) -> Filters:
    return Filters(
        Filter(
            "q",
            _("Name, code or pinyin"),
            code_or_name,
            lambda rows, words: rows.filter(matching(words, has_pinyin=False)),
        ),
        Filter(
            "kind",
            _("Kind"),
            any_of(WaterBody.Kind.choices),
            lambda rows, kinds: rows.filter(kind__in=kinds),
            "choices",
            lambda: WaterBody.Kind.choices,
        ),
        Filter(
            "level",
            _("Highest level"),
            any_of(Level.choices),
            lambda rows, levels: rows.filter(level__in=levels),
            "choices",
            lambda: Level.choices,
        ),
        division_filter(scope, params),
    )


@office_page
def water_list(request: HttpRequest) -> HttpResponse:
    """The waters seen, with how many reaches each has."""
    scope = scope_of_request(request)
    chosen = _filters(scope, request.GET).read(request.GET)
    after, size = page_asked(request.GET)
    rows = chosen.apply(waters_listed(scope, clock.today()))
    address, query = reverse("waters-xlsx"), chosen.query_string()
    context = {
        "crumbs": [(gettext("Areas"), reverse("areas")), (gettext("Waters"), None)],
        "chosen": chosen,
        "page": page_of(rows, order=("code",), after=after, size=size),
        "columns": [
            (_("Water"), ""),
            (_("Kind"), ""),
            (_("Highest level"), ""),
            (_("Division"), ""),
            (_("Reaches"), "number"),
        ],
        "export": f"{address}?{query}" if query else address,
    }
    return render(request, "office/waters/list.html", context)


COLUMNS: list[Column[Any]] = [
    Column(_("Code"), lambda water: water.code, 18),
    Column(_("Name"), lambda water: water.name, 24),
    Column(_("Kind"), lambda water: water.get_kind_display(), 10),
    Column(_("Highest level"), lambda water: water.get_level_display(), 12),
    Column(_("Division code"), lambda water: water.division_id, 15),
    Column(_("Division"), lambda water: water.division.name, 18),
    Column(_("Reaches"), lambda water: water.reaches_n, 10),
]


@office_page
def water_workbook(request: HttpRequest) -> FileResponse:
    """The list as a workbook, with the same filters."""
    scope = scope_of_request(request)
    chosen = _filters(scope, request.GET).read(request.GET)
    rows = chosen.apply(waters_listed(scope, clock.today())).order_by("code")
    about = about_export(request, chosen)
    return xlsx_response(
        COLUMNS, rows.iterator(chunk_size=500), name=export_name(gettext("Waters")), about=about
    )


# -- one water -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Piece:
    """A reach, a gap or an overlap in a strip: where it begins and how wide it is, in the strip's units."""

    kind: str  # reach, gap, overlap
    at: float
    width: float
    words: str
    row: int  # 0: both banks or the left one; 1: the right one


@dataclass(frozen=True, slots=True)
class LevelShown:
    """A level with its strip."""

    level: LevelOnWater
    pieces: list[Piece]
    loose: list[ReachOnWater]  # those of which nobody knows where they lie


@office_page
def water_show(request: HttpRequest, code: str) -> HttpResponse:
    """A water from its source to its mouth: the reaches of each level, gaps and overlaps among them."""
    scope, today = scope_of_request(request), clock.today()
    water = water_or_404(scope, code)
    way = waterway(water, today)
    on_it = [reach.area.pk for level in way.levels for reach in level.reaches]
    context = {
        "crumbs": [
            (gettext("Areas"), reverse("areas")),
            (gettext("Waters"), reverse("waters")),
            (water.name, None),
        ],
        "water": water,
        "way": way,
        "levels": [_shown(level, way) for level in way.levels],
        "seen": set(areas_of(scope).filter(pk__in=on_it).values_list("pk", flat=True)),
        "facts": _facts(way),
        "may_cut": bool(scope.managed) and way.line is not None,
        "may_manage": may_manage(actor_of(request), water),
    }
    return render(request, "office/waters/page.html", context)


def _facts(way: Waterway) -> list[tuple[Any, Any]]:
    water = way.water
    return [
        (_("Code"), format_html('<span class="sh-code">{}</span>', water.code)),
        (_("Kind"), water.get_kind_display()),
        (_("Highest level"), water.get_level_display()),
        (_("Division"), water.division.name),
        (_("Length"), metres(way.length_m) if way.line else ""),
        (_("Source of the line"), way.line.source if way.line else ""),
    ]


def _shown(level: LevelOnWater, way: Waterway) -> LevelShown:
    placed = [one for one in level.reaches if one.stretch]
    length = max([way.length_m, *(one.stretch.to_m for one in placed if one.stretch)], default=0.0)
    pieces = [_piece("reach", one.stretch, one.bank, one.area.name, length) for one in placed if one.stretch]
    pieces += [_piece("gap", gap.stretch, gap.bank, gettext("No reach"), length) for gap in level.gaps]
    pieces += [
        _piece("overlap", one.stretch, one.bank, f"{one.one.area.name} · {one.other.area.name}", length)
        for one in level.overlaps
    ]
    return LevelShown(level, pieces, [one for one in level.reaches if one.stretch is None])


def _piece(kind: str, of: Any, bank: str, name: str, length_m: float) -> Piece:
    scale = WIDTH / length_m if length_m else 0.0
    words = f"{name} {chainage_words(of.from_m)}–{chainage_words(of.to_m)} {bank_words(bank)}"
    return Piece(
        kind,
        round(of.from_m * scale, 2),
        round(max(of.length_m * scale, 1.0), 2),
        words,
        int(bank == "right"),
    )


@office_page
def water_shape(request: HttpRequest, code: str) -> HttpResponse:
    """What the water's map draws: line and marks, the reaches of one ``level`` and the gaps among them."""
    scope = scope_of_request(request)
    way = waterway(water_or_404(scope, code), clock.today())
    wanted = request.GET.get("level", "")
    levels = [one for one in way.levels if one.level == wanted] or way.levels[-1:]
    features = list(_features(way, levels[0] if levels else None))
    answer = JsonResponse(
        {"type": "FeatureCollection", "features": features}, content_type="application/geo+json"
    )
    answer["Cache-Control"] = "private, no-cache"
    return answer


def _features(way: Waterway, level: LevelOnWater | None) -> Iterator[dict[str, Any]]:
    if way.line is not None:
        told = {"layer": "water", "name": way.water.name, "sketch": way.line.is_sketch}
        yield _feature(shapely.LineString(way.line.line), told)
    if level is not None:
        yield from _reaches(level)
        yield from (_gap(way, gap) for gap in level.gaps if way.line is not None)
    if way.line is not None:
        step = next((one for one in MARK_STEPS_M if way.length_m / one <= MOST_MARKS), MARK_STEPS_M[-1])
        for at_m, lon, lat in marks(way.line.line, step):
            words = {
                "layer": "facility",
                "mark": True,
                "name": chainage_words(at_m),
                "code": chainage_words(at_m),
            }
            yield _feature(shapely.Point(lon, lat), words)


def _reaches(level: LevelOnWater) -> Iterator[dict[str, Any]]:
    shapes = shapes_of([one.area.pk for one in level.reaches])
    for one in level.reaches:
        shape = shapes.get(one.area.pk)
        if shape is not None:
            told = {
                "layer": "area",
                "code": one.area.code,
                "name": one.area.name,
                "sketch": shape.is_sketch,
                "url": reverse("area", args=[one.area.code]),
                "note": level.level_name,
            }
            yield _feature(shapely.from_wkb(bytes(shape.wkb)), told)


def _gap(way: Waterway, gap: Gap) -> dict[str, Any]:
    assert way.line is not None  # noqa: S101  there are no gaps without a line
    words = f"{chainage_words(gap.stretch.from_m)}–{chainage_words(gap.stretch.to_m)} {bank_words(gap.bank)}"
    told = {"layer": "area", "code": words, "name": gettext("No reach"), "state": "vacant", "note": words}
    return _feature(shapely.LineString(stretch(way.line.line, gap.stretch.from_m, gap.stretch.to_m)), told)


def _feature(geometry: Any, told: dict[str, Any]) -> dict[str, Any]:
    rounded = shapely.transform(geometry, lambda degrees: degrees.round(DECIMALS))
    return {"type": "Feature", "geometry": json.loads(shapely.to_geojson(rounded)), "properties": told}


urlpatterns: list[URLPattern] = [
    path("waters/", water_list, name="waters"),
    path("waters/export.xlsx", water_workbook, name="waters-xlsx"),
    path("waters/<str:code>/", water_show, name="water"),
    path("waters/<str:code>/shape.json", water_shape, name="water-shape"),
]
