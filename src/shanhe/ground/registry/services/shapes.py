"""The shapes of things: each new one closes the old one and stands beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from shanhe.ground.audit import ledger
from shanhe.ground.people.scope import Actor
from shanhe.ground.registry.geometry import (
    ANY,
    LINES,
    POINTS,
    POLYGONS,
    CheckedShape,
    check_geometry,
    geometry_from_geojson,
)
from shanhe.ground.registry.models import Area, Facility, Shape, WaterBody
from shanhe.ground.registry.services.rights import check_manages
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["ALLOWED", "new_shape", "shape_set"]

#: Which geometries fit what: a reach is walked along, a lake's zone around, checkpoints are visited.
ALLOWED = {
    "reach": ANY,
    "forest-unit": POLYGONS | POINTS,
    "water": LINES | POLYGONS,
    "facility": ANY,
}


@ledger.atomic
def shape_set(
    *,
    owner: Area | WaterBody | Facility,
    geometry: BaseGeometry | Mapping[str, Any],
    by: Actor,
    at: datetime,
    is_sketch: bool = False,
    source: str = "",
    day: date | None = None,
) -> Shape:
    """Give an area, a water or a facility its shape from ``day`` on (default: the day of ``at``).

    The shape before it ends that day and is kept. The first shape is taken to have always been so. The very
    shape it has already changes nothing. Refusals: those of ``check_geometry``, ``registry.not_yours``,
    ``registry.retired``, and ``shape.before_present`` for a day before the present shape began.
    """
    check_manages(by, owner)
    if getattr(owner, "until", None) is not None:
        raise Refusal("registry.retired", _("This area is no longer valid."))
    drawn = geometry if isinstance(geometry, BaseGeometry) else geometry_from_geojson(geometry)
    checked = check_geometry(drawn, ALLOWED[_sort(owner)])
    own = {_column(owner): owner}
    old = Shape.objects.select_for_update().filter(**own, until__isnull=True).first()
    if old is not None and _is_same(old, checked, is_sketch, source):
        return old
    since = None if old is None else day or timezone.localtime(at).date()
    if old is not None and since is not None:
        _close(old, since)
    shape = new_shape(checked, is_sketch=is_sketch, source=source, since=since, **own)
    shape.save(force_insert=True)
    ledger.record(
        "shape.set",
        owner,
        by=by,
        at=at,
        shape=shape.pk,
        sha256=_sha256(checked),
        since=since,
        sketch=is_sketch,
    )
    return shape


def new_shape(
    checked: CheckedShape, *, is_sketch: bool, source: str, since: date | None = None, **owner: Any
) -> Shape:
    """The unsaved row for a checked geometry."""
    return Shape(
        wkb=checked.wkb,
        geometry_type=checked.geometry_type,
        min_lon=checked.min_lon,
        min_lat=checked.min_lat,
        max_lon=checked.max_lon,
        max_lat=checked.max_lat,
        length_m=checked.length_m,
        area_m2=checked.area_m2,
        vertices=checked.vertices,
        is_sketch=is_sketch,
        source=source[:200],
        since=since,
        **owner,
    )


def _close(old: Shape, day: date) -> None:
    if old.since is not None and day < old.since:
        raise Refusal(
            "shape.before_present",
            _("The present shape holds from %(since)s; a new one cannot begin before it."),
            {"day": _("The present shape holds from %(since)s; a new one cannot begin before it.")},
            since=old.since.isoformat(),
        )
    old.until = day
    old.save(update_fields=["until"])


def _is_same(old: Shape, checked: CheckedShape, is_sketch: bool, source: str) -> bool:
    return bytes(old.wkb) == checked.wkb and old.is_sketch == is_sketch and old.source == source[:200]


def _sha256(checked: CheckedShape) -> str:
    return hashlib.sha256(checked.wkb).hexdigest()


def _column(owner: Area | WaterBody | Facility) -> str:
    return {Area: "area", WaterBody: "water", Facility: "facility"}[type(owner)]


def _sort(owner: Area | WaterBody | Facility) -> str:
    return owner.kind if isinstance(owner, Area) else _column(owner)
