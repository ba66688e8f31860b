"""What a shape must be, and how it is kept."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import shapely
from shapely.geometry import mapping

from make.registry import line_at, square_at
from shanhe.ground.audit.models import Event
from shanhe.ground.registry.geometry import check_geometry, geometry_from_geojson, geometry_from_wkb
from shanhe.ground.registry.models import Shape
from shanhe.ground.registry.queries import shape_on
from shanhe.ground.registry.services import area_retire, shape_set
from shanhe.kernel.errors import Refusal

HERE = (117.0, 30.4)

BAD = {
    "shape.empty": shapely.LineString(),
    "shape.swapped": shapely.LineString([(30.4, 117.0), (30.5, 117.0)]),
    "shape.metres": shapely.LineString([(500_000.0, 3_364_000.0), (500_100.0, 3_364_000.0)]),
    "shape.elsewhere": shapely.LineString([(2.3, 48.8), (2.4, 48.8)]),
    "shape.no_extent": shapely.LineString([HERE, HERE]),
    "shape.self_crossing": shapely.LineString([(117, 30), (117.1, 30.1), (117.1, 30), (117, 30.1)]),
    "shape.type": shapely.GeometryCollection([shapely.Point(HERE)]),
}


with np.errstate(invalid="ignore"):
    BAD["shape.not_a_number"] = shapely.LineString([(117, 30), (np.nan, 30.1)])


@pytest.mark.parametrize("code", BAD)
def test_a_shape_that_cannot_be_kept_is_refused_with_its_reason(code):
    with pytest.raises(Refusal) as refused:
        check_geometry(BAD[code])
    assert refused.value.code == code
    assert set(refused.value.fields) == {"geometry"}


def test_a_boundary_that_crosses_itself_is_refused_and_the_place_is_named():
    bow_tie = shapely.Polygon([(117, 30), (117.2, 30.2), (117.2, 30), (117, 30.2)])
    with pytest.raises(Refusal, match=r"near 117\.1, 30\.1"):
        check_geometry(bow_tie)


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[1]", '{"type":"LineString"}', '{"type":"LineString","coordinates":[["a",1]]}', "null"],
)
def test_what_is_no_geojson_geometry_is_refused(text):
    with pytest.raises(Refusal) as refused:
        geometry_from_geojson(text)
    assert refused.value.code == "shape.unreadable"


def test_heights_are_left_out_and_a_note_says_so():
    checked = check_geometry(shapely.LineString([(117, 30, 5), (117.1, 30, 6)]))
    assert not geometry_from_wkb(checked.wkb).has_z
    assert [str(note) for note in checked.notes] == ["Heights were left out: a shape has two dimensions."]


def test_length_and_area_are_geodesic():
    assert check_geometry(line_at(HERE, 2_000)).length_m == pytest.approx(2_000, abs=0.001)
    square = check_geometry(square_at(HERE, 500))
    assert square.area_m2 == pytest.approx(250_000, rel=0.003)
    assert square.length_m == pytest.approx(2_000, rel=0.003)


def test_a_hole_is_no_area():
    outer, hole = square_at(HERE, 1_000), square_at((117.002, 30.402), 300)
    whole = check_geometry(outer).area_m2
    assert check_geometry(outer - hole).area_m2 == pytest.approx(whole - check_geometry(hole).area_m2)


def test_a_line_may_touch_others_where_a_river_divides():
    braided = shapely.MultiLineString([line_at(HERE, 500), line_at(HERE, 800)])
    assert check_geometry(braided).geometry_type == "MultiLineString"


def test_a_new_shape_closes_the_old_one_and_both_are_kept(make):
    reach = make.reach(at=HERE, length_m=1_000)
    by = make.actor(make.county_office)
    shape_set(owner=reach, geometry=line_at(HERE, 1_500), by=by, at=make.now, day=date(2026, 2, 1))
    assert [(round(shape.length_m), shape.since, shape.until) for shape in Shape.objects.order_by("pk")] == [
        (1_000, None, date(2026, 2, 1)),
        (1_500, date(2026, 2, 1), None),
    ]
    assert round(shape_on(reach, date(2026, 1, 31)).length_m) == 1_000
    assert round(shape_on(reach, date(2026, 2, 1)).length_m) == 1_500


def test_two_shapes_of_one_day_are_both_kept_and_the_second_holds(make):
    reach = make.reach(at=HERE, length_m=1_000)
    by = make.actor(make.county_office)
    for length_m in (1_500, 1_600):
        shape_set(owner=reach, geometry=line_at(HERE, length_m), by=by, at=make.now)
    assert Shape.objects.count() == 3
    assert round(shape_on(reach, make.today).length_m) == 1_600


def test_the_same_shape_again_changes_nothing(make):
    reach = make.reach(at=HERE, length_m=1_000)
    by = make.actor(make.county_office)
    before = Event.objects.count()
    shape_set(owner=reach, geometry=mapping(line_at(HERE, 1_000)), by=by, at=make.now)
    assert Shape.objects.count() == 1
    assert Event.objects.count() == before


def test_a_shape_cannot_begin_before_the_present_one(make):
    reach = make.reach(at=HERE)
    by = make.actor(make.county_office)
    shape_set(owner=reach, geometry=line_at(HERE, 900), by=by, at=make.now)
    with pytest.raises(Refusal) as refused:
        shape_set(owner=reach, geometry=line_at(HERE, 800), by=by, at=make.now, day=date(2026, 1, 1))
    assert refused.value.code == "shape.before_present"
    assert Shape.objects.count() == 2


def test_the_office_of_another_county_cannot_draw(make):
    reach = make.reach(at=HERE)
    with pytest.raises(Refusal) as refused:
        shape_set(owner=reach, geometry=line_at(HERE, 900), by=make.actor(make.stranger), at=make.now)
    assert (refused.value.code, refused.value.status) == ("registry.not_yours", 403)


def test_the_village_chief_sees_but_does_not_draw(make):
    reach = make.reach(at=HERE)
    with pytest.raises(Refusal, match="outside the ground"):
        shape_set(owner=reach, geometry=line_at(HERE, 900), by=make.actor(make.village_chief), at=make.now)


def test_a_retired_area_takes_no_shape_and_its_last_one_has_ended(make):
    reach = make.reach(at=HERE)
    by = make.actor(make.county_office)
    area_retire(area=reach, on=make.today, by=by, at=make.now)
    assert Shape.objects.get().until == make.today
    with pytest.raises(Refusal, match="no longer valid"):
        shape_set(owner=reach, geometry=line_at(HERE, 900), by=by, at=make.now)


def test_setting_a_shape_is_on_the_ledger_with_its_digest_and_no_place(make):
    reach = make.reach(at=HERE)
    shape_set(owner=reach, geometry=line_at(HERE, 900), by=make.actor(make.county_office), at=make.now)
    event = Event.objects.order_by("seq").last()
    assert event.action == "shape.set"
    assert set(event.data) == {"shape", "sha256", "since", "sketch"}
