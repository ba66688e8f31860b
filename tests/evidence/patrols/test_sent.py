"""A patrol as it was sent: what is read, what is refused field by field, and what makes two the same."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import numpy as np
import pytest

from shanhe.evidence.patrols import fields, sent
from shanhe.evidence.patrols.sent import patrol_sent, sent_from_file, sent_from_json, track_from_raw
from shanhe.kernel.errors import Refusal
from shanhe.kernel.tracks.codec import encode
from shanhe.kernel.tracks.types import Track

BEGIN_MS = 1_772_412_000_000  # 2026-03-02T00:40:00Z


def body(**changes):
    """A small sound body; a key given as None goes away, "track.acc" reaches into the track."""
    made = {
        "uuid": "0b0e0b9c-58a5-4c1c-9d50-6a4b6f7f3a11",
        "area": "341721000001",
        "started_at": "2026-03-02T08:40:00+08:00",
        "ended_at": "2026-03-02T00:50:00Z",
        "track": {
            "t": [BEGIN_MS, BEGIN_MS + 5_000, BEGIN_MS + 10_000],
            "lon": [117.02, 117.0201, 117.0202],
            "lat": [30.42, 30.42, 30.42],
            "acc": [5, None, 6.5],
        },
        "log": [{"item": "water", "ok": True, "note": "", "files": []}],
    }
    for name, value in changes.items():
        place = made["track"] if name.startswith("track.") else made
        key = name.removeprefix("track.")
        if value is None:
            place.pop(key)
        else:
            place[key] = value
    return made


def read(**changes):
    return sent_from_json(json.dumps(body(**changes)).encode())


def refused(raw: bytes | None = None, **changes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        sent_from_json(raw if raw is not None else json.dumps(body(**changes)).encode())
    return caught.value


def test_every_field_is_read():
    got = read(
        note="水清",
        mode="walk",
        device={"id": "phone-1", "app": "1.2", "sent_at": "2026-03-02T01:00:00Z"},
        signature="abc",
        **{"for": "village-chief", "with": ["li", "wang"]},
    )
    assert got.areas == ("341721000001",)
    assert got.started_at == datetime(2026, 3, 2, 0, 40, tzinfo=UTC)
    assert got.track.t_ms.tolist() == [BEGIN_MS, BEGIN_MS + 5_000, BEGIN_MS + 10_000]
    assert np.isnan(got.track.acc[1])
    assert (got.note, got.mode, got.device_id, got.app_version) == ("水清", "walk", "phone-1", "1.2")
    assert (got.on_behalf_of, got.company, got.signature) == ("village-chief", ("li", "wang"), "abc")
    assert got.log[0].item == "water"


def test_the_raw_bytes_are_kept_as_they_came():
    raw = json.dumps(body(), indent=3).encode()
    assert sent_from_json(raw).raw == raw


def test_several_areas_one_or_none():
    assert read(area=["a", "b", "a"]).areas == ("a", "b")
    assert read(area=None).areas == ()


def test_times_may_count_from_the_start():
    got = read(**{"track.t": [0, 5_000, 10_000], "track.events": [[7_000, "hidden"]]})
    assert got.track.t_ms.tolist() == [BEGIN_MS, BEGIN_MS + 5_000, BEGIN_MS + 10_000]
    assert got.track.events == ((BEGIN_MS + 7_000, "hidden"),)


def test_the_order_of_fixes_is_left_as_it_came():
    backwards = [BEGIN_MS + 10_000, BEGIN_MS, BEGIN_MS + 5_000]
    assert read(**{"track.t": backwards}).track.t_ms.tolist() == backwards


def test_mock_signs_and_events_are_read():
    got = read(**{"track.mock": [False, True, True], "track.events": [[BEGIN_MS, "killed"]]})
    assert got.track.mock.tolist() == [False, True, True]
    assert got.track.events == ((BEGIN_MS, "killed"),)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"uuid": "one"}, "uuid"),
        ({"uuid": 5}, "uuid"),
        ({"uuid": None}, "uuid"),
        ({"area": 5}, "area"),
        ({"area": [5]}, "area[0]"),
        ({"area": ["x"] * 51}, "area"),
        ({"started_at": "yesterday"}, "started_at"),
        ({"started_at": "2026-03-02T08:40:00"}, "started_at"),
        ({"started_at": None}, "started_at"),
        ({"ended_at": "2026-03-02T00:39:59Z"}, "ended_at"),
        ({"track": None}, "track"),
        ({"track": []}, "track"),
        ({"track.t": []}, "track.t"),
        ({"track.t": "now"}, "track.t"),
        ({"track.t": [1, 2, "3"]}, "track.t"),
        ({"track.t": [1, 2, True]}, "track.t"),
        ({"track.t": [1, 2, 10**20]}, "track.t"),
        ({"track.t": [1, 2, 10**400]}, "track.t"),
        ({"track.lon": [117.0, 117.1]}, "track.lon"),
        ({"track.lon": [117.0, 117.1, 181.0]}, "track.lon"),
        ({"track.lon": [117.0, 117.1, None]}, "track.lon"),
        ({"track.lat": [30.0, 91.0, 30.0]}, "track.lat"),
        ({"track.lat": None}, "track.lat"),
        ({"track.lon": [39.4, 39.4, 39.4], "track.lat": [76.0, 76.0, 76.0]}, "track.lon"),
        ({"track.acc": [1.0]}, "track.acc"),
        ({"track.acc": ["good", 1, 1]}, "track.acc"),
        ({"track.mock": [True]}, "track.mock"),
        ({"track.mock": [0, 1, 0]}, "track.mock"),
        ({"track.events": [[BEGIN_MS, "eaten"]]}, "track.events[0]"),
        ({"track.events": ["hidden"]}, "track.events[0]"),
        ({"log": "fine"}, "log"),
        ({"log": ["fine"]}, "log[0]"),
        ({"log": [{"item": "water", "ok": "yes"}]}, "log[0].ok"),
        ({"log": [{"ok": True}]}, "log[0].item"),
        ({"log": [{"item": "water", "ok": True, "files": ["x"]}]}, "log[0].files[0]"),
        ({"log": [{"item": "x", "ok": True}] * 201}, "log"),
        ({"note": 5}, "note"),
        ({"note": "x" * 5_001}, "note"),
        ({"note": "a\x00b"}, "note"),
        ({"note": "\ud800"}, "note"),
        ({"device": "phone"}, "device"),
        ({"device": {"id": "x" * 81}}, "device.id"),
        ({"with": "li"}, "with"),
        ({"mode": "x" * 17}, "mode"),
    ],
)
def test_a_field_that_cannot_be_used_is_named(changes, field):
    refusal = refused(**changes)
    assert field in refusal.fields
    assert refusal.status == 422


def test_all_unfit_fields_are_named_at_once():
    assert set(refused(uuid="x", note=5, **{"track.lat": [0.0, 99.0, 0.0]}).fields) == {
        "uuid",
        "note",
        "track.lat",
    }


def test_the_reason_says_which_entry_is_out_of_range():
    assert "Entry 2 is 91.0" in str(refused(**{"track.lat": [30.0, 91.0, 30.0]}).fields["track.lat"])


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_not_finite_is_refused_by_column(word):
    raw = json.dumps(body()).replace("117.0201", word).encode()
    assert "track.lon" in refused(raw).fields


@pytest.mark.parametrize("raw", [b"", b"null", b"[]", b"{", b"\xff\xfe", b"[" * 100_000, b'"x"'])
def test_what_is_no_json_object_is_refused(raw):
    assert refused(raw).code == "patrol.unreadable"


def test_a_track_of_too_many_fixes_is_refused_by_number(monkeypatch):
    monkeypatch.setattr(fields, "MOST_POINTS", 2)
    assert "3 fixes; at most 2" in str(refused().fields["track.t"])


def test_a_body_beyond_its_limit_is_refused_as_too_large(monkeypatch):
    monkeypatch.setattr(sent, "MOST_BYTES", 100)
    assert (refused().code, refused().status) == ("patrol.too_large", 413)


def digest(**changes) -> str:
    return read(**changes).content_sha256


def test_the_same_content_is_the_same_however_it_is_spelled():
    plain = digest()
    loose = (
        json.dumps(dict(reversed(body().items())), indent=2).replace("6.5", "6.50").replace(": 5,", ": 5.0,")
    )
    assert sent_from_json(loose.encode()).content_sha256 == plain


def test_when_it_was_sent_and_its_signature_do_not_make_it_another():
    once = digest(device={"id": "p", "sent_at": "2026-03-02T01:00:00Z"}, signature="one")
    again = digest(device={"id": "p", "sent_at": "2026-03-02T09:00:00Z"}, signature="two")
    assert once == again


@pytest.mark.parametrize(
    "changes",
    [
        {"note": "another"},
        {"area": ["341721000001"]},
        {"track.acc": [5, 0, 6.5]},
        {"track.acc": None},
        {"track.lon": [117.02, 117.0201, 117.0202000001]},
        {"device": {"id": "p"}},
        {"something": "new"},
        {"log": []},
    ],
)
def test_any_other_difference_makes_it_another(changes):
    assert digest(**changes) != digest()


def test_python_values_become_what_a_phone_would_have_sent():
    track = Track(
        np.array([BEGIN_MS, BEGIN_MS + 5_000]),
        np.array([117.0, 117.1]),
        np.array([30.0, 30.1]),
        np.array([5.0, np.nan]),
        np.array([True, False]),
        ((BEGIN_MS, "shown"),),
    )
    at = datetime(2026, 3, 2, tzinfo=UTC)
    got = patrol_sent(uuid=uuid.uuid4(), areas=["x"], started_at=at, ended_at=at, track=track, note="n")
    assert got.track.lon.tolist() == [117.0, 117.1]
    assert got.track.mock.tolist() == [True, False]
    assert sent_from_json(got.raw).content_sha256 == got.content_sha256
    assert not got.is_simulated


GPX = b"""<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>
<trkpt lat="30.42" lon="117.02"><time>2026-03-02T00:40:00Z</time></trkpt>
<trkpt lat="30.42" lon="117.03"><time>2026-03-02T00:50:00Z</time></trkpt></trkseg></trk></gpx>"""
LATEST = datetime(2026, 3, 3, tzinfo=UTC)


def test_a_file_begins_with_its_first_fix_and_ends_with_its_last():
    got = sent_from_file(GPX, "walk.gpx", uuid=uuid.uuid4(), areas=["x"], latest=LATEST)
    assert got.ended_at - got.started_at == timedelta(minutes=10)
    assert (got.source, got.raw) == ("upload", GPX)
    digest = sha256(GPX).hexdigest()
    assert json.loads(got.rest) == {"file": {"name": "walk.gpx", "sha256": digest, "bytes": len(GPX)}}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "t.csv",
            b"time,lon,lat\n2026-03-02T00:40:00Z,117.02,30.42\n2026-03-02T00:41:00Z,117.03,30.42\n",
        ),
        ("track", GPX),
        ("WALK.GPX", GPX),
    ],
)
def test_what_is_kept_of_a_file_is_read_again_as_it_was_judged(name, content):
    got = sent_from_file(content, name, uuid=uuid.uuid4(), latest=LATEST)
    assert track_from_raw(encode(got.track), "fixes").lon.tolist() == got.track.lon.tolist()


@pytest.mark.parametrize(("name", "codec"), [("walk.gpx", "gpx"), ("walk.csv", "csv")])
def test_files_that_were_kept_whole_before_the_codec_are_still_read(name, codec):
    csv = b"time,lon,lat\n2026-03-02T00:40:00Z,117.02,30.42\n2026-03-02T00:50:00Z,117.03,30.42\n"
    assert track_from_raw(GPX if codec == "gpx" else csv, codec).lon.tolist() == [117.02, 117.03]


def test_finer_places_than_are_kept_are_not_judged_either():
    got = read(**{"track.lon": [117.020000014, 117.0201, 117.0202], "track.speed": [1.0, 0.5, 0.0]})
    assert got.track.lon.tolist() == [117.02, 117.0201, 117.0202]
    assert json.loads(got.rest)["track"] == {"speed": [1.0, 0.5, 0.0]}


def test_a_file_from_the_future_is_refused():
    with pytest.raises(Refusal):
        sent_from_file(GPX, "walk.gpx", uuid=uuid.uuid4(), latest=datetime(2026, 3, 1, tzinfo=UTC))


def test_the_same_file_for_another_area_is_another_patrol():
    key = uuid.uuid4()
    one, two = (sent_from_file(GPX, "w.gpx", uuid=key, areas=[code], latest=LATEST) for code in "ab")
    assert one.content_sha256 != two.content_sha256
