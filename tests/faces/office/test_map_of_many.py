"""The map of more areas than one file should hold: public tiles, and beside them states within the scope."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shanhe.evidence.patrols.models import LastVisit
from shanhe.ground.registry.tiles import tiles_version

MAP, AREAS, STATES = "/office/map/", "/office/map/areas.json", "/office/map/states.json"


@pytest.fixture
def many(make, settings):
    settings.MAP_MOST = 2
    reaches = [make.reach(f"测试{n}段", at=(117.0 + n / 10, 30.4)) for n in range(4)]
    at = make.now - timedelta(days=1)
    LastVisit.objects.create(area=reaches[0], counted_at=at, any_at=at, outcome="valid")
    return reaches


def codes(answer) -> set[str]:
    return {each["properties"]["code"] for each in answer.json()["features"]}


def test_few_areas_come_as_one_file_and_without_tiles(make):
    make.reach()
    assert "data-tiles" not in make.client(make.county_office).get(MAP).content.decode()


def test_many_areas_come_as_tiles_of_this_version_with_their_states_beside_them(make, many):
    page = make.client(make.county_office).get(MAP).content.decode()
    assert f'data-tiles="/tiles/areas/{{z}}/{{x}}/{{y}}.mvt?v={tiles_version()}"' in page
    assert f'data-states="{STATES}"' in page
    assert "data-bounds=" in page


def test_the_list_says_how_many_there_are_in_all(make, many):
    assert "共 4 处" in make.client(make.county_office).get(MAP).content.decode()


def test_filters_narrow_the_states_as_they_narrow_the_list(make, many):
    page = make.client(make.county_office).get(MAP, {"kind": "reach"}).content.decode()
    assert f'data-states="{STATES}?kind=reach"' in page
    states = make.client(make.county_office).get(STATES, {"q": "测试1段"}).json()["states"]
    assert [code for found in states.values() for code in found] == [many[1].code]


def test_every_area_seen_has_one_state_and_no_other_area_is_named(make, many):
    make.reach("别处", division="341722102201")
    states = make.client(make.county_office).get(STATES).json()["states"]
    told = [code for found in states.values() for code in found]
    assert sorted(told) == sorted(reach.code for reach in many)


def test_states_say_what_the_small_map_says(make, many, settings):
    client = make.client(make.county_office)
    states = client.get(STATES).json()["states"]
    settings.MAP_MOST = 100
    small = {
        each["properties"]["code"]: each["properties"]["state"]
        for each in client.get(AREAS).json()["features"]
    }
    assert {code: look for look, found in states.items() for code in found} == small


def test_a_stranger_is_told_no_state(make, many):
    assert make.client(make.stranger).get(STATES).json()["states"] == {}


def test_states_take_the_same_questions_for_one_area_and_for_many(make, many, django_assert_max_num_queries):
    client = make.client(make.county_office)
    client.get(STATES)
    with django_assert_max_num_queries(10):
        client.get(STATES)


def test_close_by_the_areas_of_the_view_come_with_all_that_is_told_of_them(make, many):
    client = make.client(make.county_office)
    assert codes(client.get(AREAS, {"bbox": "117.05,30.3,117.25,30.5"})) == {many[1].code, many[2].code}
    assert client.get(AREAS, {"bbox": "here"}).status_code == 422


def test_one_area_can_be_asked_for_by_its_code_by_who_sees_it(make, many):
    assert codes(make.client(make.county_office).get(AREAS, {"code": many[3].code})) == {many[3].code}
    assert codes(make.client(make.stranger).get(AREAS, {"code": many[3].code})) == set()
