"""The office map, its ground and its areas: who sees what, and what is drawn."""

from __future__ import annotations

import pytest

GROUND = "/office/map/ground.json"


@pytest.fixture
def reach(make):
    return make.reach(name="杨墩段", at=(117.02, 30.42), length_m=2_000)


def layers(answer) -> list[str]:
    return [feature["properties"]["layer"] for feature in answer.json()["features"]]


def test_around_an_area_the_ground_names_places_and_waters(make, reach):
    make.village.lon, make.village.lat = 117.03, 30.425
    make.village.save()
    answer = make.client(make.village_chief).get(GROUND, {"around": reach.code})
    assert answer.status_code == 200
    assert [f["properties"]["name"] for f in answer.json()["features"]] == ["杨墩村委会"]


def test_around_an_area_one_does_not_see_there_is_nothing(make, reach):
    assert make.client(make.stranger).get(GROUND, {"around": reach.code}).status_code == 404
    assert make.client(make.stranger).get(GROUND, {"around": "no-such-code"}).status_code == 404


def test_a_window_can_be_named(make):
    client = make.client(make.village_chief)
    assert client.get(GROUND, {"bbox": "117,30.3,117.2,30.5"}).json()["features"] == []
    assert client.get(GROUND, {"bbox": "everywhere"}).status_code == 422


def test_the_ground_is_kept_by_the_browser_and_asked_for_by_its_digest(make, reach):
    client = make.client(make.village_chief)
    first = client.get(GROUND, {"around": reach.code})
    assert "max-age=3600" in first["Cache-Control"]
    assert "private" in first["Cache-Control"]
    again = client.get(GROUND, {"around": reach.code}, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
