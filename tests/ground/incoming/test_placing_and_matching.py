"""Columns find their fields by what offices call them; coordinates in columns become shapes."""

from __future__ import annotations

from contextlib import suppress

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from make.files import in_crs
from shanhe.ground.incoming.kinds import Field, kind_of
from shanhe.ground.incoming.matching import fields_asked, guess, mapping_checked, mapping_from, plain
from shanhe.ground.incoming.placing import degrees_from, placed
from shanhe.ground.incoming.reading.coordinates import crs_checked, crs_like
from shanhe.ground.incoming.tables import Row, Table
from shanhe.kernel.errors import Refusal

FIELDS = (
    Field("name", "Name", required=True, synonyms=("名称", "河段名称")),
    Field("start_name", "Begins at", synonyms=("起点", "起点名称")),
    Field("from_m", "From", synonyms=("起点里程",)),
)


@pytest.mark.parametrize(
    ("column", "word"),
    [
        ("* 起点里程（米）", "起点里程"),
        ("Ｎａｍｅ", "name"),
        ("起点 里程[m]", "起点里程"),
        ("DIV_CODE", "divcode"),
    ],
)
def test_marks_units_and_case_do_not_tell_columns_apart(column, word):
    assert plain(column) == plain(word)


def test_a_column_of_the_same_word_goes_before_one_that_contains_it():
    assert guess(["起点里程（米）", "起点", "责任河段名称"], FIELDS) == {
        "from_m": "起点里程（米）",
        "start_name": "起点",
        "name": "责任河段名称",
    }


def test_how_columns_were_matched_before_goes_before_a_guess():
    assert guess(["名称", "别名"], FIELDS, {"name": "别名", "gone": "名称"})["name"] == "别名"


def test_what_cannot_be_matched_is_named_field_by_field():
    with pytest.raises(Refusal) as refused:
        mapping_checked({"name": "A", "start_name": "B", "from_m": "B", "colour": "B"}, ["B"], FIELDS)
    assert sorted(refused.value.fields) == ["colour", "from_m", "name"]
    with pytest.raises(Refusal, match="field=column"):
        mapping_from(["name"], FIELDS)


def test_only_a_file_without_shapes_is_asked_for_coordinates():
    kind = kind_of("outfall")
    names = [each.name for each in fields_asked(kind, has_shapes=False)]
    assert names[-3:] == ["lon", "lat", "wkt"]
    assert "lon" not in [each.name for each in fields_asked(kind, has_shapes=True)]


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("117.025", 117.025),
        (117, 117.0),
        ("117°01′30″", 117.025),
        ("117° 1' 30\"", 117.025),
        ("东经117度1分30秒", 117.025),
        ("117:01:30", 117.025),
        ("N30°24'", 30.4),
        ("12°30′W", -12.5),
    ],
)
def test_a_coordinate_is_read_as_people_write_it(text, degrees):
    assert degrees_from(text) == pytest.approx(degrees, abs=1e-9)


@pytest.mark.parametrize("text", ["", "north", "117°61′", "1,2", True, None, "nan", "inf"])
def test_what_is_no_coordinate_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        degrees_from(text)


@given(st.text(max_size=20))
def test_no_text_breaks_the_reading_of_coordinates(text):
    with suppress(ValueError):
        assert abs(degrees_from(text)) < float("inf")


def table(*rows: dict) -> Table:
    columns = tuple(rows[0])
    return Table(columns, [Row(number, cells) for number, cells in enumerate(rows, 2)])


def test_columns_of_coordinates_become_points_and_are_used_up():
    there, faults = placed(table({"E": 117.1, "N": "30°24′", "名称": "一"}), {"lon": "E", "lat": "N"})
    (row,) = there.rows
    assert not faults
    assert row.geometry.equals(shapely.Point(117.1, 30.4))
    assert (dict(row.cells), there.columns) == ({"名称": "一"}, ("名称",))


def test_metres_of_a_map_become_degrees_and_shifted_ones_are_shifted_back():
    x, y = in_crs(shapely.Point(117.1, 30.4), "EPSG:4527").coords[0]
    there, _faults = placed(table({"E": x, "N": y}), {"lon": "E", "lat": "N"}, crs="EPSG:4527")
    assert there.rows[0].geometry.distance(shapely.Point(117.1, 30.4)) < 1e-9
    there, _faults = placed(table({"E": 117.1, "N": 30.4}), {"lon": "E", "lat": "N"}, datum="gcj02")
    assert 0.003 < there.rows[0].geometry.distance(shapely.Point(117.1, 30.4)) < 0.008


def test_a_shape_as_text_is_any_shape():
    there, faults = placed(
        table({"g": "LINESTRING (117 30, 117.1 30)"}, {"g": "LINESTRING (117"}, {"g": None}), {"wkt": "g"}
    )
    assert [row.wkb is not None for row in there.rows] == [True, False, False]
    assert [(fault.row, fault.field) for fault in faults] == [(3, "wkt")]


def test_half_a_place_is_a_fault_and_none_is_none():
    _there, faults = placed(
        table({"E": 117.1, "N": None}, {"E": None, "N": None}, {"E": "x", "N": 30}), {"lon": "E", "lat": "N"}
    )
    assert [(fault.row, fault.field) for fault in faults] == [(2, "lat"), (4, "lon")]


@pytest.mark.parametrize("given", ["4524", "epsg:4524", "EPSG::4524", "urn:ogc:def:crs:EPSG::4524"])
def test_a_coordinate_system_is_named_by_its_number(given):
    assert crs_checked(given) == "EPSG:4524"


@pytest.mark.parametrize("given", ["moon", "EPSG:999999", "+proj=longlat", "/etc/passwd", "EPSG:45"])
def test_nothing_else_is_a_coordinate_system(given):
    with pytest.raises(Refusal, match="EPSG number"):
        crs_checked(given)


@pytest.mark.parametrize(
    "crs", ["EPSG:4513", "EPSG:4524", "EPSG:4527", "EPSG:4533", "EPSG:4491", "EPSG:4500"]
)
def test_a_zone_is_known_by_the_number_before_the_easting(crs):
    from pyproj import CRS

    west, south, east, north = CRS.from_user_input(crs).area_of_use.bounds
    middle = shapely.Point((west + east) / 2, (south + north) / 2)
    assert crs_like([in_crs(middle, crs)]) == crs


def test_metres_that_tell_no_zone_are_not_guessed():
    assert crs_like([shapely.Point(500_000, 3_364_455)]) == ""
    assert crs_like([shapely.Point(117, 30)]) == "EPSG:4490"
