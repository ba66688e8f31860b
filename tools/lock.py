"""Write the hashed locks from the groups of pyproject.toml. Locks name versions and hashes, no address."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from tools.places import ROOT
from tools.tell import attempt, step

__all__ = ["LOCKS", "main"]

# Lock → dependency groups beside the project's own dependencies. The widest comes first and binds the others,
# so that a version is the same in all of them.
LOCKS: dict[str, tuple[str, ...]] = {
    "bench": ("dev", "build", "bench"),
    "dev": ("dev", "build"),
    "build": ("build",),
    "base": (),
}


def main(args: Sequence[str]) -> int:
    """Compile every lock; ``--upgrade`` takes newer versions, otherwise locked ones stay where they can."""
    widest = next(iter(LOCKS))
    for name, groups in LOCKS.items():
        with step(f"Locking {name}"):
            attempt(
                [
                    Path(sys.executable).with_name("uv.exe" if sys.platform == "win32" else "uv"),
                    "pip", "compile", "pyproject.toml", "--quiet", "--universal", "--generate-hashes",
                    "--python-version", "3.11", "--no-header", "--no-emit-index-url", "--no-emit-find-links",
                    *(f"--group={group}" for group in groups),
                    *(() if name == widest else ("--constraints", f"requirements/{widest}.txt")),
                    *(args if name == widest else ()),
                    "--no-annotate",
                    "--output-file", f"requirements/{name}.txt",
                ],
                cwd=ROOT,
            )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
