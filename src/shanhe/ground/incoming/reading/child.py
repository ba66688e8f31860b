"""Opening a file from outside: in a process of its own that is ended when it takes too long or too much."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import IO

import psutil

import shanhe
from shanhe.ground.incoming.reading.formats import ending_of
from shanhe.ground.incoming.reading.options import MOST_BYTES, Limits, Options
from shanhe.ground.incoming.reading.passing import table_read
from shanhe.ground.incoming.reading.refusals import broken, empty
from shanhe.ground.incoming.tables import Table
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["read_file", "read_into"]

log = logging.getLogger(__name__)

PROGRAM = (sys.executable, "-m", "shanhe.ground.incoming.reading.worker")
WATCHED_EVERY_S = 0.05
OUT_OF_MEMORY = 137  # what the process ends with when it was refused memory
#: Of our own surroundings the process gets only what a program needs to start; no database, no keys.
PASSED_ON = ("PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LD_LIBRARY_PATH", "NUMBA_CACHE_DIR")


def read_file(path: Path, name: str, options: Options | None = None, limits: Limits | None = None) -> Table:
    """The table of a file that is called ``name``, read in a process of its own.

    Refusals: ``incoming.format`` (a kind that is not read), ``incoming.large`` (413, more than 200 MB),
    ``incoming.slow`` and ``incoming.memory`` (the process was ended), and those of the readers.
    """
    with tempfile.TemporaryDirectory(prefix="shanhe-reading-") as folder:
        read_into(Path(folder), path, name, options, limits)
        return table_read(Path(folder))


def read_into(
    folder: Path, path: Path, name: str, options: Options | None = None, limits: Limits | None = None
) -> None:
    """As ``read_file``, and the table stays in ``folder`` for ``table_read``."""
    ending = ending_of(name)
    limits = limits or Limits()
    size = path.stat().st_size
    if size == 0:
        raise empty()
    if size > MOST_BYTES:
        message = _("The file has more than %(most)s MB; divide it.")
        raise Refusal("incoming.large", message, {"file": message}, status=413, most=MOST_BYTES // 1_048_576)
    with tempfile.TemporaryDirectory(prefix="shanhe-reading-") as room:
        # A copy that nobody writes: some formats are databases and would keep a journal beside the file.
        copy = Path(room) / f"file{ending}"
        shutil.copyfile(path, copy)
        copy.chmod(0o400)
        asked = {
            "path": str(copy),
            "name": copy.name,
            "options": asdict(options or Options()),
            "limits": asdict(limits),
        }
        Path(room, "asked.json").write_text(json.dumps(asked), "utf-8")
        _run(Path(room), limits)
        _check(Path(room))
        copy.chmod(0o600)
        for each in ("table.json", "rows.json", "shapes.wkb", "ends.npy"):
            shutil.move(str(Path(room) / each), folder / each)


def _run(room: Path, limits: Limits) -> None:
    with (room / "words.txt").open("wb") as words:  # a pipe would fill up and hold the process
        _run_with(room, limits, words)


def _run_with(room: Path, limits: Limits, words: IO[bytes]) -> None:
    own = {name: value for name, value in os.environ.items() if name in PASSED_ON}
    source = str(Path(shanhe.__file__).resolve().parent.parent)
    child = subprocess.Popen(  # noqa: S603 (our own program, and no shell)
        [*PROGRAM, str(room)],
        cwd=room,
        env=own | {"PYTHONPATH": source, "PYTHONIOENCODING": "utf-8", "PROJ_NETWORK": "OFF"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=words,
    )
    with child:
        try:
            _watch(child, limits)
        finally:
            if child.poll() is None:
                child.kill()
    if child.returncode == OUT_OF_MEMORY:
        raise _too_much()
    if child.returncode:
        log.info("incoming.read", extra={"exit": child.returncode})


def _watch(child: subprocess.Popen[bytes], limits: Limits) -> None:
    end = time.monotonic() + limits.seconds
    process = psutil.Process(child.pid)
    while True:
        try:
            child.wait(WATCHED_EVERY_S)
            return
        except subprocess.TimeoutExpired:
            pass
        if time.monotonic() > end:
            message = _("The file takes too long to read; simplify it or divide it.")
            raise Refusal("incoming.slow", message, {"file": message})
        try:
            if process.memory_info().rss > limits.memory_bytes:
                raise _too_much()
        except psutil.NoSuchProcess:
            continue


def _too_much() -> Refusal:
    message = _("The file takes too much memory to read; simplify it or divide it.")
    return Refusal("incoming.memory", message, {"file": message})


def _check(room: Path) -> None:
    refused = room / "refused.json"
    if refused.exists():
        told = json.loads(refused.read_text("utf-8"))
        fields = {name: Text(*text) for name, text in told["fields"].items()}
        raise Refusal(told["code"], Text(*told["message"]), fields)
    if not (room / "table.json").exists():
        raise broken()
