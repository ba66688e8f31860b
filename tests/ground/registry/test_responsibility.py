"""Who answers for what on any day, and where nobody does."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from shanhe.ground.people.models import Appointment, Remit, RemitPart
from shanhe.ground.people.scope import NOBODY, Ground, Scope, system_actor
from shanhe.ground.people.services import appointment_correct
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.queries import areas_of
from shanhe.ground.registry.responsibility import (
    CHAIN,
    chain_of,
    gap_counts,
    gaps_on,
    held_areas,
    held_by,
    kept_areas,
    kept_counts,
    responsibility_on,
    without_keeper,
)
from shanhe.ground.registry.services import area_retire
from shanhe.kernel.codes import LEVELS, ancestors

EVERYTHING = Scope(seen=Ground(everything=True))
DAY = date(2026, 3, 2)


def codes(areas):
    return {area.code for area in areas}


def answering(area, day=DAY):
    return [one.person_id for one in responsibility_on(EVERYTHING, day, [area.pk])]


def test_a_chief_answers_for_the_reach_he_is_appointed_to_and_for_all_within_it(make):
    upper = make.reach(level="township")
    lower = make.reach(level="village", parent=upper)
    other = make.reach(level="village")
    chief = make.person()
    make.appointment(chief, make.post("chief", "township"), areas=[upper])
    assert answering(upper) == answering(lower) == [chief.pk]
    assert answering(other) == []


def test_a_chief_of_a_division_answers_for_all_below_it(make):
    reach = make.reach(level="village")
    chief = make.person()
    make.appointment(chief, make.post("general_chief", "county"), make.dongzhi)
    make.appointment(None, make.post("general_chief", "county"), make.shitai)
    assert answering(reach) == [chief.pk]


def test_a_forest_chief_does_not_answer_for_a_reach_but_one_of_both_systems_does(make):
    reach, wood = make.reach(), make.forest_unit()
    forester, both = make.person(), make.person()
    make.appointment(forester, make.post("chief", "village", "forest"), make.village)
    make.appointment(both, make.post("chief", "village", "both"), make.village)
    assert answering(reach) == [both.pk]
    assert set(answering(wood)) == {forester.pk, both.pk}


def test_a_clerk_and_a_member_unit_are_not_in_the_chain(make):
    reach = make.reach()
    make.appointment(None, make.post("clerk", "county"), make.dongzhi)
    make.appointment(None, make.post("member", "county"), make.dongzhi)
    assert chain_of(reach, DAY) == []


def test_the_chain_runs_from_the_top_level_down_and_by_rank(make):
    reach = make.reach()
    for kind, level, division, rank in (
        ("ranger", "village", make.village, 80),
        ("chief", "village", make.village, 30),
        ("liaison", "township", make.dadukou, 70),
        ("general_chief", "county", make.dongzhi, 10),
    ):
        make.appointment(None, make.post(kind, level, "both", rank=rank), division)
    chain = chain_of(reach, DAY)
    assert [(one.level, one.kind) for one in chain] == [
        ("county", "general_chief"),
        ("township", "liaison"),
        ("village", "chief"),
        ("village", "ranger"),
    ]


def test_the_chain_shows_the_office_phone_of_the_appointment_or_of_the_person(make):
    reach = make.reach()
    office = make.organization(make.dongzhi, office_phone="0566-7011000")
    make.appointment(make.person(organization=office), make.post("chief", "village"), make.village)
    assert [(one.organization_name, one.office_phone) for one in chain_of(reach, DAY)] == [
        (office.name, "0566-7011000")
    ]


def test_an_appointment_holds_from_its_first_day_until_the_day_before_its_end(make):
    reach = make.reach()
    make.appointment(since=date(2026, 1, 10), until=date(2026, 2, 10))
    days = [date(2026, 1, 9), date(2026, 1, 10), date(2026, 2, 9), date(2026, 2, 10)]
    assert [len(answering(reach, day)) for day in days] == [0, 1, 1, 0]


def test_an_appointment_that_reaches_an_area_by_two_ways_counts_once(make):
    upper = make.reach(level="township")
    lower = make.reach(parent=upper)
    chief = make.person()
    appointment = make.appointment(chief, make.post("chief", "township"), areas=[upper, lower])
    RemitPart.objects.create(remit=appointment.remit, division=make.dadukou)
    assert answering(lower) == [chief.pk]


def test_a_gap_tells_since_when_nobody_keeps_the_area(make):
    reach = make.reach()
    make.appointment(since=date(2025, 1, 1), until=date(2025, 6, 1))
    make.appointment(since=date(2025, 6, 1), until=date(2026, 2, 1))
    assert [(gap.code, gap.vacant_since) for gap in gaps_on(EVERYTHING, DAY)] == [
        (reach.code, date(2026, 2, 1))
    ]
    assert gaps_on(EVERYTHING, date(2026, 1, 31)) == []


def test_an_area_that_never_had_a_keeper_is_a_gap_without_a_day(make):
    make.reach()
    assert [gap.vacant_since for gap in gaps_on(EVERYTHING, DAY)] == [None]


@pytest.mark.parametrize(
    ("kind", "level", "is_gap"),
    [("chief", "village", False), ("chief", "township", True), ("liaison", "village", True)],
)
def test_only_a_keeper_of_the_areas_own_level_fills_it(make, kind, level, is_gap):
    make.reach(level="village")
    make.appointment(None, make.post(kind, level), make.division("341721102000"))
    assert bool(gaps_on(EVERYTHING, DAY)) is is_gap


def test_a_retired_area_is_no_gap_from_its_last_day_on(make):
    reach = make.reach()
    by = make.actor(make.administrator)
    area_retire(area=reach, on=date(2026, 2, 1), by=by, at=make.now)
    assert gaps_on(EVERYTHING, DAY) == []
    assert len(gaps_on(EVERYTHING, date(2026, 1, 31))) == 1


def test_gaps_are_counted_by_division(make):
    for division in ("341721102201", "341721102201", "341721100200", "341722100200"):
        make.reach(division=division)
    gaps = gaps_on(EVERYTHING, DAY)
    assert gap_counts(gaps, "county") == {"341721000000": 3, "341722000000": 1}
    assert gap_counts(gaps, "township")["341721102000"] == 2


def test_gaps_of_another_county_are_not_seen(make):
    make.reach()
    assert len(gaps_on(make.scope(make.county_office), DAY)) == 1
    assert gaps_on(make.scope(make.stranger), DAY) == []
    assert responsibility_on(make.scope(make.stranger), DAY) == []


def test_nobody_sees_nothing(make):
    make.reach()
    assert gaps_on(NOBODY, DAY) == responsibility_on(NOBODY, DAY) == []
    assert list(without_keeper(areas_of(NOBODY), DAY)) == []


@pytest.mark.parametrize("areas", [1, 30])
def test_each_question_is_one_query_whatever_the_number_of_areas(make, django_assert_num_queries, areas):
    for number in range(areas):
        make.reach(name=f"第{number}段")
    make.appointment()
    with django_assert_num_queries(1):
        assert len(responsibility_on(EVERYTHING, DAY)) == areas
    with django_assert_num_queries(1):
        gaps_on(EVERYTHING, DAY)


def test_an_appointment_entered_by_mistake_was_never_held_and_leaves_no_gap_behind(make):
    reach = make.reach()
    chief, right = make.person(), make.person()
    wrong = make.appointment(chief, areas=[reach], since=DAY - timedelta(days=60))
    by = {"by": system_actor("test"), "at": make.now}
    appointment_correct(appointment=wrong, person=right, since=DAY + timedelta(days=5), reason="x", **by)
    for day in (DAY - timedelta(days=60), DAY - timedelta(days=59), DAY):
        assert answering(reach, day) == held_by(chief.pk, day) == []
        assert [gap.vacant_since for gap in gaps_on(EVERYTHING, day)] == [None]
        assert not areas_of(EVERYTHING).filter(pk__in=held_areas(chief.pk, day))
    assert answering(reach, DAY + timedelta(days=5)) == [right.pk]


class World:
    """Some areas and appointments at random, and the questions asked by hand."""

    def __init__(self, make, seed: int) -> None:
        self.make, self.random = make, random.Random(seed)
        self.divisions = [
            make.division(code)
            for code in ("341721102201", "341721102202", "341721100200", "341722100200", "653126100001")
        ]
        self.divisions += [above for one in list(self.divisions) for above in self._above(one)]
        self.areas = [self._area() for _ in range(25)]
        for _ in range(40):
            self._appointment()
        self.parts = list(RemitPart.objects.values_list("remit_id", "division_id", "area_id"))

    @staticmethod
    def _above(division):
        found = []
        while division.parent is not None:
            division = division.parent
            found.append(division)
        return found

    def _area(self) -> Area:
        made = getattr(self, "made", [])
        self.made = made
        wanted = self.random.choice(["reach", "forest-unit"])
        parents = [area for area in made if area.kind == wanted and area.level != "village"]
        if parents and self.random.random() < 0.5:
            parent = self.random.choice(parents)
            below = [
                one
                for one in self.divisions
                if parent.division_id in ancestors(one.code)
                and LEVELS.index(one.level) > LEVELS.index(parent.level)
            ]
            if below:
                area = self._made(wanted, self.random.choice(below), parent)
                made.append(area)
                return area
        area = self._made(wanted, self.random.choice(self.divisions), None)
        made.append(area)
        return area

    def _made(self, kind: str, division, parent) -> Area:
        maker = self.make.reach if kind == "reach" else self.make.forest_unit
        return maker(level=division.level, division=division.code, parent=parent)

    def _appointment(self) -> None:
        pick = self.random
        post = self.make.post(
            pick.choice([*CHAIN, "clerk"]),
            pick.choice(LEVELS),
            pick.choice(["river", "forest", "both"]),
            is_exclusive=False,
        )
        remit = Remit.objects.create(
            kind="zone", key=f"z:{pick.random()}", name="片", division=self.divisions[0]
        )
        parts = {("division", pick.choice(self.divisions)) for _ in range(pick.randint(0, 2))}
        parts |= {("area", pick.choice(self.areas)) for _ in range(pick.randint(0, 2))}
        for column, value in parts:
            RemitPart.objects.create(remit=remit, **{column: value})
        since = DAY + timedelta(days=pick.randint(-60, 10))
        until = pick.choice([None, since + timedelta(days=pick.randint(1, 60))])
        self.make.appointment(post=post, remit=remit, since=since, until=until)

    def covers(self, appointment: Appointment, area: Area) -> bool:
        nested = {area.pk}
        detail = area.reach if area.kind == "reach" else area.forest_unit
        while detail.parent is not None:
            detail = detail.parent
            nested.add(detail.pk)
        ground = any(
            (division_id is not None and division_id in ancestors(area.division_id)) or area_id in nested
            for remit_id, division_id, area_id in self.parts
            if remit_id == appointment.remit_id
        )
        system = {"reach": "river", "forest-unit": "forest"}[area.kind]
        return ground and appointment.post.system in {system, "both"}

    def held(self, day: date) -> set[tuple[int, int]]:
        return {
            (area.pk, one.pk)
            for one in Appointment.objects.select_related("post")
            for area in self.areas
            if one.since <= day and (one.until is None or one.until > day)
            if one.post.kind in CHAIN and self.covers(one, area)
        }

    def gaps(self, day: date) -> dict[str, date | None]:
        keepers = [one for one in Appointment.objects.select_related("post") if one.post.is_keeper]
        found: dict[str, date | None] = {}
        for area in self.areas:
            own = [one for one in keepers if one.post.level == area.level and self.covers(one, area)]
            if not any(one.since <= day and (one.until is None or one.until > day) for one in own):
                ended = [one.until for one in own if one.until is not None and one.until <= day]
                found[area.code] = max(ended, default=None)
        return found


@pytest.mark.parametrize("seed", range(4))
def test_the_queries_agree_with_asking_appointment_by_appointment(make, seed):
    world = World(make, seed)
    for day in (DAY - timedelta(days=30), DAY, DAY + timedelta(days=12)):
        rows = responsibility_on(EVERYTHING, day)
        assert {(one.area_id, one.appointment_id) for one in rows} == world.held(day)
        assert {gap.code: gap.vacant_since for gap in gaps_on(EVERYTHING, day)} == world.gaps(day)
        gaps = codes(without_keeper(areas_of(EVERYTHING), day))
        assert gaps == set(world.gaps(day))
        person_id = rows[0].person_id
        mine = {one.area_id for one in rows if one.person_id == person_id}
        assert {one.area_id for one in held_by(person_id, day)} == mine
        own = areas_of(EVERYTHING).filter(pk__in=held_areas(person_id, day))
        assert set(own.values_list("pk", flat=True)) == mine


def test_a_keeper_keeps_the_areas_of_their_own_level(make):
    reach, unit = make.reach(), make.forest_unit()
    above = make.reach(level="township")
    chief = make.keeper(reach).person
    make.appointment(chief, make.post("chief", "village", "forest"), make.village)
    general = make.holder("general_chief", "township", make.dadukou, "general").person
    kept = Area.objects.filter(pk__in=kept_areas(chief.pk, make.today))
    assert set(kept) == {reach, unit}
    assert kept_counts([chief.pk, general.pk], make.today) == {chief.pk: 2}
    assert above not in kept
    assert kept_counts([], make.today) == {}
    assert kept_counts([chief.pk], date(2020, 1, 1)) == {}
