"""A clean virtual environment with the wheel in it, and beside it only what the server's lock names.

The libraries are not fetched a second time: those that requirements/base.txt names are linked from the
environment that the tests run in, which was filled from the hashed locks. So nothing comes from the network,
it takes seconds, and a library that only the tests' tools bring is missing, as it would be on somebody's
server. What this does not prove: that an index has the files; every ``./run setup`` on a new machine does.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path

from tools.places import ROOT

__all__ = ["Installed", "free_port", "install", "locked_names", "wheel_built"]

TIMEOUT_S = 300  # of one command; quiet machines need a tenth
#: Connections to other machines are refused in the clean environment, whoever asks.
ALONE = """
import socket

_connect = socket.socket.connect


def connect(self, address):
    is_network = self.family in (socket.AF_INET, socket.AF_INET6)
    if is_network and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise OSError(f"no network in this test: {address}")
    return _connect(self, address)


socket.socket.connect = connect
"""


class Installed:
    """The environment, and how to run ``shanhe`` in it as somebody who has nothing else would."""

    def __init__(self, venv: Path) -> None:
        self.venv = venv
        self.bin = venv / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.bin / ("python.exe" if os.name == "nt" else "python")

    @property
    def site_packages(self) -> Path:
        """Where the environment keeps packages."""
        found = [self.venv / "Lib" / "site-packages", *self.venv.glob("lib/python3.*/site-packages")]
        return next(path for path in found if path.is_dir())

    def environment(self) -> dict[str, str]:
        """No Node, no checkout, no settings of the tests: the environment's own programs and nothing else."""
        kept = ("SYSTEMROOT", "TEMP", "TMP", "LANG")
        own = {name: os.environ[name] for name in kept if name in os.environ}
        return {**own, "PATH": str(self.bin), "HOME": str(self.venv), "PYTHONUTF8": "1"}

    def command(self, *words: str) -> list[str]:
        """The command line of ``shanhe WORDS``."""
        return [str(self.bin / ("shanhe.exe" if os.name == "nt" else "shanhe")), *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """``shanhe WORDS`` from a folder that is no checkout; gives what it said."""
        return subprocess.run(
            self.command(*words),
            cwd=self.venv,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )


def wheel_built(folder: Path) -> Path:
    """The wheel of this checkout, built into ``folder`` by the back end that ``./run wheel`` uses."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("shanhe-*.whl"))


def install(wheel: Path, venv: Path) -> Installed:
    """A new environment with the wheel installed by pip, and the server's libraries linked in."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    made = Installed(venv)
    for found in distributions():
        if _plain(found.metadata["Name"]) in locked_names():
            _link(found, made.site_packages)
    (made.site_packages / "sitecustomize.py").write_text(ALONE, encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", str(made.python), "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "install", "--quiet", "--no-index", "--no-deps", str(wheel)], check=True, capture_output=True
    )
    return made


def locked_names() -> set[str]:
    """The packages that a server needs, by the lock."""
    lock = (ROOT / "requirements" / "base.txt").read_text(encoding="utf-8")
    return {_plain(name) for name in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", lock, re.MULTILINE)}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _link(found: Distribution, into: Path) -> None:
    """Put a distribution's folders and modules into another environment, by link where the system can."""
    home = Path(str(found.locate_file("")))
    tops = {file.parts[0] for file in found.files or () if file.parts[0] not in ("..", "__pycache__")}
    for top in sorted(tops):
        source, place = home / top, into / top
        if place.exists() or not source.exists():
            continue
        try:
            place.symlink_to(source, target_is_directory=source.is_dir())
        except OSError:  # Windows without the right to link
            (shutil.copytree if source.is_dir() else shutil.copyfile)(source, place)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
