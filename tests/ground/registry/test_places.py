"""Where browsing begins, how many areas lie in each division, which office is responsible, who held what."""

from __future__ import annotations

from datetime import date

from shanhe.ground.divisions.queries import division_children
from shanhe.ground.people.phones import work_phones
from shanhe.ground.people.scope import Ground, Scope
from shanhe.ground.registry.choosing import parents_offered, waters_offered
from shanhe.ground.registry.counts import AreaCounts, area_counts
from shanhe.ground.registry.history import held_over_time
from shanhe.ground.registry.offices import offices_of
from shanhe.ground.registry.places import holds_division, places_below, roots_of, window_around

EVERYTHING = Scope(seen=Ground(everything=True))


def codes(divisions) -> list[str]:
    return [division.code for division in divisions]


def test_the_roots_of_a_ground_are_its_topmost_divisions(make):
    make.division("341721102201")
    make.division("653100000000")
    assert codes(roots_of(make.scope(make.county_office).seen)) == ["341721000000"]
    assert codes(roots_of(Ground(everything=True))) == ["340000000000", "650000000000"]
    assert roots_of(Ground()) == []
    nested = Ground((("341721000000", "341721999999"), ("341721102000", "341721102999")))
    assert codes(roots_of(nested)) == ["341721000000"]


def test_a_single_area_stands_for_the_division_it_lies_in(make):
    reach = make.reach()
    ground = Ground(area_ids=frozenset({reach.pk}))
    assert codes(roots_of(ground)) == ["341721102201"]
    assert holds_division(ground, "341721102201")
    assert not holds_division(ground, "341721102000")


def test_places_go_as_many_levels_down_as_asked(make):
    make.division("341721102201")
    (county,) = roots_of(make.scope(make.county_office).seen)
    assert codes(places_below([county], 0)) == ["341721000000"]
    assert codes(places_below([county], 1)) == ["341721000000", "341721102000"]
    assert codes(places_below([county], 2)) == ["341721000000", "341721102000", "341721102201"]


def test_a_map_of_a_division_begins_at_what_is_known_of_it(make):
    assert window_around(make.dadukou) is None
    make.reach(at=(117.0, 30.4), length_m=2_000)
    window = window_around(make.dadukou)
    assert (round(window.min_lon, 2), round(window.max_lon, 2)) == (117.0, 117.02)
    make.village.lon, make.village.lat = 117.3, 30.3
    make.village.save()
    assert window_around(make.dadukou).max_lon > 117.3


def test_areas_are_counted_by_division_with_those_nobody_keeps(make):
    make.keeper(make.reach())
    make.reach()
    make.forest_unit(division="341721102202")
    make.reach(level="township")  # the township's own counts for the township, not for a village
    villages = area_counts(EVERYTHING, division_children(make.dadukou), make.today)
    assert villages == {
        "341721102201": AreaCounts(reaches=2, forest_units=0, vacant=1),
        "341721102202": AreaCounts(reaches=0, forest_units=1, vacant=1),
    }
    assert area_counts(EVERYTHING, [make.dadukou], make.today)["341721102000"] == AreaCounts(3, 1, 3)
    assert area_counts(EVERYTHING, [], make.today) == {}
    assert villages["341721102201"].kept == 1


def test_counts_take_two_queries_however_many_divisions(make, django_assert_num_queries):
    make.reach()
    make.reach(division="341721102202")
    divisions = list(division_children(make.dadukou))
    with django_assert_num_queries(2):
        area_counts(EVERYTHING, divisions, make.today)


def test_the_nearest_office_of_the_area_s_system_is_responsible(make):
    reach, forest = make.reach(), make.forest_unit()
    county = make.organization(make.dongzhi, name="县河长办", system="both")
    town = make.organization(make.dadukou, name="镇河长办", system="river")
    make.organization(make.village, kind="village_committee", name="村委会")
    make.organization(make.shitai, name="邻县河长办")
    assert offices_of([reach, forest]) == {reach.pk: town, forest.pk: county}
    assert offices_of([]) == {}


def test_history_names_who_ever_answered_for_the_area_by_itself_or_its_division(make):
    above = make.reach(level="township")
    reach = make.reach(parent=above)
    post = make.post("chief", "township")
    old = make.appointment(make.person(), post, areas=[above], until=date(2025, 6, 1))
    new = make.appointment(make.person(), make.post(), make.village, since=date(2025, 6, 1))
    make.appointment(make.person(), make.post("clerk", "county"), make.dongzhi)  # serves the office
    make.appointment(make.person(), make.post("chief", "village", "forest"), make.village)  # another system
    make.appointment(make.person(make.shitai), make.post("chief", "county"), make.shitai)  # elsewhere
    assert list(held_over_time(reach)) == [new, old]


def test_work_telephones_are_for_the_managing_office_and_oneself(make):
    person = make.person(phone="13900000001")
    own = make.village_chief.person
    own.phone = "13900000002"
    own.save()
    asked = [person.pk, own.pk]
    both = {person.pk: "13900000001", own.pk: "13900000002"}
    assert work_phones(make.scope(make.county_office), asked) == both
    assert work_phones(make.scope(make.administrator), asked) == both
    assert work_phones(make.scope(make.village_chief), asked) == {own.pk: "13900000002"}
    assert work_phones(make.scope(make.stranger), asked) == {}


def test_a_form_offers_waters_and_areas_of_the_ground_and_above_it(make):
    river = make.water("大河", level="prefecture", division="341700000000")
    make.water("邻县河", division="341722000000")
    above = make.reach("市段", level="prefecture", division="341700000000", water=river)
    own = make.reach("镇段", level="township", water=river, parent=above)
    make.reach("村段", parent=own)
    make.reach("邻县段", level="county", division="341722000000", water=river)
    office = make.scope(make.holder("clerk", "township", make.dadukou, "town-office"))
    assert [water.name for water in waters_offered(office)] == ["大河"]
    assert {area.name for area in parents_offered(office, "reach")} == {"市段", "镇段"}
    assert waters_offered(make.scope(make.administrator)).count() == 2
