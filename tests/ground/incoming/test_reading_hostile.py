"""Files that mean harm, or only break: a clear refusal, in bounded time and memory, nothing left behind."""

from __future__ import annotations

import stat
import sys
import zipfile
from pathlib import Path
from time import monotonic

import pytest

from make.files import sheet, zipped
from shanhe.ground.incoming.reading import child
from shanhe.ground.incoming.reading.archives import opened
from shanhe.ground.incoming.reading.child import read_file
from shanhe.ground.incoming.reading.options import Limits, Options
from shanhe.kernel.errors import Refusal


def code_of(call) -> str:
    with pytest.raises(Refusal) as refused:
        call()
    return refused.value.code


def look(path: Path, limits: Limits | None = None) -> None:
    with opened(path, limits or Limits()):
        pass


def test_an_archive_of_too_many_files_is_not_opened(tmp_path):
    path = zipped(tmp_path / "a.zip", {f"{n}.shp": b"" for n in range(30)})
    assert code_of(lambda: look(path, Limits(members=20))) == "incoming.bomb"


def test_an_archive_that_holds_too_much_is_not_opened(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a.shp": b"x" * 3_000})
    assert code_of(lambda: look(path, Limits(unpacked_bytes=2_000))) == "incoming.bomb"


def test_an_archive_packed_beyond_reason_is_not_opened(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a.shp": b"\0" * 3_000_000})
    assert code_of(lambda: look(path)) == "incoming.bomb"
    assert code_of(lambda: read_file(path, "a.zip")) == "incoming.bomb"


@pytest.mark.parametrize("name", ["../a.shp", "/etc/a.shp", "x/../../a.shp", "..\\a.shp", "C:\\a.shp"])
def test_a_member_that_would_lie_outside_refuses_the_archive(tmp_path, name):
    assert code_of(lambda: look(zipped(tmp_path / "a.zip", {name: b""}))) == "incoming.paths"


def test_a_link_in_an_archive_refuses_it(tmp_path):
    path = tmp_path / "a.zip"
    info = zipfile.ZipInfo("a.shp")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert code_of(lambda: look(path)) == "incoming.paths"


def test_a_workbook_that_is_a_bomb_is_not_opened(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(sheet([["名称"], ["一"]]))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/x", b"\0" * 3_000_000)
    assert code_of(lambda: read_file(path, "a.xlsx")) == "incoming.bomb"


@pytest.mark.parametrize("name", ["a.gpkg", "a.zip", "a.kml", "a.kmz", "a.xlsx", "a.xls", "a.geojson"])
def test_bytes_that_are_something_else_are_refused(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"<OGRVRTDataSource><OGRVRTLayer name='passwd'/></OGRVRTDataSource>")
    code = code_of(lambda: read_file(path, name))
    assert code in {"incoming.broken", "incoming.empty", "incoming.not_geojson"}


def test_a_shapefile_that_is_another_format_inside_is_not_followed(tmp_path):
    table = (
        b"<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>"
    )
    path = zipped(tmp_path / "a.zip", {"a.shp": table, "a.dbf": b"", "a.shx": b""})
    assert code_of(lambda: read_file(path, "a.zip")) == "incoming.broken"


@pytest.mark.parametrize(
    ("name", "code"), [("a.exe", "incoming.format"), ("a.shp", "incoming.format"), ("", "incoming.format")]
)
def test_what_is_not_read_is_said_with_what_is(tmp_path, name, code):
    path = tmp_path / "file"
    path.write_bytes(b"x")
    assert code_of(lambda: read_file(path, name)) == code


def test_an_empty_file_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"")
    assert code_of(lambda: read_file(path, "a.csv")) == "incoming.empty"


# -- the process ---------------------------------------------------------------------------------------------


@pytest.fixture
def reading(monkeypatch, tmp_path):
    """Let the reading process run a program of ours instead; it is handed the folder of its answer."""

    def read(program: str, **limits: float) -> None:
        script = tmp_path / "program.py"
        script.write_text(program)
        monkeypatch.setattr(child, "PROGRAM", (sys.executable, str(script)))
        path = tmp_path / "a.csv"
        path.write_bytes(b"x")
        read_file(path, "a.csv", Options(), Limits(**limits))  # type: ignore[arg-type]

    return read


def test_a_process_that_hangs_is_ended(reading):
    begun = monotonic()
    assert code_of(lambda: reading("while True: pass", seconds=0.5)) == "incoming.slow"
    assert monotonic() - begun < 5


def test_a_process_that_eats_memory_is_ended(reading):
    eat = "kept = []\nwhile True: kept.append(bytearray(4_000_000))"
    assert code_of(lambda: reading(eat, memory_bytes=100_000_000)) == "incoming.memory"


def test_a_process_that_is_refused_memory_says_so(reading):
    assert code_of(lambda: reading("import os; os._exit(137)")) == "incoming.memory"


def test_a_process_that_dies_or_says_too_much_leaves_a_broken_file(reading):
    assert code_of(lambda: reading("import os; os.abort()")) == "incoming.broken"
    assert (
        code_of(lambda: reading("import sys; sys.stderr.write('x' * 3_000_000); 1 / 0")) == "incoming.broken"
    )


def test_a_process_knows_no_secret_of_ours(reading, monkeypatch):
    monkeypatch.setenv("SHANHE_SECRET_KEY", "s3cret")
    monkeypatch.setenv("SHANHE_DATABASE_URL", "postgres://a:b@c/d")
    tell = "import os, json, sys, pathlib; f = pathlib.Path(sys.argv[1], 'refused.json')\n"
    tell += "s = ' '.join(name for name in os.environ if name.startswith('SHANHE'))\n"
    tell += "f.write_text(json.dumps({'code': 'told:' + s, 'message': ['', {}], 'fields': {}}))"
    assert code_of(lambda: reading(tell)) == "told:"


def test_nothing_is_left_behind(reading, tmp_path, monkeypatch):
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(room))
    assert code_of(lambda: reading("while True: pass", seconds=0.3)) == "incoming.slow"
    assert list(room.iterdir()) == []
