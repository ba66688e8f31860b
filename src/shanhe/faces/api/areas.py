"""Areas for phones, scripts and partners: lists, one area, who answers for it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import shapely
from django.http import HttpRequest
from ninja import Field, Router, Schema

from shanhe.faces.api.auth import auth
from shanhe.faces.http.access import scope_of_request
from shanhe.faces.http.areas import AREA_FILTERS, AREA_ORDER, areas_listed, day_chosen
from shanhe.faces.http.filters import Filter, Filters, day
from shanhe.faces.http.paging import page_asked, page_json, page_of
from shanhe.ground import clock
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.models import Area, Shape
from shanhe.ground.registry.queries import AreaPage, area_in, area_page, shapes_of
from shanhe.ground.registry.responsibility import Answerable, chain_of
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["router"]

router = Router(tags=["areas"], auth=auth)


class PlaceOut(Schema):
    """A division or another named thing, by code."""

    code: str
    name: str


class AreaOut(Schema):
    """What somebody answers for."""

    code: str
    name: str
    kind: str = Field(description="reach or forest-unit")
    level: str
    division: PlaceOut
    geometry: dict[str, Any] | None = Field(description="GeoJSON, degrees, CGCS2000")
    length_m: float | None = Field(description="Geodesic; of a polygon its boundary.")
    area_m2: float | None = Field(description="Geodesic; 0 for lines and points.")
    half_width_m: float
    is_sketch: bool = Field(description="Drawn for orientation, not surveyed.")
    distance_m: float | None = Field(None, description="From the place asked for with near.")


class Areas(Schema):
    """A page of areas."""

    items: list[AreaOut]
    next: str | None


class AnswerableOut(Schema):
    """One link of the chain: a post, who holds it, and the office's telephone.

    ``stands_in_for``: the holder on leave, of whoever stands in for them; ``away_until``: the first day back
    of a holder on leave.
    """

    level: str
    post: str
    kind: str
    system: str
    is_keeper: bool
    person: str
    organization: str
    office_phone: str
    since: date
    until: date | None
    stands_in_for: str = ""
    away_until: date | None = None


class Chain(Schema):
    """Who answers for an area on a day, from the top down."""

    area: str
    day: date
    items: list[AnswerableOut]


class AreaPageOut(AreaOut):
    """One area with what belongs to it."""

    water: PlaceOut | None
    bank: str | None
    from_m: float | None
    to_m: float | None
    start_name: str | None
    end_name: str | None
    unit_kind: str | None
    category: str | None
    species: str | None
    since: date | None
    until: date | None
    above: list[PlaceOut]
    nested: list[PlaceOut]
    chain: list[AnswerableOut]


CHAIN_FILTERS = Filters(Filter("day", "day", day, lambda rows, _on: rows, "date"))


def _parameters(filters: Filters, *more: str) -> dict[str, Any]:
    names = [*(each.name for each in filters.filters), *more]
    return {
        "parameters": [
            {"name": name, "in": "query", "required": False, "schema": {"type": "string"}} for name in names
        ]
    }


@router.get("", response=Areas, openapi_extra=_parameters(AREA_FILTERS, "after", "limit"), summary="Areas")
def listed(request: HttpRequest) -> dict[str, Any]:
    """Those the caller sees, by code: ``mine=1`` those of the caller's own appointments, ``near=lon,lat``
    with ``within`` metres, ``division``, ``kind``, ``level``, ``water``, ``q`` (name, code, pinyin or its
    initials), ``vacant=1`` without a keeper, on a ``day``.
    """
    scope = scope_of_request(request)
    chosen = AREA_FILTERS.read_strictly(request.GET)
    after, size = page_asked(request.GET)
    rows, metres = areas_listed(scope, chosen)
    page = page_of(rows, order=AREA_ORDER, after=after, size=size)
    shapes = shapes_of([area.pk for area in page.items], day_chosen(chosen))
    return page_json(request, page, lambda area: _area(area, shapes.get(area.pk), metres.get(area.pk)))


@router.get("/{code}", response=AreaPageOut, openapi_extra=_parameters(CHAIN_FILTERS), summary="One area")
def one(request: HttpRequest, code: str) -> dict[str, Any]:
    """With its chain and nesting on a ``day`` (today); 404 also for an area the caller does not see."""
    on = _day(request)
    try:
        page = area_page(scope_of_request(request), code, on)
    except Area.DoesNotExist:
        raise _nothing() from None
    return _page(page)


@router.get("/{code}/chain", response=Chain, openapi_extra=_parameters(CHAIN_FILTERS), summary="Who answers")
def chain(request: HttpRequest, code: str) -> dict[str, Any]:
    """Who answers for an area on a ``day`` (today), from the top level down and by rank."""
    on = _day(request)
    area = _area_seen(scope_of_request(request), code)
    return {"area": area.code, "day": on, "items": [_answerable(one) for one in chain_of(area, on)]}


def _day(request: HttpRequest) -> date:
    found: date = CHAIN_FILTERS.read_strictly(request.GET).values.get("day") or clock.today()
    return found


def _area_seen(scope: Scope, code: str) -> Area:
    try:
        return area_in(scope, code)
    except Area.DoesNotExist:
        raise _nothing() from None


def _nothing() -> Refusal:
    return Refusal("not_found", _("There is nothing here, or it is not yours to see."), status=404)


def _area(area: Area, shape: Shape | None, distance_m: float | None = None) -> dict[str, Any]:
    return {
        "code": area.code,
        "name": area.name,
        "kind": area.kind,
        "level": area.level,
        "division": {"code": area.division_id, "name": area.division.name},
        "geometry": json.loads(shapely.to_geojson(shapely.from_wkb(bytes(shape.wkb)))) if shape else None,
        "length_m": round(shape.length_m, 2) if shape else None,
        "area_m2": round(shape.area_m2, 2) if shape else None,
        "half_width_m": area.half_width_m,
        "is_sketch": bool(shape and shape.is_sketch),
        "distance_m": None if distance_m is None else round(distance_m, 1),
    }


def _page(page: AreaPage) -> dict[str, Any]:
    area = page.area
    reach = area.reach if area.kind == Area.Kind.REACH else None
    unit = None if reach else area.forest_unit
    return {
        **_area(area, page.shape),
        "water": {"code": reach.water.code, "name": reach.water.name} if reach else None,
        **{name: getattr(reach, name, None) for name in ("bank", "from_m", "to_m", "start_name", "end_name")},
        "unit_kind": unit.kind if unit else None,
        **{name: getattr(unit, name, None) for name in ("category", "species")},
        "since": area.since,
        "until": area.until,
        "above": [{"code": one.code, "name": one.name} for one in page.above],
        "nested": [{"code": one.code, "name": one.name} for one in page.nested],
        "chain": [_answerable(one) for one in page.chain],
    }


def _answerable(one: Answerable) -> dict[str, Any]:
    return {
        "level": one.level,
        "post": one.post_name,
        "kind": one.kind,
        "system": one.system,
        "is_keeper": one.is_keeper,
        "person": one.person_name,
        "organization": one.organization_name,
        "office_phone": one.office_phone,
        "since": one.since,
        "until": one.until,
        "stands_in_for": one.stands_in_for,
        "away_until": one.away_until,
    }
