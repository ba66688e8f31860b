"""Areas without a keeper 责任空白, for scripts and partners."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from shanhe.faces.api.auth import auth
from shanhe.faces.http.access import scope_of_request
from shanhe.faces.http.areas import AREA_ORDER, areas_listed, day_chosen
from shanhe.faces.http.gaps import GAP_FILTERS
from shanhe.faces.http.paging import page_asked, page_json, page_of
from shanhe.ground.registry.responsibility import Gap, gaps_on, without_keeper

__all__ = ["router"]

router = Router(tags=["areas"], auth=auth)


class GapOut(Schema):
    """An area nobody of its own level keeps."""

    code: str
    name: str
    kind: str
    level: str
    division: str
    division_name: str
    vacant_since: date | None = Field(description="When the last keeper left; null: it never had one.")


class Gaps(Schema):
    """A page of gaps."""

    day: date
    items: list[GapOut]
    next: str | None


QUERY = {
    "parameters": [
        {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
        for name in (*(each.name for each in GAP_FILTERS.filters), "after", "limit")
    ]
}


@router.get("", response=Gaps, openapi_extra=QUERY, summary="Areas without a keeper")
def listed(request: HttpRequest) -> dict[str, Any]:
    """Those the caller sees that no keeper of their own level answers for on a ``day`` (today), by code."""
    scope = scope_of_request(request)
    chosen = GAP_FILTERS.read_strictly(request.GET)
    after, size = page_asked(request.GET)
    on = day_chosen(chosen)
    rows, _metres = areas_listed(scope, chosen)
    page = page_of(without_keeper(rows, on), order=AREA_ORDER, after=after, size=size)
    gaps = {gap.area_id: gap for gap in gaps_on(scope, on, [area.pk for area in page.items])}
    return {"day": on, **page_json(request, page, lambda area: _gap(gaps[area.pk]))}


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "code": gap.code,
        "name": gap.name,
        "kind": gap.kind,
        "level": gap.level,
        "division": gap.division_code,
        "division_name": gap.division_name,
        "vacant_since": gap.vacant_since,
    }
