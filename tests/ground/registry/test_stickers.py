"""Checkpoints of an area and the stickers on them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from make.registry import DADUKOU
from shanhe.ground.registry.models import Facility, Sticker
from shanhe.ground.registry.services import checkpoints_add, sticker_replace, stickers_issue
from shanhe.ground.registry.stickers import checkpoints_of, stickers_of
from shanhe.kernel.errors import Refusal
from shanhe.kernel.stickers import sticker_read

PLACES = [(117.021, 30.4201), (117.025, 30.4201)]


def added(make, reach, places=PLACES, name="打卡点", by=None):
    return checkpoints_add(
        area=reach, places=places, name=name, by=by or make.actor(make.county_office), at=make.now
    )


def test_checkpoints_are_set_up_with_a_sticker_each(make):
    reach = make.reach(length_m=2_000, at=DADUKOU)
    stickers = added(make, reach)
    assert [row.facility.name for row in stickers] == ["打卡点 1", "打卡点 2"]
    assert all(sticker_read(row.code) == row.code for row in stickers)
    found = checkpoints_of([reach.pk], make.now)[reach.pk]
    assert [(round(each.lon, 4), round(each.lat, 4)) for each in found] == PLACES


def test_further_checkpoints_go_on_counting(make):
    reach = make.reach(length_m=2_000, at=DADUKOU)
    added(make, reach)
    assert [row.facility.name for row in added(make, reach, [(117.03, 30.42)])] == ["打卡点 3"]


def test_every_facility_of_an_area_may_bear_a_sticker_but_only_checkpoints_get_one_unasked(make):
    reach = make.reach(length_m=2_000, at=DADUKOU)
    tree = make.facility(area=reach, kind="marker")
    office = make.actor(make.county_office)
    assert stickers_issue(area=reach, by=office, at=make.now) == []
    [sticker] = stickers_issue(area=reach, facilities=[tree.pk], by=office, at=make.now)
    assert sticker.facility == tree
    assert stickers_issue(area=reach, facilities=[tree.pk], by=office, at=make.now) == []


def test_a_sticker_taken_back_is_replaced_and_was_right_before(make):
    reach = make.reach(length_m=2_000, at=DADUKOU)
    old = added(make, reach, PLACES[:1])[0]
    later = make.now + timedelta(days=1)
    new = sticker_replace(area=reach, code=old.code, by=make.actor(make.county_office), at=later)
    codes = [checkpoints_of([reach.pk], at)[reach.pk][0].code for at in (make.now, later)]
    assert codes == [old.code, new.code]


def test_a_sticker_is_taken_back_once(make):
    reach = make.reach(length_m=2_000, at=DADUKOU)
    old = added(make, reach, PLACES[:1])[0]
    office = make.actor(make.county_office)
    sticker_replace(area=reach, code=old.code, by=office, at=make.now)
    with pytest.raises(Refusal) as refused:
        sticker_replace(area=reach, code=old.code, by=office, at=make.now)
    assert refused.value.code == "sticker.gone"
    assert Sticker.objects.filter(facility=old.facility, revoked_at=None).count() == 1


@pytest.mark.parametrize(
    ("places", "name", "code"),
    [
        ([], "打卡点", "checkpoints.none"),
        (PLACES * 40, "打卡点", "checkpoints.many"),
        (PLACES, " ", "checkpoints.unnamed"),
        ([(118.5, 30.42)], "打卡点", "checkpoints.far"),
    ],
)
def test_what_cannot_be_a_checkpoint_is_refused_and_nothing_is_left(make, places, name, code):
    reach = make.reach(length_m=2_000, at=DADUKOU)
    with pytest.raises(Refusal) as refused:
        added(make, reach, places, name)
    assert refused.value.code == code
    assert not Facility.objects.exists()


def test_a_stranger_sets_up_nothing_and_takes_no_sticker_back(make):
    reach = make.reach(length_m=2_000, at=DADUKOU)
    sticker = added(make, reach, PLACES[:1])[0]
    stranger = make.actor(make.stranger)
    for call in (
        lambda: added(make, reach, by=stranger),
        lambda: stickers_issue(area=reach, by=stranger, at=make.now),
        lambda: sticker_replace(area=reach, code=sticker.code, by=stranger, at=make.now),
    ):
        with pytest.raises(Refusal) as refused:
            call()
        assert refused.value.status == 403


def test_the_checkpoints_of_a_reach_are_those_of_the_reaches_in_it_too(make):
    town = make.reach(level="township", length_m=4_000, at=DADUKOU)
    village = make.reach(length_m=2_000, parent=town, at=DADUKOU)
    added(make, village)
    assert len(checkpoints_of([town.pk, village.pk], make.now)[town.pk]) == 2
    assert len(stickers_of(town)) == 2


def test_the_checkpoints_of_many_areas_are_asked_for_at_once(make, query_count):
    reaches = [make.reach(length_m=2_000, at=DADUKOU) for _n in range(4)]
    for reach in reaches:
        added(make, reach, name=reach.name)
    one = query_count(lambda: checkpoints_of([reaches[0].pk], make.now))
    assert query_count(lambda: checkpoints_of([reach.pk for reach in reaches], make.now)) == one == 2
