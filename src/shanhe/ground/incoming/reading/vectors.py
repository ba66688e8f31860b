"""GeoPackages and zipped Shapefiles, by GDAL with all its other drivers left out."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any
from zipfile import ZipFile, ZipInfo

import numpy as np
import shapely

from shanhe.ground.incoming.reading.archives import member_name, opened, unpack
from shanhe.ground.incoming.reading.dbase import encoding_of
from shanhe.ground.incoming.reading.options import MOST_COLUMNS, MOST_ROWS, Limits, Options
from shanhe.ground.incoming.reading.refusals import broken, empty, no_sheet, too_many_rows
from shanhe.ground.incoming.reading.shapes import Record, table_of
from shanhe.ground.incoming.tables import Table
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["read_geopackage", "read_shapefile"]

SQLITE = b"SQLite format 3\x00"
SHAPES = b"\x00\x00\x27\x0a"  # the number every .shp begins with
PARTS = (".shp", ".dbf", ".shx", ".prj", ".cpg")

# A file is opened by the first driver that knows its content, whatever it is called: one that refers to other
# files or addresses would be followed. So these two alone are there.
_OTHERS = (
    *(
        "VRT",
        "OGR_VRT",
        "GTI",
        "GDALG",
        "HTTP",
        "WFS",
        "OAPIF",
        "OGCAPI",
        "WMS",
        "WMTS",
        "WCS",
        "CSW",
        "GeoJSON",
    ),
    *(
        "GeoJSONSeq",
        "ESRIJSON",
        "TopoJSON",
        "JSONFG",
        "CSV",
        "GML",
        "LVBAG",
        "GPX",
        "KML",
        "LIBKML",
        "SQLite",
    ),
    *("OGR_GMT", "MapInfo File", "S57", "DGN", "XLSX", "ODS", "OSM", "PMTiles", "MVT", "MBTiles", "STACIT"),
    *("STACTA", "OpenFileGDB", "FlatGeobuf", "DXF", "EEDA", "EEDAI", "PLSCENES", "PLMOSAIC", "NGW", "ADBC"),
    *("Elasticsearch", "Carto", "AmigoCloud", "DAAS", "TileDB", "Zarr", "netCDF", "HDF5", "GTFS", "MEM"),
)


def _gdal() -> Any:
    """pyogrio's plain reader, its drivers bounded; must be the first to load GDAL in this process."""
    os.environ["GDAL_SKIP"] = ",".join(_OTHERS)
    os.environ["OGR_SQLITE_JOURNAL"] = "OFF"
    os.environ["SQLITE_USE_OGR_VFS"] = "NO"
    from pyogrio import raw

    return raw


def read_geopackage(path: Path, options: Options, limits: Limits) -> Table:
    """A layer of a GeoPackage: the one asked for, else the first with records."""
    with path.open("rb") as file:
        if file.read(16) != SQLITE:
            raise broken()
    names = _tables(path)
    if options.sheet and options.sheet not in names:
        raise no_sheet(options.sheet, names)
    for name in (options.sheet,) if options.sheet else names:
        records, columns, crs = _records(path, name, "UTF-8")
        if records:
            return table_of(records, crs, options, columns=columns, sheet=name, sheets=names)
    raise empty()


