"""Trying a track: the kernel's own verdict, for anybody, and nothing left behind."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files import temp
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from shanhe.faces.portal import tried, trying
from shanhe.ground import clock
from shanhe.kernel.tracks import verify
from shanhe.kernel.tracks.formats import read_area, read_track

TRY = "/try/"
HONEST, REACH = tried.example("honest")
HTMX = {"HTTP_HX_REQUEST": "true"}
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[117.0, 30.4], [117.01, 30.4], [117.01, 30.41], [117.0, 30.41], [117.0, 30.4]]],
}


def file(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def ask(client: Client, track=HONEST, area: bytes = REACH, htmx: bool = True, **fields):
    sent = (
        {"track": file(*track), "area": area.decode(), **fields}
        if track
        else {"area": area.decode(), **fields}
    )
    return client.post(TRY, sent, **(HTMX if htmx else {}))


def parts_of(answer) -> list[dict]:
    text = answer.context["tried"].parts_json
    return json.loads(text)["features"]


def test_the_page_is_there_for_everybody(anybody, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = anybody.get(TRY)
    assert answer.status_code == 200


def test_the_verdict_is_the_kernels_own(anybody):
    answer = ask(anybody)
    own = verify(read_area(REACH), read_track(*HONEST))
    shown = answer.context["tried"].verdict
    assert answer.status_code == 200
    assert (shown.outcome, shown.coverage, shown.covered) == (own.outcome, own.coverage, own.covered)


@pytest.mark.parametrize(("name", "outcome"), [("honest", "valid"), ("mocked", "doubtful")])
def test_the_worked_examples_come_out_as_they_are_meant(anybody, name, outcome):
    answer = anybody.post(TRY, {"example": name}, **HTMX)
    assert answer.context["tried"].verdict.outcome == outcome


def test_the_faked_example_covers_more_than_the_honest_one_and_is_doubted_with_a_reason(anybody):
    honest = anybody.post(TRY, {"example": "honest"}, **HTMX).context["tried"]
    faked = anybody.post(TRY, {"example": "mocked"}, **HTMX).context["tried"]
    assert faked.verdict.coverage > honest.verdict.coverage
    assert honest.reasons == []
    assert len(faked.reasons) == 1


def test_a_phone_that_slept_is_told_but_not_held_against_anybody(anybody):
    found = anybody.post(TRY, {"example": "honest"}, **HTMX).context["tried"]
    assert [sign.code for sign in found.signs] == ["asleep"]


def test_the_answer_to_a_script_is_a_fragment_with_the_pieces_to_colour(anybody):
    answer = ask(anybody)
    text = answer.content.decode()
    assert "<html" not in text
    assert "data-try-parts" in text
    assert {each["properties"].get("part") for each in parts_of(answer)} >= {"walked", "skipped", "asleep"}
    assert {each["properties"]["layer"] for each in parts_of(answer)} == {"part", "track", "start", "end"}


def test_without_scripts_the_answer_is_the_page_with_the_verdict_in_it(anybody):
    answer = ask(anybody, htmx=False)
    text = answer.content.decode()
    assert "<html" in text
    assert "Every minimum is met" in text
    assert 'data-try=""' in text or "data-try " in text


@pytest.mark.parametrize("kind", ["line", "polygon", "points"])
def test_one_may_draw_a_line_a_patch_or_points(anybody, kind):
    text = anybody.get(TRY, {"draw": kind}).content.decode()
    assert f'data-draw="{kind}"' in text


def test_a_patch_and_points_are_judged_too(anybody):
    places = json.loads(REACH)["coordinates"][::12]
    ring = json.dumps(SQUARE).encode()
    assert ask(anybody, area=ring).context["tried"].kind == "polygon"
    points = json.dumps({"type": "MultiPoint", "coordinates": places}).encode()
    found = ask(anybody, area=points).context["tried"]
    assert found.kind == "points"
    assert found.verdict.coverage > 0.5


def test_the_area_may_come_as_a_file(anybody):
    answer = anybody.post(TRY, {"track": file(*HONEST), "area_file": file("reach.geojson", REACH)}, **HTMX)
    assert answer.context["tried"].verdict.outcome == "valid"


def test_a_wider_tolerance_never_covers_less(anybody):
    shares = [ask(anybody, tolerance=str(m)).context["tried"].verdict.coverage for m in (10, 50, 200)]
    assert shares == sorted(shares)


@pytest.mark.parametrize("tolerance", ["5", "501", "-1", "nan", "far", "1e9"])
def test_a_tolerance_out_of_range_is_refused_by_name(anybody, tolerance):
    answer = ask(anybody, tolerance=tolerance)
    assert answer.status_code == 422
    assert 'data-field="tolerance"' in answer.content.decode()


# What comes in wrong

DTD = b'<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "b">]><gpx><trk><trkseg/></trk></gpx>'
LATER = (datetime(2199, 1, 1, tzinfo=UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    ("track", "status", "says"),
    [
        (("walk.gpx", DTD), 422, "DTD"),
        (("walk.gpx", b"<gpx"), 422, "not readable GPX"),
        (("walk.gpx", b"<gpx><trk/></gpx>"), 422, "no fixes"),
        (("walk.csv", b"time,lon,lat\n"), 422, "no fixes"),
        (("walk.csv", b"when,where\n1,2\n"), 422, "lacks the column"),
        (("walk.csv", f"time,lon,lat\n{LATER},117,30.4\n".encode()), 422, "in the future"),
        (("walk.csv", b"time,lon,lat\n2026-03-01T00:00:00Z,30.4,117\n"), 422, "swapped"),
        (("walk.csv", b"time,lon,lat\n2026-03-01T00:00:00Z,NaN,30\n"), 422, "cannot be read"),
        (("walk.pdf", b"%PDF-1.7"), 422, "no known track format"),
        (("walk.gpx", b""), 422, "Choose a file with the track"),
        (None, 422, "Choose a file with the track"),
    ],
)
def test_a_track_that_cannot_be_read_is_refused_with_the_reason(anybody, track, status, says):
    answer = ask(anybody, track=track)
    text = answer.content.decode()
    assert answer.status_code == status
    assert "data-refusal" in text
    assert says in text


@pytest.mark.parametrize(
    ("area", "says"),
    [
        (b"", "Draw what should have been walked"),
        (b"{", "not readable JSON"),
        (b'{"type": "LineString", "coordinates": []}', "no positions"),
        (b'{"type": "LineString", "coordinates": [[500000, 3360000], [500100, 3360000]]}', "in metres"),
        (b'{"type": "Polygon", "coordinates": [[[0,0],[1,1],[1,0],[0,1],[0,0]]]}', "crosses itself"),
    ],
)
def test_an_area_that_is_none_is_refused_with_the_reason(anybody, area, says):
    answer = ask(anybody, area=area)
    assert answer.status_code == 422
    assert says in answer.content.decode()


def test_three_dimensions_are_no_fault(anybody):
    high = [[lon, lat, 12.5] for lon, lat in json.loads(REACH)["coordinates"]]
    area = json.dumps({"type": "LineString", "coordinates": high}).encode()
    assert ask(anybody, area=area).context["tried"].verdict.outcome == "valid"


def test_what_was_typed_is_still_there_when_something_is_refused_without_scripts(anybody):
    answer = ask(anybody, track=("walk.gpx", DTD), tolerance="80", draw="line", htmx=False)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="80"' in text
    assert "117.0" in text  # the drawn line


# Size, number, time


class Flood:
    """A body of so many bytes that nobody keeps."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int = -1) -> bytes:
        taken = self.left if size < 0 else min(size, self.left)
        self.left -= taken
        return b"x" * taken

    def readline(self, size: int = -1) -> bytes:
        return self.read(size)


