"""The script in the docs checks real proofs with Python alone, and finds every forgery."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from docs.pages import ROOT
from shanhe.ground.audit import ledger
from shanhe.ground.audit.models import DayRoot
from shanhe.ground.audit.queries import events, proof_of, published
from shanhe.ground.audit.services import day_root_publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """As a reader copies it from the page."""
    page = (ROOT / "docs" / "algorithms" / "ledger.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    path = tmp_path / "check.py"
    path.write_text(found, encoding="utf-8")
    return path


def holds(script: Path, proof: object, root: object) -> bool:
    """Whether a Python without our packages lets the proof pass."""
    names = []
    for name, value in (("PROOF.json", proof), ("DATE.json", root)):
        (script.parent / name).write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
        names.append(name)
    done = subprocess.run(
        [sys.executable, "-I", "-S", script.name, *names], cwd=script.parent, capture_output=True, check=False
    )
    return done.returncode == 0


def test_the_script_has_ten_lines_and_imports_the_standard_library_alone(script):
    lines = script.read_text().splitlines()
    assert len(lines) == 10
    assert [line for line in lines if "import" in line] == ["import hashlib, json, sys"]


def test_a_verdicts_proof_passes_and_no_forgery_does(make, script):
    patrol = make.patrol(make.reach())
    day_root_publish(day=make.today, by=None, at=make.now + timedelta(days=1))
    root = published(DayRoot.objects.get()).as_json()
    event = events().get(action="patrol.submit", object_id=str(patrol.pk))
    proof = proof_of(event).as_json()
    assert holds(script, proof, root)

    forged = []
    for path, value in (
        (("content", "at"), "2026-03-03T00:00:00.000000Z"),
        (("content", "object_id"), "999"),
        (("content", "data"), {}),
        (("salt",), "00" * 32),
        (("index",), proof["index"] - 1),
        (("path",), proof["path"][:-1]),
        (("path",), [*proof["path"], "00" * 32]),
    ):
        other = copy.deepcopy(proof)
        place = other
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = value
        forged.append(other)
    assert [other for other in forged if holds(script, other, root)] == []
    assert not holds(script, proof, root | {"root": "00" * 32})


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6, 7])
def test_every_place_in_trees_of_every_form(make, script, size):
    with ledger.atomic():
        for number in range(size):
            ledger.record(
                "policy.set", ("policies.policy", number), by=None, at=make.now, value=["河", 0.25, None]
            )
    day_root_publish(day=make.today, by=None, at=make.now + timedelta(days=1))
    row = DayRoot.objects.get()
    covered = events().filter(seq__lt=row.first_seq + row.size)
    assert all(holds(script, proof_of(event).as_json(), published(row).as_json()) for event in covered)
