"""Areas as files of map programs: GeoPackage, GeoJSON, KML. What was written here is taken in unchanged."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.db.models import QuerySet

from shanhe.ground.registry.models import Area, Shape
from shanhe.ground.registry.queries import shapes_of
from shanhe.ground.registry.services.area_intake import row_of
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["FORMATS", "areas_file"]

#: Ending → (GDAL's driver, media type, options of its layers).
FORMATS: dict[str, tuple[str, str, dict[str, str]]] = {
    "gpkg": ("GPKG", "application/geopackage+sqlite3", {}),
    # All digits, so that the file comes back as the same place.
    "geojson": ("GeoJSON", "application/geo+json", {"COORDINATE_PRECISION": "15"}),
    "kml": ("LIBKML", "application/vnd.google-earth.kml+xml", {}),
}
_CRS = "EPSG:4490"
_AT_ONCE = 1_000

_COMMON = ("code", "name", "kind", "level", "division", "division_name", "parent", "half_width_m", "since")
_OF_KIND = {
    Area.Kind.REACH.value: ("water", "bank", "from_m", "to_m", "start_name", "end_name"),
    Area.Kind.FOREST_UNIT.value: ("unit_kind", "category", "tenure", "owner", "species"),
}
_LAST = ("sketch", "source", "length_m", "area_m2")
_NUMBERS = frozenset({"half_width_m", "from_m", "to_m", "length_m", "area_m2"})


def areas_file(areas: QuerySet[Area], form: str, day: date) -> bytes:
    """The areas with their shapes of a day as a file of ``FORMATS``; columns bear the names of import fields.

    A GeoPackage has one layer a kind, the others one for all, in which ``kind`` tells. Degrees, CGCS2000.
    Refusal ``registry.nothing_to_export`` (404) when there is none.
    """
    records = list(_records(areas, day))
    if not records:
        message = _("No area fits these filters, so there is nothing to write.")
        raise Refusal("registry.nothing_to_export", message, status=404)
    kinds = sorted({values["kind"] for values, _wkb in records})
    with tempfile.TemporaryDirectory(prefix="shanhe-export-") as folder:
        path = Path(folder) / f"areas.{form}"
        if form == "gpkg":
            for kind in kinds:
                some = [record for record in records if record[0]["kind"] == kind]
                _write(path, form, kind, (*_COMMON, *_OF_KIND[kind], *_LAST), some)
        else:
            own = tuple(name for kind in kinds for name in _OF_KIND[kind])
            _write(path, form, "areas", (*_COMMON, *own, *_LAST), records)
        return path.read_bytes()


def _records(areas: QuerySet[Area], day: date) -> Iterable[tuple[dict[str, Any], bytes | None]]:
    """What each area is, by field, and its shape as WKB; some queries a thousand, whatever their number."""
    related = areas.select_related(
        "division", "reach__water", "reach__parent__area", "forest_unit__parent__area"
    )
    waiting = related.order_by("code").iterator(chunk_size=_AT_ONCE)
    while some := list(islice(waiting, _AT_ONCE)):
        shapes = shapes_of([area.pk for area in some], day)
        for area in some:
            shape = shapes.get(area.pk)
            yield _values(area, shape), bytes(shape.wkb) if shape else None


def _values(area: Area, shape: Shape | None) -> dict[str, Any]:
    row = row_of(area)
    own = _OF_KIND[area.kind]
    values = {name: getattr(row, name) for name in (*_COMMON, *own) if name != "division_name"}
    return values | {
        "division_name": area.division.name,
        "sketch": "1" if shape is not None and shape.is_sketch else "0",
        "source": shape.source if shape else "",
        "length_m": round(shape.length_m, 1) if shape else None,
        "area_m2": round(shape.area_m2, 1) if shape else None,
    }


def _write(
    path: Path,
    form: str,
    layer: str,
    names: Sequence[str],
    records: Sequence[tuple[dict[str, Any], bytes | None]],
) -> None:
    from pyogrio import raw  # GDAL takes half a second to load

    driver, _type, options = FORMATS[form]
    columns = [_column(name, [values.get(name) for values, _wkb in records]) for name in names]
    wkbs = np.array([wkb for _values, wkb in records], dtype=object)
    sorts = {shapely.from_wkb(wkb).geom_type for wkb in wkbs if wkb is not None}
    raw.write(
        str(path),
        wkbs,
        columns,
        np.array(names, dtype=object),
        layer=layer,
        driver=driver,
        geometry_type=sorts.pop() if len(sorts) == 1 else "Unknown",
        crs=_CRS,
        encoding="UTF-8",
        promote_to_multi=False,
        append=path.exists(),
        layer_options=options,
    )


def _column(name: str, values: Sequence[Any]) -> np.ndarray:
    if name in _NUMBERS:
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    return np.array(["" if value is None else str(value) for value in values], dtype=object)
