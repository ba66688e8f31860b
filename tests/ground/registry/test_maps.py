"""What the map draws: features in the window that the scope sees, simplified for the zoom."""

from __future__ import annotations

import json

import pytest
import shapely

from make.registry import line_at
from shanhe.ground.divisions.models import DivisionShape
from shanhe.ground.people.scope import NOBODY
from shanhe.ground.registry.maps import (
    areas_geojson,
    divisions_geojson,
    facilities_geojson,
    waters_geojson,
)
from shanhe.ground.registry.services import area_retire
from shanhe.ground.registry.window import Window

HERE = (117.0, 30.4)
AROUND = Window(116.9, 30.3, 117.1, 30.5)


def features(text: str) -> list[dict]:
    collection = json.loads(text)
    assert collection["type"] == "FeatureCollection"
    return collection["features"]


def test_areas_in_the_window_are_drawn_with_what_the_map_needs(make):
    reach = make.reach("龙泉河“一”段", at=HERE, is_sketch=True)
    make.reach(at=(118.0, 30.4))
    (feature,) = features(areas_geojson(make.scope(make.county_office), AROUND))
    assert feature["id"] == reach.pk
    assert feature["properties"] == {
        "code": reach.code,
        "name": "龙泉河“一”段",
        "kind": "reach",
        "level": "village",
        "division": "341721102201",
        "sketch": True,
    }
    assert feature["geometry"]["type"] == "LineString"


def test_an_empty_map_is_an_empty_collection(make):
    make.reach(at=HERE)
    for scope in (NOBODY, make.scope(make.stranger)):
        assert features(areas_geojson(scope, AROUND)) == []


def test_a_chief_of_single_areas_sees_them_and_what_is_nested(make):
    upper = make.reach(level="township", at=HERE)
    lower = make.reach(parent=upper, at=HERE)
    make.reach(at=HERE)
    chief = make.person()
    make.appointment(chief, make.post("chief", "township"), areas=[upper])
    drawn = features(areas_geojson(make.scope(make.user(chief)), AROUND))
    assert {feature["properties"]["code"] for feature in drawn} == {upper.code, lower.code}


def test_the_largest_come_first_and_the_rest_is_cut_off_and_said_so(make):
    small, large = make.forest_unit(side_m=100, at=HERE), make.forest_unit(side_m=900, at=HERE)
    collection = json.loads(areas_geojson(make.scope(make.county_office), AROUND, limit=1))
    assert collection["truncated"] is True
    assert collection["features"][0]["properties"]["code"] == large.code
    assert small.code != large.code


def test_a_retired_area_is_not_drawn(make):
    reach = make.reach(at=HERE)
    area_retire(area=reach, on=make.today, by=make.actor(make.county_office), at=make.now)
    assert features(areas_geojson(make.scope(make.county_office), AROUND)) == []


def test_lines_get_simpler_as_one_zooms_out(make):
    wiggly = shapely.LineString([(117 + i * 1e-4, 30.4 + (i % 2) * 1e-4) for i in range(200)])
    make.reach(geometry=wiggly)
    scope = make.scope(make.county_office)
    points = [
        len(features(areas_geojson(scope, AROUND, zoom=zoom))[0]["geometry"]["coordinates"])
        for zoom in (22, 6)
    ]
    assert points[0] == 200
    assert points[1] < 20


def test_waters_and_facilities_are_drawn_too(make):
    make.water("龙泉河", geometry=line_at(HERE, 5_000))
    make.facility("一号牌", geometry=shapely.Point(HERE))
    scope = make.scope(make.county_office)
    assert [one["properties"]["name"] for one in features(waters_geojson(scope, AROUND))] == ["龙泉河"]
    assert [one["properties"]["name"] for one in features(facilities_geojson(scope, AROUND))] == ["一号牌"]
    strange = make.scope(make.stranger)
    assert features(waters_geojson(strange, AROUND)) == features(facilities_geojson(strange, AROUND)) == []


@pytest.mark.parametrize(("level", "count"), [("county", 1), ("township", 0)])
def test_boundaries_of_a_level_are_drawn(make, level, count):
    box = shapely.box(116.5, 29.8, 117.3, 30.5)
    west, south, east, north = box.bounds
    DivisionShape.objects.create(
        division=make.dongzhi,
        wkb=shapely.to_wkb(box),
        min_lon=west,
        min_lat=south,
        max_lon=east,
        max_lat=north,
        source="test",
    )
    assert len(features(divisions_geojson(AROUND, level))) == count
    assert features(divisions_geojson(Window(100, 30, 101, 31), "county")) == []


@pytest.mark.parametrize("count", [1, 30])
def test_a_map_is_one_query(make, count, django_assert_num_queries):
    for number in range(count):
        make.reach(name=f"第{number}段", at=HERE)
    scope = make.scope(make.county_office)
    with django_assert_num_queries(1):
        assert len(features(areas_geojson(scope, AROUND))) == count
