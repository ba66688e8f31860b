"""Who sees what: the scope that a login's appointments make."""

from __future__ import annotations

from datetime import date

from shanhe.ground.people.models import Person
from shanhe.ground.people.scope import scope_of


def test_the_county_office_sees_supervises_and_manages_its_whole_county(make):
    scope = make.scope(make.county_office)
    for ring in (scope.seen, scope.supervised, scope.managed):
        assert ring.holds_code(make.village.code)
        assert ring.holds_code(make.dongzhi.code)
        assert not ring.holds_code(make.shitai.code)
        assert not ring.holds_code("341700000000")


def test_a_village_chief_sees_and_supervises_the_village_but_manages_nothing(make):
    scope = make.scope(make.village_chief)
    assert scope.seen.holds_code(make.village.code)
    assert scope.supervised.holds_code(make.village.code)
    assert not scope.managed
    assert scope.roles == {"chief"}


def test_a_stranger_from_the_next_county_sees_nothing_of_it(make):
    person = make.village_chief.person
    scope = make.scope(make.stranger)
    assert person not in Person.objects.filter(scope.seen.divisions("division_id"))


def test_a_scope_follows_the_days_of_the_appointment(make):
    person = make.person()
    make.appointment(person, since=date(2026, 1, 1), until=date(2026, 3, 1))
    user = make.user(person)
    assert not scope_of(user, date(2025, 12, 31)).seen
    assert scope_of(user, date(2026, 1, 1)).seen
    assert scope_of(user, date(2026, 2, 28)).seen
    assert not scope_of(user, date(2026, 3, 1)).seen


def test_an_account_without_a_post_sees_nothing(make):
    scope = make.scope(make.user(make.person()))
    assert not scope.seen
    assert not scope.roles


def test_the_administrator_sees_everything(make):
    assert make.scope(make.administrator).managed.everything


def test_a_scope_costs_the_same_three_queries_for_one_post_and_for_fifty(make, django_assert_num_queries):
    single, multiple = make.person(), make.person()
    make.appointment(single)
    for number in range(50):
        make.appointment(multiple, make.post("clerk", "village"), make.division(f"3417211023{number:02}"))
    for person in (single, multiple):
        user = make.user(person)
        with django_assert_num_queries(3):
            scope_of(user, make.today)
