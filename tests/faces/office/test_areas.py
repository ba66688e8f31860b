"""The list of areas, its workbook, the page of one area on any day, and what its map draws."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from shanhe.ground.people.services import appointment_correct
from shanhe.ground.registry.services import area_retire

LIST = "/office/areas/"


@pytest.fixture
def get(make):
    def asked(user, path: str = "", **params):
        return make.client(user).get(f"{LIST}{path}", params)

    return asked


@pytest.fixture
def show(get):
    def text(user, path: str = "", **params) -> str:
        answer = get(user, path, **params)
        assert answer.status_code == 200, answer.status_code
        return answer.content.decode()

    return text


def names(answer) -> list[str]:
    return [line.area.name for line in answer.context["page"].items]


# -- the list ------------------------------------------------------------------------------------------------


def test_a_row_says_what_it_is_how_long_and_who_keeps_it(make, show):
    reach = make.reach("龙泉河段", length_m=2_500)
    make.appointment(make.person(name="王小河"), areas=[reach])
    page = show(make.county_office)
    for words in ("龙泉河段", reach.code, "2.5", "王小河", "杨墩村委会"):
        assert words in page


def test_a_forest_unit_is_told_in_mu_with_the_metric_value_beside(make, show):
    make.forest_unit(side_m=500)
    page = show(make.county_office)
    assert "375" in page
    assert "hm²" in page or "公顷" in page


def test_who_may_see_an_area_sees_it_in_the_list_and_nobody_else(make, get):
    make.reach("看得见")
    assert names(get(make.county_office)) == ["看得见"]
    assert names(get(make.village_chief)) == ["看得见"]
    assert names(get(make.stranger)) == []


def test_strangers_without_an_account_are_sent_to_sign_in(make):
    reach = make.reach()
    for path in (
        "",
        "export.xlsx",
        "new/",
        f"{reach.code}/",
        f"{reach.code}/edit/",
        f"{reach.code}/shape.json",
    ):
        answer = make.client().get(LIST + path)
        assert answer.status_code == 302, path
        assert answer["Location"].startswith("/accounts/login/"), path


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"kind": "reach"}, ["龙泉河段"]),
        ({"kind": "forest-unit"}, ["北山网格"]),
        ({"level": "county"}, []),
        ({"q": "lqhd"}, ["龙泉河段"]),
        ({"q": "longquan"}, ["龙泉河段"]),
        ({"q": "北山"}, ["北山网格"]),
        ({"division": "341721102202"}, ["北山网格"]),
        ({"division": "341721102000"}, ["北山网格", "龙泉河段"]),
        ({"keeper": "王小河"}, ["龙泉河段"]),
        ({"keeper": "张"}, []),
        ({"vacant": "1"}, ["北山网格"]),
        ({"vacant": "0"}, ["龙泉河段"]),
    ],
)
def test_each_filter_lets_through_what_it_names(make, get, params, found):
    reach = make.reach("龙泉河段")
    make.forest_unit("北山网格", division="341721102202")
    make.appointment(make.person(name="王小河"), areas=[reach])
    assert sorted(names(get(make.county_office, **params))) == sorted(found)


def test_areas_are_found_by_how_they_stand(make, get):
    make.policy("patrol.unvisited_days", 7)
    walked, late = make.reach("走过的"), make.reach("没走的")
    make.patrol(walked)
    make.keeper(late)
    county = make.county_office
    assert names(get(county, state="met")) == ["走过的"]
    assert names(get(county, state="never,overdue")) == ["没走的"]
    assert names(get(county, state="free")) == []


def test_a_filter_that_cannot_be_used_is_refused_by_its_name(make, get):
    answer = get(make.county_office, state="happy")
    assert answer.status_code == 422
    assert 'data-field="state"' in answer.content.decode()


def test_the_list_goes_on_behind_its_last_row(make, get):
    for number in range(3):
        make.reach(f"第{number}段")
    first = get(make.county_office, limit=2)
    second = get(make.county_office, limit=2, after=first.context["page"].next)
    assert len(names(first)) == 2
    assert len(names(second)) == 1
    assert not set(names(first)) & set(names(second))
    assert first.context["total"] == 3


def test_a_retired_area_is_not_in_the_list(make, get):
    reach = make.reach()
    area_retire(area=reach, on=make.today, by=make.actor(make.administrator), at=make.now)
    assert names(get(make.county_office)) == []


def test_an_empty_list_says_how_to_begin_to_who_may(make, show):
    assert "/office/areas/new/" in show(make.county_office)
    assert "/office/areas/new/" not in show(make.village_chief)


def test_the_list_asks_as_much_of_the_database_for_many_rows_as_for_one(make, query_count):
    client = make.client(make.county_office)
    make.keeper(make.reach())
    client.get(LIST)
    one = query_count(lambda: client.get(LIST))
    for _number in range(8):
        make.keeper(make.reach())
        make.forest_unit()
    assert query_count(lambda: client.get(LIST)) == one


# -- the workbook --------------------------------------------------------------------------------------------


def rows_of(answer) -> list[tuple]:
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))
    return list(book.worksheets[0].iter_rows(values_only=True))


def test_the_workbook_holds_what_the_list_shows_with_its_filters(make, get):
    reach = make.reach("龙泉河段", length_m=2_500)
    make.appointment(make.person(name="王小河"), areas=[reach])
    make.forest_unit("北山网格")
    _head, *rows = rows_of(get(make.county_office, "export.xlsx", kind="reach"))
    (row,) = rows
    assert (row[0], row[1]) == (reach.code, "龙泉河段")
    assert row[6] == pytest.approx(2.5, abs=0.001)
    assert row[8] == "王小河"


def test_the_workbook_of_a_stranger_has_a_head_alone(make, get):
    make.reach()
    assert len(rows_of(get(make.stranger, "export.xlsx"))) == 1


# -- the page ------------------------------------------------------------------------------------------------


def test_the_page_is_there_for_who_sees_the_area_and_for_nobody_else(make, get):
    reach = make.reach()
    assert get(make.village_chief, f"{reach.code}/").status_code == 200
    for path in (f"{reach.code}/", f"{reach.code}/shape.json"):
        assert get(make.stranger, path).status_code == 404
    assert get(make.county_office, "000000000000/").status_code == 404
    assert get(make.county_office, "a%00b/").status_code == 404


def test_the_chain_stands_level_by_level_from_the_top(make, get):
    reach = make.reach()
    make.appointment(make.person(make.dongzhi, "钱县长"), make.post("general_chief", "county"), make.dongzhi)
    make.appointment(make.person(make.village, "王村长"), make.post("chief", "village"), make.village)
    make.appointment(make.person(make.village, "李巡河"), make.post("patroller", "village"), areas=[reach])
    steps = get(make.county_office, f"{reach.code}/").context["steps"]
    assert [step.level for step in steps] == ["county", "township", "village"]
    assert [[link.holder.person_name for link in step.links] for step in steps] == [
        ["钱县长"],
        [],
        ["王村长", "李巡河"],
    ]
    assert [bool(step.missing) for step in steps] == [False, True, False]


def test_the_chain_is_that_of_the_day_asked_about(make, get):
    reach = make.reach()
    post = make.post("chief", "village")
    make.appointment(make.person(name="王前任"), post, areas=[reach], until=date(2025, 7, 1))
    make.appointment(make.person(name="李现任"), post, areas=[reach], since=date(2025, 9, 1))

    def keepers(day: str) -> list[str]:
        steps = get(make.county_office, f"{reach.code}/", day=day).context["steps"]
        return [link.holder.person_name for step in steps for link in step.links]

    assert keepers("2025-06-30") == ["王前任"]
    assert keepers("2025-07-01") == []
    assert keepers("2025-09-01") == ["李现任"]
    page = get(make.county_office, f"{reach.code}/", day="2025-08-01")
    assert page.context["gap"].vacant_since == date(2025, 7, 1)
    assert page.context["look"] == "vacant"


def test_everybody_who_ever_held_it_is_named_with_the_days(make, show):
    reach = make.reach()
    post = make.post("chief", "village")
    make.appointment(make.person(name="王前任"), post, areas=[reach], until=date(2025, 7, 1))
    make.appointment(make.person(name="李现任"), post, areas=[reach], since=date(2025, 9, 1))
    page = show(make.county_office, f"{reach.code}/")
    for words in ("王前任", "李现任", "2025-07-01", "2025-09-01"):
        assert words in page


def test_an_appointment_entered_by_mistake_is_no_part_of_the_history(make, show):
    reach = make.reach()
    wrong = make.appointment(make.person(name="王错录"), make.post("chief", "village"), areas=[reach])
    appointment_correct(
        appointment=wrong,
        person=make.person(name="李改对"),
        reason="录错了人",
        by=make.actor(make.administrator),
        at=make.now,
    )
    page = show(make.county_office, f"{reach.code}/")
    assert "李改对" in page
    assert "王错录" not in page


def test_a_telephone_is_shown_to_the_office_that_manages_the_person_alone(make, show):
    reach = make.reach()
    person = make.person(name="王村长", phone="13900000001")
    make.appointment(person, make.post("chief", "village"), areas=[reach])
    path = f"{reach.code}/"
    assert "13900000001" in show(make.county_office, path)
    assert "13900000001" in show(make.administrator, path)
    assert "13900000001" not in show(make.village_chief, path)


def test_the_office_s_own_telephone_is_for_everybody_who_sees_the_area(make, show):
    reach = make.reach()
    office = make.organization(office_phone="0566-0000001")
    person = make.person(name="王村长", organization=office)
    make.appointment(person, make.post("chief", "village"), areas=[reach])
    assert "0566-0000001" in show(make.village_chief, f"{reach.code}/")


def test_who_lies_outside_one_s_ground_is_named_without_a_link(make, show):
    reach = make.reach()
    person = make.person(make.dongzhi, "钱县长")
    make.appointment(person, make.post("general_chief", "county"), make.dongzhi)
    link = f"/office/people/{person.pk}/"
    path = f"{reach.code}/"
    assert link in show(make.county_office, path)
    page = show(make.village_chief, path)
    assert "钱县长" in page
    assert link not in page


def test_patrols_stand_on_the_page_for_who_supervises_them(make, get):
    reach = make.reach()
    make.patrol(reach)
    assert len(get(make.county_office, f"{reach.code}/").context["patrols"]) == 1
    assert len(get(make.village_chief, f"{reach.code}/").context["patrols"]) == 1
    member = make.holder("member", "county", make.dongzhi, "water-bureau")
    assert len(get(member, f"{reach.code}/").context["patrols"]) == 0


def test_the_month_says_what_all_patrols_covered_together(make, get):
    reach = make.reach(length_m=2_000)
    make.patrol(reach, (0, 1_000), starts=make.now - timedelta(hours=9))
    make.patrol(reach, (1_000, 1_950), starts=make.now - timedelta(hours=3))
    month = get(make.county_office, f"{reach.code}/").context["month"]
    assert month.patrols == 2
    assert month.coverage > 0.9


def test_only_the_office_that_manages_the_area_is_offered_to_change_it(make, show):
    reach = make.reach()
    edit = f"/office/areas/{reach.code}/edit/"
    assert edit in show(make.county_office, f"{reach.code}/")
    assert edit not in show(make.village_chief, f"{reach.code}/")


def test_a_sketch_and_a_simulated_area_say_so(make, show):
    reach = make.reach(is_sketch=True, is_simulated=True)
    page = show(make.county_office, f"{reach.code}/")
    assert page.count("sh-mark") >= 2


def test_the_sheet_bears_the_office_that_is_responsible(make, show):
    reach = make.reach()
    make.organization(make.dongzhi, name="东至县河长制办公室", system="river")
    make.organization(make.dadukou, name="大渡口镇河长制办公室", system="river")
    make.organization(make.dadukou, name="大渡口镇林长制办公室", system="forest")
    page = show(make.county_office, f"{reach.code}/")
    assert '<p class="sh-print-office">大渡口镇河长制办公室</p>' in page


def test_the_page_asks_as_much_of_the_database_for_many_holders_and_facilities_as_for_few(make, query_count):
    reach = make.reach()
    make.keeper(reach)
    make.facility(area=reach)
    client = make.client(make.county_office)
    path = f"{LIST}{reach.code}/"
    client.get(path)
    few = query_count(lambda: client.get(path))
    for _number in range(5):
        make.keeper(reach, kind="patroller")
        make.facility(area=reach)
    assert query_count(lambda: client.get(path)) == few


# -- the map -------------------------------------------------------------------------------------------------


def test_the_map_draws_the_area_what_lies_in_it_and_its_facilities(make, get):
    river = make.water(level="county")
    above = make.reach("县段", level="county", water=river, length_m=9_000, at=(117.0, 30.4))
    own = make.reach("镇段", level="township", parent=above, length_m=5_000, at=(117.0, 30.4))
    make.reach("村段", parent=own, length_m=2_000, at=(117.0, 30.4), is_sketch=True)
    make.facility(area=own, name="公示牌一")
    body = get(make.county_office, f"{own.code}/shape.json").json()
    told = [feature["properties"] for feature in body["features"]]
    areas = {each["name"]: each for each in told if each["layer"] == "area"}
    assert set(areas) == {"镇段", "村段"}
    assert areas["镇段"]["state"] == "vacant"
    assert areas["村段"]["sketch"] is True
    assert [each["layer"] for each in told].count("water") == 1
    assert [each["name"] for each in told if each["layer"] == "facility"] == ["公示牌一"]
    assert body["as_of"] == "2026-03-02 09:30"
