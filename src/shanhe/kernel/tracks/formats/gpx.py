"""GPX 1.0 and 1.1, whatever namespace it declares."""

from __future__ import annotations

import math
import re
from itertools import accumulate
from xml.etree.ElementTree import Element, ParseError, fromstring
from xml.parsers import expat

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring as defused_fromstring

from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.tracks.formats.columns import numbers, times_ms
from shanhe.kernel.tracks.formats.fixes import decoded, parse_time_ms, refuse_fixes, track_from
from shanhe.kernel.tracks.types import Track

__all__ = ["read_gpx"]

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_ROOT = re.compile(r"\s*<gpx\b")
#: a point's tag or a time, with the place of the longitude, for either order of the attributes
_PLAIN = tuple(
    (re.compile(rf'<trkpt\s+{one}="([^"<&]*)"\s+{two}="([^"<&]*)"\s*>|<time>([^<&]+)</time>'), lon_at)
    for one, two, lon_at in (("lat", "lon", 1), ("lon", "lat", 0))
)


def read_gpx(content: bytes, latest_ms: int | None = None) -> Track:
    """The track points of a GPX file, all tracks and segments one behind another, segments remembered.

    Refused: no XML, a document type (entities could name files or explode), no track points, points without a
    time, positions that are none.
    """
    text = _DECLARATION.sub("", decoded(content), count=1)
    return _whole(text, latest_ms) or _point_by_point(_parsed(text), latest_ms)


def _whole(text: str, latest_ms: int | None) -> Track | None:
    """The track of a plain file without a fault, by patterns; None for everything else.

    Sound because expat has found the text well-formed, and without comments, CDATA, types, instructions,
    extensions and other points behind, a point's tag and its time can stand nowhere else. Takes half the time
    of building the tree.
    """
    start = text.find("<trkpt")
    if start < 0 or not _ROOT.match(text) or "<!" in text or "<?" in text:
        return None
    if any(text.find(other, start) >= 0 for other in ("<extensions", "<wpt", "<rtept")):
        return None
    try:
        expat.ParserCreate().Parse(text, True)
    except expat.ExpatError:
        return None
    pattern = next((one for one in _PLAIN if one[0].match(text, start)), None)
    if pattern is None:
        return None
    found = pattern[0].findall(text, start)
    points, waits = found[::2], found[1::2]
    if not (text.count("<trkpt") == len(points) == len(waits)):
        return None
    if any(point[2] for point in points) or not all(wait[2] for wait in waits):
        return None
    lon = numbers([point[pattern[1]] for point in points])
    lat = numbers([point[1 - pattern[1]] for point in points])
    t_ms = times_ms([wait[2] for wait in waits])
    if lon is None or lat is None or t_ms is None:
        return None
    fixes = [part.count("<trkpt") for part in text.split("<trkseg")[1:]]
    starts = accumulate(fixes[:-1], initial=0)
    segments = [first for first, count in zip(starts, fixes, strict=True) if count]
    return track_from(t_ms, lon, lat, None, segments or (0,), latest_ms)


def _point_by_point(root: Element, latest_ms: int | None) -> Track:
    """The track of any GPX, whose faults are named."""
    space = _namespace(root)
    point_tag, time_tag = space + "trkpt", space + "time"
    t_ms: list[int] = []
    lon: list[float] = []
    lat: list[float] = []
    segments: list[int] = []
    faults: list[tuple[str, Text]] = []
    timeless = 0
    number = 0
    for segment in root.iter(space + "trkseg"):
        start = len(t_ms)
        for point in segment:
            if point.tag != point_tag:
                continue
            number += 1
            if (fix := _fix(point, time_tag)) is not None:
                t_ms.append(fix[0])
                lon.append(fix[1])
                lat.append(fix[2])
                continue
            place = f"trkpt {number}"
            x, y = _degrees(point.get("lon")), _degrees(point.get("lat"))
            if x is None:
                faults.append((f"{place} lon", Text(_("Is no number."))))
            if y is None:
                faults.append((f"{place} lat", Text(_("Is no number."))))
            text = (point.findtext(time_tag) or "").strip()
            if parse_time_ms(text) is None:
                timeless += not text
                faults.append((f"{place} time", Text(_("Is no time.") if text else _("Is missing."))))
        if len(t_ms) > start:
            segments.append(start)
    if number and timeless == number:
        raise Refusal(
            "track.no_times",
            _("The track has no times, so nobody can tell when it was walked."),
            fields={"time": _("Every track point needs a time.")},
        )
    refuse_fixes(faults)
    return track_from(t_ms, lon, lat, None, segments or (0,), latest_ms)


def _parsed(text: str) -> Element:
    # The text is decoded here, not by the parser, so that "<!" cannot hide in another encoding. Without it
    # there is no document type and the C parser is safe; with it the slower defused one decides (it may stand
    # in a comment).
    try:
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            return defused_fromstring(text, forbid_dtd=True)
        return fromstring(text)  # noqa: S314
    except DefusedXmlException:
        raise Refusal(
            "track.dtd",
            _("The GPX file brings a document type definition (DTD), which is not allowed."),
            fields={"file": _("Remove the DOCTYPE.")},
        ) from None
    except (ParseError, ValueError) as fault:
        raise Refusal(
            "track.not_gpx",
            _("The file is not readable GPX: %(fault)s."),
            fields={"file": _("It is not well-formed XML.")},
            fault=str(fault),
        ) from None


def _fix(point: Element, time_tag: str) -> tuple[int, float, float] | None:
    """(ms, lon, lat) of a point without fault, else None: the quick way, for almost all points."""
    at = parse_time_ms(point.findtext(time_tag) or "")
    try:
        x, y = float(point.attrib["lon"]), float(point.attrib["lat"])
    except (KeyError, ValueError):
        return None
    return (at, x, y) if at is not None and math.isfinite(x) and math.isfinite(y) else None


def _namespace(root: Element) -> str:
    space = root.tag[: root.tag.index("}") + 1] if root.tag.startswith("{") else ""
    if root.tag[len(space) :] != "gpx":
        raise Refusal(
            "track.not_gpx",
            _("The file is XML, but not GPX: its outermost element is %(name)s."),
            fields={"file": _("It is not GPX.")},
            name=root.tag[len(space) :],
        )
    return space


def _degrees(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
