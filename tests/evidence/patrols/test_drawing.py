"""A verdict drawn: the parts of the reach add up to it, and the chart follows the way."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import shapely
from pyproj import Geod

from make.patrols import walk_along
from shanhe.evidence.patrols.drawing import drawing_of
from shanhe.evidence.patrols.queries import patrol_in

GEOD = Geod(ellps="GRS80")


@pytest.fixture
def reach(make):
    return make.reach(length_m=2_000)


@pytest.fixture
def drawn(make):
    def draw(patrol, n=0):
        page = patrol_in(make.scope(make.administrator), patrol.pk)
        return drawing_of(page.shown[n], page.track)

    return draw


def parts(drawing):
    found: dict[str, list] = {}
    for feature in drawing.geojson()["features"]:
        told = feature["properties"]
        found.setdefault(told.get("part", told["layer"]), []).append(feature)
    return found


def length_m(features) -> float:
    return sum(GEOD.geometry_length(shapely.geometry.shape(each["geometry"])) for each in features)


def test_a_whole_walk_is_drawn_walked(make, reach, drawn):
    found = parts(drawn(make.patrol(reach)))
    assert length_m(found["walked"]) > 1_850
    assert set(found) >= {"walked", "track", "start", "end"}


def test_walked_and_skipped_add_up_to_the_reach(make, reach, drawn):
    patrol = make.patrol(reach, walked_m=(300, 1_200))
    found = parts(drawn(patrol))
    assert length_m(found["walked"]) == pytest.approx(patrol.verdict.coverage * 2_000, abs=3)
    assert length_m(found["walked"] + found["skipped"]) == pytest.approx(2_000, abs=3)
    assert len(found["skipped"]) == 2
    begins = sorted(each["properties"]["from_m"] for each in found["skipped"])
    assert begins[0] == 0


def sleeping(track, begin=100, end=230):
    keep = np.r_[0:begin, end : len(track)]
    return replace(
        track, t_ms=track.t_ms[keep], lon=track.lon[keep], lat=track.lat[keep], acc=track.acc[keep]
    )


def test_where_the_phone_slept_is_drawn_apart(make, reach, drawn):
    patrol = make.patrol(reach, track=sleeping(make.track(reach)))
    assert patrol.verdict.details["asleep"]
    found = parts(drawn(patrol))
    assert length_m(found["asleep"]) > 300
    whole = found["walked"] + found["asleep"] + found.get("skipped", [])
    assert length_m(whole) == pytest.approx(2_000, abs=3)


def test_the_chart_follows_the_way_along_the_reach(make, reach, drawn):
    patrol = make.patrol(reach)
    series = drawn(patrol).series()
    along = [metres for _seconds, metres in series["along"]]
    walked = [metres for _seconds, metres in series["points"]]
    assert along[0] < 30
    assert along[-1] > 1_850
    assert walked == sorted(walked)
    assert walked[-1] == pytest.approx(patrol.verdict.distance_m, abs=0.1)
    assert series["started_at"].startswith("2026-03-01T22:30:00")


def test_off_the_reach_the_chart_has_a_hole(make, reach, drawn):
    away = make.track(reach, aside_m=400.0)
    series = drawn(make.patrol(reach, track=away)).series()
    assert series["along"] == []
    assert series["points"]


def test_the_chart_marks_where_the_phone_slept_and_what_looked_odd(make, reach, drawn):
    slept = sleeping(make.track(reach))
    odd = replace(slept, mock=np.ones(len(slept), np.bool_))
    bands = drawn(make.patrol(reach, track=odd)).series()["bands"]
    assert {band["kind"] for band in bands} == {"asleep", "flag"}
    assert all(band["from_s"] < band["to_s"] and band["label"] for band in bands)


def test_a_long_track_is_thinned_for_chart_and_map(make, drawn):
    reach = make.reach(length_m=6_000)
    patrol = make.patrol(reach, walked_m=(0, 5_900))
    drawing = drawn(patrol)
    assert patrol.track.points > 800
    assert len(drawing.series()["points"]) <= 600
    assert len(parts(drawing)["track"][0]["geometry"]["coordinates"]) < patrol.track.points


def area_m2(features) -> float:
    return sum(abs(GEOD.geometry_area_perimeter(shapely.geometry.shape(f["geometry"]))[0]) for f in features)


def serpentine(east_m: float) -> shapely.LineString:
    """A way to and fro inside a square of 400 m, 60 m off its edges, up to ``east_m`` in the east."""
    lanes = [
        (60, 60),
        (east_m, 60),
        (east_m, 150),
        (60, 150),
        (60, 240),
        (east_m, 240),
        (east_m, 340),
        (60, 340),
    ]
    return shapely.LineString([(117.02 + x / 96_000, 30.42 + y / 110_860) for x, y in lanes])


def test_a_forest_unit_is_drawn_in_what_was_seen_and_what_was_not(make, drawn):
    unit = make.forest_unit(side_m=400, at=(117.02, 30.42))
    way = walk_along(serpentine(200), (0, 850), starts=make.now.replace(hour=0), aside_m=0.0)
    patrol = make.patrol(unit, track=way)
    found = parts(drawn(patrol))
    assert area_m2(found["walked"] + found["skipped"]) == pytest.approx(160_000, rel=0.01)
    assert area_m2(found["walked"]) / 160_000 == pytest.approx(patrol.verdict.coverage, abs=0.02)


def test_who_went_round_a_forest_unit_misses_nothing_inside(make, drawn):
    patrol = make.patrol(make.forest_unit(side_m=400), walked_m=(0, 1_590))
    found = parts(drawn(patrol))
    assert area_m2(found["walked"] + found["area"]) == pytest.approx(160_000, rel=0.01)
    assert area_m2(found["walked"]) / 160_000 == pytest.approx(patrol.verdict.coverage, abs=0.1)
    assert "skipped" not in found


def test_the_boundary_that_was_left_out_is_drawn(make, drawn):
    patrol = make.patrol(make.forest_unit(side_m=400), walked_m=(0, 1_000))
    found = parts(drawn(patrol))
    assert length_m(found["skipped"]) == pytest.approx((1 - patrol.verdict.walked_share) * 1_600, abs=20)


def test_checkpoints_are_drawn_visited_or_not(make, drawn):
    places = shapely.MultiPoint([(117.02, 30.42), (117.03, 30.42), (117.04, 30.42)])
    unit = make.reach()
    shape = unit.shapes.get()
    way = make.track(make.reach(length_m=2_000, at=(117.02, 30.42)), walked_m=(0, 1_100))
    type(shape).objects.filter(pk=shape.pk).update(wkb=shapely.to_wkb(places), geometry_type="MultiPoint")
    found = parts(drawn(make.patrol(unit, track=way)))
    assert [each["properties"]["name"] for each in found["walked"]] == ["1", "2"]
    assert [each["properties"]["name"] for each in found["skipped"]] == ["3"]


def test_a_sketch_is_marked_on_every_part(make, drawn):
    sketched = make.reach(is_sketch=True)
    found = parts(drawn(make.patrol(sketched)))
    assert all(each["properties"]["sketch"] for each in found["walked"])


def test_a_reach_of_two_parts_is_cut_in_each(make, drawn):
    one, two = ([(117.02 + 0.02 * n, 30.42), (117.03 + 0.02 * n, 30.42)] for n in (0, 1))
    reach = make.reach(geometry=shapely.MultiLineString([one, two]))
    line = shapely.LineString(one)
    patrol = make.patrol(reach, track=walk_along(line, (0, 900), starts=make.now.replace(hour=0)))
    found = parts(drawn(patrol))
    assert length_m(found["walked"] + found["skipped"]) == pytest.approx(reach.shapes.get().length_m, abs=3)
    assert all(feature["geometry"]["type"] == "LineString" for feature in found["walked"] + found["skipped"])


def test_what_is_drawn_is_plain_json(make, reach, drawn):
    drawing = drawn(make.patrol(reach))
    json.dumps([drawing.geojson(), drawing.series()], allow_nan=False)


def test_a_track_of_one_fix_is_drawn_as_a_place(make, reach, drawn):
    track = make.track(reach)
    one = replace(track, t_ms=track.t_ms[:1], lon=track.lon[:1], lat=track.lat[:1], acc=track.acc[:1])
    patrol = make.patrol(reach, track=one)
    assert patrol.verdict.outcome == "invalid"
    found = parts(drawn(patrol))
    assert "track" not in found
    assert found["start"]


STOPS = {"kind": "stops", "min_stops": 2, "min_stop_minutes": 3.0, "min_minutes": 5.0, "checks": ["too_fast"]}


def test_an_area_that_is_visited_by_stops_is_drawn_round_the_way_with_its_stops(make, drawn):
    make.policy("patrol.rules", STOPS)
    river = make.reach(length_m=80_000)
    way = make.track(river, walked_m=(0, 6_000), pace_mps=12.0)
    at = [n for n in range(len(way)) for _ in range(60 if n in (20, 60) else 1)]  # five minutes in two places
    stopping = replace(
        way,
        t_ms=way.t_ms[0] + 5_000 * np.arange(len(at)),
        **{name: getattr(way, name)[at] for name in ("lon", "lat", "acc")},
    )
    patrol = make.patrol(river, track=stopping)
    assert patrol.verdict.stops == 2
    assert patrol.verdict.walked_share is None
    found = parts(drawn(patrol))
    assert "skipped" not in found
    assert [each["geometry"]["coordinates"] for each in found["stop"]] == [
        pytest.approx([way.lon[n], way.lat[n]], abs=2e-4) for n in (20, 60)
    ]
    assert length_m(found["area"]) < 30_000


def test_who_went_round_a_forest_unit_walked_it_by_its_boundary(make):
    verdict = make.patrol(make.forest_unit(side_m=600), walked_m=(0, 2_390)).verdict
    assert verdict.coverage < 0.6
    assert verdict.walked_share > 0.95
    assert verdict.outcome == "valid"


def test_signs_of_one_stretch_share_a_band(make, reach, drawn):
    still = make.track(reach, walked_m=(0, 1_000))
    still = replace(still, lon=0 * still.lon + still.lon[0], lat=0 * still.lat + still.lat[0])
    series = drawn(make.patrol(reach, track=still)).series()
    stretches = [(band["from_s"], band["to_s"]) for band in series["bands"]]
    assert len(set(stretches)) == len(stretches)
