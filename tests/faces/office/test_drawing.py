"""Drawing and mending areas in the browser: what is kept, what is refused, what is asked about, who may."""

from __future__ import annotations

import json
from datetime import date

import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile

from make.registry import line_at, square_at
from shanhe.ground.audit.models import Event
from shanhe.ground.divisions.models import DivisionShape
from shanhe.ground.registry.models import Area, Shape, WaterBody

NEW = "/office/areas/new/"
HERE = (117.02, 30.42)
CROSSED = {
    "type": "LineString",
    "coordinates": [[117.0, 30.4], [117.02, 30.42], [117.0, 30.42], [117.02, 30.4]],
}


def geojson(geometry) -> str:
    return shapely.to_geojson(geometry)


@pytest.fixture
def water(make):
    return make.water("龙泉河", division="341721000000")


@pytest.fixture
def filled(make, water):
    """A form as somebody fills it who draws a reach of 2 km."""
    return {
        "geometry": geojson(line_at(HERE, 2_000)),
        "name": "龙泉河杨墩段",
        "division": make.village.code,
        "level": "",
        "parent": "",
        "is_sketch": "on",
        "source": "",
        "pasted": "",
        "water": water.code,
        "new_water": "",
        "new_water_kind": "river",
        "bank": "both",
        "half_width_m": "",
        "start_name": "龙泉桥",
        "end_name": "",
    }


@pytest.fixture
def send(make):
    def sent(user, data, path: str = NEW, sort: str = "reach"):
        client = make.client(user, headers={"accept-language": "en"})
        return client.post(f"{path}?sort={sort}" if path == NEW else path, data)

    return sent


def refused(answer) -> dict[str, list[str]]:
    assert answer.status_code == 422
    return answer.context["form"].errors


# -- new areas -----------------------------------------------------------------------------------------------


def test_a_drawn_reach_is_registered_measured_and_shown(make, send, filled):
    answer = send(make.county_office, filled)
    area = Area.objects.get()
    assert answer["Location"] == f"/office/areas/{area.code}/"
    shape = area.shapes.get()
    assert shape.length_m == pytest.approx(2_000, abs=0.1)
    assert (area.name, area.level, area.reach.start_name) == ("龙泉河杨墩段", "village", "龙泉桥")
    assert (area.code[:6], len(area.code)) == ("341721", 12)
    assert shape.is_sketch
    page = make.client(make.county_office).get(answer["Location"]).content.decode()
    assert "龙泉河杨墩段" in page


def test_the_ledger_tells_of_the_new_area_once(make, send, filled):
    actor = make.county_office
    send(actor, filled)
    (event,) = Event.objects.filter(action="area.register")
    assert event.user_id == actor.pk


def test_what_was_measured_is_said(make, send, filled):
    client = make.client(make.county_office)
    page = client.post(NEW + "?sort=reach", filled, follow=True).content.decode()
    assert "2.00" in page
    assert Area.objects.get().code in page


def test_a_forest_unit_is_drawn_as_a_patch(make, send, filled):
    drawn = filled | {"geometry": geojson(square_at(HERE, 300)), "unit_kind": "grid", "species": "杉木"}
    assert send(make.county_office, drawn, sort="forest").status_code == 302
    area = Area.objects.get()
    assert (area.kind, area.forest_unit.species) == ("forest-unit", "杉木")
    assert area.shapes.get().area_m2 == pytest.approx(90_000, rel=0.01)


def test_checkpoints_are_points(make, send, filled):
    points = shapely.MultiPoint([(117.02, 30.42), (117.03, 30.43)])
    assert (
        send(make.county_office, filled | {"geometry": geojson(points)}, sort="reach-points").status_code
        == 302
    )
    assert Shape.objects.get(area__isnull=False).geometry_type == "MultiPoint"


def test_a_water_that_is_not_on_the_list_is_registered_with_its_first_reach(make, send, filled):
    send(make.county_office, filled | {"water": "", "new_water": "后山溪", "new_water_kind": "river"})
    water = WaterBody.objects.get(name="后山溪")
    assert Area.objects.get().reach.water == water
    assert water.division == make.village


def test_a_refused_reach_leaves_no_new_water_behind(make, send, filled):
    wrong = {"geometry": json.dumps(CROSSED), "water": "", "new_water": "后山溪", "new_water_kind": "river"}
    refused(send(make.county_office, filled | wrong))
    assert not WaterBody.objects.filter(name="后山溪").exists()


