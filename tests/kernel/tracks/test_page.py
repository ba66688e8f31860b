"""The algorithm's page and its cases name each other."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_numbered_cases_of_the_page_are_the_tests():
    page = (ROOT / "docs" / "algorithms" / "track-verification.md").read_text("utf-8")
    tests = (Path(__file__).parent / "test_cases.py").read_text("utf-8")
    assert re.findall(r"`(test_case_\w+)`", page) == re.findall(r"^def (test_case_\w+)", tests, re.MULTILINE)
