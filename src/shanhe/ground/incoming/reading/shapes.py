"""From records with shapes in any coordinates to a table in degrees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from shanhe.ground.incoming.reading.coordinates import DEGREES, crs_facts, crs_like, to_degrees
from shanhe.ground.incoming.reading.options import Options
from shanhe.ground.incoming.tables import Cell, Row, Table
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["Record", "table_of"]


@dataclass(frozen=True, slots=True)
class Record:
    """One record as the file has it, its shape in the file's own coordinates."""

    number: int
    cells: Mapping[str, Any]
    geometry: BaseGeometry | None
    problem: Text | None = None


def table_of(
    records: Sequence[Record],
    crs: str,
    options: Options,
    *,
    columns: Sequence[str] = (),
    sheet: str = "",
    sheets: tuple[str, ...] = (),
) -> Table:
    """The records as a table in degrees.

    ``crs``: what the file says of its coordinates (a code, WKT, or "" when it says nothing). What was given
    with the ``options`` counts more. A file that says nothing is taken for degrees when its numbers are;
    else Refusal ``incoming.crs_needed``, with what the numbers look like.
    """
    drawn = np.array([record.geometry for record in records], dtype=object)
    used, name = _decided(drawn, crs, options)
    there = to_degrees(drawn, used, options.datum)
    named = list(columns) or list(dict.fromkeys(column for record in records for column in record.cells))
    rows = [
        Row(record.number, {key: _cell(value) for key, value in record.cells.items()}, wkb, record.problem)
        for record, wkb in zip(records, shapely.to_wkb(there, byte_order=1), strict=True)
    ]
    code = used if len(used) < 40 else name[:40]
    return Table(tuple(named), rows, sheet, sheets, code, name, bool(options.crs))


def _decided(drawn: np.ndarray, crs: str, options: Options) -> tuple[str, str]:
    """The coordinate system that is used, as code (or WKT), and its name."""
    if options.crs:
        return crs_facts(options.crs)
    if crs:
        return crs_facts(crs)
    like = crs_like(drawn)
    if like == DEGREES:
        return crs_facts(DEGREES)
    message = _("The file does not say what coordinates it has; say it, as an EPSG number.")
    if like:
        message = _(
            "The file does not say what coordinates it has. They look like %(name)s: if so, give %(crs)s."
        )
    told: dict[str, Any] = {"name": crs_facts(like)[1], "crs": like} if like else {}
    raise Refusal("incoming.crs_needed", message, {"crs": message}, **told)


def _cell(value: Any) -> Cell:
    """A value as JSON can hold it."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    if isinstance(value, bytes):
        return None
    if value is None or isinstance(value, str | int | float | bool | list | dict):
        return value
    return str(value)
