"""Files between parts: what is given up, what is purged, what stays."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from PIL import Image

from shanhe.ground.documents import store
from shanhe.ground.documents.content import public_copy
from shanhe.ground.documents.models import StoredFile
from shanhe.ground.documents.services import (
    Binding,
    Part,
    State,
    file_put,
    incomplete_sweep,
    purge_simulated,
)

PDF = b"%PDF-1.7\n" + b"0" * 100


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def put(make, user, content=PDF, size=None, **more):
    part = Part(0, size or len(content), content)
    return file_put(uuid=uuid.uuid4(), part=part, by=make.actor(user), at=make.now, **more)


def test_files_that_never_came_whole_are_given_up(make, django_capture_on_commit_callbacks):
    whole = put(make, make.village_chief)
    begun = put(make, make.village_chief, size=1_000)
    assert (whole.state, begun.state) == (State.STORED, State.INCOMPLETE)
    with django_capture_on_commit_callbacks(execute=True):
        kept = incomplete_sweep(before=make.now, by=None, at=make.now)
        given_up = incomplete_sweep(before=make.now + timedelta(1), by=None, at=make.now)
    assert (kept, given_up) == (0, 1)
    assert StoredFile.objects.get().uuid == whole.file.uuid
    assert not store.part_of(begun.file.uuid).exists()


def test_the_part_goes_when_the_whole_is_kept(make, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        file = put(make, make.village_chief).file
    assert store.whole(file.sha256).read_bytes() == PDF
    assert not store.part_of(file.uuid).exists()


def test_purging_keeps_bytes_that_a_real_file_shares(make, django_capture_on_commit_callbacks):
    simulated = make.user(username="simulated", is_simulated=True)
    shared = put(make, simulated).file
    alone = put(make, simulated, PDF + b"1").file
    put(make, make.village_chief)
    with django_capture_on_commit_callbacks(execute=True):
        assert purge_simulated(by=make.actor(make.administrator), at=make.now) == 2
    assert store.whole(shared.sha256).exists()
    assert not store.whole(alone.sha256).exists()


def test_a_name_is_the_last_piece_of_a_path_without_control_characters(make):
    file = put(make, make.village_chief, binding=Binding(name="../../etc/pass\x00wd\n")).file
    assert file.name == "passwd"


def test_the_public_copy_is_small_and_has_no_alpha(tmp_path):
    path = tmp_path / "big.png"
    Image.new("RGBA", (3_000, 1_000), (0, 0, 0, 0)).save(path)
    out = tmp_path / "out.jpg"
    out.write_bytes(public_copy(path))
    with Image.open(out) as image:
        assert (image.size, image.mode, image.format) == ((1_600, 533), "RGB", "JPEG")
        assert image.getpixel((5, 5)) == (255, 255, 255)
