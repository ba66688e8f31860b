"""GeoPackages, Shapefiles, GeoJSON and KML: what comes out is a table in degrees, whatever went in."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely.geometry import MultiPoint, Point, box, mapping

from make.files import geopackage, in_crs, shapefile, zipped
from shanhe.ground.incoming.reading.child import read_file
from shanhe.ground.incoming.reading.geojson import read_geojson
from shanhe.ground.incoming.reading.kml import read_kml, read_kmz
from shanhe.ground.incoming.reading.options import Limits, Options
from shanhe.kernel.errors import Refusal

HERE = (108.02, 30.4)
GRID = box(*HERE, HERE[0] + 0.004, HERE[1] + 0.004)
NAMES = {"名称": ["一号网格"], "区划": ["341721102201"]}


def read(path: Path, **options: str):
    return read_file(path, path.name, Options(**options))


def metres_apart(one, other) -> float:
    return float(shapely.hausdorff_distance(one, other)) * 111_000


# -- Shapefiles ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
@pytest.mark.parametrize("says_so", [True, False], ids=["with .cpg", "without .cpg"])
def test_a_shapefile_in_gauss_krueger_is_read_in_gbk_or_utf8(tmp_path, encoding, says_so):
    parts = [".shp", ".dbf", ".shx", ".prj"] + [".cpg"] * says_so
    table = read(shapefile(tmp_path, [GRID], NAMES, encoding=encoding, parts=parts))
    (row,) = table.rows
    assert dict(row.cells) == {"名称": "一号网格", "区划": "341721102201"}
    assert metres_apart(row.geometry.normalize(), GRID.normalize()) < 0.001
    assert (table.crs, table.sheet) == ("EPSG:4524", "网格")


def test_a_cpg_that_lies_is_not_believed(tmp_path):
    path = shapefile(tmp_path, [GRID], NAMES)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("数据/网格.cpg", "UTF-8")
    assert read(path).rows[0].cells["名称"] == "一号网格"


def test_coordinates_without_prj_are_asked_for_and_the_zone_is_recognised(tmp_path):
    path = shapefile(tmp_path, [GRID], NAMES, parts=(".shp", ".dbf", ".shx"))
    with pytest.raises(Refusal, match="EPSG:4524") as refused:
        read(path)
    assert (refused.value.code, list(refused.value.fields)) == ("incoming.crs_needed", ["crs"])
    table = read(path, crs="EPSG:4524")
    assert metres_apart(table.rows[0].geometry.normalize(), GRID.normalize()) < 0.001
    assert table.crs_given


@pytest.mark.parametrize(
    "crs", ["EPSG:4524", "EPSG:4545", "EPSG:4502", "EPSG:32649", "EPSG:3857", "EPSG:4326"]
)
def test_any_coordinate_system_ends_in_degrees(tmp_path, crs):
    (row,) = read(shapefile(tmp_path, [GRID], NAMES, crs=crs)).rows
    assert metres_apart(row.geometry.normalize(), GRID.normalize()) < 0.01


def test_a_shape_from_a_web_map_is_shifted_back(tmp_path):
    shifted = shapely.transform(Point(HERE), lambda at: np.add(at, (0.00465, -0.00289)))
    (row,) = read(shapefile(tmp_path, [shifted], NAMES, crs="EPSG:4326"), datum="gcj02").rows
    assert 200 < metres_apart(row.geometry, shifted) < 900


def test_a_shapefile_without_dbf_or_without_shp_says_what_is_missing(tmp_path):
    with pytest.raises(Refusal, match="lacks its"):
        read(shapefile(tmp_path, [GRID], NAMES, parts=(".shp", ".shx")))
    with pytest.raises(Refusal, match="no Shapefile"):
        read(zipped(tmp_path / "a.zip", {"read.me": b"no"}))


def test_records_without_a_shape_stay_records(tmp_path):
    columns = {"名称": ["一", "二"]}
    table = read(shapefile(tmp_path, [GRID, None], columns))
    assert [row.wkb is None for row in table.rows] == [False, True]


# -- GeoPackages ---------------------------------------------------------------------------------------------


def test_the_layer_asked_for_is_read_and_all_are_named(tmp_path):
    layers = {
        "河段": ([Point(HERE)], {"名称": ["河"]}),
        "网格": ([GRID, Point(HERE)], {"名称": ["一", "二"]}),
    }
    path = geopackage(tmp_path / "a.gpkg", layers)
    assert [row.cells["名称"] for row in read(path).rows] == ["河"]
    table = read(path, sheet="网格")
    assert (table.sheets, [row.geometry.geom_type for row in table.rows]) == (
        ("河段", "网格"),
        ["Polygon", "Point"],
    )
    with pytest.raises(Refusal, match="no sheet or layer 林班"):
        read(path, sheet="林班")


def test_a_view_in_a_geopackage_is_not_run(tmp_path):
    path = geopackage(tmp_path / "a.gpkg", {"网格": ([GRID], NAMES)})
    with sqlite3.connect(path) as database:
        database.execute("CREATE VIEW v AS SELECT * FROM 网格")
        database.execute("INSERT INTO gpkg_contents (table_name, data_type) VALUES ('v', 'features')")
    database.close()
    assert read(path).sheets == ("网格",)


def test_reading_leaves_the_file_as_it_was(tmp_path):
    path = geopackage(tmp_path / "a.gpkg", {"网格": ([GRID], NAMES)})
    before = path.read_bytes()
    read(path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["a.gpkg"]


# -- GeoJSON -------------------------------------------------------------------------------------------------


def geojson(tmp_path: Path, content: bytes, **options: str):
    path = tmp_path / "a.geojson"
    path.write_bytes(content)
    return read_geojson(path, Options(**options), Limits())


def feature(geometry, **properties) -> dict:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def test_a_crs_member_is_obeyed(tmp_path):
    there = mapping(in_crs(GRID, "EPSG:4524"))
    content = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4524"}},
        "features": [feature(there, 名称="一")],
    }
    table = geojson(tmp_path, json.dumps(content).encode())
    assert metres_apart(table.rows[0].geometry, GRID) < 0.001
    assert table.crs == "EPSG:4524"


def test_members_after_the_features_count_too(tmp_path):
    content = b'{"features": [%s], "name": "a", "crs": null, "type": "FeatureCollection"}'
    table = geojson(tmp_path, content % json.dumps(feature(mapping(Point(HERE)))).encode())
    assert table.rows[0].geometry.equals(Point(HERE))


def test_heights_and_empty_shapes_are_kept_for_the_records_to_judge(tmp_path):
    solid = {"type": "Point", "coordinates": [*HERE, 12]}
    content = {
        "type": "FeatureCollection",
        "features": [feature(solid), feature(None), feature({"type": "no"})],
    }
    rows = geojson(tmp_path, json.dumps(content).encode()).rows
    assert rows[0].geometry.has_z
    assert [row.problem is not None for row in rows] == [False, False, True]


@pytest.mark.parametrize(
    "content", [b"{", b'{"features": [', b'{"features": [{}', b"[]", b'{"a" 1}', b'{"a": 1 2}']
)
def test_what_breaks_off_is_no_geojson_and_the_line_is_named(tmp_path, content):
    with pytest.raises(Refusal, match="look at line 1"):
        geojson(tmp_path, content)


# -- KML -----------------------------------------------------------------------------------------------------

KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document>%s</Document></kml>"""
PLACEMARK = """<Placemark><name>一号口</name><ExtendedData>
<Data name="区划代码"><value>341721102201</value></Data>
<SchemaData><SimpleData name="类型">网格</SimpleData></SchemaData></ExtendedData>%s</Placemark>"""


