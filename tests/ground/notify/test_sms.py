"""Text messages: the outbox that sends nothing, any provider by templates, and no number in any log."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from shanhe.ground.notify import sms
from shanhe.ground.notify.sms import FileSink, HttpAdapter, Message
from shanhe.project import environment

AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
MESSAGE = Message("13900001111", '登录验证码 "012345"，5 分钟内有效。', AT, "012345")


class Provider(BaseHTTPRequestHandler):
    """Answers as a provider does, and keeps what it was asked."""

    asked: list[dict[str, Any]]
    status, said = 200, '{"code":"OK"}'

    def do_POST(self) -> None:  # the name that the base class asks for
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size).decode()
        self.asked.append({"path": self.path, "headers": dict(self.headers), "body": body})
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.said.encode())

    do_GET = do_POST  # noqa: N815

    def log_message(self, *arguments: Any) -> None:
        """Nothing on the test's screen."""


@pytest.fixture
def provider() -> Iterator[type[Provider]]:
    handler = type("P", (Provider,), {"asked": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    handler.address = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield handler
    server.shutdown()
    thread.join()
    server.server_close()


# -- the outbox ------------------------------------------------------------------------------------------


def test_the_outbox_holds_the_last_messages_and_is_its_owners_alone(tmp_path):
    sink = FileSink(tmp_path / "sms" / "outbox.jsonl", kept=2)
    for number in range(3):
        sink.send(Message(f"1390000000{number}", f"{number}", AT))
    lines = [json.loads(line) for line in sink.path.read_text("utf-8").splitlines()]
    assert [line["text"] for line in lines] == ["1", "2"]
    assert sink.path.stat().st_mode & 0o077 == 0


# -- a provider ------------------------------------------------------------------------------------------


def test_places_in_a_json_body_are_filled_and_escaped(provider):
    body = '{"to": "+86{phone}", "params": {"code": "{code}"}, "text": "{text}"}'
    headers = {"Authorization": "Bearer secret"}
    HttpAdapter(f"{provider.address}/send", body=body, headers=headers, expect='"OK"').send(MESSAGE)
    (asked,) = provider.asked
    assert json.loads(asked["body"]) == {
        "to": "+8613900001111",
        "params": {"code": "012345"},
        "text": MESSAGE.text,
    }
    assert asked["headers"]["Authorization"] == "Bearer secret"


def test_places_in_an_address_are_filled_and_escaped(provider):
    HttpAdapter(f"{provider.address}/?to={{phone}}&text={{text}}", method="GET").send(MESSAGE)
    assert provider.asked[0]["path"].startswith("/?to=13900001111&text=%E7%99%BB")
    assert provider.asked[0]["body"] == ""


@pytest.mark.parametrize(("status", "said"), [(500, '"OK"'), (200, '{"code":"LIMIT"}')])
def test_a_provider_that_did_not_take_it_is_an_error(provider, status, said):
    provider.status, provider.said = status, said
    with pytest.raises((OSError, ValueError)):
        HttpAdapter(f"{provider.address}/", body="{}", expect='"OK"').send(MESSAGE)


def test_no_other_scheme_is_asked(tmp_path):
    with pytest.raises(ValueError, match="https"):
        HttpAdapter(f"file://{tmp_path}/{{phone}}", method="GET").send(MESSAGE)


def test_a_failure_is_logged_without_number_and_text(provider, settings, caplog):
    provider.status = 503
    settings.SMS = {"adapter": "http", "url": f"{provider.address}/{{phone}}/{{code}}", "body": "{text}"}
    sms.send_soon(MESSAGE)
    assert sms.settled()
    assert "sms.failed" in caplog.text
    assert not [word for word in (MESSAGE.phone, MESSAGE.code, MESSAGE.text) if word in caplog.text]


def test_off_sends_nothing(settings):
    settings.SMS = {"adapter": "off"}
    assert not sms.is_on()
    sms.send_soon(MESSAGE)
    assert sms.settled()


# -- settings --------------------------------------------------------------------------------------------


def test_messages_go_to_the_file_unless_a_provider_is_named(monkeypatch):
    monkeypatch.delenv("SHANHE_SMS", raising=False)
    assert environment.sms() == {"adapter": "file"}


def test_the_environment_describes_a_provider(monkeypatch, settings):
    monkeypatch.setenv("SHANHE_SMS", "http")
    monkeypatch.setenv("SHANHE_SMS_URL", "https://sms.example.cn/send")
    monkeypatch.setenv("SHANHE_SMS_BODY", '{"to":"{phone}","text":"{text}"}')
    monkeypatch.setenv("SHANHE_SMS_HEADERS", '{"Authorization": "Bearer x"}')
    settings.SMS = environment.sms()
    found = sms.adapter()
    assert isinstance(found, HttpAdapter)
    assert found.headers == {"Authorization": "Bearer x"}
    assert found.method == "POST"
    assert sms.sends_really()


@pytest.mark.parametrize(
    "given",
    [
        {"SHANHE_SMS": "pigeon"},
        {"SHANHE_SMS": "http"},
        {"SHANHE_SMS": "http", "SHANHE_SMS_URL": "ftp://x"},
        {"SHANHE_SMS": "http", "SHANHE_SMS_URL": "https://x", "SHANHE_SMS_METHOD": "SING"},
        {"SHANHE_SMS": "http", "SHANHE_SMS_URL": "https://x", "SHANHE_SMS_HEADERS": "A: b"},
    ],
)
def test_a_setting_that_cannot_be_used_stops_the_start_and_names_itself(monkeypatch, given):
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match="SHANHE_SMS"):
        environment.sms()
