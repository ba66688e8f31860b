"""A .zip may be a Shapefile or a year of tracks; what it holds tells."""

from __future__ import annotations

import zipfile
from pathlib import Path

from shanhe.ground.incoming.reading.options import Limits, Options
from shanhe.ground.incoming.reading.refusals import broken
from shanhe.ground.incoming.tables import Table

__all__ = ["read_zip"]


def read_zip(path: Path, options: Options, limits: Limits) -> Table:
    """The table of an archive by its reader: GPX files, else a Shapefile."""
    try:
        with zipfile.ZipFile(path) as archive:
            has_tracks = any(info.filename.lower().endswith(".gpx") for info in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError):
        raise broken() from None
    if has_tracks:
        from shanhe.ground.incoming.reading.tracks import read_gpx_zip

        return read_gpx_zip(path, options, limits)
    from shanhe.ground.incoming.reading.vectors import read_shapefile

    return read_shapefile(path, options, limits)
