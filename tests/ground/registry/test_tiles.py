"""Vector tiles: what lies in a square, as everybody may know it; drawn true, and thinned far out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import mapbox_vector_tile
import numpy as np
import pytest
import shapely

from make.registry import ADMINISTRATOR, line_at, square_at
from shanhe.ground.registry import tiles
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.services import shape_set
from shanhe.ground.registry.tile_store import tile_keep, tile_kept
from shanhe.ground.registry.tiles import LAYERS, tile_bytes, tiles_version
from shanhe.kernel.geo.tiles import EXTENT, Tile

HERE = (117.0, 30.4)
TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def tile_at(zoom, lon, lat):
    across, down = Tile(0, 0, 0).units(np.array([lon]), np.array([lat]))
    return Tile(zoom, int(across[0] / EXTENT * 2**zoom), int(down[0] / EXTENT * 2**zoom))


def read(layer, tile, day):
    content = tile_bytes(layer, tile, day)
    if not content:
        return []
    return mapbox_vector_tile.decode(content, default_options={"y_coord_down": True})[layer]["features"]


def named(features):
    return {feature["properties"]["name"] for feature in features}


def test_a_reach_lies_in_its_tile_where_it_lies_on_the_ground(make):
    line = line_at(HERE, 800, 5)
    make.reach("测试一段", geometry=line)
    tile = tile_at(13, *HERE)
    (feature,) = read("areas", tile, TODAY)
    across, down = tile.units(*np.array(line.coords).T)
    drawn = shapely.LineString(feature["geometry"]["coordinates"])
    inside = shapely.box(-64, -64, EXTENT + 64, EXTENT + 64)
    true = shapely.LineString(np.column_stack([across, down])).intersection(inside)
    assert drawn.hausdorff_distance(true) < 3.0  # units; a fifth of a pixel


def test_a_tile_tells_of_an_area_what_stands_on_its_signboard_and_nothing_else(make):
    reach = make.reach("测试一段", at=HERE)
    (feature,) = read("areas", tile_at(13, *HERE), TODAY)
    assert feature["properties"] == {
        "layer": "area",
        "code": reach.code,
        "name": "测试一段",
        "kind": "reach",
        "level": "village",
        "sketch": False,
    }


def test_the_next_but_one_tile_has_nothing_of_it(make):
    make.reach(at=HERE, length_m=300)
    tile = tile_at(14, *HERE)
    assert tile_bytes("areas", Tile(14, tile.x, tile.y + 2), TODAY) == b""


def test_an_area_that_has_ended_or_not_begun_is_not_drawn(make):
    ended, later, present = (make.reach(name, at=HERE) for name in ("已结束", "未开始", "现行"))
    Area.objects.filter(pk=ended.pk).update(until=TODAY)
    Area.objects.filter(pk=later.pk).update(since=TODAY + timedelta(days=1))
    assert named(read("areas", tile_at(13, *HERE), TODAY)) == {present.name}


def test_an_ancient_tree_is_shown_somewhere_within_a_kilometre_and_never_in_full(make):
    make.forest_unit("千年银杏", kind="ancient_tree", geometry=square_at((117.00371, 30.40419), 20))
    (feature,) = read("areas", tile_at(14, 117.0, 30.4), TODAY)
    assert feature["geometry"]["type"] == "Point"
    assert feature["properties"]["blurred"] is True
    tile = tile_at(14, 117.0, 30.4)
    across, down = tile.units(np.array([117.00]), np.array([30.40]))
    assert feature["geometry"]["coordinates"] == [round(across[0]), round(down[0])]


def test_facilities_are_drawn_close_by_and_a_drinking_water_intake_never_is(make):
    make.facility("一号公示牌", kind="signboard", geometry=shapely.Point(HERE))
    make.facility("水厂取水口", kind="intake", geometry=shapely.Point(HERE))
    assert named(read("facilities", tile_at(13, *HERE), TODAY)) == {"一号公示牌"}
    assert read("facilities", tile_at(8, *HERE), TODAY) == []


def test_far_out_the_upper_levels_and_longer_lines_are_kept(make, monkeypatch):
    monkeypatch.setattr(tiles, "MOST_THIN", 2)
    make.reach("县级", level="county", at=HERE, length_m=30_000)
    make.reach("村级长", at=(117.0, 30.5), length_m=40_000)
    make.reach("村级短", at=(117.0, 30.6), length_m=20_000)
    assert named(read("areas", tile_at(8, *HERE), TODAY)) == {"县级", "村级长"}
    close = tile_at(9, *HERE)
    assert named(read("areas", close, TODAY)) >= {"县级", "村级长"}


def test_far_out_what_is_smaller_than_a_pixel_is_left_out(make):
    make.reach("百米", at=HERE, length_m=100)
    assert read("areas", tile_at(6, *HERE), TODAY) == []
    assert named(read("areas", tile_at(12, *HERE), TODAY)) == {"百米"}


def test_villages_appear_as_one_comes_nearer(make):
    village = make.village
    type(village).objects.filter(pk=village.pk).update(lon=HERE[0], lat=HERE[1])
    far, near = (read("divisions", tile_at(zoom, *HERE), TODAY) for zoom in (9, 12))
    assert village.name not in named(far)
    assert village.name in named(near)


@pytest.mark.parametrize("layer", LAYERS)
def test_a_tile_takes_the_same_questions_however_much_lies_in_it(make, layer, django_assert_max_num_queries):
    for _ in range(5):
        make.reach(at=HERE)
        make.facility(kind="signboard", geometry=shapely.Point(HERE))
    with django_assert_max_num_queries(4):
        tile_bytes(layer, tile_at(12, *HERE), TODAY)


def test_a_new_line_gives_tiles_a_new_version_and_the_old_files_go(make, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    before, tile = tiles_version(), tile_at(8, *HERE)
    tile_keep("areas", tile, before, b"one", NOW)
    assert tile_kept("areas", tile, before, NOW) is not None
    make.reach(at=HERE)
    after = tiles_version()
    assert after != before
    assert tile_kept("areas", tile, after, NOW) is None
    tile_keep("areas", tile, after, b"two", NOW)
    assert [folder.name for folder in (tmp_path / "tiles").iterdir()] == [after]


def test_a_kept_tile_is_made_again_after_an_hour_for_names_may_change(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    tile = tile_at(8, *HERE)
    tile_keep("areas", tile, "1", b"one", NOW)
    assert tile_kept("areas", tile, "1", NOW + timedelta(minutes=59)) is not None
    assert tile_kept("areas", tile, "1", NOW + timedelta(minutes=61)) is None


def test_close_tiles_are_made_anew_each_time(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    tile_keep("areas", tile_at(13, *HERE), "1", b"one", NOW)
    assert tile_kept("areas", tile_at(13, *HERE), "1", NOW) is None


def test_a_line_drawn_anew_gives_a_new_version_too(make):
    reach = make.reach(at=HERE)
    before = tiles_version()
    shape_set(owner=reach, geometry=line_at(HERE, 900), by=ADMINISTRATOR, at=NOW)
    assert tiles_version() != before
