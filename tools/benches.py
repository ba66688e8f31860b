"""Run benchmarks: ``bench/bench_NAME.py`` each, in a process of its own so that none warms another up.

A benchmark is a script that prints a table, and with ``--json`` a list of results
``{"bench","case","ours","unit","baseline","baseline_name","ratio","bar","ok"}``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tools.places import ROOT
from tools.tell import say

__all__ = ["known", "main"]


def known(folder: Path = ROOT / "bench") -> dict[str, Path]:
    """Name → script."""
    return {path.stem.removeprefix("bench_"): path for path in sorted(folder.glob("bench_*.py"))}


def main(args: Sequence[str]) -> int:
    """Run the named benchmarks, or all; 2 for a name that is none, 1 when one failed."""
    scripts = known()
    as_json = "--json" in args
    names = [word for word in args if word != "--json"] or list(scripts)
    unknown = [name for name in names if name not in scripts]
    if unknown:
        say(f"There is no benchmark {', '.join(unknown)}. There are: {', '.join(scripts)}.")
        return 2
    failed: list[str] = []
    results: list[object] = []
    for name in names:
        say(f"\n== {name}")
        begun = time.monotonic()
        status, printed = _run(scripts[name], as_json)
        if status:
            failed.append(name)
        if as_json:
            results += _listed(printed)
        say(f"== {name}: {time.monotonic() - begun:.0f} s")
    if as_json:
        print(json.dumps(results, ensure_ascii=False))
    if failed:
        say(f"\nFailed: {', '.join(failed)}")
    return 1 if failed else 0


def _run(script: Path, as_json: bool) -> tuple[int, str]:
    """Exit status, and what the script printed (nothing unless ``as_json``: then it goes to the terminal)."""
    done = subprocess.run(
        [sys.executable, script, *(["--json"] if as_json else [])],
        cwd=ROOT,
        stdout=subprocess.PIPE if as_json else None,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout or ""


def _listed(printed: str) -> list[object]:
    """The results of a script; one that missed a bar prints them too, one that broke off prints none."""
    try:
        return list(json.loads(printed))
    except ValueError:
        return []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
