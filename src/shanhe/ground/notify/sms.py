"""Text messages: handed to an adapter, which the installation chooses by ``SHANHE_SMS``.

    settings.SMS = {"adapter": "http", "url": "https://…?to={phone}", "method": "POST", …}
    send_soon(Message("13800000000", "Code 123456", at=now))

``file`` (the default) writes messages to ``sms/outbox.jsonl`` in the data directory and sends nothing;
``http`` asks any provider's address; ``off`` takes nothing. Numbers and texts are written to no log.
"""

from __future__ import annotations

import json
import logging
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

from django.conf import settings
from django.utils import timezone

__all__ = [
    "Adapter",
    "FileSink",
    "HttpAdapter",
    "Message",
    "adapter",
    "is_on",
    "outbox",
    "send_soon",
    "sends_really",
    "settled",
]

log = logging.getLogger(__name__)

TIMEOUT_S = 10.0
ANSWER_BYTES = 64 * 1024  # of a provider's answer that is looked at
KEPT = 200  # messages in the outbox


@dataclass(frozen=True, slots=True)
class Message:
    """One text message: eleven digits, the whole text, its time, and the code alone for templates."""

    phone: str
    text: str
    at: datetime
    code: str = ""


class Adapter(Protocol):
    """What can carry a message out."""

    def send(self, message: Message) -> None:
        """Carry it out; OSError or ValueError when that fails."""


def outbox() -> Path:
    """Where the file sink writes."""
    return Path(settings.DATA_DIR) / "sms" / "outbox.jsonl"


@dataclass(frozen=True, slots=True)
class FileSink:
    """Writes the last messages to a file that its owner alone may read; nothing leaves the machine."""

    path: Path
    kept: int = KEPT

    def send(self, message: Message) -> None:
        """Put the message at the end of the file, and let the oldest go."""
        line = json.dumps(
            {
                "at": timezone.localtime(message.at).isoformat(timespec="seconds"),
                "phone": message.phone,
                "text": message.text,
            },
            ensure_ascii=False,
        )
        with _file_lock:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            before = self.path.read_text("utf-8").splitlines() if self.path.exists() else []
            lines = [*before, line][-self.kept :]
            fresh = self.path.with_suffix(f".{os.getpid()}.new")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")
            fresh.replace(self.path)


@dataclass(frozen=True, slots=True)
class HttpAdapter:
    """Asks a provider's address. ``url``, ``body`` and ``headers`` are templates with ``{phone}``, ``{text}``
    and ``{code}``, filled in as each place needs it: escaped in the address, a JSON string's inside in JSON,
    percent-encoded in a form. The answer has to be 2xx and, when ``expect`` is set, to contain it.
    """

    url: str
    method: str = "POST"
    body: str = ""
    content_type: str = "application/json"
    headers: Mapping[str, str] | None = None
    expect: str = ""
    timeout_s: float = TIMEOUT_S

    def send(self, message: Message) -> None:
        """Ask, and look at the answer. OSError when the provider is not reached or refuses, ValueError when
        the address or a template cannot be used, or the answer is not the expected one."""
        words = {"phone": message.phone, "text": message.text, "code": message.code}
        url = _filled(self.url, {name: urllib.parse.quote(word, safe="") for name, word in words.items()})
        if urllib.parse.urlsplit(url).scheme not in ("https", "http"):
            raise ValueError("the provider's address has to begin with https:// or http://")
        body = _filled(self.body, {name: self._escaped(word) for name, word in words.items()}).encode()
        request = urllib.request.Request(  # noqa: S310  the scheme was looked at
            url, data=body or None, method=self.method, headers=dict(self.headers or {})
        )
        if body:
            request.add_header("Content-Type", self.content_type)
        with urllib.request.urlopen(request, timeout=self.timeout_s) as answer:  # noqa: S310
            said = answer.read(ANSWER_BYTES).decode("utf-8", "replace")
        if self.expect and self.expect not in said:
            raise ValueError("the provider's answer is not the expected one")

    def _escaped(self, word: str) -> str:
        if "json" in self.content_type:
            return json.dumps(word, ensure_ascii=False)[1:-1]
        if "form" in self.content_type:
            return urllib.parse.quote(word, safe="")
        return word


def _filled(template: str, words: Mapping[str, str]) -> str:
    """The template with its holes filled; other braces stay, as JSON has them."""
    for name, word in words.items():
        template = template.replace(f"{{{name}}}", word)
    return template


def adapter() -> Adapter | None:
    """The adapter that the settings name; None when text messages are off.

    ValueError on a name that there is not, or on ``http`` without an address.
    """
    chosen: dict[str, Any] = dict(settings.SMS)
    name = chosen.pop("adapter")
    if name == "off":
        return None
    if name == "file":
        return FileSink(outbox())
    if name == "http" and chosen.get("url"):
        return HttpAdapter(**chosen)
    raise ValueError("SHANHE_SMS is off, file, or http with SHANHE_SMS_URL")


def is_on() -> bool:
    """Whether codes can be sent at all."""
    return bool(settings.SMS["adapter"] != "off")


def sends_really() -> bool:
    """Whether messages leave this machine."""
    return bool(settings.SMS["adapter"] == "http")


#: Few, for a provider answers within a second; daemonic in effect, for the program waits ten seconds at most.
_pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="sms")
_file_lock = Lock()
_waiting: set[Future[None]] = set()


def send_soon(message: Message) -> None:
    """Hand the message over beside the request: the answer takes as long whether there is one to send or not.

    A failure is logged, without number and text; whoever waits for the message asks for another one.
    """
    carrier = adapter()
    if carrier is None:
        return
    future = _pool.submit(_send, carrier, message)
    _waiting.add(future)
    future.add_done_callback(_waiting.discard)


def _send(carrier: Adapter, message: Message) -> None:
    began = time.monotonic()
    try:
        carrier.send(message)
    except (OSError, ValueError) as error:
        # An HTTPError's text may hold the address, and the address the number.
        log.error("sms.failed", extra={"error": type(error).__name__, "status": getattr(error, "code", None)})
    else:
        log.info("sms.sent", extra={"ms": round(1000 * (time.monotonic() - began))})


def settled(timeout_s: float = TIMEOUT_S) -> bool:
    """Wait until what was handed over is carried out; whether all of it was."""
    return not wait(set(_waiting), timeout=timeout_s).not_done