def test_two_hundred_megabytes_get_a_clear_answer_and_are_not_kept(anybody):
    flood = Flood(200_000_000)
    answer = anybody.generic(
        "POST",
        TRY,
        b"",
        content_type="multipart/form-data; boundary=x",
        **{"CONTENT_LENGTH": "200000000", "wsgi.input": flood},
    )
    assert answer.status_code == 413
    assert "at most 20 MB" in answer.content.decode()
    assert flood.left == 0  # read and dropped: a browser cut off in the middle would show an error of its own


def test_more_positions_than_a_day_has_seconds_are_not_even_read(anybody):
    rows = b"2026-03-01T00:00:00Z,117,30.4\n" * 100_005
    answer = ask(anybody, track=("walk.csv", b"time,lon,lat\n" + rows))
    assert answer.status_code == 413
    assert "more than 100,000 positions" in answer.content.decode()


def test_an_area_of_a_whole_province_is_too_large(anybody):
    line = [[100 + n / 10_000, 30.0] for n in range(20_001)]
    answer = ask(anybody, area=json.dumps({"type": "LineString", "coordinates": line}).encode())
    assert answer.status_code == 413


def test_one_address_may_try_so_often_and_another_is_not_held_up(anybody):
    # At the beginning of a window, so that the test does not fall between two.
    start = datetime.fromtimestamp(1_767_225_600, UTC)
    with clock.moved_to(start):
        codes = [
            anybody.post(TRY, {"example": "none"}, REMOTE_ADDR="203.0.113.5", **HTMX).status_code
            for _n in range(trying.RATE.most + 1)
        ]
        assert codes[-1] == 429
        assert 429 not in codes[:-1]
        assert anybody.post(TRY, {"example": "honest"}, REMOTE_ADDR="203.0.113.6", **HTMX).status_code == 200
    with clock.moved_to(start + timedelta(seconds=trying.RATE.within_s)):
        assert anybody.post(TRY, {"example": "honest"}, REMOTE_ADDR="203.0.113.5", **HTMX).status_code == 200