def test_a_file_counts_more_than_what_is_drawn(make, send, filled):
    feature = {"type": "Feature", "properties": {}, "geometry": json.loads(geojson(line_at(HERE, 3_000)))}
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})
    file = SimpleUploadedFile("段.geojson", b"\xef\xbb\xbf" + text.encode(), "application/geo+json")
    assert send(make.county_office, filled | {"file": file}).status_code == 302
    assert Shape.objects.get(area__isnull=False).length_m == pytest.approx(3_000, abs=0.1)


def test_pasted_text_counts_more_than_what_is_drawn(make, send, filled):
    send(make.county_office, filled | {"pasted": geojson(line_at(HERE, 1_500))})
    assert Shape.objects.get(area__isnull=False).length_m == pytest.approx(1_500, abs=0.1)


def test_heights_are_left_out_and_that_is_said(make, send, filled):
    heights = [[lon, lat, 12.5] for lon, lat in line_at(HERE, 2_000).coords]
    sent = filled | {"geometry": json.dumps({"type": "LineString", "coordinates": heights})}
    client = make.client(make.county_office, headers={"accept-language": "en"})
    page = client.post(NEW + "?sort=reach", sent, follow=True).content.decode()
    assert not shapely.from_wkb(bytes(Shape.objects.get(area__isnull=False).wkb)).has_z
    assert "two dimensions" in page


# -- what is refused, and what stays -------------------------------------------------------------------------

METRES = {"type": "LineString", "coordinates": [[39_500_000, 3_367_000], [39_502_000, 3_367_000]]}
SWAPPED = {"type": "LineString", "coordinates": [[30.42, 117.02], [30.43, 117.03]]}
MIXED = {
    "type": "GeometryCollection",
    "geometries": [
        {"type": "Point", "coordinates": [117.02, 30.42]},
        {"type": "LineString", "coordinates": [[117.02, 30.42], [117.03, 30.43]]},
    ],
}


@pytest.mark.parametrize(
    ("drawn", "words"),
    [
        ("", "drawn"),
        (json.dumps(CROSSED), "crosses itself"),
        (json.dumps(METRES), "metres"),
        (json.dumps(SWAPPED), "swapped"),
        (json.dumps(MIXED), "side by side"),
        (json.dumps({"type": "LineString", "coordinates": []}), "empty"),
        (
            json.dumps({"type": "LineString", "coordinates": [[117.02, 30.42], [117.0201, 30.42]]}),
            "10 m long",
        ),
        ("{not json", "GeoJSON"),
        ('{"type":"LineString","coordinates":[[117.02,30.42]]}', "GeoJSON"),
        ("[" * 5_000, "GeoJSON"),
    ],
)
def test_a_shape_that_cannot_be_is_refused_with_the_reason(make, send, filled, drawn, words):
    errors = refused(send(make.county_office, filled | {"geometry": drawn}))
    assert words in " ".join(errors["geometry"])
    assert not Area.objects.exists()


def test_a_patch_that_crosses_itself_is_refused(make, send, filled):
    bow = {
        "type": "Polygon",
        "coordinates": [[[117.0, 30.4], [117.02, 30.42], [117.02, 30.4], [117.0, 30.42], [117.0, 30.4]]],
    }
    sent = filled | {"geometry": json.dumps(bow), "unit_kind": "grid"}
    assert "crosses itself" in " ".join(refused(send(make.county_office, sent, sort="forest"))["geometry"])


def test_a_line_is_no_forest_unit(make, send, filled):
    errors = refused(send(make.county_office, filled | {"unit_kind": "grid"}, sort="forest"))
    assert "geometry" in errors


def test_what_was_typed_and_drawn_stays_when_something_is_refused(make, send, filled):
    drawn = json.dumps(CROSSED)
    page = send(make.county_office, filled | {"geometry": drawn}).content.decode()
    for kept in ("龙泉河杨墩段", "龙泉桥", drawn.replace('"', "&quot;")):
        assert kept in page


