"""A track written as GPX 1.1, for map programs and for whoever wants to check a verdict with other means."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from xml.sax.saxutils import escape

import numpy as np

from shanhe.kernel.tracks.types import Track

__all__ = ["gpx_of"]

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<gpx version="1.1" creator="Shanhe" xmlns="http://www.topografix.com/GPX/1/1">\n<trk>\n'
)


def gpx_of(track: Track, name: str = "") -> bytes:
    """GPX 1.1 in UTF-8: every fix that is a place, in the order in which it came, segment by segment.

    Degrees to 1e-7 (1 cm), times to the millisecond in UTC. Accuracy and what the device said of itself have
    no place in GPX and are left out. ``read_gpx`` reads the same track again.
    """
    title = f"<name>{escape(name)}</name>\n" if name else ""
    body = "".join(f"<trkseg>\n{''.join(_points(track, *ends))}</trkseg>\n" for ends in _segments(track))
    return f"{_HEAD}{title}{body}</trk>\n</gpx>\n".encode()


def _segments(track: Track) -> Iterator[tuple[int, int]]:
    starts = sorted({0, *track.segments} - {len(track)})
    return pairwise([*starts, len(track)])


def _points(track: Track, first: int, last: int) -> Iterator[str]:
    is_place = np.isfinite(track.lon) & np.isfinite(track.lat)
    for at in range(first, last):
        if is_place[at]:
            yield (
                f'<trkpt lat="{track.lat[at]:.7f}" lon="{track.lon[at]:.7f}">'
                f"<time>{_utc(int(track.t_ms[at]))}</time></trkpt>\n"
            )


def _utc(t_ms: int) -> str:
    moment = datetime.fromtimestamp(t_ms / 1000, UTC)
    spec = "milliseconds" if t_ms % 1000 else "seconds"
    return moment.replace(tzinfo=None).isoformat(timespec=spec) + "Z"
