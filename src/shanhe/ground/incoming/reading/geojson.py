"""GeoJSON, one feature after the other, so that a file of 200 MB needs little more memory than its text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from shanhe.ground.incoming.reading.options import MOST_COLUMNS, MOST_ROWS, Limits, Options
from shanhe.ground.incoming.reading.refusals import empty, too_many_rows
from shanhe.ground.incoming.reading.shapes import Record, table_of
from shanhe.ground.incoming.tables import Table
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["read_geojson"]

_DECODER = json.JSONDecoder()
_BLANK = " \t\n\r"


class _Unreadable(Exception):
    """The text is no JSON at ``at``."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


def read_geojson(path: Path, options: Options, limits: Limits) -> Table:
    """The features of a FeatureCollection, or a single one; UTF-8 or GBK. A ``crs`` member is obeyed."""
    text = _decoded(path.read_bytes())
    members: dict[str, Any] = {}
    records: list[Record] = []
    try:
        for name, value in _members(text):
            if name == "features" and isinstance(value, Iterator):
                for feature in value:
                    records.append(_record(len(records) + 1, feature))
                    if len(records) > MOST_ROWS:
                        raise too_many_rows(MOST_ROWS)
            else:
                members[name] = value
    except _Unreadable as fault:
        message = _("The file is no GeoJSON: look at line %(line)s.")
        line = text.count("\n", 0, fault.at) + 1
        raise Refusal("incoming.not_geojson", message, {"file": message}, line=line) from None
    if members.get("type") == "Feature":
        records = [_record(1, members)]
    if not records:
        raise empty()
    return table_of(records, _crs(members.get("crs")), options)


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):  # clerks' programs still write GBK
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal("incoming.not_geojson", _("The file is no GeoJSON: look at line %(line)s."), {}, line=1)


def _members(text: str) -> Iterator[tuple[str, Any]]:
    """Name and value of the outermost object's members; of a list ``features`` an iterator over its items."""
    at = _after(text, _skip(text, 0), "{")
    while not text.startswith("}", at):
        name, at = _value(text, at)
        at = _after(text, _skip(text, at), ":")
        at = _skip(text, at)
        if name == "features" and text.startswith("[", at):
            ends: list[int] = []
            yield name, _items(text, at + 1, ends)
            at = ends[0]
        else:
            value, at = _value(text, at)
            yield str(name), value
        at = _skip(text, at)
        if not text.startswith("}", at):
            at = _skip(text, _after(text, at, ","))


def _items(text: str, at: int, ends: list[int]) -> Iterator[Any]:
    at = _skip(text, at)
    while not text.startswith("]", at):
        item, at = _value(text, at)
        yield item
        at = _skip(text, at)
        if not text.startswith("]", at):
            at = _skip(text, _after(text, at, ","))
    ends.append(at + 1)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at


def _after(text: str, at: int, sign: str) -> int:
    if not text.startswith(sign, at):
        raise _Unreadable(at)
    return _skip(text, at + 1)


def _value(text: str, at: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError) as error:
        raise _Unreadable(getattr(error, "pos", at)) from None


def _record(number: int, feature: Any) -> Record:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return Record(number, {}, None, Text(_("This is no GeoJSON feature.")))
    columns = feature.get("properties")
    columns = dict(list(columns.items())[:MOST_COLUMNS]) if isinstance(columns, dict) else {}
    if "id" in feature:
        columns.setdefault("id", feature["id"])
    if feature.get("geometry") is None:
        return Record(number, columns, None)
    drawn = _geometry(feature["geometry"])
    problem = None if drawn is not None else Text(_("The geometry cannot be read as GeoJSON."))
    return Record(number, columns, drawn, problem)


def _geometry(given: Any) -> BaseGeometry | None:
    try:
        found = shapely.from_geojson(json.dumps(given, allow_nan=False))
    except (shapely.errors.GEOSException, TypeError, ValueError):
        return None
    return found if isinstance(found, BaseGeometry) else None


def _crs(given: Any) -> str:
    """What a ``crs`` member names; degrees without one, as RFC 7946 has it."""
    properties = given.get("properties") if isinstance(given, dict) else None
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if not name or name.endswith("CRS84"):
        return "OGC:CRS84"
    return name
