"""A track handed in from the office: for whom, once, and what a file that cannot be used is told."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from shanhe.evidence.patrols.models import Patrol
from shanhe.evidence.patrols.sent import MOST_BYTES
from shanhe.ground.audit.models import Event
from shanhe.kernel.tracks.formats.gpx_writing import gpx_of

URL = "/office/patrols/new/"
IN_ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def reach(make):
    return make.reach("大渡口段", length_m=2_000)


@pytest.fixture
def walked(make, reach):
    """A GPX file of the whole reach."""
    return gpx_of(make.track(reach))


@pytest.fixture
def hand_in(make, reach):
    """Fills the form in as ``by`` (the village chief) and presses the button."""

    def press(content, name="track.gpx", by=None, area=None, **given):
        data = {"uuid": str(uuid.uuid4()), "mode": "", "note": "", **given}
        if content is not None:
            data["file"] = SimpleUploadedFile(name, content)
        return make.client(by or make.village_chief).post(
            f"{URL}?area={(area or reach).code if not isinstance(area, str) else area}",
            data,
            headers=IN_ENGLISH,
        )

    return press


def text_of(answer) -> str:
    main = answer.content.decode().split("<main", 1)[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


# -- what goes well ------------------------------------------------------------------------------------------


def test_a_keeper_hands_in_a_track_and_reads_the_verdict(make, reach, hand_in, walked):
    answer = hand_in(walked, mode="bicycle", note="下午")
    patrol = Patrol.objects.get()
    assert answer["Location"] == f"/office/patrols/{patrol.pk}/"
    assert (patrol.source, patrol.mode, patrol.note) == ("upload", "bicycle", "下午")
    assert patrol.verdict.outcome == "valid"
    assert patrol.person == make.village_chief.person
    assert Event.objects.filter(action="patrol.submit").count() == 1


def test_pressing_twice_hands_in_once_and_says_so(make, reach, hand_in, walked):
    number = str(uuid.uuid4())
    first, second = hand_in(walked, uuid=number), hand_in(walked, uuid=number)
    assert first["Location"] == second["Location"]
    assert Patrol.objects.count() == 1


def test_another_file_from_the_same_page_is_held_back_and_gets_a_number_of_its_own(make, reach, hand_in):
    number = str(uuid.uuid4())
    first, second = (gpx_of(make.track(reach, starts=make.now - timedelta(days=n))) for n in (1, 2))
    hand_in(first, uuid=number)
    answer = hand_in(second, uuid=number, note="第二次")
    assert answer.status_code == 409
    assert "handed in from this page before" in text_of(answer)
    assert "第二次" in answer.content.decode()
    fresh = re.search(r'name="uuid" value="([^"]+)"', answer.content.decode())[1]
    assert fresh != number
    assert hand_in(second, uuid=fresh).status_code == 302
    assert Patrol.objects.count() == 2


def test_the_office_hands_in_for_the_keeper_it_chooses(make, reach, hand_in, walked):
    chief = make.village_chief.person
    form = make.client(make.county_office).get(f"{URL}?area={reach.code}", headers=IN_ENGLISH)
    assert chief.name in form.content.decode()
    answer = hand_in(walked, by=make.county_office, on_behalf_of=str(chief.uuid))
    assert answer.status_code == 302
    patrol = Patrol.objects.get()
    assert (patrol.person, patrol.sent_by) == (chief, make.county_office)


def test_the_office_must_say_for_whom(make, reach, hand_in, walked):
    make.keeper(reach)
    make.village_chief  # noqa: B018 (appears when asked for)
    answer = hand_in(walked, by=make.county_office)
    assert answer.status_code == 422
    assert not Patrol.objects.exists()


def test_the_server_finds_the_areas_that_were_walked(make, reach, hand_in, walked):
    make.reach("别处", length_m=2_000)
    assert hand_in(walked, area="found").status_code == 302
    assert [row.area for row in Patrol.objects.get().verdicts.all()] == [reach]


def test_two_segments_are_one_outing(make, reach, hand_in):
    track = make.track(reach)
    from dataclasses import replace

    assert hand_in(gpx_of(replace(track, segments=(0, 150)))).status_code == 302
    assert Patrol.objects.get().track.points == len(track)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk", "utf-16"])
def test_a_csv_of_any_office_program_is_read(make, reach, hand_in, encoding):
    track = make.track(reach)
    lines = [f"{t},{lon},{lat}" for t, lon, lat in zip(track.t_ms, track.lon, track.lat, strict=True)]
    text = "\r\n".join(["时间,经度,纬度", *lines])
    assert hand_in(text.encode(encoding), "轨迹.csv").status_code == 302


# -- choosing the area ---------------------------------------------------------------------------------------


def test_who_answers_for_one_area_comes_straight_to_the_form(make, reach):
    answer = make.client(make.village_chief).get(URL)
    assert answer["Location"] == f"{URL}?area={reach.code}"


def test_who_answers_for_several_chooses_and_may_let_them_be_found(make, reach):
    make.reach("第二段")
    text = text_of(make.client(make.village_chief).get(URL, headers=IN_ENGLISH))
    assert "大渡口段" in text
    assert "第二段" in text
    assert "Let the server find my areas" in text


def test_the_office_searches_among_its_areas(make, reach):
    make.reach("第二段")
    text = text_of(make.client(make.county_office).get(f"{URL}?q=第二", headers=IN_ENGLISH))
    assert "第二段" in text
    assert "大渡口段" not in text


def test_who_answers_for_nothing_is_told_so(make, reach):
    nobody = make.user(make.person())
    text = text_of(make.client(nobody).get(URL, headers=IN_ENGLISH))
    assert "no area to hand in a track for" in text


def test_an_area_of_others_is_not_there(make, reach, hand_in, walked):
    assert make.client(make.stranger).get(f"{URL}?area={reach.code}").status_code == 404
    assert hand_in(walked, by=make.stranger).status_code == 404
    assert make.client(make.village_chief).get(f"{URL}?area=R-none").status_code == 404
    assert not Patrol.objects.exists()


def test_an_area_that_nobody_keeps_says_what_to_do_first(make, reach):
    text = text_of(make.client(make.county_office).get(f"{URL}?area={reach.code}", headers=IN_ENGLISH))
    assert "Nobody answers for this area" in text


# -- files that cannot be used -------------------------------------------------------------------------------

HEAD = '<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
TAIL = "</trkseg></trk></gpx>"
DTD = '<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "b">]><gpx><trk/></gpx>'
POINT = '<trkpt lat="30.42" lon="117.02"><time>2026-03-01T22:30:0{n}Z</time></trkpt>'
FUTURE = '<trkpt lat="30.42" lon="117.02"><time>2027-01-01T00:00:00Z</time></trkpt>'
POINTS = "".join(POINT.format(n=n) for n in range(5))
CSV = "time,lon,lat\n2026-03-01T22:30:00Z,{lon},{lat}\n2026-03-01T22:30:05Z,{lon},{lat}\n"

BAD = {
    "empty": ("track.gpx", "", "The file is empty"),
    "blank": ("track.csv", " \r\n", "The file is empty"),
    "no XML": ("track.gpx", "<gpx><trk>", "not readable GPX"),
    "no fixes": ("track.gpx", HEAD + TAIL, "no fixes"),
    "no times": ("track.gpx", HEAD + '<trkpt lat="30.42" lon="117.02"/>' * 5 + TAIL, "has no times"),
    "future": ("track.gpx", HEAD + FUTURE * 2 + TAIL, "lies in the future"),
    "DTD": ("track.gpx", DTD, "document type definition"),
    "swapped": ("track.csv", CSV.format(lon=30.42, lat=117.02), "seem to be swapped"),
    "NaN": ("track.csv", CSV.format(lon="NaN", lat=30.42), "Row 2, longitude: Is no number."),
    "no number": ("track.csv", CSV.format(lon=117.02, lat="north"), "Row 2, latitude: Is no number."),
    "no degrees": ("track.csv", CSV.format(lon=500, lat=30.42), "not in degrees"),
    "columns": ("track.csv", "a,b,c\n1,2,3\n", "lacks the column"),
    "a bad point": (
        "track.gpx",
        HEAD + POINTS + '<trkpt lat="x" lon="117.02"><time>soon</time></trkpt>' + TAIL,
        "Track point 6, latitude: Is no number.",
    ),
    "another file": ("photo.jpg", "\x89PNG nothing of a track", "is no known track format"),
    "elsewhere": ("track.json", "[1, 2]", "not GeoJSON"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_cannot_be_used_is_told_why_and_what_was_typed_stays(make, reach, hand_in, case):
    name, content, reason = BAD[case]
    number = str(uuid.uuid4())
    answer = hand_in(content.encode(), name, mode="boat", note="雨后涨水", uuid=number)
    assert answer.status_code == 422
    assert reason in text_of(answer).replace("&quot;", '"')
    source = answer.content.decode()
    assert "雨后涨水" in source
    assert '<option value="boat" selected>' in source
    assert f'name="uuid" value="{number}"' in source
    assert name in source
    assert not Patrol.objects.exists()
    assert not Event.objects.filter(action="patrol.submit").exists()


def test_two_hundred_megabytes_are_refused_and_what_was_typed_stays(make, reach, hand_in, tmp_path, settings):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    answer = hand_in(b"<" * (200 * 1024 * 1024), note="太大")
    assert answer.status_code == 413
    assert "16 MB" in text_of(answer)
    assert "太大" in answer.content.decode()
    assert not list(tmp_path.iterdir())


def test_a_file_of_just_the_right_size_is_read(make, reach, hand_in, walked):
    assert hand_in(walked + b"\n" * (MOST_BYTES - len(walked))).status_code == 302


def test_no_file_at_all_is_asked_for(make, reach, hand_in):
    answer = hand_in(None, note="忘了文件")
    assert answer.status_code == 422
    assert "Choose the file with the track" in text_of(answer)
    assert "忘了文件" in answer.content.decode()


def test_a_walk_elsewhere_is_taken_and_judged_as_what_it_is(make, reach, hand_in):
    hand_in(gpx_of(make.track(reach, aside_m=5_000.0)))
    assert Patrol.objects.get().verdict.outcome == "invalid"


def test_areas_that_were_not_walked_are_not_found(make, reach, hand_in):
    answer = hand_in(gpx_of(make.track(reach, aside_m=5_000.0)), area="found")
    assert answer.status_code == 422
    assert "None of the areas the holder answers for was walked" in text_of(answer)


def test_a_patrol_of_a_closed_appointment_is_told_its_dates(make, reach, hand_in):
    from datetime import date

    person = make.person()
    make.appointment(person, areas=[reach], since=date(2025, 1, 1), until=date(2026, 2, 20))
    answer = hand_in(gpx_of(make.track(reach)), by=make.user(person))
    assert answer.status_code == 403
    assert "2026-02-20" in text_of(answer)


def test_who_may_send_only_for_themselves_names_nobody_else_by_hand(make, reach, hand_in, walked):
    make.village_chief  # noqa: B018 (appears when asked for)
    answer = hand_in(walked, by=make.keeper(reach), on_behalf_of=str(make.village_chief.person.uuid))
    assert Patrol.objects.get().person != make.village_chief.person
    assert answer.status_code == 302


def test_the_form_minds_csrf(make, reach, walked):
    client = make.client(make.village_chief, enforce_csrf_checks=True)
    data = {"uuid": str(uuid.uuid4()), "file": SimpleUploadedFile("t.gpx", walked)}
    assert client.post(f"{URL}?area={reach.code}", data).status_code == 403
    assert not Patrol.objects.exists()


def test_nothing_is_written_by_looking(make, reach):
    client, before = make.client(make.village_chief), Event.objects.count()
    client.get(f"{URL}?area={reach.code}")
    assert Event.objects.count() == before
