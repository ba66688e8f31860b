"""The test suites: all on SQLite, what touches the database again on PostgreSQL, the browser, the wheel.

Run inside the environment: ``python -m tools.suites [fast | pytest arguments]``. Fails when a test is
skipped: a test that does not run on this machine protects nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.places import ROOT
from tools.postgres import server
from tools.tell import say

__all__ = ["Outcome", "outcome_of", "run_all"]

WORKERS = "2"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one stage came to."""

    stage: str
    seconds: float
    passed: int
    failed: int
    skipped: tuple[str, ...]
    status: int

    @property
    def is_good(self) -> bool:
        """All passed, some ran, none was skipped."""
        return self.status == 0 and not self.skipped


def outcome_of(stage: str, report: Path, status: int, seconds: float) -> Outcome:
    """Read a JUnit report. An expected failure is reported there as skipped, but is no skipped test."""
    if not report.exists():
        return Outcome(stage, seconds, 0, 0, (), status or 1)
    passed = failed = 0
    skipped: list[str] = []
    for case in ET.parse(report).iter("testcase"):  # noqa: S314  written by the pytest just run
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif skip is not None and skip.get("type") != "pytest.xfail":
            skipped.append(f"{case.get('classname')}::{case.get('name')}: {skip.get('message')}")
        else:
            passed += 1
    return Outcome(stage, seconds, passed, failed, tuple(skipped), status)


def run_all(fast: bool) -> list[Outcome]:
    """Run the stages one after another; a failing one does not keep the next from running."""
    plain = "not browser and not postgres and not wheel"
    outcomes = [_stage("SQLite", ["-n", WORKERS, "-m", plain])]
    if not fast:
        with server() as url:
            outcomes.append(
                _stage(
                    "PostgreSQL",
                    ["-n", WORKERS, "-m", "not browser and not wheel", "-p", "tools.only_database"],
                    {"SHANHE_DATABASE_URL": url},
                )
            )
        outcomes.append(_stage("browser", ["-m", "browser"]))
        outcomes.append(_stage("wheel", ["-m", "wheel", "tests/installation"]))
    return outcomes


def _stage(name: str, args: Sequence[str], env: Mapping[str, str] | None = None) -> Outcome:
    say(f"\n== Tests: {name}")
    with tempfile.TemporaryDirectory(prefix="shanhe-tests-") as folder:
        report = Path(folder) / "report.xml"
        own = {"SHANHE_DATA_DIR": str(Path(folder) / "data")}
        begun = time.monotonic()
        status = subprocess.call(
            [sys.executable, "-m", "pytest", *args, f"--junitxml={report}"],
            cwd=ROOT,
            env={**os.environ, **own, **(env or {})},
        )
        return outcome_of(name, report, status, time.monotonic() - begun)


def _tell(outcomes: Sequence[Outcome]) -> int:
    say("")
    for outcome in outcomes:
        word = "ok" if outcome.is_good else "FAILED"
        counts = f"{outcome.passed} passed, {outcome.failed} failed, {len(outcome.skipped)} skipped"
        say(f"  {outcome.stage:<12} {outcome.seconds:7.1f} s  {counts}  {word}")
        for test in outcome.skipped:
            say(f"    skipped: {test}")
    passed, failed, skipped = (
        sum(outcome.passed for outcome in outcomes),
        sum(outcome.failed for outcome in outcomes),
        sum(len(outcome.skipped) for outcome in outcomes),
    )
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 0 if all(outcome.is_good for outcome in outcomes) else 1


def main(args: Sequence[str]) -> int:
    """Run all suites, the fast ones, or pytest with arguments of one's own."""
    if args and list(args) != ["fast"]:
        return subprocess.call([sys.executable, "-m", "pytest", *args], cwd=ROOT)
    return _tell(run_all(fast=list(args) == ["fast"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
