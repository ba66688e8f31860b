"""A water from end to end: how the reaches of each level fill it, and where it passes into another county."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import shapely

from shanhe.ground.divisions.models import DivisionShape
from shanhe.ground.registry.waterways import Stretch, crossings, line_of, water_in, waters_listed, waterway
from shanhe.kernel.geo.stretches import stretch

TODAY = date(2026, 3, 2)
LINE = shapely.LineString([(117.0 + n / 1_000, 30.4) for n in range(105)])  # just under 10 km eastward


@pytest.fixture
def river(make):
    return make.water("黄湓河", geometry=LINE)


def piece(from_m, to_m, aside_deg=0.0):
    line = stretch(shapely.get_coordinates(LINE), from_m, to_m)
    return shapely.LineString(line + np.array([0.0, aside_deg]))


def of_level(water, level):
    return next(one for one in waterway(water, TODAY).levels if one.level == level)


def test_a_reach_serves_the_stretch_its_chainages_name(make, river):
    make.reach(water=river, from_m=1_000, to_m=3_000, geometry=piece(5_000, 6_000))
    (reach,) = of_level(river, "village").reaches
    assert (reach.stretch, reach.is_given) == (Stretch(1_000, 3_000), True)


def test_without_chainages_it_serves_the_stretch_beside_its_own_line(make, river):
    make.reach(water=river, geometry=piece(2_000, 4_000, aside_deg=0.0005))
    (reach,) = of_level(river, "village").reaches
    assert not reach.is_given
    assert reach.stretch.from_m == pytest.approx(2_000, abs=30)
    assert reach.stretch.to_m == pytest.approx(4_000, abs=30)


def test_a_line_that_lies_elsewhere_serves_no_stretch_and_is_listed_last(make, river):
    make.reach("远处", water=river, geometry=piece(0, 900, aside_deg=0.2))
    make.reach("近处", water=river, geometry=piece(0, 900))
    assert [(one.area.name, one.stretch is None) for one in of_level(river, "village").reaches] == [
        ("近处", False),
        ("远处", True),
    ]


def test_gaps_and_overlaps_are_those_of_one_level(make, river):
    make.reach("上段", water=river, from_m=0, to_m=4_000)
    make.reach("中段", water=river, from_m=3_800, to_m=6_000)
    make.reach("县段", water=river, level="county", from_m=0, to_m=waterway(river, TODAY).length_m)
    village = of_level(river, "village")
    assert [(gap.stretch.from_m, gap.bank) for gap in village.gaps] == [(6_000, "both")]
    assert [(one.one.area.name, one.other.area.name, one.stretch) for one in village.overlaps] == [
        ("上段", "中段", Stretch(3_800, 4_000))
    ]
    assert of_level(river, "county").is_whole


def test_each_bank_is_filled_for_itself(make, river):
    end = waterway(river, TODAY).length_m
    make.reach("左岸", water=river, bank="left", from_m=0, to_m=end)
    make.reach("右岸", water=river, bank="right", from_m=0, to_m=2_000)
    village = of_level(river, "village")
    assert village.overlaps == []
    assert [(gap.stretch.from_m, gap.bank) for gap in village.gaps] == [(2_000, "right")]


def test_ends_that_nearly_meet_are_neither_gap_nor_overlap(make, river):
    make.reach(water=river, from_m=0, to_m=5_020)
    make.reach(water=river, from_m=5_000, to_m=waterway(river, TODAY).length_m - 30)
    assert of_level(river, "village").is_whole


def test_a_water_without_a_line_in_one_piece_has_its_reaches_all_the_same(make):
    apart = shapely.MultiLineString([[(117.0, 30.4), (117.1, 30.4)], [(117.2, 30.4), (117.3, 30.4)]])
    water = make.water(geometry=apart)
    make.reach(water=water, from_m=0, to_m=1_000)
    assert line_of(water) is None
    found = waterway(water, TODAY)
    assert (found.length_m, len(found.levels)) == (0, 1)


def test_pieces_that_join_are_one_line(make):
    joined = shapely.MultiLineString([[(117.0, 30.4), (117.1, 30.4)], [(117.1, 30.4), (117.2, 30.5)]])
    assert line_of(make.water(geometry=joined)) is not None


def test_the_questions_do_not_grow_with_the_reaches(make, river, django_assert_num_queries):
    for n in range(6):
        make.reach(water=river, from_m=n * 1_000, to_m=n * 1_000 + 900)
    with django_assert_num_queries(3):
        waterway(river, TODAY)


def boundary(division, west, east):
    shape = shapely.box(west, 30.3, east, 30.5)
    DivisionShape.objects.create(
        division=division,
        wkb=shapely.to_wkb(shape),
        min_lon=west,
        min_lat=30.3,
        max_lon=east,
        max_lat=30.5,
        source="test",
    )


def test_the_line_is_divided_where_it_passes_into_the_next_county(make, river):
    boundary(make.dongzhi, 116.9, 117.04)
    boundary(make.shitai, 117.04, 117.2)
    way = line_of(river)
    found = crossings(way.line, Stretch(0, way.length_m), "county")
    assert [one.division for one in found] == [make.dongzhi, make.shitai]
    border_m = 0.04 * 96_000
    assert found[0].stretch.to_m == pytest.approx(border_m, abs=60)
    assert (found[0].stretch.from_m, found[1].stretch.to_m) == (0, way.length_m)


def test_a_corner_of_a_county_that_is_cut_off_for_a_moment_is_no_reach(make, river):
    boundary(make.dongzhi, 116.9, 117.05)
    boundary(make.shitai, 117.05, 117.052)  # 190 m
    boundary(make.division("341702000000"), 117.052, 117.2)
    way = line_of(river)
    found = crossings(way.line, Stretch(0, way.length_m), "county")
    assert [one.division.code for one in found if one.division] == [make.dongzhi.code, "341702000000"]


def test_where_no_boundary_is_known_it_stays_whole(make, river):
    way = line_of(river)
    (only,) = crossings(way.line, Stretch(0, way.length_m), "county")
    assert (only.stretch, only.division) == (Stretch(0, way.length_m), None)


def test_a_stranger_sees_neither_the_water_nor_its_page(make, river):
    make.reach(water=river)
    stranger = make.actor(make.stranger).scope
    assert list(waters_listed(stranger, TODAY)) == []
    with pytest.raises(type(river).DoesNotExist):
        water_in(stranger, river.code)
