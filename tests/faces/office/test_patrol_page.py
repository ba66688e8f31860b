"""One patrol in the office: the verdict told to people, its map, chart and track, and who may see which."""

from __future__ import annotations

import io
import json
import re
import uuid
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from PIL import Image

from shanhe.evidence.patrols.sent import LogSent
from shanhe.evidence.patrols.services import patrol_reverify
from shanhe.evidence.patrols.services.retention import tracks_delete_due
from shanhe.ground.audit.models import Event
from shanhe.ground.people.scope import system_actor
from shanhe.kernel.tracks.formats import read_track

IN_ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def reach(make):
    return make.reach("大渡口段", length_m=2_000)


@pytest.fixture
def get(make):
    def get(address, by=None, **headers):
        return make.client(by or make.county_office).get(address, headers={**IN_ENGLISH, **headers})

    return get


@pytest.fixture
def page(get):
    """The text of a patrol's page, without its tags."""

    def page(patrol, by=None, query=""):
        answer = get(f"/office/patrols/{patrol.pk}/{query}", by)
        assert answer.status_code == 200
        return words(answer)

    return page


def words(answer) -> str:
    main = answer.content.decode().split("<main", 1)[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


# -- the verdict, told ---------------------------------------------------------------------------------------


def test_a_valid_patrol_says_that_it_counts_and_for_whom(make, reach, page):
    patrol = make.patrol(reach, by=make.village_chief)
    text = page(patrol)
    assert f"the patrol counts for {make.village_chief.person.name}" in text
    assert "short" not in text


def test_half_the_reach_says_what_is_missing_in_figures(make, reach, page):
    text = page(make.patrol(reach, (0, 900)))
    assert "less than what is asked for" in text
    assert "of the area was walked; at least 60 % are asked for" in text
    assert re.search(r"1\d%, about [23]\d\d m short", text)


def test_a_sign_is_told_with_its_time_of_day(make, reach, page):
    track = make.track(reach)
    odd = replace(track, mock=np.ones(len(track), np.bool_))
    text = page(make.patrol(reach, track=odd))
    assert "Doubtful" in text
    assert "a person should look into" in text
    assert re.search(r"Mock location The phone itself says .* 06:3\d–0[67]:\d\d", text)


def test_a_phone_that_slept_is_noted_and_not_held_against_anybody(make, reach, page):
    track = make.track(reach)
    keep = np.r_[0:100, 230 : len(track)]
    slept = replace(
        track, t_ms=track.t_ms[keep], lon=track.lon[keep], lat=track.lat[keep], acc=track.acc[keep]
    )
    text = page(make.patrol(reach, track=slept))
    assert "Phone asleep" in text
    assert "not held against anybody" in text


def test_another_outing_at_the_same_time_is_linked_and_does_not_count_again(make, reach, page):
    first = make.patrol(reach, by=make.village_chief)
    second = make.patrol(reach, by=make.village_chief, seed=99)
    assert "at the same time counts already" in page(second)
    assert f"Patrol No. {first.pk}" in page(second)


def test_no_code_of_the_kernel_is_read_on_the_page(make, reach, page):
    patrol = make.patrol(reach, (0, 300), mode="bicycle", track=make.track(reach, (0, 300), aside_m=400.0))
    text = page(patrol)
    assert "By bicycle" in text
    for code in ("coverage.low", "flag.", "outside", "truncated", "distance.short", "bicycle "):
        assert code not in text.replace("By bicycle ", "")


def test_several_areas_have_each_their_verdict(make, page, get):
    at = (117.02, 30.42)
    one, two = make.reach("上段", length_m=2_000, at=at), make.reach("下段", length_m=4_000, at=at)
    keeper = make.keeper(one, areas=[one, two])
    patrol = make.patrol(one, by=keeper, areas=[one, two])
    text = page(patrol)
    assert "上段" in text
    assert "下段" in text
    assert "Patrol of 下段" in page(patrol, query=f"?area={two.code}")
    assert get(f"/office/patrols/{patrol.pk}/?area=R-none").status_code == 404


def test_an_earlier_verdict_stays_in_sight_after_judging_again(make, reach, page):
    patrol = make.patrol(reach)
    patrol_reverify(patrol=patrol, by=make.actor(make.county_office), at=make.now + timedelta(days=1))
    text = page(patrol)
    assert "by rule, judged again" in text
    assert "by rule, when it came in" in text
    assert "Patrol verified again" in text


def test_the_record_on_the_ledger_is_named_and_may_be_read(make, reach, page, get):
    patrol = make.patrol(reach, by=make.village_chief)
    event = Event.objects.get(action="patrol.submit")
    assert f"No. {event.seq}" in page(patrol)
    for user in (make.village_chief, make.county_office):
        assert get(f"/office/ledger/{event.seq}/", user).status_code == 200
    assert patrol.track.sent_sha256 in page(patrol)


def test_one_goes_on_to_the_patrols_before_and_after_in_the_same_area(make, reach, get):
    dated = [make.patrol(reach, starts=make.now - timedelta(days=n)) for n in (5, 3, 1)]
    make.patrol(make.reach(), starts=make.now - timedelta(days=2))
    text = get(f"/office/patrols/{dated[1].pk}/").content.decode()
    assert re.search(rf'rel="prev" href="/office/patrols/{dated[0].pk}/', text)
    assert re.search(rf'rel="next" href="/office/patrols/{dated[2].pk}/', text)


def test_who_walked_for_whom_and_with_whom_is_said(make, reach, page):
    make.policy("patrol.assistants", {"posts": ["patroller"]})
    chief = make.village_chief.person
    assistant, friend = make.keeper(reach, kind="patroller"), make.person(name="同行人")
    patrol = make.patrol(reach, by=assistant, **{"for": str(chief.uuid), "with": [str(friend.uuid)]})
    text = page(patrol)
    for name in (chief.name, assistant.person.name, "同行人"):
        assert name in text
    assert "Walked by" in text


def test_the_page_costs_as_many_queries_with_many_companions_as_without(make, reach, query_count):
    office = make.client(make.county_office)
    alone = make.patrol(reach)
    others = [str(make.person().uuid) for _ in range(5)]
    log = [LogSent("water", True), LogSent("other", False, "垃圾")]
    many = make.patrol(reach, starts=make.now - timedelta(days=2), log=log, **{"with": others})
    office.get(f"/office/patrols/{alone.pk}/")
    one = query_count(lambda: office.get(f"/office/patrols/{alone.pk}/"))
    assert query_count(lambda: office.get(f"/office/patrols/{many.pk}/")) <= one + 1  # the checklist's words
    assert one <= 26


# -- log and photos ------------------------------------------------------------------------------------------


def jpeg(lat=(30, 25, 12.0), lon=(117, 1, 30.0)) -> bytes:
    exif = Image.Exif()
    exif[0x9003] = "2026:03:02 07:05:00"
    gps = exif.get_ifd(0x8825)
    gps.update({1: "N", 2: lat, 3: "E", 4: lon})
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.fixture
def with_photo(make, reach):
    """A patrol whose log names a photo that came and one that has not come yet."""
    photo, missing = uuid.uuid4(), uuid.uuid4()
    make.policy("patrol.checklist", {"items": [{"key": "water", "zh": "水体水岸", "en": "Water and banks"}]})
    log = [LogSent("water", False, "岸边有垃圾", (photo, missing))]
    patrol = make.patrol(reach, by=make.village_chief, log=log)
    answer = make.client(make.village_chief).put(
        f"/api/v1/files/{photo}?record=patrol:{patrol.uuid}&name=banks.jpg",
        jpeg(),
        content_type="image/jpeg",
    )
    assert answer.status_code == 201
    return patrol, photo


def test_the_log_is_told_in_the_words_of_the_checklist_with_its_photos(with_photo, get, page):
    patrol, photo = with_photo
    text = page(patrol)
    assert "Water and banks" in text
    assert "岸边有垃圾" in text
    assert "has not come yet" in text
    assert f"/api/v1/files/{photo}?copy=public" in get(f"/office/patrols/{patrol.pk}/").content.decode()


def test_a_photo_stands_on_the_map_where_it_was_taken(with_photo, get):
    patrol, _photo = with_photo
    drawn = get(f"/office/patrols/{patrol.pk}/drawing.json").json()
    (photo,) = [each for each in drawn["features"] if each["properties"]["layer"] == "photo"]
    assert photo["geometry"]["coordinates"] == pytest.approx([117.025, 30.42], abs=1e-6)


def test_a_file_that_somebody_else_slips_in_is_not_shown(make, with_photo, page):
    patrol, _photo = with_photo
    make.client(make.stranger).put(
        f"/api/v1/files/{uuid.uuid4()}?record=patrol:{patrol.uuid}&name=spam.jpg",
        jpeg(),
        content_type="image/jpeg",
    )
    assert "spam.jpg" not in page(patrol)


# -- map, chart, track: who sees them ------------------------------------------------------------------------

PARTS = ("", "drawing.json", "series.json", "track.gpx")


@pytest.mark.parametrize("part", PARTS)
def test_who_walked_and_who_supervises_see_it_and_the_stranger_gets_404(make, reach, get, part):
    patrol = make.patrol(reach, by=make.village_chief)
    address = f"/office/patrols/{patrol.pk}/{part}"
    for user in (make.village_chief, make.county_office, make.administrator):
        assert get(address, user).status_code == 200
    assert get(address, make.stranger).status_code == 404
    neighbour = make.keeper(make.forest_unit(), kind="ranger")
    assert get(address, neighbour).status_code == 404
    for number in ("999999", "9" * 30):
        assert get(f"/office/patrols/{number}/{part}").status_code == 404


def test_the_map_shows_the_parts_the_track_and_its_ends(make, reach, get):
    drawn = get(f"/office/patrols/{make.patrol(reach, (0, 900)).pk}/drawing.json")
    assert drawn["Cache-Control"] == "private, no-store"
    layers = {
        (each["properties"]["layer"], each["properties"].get("part")) for each in drawn.json()["features"]
    }
    assert {
        ("part", "walked"),
        ("part", "skipped"),
        ("track", None),
        ("start", None),
        ("end", None),
    } <= layers


def test_fixes_that_were_not_used_are_drawn_where_they_lie_near(make, reach, get):
    track = make.track(reach)
    acc, lat = track.acc.copy(), track.lat.copy()
    acc[10:14] = 500.0  # too inaccurate
    lat[12] += 5  # and on the other side of the country
    drawn = get(
        f"/office/patrols/{make.patrol(reach, track=replace(track, acc=acc, lat=lat)).pk}/drawing.json"
    )
    (dropped,) = [each for each in drawn.json()["features"] if each["properties"]["layer"] == "dropped"]
    assert len(dropped["geometry"]["coordinates"]) == 3


def test_the_chart_has_the_way_over_time(make, reach, get):
    series = get(f"/office/patrols/{make.patrol(reach).pk}/series.json").json()
    assert series["points"][0] == [0.0, 0.0]
    assert series["points"][-1][1] > 1_500


def test_the_track_is_taken_away_as_gpx_with_every_fix(make, reach, get):
    patrol = make.patrol(reach)
    answer = get(f"/office/patrols/{patrol.pk}/track.gpx")
    assert answer["Content-Type"] == "application/gpx+xml"
    assert "attachment" in answer["Content-Disposition"]
    assert len(read_track("t.gpx", answer.content)) == patrol.track.points


def test_a_superior_of_one_area_follows_the_track_there_only(make, get):
    home = make.reach("县内段", length_m=2_000, at=(117.02, 30.42))
    away = make.reach("县外段", length_m=2_000, at=(117.10, 30.42), division="341722100200")
    keeper = make.keeper(home, areas=[home, away])
    both = make.track(home), make.track(away, starts=make.now - timedelta(hours=1))
    columns = {
        name: np.concatenate([getattr(one, name) for one in both]) for name in ("t_ms", "lon", "lat", "acc")
    }
    patrol = make.patrol(home, by=keeper, areas=[home, away], track=replace(both[0], **columns))

    def east(by):
        features = get(f"/office/patrols/{patrol.pk}/drawing.json", by).json()["features"]
        return max(
            lon for lon in re.findall(r"\[(1\d\d\.\d+),", json.dumps([each["geometry"] for each in features]))
        )

    assert float(east(keeper)) > 117.10
    assert float(east(make.county_office)) < 117.06
    assert get(f"/office/patrols/{patrol.pk}/track.gpx", keeper).status_code == 200
    assert get(f"/office/patrols/{patrol.pk}/track.gpx", make.county_office).status_code == 404
    assert "县外段" not in get(f"/office/patrols/{patrol.pk}/", make.county_office).content.decode()


def test_a_verdict_of_a_foreign_area_that_was_replaced_stays_out_of_sight(make, get):
    at = (117.02, 30.42)
    home = make.reach("县内段", length_m=2_000, at=at)
    away = make.reach("县外段", length_m=2_000, at=at, division="341722100200")
    patrol = make.patrol(home, by=make.keeper(home, areas=[home, away]), areas=[home, away])
    patrol_reverify(patrol=patrol, by=make.actor(make.administrator), at=make.now)
    assert "县外段" not in get(f"/office/patrols/{patrol.pk}/").content.decode()


def test_a_late_patrol_says_how_late(make, reach, page):
    patrol = make.patrol(reach, starts=make.now - timedelta(days=5))
    assert "late 4 days 23 hours after the end" in page(patrol)


def test_after_the_retention_time_figures_remain_and_the_track_is_gone(make, reach, get, page):
    patrol = make.patrol(reach)
    later = make.now + timedelta(days=3 * 366)
    list(tracks_delete_due(by=system_actor("cli"), at=later))
    text = page(patrol)
    assert "The track was deleted on 4 March 2029" in text
    assert "after its retention time of 3 years" in text
    for part in PARTS[1:]:
        assert get(f"/office/patrols/{patrol.pk}/{part}").status_code == 404
