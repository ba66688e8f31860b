"""What lies in a window or near a place: the index finds what looking at every shape finds."""

from __future__ import annotations

import random
from types import SimpleNamespace

import pytest
import shapely
from django.db import connection
from pyproj import Geod

from make.registry import line_at, square_at
from shanhe.ground.registry.geometry import check_geometry
from shanhe.ground.registry.models import Area, Shape
from shanhe.ground.registry.rtree import install, is_installed
from shanhe.ground.registry.services import shape_set
from shanhe.ground.registry.services.shapes import new_shape
from shanhe.ground.registry.window import Window, shapes_in, shapes_near
from shanhe.kernel.errors import Refusal
from shanhe.kernel.geo import Projection
from shanhe.kernel.geo.degrees import metres_per_degree

HERE = (117.0, 30.4)


@pytest.fixture
def scattered(make) -> dict[int, shapely.Geometry]:
    """200 areas of all sorts within 20 km, and their geometries by id."""
    pick = random.Random(7)
    make.village  # noqa: B018
    geometries = []
    for _ in range(200):
        at = (HERE[0] + pick.uniform(-0.1, 0.1), HERE[1] + pick.uniform(-0.1, 0.1))
        size = pick.choice([5, 50, 500, 5_000])
        make_one = pick.choice([lambda a, s: line_at(a, s, 5), square_at, lambda a, _s: shapely.Point(a)])
        geometries.append(make_one(at, size))
    areas = Area.objects.bulk_create(
        Area(code=f"A{i}", kind="forest-unit", name="区", level="village", division=make.village)
        for i in range(len(geometries))
    )
    Shape.objects.bulk_create(
        new_shape(check_geometry(geometry), is_sketch=False, source="", area=area)
        for area, geometry in zip(areas, geometries, strict=True)
    )
    return {area.pk: geometry for area, geometry in zip(areas, geometries, strict=True)}


def test_a_window_finds_what_looking_at_every_shape_finds(scattered):
    pick = random.Random(11)
    for _ in range(60):
        lon, lat = HERE[0] + pick.uniform(-0.12, 0.12), HERE[1] + pick.uniform(-0.12, 0.12)
        window = Window(lon, lat, lon + pick.uniform(1e-6, 0.1), lat + pick.uniform(1e-6, 0.1))
        pane = shapely.box(window.min_lon, window.min_lat, window.max_lon, window.max_lat)
        assert set(shapes_in(window)) == {pk for pk, shape in scattered.items() if shape.intersects(pane)}


def test_near_a_place_finds_what_measuring_every_shape_finds(scattered):
    pick = random.Random(13)
    for _ in range(60):
        lon, lat = HERE[0] + pick.uniform(-0.12, 0.12), HERE[1] + pick.uniform(-0.12, 0.12)
        within_m = pick.choice([3, 30, 300, 3_000])
        scale = metres_per_degree(lat)
        expected = {}
        for pk, shape in scattered.items():
            flat = shapely.transform(shape, lambda xy: (xy - (lon, lat)) * scale)  # noqa: B023
            distance = flat.distance(shapely.Point(0, 0))
            if distance <= within_m:
                expected[pk] = pytest.approx(distance)
        found = shapes_near(lon, lat, within_m)
        assert {near.id: near.distance_m for near in found} == expected
        assert [near.distance_m for near in found] == sorted(near.distance_m for near in found)


@pytest.mark.parametrize("lat", [4.0, 18.0, 30.4, 39.5, 53.0])
@pytest.mark.parametrize("azimuth", [0, 40, 90, 200, 300])
def test_distances_are_those_of_the_ellipsoid_within_a_tenth_of_a_percent(lat, azimuth):
    lon = 100.0
    far_lon, far_lat, _back = Geod(ellps="WGS84").fwd(lon, lat, azimuth, 5_000)
    east_m, north_m = metres_per_degree(lat)
    assert ((far_lon - lon) * east_m) ** 2 + ((far_lat - lat) * north_m) ** 2 == pytest.approx(
        5_000**2, rel=0.002
    )


def test_a_degree_agrees_with_the_local_plane():
    import numpy as np

    east_m, north_m = metres_per_degree(30.0)
    assert (round(east_m), round(north_m)) == (96_486, 110_852)
    x, y = Projection(100.0, 30.0).forward(np.array([100.001, 100.0]), np.array([30.0, 30.001]))
    assert x[0] == pytest.approx(east_m / 1_000, rel=1e-6)
    assert y[1] == pytest.approx(north_m / 1_000, rel=1e-5)


def test_past_shapes_are_not_found(make):
    reach = make.reach(at=HERE, length_m=1_000)
    there = (117.3, 30.4)
    shape_set(owner=reach, geometry=line_at(there, 1_000), by=make.actor(make.county_office), at=make.now)
    assert shapes_near(*HERE, 2_000) == []
    assert [near.id for near in shapes_near(*there, 2_000)] == [reach.pk]


def test_waters_and_facilities_are_looked_for_apart(make):
    board = make.facility(geometry=shapely.Point(HERE))
    assert shapes_near(*HERE, 100) == []
    assert [near.id for near in shapes_near(*HERE, 100, owner="facility")] == [board.pk]


def test_the_index_is_empty_after_everything_is_deleted(make):
    make.reach(at=HERE)
    Shape.objects.all().delete()
    assert shapes_in(Window(116, 30, 118, 31)) == []


def test_the_index_stands_and_can_be_made_again(scattered):
    assert is_installed(connection)
    connection.check_constraints()  # PostgreSQL makes no index while checks of rows wait
    # SQLite opens no schema editor inside a test's transaction; install needs its connection alone.
    install(None, SimpleNamespace(connection=connection))
    assert is_installed(connection)
    assert len(shapes_in(Window(116, 30, 118, 31))) == len(scattered)


@pytest.mark.parametrize(
    "text", ["", "1,2,3", "a,b,c,d", "118,30,117,31", "117,31,118,30", "nan,1,2,3", "0,0,999,1"]
)
def test_a_window_that_is_none_is_refused(text):
    with pytest.raises(Refusal, match="west,south,east,north"):
        Window.from_text(text)


@pytest.mark.parametrize("within_m", [0, -1, 50_001, float("nan")])
def test_a_distance_out_of_bounds_is_refused(within_m):
    with pytest.raises(Refusal, match="50,000 metres"):
        shapes_near(*HERE, within_m)
