"""Areas without a keeper 责任空白: which, since when, which post is missing, whose business it is."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from openpyxl import load_workbook

LIST = "/office/gaps/"


@pytest.fixture
def get(make):
    def asked(user, path: str = "", **params):
        return make.client(user).get(f"{LIST}{path}", params)

    return asked


def lines(answer):
    assert answer.status_code == 200
    return {line.area.name: line for line in answer.context["page"].items}


def test_an_area_with_a_keeper_of_its_level_is_not_in_the_list(make, get):
    kept, vacant = make.reach("有人管"), make.reach("没人管")
    make.keeper(kept)
    answer = get(make.county_office)
    assert set(lines(answer)) == {"没人管"}
    assert (answer.context["total"], answer.context["areas"]) == (1, 2)
    assert vacant.code in answer.content.decode()


def test_a_gap_says_since_when_which_post_and_which_office(make, get):
    reach = make.reach("龙泉河段")
    post = make.post("chief", "village")
    make.appointment(make.person(), post, areas=[reach], until=date(2026, 2, 20))
    make.organization(make.dadukou, name="大渡口镇河长制办公室", system="river", office_phone="0566-1")
    line = lines(get(make.county_office))["龙泉河段"]
    assert line.gap.vacant_since == date(2026, 2, 20)
    assert line.days == 10
    assert line.post == post.local_name
    assert line.office.name == "大渡口镇河长制办公室"


def test_the_list_answers_for_any_day(make, get):
    reach = make.reach("龙泉河段")
    make.appointment(make.person(), areas=[reach], since=date(2025, 6, 1), until=date(2025, 9, 1))
    assert set(lines(get(make.county_office, day="2025-05-31"))) == {"龙泉河段"}
    assert set(lines(get(make.county_office, day="2025-06-01"))) == set()
    assert set(lines(get(make.county_office, day="2025-09-01"))) == {"龙泉河段"}


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"kind": "reach"}, {"龙泉河段"}),
        ({"kind": "forest-unit"}, {"北山网格"}),
        ({"division": "341721102202"}, {"北山网格"}),
        ({"q": "lqhd"}, {"龙泉河段"}),
        ({"level": "county"}, set()),
    ],
)
def test_each_filter_lets_through_what_it_names(make, get, params, found):
    make.reach("龙泉河段")
    make.forest_unit("北山网格", division="341721102202")
    assert set(lines(get(make.county_office, **params))) == found


def test_only_the_office_that_may_appoint_is_offered_to(make, get):
    make.reach()
    assert next(iter(lines(get(make.county_office)).values())).may_appoint
    chief = make.holder("general_chief", "county", make.dongzhi, "county-chief")
    assert not next(iter(lines(get(chief)).values())).may_appoint


def test_a_stranger_sees_no_gaps_of_others(make, get):
    make.reach()
    assert lines(get(make.stranger)) == {}
    assert make.client().get(LIST).status_code == 302


def test_the_workbook_holds_the_same_rows(make, get):
    reach = make.reach("龙泉河段")
    make.forest_unit("北山网格")
    answer = get(make.county_office, "export.xlsx", kind="reach")
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))
    _head, *rows = book.worksheets[0].iter_rows(values_only=True)
    assert [row[:2] for row in rows] == [(reach.code, "龙泉河段")]


def test_the_list_asks_as_much_of_the_database_for_many_rows_as_for_one(make, query_count):
    client = make.client(make.county_office)
    make.reach()
    client.get(LIST)
    one = query_count(lambda: client.get(LIST))
    for _number in range(8):
        make.forest_unit()
    assert query_count(lambda: client.get(LIST)) == one
