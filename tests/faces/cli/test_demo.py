"""``shanhe demo`` as somebody starts it: from nothing, then at once; after a crash, from nothing again."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import shanhe
from shanhe.demo import marker


def start(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if name != "SHANHE_DATABASE_URL"}
    env = plain | {
        "DJANGO_SETTINGS_MODULE": "shanhe.project.settings",
        "PYTHONPATH": str(Path(shanhe.__file__).parents[1]),
        "PYTHONUTF8": "1",
    }
    command = [sys.executable, "-m", "shanhe", *words, "--data-dir", str(folder)]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: Any) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("demo")
    marker.write(folder, marker.Marker("loading", "", is_small=True, schema=""))
    (folder / "shanhe.sqlite3").write_bytes(b"half of a database")
    return folder, start(folder, "demo", "--small", "--no-serve")


def test_an_interrupted_load_begins_anew_and_finishes(loaded: Any) -> None:
    folder, done = loaded
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert marker.read(folder).state == "finished"
    count = sqlite3.connect(folder / "shanhe.sqlite3").execute("SELECT count(*) FROM patrols_patrol")
    assert count.fetchone()[0] > 300


def test_it_prints_addresses_and_accounts(loaded: Any) -> None:
    _folder, done = loaded
    assert "http://127.0.0.1:8000/office/" in done.stdout
    for username in ("admin", "kashgar-chief", "village-chief", "party-office", "shanhe-demo"):
        assert username in done.stdout


def test_a_second_start_loads_nothing(loaded: Any) -> None:
    folder, _done = loaded
    before = (folder / "shanhe.sqlite3").stat().st_mtime_ns
    begun = time.monotonic()
    again = start(folder, "demo", "--no-serve")
    assert again.returncode == 0, again.stderr
    assert (folder / "shanhe.sqlite3").stat().st_mtime_ns == before
    assert time.monotonic() - begun < 30


def test_purge_takes_out_what_is_simulated(loaded: Any) -> None:
    folder, _done = loaded
    purged = start(folder, "purge", "--simulated", "--json")
    assert purged.returncode == 0, purged.stderr
    assert json.loads(purged.stdout)["patrols"] > 300
    added = start(folder, "simulate", "--chiefs", "2", "--days", "10", "--seed", "3", "--json")
    assert added.returncode == 0, added.stderr
    assert json.loads(added.stdout)["chiefs"] == 2


def test_an_office_of_its_own_is_not_mixed_with_a_demonstration(tmp_path: Path) -> None:
    assert start(tmp_path, "init").returncode == 0
    refused = start(tmp_path, "demo", "--no-serve")
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert marker.read(tmp_path) is None
