"""The office map, its ground and its areas: who sees what, and what is drawn."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import shapely

from shanhe.evidence.patrols.models import LastVisit
from shanhe.ground.divisions.models import DivisionShape

MAP, AREAS, GROUND = "/office/map/", "/office/map/areas.json", "/office/map/ground.json"


@pytest.fixture
def reach(make):
    return make.reach(name="杨墩段", at=(117.02, 30.42), length_m=2_000)


def features(answer, layer: str = "") -> list[dict]:
    found = [{**each["properties"], "geometry": each["geometry"]} for each in answer.json()["features"]]
    return [each for each in found if not layer or each["layer"] == layer]


def visited(make, area, days_ago: int) -> None:
    at = make.now - timedelta(days=days_ago)
    LastVisit.objects.create(area=area, counted_at=at, any_at=at, outcome="valid")


# -- the ground ------------------------------------------------------------------------------------------


def names(answer) -> set[str]:
    return {each.get("name") for each in features(answer)} - {None, ""}


def test_around_an_area_the_ground_names_the_places_near_it(make, reach):
    make.village.lon, make.village.lat = 117.03, 30.425
    make.village.save()
    answer = make.client(make.village_chief).get(GROUND, {"around": reach.code})
    assert answer.status_code == 200
    assert "杨墩村委会" in names(answer)


def test_around_an_area_one_does_not_see_there_is_nothing(make, reach):
    assert make.client(make.stranger).get(GROUND, {"around": reach.code}).status_code == 404
    assert make.client(make.stranger).get(GROUND, {"around": "no-such-code"}).status_code == 404


def test_a_window_can_be_named_and_nonsense_is_refused(make):
    client = make.client(make.village_chief)
    answer = client.get(GROUND, {"bbox": "117,30.3,117.2,30.5"})
    assert answer.json()["bbox"] == [117, 30.3, 117.2, 30.5]
    assert client.get(GROUND, {"bbox": "everywhere"}).status_code == 422


def test_the_ground_without_a_window_is_that_of_the_areas_seen(make, reach):
    west, south, east, north = make.client(make.county_office).get(GROUND).json()["bbox"]
    assert (west < 117.02 < 117.04 < east, south < 30.42 < north) == (True, True)
    assert east - west < 0.5


def test_the_ground_says_where_other_windows_are_asked_for(make, reach):
    assert make.client(make.village_chief).get(GROUND, {"around": reach.code}).json()["more"] == GROUND


def test_the_ground_is_kept_by_the_browser_and_asked_for_by_its_digest(make, reach):
    client = make.client(make.village_chief)
    first = client.get(GROUND, {"around": reach.code})
    assert "max-age=3600" in first["Cache-Control"]
    assert "private" in first["Cache-Control"]
    again = client.get(GROUND, {"around": reach.code}, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def boundary(division, box, source="one") -> None:
    shape = shapely.box(*box)
    west, south, east, north = shape.bounds
    DivisionShape.objects.create(
        division=division,
        wkb=shapely.to_wkb(shape),
        min_lon=west,
        min_lat=south,
        max_lon=east,
        max_lat=north,
        source=source,
    )


def of_lines(found: list[dict]) -> list[dict]:
    return [each for each in found if each["geometry"]["type"].endswith("LineString")]


def test_counties_are_named_patches_with_lines_between_them(make):
    boundary(make.dongzhi, (116.5, 30.0, 117.0, 30.5))
    boundary(make.shitai, (117.0, 30.0, 117.5, 30.5))
    answer = make.client(make.village_chief).get(GROUND, {"bbox": "116.9,30.1,117.1,30.3"})
    divisions = features(answer, "division")
    assert {each["name"] for each in divisions if each.get("cut") and each.get("name")} == {
        "东至县",
        "石台县",
    }
    assert [each["level"] for each in of_lines(divisions)] == ["county"]  # both lie in one prefecture


def test_of_two_sources_of_one_boundary_one_line_is_drawn(make):
    boundary(make.dongzhi, (116.5, 30.0, 117.0, 30.5), "one")
    boundary(make.shitai, (117.002, 30.0, 117.5, 30.5), "other")
    answer = make.client(make.village_chief).get(GROUND, {"bbox": "116.9,30.1,117.1,30.3"})
    (line,) = of_lines(features(answer, "division"))
    assert line["level"] == "county"
    assert shapely.from_geojson(json.dumps(line["geometry"])).bounds[0] in (117.0, 117.002)
    assert shapely.from_geojson(json.dumps(line["geometry"])).length == pytest.approx(0.2)


def test_a_line_has_the_highest_level_at_which_its_two_sides_differ(make):
    boundary(make.dongzhi, (116.5, 30.0, 117.0, 30.5))
    boundary(make.division("360430000000"), (116.0, 30.0, 116.5, 30.5))  # in the next province
    answer = make.client(make.village_chief).get(GROUND, {"bbox": "116.4,30.1,116.6,30.3"})
    assert [each["level"] for each in of_lines(features(answer, "division"))] == ["province"]


def test_from_afar_the_whole_country_is_drawn_with_what_the_statistics_leave_out(make):
    answer = make.client(make.village_chief).get(GROUND, {"bbox": "73,18,135,54"})
    assert {"安徽省", "台湾省", "香港特别行政区", "澳门特别行政区"} <= names(answer)


def test_a_river_of_the_registry_is_not_drawn_twice(make, reach):
    make.water("长江", division="341700000000", geometry=shapely.LineString([(116.9, 30.3), (117.3, 30.6)]))
    answer = make.client(make.administrator).get(GROUND, {"bbox": "116.8,30.2,117.4,30.7"})
    assert [each["name"] for each in of_lines(features(answer, "water"))].count("长江") == 1


def test_a_river_one_does_not_see_is_not_on_the_ground(make):
    line = shapely.LineString([(116.9, 30.3), (117.3, 30.6)])
    make.water("黄湓河", division="341722000000", geometry=line)
    window = {"bbox": "116.8,30.2,117.4,30.7"}
    assert "黄湓河" in names(make.client(make.stranger).get(GROUND, window))
    assert "黄湓河" not in names(make.client(make.village_chief).get(GROUND, window))


# -- the areas -------------------------------------------------------------------------------------------


def test_an_area_is_drawn_with_state_keeper_and_link(make, reach):
    make.policy("patrol.unvisited_days", 10)
    visited(make, reach, 3)
    keeper = make.village_chief.person.name
    (area,) = features(make.client(make.county_office).get(AREAS))
    assert (area["code"], area["name"], area["state"]) == (reach.code, "杨墩段", "met")
    assert area["url"] == f"/office/areas/{reach.code}/"
    assert keeper in area["note"]
    assert "2026-02-27" in area["note"]
    assert area["geometry"]["type"] == "LineString"


@pytest.mark.parametrize(
    ("days_ago", "state"), [(0, "met"), (8, "at_risk"), (10, "overdue"), (None, "overdue")]
)
def test_its_colour_is_its_standing(make, reach, days_ago, state):
    make.policy("patrol.unvisited_days", 10)
    _keeper = make.village_chief
    if days_ago is not None:
        visited(make, reach, days_ago)
    assert [each["state"] for each in features(make.client(make.county_office).get(AREAS))] == [state]


def test_an_area_without_a_keeper_says_so_whatever_its_visits(make, reach):
    visited(make, reach, 0)
    assert [each["state"] for each in features(make.client(make.county_office).get(AREAS))] == ["vacant"]


def test_what_one_may_not_see_is_not_in_the_answer(make, reach):
    answer = make.client(make.stranger).get(AREAS)
    assert features(answer) == []
    assert reach.code not in make.client(make.stranger).get(MAP).content.decode()


def test_nobody_keeps_the_states(make, reach):
    assert "no-store" in make.client(make.county_office).get(AREAS)["Cache-Control"]


def test_a_sketch_is_marked(make):
    make.reach(name="示意段", is_sketch=True)
    assert [each["sketch"] for each in features(make.client(make.county_office).get(AREAS))] == [True]


def test_a_stranger_to_the_house_is_sent_to_sign_in(make):
    for address in (MAP, AREAS, GROUND):
        assert make.client().get(address)["Location"].startswith("/accounts/login/")


# -- the page --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["杨墩", "ydd", "yangdun", "REACH"])
def test_map_and_list_are_searched_by_name_code_and_pinyin(make, reach, asked):
    make.forest_unit(name="大同网格")
    asked = reach.code if asked == "REACH" else asked
    client = make.client(make.county_office)
    assert [each["name"] for each in features(client.get(AREAS, {"q": asked}))] == ["杨墩段"]
    page = client.get(MAP, {"q": asked}).content.decode()
    assert "杨墩段" in page
    assert "大同网格" not in page


def test_map_and_list_are_filtered_by_state_and_kind(make, reach):
    make.policy("patrol.unvisited_days", 10)
    _keeper = make.village_chief
    visited(make, reach, 1)
    wood = make.forest_unit(name="大同网格")
    client = make.client(make.county_office)
    assert [each["code"] for each in features(client.get(AREAS, {"state": "met"}))] == [reach.code]
    vacant = features(client.get(AREAS, {"state": "overdue,vacant"}))
    assert [each["code"] for each in vacant] == [wood.code]
    assert [each["code"] for each in features(client.get(AREAS, {"kind": "forest-unit"}))] == [wood.code]


def test_the_list_names_the_map_that_shows_the_same(make, reach):
    page = make.client(make.county_office).get(MAP, {"kind": "reach"}).content.decode()
    assert f'data-source="{AREAS}?kind=reach"' in page
    assert f'data-map-show="{reach.code}"' in page
    assert 'data-map-feeds="map"' in page


def test_what_needs_somebody_stands_first_in_the_list(make):
    make.policy("patrol.unvisited_days", 10)
    _keeper = make.village_chief
    for name, days in (("甲段", 1), ("乙段", 30), ("丙段", 8)):
        visited(make, make.reach(name=name), days)
    page = make.client(make.county_office).get(MAP).content.decode()
    found = page.partition('id="area-list"')[2]
    assert found.index("乙段") < found.index("丙段") < found.index("甲段")


def test_an_address_may_name_the_area_to_show(make, reach):
    page = make.client(make.county_office).get(MAP, {"show": reach.code}).content.decode()
    assert f'data-show="{reach.code}"' in page


def test_a_filter_that_cannot_be_read_is_refused_with_its_name(make):
    client = make.client(make.county_office)
    assert client.get(AREAS, {"state": "purple"}).json()["error"]["fields"].keys() == {"state"}
    assert client.get(MAP, {"state": "purple"}).status_code == 422


def test_an_empty_map_says_what_will_be_on_it(make):
    page = make.client(make.county_office).get(MAP, headers={"Accept-Language": "en"}).content.decode()
    assert "No area to draw yet" in page


@pytest.mark.parametrize("address", [MAP, AREAS])
def test_the_number_of_queries_does_not_depend_on_the_number_of_areas(make, reach, address, query_count):
    make.policy("patrol.unvisited_days", 10)
    client = make.client(make.county_office)
    visited(make, reach, 2)
    client.get(address)
    few = query_count(lambda: client.get(address))
    for number in range(4):
        area = make.reach() if number % 2 else make.forest_unit()
        make.keeper(area)
        visited(make, area, number)
    assert query_count(lambda: client.get(address)) == few
