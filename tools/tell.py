"""Short progress lines on stderr: stdout belongs to what a command prints for machines."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Trouble", "attempt", "say", "step"]


class Trouble(Exception):
    """Something went wrong that the reader of the terminal can act on; the message says how."""


def say(line: str) -> None:
    """Print one line for people."""
    print(line, file=sys.stderr, flush=True)


# Steps begun and not finished; a step inside another begins on a line of its own.
_running: list[str] = []


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is being done, then how many seconds it took."""
    print(f"{chr(10) if _running else ''}  {what} ...", end="", file=sys.stderr, flush=True)
    _running.append(what)
    begun = time.monotonic()
    word = "failed"
    try:
        yield
        word = f"{time.monotonic() - begun:.1f} s"
    finally:
        _running.pop()
        print(f" {word}", file=sys.stderr, flush=True)


def attempt(
    command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> None:
    """Run quietly; on failure raise Trouble with the command and the end of what it printed."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        shown = "\n".join(done.stdout.strip().splitlines()[-30:])
        words = " ".join(str(word) for word in command)
        raise Trouble(f"This did not work (exit status {done.returncode}): {words}\n{shown}")
