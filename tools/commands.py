"""The commands of ``run``, each a line of help and a few steps."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.places import ROOT, venv_python
from tools.setup import project_environment, setup
from tools.system import browser_ensure
from tools.tell import Trouble, attempt, say, step

__all__ = ["main"]


def setup_command(args: list[str]) -> int:
    """[build|dev|bench]      make everything ready and stop"""
    if len(args) > 1 or (args and args[0] not in ("build", "dev", "bench")):
        raise Trouble("Usage: run setup [build|dev|bench]")
    setup(*args)
    say("Everything is ready. Start it with: ./run demo")
    return 0


def demo(args: list[str]) -> int:
    """[OPTIONS]               load the demonstration and serve it at http://127.0.0.1:8000"""
    return shanhe(["demo", *args])


def shanhe(args: list[str]) -> int:
    """ARGS...                 the command line of Shanhe itself"""
    setup()
    return _hand_over([venv_python(), "-m", "shanhe", *args], project_environment())


def test(args: list[str]) -> int:
    """[fast | PYTEST ARGS]   all tests; fast leaves browsers and PostgreSQL out"""
    setup("dev")
    env = project_environment()
    if args != ["fast"]:
        env["SHANHE_CHROMIUM"] = browser_ensure()
    return subprocess.call([venv_python(), "-m", "tools.suites", *args], cwd=ROOT, env=env)


def check(args: list[str]) -> int:
    """format, lint, types, floors, translations, migrations"""
    setup("dev")
    return subprocess.call([venv_python(), "-m", "tools.checks", *args], cwd=ROOT, env=project_environment())


def bench(args: list[str]) -> int:
    """[NAME...] [--json]     benchmarks against named baselines"""
    setup("bench")
    return _hand_over([venv_python(), "-m", "tools.benches", *args], project_environment(), cwd=ROOT)


def wheel(args: list[str]) -> int:
    """build dist/shanhe-*.whl with the assets inside"""
    setup()
    with step("Building the wheel"):
        attempt([venv_python(), "-m", "hatchling", "build", "--target", "wheel", *args], cwd=ROOT)
    for made in sorted((ROOT / "dist").glob("shanhe-*.whl")):
        say(f"  {made.relative_to(ROOT)}  {made.stat().st_size / 1e6:.1f} MB")
    return 0


def catalogue(args: list[str]) -> int:
    """update | check | compile | import FILE.tsv...   the translations"""
    setup("dev", assets=False)
    return subprocess.call([venv_python(), "-m", "tools.catalogue", *args], env=_with_tools())


def lock(args: list[str]) -> int:
    """[--upgrade]             write requirements/*.txt anew from pyproject.toml"""
    setup("dev", assets=False)
    return subprocess.call([venv_python(), "-m", "tools.lock", *args], cwd=ROOT)


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "demo": demo,
    "shanhe": shanhe,
    "setup": setup_command,
    "test": test,
    "check": check,
    "bench": bench,
    "wheel": wheel,
    "catalogue": catalogue,
    "lock": lock,
}


def main(args: Sequence[str]) -> int:
    """Run one command; the exit status is the command's, 2 for a word that is none, 1 when set-up fails."""
    for stream in (sys.stdout, sys.stderr):
        # A console in another encoding shows a question mark rather than stopping the work.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    name, *rest = args or ["help"]
    if name in ("help", "-h", "--help"):
        say(_help())
        return 0
    if name not in COMMANDS:
        say(f"There is no command {name!r}.\n\n{_help()}")
        return 2
    try:
        return COMMANDS[name](rest)
    except Trouble as trouble:
        say(f"\n{trouble}")
        return 1
    except KeyboardInterrupt:
        say("\nStopped.")
        return 130


def _help() -> str:
    lines = [f"  run {name:<9} {(command.__doc__ or '').rstrip()}" for name, command in COMMANDS.items()]
    return "\n".join(["Shanhe, from a checkout:", "", *lines])


def _hand_over(command: Sequence[str | Path], env: Mapping[str, str], cwd: Path | None = None) -> int:
    """Become the command where the system can, so that signals reach it; else run it and wait."""
    if os.name == "nt":
        return subprocess.call(command, env=env, cwd=cwd)
    if cwd is not None:
        os.chdir(cwd)
    os.execve(command[0], [str(word) for word in command], dict(env))  # noqa: S606
    raise AssertionError("execve does not return")


def _with_tools() -> dict[str, str]:
    """``tools`` importable from wherever the caller stands, since file arguments are relative to there."""
    return project_environment() | {"PYTHONPATH": str(ROOT)}