def kml(tmp_path: Path, body: str, **options: str):
    path = tmp_path / "a.kml"
    path.write_text(KML % body, "utf-8")
    return read_kml(path, Options(**options), Limits())


def test_placemarks_bring_their_names_data_and_shapes(tmp_path):
    ring = "117,30 117.1,30 117.1,30.1 117,30"
    body = PLACEMARK % (
        f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing>"
        "</outerBoundaryIs></Polygon>"
    )
    (row,) = kml(tmp_path, body).rows
    assert dict(row.cells) == {"name": "一号口", "区划代码": "341721102201", "类型": "网格"}
    assert row.geometry.equals(shapely.from_wkt("POLYGON ((117 30, 117.1 30, 117.1 30.1, 117 30))"))


def test_several_shapes_of_one_sort_are_one_and_heights_of_0_are_none(tmp_path):
    points = "".join(f"<Point><coordinates>117.{n},30,0</coordinates></Point>" for n in (1, 2))
    (row,) = kml(tmp_path, PLACEMARK % f"<MultiGeometry>{points}</MultiGeometry>").rows
    assert row.geometry == MultiPoint([(117.1, 30), (117.2, 30)])


def test_a_folder_is_a_layer(tmp_path):
    body = "".join(f"<Folder><name>{name}</name>{PLACEMARK % ''}</Folder>" for name in ("南片", "北片"))
    assert kml(tmp_path, body).sheets == ("南片", "北片")
    assert len(kml(tmp_path, body, sheet="北片")) == 1


def test_a_kmz_is_the_kml_in_it(tmp_path):
    path = zipped(tmp_path / "a.kmz", {"files/x.png": b"", "doc.kml": (KML % (PLACEMARK % "")).encode()})
    assert len(read_kmz(path, Options(), Limits())) == 1


def test_entities_are_refused(tmp_path):
    path = tmp_path / "a.kml"
    path.write_text('<!DOCTYPE k [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><kml>&b;</kml>')
    with pytest.raises(Refusal, match="DTD"):
        read_kml(path, Options(), Limits())


def test_coordinates_that_are_no_numbers_are_the_rows_problem(tmp_path):
    rows = kml(tmp_path, PLACEMARK % "<Point><coordinates>117;30</coordinates></Point>").rows
    assert rows[0].problem is not None
