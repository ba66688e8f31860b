"""The checks: one line a stage; all are run, and what the failing ones said is printed at the end."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.assets import node_packages_ensure, typescript
from tools.places import FRONTEND, ROOT
from tools.tell import say

__all__ = ["main", "stages"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One check: a command that exits with 0 when all is well."""

    name: str
    command: Sequence[str]
    cwd: Path = ROOT


def stages() -> list[Stage]:
    """The checks in the order in which they are run, the quick ones first."""
    python = [sys.executable, "-m"]
    tools = Path(sys.executable).parent
    migrations = ["django", "makemigrations", "--check", "--dry-run", "--settings=shanhe.project.settings"]
    return [
        Stage("format", [*python, "ruff", "format", "--check", "--quiet", "."]),
        Stage("lint", [*python, "ruff", "check", "--quiet", "."]),
        Stage("addresses", [*python, "tools.addresses"]),
        Stage("floors", [str(tools / "lint-imports"), "--no-cache"]),
        Stage("translations", [*python, "tools.catalogue", "check"]),
        Stage("migrations", [*python, *migrations]),
        *(
            Stage(f"TypeScript {config.parent.name}", typescript("--noEmit", "-p", str(config)), FRONTEND)
            for config in sorted(FRONTEND.glob("**/tsconfig.json"))
        ),
        Stage("types", [*python, "mypy", "src/shanhe", "tools"]),
    ]


def _run(stage: Stage, env: dict[str, str]) -> str | None:
    """None when the check passed, else what it printed."""
    begun = time.monotonic()
    done = subprocess.run(
        stage.command,
        cwd=stage.cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    word = "FAILED" if done.returncode else "ok"
    say(f"  {stage.name:<20} {time.monotonic() - begun:6.1f} s  {word}")
    return done.stdout.strip() if done.returncode else None


def main() -> int:
    """Run every check; 1 when one failed."""
    node_packages_ensure()
    failures: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="shanhe-check-") as folder:
        # The settings want a data directory; checks must not touch the user's.
        env = os.environ | {"SHANHE_DATA_DIR": folder}
        for stage in stages():
            printed = _run(stage, env)
            if printed is not None:
                failures[stage.name] = printed
    for name, printed in failures.items():
        say(f"\n== {name}\n{printed}")
    say(f"\n{len(failures)} of {len(stages())} checks failed." if failures else "\nAll checks passed.")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
