"""Browsing divisions from one's own ground, searching them, and the page of one."""

from __future__ import annotations

from datetime import date

import pytest

from shanhe.ground.divisions.models import DivisionName

LIST = "/office/divisions/"


@pytest.fixture
def get(make):
    def asked(user, path: str = "", **params):
        return make.client(user).get(f"{LIST}{path}", params)

    return asked


def counts(answer) -> dict[str, tuple[int, int, int]]:
    assert answer.status_code == 200
    return {
        line.division.name: (line.counts.reaches, line.counts.forest_units, line.counts.vacant)
        for line in answer.context["page"].items
    }


def test_browsing_begins_below_the_top_of_one_s_ground(make, get):
    make.division("341721102201")
    make.division("341721100000")
    answer = get(make.county_office)
    assert answer.context["root"] == make.dongzhi
    assert set(counts(answer)) == {"尧渡镇", "大渡口镇"}


def test_each_row_counts_the_areas_below_and_those_nobody_keeps(make, get):
    make.keeper(make.reach())
    make.reach(division="341721102202")
    make.forest_unit()
    make.division("341721100000")
    assert counts(get(make.county_office)) == {"尧渡镇": (0, 0, 0), "大渡口镇": (2, 1, 2)}


def test_somebody_with_a_single_village_sees_that_village(make, get):
    make.reach()
    assert counts(get(make.village_chief)) == {"杨墩村委会": (1, 0, 0)}


def test_somebody_who_keeps_a_single_area_sees_the_division_it_lies_in(make, get):
    keeper = make.keeper(make.reach())
    assert set(counts(get(keeper))) == {"杨墩村委会"}
    assert get(keeper, "341721102201/").status_code == 200
    assert get(keeper, "341721102202/").status_code == 404


def test_the_administrator_begins_at_the_provinces(make, get):
    make.division("341721102201")
    make.division("653100000000")
    assert set(counts(get(make.administrator))) == {"安徽省", "新疆维吾尔自治区"}


@pytest.mark.parametrize("words", ["杨墩", "341721102201"])
def test_a_search_finds_a_division_with_what_lies_above_it(make, get, words):
    make.division("341721102201")
    answer = get(make.county_office, q=words)
    (line,) = answer.context["page"].items
    assert line.division == make.village
    assert "大渡口镇" in line.path


def test_a_search_stays_within_one_s_ground(make, get):
    make.division("341721102201")
    assert counts(get(make.stranger, q="杨墩")) == {}


def test_the_page_of_a_division_is_for_who_sees_its_ground(make, get):
    make.division("341721102201")
    assert get(make.county_office, "341721102201/").status_code == 200
    assert get(make.stranger, "341721102201/").status_code == 404
    assert get(make.village_chief, "341721102000/").status_code == 404
    assert get(make.county_office, "999999999999/").status_code == 404
    assert get(make.county_office, "a%00b/").status_code == 404
    assert make.client().get(f"{LIST}341721102201/").status_code == 302


def test_the_way_down_is_linked_as_far_as_one_s_ground_reaches(make, get):
    make.division("341721102201")
    crumbs = get(make.county_office, "341721102201/").context["crumbs"]
    assert [label for label, _url in crumbs][1:] == ["东至县", "大渡口镇", "杨墩村委会"]
    assert crumbs[1][1] == "/office/divisions/341721000000/"
    assert crumbs[-1][1] is None


def test_the_page_names_chiefs_units_areas_and_former_names(make, get):
    make.reach("龙泉河段")
    make.appointment(make.person(make.village, "王村长"), make.post("chief", "village"), make.village)
    make.organization(make.village, kind="village_committee", name="杨墩村民委员会")
    DivisionName.objects.create(division=make.village, name="杨墩乡", until=date(2001, 1, 1))
    DivisionName.objects.create(division=make.village, name="杨墩村委会", since=date(2001, 1, 1))
    page = get(make.county_office, "341721102201/").content.decode()
    for words in ("王村长", "杨墩村民委员会", "龙泉河段", "杨墩乡"):
        assert words in page


def test_browsing_asks_as_much_of_the_database_for_many_divisions_as_for_one(make, query_count):
    client = make.client(make.county_office)
    make.reach()
    path = f"{LIST}341721102000/"
    client.get(path)
    one = query_count(lambda: client.get(path))
    for number in range(10, 20):
        make.reach(division=f"3417211022{number}")
    assert query_count(lambda: client.get(path)) == one
