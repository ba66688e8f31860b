"""``shanhe backup``, ``restore``, ``retention`` as an administrator types them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from shanhe.ground import clock
from shanhe.project.program import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    return tmp_path


def test_a_backup_tells_what_is_in_it(make, folder, capsys):
    file = folder / "a.tar"
    assert run(["backup", str(file), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["file"] == str(file)
    assert told["bytes"] == file.stat().st_size
    assert told["rows"] == sum(table["rows"] for table in told["tables"].values())
    assert told["secret_key"] is False


def test_a_second_backup_of_the_same_name_is_refused_in_one_line(make, folder, capsys):
    file = folder / "a.tar"
    file.write_text("valuable")
    assert run(["backup", str(file)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert file.read_text() == "valuable"


def test_a_file_that_is_not_there_is_not_restored(make, folder, capsys):
    assert run(["restore", str(folder / "none.tar")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("address", ["mysql://a@b/c", "nonsense", ""])
def test_a_move_asks_for_an_address_it_knows(make, folder, capsys, address):
    assert run(["move", "--to", address]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_retention_tells_what_is_due_and_then_does_it(make, folder, capsys):
    make.patrol(make.reach())
    assert run(["retention", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["deleted"] == 0
    with clock.moved_to(make.now + timedelta(days=1_100)):
        assert run(["retention", "--dry-run", "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["deleted"], told["dry_run"], told["oldest"]) == (1, True, make.today.isoformat())
        assert run(["retention", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["deleted"] == 1
        assert run(["retention"]) == 0
        assert len(capsys.readouterr().out.splitlines()) == 1
