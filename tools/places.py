"""Where things lie in a checkout, on every platform."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["ASSETS", "FONTS", "FRONTEND", "LOCALE", "PACKAGE", "ROOT", "VENV", "data_dir", "venv_python"]

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PACKAGE = ROOT / "src" / "shanhe"
LOCALE = PACKAGE / "locale"
FRONTEND = ROOT / "frontend"
ASSETS = PACKAGE / "static" / "shanhe"
FONTS = PACKAGE / "ground" / "papers" / "fonts"


def venv_python(venv: Path = VENV) -> Path:
    """The interpreter of a virtual environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def data_dir() -> Path:
    """The data directory: SHANHE_DATA_DIR, else .data in the checkout."""
    return Path(os.environ.get("SHANHE_DATA_DIR") or ROOT / ".data").expanduser().resolve()
