"""The virtual environment: made once, filled from the hashed locks, refilled when a lock changes.

pip does it, not a faster installer: it comes with Python and honours the mirror and certificates that the
user has set for it. Measured with a warm cache on 2 cores: 15 s for what a server needs, once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.places import ROOT, VENV, venv_python
from tools.stamps import Stamps, digest
from tools.system import DEBIAN_VENV, install_debian
from tools.tell import Trouble, attempt, step

__all__ = ["PROFILES", "STAMPS", "environment_ensure", "only_one"]

# Each profile is a hashed lock; those listed after it hold all of it, so either stamp will do.
PROFILES: dict[str, tuple[str, ...]] = {"build": ("dev", "bench"), "dev": ("bench",), "bench": ()}

STAMPS = Stamps(VENV / "shanhe-setup.json")


def environment_ensure(profile: str) -> None:
    """Have the virtual environment with the packages of ``profile`` (a key of PROFILES)."""
    if not _works():
        with step("Making the virtual environment .venv"):
            _make_venv()
    if not any(STAMPS.holds(name, _lock_digest(name)) for name in (profile, *PROFILES[profile])):
        with step("Installing Python packages (the first time takes a minute or two)"):
            _install(profile)
        STAMPS.put(profile, _lock_digest(profile))
    _point_at_source()


@contextmanager
def only_one() -> Iterator[None]:
    """Let one set-up run at a time in this checkout; a second one waits for the first."""
    with (ROOT / ".setup.lock").open("a+b") as handle:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined, unused-ignore]
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _lock(profile: str) -> Path:
    return ROOT / "requirements" / f"{profile}.txt"


def _lock_digest(profile: str) -> str:
    return digest([_lock(profile)], ROOT)


def _works() -> bool:
    """Whether there is an environment with pip, and the Python it was made from is still there."""
    try:
        lines = (VENV / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    facts = {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}
    made_from = Path(facts.get("executable", venv_python()))
    return made_from.exists() and venv_python().exists() and (_site_packages() / "pip").is_dir()


def _make_venv() -> None:
    command: list[str | Path] = [sys.executable, "-m", "venv", "--clear", VENV]
    try:
        attempt(command)
    except Trouble as trouble:
        # Debian ships Python without ensurepip; its package python3-venv brings it.
        if "ensurepip" not in str(trouble):
            raise
        install_debian(DEBIAN_VENV, why="Python's venv module is not complete on this machine")
        attempt(command)


def _install(profile: str) -> None:
    pip: list[str | Path] = [
        venv_python(),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
    ]
    attempt([*pip, "--require-hashes", "--only-binary", ":all:", "--requirement", _lock(profile)], cwd=ROOT)


def _site_packages() -> Path:
    """Where the environment keeps packages: on Windows in Lib, elsewhere in lib/python3.N."""
    found = [VENV / "Lib" / "site-packages", *sorted(VENV.glob("lib/python3.*/site-packages"))]
    return next((path for path in found if path.is_dir()), found[0])


def _point_at_source() -> None:
    """Make src/ importable inside the environment; an editable install comes down to such a path file."""
    pointer, wanted = _site_packages() / "shanhe.pth", f"{ROOT / 'src'}\n"
    if not pointer.exists() or pointer.read_text(encoding="utf-8") != wanted:
        pointer.write_text(wanted, encoding="utf-8")