def test_the_shape_of_a_file_stays_on_the_map_when_another_field_is_refused(make, send, filled):
    text = geojson(line_at(HERE, 3_000))
    file = SimpleUploadedFile("段.geojson", text.encode())
    answer = send(make.county_office, filled | {"name": "", "file": file})
    assert "name" in refused(answer)
    assert answer.context["form"].shape_text == text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"division": ""}, "division"),
        ({"division": "999999999999"}, "division"),
        ({"water": ""}, "water"),
        ({"water": "nonsense"}, "water"),
        ({"level": "hamlet"}, "level"),
        ({"half_width_m": "-3"}, "half_width_m"),
        ({"parent": "nonsense"}, "parent"),
    ],
)
def test_a_field_that_cannot_be_is_refused_at_its_place(make, send, filled, wrong, field):
    errors = refused(send(make.county_office, filled | wrong))
    assert field in errors


def test_the_same_name_on_the_same_water_is_known_already(make, send, filled):
    send(make.county_office, filled)
    assert "name" in refused(send(make.county_office, filled))
    assert Area.objects.count() == 1


# -- outside its division ------------------------------------------------------------------------------------


@pytest.fixture
def boundary(make):
    box = shapely.box(116.9, 30.3, 117.1, 30.5)
    return DivisionShape.objects.create(
        division=make.dongzhi,
        wkb=shapely.to_wkb(box),
        min_lon=116.9,
        min_lat=30.3,
        max_lon=117.1,
        max_lat=30.5,
        source="测试",
    )


def test_a_shape_outside_its_division_is_asked_about_and_kept_when_confirmed(make, send, filled, boundary):
    elsewhere = filled | {"geometry": geojson(line_at((118.0, 30.42), 2_000))}
    answer = send(make.county_office, elsewhere)
    assert answer.status_code == 422
    assert answer.context["stray"].share == pytest.approx(1)
    assert "东至县" in answer.context["stray_words"]
    assert 'name="confirmed"' in answer.content.decode()
    assert not Area.objects.exists()
    assert send(make.county_office, elsewhere | {"confirmed": "1"}).status_code == 302
    assert Area.objects.exists()


def test_a_shape_within_its_division_or_along_its_border_is_not_asked_about(make, send, filled, boundary):
    along = filled | {"geometry": geojson(line_at((116.95, 30.501), 2_000))}
    assert send(make.county_office, along).status_code == 302


def test_a_shape_far_from_the_village_is_asked_about(make, send, filled):
    village = make.village
    village.lon, village.lat = 117.5, 30.42
    village.save()
    answer = send(make.county_office, filled)
    assert answer.context["stray"].distance_m > 40_000


# -- who may -------------------------------------------------------------------------------------------------


def test_only_offices_that_keep_records_may_draw(make, send, filled):
    assert make.client(make.village_chief).get(NEW).status_code == 404
    assert send(make.village_chief, filled).status_code == 404
    assert make.client().get(NEW).status_code == 302
    assert make.client(make.county_office).get(NEW).status_code == 200
    assert make.client(make.county_office).get(NEW + "?sort=castle").status_code == 404


def test_an_office_cannot_register_in_another_s_ground(make, send, filled):
    errors = refused(send(make.stranger, filled))
    assert "water" in errors or "division" in errors
    assert not Area.objects.exists()


def test_an_area_is_changed_by_its_office_alone(make, send, filled):
    reach = make.reach("旧名")
    path = f"/office/areas/{reach.code}/edit/"
    assert make.client(make.stranger).get(path).status_code == 404
    assert send(make.stranger, filled, path).status_code == 404
    assert make.client(make.village_chief).get(path).status_code == 403
    assert send(make.village_chief, filled, path).status_code == 403
    reach.refresh_from_db()
    assert reach.name == "旧名"


# -- mending -------------------------------------------------------------------------------------------------


@pytest.fixture
def reach(make, water):
    return make.reach("龙泉河段", water=water, at=HERE, length_m=2_000)


def as_shown(make, reach) -> dict[str, str]:
    """What the browser sends back when nothing was touched; the desk rounds to a centimetre."""
    page = make.client(make.county_office).get(f"/office/areas/{reach.code}/edit/")
    form = page.context["form"]
    data = {name: form[name].value() for name in form.fields if name != "file"}
    data["geometry"] = form.shape_text
    return {name: value for name, value in data.items() if value not in (None, False)}


