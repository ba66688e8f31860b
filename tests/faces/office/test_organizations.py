"""Units in the office pages: listed within one's ground, with their members; registered by the office."""

from __future__ import annotations

import pytest

from shanhe.ground.people.models import Organization

LIST = "/office/organizations/"


@pytest.fixture
def office(make):
    return make.client(make.county_office)


@pytest.fixture
def unit(make):
    return make.organization(make.dadukou, name="大渡口镇林长办", office_phone="0566-7012345")


def text_of(answer) -> str:
    return answer.content.decode()


def test_the_units_of_ones_ground_are_listed_with_the_phone_that_is_for_everybody(make, office, unit):
    foreign = make.organization(make.shitai)
    page = text_of(office.get(LIST))
    assert unit.name in page
    assert unit.office_phone in page
    assert foreign.name not in page


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("q=林长", True),
        ("q=dkz", False),
        ("q=ddkz", True),
        ("kind=chiefs_office", True),
        ("kind=party_branch", False),
        ("division=341721102000", True),
        ("division=341721100000", False),
    ],
)
def test_the_list_is_filtered(office, unit, query, is_found):
    assert (f"{LIST}{unit.pk}/" in text_of(office.get(f"{LIST}?{query}"))) is is_found


def test_the_list_costs_the_same_for_one_as_for_twenty(make, office, unit, query_count):
    office.get(LIST)
    one = query_count(lambda: office.get(LIST))
    for _number in range(20):
        make.person(make.dadukou, organization=make.organization(make.dadukou))
    assert query_count(lambda: office.get(LIST)) == one


def test_a_unit_has_its_members_with_posts_and_their_number_only_for_the_office(make, office, unit):
    person = make.person(make.dadukou, "唐松", organization=unit, phone="0566-7099999")
    make.appointment(person, make.post("clerk", "township", "forest"), make.dadukou)
    page = text_of(office.get(f"{LIST}{unit.pk}/"))
    assert "唐松" in page
    assert person.phone in page
    chief = make.holder("general_chief", "township", make.dadukou, "chief", system="forest")
    assert person.phone not in text_of(make.client(chief).get(f"{LIST}{unit.pk}/"))


def test_units_above_and_below_are_linked_as_far_as_they_are_seen(make, office, unit):
    above = make.organization(make.division("341700000000"), name="池州市林长办")
    child = make.organization(make.dadukou, name="下级单位", parent=unit)
    Organization.objects.filter(pk=unit.pk).update(parent=above)
    page = text_of(office.get(f"{LIST}{unit.pk}/"))
    assert f"{LIST}{child.pk}/" in page
    assert above.name not in page


def test_to_a_stranger_the_unit_is_not_there(make, unit):
    assert make.client(make.stranger).get(f"{LIST}{unit.pk}/").status_code == 404


def given(make, **more):
    sent = {"name": "大渡口镇水利站", "kind": "member_unit", "system": "river", "division": make.dadukou.code}
    return {**sent, "parent": "", "office_phone": "", "code": "", **more}


def test_a_unit_is_registered_and_gets_a_code_when_none_is_given(make, office, unit):
    answer = office.post(f"{LIST}new/", given(make, parent=unit.code, office_phone="0566-7012346"))
    made = Organization.objects.get(name="大渡口镇水利站")
    assert answer["Location"] == f"{LIST}{made.pk}/"
    assert (made.code, made.parent, made.kind) == ("341721102000-01", unit, "member_unit")


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"name": ""}, 422),
        ({"division": "341722000000"}, 422),
        ({"kind": "guild"}, 422),
        ({"code": "TAKEN"}, 409),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_keeps_what_was_typed(make, office, wrong, status):
    make.organization(make.shitai, code="TAKEN")
    answer = office.post(f"{LIST}new/", given(make, office_phone="0566-7012346", **wrong))
    assert answer.status_code == status
    assert set(answer.context["form"].errors) == set(wrong)
    assert "0566-7012346" in text_of(answer)
    assert not Organization.objects.filter(name="大渡口镇水利站").exists()


def test_who_keeps_no_records_registers_no_unit(make, unit):
    client = make.client(make.village_chief)
    assert client.get(f"{LIST}new/").status_code == 404
    assert f"{LIST}new/" not in text_of(client.get(LIST))
