"""From columns of coordinates to shapes: degrees as people write them, metres of a map, text (WKT)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from shanhe.ground.incoming.kinds import COORDINATES, Fault
from shanhe.ground.incoming.reading.coordinates import to_degrees
from shanhe.ground.incoming.tables import Row, Table
from shanhe.kernel.errors import Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["degrees_from", "placed"]

_SEXAGESIMAL = re.compile(
    r"^\s*([NSEW东西南北]?)(?:经|纬)?\s*(\d{1,3})\s*[°度º˚:]\s*(\d{1,2}(?:\.\d+)?)?\s*[′'’分:]?\s*"
    r"(\d{1,2}(?:\.\d+)?)?\s*[″\"”秒]?(?:''|′′)?\s*([NSEW]?)\s*$",
    re.IGNORECASE,
)
_SOUTH_WEST = frozenset("SWsw南西")


def degrees_from(given: Any) -> float:
    """A coordinate: a number, or degrees, minutes and seconds; ValueError on anything else.

    ``"117°01′30″"`` gives 117.025; ``"东经117度1分30秒"`` the same.
    """
    if isinstance(given, bool) or given is None:
        raise ValueError("no coordinate")
    if isinstance(given, int | float):
        number = float(given)
    else:
        text = str(given).strip().replace("，", ",").removesuffix("°")
        number = _number(text)
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        found = _SEXAGESIMAL.match(text)
        if found is None:
            raise
    before, whole, minutes, seconds, after = found.groups()
    m, s = float(minutes or 0), float(seconds or 0)
    if m >= 60 or s >= 60:
        raise ValueError("minutes and seconds end at 60")
    value = float(whole) + m / 60 + s / 3600
    return -value if (before or after) and (before or after) in _SOUTH_WEST else value


def placed(
    table: Table, mapping: Mapping[str, str], *, crs: str = "", datum: str = "wgs84"
) -> tuple[Table, list[Fault]]:
    """The table with shapes from its columns ``lon`` and ``lat``, or ``wkt``, and what could not be read.

    A table that has shapes, or whose columns are not matched, stays as it is. ``crs``: of the numbers,
    degrees without one; ``datum`` "gcj02" when they are shifted. Rows without a coordinate have no shape.
    The columns are used up: they are no facts of the record any more.
    """
    columns = [mapping.get(name, "") for name in COORDINATES]
    if table.has_shapes or not any(columns):
        return table, []
    faults: list[Fault] = []
    drawn = [_drawn(row, columns, faults) for row in table.rows]
    wkbs = shapely.to_wkb(to_degrees(drawn, crs, datum), byte_order=1)
    used = set(filter(None, columns))
    rows = [
        replace(row, wkb=wkb, cells={name: value for name, value in row.cells.items() if name not in used})
        for row, wkb in zip(table.rows, wkbs, strict=True)
    ]
    kept = tuple(column for column in table.columns if column not in used)
    return replace(table, rows=rows, columns=kept), faults


def _drawn(row: Row, columns: Sequence[str], faults: list[Fault]) -> BaseGeometry | None:
    lon_column, lat_column, wkt_column = columns
    if wkt_column and row.text(wkt_column):
        return _from_text(row, wkt_column, faults)
    given = {"lon": row.cells.get(lon_column), "lat": row.cells.get(lat_column)}
    if (not lon_column and not lat_column) or all(value in (None, "") for value in given.values()):
        return None
    found: list[float] = []
    for name, value in given.items():
        try:
            found.append(degrees_from(value))
        except ValueError:
            reason = _("A coordinate is needed here, like 117.025 or 117°01′30″.")
            faults.append(Fault(row.number, name, Text(reason), "incoming.coordinate"))
    return shapely.Point(*found) if len(found) == 2 else None


def _from_text(row: Row, column: str, faults: list[Fault]) -> BaseGeometry | None:
    try:
        found = shapely.from_wkt(row.text(column))
    except (shapely.errors.GEOSException, UnicodeError, ValueError):
        found = None
    if found is None:
        reason = Text(_("This is no shape as text, like POINT (117.025 30.41)."))
        faults.append(Fault(row.number, "wkt", reason, "incoming.coordinate"))
    return found
