"""The ledger from the command line."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection

from shanhe.faces.cli import audit
from shanhe.ground import clock
from shanhe.ground.audit import ledger
from shanhe.kernel.errors import Refusal

MONDAY = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)

Run = Callable[..., int]


@pytest.fixture
def run(settings, tmp_path) -> Run:
    """``run("verify", "--json")`` as the program would, in a data directory of its own."""
    settings.DATA_DIR = tmp_path / "data"
    parser = argparse.ArgumentParser()
    audit.register(parser.add_subparsers())

    def run(*arguments: object) -> int:
        options = parser.parse_args(["audit", *map(str, arguments)])
        with clock.moved_to(TUESDAY):
            return options.run(options)

    return run


@pytest.fixture
def three_records(db) -> None:
    for number in range(1, 4):
        with ledger.atomic():
            ledger.record("patrol.submit", ("patrols.patrol", number), by=None, at=MONDAY, verdict="valid")


@pytest.fixture
def proof_file(three_records, run, tmp_path, capsys) -> Path:
    run("publish")
    capsys.readouterr()
    run("proof", 2)
    path = tmp_path / "PROOF.json"
    path.write_text(capsys.readouterr().out)
    return path


def tamper(seq: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_event SET via = 'api' WHERE seq = %s", [seq])


def forge(path: Path, **changes: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_verify_says_that_the_ledger_holds(three_records, run, capsys):
    assert run("verify") == 0
    shown = capsys.readouterr()
    assert "3" in shown.out
    assert shown.err == ""


def test_verify_names_the_first_broken_record_and_fails(three_records, run, capsys):
    tamper(2)
    assert run("verify") == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "2" in shown.err
    assert len(shown.err.splitlines()) == 1


def test_verify_for_machines(three_records, run, capsys):
    assert run("verify", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["records"], told["first_broken"]) == (True, 3, None)
    tamper(2)
    assert run("verify", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert not told["ok"]
    assert (told["first_broken"]["seq"], told["first_broken"]["fault"]) == (2, "changed")


def test_every_fault_has_a_sentence_without_holes(run):
    for fault, msgid in audit.SENTENCES.items():
        assert "%" not in audit._say(msgid, seq=2, last_seq=3, day="2026-03-02"), fault


def test_publish_writes_the_days_that_are_due(three_records, run, settings, capsys):
    assert run("publish", "--json") == 0
    assert [root["day"] for root in json.loads(capsys.readouterr().out)] == ["2026-03-02"]
    assert [path.name for path in (settings.DATA_DIR / "proof").iterdir()] == ["2026-03-02.json"]
    assert run("publish", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []


def test_publish_puts_back_a_file_that_got_lost(three_records, run, settings, tmp_path):
    run("publish", "--day", "2026-03-02")
    assert run("publish", "--roots", tmp_path / "copy") == 0
    assert [path.name for path in (tmp_path / "copy").iterdir()] == ["2026-03-02.json"]


def test_verify_holds_the_database_against_the_published_files(proof_file, run, settings, capsys):
    published = settings.DATA_DIR / "proof" / "2026-03-02.json"
    assert run("verify", "--json") == 0
    assert json.loads(capsys.readouterr().out)["published_roots"] == 1
    forge(published, root="ab" * 32)
    assert run("verify", "--json") == 1
    broken = json.loads(capsys.readouterr().out)["first_broken"]
    assert (broken["fault"], broken["day"]) == ("rewritten", "2026-03-02")
    assert run("verify", "--roots", published.parent) == 1


def test_a_proof_checks_against_the_root_in_the_folder(proof_file, run, settings, capsys):
    assert run("check", proof_file, "--roots", settings.DATA_DIR / "proof", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"]
    assert told["record"]["object_id"] == "2"
    assert told["published_root"] == told["root"]


def test_a_proof_checks_against_the_file_beside_it(proof_file, run, settings, capsys):
    (proof_file.parent / "2026-03-02.json").write_bytes(
        (settings.DATA_DIR / "proof" / "2026-03-02.json").read_bytes()
    )
    assert run("check", proof_file, "--json") == 0
    assert json.loads(capsys.readouterr().out)["published_root"] is not None


def test_without_a_published_root_the_proof_says_what_to_compare(proof_file, run, capsys):
    assert run("check", proof_file) == 0
    shown = capsys.readouterr().out
    assert json.loads(proof_file.read_text())["root"] in shown
    assert "/proof/2026-03-02.json" in shown


def test_a_proof_under_another_root_fails(proof_file, run, capsys):
    assert run("check", proof_file, "--root", "ab" * 32, "--json") == 1
    assert json.loads(capsys.readouterr().out)["code"] == "proof.other_root"


def test_a_forged_proof_fails(proof_file, run, capsys):
    content = json.loads(proof_file.read_text())["content"]
    forge(proof_file, content={**content, "data": {"verdict": "invalid"}})
    assert run("check", proof_file) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 1


def test_a_day_without_a_published_root_is_refused(proof_file, run, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(Refusal) as refusal:
        run("check", proof_file, "--roots", tmp_path / "empty")
    assert refusal.value.code == "root.not_found"


@pytest.mark.parametrize("arguments", [("publish", "--day", "yesterday"), ("check", "x", "--root", "12"), ()])
def test_what_cannot_be_meant_is_a_usage_error(run, arguments):
    with pytest.raises(SystemExit) as left:
        run(*arguments)
    assert left.value.code == 2


def test_a_proof_is_checked_without_django(proof_file):
    program = (
        "import argparse, sys; from shanhe.faces.cli import audit\n"
        "parser = argparse.ArgumentParser(); audit.register(parser.add_subparsers())\n"
        "options = parser.parse_args(['audit', 'check', sys.argv[1]]); status = options.run(options)\n"
        "assert not options.needs_django and 'django' not in sys.modules\n"
        "sys.exit(status)"
    )
    paths = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", program, proof_file],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
