"""Writes the ground beneath the public maps anew: ``python -m tools.public_ground``.

The land as a surface, provinces as lines, prefectures and counties by the place of their name, and the waters
of the 1:4M sheets; all from the shipped data (src/shanhe/data/PROVENANCE.md), as small as a phone wants it.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from tools.places import ROOT

DATA = ROOT / "src" / "shanhe" / "data"
TARGET = DATA / "boundaries" / "public_ground.geojson.gz"
COARSE_DEG = 0.01  # about a kilometre, the error of the boundaries themselves
CLOSED_DEG, HOLE_DEG2, SLIVER_DEG2 = 0.02, 0.05, 1e-6
WATER_DEG = 0.002
ATTRIBUTION = "天地图 · NFGIS 1:4M"
WHOLE_PROVINCE = frozenset({"11", "12", "31", "50"})  # municipalities: their counties have no prefecture


def written() -> bytes:
    """The file's content, the same on every machine with the same libraries."""
    features = [*_land(), *_names(), *_waters()]
    whole = {"type": "FeatureCollection", "attribution": ATTRIBUTION, "features": features}
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(text.encode(), 9, mtime=0)


def _read(name: str) -> list[dict[str, Any]]:
    with gzip.open(DATA / f"{name}.geojson.gz", "rt", encoding="utf-8") as file:
        return list(json.load(file)["features"])


def _names_of_divisions() -> dict[str, str]:
    with gzip.open(DATA / "divisions" / "counties_cn.csv.gz", "rt", encoding="utf-8") as lines:
        return {code: name for code, name, *_rest in csv.reader(lines)}


def _counties() -> list[dict[str, Any]]:
    return _read("boundaries/counties_cn_tianditu")


NOT_LISTED = {"71": "台湾省", "81": "香港特别行政区", "82": "澳门特别行政区"}  # not in the statistics' list


def _land() -> Iterator[dict[str, Any]]:
    """The land as one surface, provinces as lines over it and by name.

    The counties' boundaries do not fit each other exactly: surfaces would show gaps between provinces.
    """
    known, parts = _names_of_divisions(), defaultdict(list)
    for county in _counties():
        parts[county["properties"]["code"][:2]].append(shapely.geometry.shape(county["geometry"]))
    provinces = {code: _whole(counties) for code, counties in sorted(parts.items())}
    land = _whole(list(provinces.values()))
    # Four decimals here: at three the smallest islands would shrink to a point.
    yield _feature(shapely.simplify(land, COARSE_DEG), 4, layer="division", level="", code="", name="")
    for code, province in provinces.items():
        name = NOT_LISTED.get(code) or known[f"{code}0000000000"]
        edge = shapely.simplify(shapely.boundary(province), COARSE_DEG)
        yield _feature(edge, 3, layer="division", level="province", code=f"{code}0000000000-edge", name="")
        yield _division(_middle(province), "province", f"{code}0000000000", name)


def _whole(shapes: list[Any]) -> Any:
    """Their union, with gaps of less than some four kilometres closed."""
    closed = shapely.buffer(shapely.union_all(shapely.buffer(shapes, CLOSED_DEG)), -CLOSED_DEG)
    surfaces = [
        shapely.Polygon(
            one.exterior, [hole for hole in one.interiors if shapely.Polygon(hole).area > HOLE_DEG2]
        )
        for one in shapely.get_parts(closed)
        if one.area > SLIVER_DEG2
    ]
    return shapely.multipolygons(surfaces)


def _middle(shape: Any) -> Any:
    return shapely.Point(shapely.maximum_inscribed_circle(shape, tolerance=0.05).coords[0])


def _names() -> Iterator[dict[str, Any]]:
    """Counties where the source's own map has their name; prefectures in the middle of their counties."""
    known, within = _names_of_divisions(), defaultdict(list)
    for county in _counties():
        told = county["properties"]
        place = shapely.Point(told["lon"], told["lat"])
        if told["code"][:2] not in {"71", "81", "82"}:
            yield _division(place, "county", told["code"], told["name"])
        if told["code"][:2] not in WHOLE_PROVINCE:
            within[f"{told['code'][:4]}00000000"].append(place)
    for code, places in sorted(within.items()):
        if code in known and code[2:4] != "90":
            middle = shapely.centroid(shapely.MultiPoint(places))
            yield _division(middle, "prefecture", code, known[code])


def _waters() -> Iterator[dict[str, Any]]:
    for water in _read("rivers/rivers_lakes"):
        told = water["properties"]
        if told["source"].startswith("NFGIS"):
            shape = shapely.simplify(shapely.geometry.shape(water["geometry"]), WATER_DEG)
            yield _feature(shape, 4, layer="water", name=told["name"])


def _division(shape: Any, level: str, code: str, name: str) -> dict[str, Any]:
    return _feature(shape, 3, layer="division", level=level, code=code, name=name)


def _feature(shape: Any, decimals: int, **properties: Any) -> dict[str, Any]:
    rounded = shapely.transform(shape, lambda degrees: np.round(degrees, decimals))
    return {"type": "Feature", "geometry": shapely.geometry.mapping(rounded), "properties": properties}


def main(target: Path = TARGET) -> int:
    """Write the file."""
    target.write_bytes(written())
    print(f"{target}: {target.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
