"""Appointing, ending and correcting in the office pages."""

from __future__ import annotations

from datetime import date

import pytest

from shanhe.ground.people.models import Appointment


@pytest.fixture
def office(make):
    return make.client(make.county_office)


@pytest.fixture
def person(make):
    return make.person(make.village, "汪守林")


@pytest.fixture
def post(make):
    return make.post("chief", "village", "river")


def appoint(client, person, post, /, **more):
    sent = {"post": post.pk, "over": "own", "since": "2026-03-01", "until": "", "basis": ""} | more
    return client.post(f"/office/people/{person.pk}/appoint/", sent)


def test_somebody_is_appointed_for_their_own_division(make, office, person, post):
    assert appoint(office, person, post, basis="东河办〔2026〕1号").status_code == 302
    made = Appointment.objects.get(person=person)
    assert (made.post, made.remit.division, made.since) == (post, make.village, date(2026, 3, 1))
    assert made.basis == "东河办〔2026〕1号"


def test_somebody_is_appointed_for_another_division(make, office, person):
    answer = appoint(
        office, person, make.post("liaison", "township"), over="division", place=make.dadukou.code
    )
    assert answer.status_code == 302
    assert Appointment.objects.get(person=person).remit.division == make.dadukou


def test_somebody_is_appointed_for_areas_that_were_ticked(make, office, person, post):
    one, other = make.reach(), make.reach()
    assert appoint(office, person, post, over="areas", areas=[one.code, other.code]).status_code == 302
    parts = Appointment.objects.get(person=person).remit.parts
    assert set(parts.values_list("area_id", flat=True)) == {one.pk, other.pk}


