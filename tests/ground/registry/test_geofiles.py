"""Areas as files of map programs: every column an import asks for, and back again without a change."""

from __future__ import annotations

import json

import pytest

from make.registry import ADMINISTRATOR
from shanhe.ground.incoming.files import file_taken
from shanhe.ground.registry.geofiles import FORMATS, areas_file
from shanhe.ground.registry.geometry import same_place
from shanhe.ground.registry.models import Area
from shanhe.kernel.errors import Refusal

AT = (117.123456789, 30.4)  # more digits than programs write by themselves


@pytest.fixture
def world(make):
    """A reach in a reach, with all its facts, and a compartment."""
    water = make.water("龙泉河")
    above = make.reach("龙泉河县段", water=water, level="county", division="341721000000", code="R0")
    reach = make.reach(
        "龙泉河村段", water=water, parent=above, bank="left", code="R1", at=(117.123456789, 30.4)
    )
    Area.objects.filter(pk=reach.pk).update(half_width_m=12.5, since="2026-01-01")
    make.forest_unit(
        "一号网格", code="F1", kind="compartment", species="马尾松", tenure="集体", is_sketch=True
    )
    return make


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", ["reach", "forest-unit"])
def test_what_was_written_is_taken_in_unchanged(world, tmp_path, form, kind):
    path = tmp_path / f"areas.{form}"
    path.write_bytes(areas_file(Area.objects.all(), form, world.today))
    layer = kind if form == "gpkg" else ""
    report = file_taken(path=path, kind=kind, by=ADMINISTRATOR, at=world.now, sheet=layer)
    number = Area.objects.filter(kind=kind).count()
    assert (report.counts, report.refused) == (
        {"created": 0, "updated": 0, "unchanged": number, "refused": 0},
        [],
    )


def test_a_file_of_areas_makes_the_same_areas_elsewhere(world, tmp_path):
    path = tmp_path / "areas.geojson"
    path.write_bytes(areas_file(Area.objects.filter(kind="forest-unit"), "geojson", world.today))
    before = Area.objects.get(code="F1")
    shape = before.shapes.get()
    before.forest_unit.delete()
    before.delete()
    assert file_taken(path=path, kind="forest-unit", by=ADMINISTRATOR, at=world.now).counts["created"] == 1
    again = Area.objects.get(code="F1")
    assert (again.forest_unit.kind, again.forest_unit.species) == ("compartment", "马尾松")
    assert (again.shapes.get().wkb, again.shapes.get().is_sketch) == (shape.wkb, True)


def test_lengths_and_the_divisions_name_stand_in_it_for_readers(world):
    found = json.loads(areas_file(Area.objects.filter(code="R1"), "geojson", world.today))
    (feature,) = found["features"]
    told = feature["properties"]
    assert (told["division_name"], told["water"], told["parent"]) == ("杨墩村委会", told["water"], "R0")
    assert told["length_m"] == pytest.approx(2_000, abs=1)


def test_a_turned_or_rounded_ring_is_the_same_place_a_turned_line_is_not(world):
    from shapely import from_wkb, to_wkb

    grid = from_wkb(bytes(Area.objects.get(code="F1").shapes.get().wkb))
    assert same_place(to_wkb(grid), to_wkb(grid.reverse()))
    line = from_wkb(bytes(Area.objects.get(code="R1").shapes.get().wkb))
    assert not same_place(to_wkb(line), to_wkb(line.reverse()))
    assert not same_place(to_wkb(grid), to_wkb(grid.buffer(0.001)))


def test_nothing_cannot_be_written(make):
    with pytest.raises(Refusal, match="nothing to write"):
        areas_file(Area.objects.none(), "gpkg", make.today)


def test_many_areas_cost_no_more_questions(world, query_count):
    def ask() -> None:
        areas_file(Area.objects.all(), "geojson", world.today)

    few = query_count(ask)
    for _each in range(5):
        world.forest_unit()
    assert query_count(ask) == few
