"""``shanhe divisions`` on the terminal: what it prints, and where, and its exit status."""

from __future__ import annotations

import json

import pytest

from shanhe.ground.divisions.models import Division
from shanhe.project.program import run

GOOD = """code,name,level,parent_code
340000000000,安徽省,province,
341700000000,池州市,prefecture,340000000000
"""


@pytest.fixture
def file(tmp_path, db):
    def write(text: str):
        path = tmp_path / "divisions.csv"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_a_good_file_comes_in_and_says_how_much(file, capsys):
    assert run(["divisions", "import", file(GOOD), "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "renamed": 0,
        "moved": 0,
        "refused": [],
    }
    assert printed.err == ""


def test_a_faulty_file_is_said_in_one_line_with_row_field_and_reason(file, capsys):
    assert run(["divisions", "import", file(GOOD + "341800000000,宣城市,prefecture,350000000000\n")]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert "4" in printed.err
    assert "parent_code" in printed.err
    assert not Division.objects.exists()


def test_json_lists_every_refused_row(file, capsys):
    lines = "".join(f"3418{number:08},村,village,\n" for number in range(10, 30))
    assert run(["divisions", "import", file(GOOD + lines), "--json"]) == 2
    refused = json.loads(capsys.readouterr().out)["refused"]
    assert len(refused) == 20
    assert set(refused[0]) == {"row", "field", "reason"}


def test_a_missing_file_is_bad_input(db, capsys):
    assert run(["divisions", "import", "/nowhere/divisions.csv"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_division_is_found_with_its_path(file, capsys):
    run(["divisions", "import", file(GOOD)])
    capsys.readouterr()
    assert run(["divisions", "find", "czs"]) == 0
    assert capsys.readouterr().out == "341700000000 安徽省 池州市\n"
    assert run(["divisions", "find", "拉萨"]) == 1
