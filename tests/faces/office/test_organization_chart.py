"""The organization chart: divisions, units, posts and people as of a day, within one's ground."""

from __future__ import annotations

from datetime import date

import pytest

PAGE = "/office/organizations/chart/"


@pytest.fixture
def town(make):
    """The town's office with a clerk and a director, and a village below with a chief."""
    office = make.organization(make.dadukou, name="大渡口镇河长办", office_phone="0566-7000001")
    clerk = make.person(make.dadukou, "郑文书", organization=office)
    make.appointment(clerk, make.post("clerk", "township"), make.dadukou)
    director = make.person(make.dadukou, "周主任", organization=office)
    make.appointment(director, make.post("office_director", "township"), make.dadukou, until=date(2026, 2, 1))
    chief = make.person(make.village, "吴村长")
    make.appointment(chief, make.post(), make.village)
    return office


def page(client, address: str = PAGE, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_units_posts_and_people_stand_under_their_division(make, town):
    text = page(make.client(make.county_office), at=make.dadukou.code)
    places = [text.index(word) for word in ("大渡口镇河长办", "郑文书", "杨墩村委会", "吴村长")]
    assert places == sorted(places)
    assert "tel:0566-7000001" in text


def test_a_post_that_was_left_stands_there_as_vacant(make, town):
    client = make.client(make.county_office)
    text = page(client, at=make.dadukou.code)
    assert "周主任" not in text
    assert "2026-02-01" in text
    before = page(client, at=make.dadukou.code, day="2026-01-15")
    assert "周主任" in before
    assert "2026-02-01" not in before


def test_a_successor_ends_the_vacancy(make, town):
    make.appointment(
        make.person(make.dadukou, "新主任", organization=town),
        make.post("office_director", "township"),
        make.dadukou,
        since=date(2026, 2, 10),
    )
    text = page(make.client(make.county_office), at=make.dadukou.code)
    assert "新主任" in text
    assert "2026-02-01" not in text


def test_what_lies_deeper_is_fetched_when_it_is_opened(make, town):
    client = make.client(make.county_office)
    text = page(client)
    assert "吴村长" not in text
    assert f"{PAGE}{make.dadukou.code}/" in text
    assert "吴村长" in page(client, f"{PAGE}{make.dadukou.code}/")


def test_a_stranger_sees_nothing_of_it(make, town):
    client = make.client(make.stranger)
    assert "大渡口镇河长办" not in page(client)
    assert client.get(PAGE, {"at": make.dadukou.code}).status_code == 404
    assert client.get(f"{PAGE}{make.dadukou.code}/").status_code == 404
    assert client.get(f"{PAGE}nonsense/").status_code == 404


def test_who_holds_no_post_is_told_what_will_stand_here(make):
    text = page(make.client(make.user(make.person())))
    assert "sh-empty" in text


def test_it_takes_as_many_queries_for_many_units_and_people_as_for_few(make, town, query_count):
    client = make.client(make.county_office)
    page(client, at=make.dadukou.code)
    few = query_count(lambda: page(client, at=make.dadukou.code))
    for number in range(8):
        unit = make.organization(make.dadukou, "member_unit", name=f"单位{number}")
        person = make.person(make.dadukou, organization=unit)
        make.appointment(person, make.post("member", "township", "both"), make.dadukou)
        make.appointment(
            make.person(make.division(f"34172110221{number}")),
            make.post(),
            make.village,
            since=date(2025, 1, 1),
            remit=make.remit(make.division(f"34172110221{number}")),
        )
    assert query_count(lambda: page(client, at=make.dadukou.code)) == few <= 16
