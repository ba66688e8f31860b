"""Finding divisions: by code, name, sound; above, below."""

from __future__ import annotations

import pytest

from shanhe.ground.divisions.queries import (
    division_children,
    division_paths,
    divisions_found,
    divisions_under,
)
from shanhe.ground.divisions.rows import DivisionRow
from shanhe.ground.divisions.services import divisions_import


@pytest.fixture
def county(make):
    rows = [
        ("340000000000", "安徽省", "province", ""),
        ("341700000000", "池州市", "prefecture", "340000000000"),
        ("341721000000", "东至县", "county", "341700000000"),
        ("341722000000", "石台县", "county", "341700000000"),
        ("341721102000", "大渡口镇", "township", "341721000000"),
        ("341721102001", "渡口社区", "village", "341721102000"),
        ("341721102201", "杨墩村委会", "village", "341721102000"),
        ("341721102211", "四合村委会", "village", "341721102000"),
    ]
    divisions_import(
        rows=[DivisionRow(number, *cells) for number, cells in enumerate(rows, 2)], by=None, at=make.now
    )
    return make


@pytest.mark.parametrize("text", ["大渡口镇", "大渡", "ddk", "DDKZ", "dadukou", "da du kou", "341721102"])
def test_a_township_is_found_first_by_code_name_pinyin_or_initials(county, text):
    assert divisions_found(text)[0].name == "大渡口镇"


@pytest.mark.parametrize("text", ["", "  ", "xyz", "西藏", "999", "%", "_", "ddk%"])
def test_nothing_is_found_by_nothing_or_by_wild_cards(county, text):
    assert divisions_found(text) == []


def test_the_whole_name_comes_before_upper_levels(county):
    assert [one.name for one in divisions_found("渡口社区")] == ["渡口社区"]
    assert [one.name for one in divisions_found("渡口")] == ["大渡口镇", "渡口社区"]


def test_a_search_can_be_kept_within_a_ground(county):
    within = county.scope(county.stranger).seen.divisions("code")
    assert divisions_found("大渡口", within=within) == []
    assert [one.name for one in divisions_found("石台", within=within)] == ["石台县"]


def test_a_subtree_holds_the_division_and_all_below_and_nothing_beside(county):
    names = [one.name for one in divisions_under(county.dongzhi)]
    assert names == ["东至县", "大渡口镇", "渡口社区", "杨墩村委会", "四合村委会"]


def test_children_are_those_right_below(county):
    assert [one.name for one in division_children(None)] == ["安徽省"]
    assert [one.name for one in division_children(county.division("341700000000"))] == ["东至县", "石台县"]


def test_paths_of_one_or_fifty_codes_cost_one_query(county, django_assert_num_queries):
    with django_assert_num_queries(1):
        paths = division_paths(["341721102201"])
    assert [one.name for one in paths["341721102201"]] == [
        "安徽省",
        "池州市",
        "东至县",
        "大渡口镇",
        "杨墩村委会",
    ]
    with django_assert_num_queries(1):
        assert len(division_paths([f"3417211022{number:02}" for number in range(50)])) == 50