def edit(make, reach, **changes):
    data = as_shown(make, reach) | changes
    return make.client(make.county_office).post(f"/office/areas/{reach.code}/edit/", data)


def test_saving_what_is_shown_changes_nothing(make, reach):
    data = as_shown(make, reach)
    before = Event.objects.count()
    assert edit(make, reach, **data).status_code == 302
    assert Event.objects.count() == before
    assert reach.shapes.count() == 1


def test_facts_change_without_a_new_shape(make, reach):
    assert edit(make, reach, name="龙泉河杨墩段", half_width_m="40").status_code == 302
    reach.refresh_from_db()
    assert (reach.name, reach.half_width_m) == ("龙泉河杨墩段", 40)
    assert reach.shapes.count() == 1


def test_another_line_is_a_new_shape_and_the_old_one_stays(make, reach):
    assert edit(make, reach, geometry=geojson(line_at(HERE, 2_600))).status_code == 302
    old, new = reach.shapes.order_by("pk")
    assert (old.until, new.since, new.until) == (make.today, make.today, None)
    assert new.length_m == pytest.approx(2_600, abs=0.1)


def test_a_mend_that_is_refused_changes_neither_facts_nor_shape(make, reach):
    answer = edit(make, reach, name="新名", geometry=json.dumps(CROSSED))
    assert "geometry" in refused(answer)
    reach.refresh_from_db()
    assert reach.name == "龙泉河段"
    assert reach.shapes.count() == 1


def test_a_surveyed_shape_loses_the_mark_of_a_sketch_and_keeps_its_line(make, water):
    reach = make.reach("示意段", water=water, at=HERE, is_sketch=True)
    data = as_shown(make, reach) | {"source": "1:10000 地形图"}
    del data["is_sketch"]
    make.client(make.county_office).post(f"/office/areas/{reach.code}/edit/", data)
    old, new = reach.shapes.order_by("pk")
    assert (old.is_sketch, new.is_sketch, new.source) == (True, False, "1:10000 地形图")
    assert bytes(old.wkb) == bytes(new.wkb)


# -- retiring ------------------------------------------------------------------------------------------------


def retire(make, user, reach, on: date):
    path = f"/office/areas/{reach.code}/retire/"
    return make.client(user).post(path, {"on": on.isoformat(), "reason": "并入上段"})


def test_a_retired_area_ends_on_the_day_and_says_so(make, reach):
    answer = retire(make, make.county_office, reach, make.today)
    assert answer["Location"] == f"/office/areas/{reach.code}/"
    reach.refresh_from_db()
    assert reach.until == make.today
    page = make.client(make.county_office).get(answer["Location"]).content.decode()
    assert make.today.isoformat() in page
    assert f"/office/areas/{reach.code}/edit/" not in page


def test_an_area_that_others_lie_in_is_not_retired(make, water):
    above = make.reach("镇段", level="township", water=water)
    make.reach("村段", parent=above)
    answer = retire(make, make.county_office, above, make.today)
    assert answer.status_code == 422
    above.refresh_from_db()
    assert above.until is None


def test_retiring_is_for_the_office_alone_and_never_by_a_link(make, reach):
    assert retire(make, make.stranger, reach, make.today).status_code == 404
    assert retire(make, make.village_chief, reach, make.today).status_code == 403
    answer = make.client(make.county_office).get(f"/office/areas/{reach.code}/retire/")
    assert answer.status_code == 405


# -- what there is to snap to --------------------------------------------------------------------------------


def test_neighbours_to_snap_to_are_waters_and_areas_of_the_kind_without_the_one_mended(make, reach, water):
    other = make.reach("下段", water=water, at=(117.03, 30.42))
    make.forest_unit("林子", at=(117.03, 30.42))
    box = {"bbox": "116.9,30.3,117.2,30.6", "kind": "reach", "without": reach.code}
    body = make.client(make.county_office).get("/office/areas/nearby.json", box).json()
    areas = [each["properties"]["code"] for each in body["features"] if "division" in each["properties"]]
    assert areas == [other.code]
    strangers = make.client(make.stranger).get("/office/areas/nearby.json", box).json()
    assert strangers["features"] == []


def test_a_window_that_is_none_is_refused(make):
    answer = make.client(make.county_office).get("/office/areas/nearby.json", {"bbox": "here"})
    assert answer.status_code == 422