def _tables(path: Path) -> tuple[str, ...]:
    """The layers that are plain tables. Views and virtual tables run what their maker wrote; none is read."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            database.execute("PRAGMA trusted_schema = OFF")
            found = database.execute(
                "SELECT c.table_name, m.type, m.sql FROM gpkg_contents c JOIN sqlite_master m"
                " ON lower(m.name) = lower(c.table_name) WHERE c.data_type IN ('features', 'attributes')"
                " ORDER BY c.data_type DESC, c.rowid LIMIT 200"
            ).fetchall()
    except sqlite3.Error:
        raise broken() from None
    names = tuple(
        str(name)
        for name, sort, sql in found
        if sort == "table" and not str(sql).lstrip().upper().startswith("CREATE VIRTUAL")
    )
    if not names:
        raise empty()
    return names


def read_shapefile(path: Path, options: Options, limits: Limits) -> Table:
    """A Shapefile of a zip: the one asked for, else the first. DBF in UTF-8 or GBK, with or without .cpg."""
    with opened(path, limits) as (archive, infos):
        layers = _layers(infos)
        if not layers:
            message = _("The archive holds no Shapefile (.shp).")
            raise Refusal("incoming.no_shapefile", message, {"file": message})
        names = tuple(layers)
        if options.sheet and options.sheet not in layers:
            raise no_sheet(options.sheet, names)
        name = options.sheet or names[0]
        shp = _unpacked(archive, layers[name], path.parent, limits)
    crs = _projection(shp)
    records, columns, read_crs = _records(shp, None, encoding_of(shp.with_suffix(".dbf")))
    if not records:
        raise empty()
    return table_of(records, crs or read_crs, options, columns=columns, sheet=name, sheets=names)


def _layers(infos: Iterable[ZipInfo]) -> dict[str, dict[str, ZipInfo]]:
    """The parts of each Shapefile, by its name without ending; parts without a .shp are no Shapefile."""
    found: dict[str, dict[str, ZipInfo]] = {}
    for info in infos:
        name = member_name(info)
        stem, dot, ending = name.rpartition(".")
        if f"{dot}{ending}".lower() in PARTS and stem and not name.startswith("._"):
            found.setdefault(stem, {})[f".{ending.lower()}"] = info
    return {stem: parts for stem, parts in sorted(found.items()) if ".shp" in parts}


def _unpacked(archive: ZipFile, parts: dict[str, ZipInfo], room: Path, limits: Limits) -> Path:
    """The parts under a name of our own, so that nothing of the archive's names reaches the disk."""
    if ".dbf" not in parts:
        message = _("The Shapefile lacks its .dbf, which holds the columns.")
        raise Refusal("incoming.parts", message, {"file": message})
    for ending, info in parts.items():
        unpack(archive, info, room / f"layer{ending}", limits)
    shp = room / "layer.shp"
    with shp.open("rb") as file:
        if file.read(4) != SHAPES:
            raise broken()
    if ".shx" not in parts:
        os.environ["SHAPE_RESTORE_SHX"] = "YES"
    return shp


def _projection(shp: Path) -> str:
    prj = shp.with_suffix(".prj")
    if not prj.exists():
        return ""
    return prj.read_bytes()[:20_000].decode("utf-8", "replace").strip("\ufeff\x00 \r\n")


def _records(path: Path, layer: str | None, encoding: str) -> tuple[list[Record], list[str], str]:
    """All records of a layer, its columns and its coordinate system."""
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

    try:
        meta, _ids, wkbs, values = _gdal().read(
            path, layer=layer, encoding=encoding, datetime_as_string=True, max_features=MOST_ROWS + 1
        )
    except (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError):
        raise broken() from None
    columns = [str(name) for name in meta["fields"]][:MOST_COLUMNS]
    count = len(wkbs) if wkbs is not None else len(values[0]) if values else 0
    if count > MOST_ROWS:
        raise too_many_rows(MOST_ROWS)
    drawn = [None] * count if wkbs is None else shapely.from_wkb(wkbs, on_invalid="ignore")
    raws = [None] * count if wkbs is None else wkbs
    cells = [_plain(column) for column in values[: len(columns)]]
    records = []
    for index, (raw, geometry) in enumerate(zip(raws, drawn, strict=True)):
        unread = raw is not None and geometry is None
        problem = Text(_("The shape cannot be read: arcs and surfaces are not taken.")) if unread else None
        row = {name: column[index] for name, column in zip(columns, cells, strict=True)}
        records.append(Record(index + 1, row, geometry, problem))
    return records, columns, meta["crs"] or ""


def _plain(column: np.ndarray) -> list[Any]:
    """A column as JSON values: NaN is nothing, whole numbers have no point, days no midnight."""
    if column.dtype.kind == "f":
        whole = column[np.isfinite(column)]
        if len(whole) and (whole == np.trunc(whole)).all() and (np.abs(whole) < 2**53).all():
            return [int(value) if np.isfinite(value) else None for value in column.tolist()]
        return [value if np.isfinite(value) else None for value in column.tolist()]
    return [_text(value) for value in column.tolist()]


def _text(value: Any) -> Any:
    if isinstance(value, str):
        stripped = value.strip().strip("\x00")
        return stripped.removesuffix("T00:00:00") or None
    return value
