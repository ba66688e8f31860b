"""A fresh start by ``shanhe init``, and how the program meets a database without one."""

from __future__ import annotations

import io
import re
from argparse import Namespace
from typing import Any

import pytest

from shanhe.faces.cli import init
from shanhe.ground.audit.models import Event
from shanhe.ground.divisions.models import Division
from shanhe.ground.people.models import Post, User
from shanhe.ground.policies.models import Holiday, Policy
from shanhe.project import program


def started(**options: Any) -> None:
    assert init.run_init(Namespace(password=False, **options)) == 0


@pytest.mark.django_db
def test_a_fresh_start_has_divisions_posts_rules_and_an_administrator(capsys: Any) -> None:
    started()
    assert Division.objects.count() > 6_000
    assert all(model.objects.exists() for model in (Post, Policy, Holiday))
    user = User.objects.get()
    password = re.search(r"(\S{16})\s*$", capsys.readouterr().out)
    assert password is not None
    assert user.check_password(password[1])
    assert user.is_administrator
    assert user.must_change_password
    assert not user.is_simulated


@pytest.mark.django_db
def test_a_second_time_changes_nothing_and_says_so(capsys: Any) -> None:
    started()
    events = Event.objects.count()
    hashed = User.objects.get().password
    capsys.readouterr()
    started()
    said = capsys.readouterr().out
    assert Event.objects.count() == events
    assert User.objects.get().password == hashed
    assert "admin" in said
    assert len(said.splitlines()) == 2


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["stdin", "environment"])
def test_a_password_may_be_given(way: str, monkeypatch: Any, capsys: Any) -> None:
    if way == "stdin":
        monkeypatch.setattr("sys.stdin", io.StringIO("a-long-enough-secret\n"))
        assert init.run_init(Namespace(password=True)) == 0
    else:
        monkeypatch.setenv("SHANHE_ADMIN_PASSWORD", "a-long-enough-secret")
        started()
    assert User.objects.get().check_password("a-long-enough-secret")
    assert "a-long-enough-secret" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["frobnicate"], ["demo", "--port", "x"], ["demo", "--frob"], ["audit"], ["simulate"], ["purge"]],
    ids=" ".join,
)
def test_bad_usage_is_said_in_one_line(arguments: list[str], capfd: Any) -> None:
    with pytest.raises(SystemExit) as left:
        program.run(arguments)
    out, err = capfd.readouterr()
    assert left.value.code == 2
    assert not out
    assert len(err.splitlines()) == 1


def test_a_database_without_tables_asks_for_init(tmp_path: Any) -> None:
    import subprocess
    import sys

    for words in (["audit", "verify"], ["serve", "--port", "1"], ["divisions", "load"]):
        done = subprocess.run(
            [sys.executable, "-m", "shanhe", *words],
            env=_environment(tmp_path),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 1, done.stderr
        assert done.stderr.strip() == "shanhe: the database has no tables yet: run shanhe init first"


def _environment(folder: Any) -> dict[str, str]:
    import os
    from pathlib import Path

    import shanhe

    plain = {name: value for name, value in os.environ.items() if name != "SHANHE_DATABASE_URL"}
    return plain | {
        "SHANHE_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "shanhe.project.settings",
        "PYTHONPATH": str(Path(shanhe.__file__).parents[1]),
    }
