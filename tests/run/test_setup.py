"""Set-up does a thing once, notices what changed, and says what it cannot do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import addresses, commands, environment, suites, system
from tools.stamps import Stamps, digest
from tools.tell import Trouble


def test_a_digest_changes_with_a_file_s_name_content_and_existence_only(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("a")
    before = digest([one, two], tmp_path)
    assert digest([two, one], tmp_path) == before
    os.utime(one, (0, 0))
    assert digest([one], tmp_path) == before
    two.write_text("")
    assert digest([one, two], tmp_path) != before
    one.rename(tmp_path / "three")
    assert digest([tmp_path / "three"], tmp_path) != before


def test_a_stamp_holds_for_its_value_only_and_survives_a_broken_file(tmp_path):
    stamps = Stamps(tmp_path / "stamps.json")
    stamps.put("node", "1")
    stamps.put("assets", "2")
    assert stamps.holds("node", "1")
    assert not stamps.holds("node", "2")
    stamps.path.write_text("{ half")
    assert not stamps.holds("node", "1")


def test_a_wider_profile_serves_a_narrower_one():
    for profile, wider in environment.PROFILES.items():
        locked = _versions(profile)
        assert locked
        for other in wider:
            assert locked <= _versions(other)


def test_what_a_server_needs_is_in_every_lock_in_the_same_version():
    for profile in environment.PROFILES:
        assert _versions("base") <= _versions(profile)


def test_every_locked_version_has_a_hash_and_no_lock_names_an_address():
    for lock in environment.ROOT.glob("requirements/*.txt"):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        assert all("--hash=sha256:" in entry for entry in _entries(text))


def test_the_node_lock_names_no_address():
    text = (environment.ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text.replace('"url": "https://', "")


def test_a_word_that_is_no_command_exits_with_2_and_shows_those_there_are(capsys):
    assert commands.main(["dmeo"]) == 2
    said = capsys.readouterr().err
    assert "dmeo" in said
    assert "run demo" in said


def test_run_starts_with_the_standard_library_alone():
    done = subprocess.run(
        [sys.executable, "-S", environment.ROOT / "run", "help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "run demo" in done.stderr


def test_who_may_not_install_is_told_the_command(monkeypatch):
    monkeypatch.setattr(system.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(system.os, "geteuid", lambda: 1000, raising=False)
    with pytest.raises(Trouble, match=r"sudo apt-get install -y chromium"):
        system.install_debian(("chromium",), why="The browser tests need a browser")


def test_who_has_no_apt_is_told_the_packages(monkeypatch):
    monkeypatch.setattr(system.shutil, "which", lambda name: None)
    with pytest.raises(Trouble, match="Please install: chromium"):
        system.install_debian(("chromium",), why="The browser tests need a browser")


def test_a_registry_and_a_machine_s_path_are_found_with_their_line():
    host = "py" + "pi.org"
    text = f"fine\nindex {host}\ncd {'/wo' + 'rk/main'}\n"
    assert [(number, what) for number, what, _ in addresses.findings(text)] == [
        (2, "a registry's address"),
        (3, "a path of one machine"),
    ]


@pytest.mark.parametrize("text", ["see /docs/home/page", "GET /work/orders", "pypi", "npm install"])
def test_ordinary_words_are_no_address(text):
    assert list(addresses.findings(text)) == []


def test_a_skipped_test_spoils_a_stage_and_an_expected_failure_does_not(tmp_path):
    outcome = suites.outcome_of("SQLite", _report(tmp_path, "pytest.skip"), 0, 1.0)
    assert (outcome.passed, len(outcome.skipped), outcome.is_good) == (1, 1, False)
    outcome = suites.outcome_of("SQLite", _report(tmp_path, "pytest.xfail"), 0, 1.0)
    assert (outcome.passed, len(outcome.skipped), outcome.is_good) == (2, 0, True)


def test_a_stage_that_left_no_report_has_failed(tmp_path):
    assert not suites.outcome_of("SQLite", tmp_path / "none.xml", 0, 1.0).is_good


def _report(folder: Path, kind: str) -> Path:
    report = folder / "report.xml"
    report.write_text(
        '<testsuites><testsuite><testcase classname="a" name="b"/><testcase classname="a" name="c">'
        f'<skipped type="{kind}" message="why"/></testcase></testsuite></testsuites>'
    )
    return report


def _entries(text: str) -> list[str]:
    return [entry for entry in text.replace("\\\n", " ").splitlines() if entry and not entry.startswith("#")]


def _versions(profile: str) -> set[tuple[str, str]]:
    """(name, version) of every locked package; a package may have one version for each Python."""
    text = (environment.ROOT / "requirements" / f"{profile}.txt").read_text(encoding="utf-8")
    heads = [entry.partition("--hash")[0].partition(";")[0].strip() for entry in _entries(text)]
    return {(name, version) for name, _, version in (head.partition("==") for head in heads)}
