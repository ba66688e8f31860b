"""Registering, changing and retiring what the registry keeps."""

from __future__ import annotations

from datetime import date

import pytest

from shanhe.ground.audit.models import Event
from shanhe.ground.registry.models import Area, AreaWithin, Facility, Shape, WaterBody
from shanhe.ground.registry.rows import AreaRow
from shanhe.ground.registry.services import (
    area_change,
    area_retire,
    areas_import,
    facility_register,
    forest_unit_register,
    purge_simulated,
    reach_register,
    water_register,
)
from shanhe.kernel.errors import Refusal


def closure() -> set[tuple[str, str, int]]:
    return set(AreaWithin.objects.values_list("area__code", "ancestor__code", "depth"))


def register(make, **more):
    options = {"water": None, "name": "某段", "division": make.village, "by": make.actor(make.county_office)}
    options |= {"at": make.now, **more}
    options["water"] = options["water"] or make.water()
    return reach_register(**options)


def test_an_area_without_a_code_gets_the_countys_next(make):
    first, second = register(make), register(make, name="另一段")
    assert first.code == "341721000001"
    assert second.code == "341721000002"


def test_a_given_code_is_not_drawn_again(make):
    register(make, code="341721000041")
    assert register(make, name="另一段").code == "341721000042"


def test_an_area_is_found_by_the_sound_of_its_name(make):
    reach = register(make, name="龙泉河大渡口段")
    assert (reach.initials, reach.pinyin) == ("lqhddkd", "longquanhedadukouduan")


def test_a_reach_lies_in_itself_and_in_all_above_it(make):
    water = make.water()
    county = register(make, water=water, code="C", division=make.dongzhi)
    town = register(make, water=water, code="T", division=make.dadukou, parent=county)
    register(make, water=water, code="V", parent=town)
    assert closure() == {
        ("C", "C", 0),
        ("T", "T", 0),
        ("T", "C", 1),
        ("V", "V", 0),
        ("V", "T", 1),
        ("V", "C", 2),
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"level": "county"}, None),
        ({"level": "hamlet"}, "level"),
        ({"bank": "middle"}, "bank"),
        ({"from_m": 500.0, "to_m": 400.0}, "to_m"),
        ({"half_width_m": -1.0}, "half_width_m"),
    ],
)
def test_faulty_fields_are_named(make, change, field):
    if field is None:
        register(make, division=make.dongzhi, **change)
        return
    with pytest.raises(Refusal) as refused:
        register(make, **change)
    assert field in refused.value.fields
    assert not Area.objects.exists()


def test_all_faulty_fields_are_named_at_once(make):
    with pytest.raises(Refusal) as refused:
        register(make, name="", bank="middle")
    assert set(refused.value.fields) == {"name", "bank"}


def test_an_area_cannot_lie_in_a_smaller_division_than_its_level(make):
    with pytest.raises(Refusal) as refused:
        register(make, level="county")
    assert set(refused.value.fields) == {"level"}


def test_a_reach_lies_in_one_of_a_higher_level_of_its_own_water(make):
    water = make.water()
    village = register(make, water=water)
    with pytest.raises(Refusal, match="higher level"):
        register(make, water=water, name="另一段", parent=village)
    county = register(make, water=make.water(), division=make.dongzhi)
    with pytest.raises(Refusal, match="another water"):
        register(make, water=water, name="另一段", parent=county)
    far = register(make, water=water, division=make.division("341721100000"))
    with pytest.raises(Refusal, match="another division"):
        register(make, water=water, name="另一段", parent=far)


def test_a_reach_stays_within_the_chainage_of_the_one_it_lies_in(make):
    water = make.water()
    county = register(make, water=water, division=make.dongzhi, from_m=0.0, to_m=5_000.0)
    register(make, water=water, parent=county, from_m=4_000.0, to_m=5_000.5)
    with pytest.raises(Refusal, match="beyond the chainage"):
        register(make, water=water, name="另一段", parent=county, from_m=4_000.0, to_m=5_100.0)


def test_the_same_area_is_not_registered_twice(make):
    water = make.water()
    first = register(make, water=water)
    with pytest.raises(Refusal) as refused:
        register(make, water=water)
    assert (refused.value.code, refused.value.status) == ("registry.known", 409)
    assert first.code in str(refused.value)


def test_a_stranger_registers_nothing_here(make):
    water = make.water()
    by = make.actor(make.stranger)
    with pytest.raises(Refusal) as refused:
        register(make, water=water, by=by)
    assert (refused.value.code, refused.value.status) == ("registry.not_yours", 403)
    with pytest.raises(Refusal):
        forest_unit_register(name="某网格", division=make.village, by=by, at=make.now)
    with pytest.raises(Refusal):
        water_register(name="某河", division=make.dongzhi, by=by, at=make.now)
    with pytest.raises(Refusal):
        facility_register(kind="outfall", name="某口", division=make.village, by=by, at=make.now)
    assert not Area.objects.exists()
    assert not Facility.objects.exists()
    assert WaterBody.objects.count() == 1


def test_a_forest_unit_may_lie_in_one_of_its_own_level(make):
    grid = make.forest_unit()
    inner = make.forest_unit(parent=grid, kind="subcompartment")
    assert inner.forest_unit.parent_id == grid.pk


def test_a_line_is_no_forest_unit(make):
    from make.registry import line_at

    with pytest.raises(Refusal, match="not a line"):
        make.forest_unit(geometry=line_at((117, 30), 500))


