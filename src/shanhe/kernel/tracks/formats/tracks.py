"""A track from a file of any of the known formats."""

from __future__ import annotations

from collections.abc import Callable

from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.tracks.formats.geojson import read_geojson
from shanhe.kernel.tracks.formats.gpx import read_gpx
from shanhe.kernel.tracks.formats.table import read_csv
from shanhe.kernel.tracks.types import Track

__all__ = ["read_track"]

_READERS = {"gpx": read_gpx, "csv": read_csv, "geojson": read_geojson, "json": read_geojson}


def read_track(name: str, content: bytes, latest_ms: int | None = None) -> Track:
    """The track in a file ``name`` (its ending tells the format, else its first character) with bytes
    ``content``.

    Fixes later than ``latest_ms`` (milliseconds since 1970 UTC, None for no limit) are refused. Every fault
    is a Refusal that names place, field and reason.
    """
    ending = name.rsplit(".", 1)[-1].lower()
    reader = _READERS.get(ending) or _guess(content)
    if reader is None:
        raise Refusal(
            "track.format",
            _("%(name)s is no known track format; GPX, CSV and GeoJSON are read."),
            fields={"track": _("Its format is not known.")},
            name=name,
        )
    return reader(content, latest_ms)


def _guess(content: bytes) -> Callable[[bytes, int | None], Track] | None:
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<":
        return read_gpx
    return read_geojson if start == b"{" else None
