"""Whom to call: the people of today, the nearest first, with the numbers one may dial."""

from __future__ import annotations

from datetime import timedelta

import pytest

PAGE = "/office/call/"


@pytest.fixture
def reach(make):
    return make.reach("小河", division=make.village.code, at=(117.0, 30.0))


@pytest.fixture
def chain(make, reach):
    """Chief, patroller, office and police of the reach."""
    chief = make.person(make.village, "甲河长", phone="13800000001")
    make.appointment(chief, make.post(), areas=[reach])
    patroller = make.person(make.village, "乙巡河", phone="13800000002")
    make.appointment(patroller, make.post("patroller", "village"), areas=[reach])
    police = make.person(make.dadukou, "丙警长", phone="13800000003")
    make.appointment(police, make.post("police", "township"), make.dadukou)
    town = make.person(make.dadukou, "丁镇长", phone="13800000004")
    make.appointment(town, make.post("chief", "township"), make.dadukou)
    make.organization(make.dadukou, name="大渡口镇河长办", office_phone="0566-7000001", system="river")
    return {"chief": chief, "patroller": patroller, "police": police, "town": town}


def page(client, **query: str) -> str:
    answer = client.get(PAGE, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_chief_patroller_office_and_police_stand_first_in_this_order(make, reach, chain):
    text = page(make.client(make.county_office), area=reach.code)
    first, _fold, others = text.partition("sh-fold-in")
    places = [first.index(word) for word in ("甲河长", "乙巡河", "大渡口镇河长办", "丙警长")]
    assert places == sorted(places)
    assert [word in first for word in ("13800000001", "13800000002", "0566-7000001", "13800000003")] == [
        True
    ] * 4
    assert "丁镇长" in others


def test_without_a_chief_that_is_said_and_the_next_above_comes_first(make, reach):
    town = make.person(make.dadukou, "丁镇长", phone="13800000004")
    make.appointment(town, make.post("chief", "township"), make.dadukou)
    text = page(make.client(make.county_office), area=reach.code)
    assert "is-missing" in text
    assert text.index("is-missing") < text.index("丁镇长")


def test_who_has_left_is_not_called_any_more(make, reach, chain):
    gone = make.person(make.village, "戊前任", phone="13800000009")
    make.appointment(
        gone, make.post("ranger", "village"), areas=[reach], until=make.today - timedelta(days=1)
    )
    assert "戊前任" not in page(make.client(make.county_office), area=reach.code)


def test_from_a_place_to_the_nearest_area(make, reach, chain):
    make.reach("远河", division=make.village.code, at=(117.02, 30.0))
    client = make.client(make.county_office)
    lon, lat = 117.0005, 30.0
    text = page(client, at=f"{lon},{lat}")
    assert "甲河长" in text
    assert "远河" in text  # named beneath
    assert "甲河长" not in page(client, at="118.5,31.0")


def test_a_member_unit_gets_the_offices_number_and_no_work_phone(make, reach, chain):
    bureau = make.holder("member", "county", make.dongzhi, "bureau", system="both")
    text = page(make.client(bureau), area=reach.code)
    assert "tel:0566-7000001" in text
    assert "1380000000" not in text


def test_a_stranger_finds_neither_the_area_nor_the_place(make, reach, chain):
    client = make.client(make.stranger)
    assert client.get(PAGE, {"area": reach.code}).status_code == 404
    text = page(client, at="117.0005,30.0")
    assert "甲河长" not in text
    assert "小河" not in text


def test_without_a_place_one_chooses_among_ones_own_or_searches(make, reach):
    make.appointment(make.village_chief.person, make.post("patroller", "village"), areas=[reach])
    client = make.client(make.village_chief)
    text = page(client)
    assert "data-whereabouts" in text
    assert f"?area={reach.code}" in text
    assert f"?area={reach.code}" in page(client, q="xh")


@pytest.mark.parametrize("at", ["here", "117", "117,91", "nan,nan", "1,2,3"])
def test_what_is_no_place_is_refused(make, at):
    assert make.client(make.county_office).get(PAGE, {"at": at}).status_code == 422


def test_it_takes_as_many_queries_for_many_people_as_for_few(make, reach, chain, query_count):
    client = make.client(make.county_office)
    page(client, area=reach.code)
    few = query_count(lambda: page(client, area=reach.code))
    for _number in range(10):
        make.appointment(make.person(make.village), make.post("ranger", "village", "river"), areas=[reach])
    assert query_count(lambda: page(client, area=reach.code)) == few <= 16


def test_pages_of_areas_and_of_everybody_lead_there(make, reach):
    client = make.client(make.county_office)
    assert f"/office/call/?area={reach.code}" in client.get(f"/office/areas/{reach.code}/").content.decode()
    assert 'href="/office/call/"' in client.get("/office/").content.decode()
