"""What the map of an area draws: itself, what lies in it and above it, its facilities."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import shapely
from django.urls import reverse
from django.utils import timezone

from shanhe.evidence.patrols.queries import area_states
from shanhe.faces.office.area_facts import look_of
from shanhe.ground import clock
from shanhe.ground.people.scope import Ground, Scope
from shanhe.ground.registry.grounds import grown
from shanhe.ground.registry.models import Area, Shape
from shanhe.ground.registry.queries import AreaPage, facility_shapes, shapes_of
from shanhe.ground.registry.responsibility import responsibility_on
from shanhe.ground.registry.window import Window

__all__ = ["area_features", "areas_features"]

DECIMALS = 6  # 0.1 m
AROUND_SHARE, AROUND_LEAST_M = 0.5, 1_000.0  # how far beyond the area those above it are drawn
Feature = dict[str, Any]


def area_features(scope: Scope, page: AreaPage, on: date) -> dict[str, Any]:
    """A FeatureCollection in the map's contract (docs/design/look.md); the areas above are drawn as waters
    are, cut to the surroundings. Six queries, whatever their number.
    """
    shown = [page.area, *page.nested]
    shapes = shapes_of([area.pk for area in (*shown, *page.above)], on)
    looks = _looks(scope, shown, on)
    features = [
        *_above(page, shapes),
        *(_area(area, shapes[area.pk], looks[area.pk]) for area in shown if area.pk in shapes),
        *_facilities(page),
    ]
    now = timezone.localtime(clock.now())
    return {"type": "FeatureCollection", "as_of": f"{now:%Y-%m-%d %H:%M}", "features": features}


def areas_features(areas: list[Area], shapes: dict[int, Shape], on: date) -> dict[str, Any]:
    """The same of several areas, without what lies around them: for who may see them, whoever that is.

    Two queries, whatever their number.
    """
    everything = Scope(seen=Ground(everything=True))
    looks = _looks(everything, areas, on)
    features = [_area(area, shapes[area.pk], looks[area.pk]) for area in areas if area.pk in shapes]
    now = timezone.localtime(clock.now())
    return {"type": "FeatureCollection", "as_of": f"{now:%Y-%m-%d %H:%M}", "features": features}


def _looks(scope: Scope, areas: list[Area], on: date) -> dict[int, str]:
    ids = [area.pk for area in areas]
    states = area_states(scope, ids, clock.today())
    kept = {(one.area_id, one.level) for one in responsibility_on(scope, on, ids) if one.is_keeper}
    return {
        area.pk: look_of(states.get(area.pk), is_vacant=(area.pk, area.level) not in kept) for area in areas
    }


def _area(area: Area, shape: Shape, look: str) -> Feature:
    told = {
        "layer": "area",
        "code": area.code,
        "name": area.name,
        "state": look,
        "sketch": shape.is_sketch,
        "url": reverse("area", args=[area.code]),
        "note": str(area.get_level_display()),
    }
    return _feature(shapely.from_wkb(bytes(shape.wkb)), told)


def _above(page: AreaPage, shapes: dict[int, Shape]) -> Iterator[Feature]:
    """The reaches or units it lies in, as quiet as waters, for they may be a hundred times as long."""
    own = shapes.get(page.area.pk)
    if own is None:
        return
    window = grown(Window(own.min_lon, own.min_lat, own.max_lon, own.max_lat), AROUND_SHARE, AROUND_LEAST_M)
    box = (window.min_lon, window.min_lat, window.max_lon, window.max_lat)
    for area in reversed(page.above):
        if area.pk in shapes:
            cut = shapely.clip_by_rect(shapely.from_wkb(bytes(shapes[area.pk].wkb)), *box)
            if not shapely.is_empty(cut):
                yield _feature(cut, {"layer": "water", "sketch": shapes[area.pk].is_sketch})


def _facilities(page: AreaPage) -> Iterator[Feature]:
    shapes = facility_shapes([facility.pk for facility in page.facilities])
    for facility in page.facilities:
        shape = shapes.get(facility.pk)
        if shape is not None:
            told = {
                "layer": "facility",
                "code": facility.code,
                "name": facility.name,
                "note": str(facility.get_kind_display()),
            }
            yield _feature(shapely.from_wkb(bytes(shape.wkb)), told)


def _feature(geometry: Any, told: dict[str, Any]) -> Feature:
    rounded = shapely.transform(geometry, lambda degrees: degrees.round(DECIMALS))
    return {"type": "Feature", "geometry": json.loads(shapely.to_geojson(rounded)), "properties": told}
