"""``PUT /api/v1/files/UUID``: parts, repeats, other bytes, other kinds; and who reads what."""

from __future__ import annotations

import hashlib
import io
import uuid

import pytest
from PIL import Image

from shanhe.ground.audit.models import Event
from shanhe.ground.documents.models import StoredFile
from shanhe.ground.documents.readers import _board
from shanhe.ground.policies.models import Policy

UUID = uuid.UUID("0f8f4e4e-0000-4000-8000-000000000001")
RECORD = uuid.UUID("0f8f4e4e-0000-4000-8000-0000000000aa")


def photo(colour: str = "green", side: int = 64, kind: str = "JPEG") -> bytes:
    image = Image.new("RGB", (side, side // 2), colour)
    exif = image.getexif()
    exif[0x010F] = "Camera\x00"
    exif[0x0112] = 6  # to be turned
    exif.get_ifd(0x8825)[2] = (30.0, 24.0, 0.0)
    out = io.BytesIO()
    image.save(out, kind, exif=exif)
    return out.getvalue()


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path / "files"


@pytest.fixture
def put(make):
    def sent(content, *, of=None, at=0, user=None, number=UUID, query="", **headers):
        client = make.client(user or make.village_chief)
        if of is not None:
            headers["HTTP_CONTENT_RANGE"] = f"bytes {at}-{at + len(content) - 1}/{of}"
        url = f"/api/v1/files/{number}{query}"
        answer = client.put(url, content, content_type="application/octet-stream", **headers)
        return answer.status_code, answer.json()

    return sent


@pytest.fixture
def get(make):
    def asked(user, query="", number=UUID):
        return make.client(user).get(f"/api/v1/files/{number}{query}")

    return asked


def body_of(answer) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_file_in_one_piece_is_stored_with_its_digest(put, folder):
    content = photo()
    digest = hashlib.sha256(content).hexdigest()
    assert put(content) == (
        201,
        {"uuid": str(UUID), "sha256": digest, "size": len(content), "content_type": "image/jpeg"},
    )
    assert (folder / digest[:2] / digest[2:4] / digest).read_bytes() == content


def test_a_file_in_parts_tells_where_to_go_on(put):
    content = photo(side=200)
    half = len(content) // 2
    assert put(content[:half], of=len(content)) == (202, {"next": half, "size": len(content)})
    status, body = put(content[half:], of=len(content), at=half)
    assert (status, body["sha256"]) == (201, hashlib.sha256(content).hexdigest())


def test_the_next_offset_can_be_asked_for(put):
    content = photo()
    put(content[:100], of=len(content))
    status, body = put(b"", HTTP_CONTENT_RANGE=f"bytes */{len(content)}")
    assert (status, body["next"]) == (202, 100)


def test_a_part_behind_a_hole_is_not_taken(put):
    content = photo()
    put(content[:100], of=len(content))
    assert put(content[200:300], of=len(content), at=200)[1]["next"] == 100


def test_a_part_sent_again_or_overlapping_changes_nothing(put):
    content = photo()
    put(content[:200], of=len(content))
    assert put(content[:200], of=len(content))[1]["next"] == 200
    assert put(content[100:300], of=len(content), at=100)[1]["next"] == 300
    assert put(content[300:], of=len(content), at=300)[0] == 201


def test_the_file_sent_again_is_known(put, make):
    content = photo()
    first = put(content)
    assert put(content) == (200, first[1])
    assert put(content[:50], of=len(content))[0] == 200
    assert StoredFile.objects.count() == 1
    assert Event.objects.filter(action="file.store").count() == 1


def test_other_bytes_under_a_known_number_are_refused(put):
    content = photo()
    put(content)
    other = bytearray(content)
    other[100] ^= 255
    for answer in (put(bytes(other)), put(content + b"x"), put(bytes(other[90:110]), of=len(content), at=90)):
        assert (answer[0], answer[1]["error"]["code"]) == (409, "files.known")


def test_other_bytes_for_an_incomplete_file_are_refused(put):
    content = photo()
    put(content[:200], of=len(content))
    assert put(b"y" * 100, of=len(content), at=100)[0] == 409
    assert put(content[:200], of=len(content) + 1)[0] == 409


def test_a_number_belongs_to_its_sender(put, make):
    content = photo()
    put(content)
    assert put(content, user=make.stranger)[0] == 409


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
BAD = {
    "a drawing with scripts": SVG,
    "a page": b"<!doctype html><script>alert(1)</script>",
    "a program": b"MZ\x90\x00" + b"\x00" * 200,
    "plain text": b"hello, this is no picture at all",
    "a picture cut off": photo(side=400)[:300],
    "a GPX with a DTD": b'<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "b">]><gpx version="1.1"></gpx>',
    "a broken archive": b"PK\x03\x04" + b"\x00" * 50,
}


@pytest.mark.parametrize("what", BAD)
def test_what_the_content_is_not_allowed_to_be_is_refused_and_leaves_nothing(put, folder, what):
    status, body = put(BAD[what], query="?name=photo.jpg")
    assert status == 422
    assert body["error"]["fields"]
    assert not StoredFile.objects.exists()
    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_a_bad_kind_in_parts_is_refused_with_the_first(put):
    assert put(SVG[:20], of=len(SVG), query="?name=a.png")[0] in (202, 422)
    status, _body = put(b"MZ\x90\x00" + b"\x00" * 60, of=5_000, number=uuid.uuid4())
    assert status == 422


def test_a_refused_number_may_be_used_again(put):
    put(BAD["a picture cut off"])
    assert put(photo())[0] == 201


GPX = b'\xef\xbb\xbf<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"></gpx>'


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (photo(kind="PNG"), "image/png"),
        (photo(kind="WEBP"), "image/webp"),
        (GPX, "application/gpx+xml"),
        (b"%PDF-1.7\n" + b"0" * 50, "application/pdf"),
    ],
)
def test_kinds_are_told_by_content(put, content, kind):
    assert put(content)[1]["content_type"] == kind


