"""Files as offices have them, made here: Shapefiles in GBK, GeoPackages, KML, workbooks with a title row."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from openpyxl import Workbook
from pyogrio import raw
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

__all__ = ["geopackage", "in_crs", "shapefile", "sheet", "zipped"]


def in_crs(geometry: BaseGeometry, crs: str) -> BaseGeometry:
    """A geometry in degrees (CGCS2000) in another system's coordinates."""
    change = Transformer.from_crs("EPSG:4490", crs, always_xy=True)
    return shapely.transform(geometry, lambda at: np.column_stack(change.transform(at[:, 0], at[:, 1])))


def _arrays(columns: Mapping[str, Sequence[Any]]) -> list[np.ndarray]:
    return [
        np.array(values, dtype=object) if isinstance(values[0], str | type(None)) else np.array(values)
        for values in columns.values()
    ]


def _wkbs(geometries: Sequence[BaseGeometry | None], crs: str) -> np.ndarray:
    there = [None if each is None else shapely.to_wkb(in_crs(each, crs)) for each in geometries]
    return np.array(there, dtype=object)


def shapefile(
    folder: Path,
    geometries: Sequence[BaseGeometry | None],
    columns: Mapping[str, Sequence[Any]],
    *,
    crs: str = "EPSG:4524",
    encoding: str = "GBK",
    parts: Sequence[str] = (".shp", ".dbf", ".shx", ".prj"),
    name: str = "网格",
) -> Path:
    """A zipped Shapefile, by default as Chinese programs leave it: GBK, and no .cpg that would say so."""
    kind = next(each.geom_type for each in geometries if each is not None)
    path = folder / f"{name}.shp"
    raw.write(
        path,
        _wkbs(geometries, crs),
        _arrays(columns),
        np.array(list(columns), dtype=object),
        driver="ESRI Shapefile",
        geometry_type=kind,
        crs=crs,
        encoding=encoding,
    )
    return zipped(
        folder / f"{name}.zip", {f"数据/{name}{part}": path.with_suffix(part).read_bytes() for part in parts}
    )


def geopackage(
    path: Path,
    layers: Mapping[str, tuple[Sequence[BaseGeometry | None], Mapping[str, Sequence[Any]]]],
    crs: str = "EPSG:4524",
) -> Path:
    """A GeoPackage with a layer for each entry."""
    for layer, (geometries, columns) in layers.items():
        raw.write(
            path,
            _wkbs(geometries, crs),
            _arrays(columns),
            np.array(list(columns), dtype=object),
            driver="GPKG",
            geometry_type="Unknown",
            crs=crs,
            layer=layer,
            append=path.exists(),
        )
    return path


def zipped(path: Path, members: Mapping[str, bytes]) -> Path:
    """An archive of these members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def sheet(rows: Sequence[Sequence[Any]], merged: Sequence[str] = (), title: str = "表1") -> bytes:
    """A workbook with one sheet of these rows."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = title
    for row in rows:
        page.append(list(row))  # type: ignore[union-attr]
    for cells in merged:
        page.merge_cells(cells)  # type: ignore[union-attr]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
