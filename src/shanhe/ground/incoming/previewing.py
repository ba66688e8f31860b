"""What a map draws of a file before it is taken in: faulty rows first, each with its row's number."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely

from shanhe.ground.incoming import room
from shanhe.ground.incoming.models import Incoming
from shanhe.ground.incoming.placing import placed
from shanhe.ground.incoming.reports import report_heard
from shanhe.kernel.errors import Refusal

__all__ = ["DRAWN", "Place", "places_of"]

DRAWN = 2_000  # shapes
VERTICES = 400  # of one: more are simplified
DECIMALS = 6


class Place(dict[str, Any]):
    """One drawn row: ``row``, ``name``, ``did`` ("create" … or "faulty") and ``geometry`` as GeoJSON text."""


def places_of(incoming: Incoming) -> tuple[list[Place], int]:
    """The rows whose shape can be drawn, at most ``DRAWN``, and how many have one."""
    if incoming.state in {"refused", "withdrawn", "received"}:
        return [], 0
    try:
        whole = room.table(incoming.uuid)
    except Refusal:  # a backup keeps no files that were only passing through
        return [], 0
    table, _faults = placed(whole, incoming.mapping, crs=incoming.crs, datum=incoming.datum)
    report = report_heard(incoming.report)
    did = {each.row: each.did for each in report.done} | {fault.row: "faulty" for fault in report.refused}
    names = {each.row: each.name for each in report.done}
    column = incoming.mapping.get("name", "")
    rows = [row for row in table if row.wkb is not None]
    rows.sort(key=lambda row: did.get(row.number, "") != "faulty")
    found = []
    for row in rows[:DRAWN]:
        geometry = _drawn(row.geometry)
        if geometry is not None:
            name = names.get(row.number) or (row.text(column) if column else "")
            found.append(
                Place(row=row.number, name=name, did=did.get(row.number, "create"), geometry=geometry)
            )
    return found, len(rows)


def _drawn(geometry: Any) -> str | None:
    """GeoJSON for a map; None for what no map shows: empty, or no degrees."""
    if geometry is None or geometry.is_empty:
        return None
    west, south, east, north = geometry.bounds
    if not all(map(math.isfinite, geometry.bounds)) or west < -180 or east > 180 or south < -85 or north > 85:
        return None
    if shapely.get_num_coordinates(geometry) > VERTICES:
        span = max(east - west, north - south)
        geometry = shapely.simplify(geometry, span / 1_000)
    rounded = shapely.transform(shapely.force_2d(geometry), lambda degrees: np.round(degrees, DECIMALS))
    return str(shapely.to_geojson(rounded))
