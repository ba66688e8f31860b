"""A whole Shanhe for the browser tests: data in a temporary folder, the real server on a free port.

It is started as an office starts it (``shanhe serve``), so that what a browser meets in the tests is what it
meets in life: the built assets, the server's headers, the password hasher. Nothing is shared with the process
that runs pytest, which therefore keeps its hands off Django's database.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

__all__ = ["environment", "free_port", "program", "serving"]

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN_S = 60


def environment(folder: Path) -> dict[str, str]:
    """The environment of a Shanhe whose data lie in ``folder``; nothing of the test run's own gets in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SHANHE_", "DJANGO_"))}
    return kept | {
        "SHANHE_DATA_DIR": str(folder),
        "SHANHE_DEMO": "1",
        "DJANGO_SETTINGS_MODULE": "shanhe.project.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")]),
        "PYTHONUTF8": "1",
    }


def program(folder: Path, *arguments: str, module: str = "shanhe") -> None:
    """Run the program to its end; what it said is in the error if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)} failed:\n{done.stdout}")


def free_port() -> int:
    """A port on which nobody listens at the moment."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def serving(folder: Path, **variables: str) -> Iterator[str]:
    """Serve the data in ``folder``; gives the address without a slash at its end.

    ``variables``: more of the environment, SHANHE_MAP_MOST="20" for one.
    """
    port = free_port()
    log = folder / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "shanhe", "serve", "--port", str(port)],
            env=environment(folder) | variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_ready(server, address, log)
            yield address
        finally:
            _end(server)


def _wait_until_ready(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5):  # noqa: S310  our own server
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)  # the server gives no other sign that it listens
    raise RuntimeError(f"The server did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")


def _end(server: subprocess.Popen[bytes]) -> None:
    """Ask it to stop, as a service manager does; what does not go in time is ended with all it started."""
    server.terminate()
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        if os.name == "posix":
            os.killpg(server.pid, signal.SIGKILL)
        else:
            server.kill()
        server.wait(timeout=20)
