"""A river is cut into reaches along its line, all at once or not at all; ends are moved along it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import shapely

from make.registry import HOME
from shanhe.ground.audit.models import Event
from shanhe.ground.registry.models import Area, Shape
from shanhe.ground.registry.services import ReachCut, reach_end_move, reaches_cut
from shanhe.kernel.errors import Refusal

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LINE = shapely.LineString([(117.0 + n / 1_000, 30.4) for n in range(105)])  # 9,984 m


@pytest.fixture
def river(make):
    return make.water("黄湓河", geometry=LINE, is_sketch=True, source="示意图")


@pytest.fixture
def cut(make, river):
    def cutting(*cuts: ReachCut, level="village", by=None, **more):
        actor = make.actor(by or make.county_office)
        return reaches_cut(water=river, cuts=cuts, level=level, by=actor, at=AT, **more)

    return cutting


def piece(make, name="杨墩段", from_m=0.0, to_m=2_000.0, **more):
    return ReachCut(name=name, division=make.village, from_m=from_m, to_m=to_m, **more)


def test_each_reach_gets_its_piece_of_the_line_and_what_is_said_of_the_line(make, cut):
    first, second = cut(piece(make), piece(make, "大渡口段", 2_000, 5_000))
    assert (first.reach.from_m, first.reach.to_m, second.reach.from_m) == (0, 2_000, 2_000)
    shape = Shape.objects.get(area=second)
    assert shape.length_m == pytest.approx(3_000, abs=1)
    assert (shape.is_sketch, shape.source) == (True, "示意图")


def test_neighbours_meet_in_the_same_point(make, cut):
    first, second = cut(piece(make), piece(make, "大渡口段", 2_000, 5_000))
    ends = [shapely.get_coordinates(shapely.from_wkb(bytes(one.shapes.get().wkb))) for one in (first, second)]
    assert ends[0][-1].tolist() == ends[1][0].tolist()


def test_one_that_cannot_be_cut_keeps_all_of_them_back_and_is_named_by_its_place(make, cut):
    with pytest.raises(Refusal) as refused:
        cut(piece(make), piece(make, " ", 2_000, 50_000), piece(make, "倒过来", 5_000, 4_000))
    assert set(refused.value.fields) == {"cuts.1.name", "cuts.1.to_m", "cuts.2.to_m"}
    assert not Area.objects.exists()
    assert not Event.objects.filter(action="area.register").exists()


def test_what_another_reach_of_the_level_holds_is_refused_with_its_name(make, cut):
    cut(piece(make, "杨墩段", 0, 2_000))
    with pytest.raises(Refusal) as refused:
        cut(piece(make, "大渡口段", 1_500, 4_000))
    assert str(refused.value.fields["cuts.0.from_m"]) == "500 m of it belong to 杨墩段 already."


def test_two_of_the_list_may_not_overlap_either(make, cut):
    with pytest.raises(Refusal) as refused:
        cut(piece(make, "上段", 0, 2_000), piece(make, "下段", 1_000, 3_000))
    assert set(refused.value.fields) == {"cuts.1.from_m"}


def test_the_other_bank_and_another_level_are_free(make, cut):
    cut(piece(make, "左岸段", 0, 2_000, bank="left"))
    cut(piece(make, "右岸段", 0, 2_000, bank="right"))
    cut(ReachCut("镇段", make.division(HOME["township"]), 0, 9_000), level="township")
    assert Area.objects.count() == 3


def test_a_water_without_a_line_cannot_be_cut(make):
    with pytest.raises(Refusal, match=r"water\.no_line"):
        reaches_cut(
            water=make.water(), cuts=[piece(make)], level="village", by=make.actor(make.county_office), at=AT
        )


def test_a_village_chief_cuts_nothing(make, cut):
    with pytest.raises(Refusal) as refused:
        cut(piece(make), by=make.village_chief)
    assert refused.value.code == "registry.not_yours"
    assert not Area.objects.exists()


def test_a_moved_end_takes_the_shape_with_it_and_the_old_shape_stays_on_record(make, cut):
    (reach,) = cut(piece(make))
    reach_end_move(area=reach, from_m=0, to_m=3_500, by=make.actor(make.county_office), at=AT)
    reach.reach.refresh_from_db()
    assert reach.reach.to_m == 3_500
    assert [round(shape.length_m) for shape in reach.shapes.order_by("pk")] == [2_000, 3_500]


def test_an_end_beyond_the_water_is_refused_and_nothing_moves(make, cut):
    (reach,) = cut(piece(make))
    with pytest.raises(Refusal) as refused:
        reach_end_move(area=reach, from_m=-5, to_m=30_000, by=make.actor(make.county_office), at=AT)
    assert set(refused.value.fields) == {"from_m", "to_m"}
    reach.reach.refresh_from_db()
    assert reach.reach.to_m == 2_000
