"""``shanhe registry import`` with files as offices have them."""

from __future__ import annotations

import json

import pytest
from shapely.geometry import box

from make.files import geopackage, shapefile, sheet
from shanhe.ground.registry.models import Area, Facility
from shanhe.project.program import run

GRID = box(108.02, 30.4, 108.024, 30.404)
COLUMNS = {"名称": ["一号网格"], "行政区划": ["341721102201"]}


@pytest.fixture
def take(make, capsys):
    """Run the command; its exit status and what it printed."""
    make.village  # noqa: B018

    def ran(path, kind: str, *options: str):
        status = run(["registry", "import", str(path), "--kind", kind, "--json", *options])
        told = capsys.readouterr()
        return status, json.loads(told.out) if told.out else told.err

    return ran


def test_a_shapefile_in_gbk_and_gauss_krueger_is_taken_in_and_the_second_run_changes_nothing(take, tmp_path):
    path = shapefile(tmp_path, [GRID], COLUMNS, crs="EPSG:4524", encoding="GBK")
    assert take(path, "forest-unit")[1]["created"] == 1
    assert take(path, "forest-unit") == (
        0,
        {"created": 0, "updated": 0, "unchanged": 1, "refused": [], "notes": []},
    )
    assert Area.objects.get().name == "一号网格"


def test_without_prj_the_command_asks_for_the_coordinates(take, tmp_path):
    path = shapefile(tmp_path, [GRID], COLUMNS, parts=(".shp", ".dbf", ".shx"))
    status, told = take(path, "forest-unit")
    assert (status, "EPSG:4524" in told) == (2, True)
    assert take(path, "forest-unit", "--crs", "EPSG:4524")[1]["created"] == 1


def test_a_layer_is_chosen_and_columns_are_named(take, tmp_path):
    layers = {"林班": ([GRID], {"HDMC": ["一"]}), "网格": ([GRID], {"HDMC": ["二"], "QH": ["341721102201"]})}
    path = geopackage(tmp_path / "a.gpkg", layers)
    options = ("--layer", "网格", "--map", "name=HDMC", "division=QH")
    assert take(path, "forest-unit", *options)[1]["created"] == 1
    assert Area.objects.get().name == "二"


def test_what_the_file_lacks_is_said_of_all_rows(take, tmp_path):
    path = shapefile(tmp_path, [GRID], {"名称": ["一号网格"]})
    assert take(path, "forest-unit", "--map", "division==341721102201")[1]["created"] == 1


@pytest.mark.parametrize(("datum", "lon"), [("wgs84", 117.02), ("gcj02", 117.0147)])
def test_a_workbook_with_coordinates_makes_points(take, tmp_path, datum, lon):
    path = tmp_path / "口.xlsx"
    path.write_bytes(
        sheet([["排污口表"], ["名称", "行政区划", "经度", "纬度"], ["口", "341721102201", 117.02, 30.4]])
    )
    assert take(path, "outfall", "--datum", datum)[1]["created"] == 1
    assert Facility.objects.get().shapes.get().min_lon == pytest.approx(lon, abs=1e-3)


@pytest.mark.parametrize("name", ["a.dwg", "gone.gpkg"])
def test_what_cannot_be_opened_is_one_line_and_status_2(take, tmp_path, name):
    if name != "gone.gpkg":
        (tmp_path / name).write_bytes(b"x")
    status, told = take(tmp_path / name, "reach")
    assert (status, told.count("\n")) == (2, 1)
