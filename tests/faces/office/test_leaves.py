"""Leave pages: planned at the person, seen in the chain, ended early."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from shanhe.ground.people.models import Leave
from shanhe.ground.people.services import leave_plan


@pytest.fixture
def reach(make):
    return make.reach("圩内中心渠杨墩段")


@pytest.fixture
def held(make, reach):
    return make.appointment(make.person(name="在休假"), make.post(), areas=[reach])


@pytest.fixture
def other(make):
    return make.person(name="来代理")


@pytest.fixture
def office(make):
    return make.client(make.county_office)


@pytest.fixture
def leave(make, held, other):
    return leave_plan(
        appointment=held,
        since=make.today - timedelta(days=1),
        until=make.today + timedelta(days=9),
        substitute=other,
        reason="住院治疗",
        by=make.actor(make.county_office),
        at=make.now,
    )


def plan(client, held, other, /, **more):
    sent = {"substitute": other.pk, "since": "2026-03-09", "until": "2026-03-19", **more}
    return client.post(f"/office/appointments/{held.pk}/leave/", sent)


def test_a_leave_is_planned_from_the_persons_page(office, held, other):
    address = f"/office/appointments/{held.pk}/leave/"
    assert address in office.get(f"/office/people/{held.person_id}/").content.decode()
    assert office.get(address).status_code == 200
    assert plan(office, held, other, reason="培训").status_code == 302
    made = Leave.objects.get()
    assert (made.substitute, made.since, made.until) == (other, date(2026, 3, 9), date(2026, 3, 19))
    for person in (held.person, other):
        page = office.get(f"/office/people/{person.pk}/")
        assert [one.pk for one in page.context["leaves"]] == [made.pk]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"substitute": ""}, "substitute"),
        ({"substitute": "0"}, "substitute"),
        ({"since": ""}, "since"),
        ({"until": "2026-03-09"}, "until"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_what_was_typed_stays(office, held, other, sent, field):
    answer = plan(office, held, other, reason="援疆", **sent)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "援疆" in answer.content.decode()
    assert not Leave.objects.exists()


def test_a_second_leave_of_the_same_days_is_refused(make, office, held, leave):
    answer = plan(office, held, make.person(), since="2026-03-05")
    assert answer.status_code == 409
    assert "since" in answer.context["form"].errors


def test_the_chain_of_the_area_names_both(office, leave, reach):
    page = office.get(f"/office/areas/{reach.code}/", headers={"accept-language": "en"})
    links = [link.holder for step in page.context["steps"] for link in step.links]
    assert [(one.person_name, one.stands_in_for) for one in links] == [
        ("在休假", ""),
        ("来代理", "在休假"),
    ]
    assert "acting" in page.content.decode()
    row = office.get("/office/areas/", {"q": reach.code}).context["page"].items[0]
    assert [one.person_name for one in row.keepers] == ["在休假", "来代理"]


def test_the_substitute_finds_the_area_on_their_first_page(make, leave, other, reach):
    client = make.client(make.user(other))
    home = client.get("/office/")
    assert [own.area.name for own in home.context["own"]] == [reach.name]
    items = client.get("/api/v1/areas", {"mine": "1"}).json()["items"]
    assert [item["code"] for item in items] == [reach.code]
    posts = client.get("/api/v1/me").json()["posts"]
    assert [(post["kind"], post["acting_for"]) for post in posts] == [("chief", "在休假")]


def test_why_somebody_is_away_is_for_the_office_and_for_oneself(make, office, leave, held, other):
    address = f"/office/people/{held.person_id}/"
    assert "住院治疗" in office.get(address).content.decode()
    assert "住院治疗" in make.client(make.user(held.person)).get(address).content.decode()
    page = make.client(make.user(other)).get(address)
    assert page.status_code == 200
    assert "住院治疗" not in page.content.decode()


def test_a_leave_ends_early_or_is_called_off(office, held, other, leave):
    address = f"/office/leaves/{leave.pk}/end/"
    assert office.get(address).status_code == 200
    assert office.post(address, {"on": "2026-02-01"}).status_code == 422
    assert office.post(address, {"on": "2026-03-04", "reason": "提前返岗"}).status_code == 302
    leave.refresh_from_db()
    assert leave.until == date(2026, 3, 4)
    plan(office, held, other)
    later = Leave.objects.get(since=date(2026, 3, 9))
    assert office.post(f"/office/leaves/{later.pk}/end/", {"on": "2026-03-09"}).status_code == 302
    later.refresh_from_db()
    assert later.cancelled_at is not None
    assert office.get(f"/office/leaves/{later.pk}/end/").status_code == 404


@pytest.mark.parametrize("who", ["stranger", "village_chief"])
def test_nobody_but_the_office_plans_or_ends(make, held, other, leave, who):
    client = make.client(getattr(make, who))
    assert client.get(f"/office/appointments/{held.pk}/leave/").status_code == 404
    assert plan(client, held, other).status_code == 404
    assert client.post(f"/office/leaves/{leave.pk}/end/", {"on": "2026-03-04"}).status_code == 404
    leave.refresh_from_db()
    assert leave.until == make.today + timedelta(days=9)
