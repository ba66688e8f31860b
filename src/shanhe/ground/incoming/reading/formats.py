"""Which reader opens which file, by the ending of its name; each makes sure of the content itself."""

from __future__ import annotations

from importlib import import_module

from shanhe.ground.incoming.reading.options import Reader
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["ENDINGS", "ending_of", "reader_for"]

#: Module of this package and function, by ending; the longest ending that fits counts.
ENDINGS: dict[str, tuple[str, str]] = {
    ".gpkg": ("vectors", "read_geopackage"),
    ".shp.zip": ("vectors", "read_shapefile"),
    ".zip": ("zips", "read_zip"),
    ".gpx": ("tracks", "read_gpx"),
    ".geojson": ("geojson", "read_geojson"),
    ".json": ("geojson", "read_geojson"),
    ".kml": ("kml", "read_kml"),
    ".kmz": ("kml", "read_kmz"),
    ".xlsx": ("sheets", "read_workbook"),
    ".xls": ("sheets", "read_workbook"),
    ".csv": ("sheets", "read_csv"),
}


def ending_of(name: str) -> str:
    """The ending of a file's name that says what it is; Refusal ``incoming.format`` naming what there is."""
    lower = name.lower()
    fitting = [ending for ending in ENDINGS if lower.endswith(ending)]
    if not fitting:
        message = _("Files of this kind are not read; bring one of %(kinds)s.")
        if lower.endswith((".shp", ".dbf", ".shx")):
            message = _("A Shapefile is several files: pack .shp, .dbf, .shx and .prj into one .zip.")
        kinds = ", ".join(ending for ending in ENDINGS if ending not in {".json", ".shp.zip"})
        raise Refusal("incoming.format", message, {"file": message}, kinds=kinds)
    return max(fitting, key=len)


def reader_for(name: str) -> Reader:
    """The function that reads a file of that name."""
    module, function = ENDINGS[ending_of(name)]
    reader: Reader = getattr(import_module(f"shanhe.ground.incoming.reading.{module}"), function)
    return reader
