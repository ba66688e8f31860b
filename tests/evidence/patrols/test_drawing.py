"""A verdict drawn: the parts of the reach add up to it, and the chart follows the way."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import shapely
from pyproj import Geod

from shanhe.evidence.patrols.queries import drawing_of, patrol_in

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
        found.setdefault(feature["properties"]["part"], []).append(feature)
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
    series = drawn(make.patrol(reach)).series()
    along = [metres for metres in series["along_m"] if metres is not None]
    assert len(series["t_s"]) == len(series["along_m"]) == len(series["walked_m"]) == len(series["speed_mps"])
    assert along[0] < 30
    assert along[-1] > 1_850
    assert series["walked_m"] == sorted(series["walked_m"])
    assert 0.5 < np.median(series["speed_mps"]) < 2
    assert series["length_m"] == pytest.approx(2_000, abs=2)


def test_off_the_reach_the_chart_has_a_hole(make, reach, drawn):
    away = make.track(reach, aside_m=400.0)
    patrol = make.patrol(reach, track=away)
    assert set(drawn(patrol).series()["along_m"]) == {None}


def test_a_long_track_is_thinned_for_chart_and_map(make, drawn):
    reach = make.reach(length_m=6_000)
    patrol = make.patrol(reach, walked_m=(0, 5_900))
    drawing = drawn(patrol)
    assert patrol.track.points > 800
    assert len(drawing.series()["t_s"]) <= 600
    assert len(parts(drawing)["track"][0]["geometry"]["coordinates"]) < patrol.track.points


def test_a_forest_unit_is_drawn_whole_with_its_coverage(make, drawn):
    patrol = make.patrol(make.forest_unit(side_m=400), walked_m=(0, 1_550))
    found = parts(drawn(patrol))
    assert found["unit"][0]["properties"]["coverage"] == patrol.verdict.coverage
    assert found["unit"][0]["geometry"]["type"] == "Polygon"


def test_a_reach_of_two_parts_is_cut_in_each(make, drawn):
    one, two = ([(117.02 + 0.02 * n, 30.42), (117.03 + 0.02 * n, 30.42)] for n in (0, 1))
    reach = make.reach(geometry=shapely.MultiLineString([one, two]))
    line = shapely.LineString(one)
    from make.patrols import walk_along

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
