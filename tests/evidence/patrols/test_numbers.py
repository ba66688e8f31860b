"""The local numbers patrols go by: from the day's policies, by the nearest, in one query."""

from __future__ import annotations

import pytest

from shanhe.evidence.patrols.numbers import numbers_of
from shanhe.evidence.patrols.rulesets import DEFAULT_COUNTING, rules_from, rules_from_json, rules_json
from shanhe.ground.policies.services import pack_load
from shanhe.kernel.tracks.types import Rules


def test_without_a_policy_the_command_lines_defaults_hold(make):
    reach = make.reach()
    found = numbers_of([reach], make.today)
    assert found.rule_set(reach).rules == Rules()
    assert found.rule_set(reach).policy_id is None
    assert found.rule_set(reach).counting == DEFAULT_COUNTING
    assert found.assistants(reach) == ()
    assert found.checklist(reach) == []


def test_the_shipped_defaults_judge_a_village_reach_as_the_command_line_does(make):
    pack_load(name="default", by=None, at=make.now)
    reach = make.reach()
    rules = numbers_of([reach], make.today).rule_set(reach).rules
    assert rules_json(rules) | {"id": ""} == rules_json(Rules(id=""))


def test_the_shipped_defaults_have_a_checklist_for_each_kind_of_area(make):
    pack_load(name="default", by=None, at=make.now)
    reach, unit = make.reach(), make.forest_unit()
    found = numbers_of([reach, unit], make.today)
    assert [item["zh"] for item in found.checklist(reach)] == ["水体水岸", "涉水活动", "水工建筑物", "其他"]
    assert "fire" in [item["key"] for item in found.checklist(unit)]
    assert all(item["en"] for item in found.checklist(unit))
    assert "patroller" in found.assistants(reach)


def test_many_areas_and_keys_cost_one_query(make, django_assert_num_queries):
    make.policy("patrol.rules", {"tolerance_m": 30}, division="341700000000")
    areas = [make.reach(), make.forest_unit(), make.reach(division="341722100200")]
    with django_assert_num_queries(1):
        found = numbers_of(areas, make.today)
        assert {found.rule_set(area).rules.tolerance_m for area in areas} == {30}
        assert all(found.assistants(area) == () for area in areas)


def test_the_stamp_tells_two_values_of_one_row_apart():
    one, two = rules_from({"tolerance_m": 30}, 7), rules_from({"tolerance_m": 31}, 7)
    assert one.id.startswith("policy:7:")
    assert one.id != two.id
    assert rules_from({"tolerance_m": 30}, 7).id == one.id


@pytest.mark.parametrize("rules", [Rules(), Rules(id="x", kind="stops", checks=("too_fast",), min_stops=5)])
def test_a_rule_set_survives_being_kept(rules):
    assert rules_from_json(rules_json(rules)) == rules