def test_registering_leaves_one_event(make):
    make.county_office  # noqa: B018  appoints
    water = make.water()
    before = Event.objects.count()
    area = register(make, water=water)
    event = Event.objects.order_by("seq").last()
    assert Event.objects.count() == before + 1
    assert (event.action, event.object_id, event.data["code"]) == ("area.register", str(area.pk), area.code)


def test_a_change_names_its_fields_on_the_ledger(make):
    reach = make.reach(name="旧名")
    area_change(area=reach, by=make.actor(make.county_office), at=make.now, name="新名", bank="left")
    reach.refresh_from_db()
    assert (reach.name, reach.initials, reach.reach.bank) == ("新名", "xm", "left")
    event = Event.objects.order_by("seq").last()
    assert (event.action, event.data) == ("area.change", {"fields": ["name", "bank"]})


def test_a_change_that_changes_nothing_leaves_no_event(make):
    reach = make.reach(name="河段")
    by = make.actor(make.county_office)
    before = Event.objects.count()
    area_change(area=reach, by=by, at=make.now, name="河段")
    assert Event.objects.count() == before


def test_moving_an_area_moves_all_nested_in_it(make):
    water = make.water()
    one = make.reach(code="A", level="county", water=water)
    two = make.reach(code="B", level="county", water=water)
    town = make.reach(code="T", level="township", parent=one)
    make.reach(code="V", parent=town)
    area_change(area=town, by=make.actor(make.county_office), at=make.now, parent="B")
    assert ("V", "B", 2) in closure()
    assert ("T", "B", 1) in closure()
    assert not [row for row in closure() if row[1] == "A" and row[0] != "A"]
    assert two.pk == Area.objects.get(code="T").reach.parent_id


def test_an_area_that_others_lie_in_keeps_its_division_and_is_not_retired(make):
    town = make.reach(level="township")
    make.reach(parent=town)
    by = make.actor(make.county_office)
    make.division("341721100000")
    with pytest.raises(Refusal, match="move them first"):
        area_change(area=town, by=by, at=make.now, division="341721100000")
    with pytest.raises(Refusal, match="move them first"):
        area_retire(area=town, on=make.today, by=by, at=make.now)


def test_a_retired_area_keeps_its_past(make):
    reach = make.reach(since=date(2025, 1, 1))
    by = make.actor(make.county_office)
    with pytest.raises(Refusal, match="cannot end before"):
        area_retire(area=reach, on=date(2024, 1, 1), by=by, at=make.now)
    area_retire(area=reach, on=make.today, by=by, at=make.now)
    with pytest.raises(Refusal, match="no longer valid"):
        area_retire(area=reach, on=make.today, by=by, at=make.now)
    assert Area.objects.get().until == make.today


def rows(make, count: int) -> list[AreaRow]:
    from make.registry import square_at

    make.village  # noqa: B018
    top = AreaRow(1, "forest-unit", "大网格", "341721102000", code="TOP", geometry=square_at((117, 30), 900))
    return [
        *(
            AreaRow(
                number,
                "forest-unit",
                f"网格{number}",
                "341721102201",
                parent="TOP",
                geometry=square_at((117 + number * 1e-4, 30), 100),
            )
            for number in range(2, count + 1)
        ),
        top,
    ]


def test_many_areas_go_in_at_once_parents_anywhere_among_them(make):
    by = make.actor(make.county_office)
    report = areas_import(rows=rows(make, 40), by=by, at=make.now)
    assert (report.created, report.updated, report.unchanged, report.refused) == (40, 0, 0, [])
    assert Shape.objects.count() == 40
    assert AreaWithin.objects.filter(ancestor__code="TOP", depth=1).count() == 39
    assert Event.objects.filter(action="area.register").count() == 40


def test_the_same_areas_again_change_nothing(make):
    by = make.actor(make.county_office)
    areas_import(rows=rows(make, 10), by=by, at=make.now)
    before = Event.objects.count()
    report = areas_import(rows=rows(make, 10), by=by, at=make.now)
    assert (report.created, report.updated, report.unchanged) == (0, 0, 10)
    assert Event.objects.count() == before


@pytest.mark.parametrize("count", [2, 60])
def test_the_number_of_queries_does_not_grow_with_the_number_of_areas(
    make, count, django_assert_max_num_queries
):
    by = make.actor(make.county_office)
    listed = rows(make, count)
    with django_assert_max_num_queries(30):
        areas_import(rows=listed, by=by, at=make.now)


def test_areas_nested_in_a_ring_are_refused(make):
    ring = [
        AreaRow(1, "forest-unit", "甲", "341721102201", code="A", parent="B"),
        AreaRow(2, "forest-unit", "乙", "341721102201", code="B", parent="A"),
    ]
    make.village  # noqa: B018
    report = areas_import(rows=ring, by=make.actor(make.county_office), at=make.now)
    assert {refused.field for refused in report.refused} == {"parent"}
    assert not Area.objects.exists()


def test_purging_takes_out_simulated_records_only(make):
    kept = make.reach()
    gone = make.reach(is_simulated=True)
    make.facility(area=gone, is_simulated=True)
    assert purge_simulated(by=make.actor(make.administrator), at=make.now) == 2
    assert list(Area.objects.all()) == [kept]
    assert Shape.objects.count() == 1
