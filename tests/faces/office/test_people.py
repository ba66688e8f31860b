"""People in the office pages: who is listed and how much of them is shown, registering and mending."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from openpyxl import load_workbook

from shanhe.ground.audit.models import Event
from shanhe.ground.people.models import Appointment, Person, User

LIST = "/office/people/"
NEW = "/office/people/new/"


@pytest.fixture
def office(make):
    return make.client(make.county_office)


@pytest.fixture
def ranger(make):
    """A ranger of the village, with a telephone and a post."""
    person = make.person(make.village, "汪守林", phone="0566-7011111")
    make.appointment(person, make.post("ranger", "village", "forest"), make.village)
    return person


def text_of(answer) -> str:
    return answer.content.decode()


# -- list ------------------------------------------------------------------------------------------------


def test_the_office_lists_its_people_with_post_and_telephone_and_nobody_else(make, office, ranger):
    foreign = make.person(make.shitai, "外县人")
    page = text_of(office.get(LIST))
    assert ranger.name in page
    assert "护林员" in page
    assert ranger.phone in page
    assert foreign.name not in page


def test_a_village_chief_sees_no_telephone_but_their_own(make, ranger):
    chief = make.village_chief
    Person.objects.filter(pk=chief.person.pk).update(phone="0566-7022222")
    client = make.client(chief)
    assert ranger.phone not in text_of(client.get(LIST))
    assert ranger.phone not in text_of(client.get(f"{LIST}{ranger.pk}/"))
    assert "0566-7022222" in text_of(client.get(f"{LIST}{chief.person.pk}/"))
    assert NEW not in text_of(client.get(LIST))


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("q=wangshoul", True),
        ("q=wsl", True),
        ("q=守林", True),
        ("q=李", False),
        ("kind=ranger", True),
        ("kind=chief", False),
        ("division=341721102201", True),
        ("division=341721100000", False),
        ("login=no", True),
        ("login=yes", False),
        ("organization=林长办", False),
    ],
)
def test_the_list_is_filtered(office, ranger, query, is_found):
    assert (f"{LIST}{ranger.pk}/" in text_of(office.get(f"{LIST}?{query}"))) is is_found


def test_logins_are_told_by_their_state(make, office, ranger):
    make.user(ranger, must_change_password=True)
    assert f"{LIST}{ranger.pk}/" in text_of(office.get(f"{LIST}?login=first"))
    assert f"{LIST}{ranger.pk}/" not in text_of(office.get(f"{LIST}?login=yes"))


def test_a_filter_that_cannot_be_used_is_refused_on_a_page(office):
    assert office.get(f"{LIST}?kind=emperor").status_code == 422


def test_the_list_costs_the_same_for_one_as_for_thirty(make, office, ranger, query_count):
    office.get(LIST)
    one = query_count(lambda: office.get(LIST))
    for _number in range(30):
        make.appointment(make.person(make.village), make.post("ranger", "village", "forest"), make.village)
    assert query_count(lambda: office.get(LIST)) == one


def test_the_list_goes_on_where_the_page_ended(make, office):
    for _number in range(5):
        make.person(make.village)
    first = office.get(f"{LIST}?limit=3")
    assert len(first.context["page"].items) == 3
    second = office.get(f"{LIST}?limit=3&after={first.context['page'].next}")
    assert not {p.pk for p in first.context["page"].items} & {p.pk for p in second.context["page"].items}


def test_the_workbook_holds_the_filtered_rows_and_hides_what_the_page_hides(make, office, ranger):
    def cells(client):
        book = load_workbook(BytesIO(b"".join(client.get(f"{LIST}export.xlsx?q=wsl").streaming_content)))
        return [cell for row in book.active.iter_rows(values_only=True) for cell in row]

    assert {"汪守林", ranger.phone} <= set(cells(office))
    chief = cells(make.client(make.village_chief))
    assert "汪守林" in chief
    assert ranger.phone not in chief


# -- page ------------------------------------------------------------------------------------------------


def test_a_person_has_posts_now_and_before_and_the_areas_they_keep(make, office, ranger):
    reach = make.reach()
    chief = make.keeper(reach).person
    make.appointment(
        chief, make.post("patroller"), make.village, since=date(2020, 1, 1), until=date(2022, 1, 1)
    )
    page = office.get(f"{LIST}{chief.pk}/")
    assert [area.pk for area in page.context["areas"]] == [reach.pk]
    assert len(page.context["past"]) == 1
    assert f"/office/areas/{reach.code}/" in text_of(page)


def test_patrols_stand_on_the_page_for_who_may_see_them(make, office):
    reach = make.reach()
    patrol = make.patrol(reach)
    address = f"/office/patrols/{patrol.pk}/"
    holder = patrol.person
    assert address in text_of(office.get(f"{LIST}{holder.pk}/"))
    member = make.holder("member", "county", make.dongzhi, "bureau", system="both")
    assert address not in text_of(make.client(member).get(f"{LIST}{holder.pk}/"))


@pytest.mark.parametrize("path", ["", "edit/", "appoint/", "login/", "password/"])
def test_to_a_stranger_the_person_is_not_there(make, ranger, path):
    make.user(ranger)
    assert make.client(make.stranger).get(f"{LIST}{ranger.pk}/{path}").status_code == 404


@pytest.mark.parametrize("path", ["edit/", "appoint/", "login/", "password/"])
def test_who_keeps_no_records_sees_the_person_but_none_of_the_forms(make, ranger, path):
    client = make.client(make.village_chief)
    page = text_of(client.get(f"{LIST}{ranger.pk}/"))
    assert ranger.name in page
    assert f"{ranger.pk}/{path}" not in page
    assert client.get(f"{LIST}{ranger.pk}/{path}").status_code == 404


def test_a_guest_is_sent_to_sign_in(make, ranger):
    assert "/accounts/login/" in make.client().get(f"{LIST}{ranger.pk}/")["Location"]


# -- register and mend -----------------------------------------------------------------------------------


def given(make, **more):
    return {"name": "新来者", "division": make.village.code, "organization": "", "phone": "", **more}


def test_a_person_is_registered_with_nothing_but_a_name_and_a_place(make, office):
    answer = office.post(NEW, given(make))
    person = Person.objects.get(name="新来者")
    assert answer["Location"] == f"{LIST}{person.pk}/"
    assert not User.objects.filter(person=person).exists()


def test_a_person_is_registered_appointed_and_given_a_login_in_one_go(make, office):
    post = make.post("ranger", "village", "forest")
    answer = office.post(
        NEW,
        given(
            make,
            has_post="on",
            has_login="on",
            username="",
            **{"post-post": post.pk, "post-over": "own", "post-since": "2026-03-01"},
        ),
    )
    person = Person.objects.get(name="新来者")
    held = Appointment.objects.get(person=person)
    assert (held.post, held.since, held.remit.division) == (post, date(2026, 3, 1), make.village)
    user = User.objects.get(person=person)
    assert user.username == "xinlaizhe"
    assert user.must_change_password
    assert user.check_password(answer.context["password"])
    assert "no-store" in answer["Cache-Control"]


def test_what_is_refused_leaves_nothing_behind_and_keeps_what_was_typed(make, office):
    make.user(username="taken")
    answer = office.post(NEW, given(make, has_login="on", username="taken"))
    assert answer.status_code == 409
    assert 'value="新来者"' in text_of(answer)
    assert not Person.objects.filter(name="新来者").exists()
    assert not Event.objects.filter(action="person.register", person_id=make.county_office.person_id).exists()


def test_a_post_that_somebody_holds_is_refused_with_their_name_and_nobody_is_registered(make, office):
    post = make.post("chief", "village", "river")
    holder = make.appointment(make.person(make.village, "在任者"), post, make.village).person
    sent = {"post-post": post.pk, "post-over": "own", "post-since": "2026-03-01"}
    answer = office.post(NEW, given(make, has_post="on", **sent))
    assert answer.status_code == 409
    assert holder.name in text_of(answer)
    assert not Person.objects.filter(name="新来者").exists()


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"division": ""}, {"division": "341722100200"}, {"organization": "nowhere"}]
)
def test_faulty_fields_are_named(make, office, wrong):
    make.division("341722100200")
    answer = office.post(NEW, given(make, **wrong))
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == set(wrong)
    assert not Person.objects.filter(name="新来者").exists()


def test_without_scripts_the_search_button_finds_and_keeps_what_was_typed(make, office):
    answer = office.post(NEW, given(make, division="", division_text="杨墩", find="division"))
    assert answer.status_code == 200
    assert f'value="{make.village.code}"' in text_of(answer)
    assert 'value="新来者"' in text_of(answer)
    assert not Person.objects.filter(name="新来者").exists()


def test_a_record_is_mended_by_the_office_that_keeps_it(make, office, ranger):
    unit = make.organization(make.dadukou)
    sent = {"name": "汪守森", "phone": "0566-7033333", "organization": unit.code}
    assert office.post(f"{LIST}{ranger.pk}/edit/", sent).status_code == 302
    ranger.refresh_from_db()
    assert (ranger.name, ranger.phone, ranger.organization) == ("汪守森", "0566-7033333", unit)


def test_a_number_that_is_none_is_refused_at_its_field(office, ranger):
    answer = office.post(f"{LIST}{ranger.pk}/edit/", {"name": ranger.name, "phone": "abc"})
    assert answer.status_code == 422
    assert "phone" in answer.context["form"].errors


# -- choosing by search ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "mine", "foreign"),
    [("divisions", "杨墩", "同心"), ("people", "汪守林", "外县人"), ("organizations", "东至", "石台")],
)
def test_only_what_lies_in_ones_ground_can_be_chosen(make, office, ranger, what, mine, foreign):
    make.division("341722100200")
    make.person(make.shitai, "外县人")
    make.organization(make.dongzhi), make.organization(make.shitai)
    address = f"/office/pick/{what}/?name=one&one_text="
    assert mine in text_of(office.get(address + mine))
    assert foreign not in text_of(office.get(address + foreign))


def test_what_is_ticked_stays_while_one_searches_on(make, office):
    one, other = make.reach(), make.reach()
    page = text_of(
        office.get(f"/office/pick/areas/?name=areas&many=1&areas={one.code}&areas_text={other.code}")
    )
    assert f'value="{one.code}" checked' in page
    assert f'value="{other.code}"' in page


@pytest.mark.parametrize("address", ["/office/pick/secrets/?name=x", "/office/pick/areas/?name=<b>"])
def test_nothing_else_can_be_searched(office, address):
    assert office.get(address).status_code == 404
