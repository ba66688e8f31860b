"""Tracks as CSV: ``time,lon,lat[,accuracy]`` with a header."""

from __future__ import annotations

import csv
import math

from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.tracks.formats.columns import numbers, times_ms
from shanhe.kernel.tracks.formats.fixes import NAN, decoded, parse_time_ms, refuse_fixes, track_from
from shanhe.kernel.tracks.types import Track

__all__ = ["read_csv"]

# What loggers and offices call the columns; the first name is the contract's.
COLUMNS = {
    "time": ("time", "timestamp", "datetime", "时间"),
    "lon": ("lon", "lng", "longitude", "x", "经度"),
    "lat": ("lat", "latitude", "y", "纬度"),
    "accuracy": ("accuracy", "acc", "hacc", "精度"),
}


def read_csv(content: bytes, latest_ms: int | None = None) -> Track:
    """A CSV track: UTF-8 or GBK, with or without BOM, any line ends, comma, semicolon or tab; rows kept in
    order.

    Times are ISO 8601 (without zone: UTC) or Unix seconds or milliseconds. An empty accuracy is unknown; an
    empty or unreadable time or position is refused with its row (the header is row 1).
    """
    text = decoded(content)
    lines = text.splitlines()
    if not any(line.strip() for line in lines):
        raise Refusal("track.empty", _("The file is empty."), fields={"file": _("It is empty.")})
    separator = max(",;\t", key=lines[0].count)
    rows = csv.reader(lines, delimiter=separator)
    where = _columns(next(rows))
    found = list(rows)
    whole = _whole(found, where, latest_ms)
    if whole is not None:
        return whole
    numbered = [(number, row) for number, row in enumerate(found, start=2) if any(row)]
    return _row_by_row(numbered, where, latest_ms)


def _whole(rows: list[list[str]], where: dict[str, int], latest_ms: int | None) -> Track | None:
    """The track of rows without a fault, column by column; None if there is one."""
    if not rows or min(map(len, rows)) <= max(where.values()):
        return None
    lon = numbers([row[where["lon"]] for row in rows])
    lat = numbers([row[where["lat"]] for row in rows])
    t_ms = times_ms([row[where["time"]] for row in rows])
    if lon is None or lat is None or t_ms is None:
        return None
    acc = None
    if "accuracy" in where:
        acc = numbers([row[where["accuracy"]] for row in rows], empty=NAN)
        if acc is None:
            return None
    return track_from(t_ms, lon, lat, acc, latest_ms=latest_ms)


def _row_by_row(rows: list[tuple[int, list[str]]], where: dict[str, int], latest_ms: int | None) -> Track:
    """The track of rows of which some may have a fault, which is then named."""
    at, x_at, y_at, acc_at = where["time"], where["lon"], where["lat"], where.get("accuracy")
    t_ms: list[int] = []
    lon: list[float] = []
    lat: list[float] = []
    acc: list[float] | None = None if acc_at is None else []
    faults: list[tuple[str, Text]] = []
    for number, row in rows:
        if len(row) <= max(at, x_at, y_at):
            faults.append((f"row {number}", Text(_("Has too few columns."))))
            continue
        try:
            x, y = float(row[x_at]), float(row[y_at])
        except ValueError:
            x = y = NAN
        time = parse_time_ms(row[at])
        if time is None or x - x != 0 or y - y != 0:
            faults += _faults(number, row[at], row[x_at], row[y_at])
            continue
        t_ms.append(time)
        lon.append(x)
        lat.append(y)
        if acc is not None and acc_at is not None:
            acc.append(_accuracy(row, acc_at, number, faults))
    refuse_fixes(faults)
    return track_from(t_ms, lon, lat, acc, latest_ms=latest_ms)


def _columns(header: list[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in header]
    where = {
        column: names.index(alias)
        for column, aliases in COLUMNS.items()
        for alias in reversed(aliases)
        if alias in names
    }
    missing = [column for column in ("time", "lon", "lat") if column not in where]
    if missing:
        raise Refusal(
            "track.columns",
            _("The track lacks the column %(missing)s; the header reads: %(header)s."),
            fields={column: _("This column is missing.") for column in missing},
            missing=", ".join(missing),
            header=", ".join(names)[:200],
        )
    return where


def _faults(number: int, time: str, lon: str, lat: str) -> list[tuple[str, Text]]:
    faults = []
    if parse_time_ms(time) is None:
        faults.append((f"row {number} time", Text(_("Is no time.") if time.strip() else _("Is missing."))))
    for name, value in (("lon", lon), ("lat", lat)):
        try:
            good = math.isfinite(float(value))
        except ValueError:
            good = False
        if not good:
            faults.append(
                (f"row {number} {name}", Text(_("Is no number.") if value.strip() else _("Is missing.")))
            )
    return faults


def _accuracy(row: list[str], at: int, number: int, faults: list[tuple[str, Text]]) -> float:
    value = row[at].strip() if at < len(row) else ""
    if not value:
        return NAN
    try:
        return float(value)
    except ValueError:
        faults.append((f"row {number} accuracy", Text(_("Is no number."))))
        return NAN
