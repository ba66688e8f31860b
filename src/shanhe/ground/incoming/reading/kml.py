"""KML and KMZ as map programs write them: placemarks, their shapes and their data. Entities are refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError

import shapely
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from shapely.geometry.base import BaseGeometry

from shanhe.ground.incoming.reading.archives import member_name, opened
from shanhe.ground.incoming.reading.options import MOST_COLUMNS, MOST_ROWS, Limits, Options
from shanhe.ground.incoming.reading.refusals import broken, empty, no_sheet, too_many_rows
from shanhe.ground.incoming.reading.shapes import Record, table_of
from shanhe.ground.incoming.tables import Table
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["read_kml", "read_kmz"]

DEEPEST = 100  # folders in folders, shapes in shapes
_LINES, _POLYGONS, _POINTS = "LineString", "Polygon", "Point"


class _Unread(ValueError):
    """A shape whose coordinates are no numbers."""


def read_kml(path: Path, options: Options, limits: Limits) -> Table:
    """The placemarks of a KML file; a folder counts as a layer."""
    with path.open("rb") as file:
        return _table(file, options)


def read_kmz(path: Path, options: Options, limits: Limits) -> Table:
    """The same from a KMZ: its doc.kml, else its first .kml."""
    with opened(path, limits) as (archive, infos):
        found = [info for info in infos if info.filename.lower().endswith(".kml")]
        if not found:
            raise broken()
        main = next((info for info in found if member_name(info).lower() == "doc.kml"), found[0])
        with archive.open(main) as file:
            return _table(file, options)


def _table(file: IO[bytes], options: Options) -> Table:
    try:
        found = list(_placemarks(file))
    except DefusedXmlException:
        message = _("The file declares entities or a document type (DTD), which is not taken.")
        raise Refusal("incoming.dtd", message, {"file": message}) from None
    except (ParseError, RecursionError, UnicodeError, LookupError):
        raise broken() from None
    folders = tuple(dict.fromkeys(folder for folder, _record in found if folder))
    if options.sheet and options.sheet not in folders:
        raise no_sheet(options.sheet, folders)
    records = [record for folder, record in found if not options.sheet or folder == options.sheet]
    if not records:
        raise empty()
    return table_of(records, "OGC:CRS84", options, sheet=options.sheet, sheets=folders)


def _placemarks(file: IO[bytes]) -> Iterator[tuple[str, Record]]:
    """Each placemark with the folder it lies in, one after the other; what was read is let go."""
    path: list[Element] = []
    number = 0
    for event, element in ElementTree.iterparse(file, events=("start", "end"), forbid_dtd=True):
        if event == "start":
            path.append(element)
            if len(path) > DEEPEST:
                raise broken()
            continue
        path.pop()
        if _tag(element) != "Placemark":
            continue
        number += 1
        if number > MOST_ROWS:
            raise too_many_rows(MOST_ROWS)
        folder = next((each for each in reversed(path) if _tag(each) == "Folder"), None)
        yield _child_text(folder, "name"), _record(number, element)
        element.clear()
        if path:
            path[-1].remove(element)


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _child_text(element: Element | None, name: str) -> str:
    if element is None:
        return ""
    return next(((each.text or "").strip() for each in element if _tag(each) == name), "")


def _record(number: int, placemark: Element) -> Record:
    cells: dict[str, Any] = {}
    for name in ("name", "description"):
        if text := _child_text(placemark, name):
            cells[name] = text
    for element in placemark.iter():
        if _tag(element) == "SimpleData" and element.get("name"):
            cells[str(element.get("name"))] = (element.text or "").strip() or None
        elif _tag(element) == "Data" and element.get("name"):
            cells[str(element.get("name"))] = _child_text(element, "value") or None
    cells = dict(list(cells.items())[:MOST_COLUMNS])
    try:
        parts = [part for element in placemark for part in _shapes(element)]
    except (_Unread, shapely.errors.GEOSException, ValueError):
        return Record(number, cells, None, Text(_("The coordinates of the shape cannot be read.")))
    return Record(number, cells, _joined(parts))


def _shapes(element: Element) -> Iterator[BaseGeometry]:
    tag = _tag(element)
    if tag == "MultiGeometry":
        for each in element:
            yield from _shapes(each)
    elif tag == _POINTS:
        yield shapely.Point(_coordinates(element)[0])
    elif tag in {_LINES, "LinearRing"}:
        yield shapely.LineString(_coordinates(element))
    elif tag == _POLYGONS:
        rings = {"outerBoundaryIs": [], "innerBoundaryIs": []}  # type: dict[str, list[Any]]
        for border in element:
            if _tag(border) in rings:
                rings[_tag(border)] += [_coordinates(ring) for ring in border]
        if not rings["outerBoundaryIs"]:
            raise _Unread
        yield shapely.Polygon(rings["outerBoundaryIs"][0], rings["innerBoundaryIs"])


def _coordinates(element: Element) -> list[tuple[float, ...]]:
    """``"117,30,0 117.1,30,0"`` as tuples; heights stay only where every corner has one other than 0."""
    text = next((each.text or "" for each in element.iter() if _tag(each) == "coordinates"), "")
    corners = [tuple(float(part) for part in corner.split(",") if part) for corner in text.split()]
    if not corners or any(len(corner) < 2 for corner in corners):
        raise _Unread
    if all(len(corner) > 2 for corner in corners) and any(corner[2] for corner in corners):
        return [corner[:3] for corner in corners]
    return [corner[:2] for corner in corners]


def _joined(parts: list[BaseGeometry]) -> BaseGeometry | None:
    """One part as it is, several of one sort as a multi-part shape, mixed ones as a collection (refused)."""
    if len(parts) < 2:
        return parts[0] if parts else None
    sorts = {part.geom_type for part in parts}
    several = {
        _POINTS: shapely.MultiPoint,
        _LINES: shapely.MultiLineString,
        _POLYGONS: shapely.MultiPolygon,
    }
    return (several[sorts.pop()] if len(sorts) == 1 else shapely.GeometryCollection)(parts)
