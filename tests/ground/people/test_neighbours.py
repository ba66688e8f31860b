"""The directory and who sees whose work phone: up and down one's own chain, and no farther."""

from __future__ import annotations

import pytest

from shanhe.ground.people.models import Person
from shanhe.ground.people.neighbours import directory_named, directory_of
from shanhe.ground.people.phones import chain_phones


@pytest.fixture
def cast(make):
    """People at each level, each with a phone; logins for some."""
    people: dict[str, Person] = {}

    def holder(name, kind, level, division, system="river", **fields):
        number = f"138{len(people):08}"
        people[name] = make.person(division, phone=number, **fields)
        make.appointment(people[name], make.post(kind, level, system), division)
        return people[name]

    holder("county chief", "chief", "county", make.dongzhi)
    holder("county clerk", "clerk", "county", make.dongzhi)
    holder("town chief", "chief", "township", make.dadukou)
    holder("town clerk", "clerk", "township", make.dadukou)
    holder("village chief", "chief", "village", make.village)
    holder("ranger", "ranger", "village", make.village, "forest")
    holder("other village", "chief", "village", make.division("341721102202"))
    holder("far village", "chief", "village", make.division("341722100200"))
    bureau = make.organization(make.dongzhi, "member_unit", name="东至县水利局")
    holder("bureau", "member", "county", make.dongzhi, "both", organization=bureau)
    people["colleague"] = make.person(make.dongzhi, phone="13899999999", organization=bureau)
    people["nobody"] = make.person(make.village, phone="13899999998")
    return people


def scope(make, person):
    user = getattr(person, "user", None) or make.user(person)
    return make.scope(user)


def known(make, cast, reader: str) -> set[str]:
    """Whose phones somebody sees."""
    ids = {person.pk: name for name, person in cast.items()}
    return {ids[pk] for pk in chain_phones(scope(make, cast[reader]), ids, make.today)}


def listed(make, cast, reader: str) -> set[str]:
    ids = {person.pk: name for name, person in cast.items()}
    rows = directory_of(scope(make, cast[reader]), make.today).values_list("pk", flat=True)
    return {ids[pk] for pk in rows if pk in ids}


# -- phones ----------------------------------------------------------------------------------------------


def test_a_village_chief_rings_village_and_town_and_not_the_county(make, cast):
    assert known(make, cast, "village chief") == {"village chief", "ranger", "town chief", "town clerk"}


def test_a_ranger_rings_the_village_chief_and_the_town(make, cast):
    assert known(make, cast, "ranger") == {"ranger", "village chief", "town chief", "town clerk"}


def test_a_town_chief_rings_down_to_the_rangers_and_up_to_the_county(make, cast):
    assert known(make, cast, "town chief") == {
        *("town chief", "town clerk", "village chief", "ranger", "other village"),
        *("county chief", "county clerk"),
    }


def test_general_chiefs_are_reached_by_their_offices(make, cast):
    general = make.person(make.dadukou, phone="13800000888")
    make.appointment(general, make.post("general_chief", "township"), make.dadukou)
    assert chain_phones(scope(make, cast["village chief"]), [general.pk], make.today) == {}
    assert chain_phones(scope(make, cast["county clerk"]), [general.pk], make.today)


def test_the_office_that_keeps_the_records_sees_all_of_them(make, cast):
    assert known(make, cast, "county clerk") == cast.keys() - {"far village"}


def test_a_member_unit_sees_its_own_people_only(make, cast):
    assert known(make, cast, "bureau") == {"bureau", "colleague"}


def test_a_stranger_sees_nobodys(make, cast):
    ids = [person.pk for person in cast.values()]
    assert chain_phones(make.scope(make.stranger), ids, make.today).keys() == {cast["far village"].pk}
    without_post = make.user(make.person(make.village))
    assert chain_phones(make.scope(without_post), ids, make.today) == {}


def test_who_has_left_the_post_is_rung_no_more(make, cast):
    gone = make.person(make.dadukou, phone="13800000999")
    make.appointment(gone, make.post("police", "township"), make.dadukou, until=make.today)
    assert chain_phones(scope(make, cast["village chief"]), [gone.pk], make.today) == {}


def test_the_chief_of_a_single_reach_rings_the_chief_of_the_reach_above(make):
    town = make.reach(division=make.dadukou.code, level="township")
    inner = make.reach(division=make.village.code, parent=town)
    chief, upper = make.person(make.village), make.person(make.dadukou, phone="13800000111")
    make.appointment(chief, make.post(), areas=[inner])
    make.appointment(upper, make.post("chief", "township"), areas=[town])
    own = make.scope(make.user(chief))
    assert chain_phones(own, [upper.pk], make.today) == {upper.pk: "13800000111"}
    assert upper in directory_of(own, make.today)


# -- the directory ---------------------------------------------------------------------------------------


def test_the_directory_holds_who_is_seen_and_who_answers_above(make, cast):
    assert listed(make, cast, "village chief") == {
        *("village chief", "ranger", "town chief", "town clerk", "county chief", "county clerk")
    }
    assert listed(make, cast, "county clerk") == cast.keys() - {"far village", "nobody"}


def test_a_member_unit_finds_the_people_it_sees(make, cast):
    assert listed(make, cast, "bureau") == cast.keys() - {"far village", "nobody"}


def test_the_administrator_finds_everybody_with_a_post_or_a_unit(make, cast):
    rows = directory_of(make.scope(make.administrator), make.today)
    assert {person.pk for person in rows} == {person.pk for name, person in cast.items() if name != "nobody"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("大渡口", {"town chief", "town clerk"}),
        ("水利局", {"bureau", "colleague"}),
        ("护林员", {"ranger"}),
        ("河长办工作人员", {"county clerk", "town clerk"}),
        ("zzz", set()),
    ],
)
def test_people_are_found_by_place_unit_and_post(make, cast, text, found):
    rows = directory_of(make.scope(make.administrator), make.today)
    ids = {person.pk: name for name, person in cast.items()}
    assert {ids[person.pk] for person in directory_named(rows, text, make.today)} == found


def test_people_are_found_by_the_sound_of_their_names(make):
    somebody = make.person(name="欧阳青山")
    make.appointment(somebody)
    rows = directory_of(make.scope(make.county_office), make.today)
    for text in ("欧阳", "oyqs", "ouyangq"):
        assert somebody in directory_named(rows, text, make.today)
