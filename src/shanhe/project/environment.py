"""Settings come from environment variables alone; this module reads them, each with its default.

| variable | meaning |
|---|---|
| SHANHE_DATA_DIR | where the embedded database, files and the secret key live |
| SHANHE_DATABASE_URL | ``postgresql://…`` or ``sqlite:///…``; default: SQLite in the data directory |
| SHANHE_SECRET_KEY | default: made once and kept in the data directory |
| SHANHE_ALLOWED_HOSTS | comma-separated; default: this machine |
| SHANHE_ORIGINS | comma-separated https origins that forms may be posted from, behind a proxy |
| SHANHE_DEBUG | 1 for developers |
| SHANHE_DEMO | 1 shows the demo banner and exempts demo accounts from the first password change |
| SHANHE_TIANDITU_KEY | key of the 天地图 base map; empty: no outside server is asked |
| SHANHE_MAP_MOST | areas that the office map takes as one file (default 3000); more come as tiles |
| SHANHE_SMS | ``file`` (default: messages are written to the data directory), ``http`` or ``off`` |
| SHANHE_SMS_URL | the provider's address, with ``{phone}``, ``{text}``, ``{code}`` to be filled in |
| SHANHE_SMS_METHOD | POST (default), GET or PUT |
| SHANHE_SMS_BODY | what is sent to it, with the same places |
| SHANHE_SMS_CONTENT_TYPE | default: application/json |
| SHANHE_SMS_HEADERS | a JSON object of header names and values |
| SHANHE_SMS_EXPECT | text that the provider's answer holds when the message was taken |
| SHANHE_BEHIND_PROXY | 1 when a proxy on this machine sets X-Forwarded-For and -Proto |
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from pathlib import Path

import dj_database_url
from platformdirs import user_data_path

__all__ = ["data_dir", "database", "flag", "number", "secret_key", "sms", "words"]


def flag(name: str) -> bool:
    """Whether the variable is set to 1, true or yes."""
    return os.environ.get(name, "").strip().lower() in {"1", "true", "yes"}


def words(name: str, default: str = "") -> list[str]:
    """The comma-separated values of a variable, empty ones dropped."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def number(name: str, default: int) -> int:
    """The variable as a whole number of at least 1; ValueError names what is unfit."""
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"{name} is a whole number above 0")
    return int(text)


def sms() -> dict[str, object]:
    """How text messages leave: ``ground.notify.sms`` reads it. ValueError names what is unfit."""
    chosen = os.environ.get("SHANHE_SMS", "").strip().lower() or "file"
    if chosen not in {"file", "http", "off"}:
        raise ValueError("SHANHE_SMS is file, http or off")
    if chosen != "http":
        return {"adapter": chosen}
    url = os.environ.get("SHANHE_SMS_URL", "").strip()
    method = os.environ.get("SHANHE_SMS_METHOD", "").strip().upper() or "POST"
    if not url.startswith(("https://", "http://")):
        raise ValueError("SHANHE_SMS=http needs SHANHE_SMS_URL, an address that begins with https://")
    if method not in {"POST", "GET", "PUT"}:
        raise ValueError("SHANHE_SMS_METHOD is POST, GET or PUT")
    return {
        "adapter": "http",
        "url": url,
        "method": method,
        "body": os.environ.get("SHANHE_SMS_BODY", ""),
        "content_type": os.environ.get("SHANHE_SMS_CONTENT_TYPE", "").strip() or "application/json",
        "headers": _headers(os.environ.get("SHANHE_SMS_HEADERS", "")),
        "expect": os.environ.get("SHANHE_SMS_EXPECT", ""),
    }


def _headers(text: str) -> dict[str, str]:
    try:
        found = json.loads(text) if text.strip() else {}
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ValueError('SHANHE_SMS_HEADERS is a JSON object such as {"Authorization": "…"}')
    return found


def data_dir() -> Path:
    """The data directory, made if missing."""
    path = Path(os.environ.get("SHANHE_DATA_DIR") or user_data_path("shanhe", appauthor=False)).absolute()
    path.mkdir(parents=True, exist_ok=True)
    return path


def secret_key(folder: Path) -> str:
    """The signing key: from the environment, else made once and kept readable by its owner only."""
    given = os.environ.get("SHANHE_SECRET_KEY")
    if given:
        return given
    path = folder / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        key = secrets.token_urlsafe(64)
        file.write(key)
    return key


def database(folder: Path) -> dict[str, object]:
    """Django's database entry; SQLite is made durable and ready for one writer among many readers."""
    url = os.environ.get("SHANHE_DATABASE_URL") or f"sqlite:///{(folder / 'shanhe.sqlite3').as_posix()}"
    entry: dict[str, object] = dict(dj_database_url.parse(url))
    if entry["ENGINE"] == "django.db.backends.sqlite3":
        # Tests use a file as well: Django's default, one memory shared by all threads, knows no waiting.
        entry["TEST"] = {"NAME": str(Path(tempfile.gettempdir()) / f"shanhe-test-{os.getpid()}.sqlite3")}
        entry["OPTIONS"] = {
            "timeout": 20,
            # A deferred transaction that reads first cannot wait for the writer: it fails at once.
            "transaction_mode": "IMMEDIATE",
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
                "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456;"
            ),
        }
    # Opening one costs more than most requests ask of it: SQLite reads the schema anew, PostgreSQL forks.
    entry["CONN_MAX_AGE"] = 300
    entry["CONN_HEALTH_CHECKS"] = True
    return entry
