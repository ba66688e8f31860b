"""Tracks as GeoJSON: lines with times beside them, or points with a time each."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.tracks.formats.fixes import NAN, decoded, parse_time_ms, refuse_fixes, track_from
from shanhe.kernel.tracks.types import Track

__all__ = ["features_of", "parsed_json", "read_geojson"]

_TIMES = ("coordTimes", "times", "time", "timestamps")
_ACCURACIES = ("accuracy", "accuracies", "acc")


def read_geojson(content: bytes, latest_ms: int | None = None) -> Track:
    """A track from LineStrings (``coordTimes`` or ``times``, beside or in ``coordinateProperties``) or Points
    (``time``).

    Several lines are several segments. Times are ISO 8601 or Unix seconds or milliseconds; an ``accuracy``
    array of the same length is taken.
    """
    t_ms: list[int] = []
    lon: list[float] = []
    lat: list[float] = []
    acc: list[float] = []
    segments: list[int] = []
    faults: list[tuple[str, Text]] = []
    timed = False
    for positions, times, accuracies in _lines(features_of(parsed_json(content))):
        if positions and not (segments and len(positions) == 1):
            segments.append(len(t_ms))
        timed = timed or bool(times)
        for index, position in enumerate(positions):
            place = f"position {len(t_ms) + len(faults) + 1}"
            x, y = _pair(position)
            at = _time(times[index]) if index < len(times) else None
            if x is None or y is None:
                faults.append((place, Text(_("Is no pair of numbers."))))
            elif at is None:
                faults.append(
                    (f"{place} time", Text(_("Is no time.") if index < len(times) else _("Is missing.")))
                )
            else:
                lon.append(x)
                lat.append(y)
                t_ms.append(at)
                accuracy = accuracies[index] if index < len(accuracies) else None
                acc.append(float(accuracy) if isinstance(accuracy, int | float) else NAN)
    if (faults or t_ms) and not timed:
        raise Refusal(
            "track.no_times",
            _("The track has no times, so nobody can tell when it was walked."),
            fields={"time": _("Every position needs a time, in coordTimes or times.")},
        )
    refuse_fixes(faults)
    known = any(math.isfinite(value) for value in acc)
    return track_from(t_ms, lon, lat, acc if known else None, segments or (0,), latest_ms)


def parsed_json(content: bytes) -> Any:
    """The JSON value in ``content``; refused if it is none."""
    text = decoded(content)
    if not text.strip():
        raise Refusal("file.empty", _("The file is empty."), fields={"file": _("It is empty.")})
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise Refusal(
            "file.not_json",
            _("The file is not readable JSON: %(fault)s."),
            fields={"file": _("It is not JSON.")},
            fault=str(fault),
        ) from None


def features_of(value: Any) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """(geometry, properties) of everything in a GeoJSON value: bare geometries, features, collections."""
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise Refusal(
            "file.not_geojson",
            _("The file is JSON, but not GeoJSON."),
            fields={"file": _("It is not GeoJSON.")},
        )
    kind = value["type"]
    if kind == "FeatureCollection":
        for feature in value.get("features") or ():
            yield from features_of(feature)
    elif kind == "Feature":
        properties = value.get("properties") or {}
        if value.get("geometry") is not None:
            for geometry, _inner in features_of(value["geometry"]):
                yield geometry, properties
    elif kind == "GeometryCollection":
        for geometry in value.get("geometries") or ():
            yield from features_of(geometry)
    else:
        yield value, {}


def _lines(
    features: Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]],
) -> Iterator[tuple[list[Any], list[Any], list[Any]]]:
    for geometry, properties in features:
        inner = properties.get("coordinateProperties")
        beside = {**properties, **(inner if isinstance(inner, dict) else {})}
        times: Any = next((beside[name] for name in _TIMES if beside.get(name) is not None), [])
        accuracies: Any = next((beside[name] for name in _ACCURACIES if beside.get(name) is not None), [])
        positions = geometry.get("coordinates") or []
        kind = geometry["type"]
        if kind == "Point":
            yield [positions] if positions else [], [times] if times != [] else [], [accuracies]
        elif kind == "LineString" or kind == "MultiPoint":
            yield positions, _listed(times), _listed(accuracies)
        elif kind == "MultiLineString":
            for index, line in enumerate(positions):
                yield line, _listed(_of(times, index)), _listed(_of(accuracies, index))
        else:
            raise Refusal(
                "track.geometry",
                _("A track is made of lines or points, not of a %(kind)s."),
                fields={"track": _("It has another kind of geometry.")},
                kind=kind,
            )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _of(value: Any, index: int) -> Any:
    return value[index] if isinstance(value, list) and index < len(value) else []


def _pair(position: Any) -> tuple[float | None, float | None]:
    if not isinstance(position, list) or len(position) < 2:
        return None, None
    x, y = position[0], position[1]
    if not isinstance(x, int | float) or not isinstance(y, int | float):
        return None, None
    return (float(x), float(y)) if math.isfinite(x) and math.isfinite(y) else (None, None)


def _time(value: Any) -> int | None:
    if isinstance(value, bool) or value is None:
        return None
    return parse_time_ms(repr(value) if isinstance(value, int | float) else str(value))