def test_when_too_many_try_at_once_one_is_asked_to_wait(anybody, monkeypatch):
    monkeypatch.setattr(tried, "WAIT_S", 0.01)
    for _n in range(tried.AT_ONCE):
        assert tried._rooms.acquire(timeout=0)
    try:
        assert ask(anybody).status_code == 503
    finally:
        for _n in range(tried.AT_ONCE):
            tried._rooms.release()
    assert ask(anybody).status_code == 200


# Nothing is kept


def test_no_row_and_no_file_is_left_and_none_is_written_on_the_way(
    anybody, monkeypatch, django_assert_num_queries
):
    def never(*_args, **_more):
        raise AssertionError("an upload went to disk")

    monkeypatch.setattr(temp, "NamedTemporaryFile", never)
    before = set(Path(settings.DATA_DIR).rglob("*"))
    large = HONEST[1].replace(b"</gpx>", b"<!--" + b"x" * 3_000_000 + b"--></gpx>")  # Django's limit is 2 MB
    with django_assert_num_queries(0):
        answer = ask(anybody, track=("walk.gpx", large))
    assert answer.status_code == 200
    assert set(Path(settings.DATA_DIR).rglob("*")) == before


def test_no_cookie_but_the_forms_own_is_set(anybody):
    anybody.get(TRY)
    ask(anybody)
    assert set(anybody.cookies) <= {"csrftoken"}


# What goes with it


@pytest.mark.parametrize("name", sorted({name for files in tried.EXAMPLES.values() for name in files}))
def test_the_examples_can_be_had_as_files(anybody, name):
    answer = anybody.get(f"{TRY}examples/{name}")
    assert b"".join(answer.streaming_content) == (tried.FOLDER / name).read_bytes()


@pytest.mark.parametrize("name", ["PROVENANCE.md", "..", "tried.py", "honest.gpx.bak"])
def test_nothing_else_of_the_folder_can(anybody, name):
    assert anybody.get(f"{TRY}examples/{name}").status_code == 404


def test_the_ground_is_public_cacheable_and_the_same_for_everybody(anybody, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = anybody.get(f"{TRY}ground.json")
    assert "public" in answer["Cache-Control"]
    ground = json.loads(answer.content)
    names = {each["properties"].get("name") for each in ground["features"]}
    assert names >= {"新疆维吾尔自治区", "安徽省", "台湾省", "东至县", "长江"}
    again = anybody.get(f"{TRY}ground.json", HTTP_IF_NONE_MATCH=answer["ETag"])
    assert again.status_code == 304


def test_the_ground_is_sent_as_it_is_packed_to_whoever_can_unpack(anybody):
    plain = anybody.get(f"{TRY}ground.json")
    packed = anybody.get(f"{TRY}ground.json", HTTP_ACCEPT_ENCODING="gzip")
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.GzipFile(fileobj=BytesIO(packed.content)).read() == plain.content
    assert len(packed.content) < 300_000
