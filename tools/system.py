"""What must come from the system's packages: only on Debian, only as root; else the one command is said."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tools.tell import Trouble, attempt, step

__all__ = ["DEBIAN_VENV", "browser_ensure", "install_debian"]

DEBIAN_VENV = ("python3-venv",)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
# Where they lie when PATH does not name them.
BROWSER_FILES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)


def install_debian(packages: tuple[str, ...], *, why: str) -> None:
    """Install Debian packages when we may; Trouble with the command to type when we may not."""
    command = f"apt-get install -y {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        raise Trouble(f"{why}, and this is no Debian or Ubuntu. Please install: {', '.join(packages)}.")
    if os.geteuid() != 0:
        raise Trouble(f"{why}. Please run once: sudo {command}")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with step(f"Installing {', '.join(packages)} from Debian"):
        attempt(["apt-get", "update", "-q"], env=quiet)
        attempt(["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages], env=quiet)


def browser_find() -> str | None:
    """The path of a Chromium-like browser, or None. SHANHE_CHROMIUM decides where it is set."""
    named = os.environ.get("SHANHE_CHROMIUM")
    found = [named] if named else [shutil.which(name) for name in BROWSERS]
    return next((path for path in [*found, *BROWSER_FILES] if path and Path(path).exists()), None)


def browser_ensure() -> str:
    """A browser and Chinese fonts for the browser tests; installs Debian's where missing. Gives its path."""
    missing = tuple(
        name
        for name, there in (("chromium", browser_find() is not None), ("fonts-noto-cjk", _has_cjk_fonts()))
        if not there
    )
    if missing:
        install_debian(missing, why="The browser tests need a browser and Chinese fonts")
    browser = browser_find()
    if browser is None:
        raise Trouble("No Chromium was found. Name one with SHANHE_CHROMIUM=/path/to/chromium.")
    return browser


def _has_cjk_fonts() -> bool:
    """Whether text in Chinese has glyphs; Windows and macOS always have."""
    if shutil.which("dpkg") is None:
        return True
    if shutil.which("fc-list") is None:
        return False
    listed = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip())
