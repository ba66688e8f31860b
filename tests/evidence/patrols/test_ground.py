"""Where a verdict's area lies stands on the verdict, and lists by place agree with the areas themselves."""

from __future__ import annotations

import pytest
from django.db.models import Q

from shanhe.evidence.patrols.ground import in_ground, in_range, lies_in
from shanhe.evidence.patrols.models import Verdict
from shanhe.evidence.patrols.queries import verdicts_of
from shanhe.evidence.patrols.queries.finding import in_area_named, of_holder_named, with_flags
from shanhe.ground.people.scope import Ground
from shanhe.ground.registry.services import area_change
from shanhe.kernel.codes import subtree

PLACES = {
    "province": "340000000000",
    "prefecture": "341700000000",
    "county": "341721000000",
    "township": "341721102000",
    "village": "341721102201",
}


@pytest.fixture
def patrols(make):
    villages = ("341721102201", "341721102202", "341721100200", "341722100200")
    return [make.patrol(make.reach(length_m=2_000, division=code)) for code in villages]


@pytest.mark.parametrize("level", PLACES)
def test_a_subtree_of_divisions_finds_the_verdicts_of_its_areas(patrols, level):
    low, high = subtree(PLACES[level], level)
    by_area = Verdict.objects.filter(area__division_id__gte=low, area__division_id__lte=high)
    assert set(Verdict.objects.filter(in_range(low, high))) == set(by_area) != set()
    assert set(Verdict.objects.filter(in_ground(Ground(ranges=((low, high),))))) == set(by_area)


def test_no_ground_holds_nothing_and_all_ground_everything(patrols):
    assert not Verdict.objects.filter(in_ground(Ground())).exists()
    assert in_ground(Ground(everything=True)) == Q()


def test_verdicts_follow_an_area_to_another_division(make, patrols):
    verdict = patrols[0].verdict
    area_change(area=verdict.area, division="341721100200", by=make.actor(make.county_office), at=make.now)
    verdict.refresh_from_db()
    assert {name: getattr(verdict, name) for name in lies_in("341721100200")} == lies_in("341721100200")


def test_what_a_superior_walked_elsewhere_is_seen_beside_the_own_ground(make, patrols):
    scope = make.scope(make.county_office)
    assert {row.patrol for row in verdicts_of(scope)} == set(patrols[:3])
    patrols[3].on_behalf_of_id = make.county_office.person_id
    patrols[3].save()
    assert {row.patrol for row in verdicts_of(scope)} == set(patrols)
    within = subtree("341721102000", "township")
    assert {row.patrol for row in verdicts_of(scope, within)} == set(patrols[:2])


@pytest.mark.parametrize("few", [400, 0])
def test_names_find_the_same_whether_few_or_many_bear_them(make, patrols, monkeypatch, few):
    monkeypatch.setattr("shanhe.evidence.patrols.queries.finding.FEW", few)
    rows = Verdict.objects.all()
    verdict = patrols[0].verdict
    assert set(in_area_named(rows, verdict.area.name[1:])) == set(
        rows.filter(area__name__contains=verdict.area.name[1:])
    )
    assert verdict in in_area_named(rows, verdict.area.name)
    assert set(of_holder_named(rows, verdict.person.name)) == set(
        rows.filter(person__name=verdict.person.name)
    )
    assert list(of_holder_named(rows, str(verdict.person.uuid))) == [verdict]
    assert not in_area_named(rows, "无此名").exists()


def test_a_sign_is_found_whole_and_none_where_there_is_none(patrols):
    Verdict.objects.filter(patrol=patrols[1]).update(flag_codes=",asleep,mock,")
    rows = Verdict.objects.all()
    assert [row.patrol for row in with_flags(rows, ["mock"])] == [patrols[1]]
    assert not with_flags(rows, ["moc"]).exists()