@pytest.mark.parametrize(
    "given", ["bytes 0-9", "bytes 5-1/10", "bytes 0-9/5", "lines 0-9/10", "bytes 0-3/10", "bytes a-b/c"]
)
def test_a_range_that_does_not_fit_is_refused(put, given):
    status, body = put(photo()[:10], HTTP_CONTENT_RANGE=given)
    assert status == 422
    assert "Content-Range" in body["error"]["fields"]


def test_an_empty_file_is_refused(put):
    assert put(b"")[1]["error"]["code"] == "files.empty"


def test_two_hundred_megabytes_are_refused_before_anything_is_kept(put, folder, make):
    size = 200 * 1024 * 1024
    status, body = put(b"%PDF-1.7" + b"0" * 92, of=size)
    assert (status, body["error"]["code"]) == (413, "files.too_large")
    assert "200" in body["error"]["message"]
    answer = make.client(make.village_chief).put(
        f"/api/v1/files/{UUID}", b"%PDF-", content_type="application/octet-stream", CONTENT_LENGTH=str(size)
    )
    assert answer.status_code == 413
    assert not StoredFile.objects.exists()
    assert not folder.exists()


def test_the_limit_is_a_policy(put, make):
    Policy.objects.create(
        key="files.limits",
        division=make.dongzhi,
        since="2025-01-01",
        value={"max_bytes": 1_000_000, "photo_bytes": 200},
        source="test",
    )
    assert put(photo())[1]["error"]["code"] == "files.too_large"


def test_a_photo_keeps_its_exif_in_the_record_and_loses_it_in_the_public_copy(put, get, make):
    put(photo(side=64))
    kept = StoredFile.objects.get()
    assert (kept.width, kept.height) == (64, 32)
    assert kept.exif["Make"] == "Camera"
    assert kept.exif["GPSLatitude"] == [30, 24, 0]
    original = Image.open(io.BytesIO(body_of(get(make.village_chief))))
    assert original.getexif()
    public = Image.open(io.BytesIO(body_of(get(make.village_chief, "?copy=public"))))
    assert not public.getexif()
    assert public.size == (32, 64)


def test_a_public_copy_is_of_pictures_only(put, get, make):
    put(GPX)
    assert get(make.village_chief, "?copy=public").status_code == 404
    assert get(make.village_chief, "?copy=other").status_code == 422
    assert "attachment" in get(make.village_chief)["Content-Disposition"]


def test_a_file_is_read_by_its_sender_and_not_by_others(put, get, make):
    put(photo())
    assert get(make.village_chief).status_code == 200
    assert get(make.administrator).status_code == 200
    assert get(make.stranger).status_code == 404
    assert get(make.county_office).status_code == 404
    assert get(make.village_chief, number=uuid.uuid4()).status_code == 404


def test_who_may_read_the_record_reads_its_files(put, get, make, monkeypatch):
    monkeypatch.setitem(_board, "test_record", lambda scope, _uuid: scope.managed.holds_code("341721000000"))
    status, _body = put(photo(), query=f"?record=test_record:{RECORD}")
    assert status == 201
    assert get(make.county_office).status_code == 200
    assert get(make.stranger).status_code == 404


def test_the_record_may_be_named_in_a_head_line_and_must_be_one(put):
    assert put(photo(), HTTP_X_RECORD=f"patrol:{RECORD}")[0] == 201
    assert StoredFile.objects.get().record_uuid == RECORD
    assert put(photo(), number=uuid.uuid4(), query="?record=patrol:x")[1]["error"]["fields"].keys() == {
        "record"
    }


def test_an_incomplete_file_is_not_read(put, get, make):
    put(photo()[:100], of=len(photo()))
    assert get(make.village_chief).status_code == 404


def test_nobody_sends_or_reads_without_an_account(make):
    client = make.client()
    assert client.put(f"/api/v1/files/{UUID}", photo(), content_type="image/jpeg").status_code == 401
    assert client.get(f"/api/v1/files/{UUID}").status_code == 401
