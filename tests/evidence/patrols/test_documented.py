"""The numbered cases of the algorithm page are tests of that name."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "algorithms" / "patrol-intake.md"


def test_every_case_on_the_page_is_a_test():
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text("utf-8")))
    folders = (ROOT / "tests" / "evidence", ROOT / "tests" / "faces")
    there = {
        name
        for folder in folders
        for path in folder.rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }
    assert len(named) > 20
    assert named <= there


def test_the_cases_are_numbered_without_a_gap():
    numbers = [int(n) for n in re.findall(r"^(\d+)\. ", PAGE.read_text("utf-8"), re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
