"""The directory: who is in it, whose number is shown, how it is searched, grouped, paged and taken away."""

from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import load_workbook

PAGE = "/office/directory/"


@pytest.fixture
def cast(make):
    """A village chief and the town above, with phones; an office with one, too."""
    office = make.organization(
        make.dadukou, name="大渡口镇河长办公室", office_phone="0566-7000001", system="river"
    )
    clerk = make.person(make.dadukou, "郑文书", phone="13800000001", organization=office)
    make.appointment(clerk, make.post("clerk", "township"), make.dadukou)
    mayor = make.person(make.dongzhi, "钱县长", phone="13800000002")
    make.appointment(mayor, make.post("general_chief", "county"), make.dongzhi)
    ranger = make.person(make.village, "孙护林", phone="13800000003")
    make.appointment(ranger, make.post("ranger", "village", "forest"), make.village)
    return {"clerk": clerk, "mayor": mayor, "ranger": ranger, "office": office}


def page(client, **query: str) -> str:
    answer = client.get(PAGE, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_village_chief_finds_the_own_people_and_those_above_with_numbers_to_dial(make, cast):
    text = page(make.client(make.village_chief))
    assert "tel:13800000001" in text  # the town's clerk
    assert "tel:13800000003" in text  # the own ranger
    assert "钱县长" in text
    assert "13800000002" not in text  # the county's general chief is reached by the office


def test_people_above_are_named_without_a_link_that_would_lead_nowhere(make, cast):
    text = page(make.client(make.village_chief))
    assert f'href="/office/people/{cast["ranger"].pk}/"' in text
    assert f'href="/office/people/{cast["mayor"].pk}/"' not in text


def test_a_member_unit_sees_the_offices_numbers_only(make, cast):
    bureau = make.holder("member", "county", make.dongzhi, "bureau", system="both")
    text = page(make.client(bureau))
    assert "郑文书" in text
    assert "tel:0566-7000001" in text
    assert "1380000000" not in text


def test_a_stranger_finds_nobody_of_the_next_county(make, cast):
    text = page(make.client(make.stranger))
    assert not [name for name in ("郑文书", "钱县长", "孙护林") if name in text]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "zws"}, {"郑文书"}),
        ({"q": "河长办公室"}, {"郑文书"}),
        ({"q": "护林员"}, {"孙护林"}),
        ({"kind": "general_chief"}, {"钱县长"}),
        ({"system": "forest"}, {"孙护林"}),
        ({"division": "341721102000", "kind": "clerk"}, {"郑文书"}),
        ({"q": "没有这个人"}, set()),
    ],
)
def test_it_is_searched_and_filtered(make, cast, query, found):
    text = page(make.client(make.county_office), **query)
    assert {name for name in ("郑文书", "钱县长", "孙护林") if name in text} == found


def test_it_is_grouped_by_division_or_by_unit(make, cast):
    client = make.client(make.county_office)
    assert '<h2 class="card-title">大渡口镇 ' in page(client)
    assert '<h2 class="card-title">大渡口镇河长办公室 ' in page(client, by="unit")


@pytest.mark.parametrize("by", ["", "unit"])
def test_its_pages_hold_everybody_once(make, cast, by):
    client = make.client(make.county_office)
    names: list[str] = []
    query = {"limit": "2", "by": by}
    for _page in range(5):
        answer = client.get(PAGE, query)
        people = answer.context["page"]
        names += [person.name for group in answer.context["groups"] for person in group.people]
        if people.next is None:
            break
        query["after"] = people.next
    assert len(names) == len(set(names)) == 4  # the three, and the clerk who looks


def test_what_cannot_be_used_is_refused_in_words(make):
    assert make.client(make.county_office).get(PAGE, {"by": "colour"}).status_code == 422


def test_the_workbook_holds_the_same_people_and_the_same_numbers(make, cast):
    answer = make.client(make.village_chief).get(f"{PAGE}export.xlsx")
    rows = list(load_workbook(BytesIO(b"".join(answer.streaming_content))).worksheets[0].values)
    told = {row[0]: row for row in rows[1:]}
    assert "13800000001" in told["郑文书"]
    assert "0566-7000001" in told["郑文书"]
    assert "13800000002" not in told["钱县长"]


def test_it_takes_as_many_queries_for_thirty_people_as_for_three(make, cast, query_count):
    client = make.client(make.county_office)
    page(client)
    few = query_count(lambda: page(client))
    for _number in range(27):
        make.appointment(make.person(make.village, phone="13800000009"), make.post("ranger", "village"))
    assert query_count(lambda: page(client)) == few <= 16


def test_a_guest_is_asked_to_sign_in(make):
    assert make.client().get(PAGE).status_code == 302
