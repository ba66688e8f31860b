"""Bad input by the API and on the command line: each gets a clear answer, and nothing is half-kept.

What offices and phones really send: recorders that pause, spreadsheets saved as GBK, columns the wrong way
round, shapes in metres. Whatever can be read for what it is, is taken; the rest is refused whole, with the
place and the reason, and not one row is written.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from contract.asking import writes
from shanhe.evidence.patrols.models import Patrol
from shanhe.ground.registry.models import Area
from shanhe.kernel.tracks.types import Track
from shanhe.project.program import run

FILE = "/api/v1/patrols/file"
PATROLS = "/api/v1/patrols"
ENGLISH = {"accept-language": "en"}
GPX = (
    '<?xml version="1.0"?>{}<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk>{}</trk></gpx>'
)


@pytest.fixture
def reach(make):
    return make.reach(length_m=2_000)


@pytest.fixture
def chief(make, reach):
    """The browser of the one who keeps the reach."""
    return make.client(make.keeper(reach))


@pytest.fixture
def walked(make, reach) -> Track:
    return make.track(reach)


def moments(track: Track) -> list[datetime]:
    return [datetime.fromtimestamp(t_ms / 1000, UTC) for t_ms in track.t_ms.tolist()]


def segment(track: Track, spelled=datetime.isoformat, first: int = 0, last: int | None = None) -> str:
    rows = list(zip(moments(track), track.lon, track.lat, strict=True))[first:last]
    points = [f'<trkpt lat="{lat}" lon="{lon}"><time>{spelled(t)}</time></trkpt>' for t, lon, lat in rows]
    return f"<trkseg>{''.join(points)}</trkseg>"


def csv(track: Track, row: str = "{t},{lon},{lat}", head: str = "time,lon,lat", end: str = "\n") -> str:
    rows = zip(moments(track), track.lon, track.lat, strict=True)
    return end.join([head, *(row.format(t=t.isoformat(), lon=lon, lat=lat) for t, lon, lat in rows), ""])


def send_file(client, reach, name: str, content: bytes):
    body = {"uuid": str(uuid.uuid4()), "area": reach.code, "file": SimpleUploadedFile(name, content)}
    return client.post(FILE, body, headers=ENGLISH)


# -- odd, but readable ---------------------------------------------------------------------------------------


def two_segments(track: Track) -> str:
    """The recorder was paused on the way."""
    middle = len(track.t_ms) // 2
    return GPX.format("", segment(track, last=middle) + segment(track, first=middle))


def in_shanghai(moment: datetime) -> str:
    return (moment + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%S+08:00")


READABLE = {
    "two segments": ("track.gpx", lambda track: two_segments(track).encode()),
    "another zone": ("track.gpx", lambda track: GPX.format("", segment(track, in_shanghai)).encode()),
    "byte order mark": ("track.csv", lambda track: csv(track).encode("utf-8-sig")),
    "Windows line ends": ("track.csv", lambda track: csv(track, end="\r\n").encode()),
    "GBK": ("track.csv", lambda track: csv(track, "{t},{lon},{lat},雨", "时间,经度,纬度,备注").encode("gbk")),
}


@pytest.mark.parametrize("case", READABLE)
def test_an_odd_file_is_read_for_what_it_is_and_loses_no_fix(reach, chief, walked, case):
    name, content = READABLE[case]
    answer = send_file(chief, reach, name, content(walked))
    assert answer.status_code == 201, answer.json()
    assert answer.json()["points"] == len(walked.t_ms)
    assert answer.json()["verdict"] == "valid"
    assert Patrol.objects.get().started_at == moments(walked)[0]


# -- unreadable files ----------------------------------------------------------------------------------------


def in_the_future(track: Track) -> str:
    later = replace(track, t_ms=track.t_ms + 30 * 3_600_000)
    return GPX.format("", segment(later))


DTD = '<!DOCTYPE gpx [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
UNREADABLE = {
    "no times": ("track.gpx", lambda track: GPX.format("", '<trkseg><trkpt lat="30.4" lon="117"/></trkseg>')),
    "in the future": ("track.gpx", in_the_future),
    "a DTD": ("track.gpx", lambda track: GPX.format(DTD, segment(track))),
    "swapped columns": ("track.csv", lambda track: csv(track, "{t},{lat},{lon}")),
    "metres": ("track.csv", lambda track: csv(track, "{t},39500000,3367000")),
    "NaN": ("track.csv", lambda track: csv(track) + "2026-03-02T00:00:00Z,NaN,30.4\n"),
    "empty": ("track.csv", lambda track: ""),
    "a head alone": ("track.csv", lambda track: "time,lon,lat\n"),
    "no track": ("photo.jpg", lambda track: "\x89PNG"),
}
NAMES = {"NaN": "lon", "no times": "time", "in the future": "future", "a DTD": "document type"}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_file_that_cannot_be_read_is_refused_whole_with_the_reason(reach, chief, walked, case):
    name, content = UNREADABLE[case]
    with writes() as written:
        answer = send_file(chief, reach, name, content(walked).encode())
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"]
    assert NAMES.get(case, "") in json.dumps(error, ensure_ascii=False)
    assert written == []


def test_two_hundred_megabytes_are_refused_before_they_are_read(chief):
    size = 200 * 1024 * 1024
    ranged = {"content-range": f"bytes 0-3/{size}", **ENGLISH}
    with writes() as written:
        answers = [
            chief.put(f"/api/v1/files/{uuid.uuid4()}", b"%PDF", "application/octet-stream", headers=ranged),
            chief.post(PATROLS, b"{}", "application/json", headers=ENGLISH, CONTENT_LENGTH=str(size)),
        ]
    assert [answer.status_code for answer in answers] == [413, 413]
    assert all("MB" in answer.json()["error"]["message"] for answer in answers)
    assert written == []


# -- patrols that may not be -------------------------------------------------------------------------------


def post(client, sent):
    return client.post(PATROLS, sent.raw, "application/json", headers=ENGLISH)


def test_a_patrol_for_an_area_of_others_is_refused(make, reach, chief):
    another = make.client(make.keeper(make.reach()))
    with writes() as written:
        answer = post(another, make.sent(reach))
    assert answer.status_code == 403
    assert reach.code in json.dumps(answer.json()["error"])
    assert written == []


def test_a_patrol_for_a_closed_appointment_is_told_its_dates(make, reach):
    former = make.client(make.keeper(reach, until=make.today.replace(day=1)))
    with writes() as written:
        answer = post(former, make.sent(reach))
    assert answer.status_code in (403, 422)
    assert "2026-03-01" in json.dumps(answer.json()["error"])
    assert written == []


def test_a_patrol_that_overlaps_ones_own_is_taken_and_joined(make, reach, chief):
    first = post(chief, make.sent(reach)).json()
    second = post(chief, make.sent(reach, starts=make.now - timedelta(hours=2, minutes=50)))
    assert second.status_code == 201
    assert second.json()["joined_to"] == first["id"]
    assert [first["counts"], second.json()["counts"]].count(True) <= 1


def test_the_same_uuid_with_other_content_is_refused_and_the_first_stays(make, reach, chief):
    sent = make.sent(reach, note="第一次")
    first = post(chief, sent).json()
    with writes() as written:
        answer = post(chief, make.sent(reach, uuid=sent.uuid, note="第二次"))
    assert answer.status_code == 409
    assert written == []
    assert chief.get(f"{PATROLS}/{first['id']}").json()["note"] == "第一次"


# -- shapes and divisions on the command line --------------------------------------------------------------

BOW = [[[117.0, 30.4], [117.02, 30.42], [117.02, 30.4], [117.0, 30.42], [117.0, 30.4]]]
FAULTY_SHAPES = {
    "crossing itself": {"type": "Polygon", "coordinates": BOW},
    "empty": {"type": "Polygon", "coordinates": []},
    "in metres": {
        "type": "Polygon",
        "coordinates": [[[3.95e7, 3.3e6], [3.96e7, 3.3e6], [3.95e7, 3.4e6], [3.95e7, 3.3e6]]],
    },
    "swapped": {
        "type": "Polygon",
        "coordinates": [[[30.4, 117.0], [30.42, 117.0], [30.42, 117.02], [30.4, 117.0]]],
    },
}


@pytest.fixture
def shapes(make, tmp_path):
    """A file with one forest grid of that geometry."""

    def written(geometry) -> str:
        properties = {
            "name": "导入的网格",
            "division": make.village.code,
            "level": "village",
            "unit_kind": "grid",
        }
        feature = {"type": "Feature", "properties": properties, "geometry": geometry}
        path = tmp_path / "units.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
        return str(path)

    return written


@pytest.mark.parametrize("case", FAULTY_SHAPES)
def test_a_faulty_shape_keeps_its_file_out_and_its_row_is_named(shapes, capsys, case):
    file = shapes(FAULTY_SHAPES[case])
    with writes() as written:
        assert run(["registry", "import", file, "--kind", "forest-unit", "--json"]) == 2
    printed = json.loads(capsys.readouterr().out)
    assert [(row["row"], row["field"]) for row in printed["refused"]] == [(1, "geometry")]
    assert printed["refused"][0]["reason"]
    assert written == []


def test_heights_are_left_out(shapes, capsys):
    ring = [[117.0, 30.4, 12.5], [117.01, 30.4, 13.0], [117.01, 30.41, 14.0], [117.0, 30.4, 12.5]]
    assert (
        run(
            [
                "registry",
                "import",
                shapes({"type": "Polygon", "coordinates": [ring]}),
                "--kind",
                "forest-unit",
            ]
        )
        == 0
    )
    assert Area.objects.get(name="导入的网格").shapes.get().geometry_type == "Polygon"


def test_a_division_whose_parent_is_missing_keeps_its_file_out(db, tmp_path, capsys):
    path = tmp_path / "divisions.csv"
    path.write_text(
        "code,name,level,parent_code\n341721000000,东至县,county,341700000000\n", encoding="utf-8"
    )
    with writes() as written:
        assert run(["divisions", "import", str(path), "--json"]) == 2
    refused = json.loads(capsys.readouterr().out)["refused"]
    assert [(row["row"], row["field"]) for row in refused] == [(2, "parent_code")]
    assert written == []
