"""The register of people, units, posts and remits, and its lists."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from shanhe.ground.audit.models import Event
from shanhe.ground.people.catalogue import posts
from shanhe.ground.people.models import Organization, Person, Post, Remit
from shanhe.ground.people.queries import (
    organizations_of,
    people_of,
    person_page,
    posts_held,
    posts_known,
    with_posts,
)
from shanhe.ground.people.scope import system_actor
from shanhe.ground.people.services import (
    appointment_correct,
    organization_register,
    person_change,
    person_register,
    posts_load,
    purge_simulated,
    remit_of_areas,
    remit_of_division,
    remit_zone,
)
from shanhe.kernel.errors import Refusal


@pytest.fixture
def office(make):
    return {"by": make.actor(make.county_office), "at": make.now}


def test_somebody_is_registered_and_found_by_name_initials_and_pinyin(make, office):
    person = person_register(name="欧阳修", division=make.village, phone="0566-7011234", **office)
    scope = make.scope(make.county_office)
    for text in ("欧阳修", "阳", "oyx", "ouyang", "OUYANG XIU"):
        assert person in people_of(scope, text=text)
    for text in ("李", "yangxiu", "%"):
        assert person not in people_of(scope, text=text)
    event = Event.objects.get(action="person.register", object_id=person.pk)
    assert "欧阳修" not in str(event.data)


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"name": " "}, "name"), ({"name": "王" * 61}, "name"), ({"phone": "call me"}, "phone")],
)
def test_bad_fields_are_named(make, office, fields, field):
    with pytest.raises(Refusal) as refused:
        person_register(**{"name": "王二", "division": make.village, **office, **fields})
    assert list(refused.value.fields) == [field]


def test_a_name_is_mended_and_the_ledger_says_which_fields(make, office):
    person = make.person(name="王儿")
    person_change(person=person, name="王二", phone="", organization=None, **office)
    person_change(person=person, name="王二", phone="", organization=None, **office)
    person.refresh_from_db()
    assert (person.name, person.initials) == ("王二", "we")
    assert Event.objects.get(action="person.change").data == {"fields": ["name"]}


@pytest.mark.parametrize("who", ["stranger", "village_chief"])
def test_nobody_registers_outside_the_ground_they_manage(make, who):
    by = {"by": make.actor(getattr(make, who)), "at": make.now}
    attempts = [
        lambda: person_register(name="王二", division=make.village, **by),
        lambda: organization_register(code="x", name="x", kind="government", division=make.dongzhi, **by),
        lambda: remit_of_division(division=make.village, **by),
        lambda: remit_zone(name="东片", division=make.dadukou, divisions=[make.village], **by),
    ]
    for attempt in attempts:
        with pytest.raises(Refusal) as refused:
            attempt()
        assert refused.value.status == 403


def test_a_unit_has_a_code_of_its_own(make, office):
    fields = {"code": "dz-hcb", "name": "东至县河长办", "kind": "chiefs_office", "division": make.dongzhi}
    unit = organization_register(**fields, **office)
    assert list(organizations_of(make.scope(make.county_office), text="dzx")) == [unit]
    assert not organizations_of(make.scope(make.stranger)).exists()
    with pytest.raises(Refusal) as refused:
        organization_register(**fields, **office)
    assert refused.value.code == "organization.code_taken"


# -- posts -----------------------------------------------------------------------------------------------


def test_the_posts_of_both_systems_are_loaded_once(make):
    by = system_actor("test")
    assert posts_load(by=by, at=make.now) == len(list(posts()))
    assert posts_load(by=by, at=make.now) == 0
    assert Post.objects.get(code="river.village.chief").name == "村级河长"
    assert Post.objects.get(code="forest.county.general_chief").name == "县级总林长"


def test_one_chief_but_two_general_chiefs_and_the_keepers_are_chiefs_and_ground_staff():
    rows = {row["code"]: row for row in posts()}
    assert len(rows) == len(list(posts()))
    assert rows["river.county.chief"]["is_exclusive"]
    assert not rows["river.county.general_chief"]["is_exclusive"]
    assert {row["kind"] for row in rows.values() if row["is_keeper"]} == {"chief", "ranger", "patroller"}


def test_a_local_post_is_known_where_it_lies_and_below(make):
    local = make.post("chief", "village", "forest", code="grass", name="草长", division=make.dongzhi)
    assert local in posts_known(make.village, level="village", system="forest")
    assert local not in posts_known(make.shitai)
    assert local not in posts_known()


# -- remits ----------------------------------------------------------------------------------------------


def test_the_same_remit_is_found_again(make, office):
    one = remit_of_division(division=make.village, **office)
    assert remit_of_division(division=make.village, **office) == one
    assert Event.objects.filter(action="remit.make", object_id=one.pk).count() == 1


def test_a_remit_of_many_areas_is_found_again_in_any_order(make, office):
    areas = [make.reach() for _ in range(30)]
    one = remit_of_areas(areas=areas, **office)
    assert remit_of_areas(areas=areas[::-1], **office) == one
    assert one.parts.count() == 30


def test_linked_villages_are_a_zone_and_a_changed_zone_needs_a_new_name(make, office):
    villages = [make.village, make.division("341721102202")]
    zone = remit_zone(name="东片", division=make.dadukou, divisions=villages, **office)
    assert zone.parts.count() == 2
    assert remit_zone(name="东片", division=make.dadukou, divisions=villages, **office) == zone
    with pytest.raises(Refusal) as refused:
        remit_zone(name="东片", division=make.dadukou, divisions=villages[:1], **office)
    assert refused.value.code == "remit.other_parts"


def test_a_zone_opens_its_villages_and_no_others(make, office):
    zone = remit_zone(name="东片", division=make.dadukou, divisions=[make.village], **office)
    cadre = make.person(make.dadukou)
    make.appointment(cadre, make.post("liaison", "township"), remit=zone)
    scope = make.scope(make.user(cadre))
    assert scope.seen.holds_code(make.village.code)
    assert not scope.seen.holds_code("341721102202")


@pytest.mark.parametrize("call", [remit_of_areas])
def test_a_remit_of_nothing_is_refused(make, office, call):
    with pytest.raises(Refusal):
        call(areas=[], **office)
    with pytest.raises(Refusal):
        remit_zone(name="空片", division=make.dadukou, **office)


# -- lists and pages -------------------------------------------------------------------------------------


def test_people_are_seen_within_the_ground_and_not_beyond(make):
    person = make.village_chief.person
    assert person in people_of(make.scope(make.county_office))
    assert person in people_of(make.scope(make.village_chief))
    assert person not in people_of(make.scope(make.stranger))


def test_who_holds_an_area_that_one_sees_is_seen_and_the_rest_of_the_village_is_not(make):
    reach = make.reach()
    holder, neighbour, officer = make.person(), make.person(), make.person(make.dongzhi)
    make.appointment(holder, areas=[reach])
    make.appointment(officer, make.post("member", "county", "both"), areas=[reach])
    seen = people_of(make.scope(make.user(officer)))
    assert holder in seen
    assert officer in seen
    assert neighbour not in seen


def test_people_are_filtered_by_subtree_post_unit_and_day(make):
    unit = make.organization()
    clerk = make.person(make.dongzhi, organization=unit)
    make.appointment(clerk, make.post("clerk", "county"), make.dongzhi, until=date(2026, 3, 1))
    chief = make.village_chief.person
    scope = make.scope(make.county_office)
    assert chief in people_of(scope, division=make.dadukou)
    assert clerk not in people_of(scope, division=make.dadukou)
    assert list(people_of(scope, organization=unit)) == [clerk]
    assert clerk in people_of(scope, kind="clerk")
    assert clerk not in people_of(scope, kind="clerk", on=make.today)
    assert clerk in people_of(scope, kind="clerk", on=date(2026, 2, 28))
    assert chief not in people_of(scope, kind="chief", system="forest")


def test_a_page_of_people_with_their_posts_costs_two_queries_for_one_or_fifty(make, query_count):
    scope, town = make.scope(make.county_office), make.dadukou

    def page() -> list[str]:
        rows = with_posts(people_of(scope, division=town), make.today)[:50]
        return [
            f"{row.name} {row.division.name} {[held.post.name for held in row.posts_held]}" for row in rows
        ]

    make.appointment(make.person(), make.post("ranger", system="forest"))
    assert query_count(page) == 2
    for _ in range(50):
        make.appointment(make.person(), make.post("ranger", system="forest"))
    assert query_count(page) == 2


def test_a_persons_page_tells_present_coming_past_and_cancelled_appointments(make, query_count, office):
    person, today = make.person(), make.today
    post = make.post("deputy_chief")
    make.appointment(person, post, since=today)
    make.appointment(person, post, since=today + timedelta(days=1))
    make.appointment(person, post, since=date(2025, 1, 1), until=today)
    wrong = make.appointment(person, post, since=date(2024, 1, 1), until=date(2024, 6, 1))
    appointment_correct(appointment=wrong, reason="录错", until=date(2024, 7, 1), **office)
    page = person_page(make.scope(make.county_office), person.pk, today)
    assert [len(part) for part in (page.present, page.coming, page.past)] == [1, 1, 3]
    assert page.user is None
    assert person_page(make.scope(make.stranger), person.pk, today) is None
    scope = make.scope(make.county_office)
    few = query_count(lambda: person_page(scope, person.pk, today))
    for offset in range(50):
        make.appointment(person, post, since=today + timedelta(days=offset))
    assert query_count(lambda: person_page(scope, person.pk, today)) == few == 3


def test_the_posts_one_holds_come_from_the_top_down(make):
    person = make.person(make.dongzhi)
    make.appointment(person, make.post("chief", "village"), make.village)
    make.appointment(person, make.post("deputy_chief", "county"), make.dongzhi)
    make.appointment(person, make.post("chief", "township"), make.dadukou)
    held = posts_held(make.scope(make.user(person)), make.today)
    assert [row["level"] for row in held] == ["county", "township", "village"]


# -- purge -----------------------------------------------------------------------------------------------


def simulate(make) -> Person:
    person = make.person(is_simulated=True, organization=make.organization(is_simulated=True))
    remit = remit_zone(
        name="演示片",
        division=make.dadukou,
        divisions=[make.village],
        is_simulated=True,
        by=system_actor("demo"),
        at=make.now,
    )
    make.appointment(person, make.post("deputy_chief"), remit=remit, is_simulated=True)
    make.user(person, is_simulated=True)
    return person


def test_simulated_people_leave_all_at_once_and_real_ones_stay(make):
    simulate(make)
    real = make.village_chief.person
    purged = purge_simulated(by=make.actor(make.administrator), at=make.now)
    assert purged.counts["people.Person"] == 1
    for model in (Person, Organization, Remit):
        assert not model.objects.filter(is_simulated=True).exists()
    assert Person.objects.filter(pk=real.pk).exists()
    assert Event.objects.filter(action="people.purge").count() == 1


def test_a_real_record_that_depends_on_a_simulated_one_keeps_everything(make):
    person = simulate(make)
    make.appointment(person, make.post("police", "township"), make.dadukou)
    with pytest.raises(Refusal) as refused:
        purge_simulated(by=make.actor(make.administrator), at=make.now)
    assert refused.value.code == "purge.in_use"
    assert "people.appointment: 1" in str(refused.value)
    assert Person.objects.filter(pk=person.pk).exists()
    assert Organization.objects.filter(is_simulated=True).exists()


def test_only_the_administrator_purges(make):
    with pytest.raises(Refusal) as refused:
        purge_simulated(by=make.actor(make.county_office), at=make.now)
    assert refused.value.status == 403