def test_a_post_that_is_held_is_refused_and_the_holder_named(make, office, person, post):
    make.appointment(make.person(make.village, "在任者"), post, make.village)
    answer = appoint(office, person, post)
    assert answer.status_code == 409
    assert "在任者" in answer.content.decode()
    assert not Appointment.objects.filter(person=person).exists()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"since": ""}, "since"),
        ({"since": "1900-01-01"}, "since"),
        ({"until": "2026-02-01"}, "until"),
        ({"over": "areas"}, "areas"),
        ({"over": "division", "place": "341722000000"}, None),
        ({"over": "division"}, "place"),
        ({"post": "0"}, "post"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_written(make, office, person, post, sent, field):
    make.shitai  # noqa: B018  a real division, of the next county
    answer = appoint(office, person, post, **sent)
    assert answer.status_code in (403, 422)
    assert field is None or field in answer.context["form"].errors
    assert not Appointment.objects.filter(person=person).exists()


def test_an_office_fills_posts_of_its_own_level_and_below(make, office, person):
    above, below = make.post("chief", "province", "river"), make.post("chief", "township", "river")
    answer = appoint(office, person, above)
    assert answer.status_code == 422
    assert "post" in answer.context["form"].errors
    assert appoint(office, person, below).status_code == 302


def test_areas_outside_ones_ground_cannot_be_appointed_for(make, person, post):
    reach = make.reach()
    township = make.client(make.holder("clerk", "township", make.division("341721100000"), "yaodu"))
    mine = make.person(make.division("341721100200"))
    answer = appoint(township, mine, post, over="areas", areas=[reach.code])
    assert answer.status_code == 422
    assert not Appointment.objects.filter(person=mine).exists()


def test_an_appointment_ends_on_a_day(make, office, person, post):
    held = make.appointment(person, post, make.village)
    page = office.get(f"/office/appointments/{held.pk}/end/")
    assert page.status_code == 200
    sent = {"on": "2026-04-01", "reason": "调离"}
    assert office.post(f"/office/appointments/{held.pk}/end/", sent).status_code == 302
    held.refresh_from_db()
    assert (held.until, held.end_reason) == (date(2026, 4, 1), "调离")


def test_an_end_before_the_beginning_is_refused_at_its_field(make, office, person, post):
    held = make.appointment(person, post, make.village, since=date(2026, 1, 1))
    answer = office.post(f"/office/appointments/{held.pk}/end/", {"on": "2025-12-31"})
    assert answer.status_code == 422
    assert "on" in answer.context["form"].errors


def test_an_entry_that_was_wrong_is_cancelled_and_another_stands_for_it(make, office, person, post):
    held = make.appointment(person, post, make.village)
    right = make.person(make.village, "正确者")
    sent = {"person": right.pk, "since": "2025-02-01", "until": "", "basis": "", "reason": "录错人"}
    assert office.post(f"/office/appointments/{held.pk}/correct/", sent).status_code == 302
    held.refresh_from_db()
    assert held.cancelled_at is not None
    assert held.corrected_by.person == right
    page = office.get(f"/office/people/{person.pk}/")
    assert [row.pk for row in page.context["cancelled"]] == [held.pk]


def test_a_correction_says_why_and_whom(make, office, person, post):
    held = make.appointment(person, post, make.village)
    foreign = make.person(make.shitai)
    sent = {"person": foreign.pk, "since": "2025-02-01", "reason": "录错人"}
    answer = office.post(f"/office/appointments/{held.pk}/correct/", sent)
    assert "person" in answer.context["form"].errors
    answer = office.post(f"/office/appointments/{held.pk}/correct/", {**sent, "reason": ""})
    assert "reason" in answer.context["form"].errors
    held.refresh_from_db()
    assert held.cancelled_at is None


@pytest.mark.parametrize("path", ["end", "correct"])
@pytest.mark.parametrize("who", ["stranger", "village_chief"])
def test_nobody_but_the_office_ends_or_corrects(make, person, who, path):
    held = make.appointment(person, make.post("ranger", "village", "forest"), make.village)
    client = make.client(getattr(make, who))
    address = f"/office/appointments/{held.pk}/{path}/"
    assert client.get(address).status_code == 404
    assert client.post(address, {"on": "2026-04-01"}).status_code == 404
    assert address not in client.get(f"/office/people/{person.pk}/").content.decode()


# -- for an area that nobody keeps -----------------------------------------------------------------------


def test_a_gap_leads_to_a_form_with_area_and_post_filled_in(make, office, person):
    reach = make.reach("没人管")
    chief = make.post("chief", "village", "river")
    make.post("patroller", "village", "river")
    address = f"/office/areas/{reach.code}/appoint/"
    assert address in office.get("/office/gaps/").content.decode()
    page = office.get(address)
    assert next(key for key, _word in page.context["form"].fields["post"].choices) == str(chief.pk)
    sent = {"person": person.pk, "post": chief.pk, "since": "2026-03-02", "basis": "东河办〔2026〕2号"}
    assert office.post(address, sent).status_code == 302
    made = Appointment.objects.get(person=person)
    assert [part.area_id for part in made.remit.parts.all()] == [reach.pk]
    assert address not in office.get("/office/gaps/").content.decode()


@pytest.mark.parametrize(("sent", "field"), [({"person": ""}, "person"), ({"post": "0"}, "post")])
def test_a_form_for_an_area_says_what_is_missing(make, office, person, post, sent, field):
    reach = make.reach()
    good = {"person": person.pk, "post": post.pk, "since": "2026-03-02"}
    answer = office.post(f"/office/areas/{reach.code}/appoint/", {**good, **sent})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


@pytest.mark.parametrize("who", ["stranger", "village_chief"])
def test_nobody_but_the_office_appoints_for_an_area(make, person, post, who):
    reach = make.reach()
    client = make.client(getattr(make, who))
    address = f"/office/areas/{reach.code}/appoint/"
    assert client.get(address).status_code == 404
    assert (
        client.post(address, {"person": person.pk, "post": post.pk, "since": "2026-03-02"}).status_code == 404
    )
