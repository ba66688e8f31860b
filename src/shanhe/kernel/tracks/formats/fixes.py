"""What all track formats share: times, checks of positions, and the Track they end in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.tracks.types import F64, I64, Track

__all__ = ["NAN", "decoded", "look_swapped", "parse_time_ms", "refuse_fixes", "track_from"]

NAN = math.nan
MOST_BYTES = 50_000_000  # a day at one fix a second is 10 MB of GPX
MOST_NAMED = 5  # so many faulty fixes are named; the rest is counted

# The mainland's box: who writes 39, 75 for Kashgar has swapped the columns, though both are possible degrees.
_LON_CHINA = (73.0, 136.0)
_LAT_CHINA = (18.0, 54.0)


def decoded(content: bytes) -> str:
    """Text of a file in UTF-8 (with or without BOM), UTF-16 with BOM, or GBK/GB 18030."""
    if len(content) > MOST_BYTES:
        raise Refusal(
            "file.too_large",
            _("The file has %(size_mb)d MB; at most %(most_mb)d MB can be read."),
            fields={"file": _("It is too large.")},
            size_mb=len(content) // 1_000_000,
            most_mb=MOST_BYTES // 1_000_000,
        )
    marked = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ["utf-16"] if marked else ["utf-8-sig", "gb18030"]:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal(
        "file.encoding",
        _("The file is neither UTF-8 nor GBK text."),
        fields={"file": _("Its characters cannot be read.")},
    )


def parse_time_ms(value: str) -> int | None:
    """Milliseconds since 1970 UTC of an ISO 8601 time, or of Unix seconds or milliseconds; None if it is
    neither.

    A time without zone is UTC, as GPX has it. "2026-05-01T08:00:00+08:00" gives 1777593600000.
    """
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        bare = value.strip()
        return parse_time_ms(bare) if bare != value else _unix_ms(bare)
    if len(value) <= 10:
        return None  # 20260501 is a day, not a time
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return round(at.timestamp() * 1000)


def _unix_ms(value: str) -> int | None:
    try:
        number = float(value)
    except ValueError:
        return None
    if not math.isfinite(number) or number < 1e8:
        return None
    return round(number) if number >= 1e11 else round(number * 1000)


def refuse_fixes(faults: Sequence[tuple[str, Text]]) -> None:
    """Refuse the file if there are faults: (place and field, reason); the first five are named."""
    if not faults:
        return
    raise Refusal(
        "track.bad_fixes",
        _("%(count)d values of the track cannot be read; the first: %(place)s."),
        fields=dict(faults[:MOST_NAMED]),
        count=len(faults),
        place=faults[0][0],
    )


def track_from(
    t_ms: Sequence[int] | I64,
    lon: Sequence[float] | F64,
    lat: Sequence[float] | F64,
    acc: Sequence[float] | F64 | None,
    segments: Sequence[int] = (0,),
    latest_ms: int | None = None,
) -> Track:
    """A Track of read fixes, after the checks that need them all: none, swapped, out of range, in the
    future."""
    if not len(t_ms):
        raise Refusal("track.empty", _("The track has no fixes."), fields={"track": _("It is empty.")})
    x, y = np.array(lon, np.float64), np.array(lat, np.float64)
    _check_order(x, y)
    times = np.array(t_ms, np.int64)
    if latest_ms is not None and times.max() > latest_ms:
        first = int(np.argmax(times > latest_ms))
        raise Refusal(
            "track.future",
            _("Fix %(number)d lies in the future: %(time)s."),
            fields={"time": _("Lies in the future.")},
            number=first + 1,
            time=datetime.fromtimestamp(int(times[first]) / 1000, UTC).isoformat(),
        )
    accuracy = None if acc is None else np.array(acc, np.float64)
    return Track(times, x, y, accuracy, segments=tuple(segments))


def look_swapped(lon: F64, lat: F64) -> bool:
    """Whether every position (n,) makes sense only with longitude and latitude exchanged."""
    impossible = (np.abs(lat) > 90) & (np.abs(lon) <= 90)
    at_home = (
        (lat >= _LON_CHINA[0]) & (lat <= _LON_CHINA[1]) & (lon >= _LAT_CHINA[0]) & (lon <= _LAT_CHINA[1])
    )
    return bool((impossible | at_home).all())


def _check_order(lon: F64, lat: F64) -> None:
    if look_swapped(lon, lat):
        raise Refusal(
            "track.swapped",
            _("Longitude and latitude seem to be swapped: the first fix reads %(lon)s east, %(lat)s north."),
            fields={"lon": _("Looks like a latitude."), "lat": _("Looks like a longitude.")},
            lon=float(lon[0]),
            lat=float(lat[0]),
        )
    outside = ~((np.abs(lat) <= 90) & (np.abs(lon) <= 180))
    if outside.any():
        at = int(np.argmax(outside))
        raise Refusal(
            "track.not_degrees",
            _("Fix %(number)d is not in degrees: %(lon)s, %(lat)s."),
            fields={"lon": _("Must lie between -180 and 180."), "lat": _("Must lie between -90 and 90.")},
            number=at + 1,
            lon=float(lon[at]),
            lat=float(lat[at]),
        )
