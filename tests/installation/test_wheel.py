"""The wheel alone, in a clean virtual environment without Node and without network, is the whole program."""

from __future__ import annotations

import re
import subprocess
import time
import urllib.request
import zipfile
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode

import pytest

from installation.installed import Installed, free_port, install, wheel_built
from tools.places import PACKAGE

pytestmark = pytest.mark.wheel

MOST_BYTES = 60_000_000


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheel_built(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(wheel, tmp_path_factory.mktemp("clean") / "venv")


def test_it_holds_what_is_built_and_nothing_of_the_workshop(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "shanhe/static/shanhe/office.js",
        "shanhe/static/shanhe/office.css",
        "shanhe/static/shanhe/office.css.br",
        "shanhe/locale/zh_Hans/LC_MESSAGES/django.mo",
        "shanhe/locale/zh_Hans/LC_MESSAGES/djangojs.mo",
        "shanhe/ground/papers/templates/sheet.typ",
        "shanhe/ground/papers/fonts/NotoSerifSC-Regular.ttf",
        "shanhe/ground/papers/fonts/NotoSerifSC-OFL.txt",
        "shanhe/ground/papers/fonts/NotoSansSC-Bold.ttf",
        "shanhe/ground/papers/fonts/NotoSansSC-OFL.txt",
        "shanhe/data/rivers/rivers_lakes.geojson.gz",
        "shanhe/ground/policies/packs/default.toml",
    } <= names
    assert {name.partition("/")[0] for name in names} == {
        "shanhe",
        wheel.name.rsplit("-", 3)[0] + ".dist-info",
    }
    assert not [name for name in names if re.search(r"__pycache__|\.pyc$|node_modules|\.env|\.sqlite3", name)]
    assert wheel.stat().st_size < MOST_BYTES


def test_every_file_of_the_package_that_git_knows_is_in_it(wheel):
    listed = subprocess.run(["git", "ls-files", "."], cwd=PACKAGE, capture_output=True, text=True, check=True)
    names = set(zipfile.ZipFile(wheel).namelist())
    there = [name for name in listed.stdout.splitlines() if (PACKAGE / name).exists()]
    assert not [name for name in there if f"shanhe/{name}" not in names]


def test_what_it_says_it_needs_is_what_the_lock_holds(installed):
    """pip finds every requirement of the wheel met by the locked libraries, and of those by each other."""
    done = subprocess.run(
        [installed.python, "-c", CHECK],
        env=installed.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == [], done.stderr
    assert done.returncode == 0, done.stderr


#: Requirements of installed packages that nobody meets. Without pip, which the clean environment has not.
CHECK = """
import re
from importlib.metadata import distributions

plain = lambda name: re.sub(r"[-_.]+", "-", name).lower()
there = {plain(each.metadata["Name"]) for each in distributions()}
for each in distributions():
    for wanted in each.requires or ():
        if ";" not in wanted and plain(re.match(r"[\\w.-]+", wanted)[0]) not in there:
            print(each.metadata["Name"], "needs", wanted)
"""


def test_a_village_office_gets_from_the_wheel_to_a_signed_sheet(installed, tmp_path):
    """A fresh start, the demonstration, serving, a page in Chinese, its style sheet, and a PDF."""
    fresh = installed.run("init", "--data-dir", str(tmp_path / "fresh"))
    assert fresh.returncode == 0, fresh.stderr
    demo = installed.run("demo", "--small", "--no-serve", "--data-dir", str(tmp_path / "demo"))
    assert demo.returncode == 0, demo.stderr
    assert "village-chief" in demo.stdout
    port = free_port()
    words = installed.command("serve", "--port", str(port), "--data-dir", str(tmp_path / "demo"))
    log = (tmp_path / "serve.log").open("w+")
    server = subprocess.Popen(words, cwd=tmp_path, env=installed.environment(), stdout=log, stderr=log)
    try:
        visit(Visitor(f"http://127.0.0.1:{port}"), server)
    except Exception as error:
        log.seek(0)
        raise AssertionError(f"the server said:\n{log.read()}") from error
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


def visit(visitor: Visitor, server: subprocess.Popen[bytes]) -> None:
    """What somebody does who has just installed it."""
    visitor.wait_until_it_answers(server)
    page = visitor.get("/accounts/login/").decode()
    assert 'lang="zh-hans"' in page
    assert "登录" in page
    style = re.search(r'href="(/static/shanhe/office\.css[^"]*)"', page)
    assert style is not None
    assert b".sh-" in visitor.get(style[1])
    visitor.sign_in("dadukou", "shanhe-demo", page)
    listed = visitor.get("/office/sheets/?system=river").decode()
    sheet = re.search(r'href="(/office/sheets/person/[^"]+/)"', listed)
    assert sheet is not None
    pdf = visitor.get(f"{sheet[1]}sheet.pdf")
    assert pdf.startswith(b"%PDF-")
    assert b"NotoSerifSC" in pdf


class Visitor:
    """A browser of few words: cookies, GET, and signing in."""

    def __init__(self, home: str) -> None:
        self.home = home
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies)
        )
        self.opener.addheaders = [("Accept-Language", "zh-CN")]

    def wait_until_it_answers(self, server: subprocess.Popen[bytes]) -> None:
        """Ask until the server answers; fails when it has ended, or after half a minute."""
        give_up = time.monotonic() + 90
        while True:
            assert server.poll() is None, f"the server ended with {server.returncode}"
            try:
                self.get("/healthz")
            except (URLError, ConnectionError):
                assert time.monotonic() < give_up, "the server does not answer"
                time.sleep(0.1)
            else:
                return

    def get(self, path: str) -> bytes:
        with self.opener.open(self.home + path, timeout=30) as answer:
            content: bytes = answer.read()
        return content

    def sign_in(self, username: str, password: str, page: str) -> None:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token is not None
        sent = urlencode(
            {"username": username, "password": password, "csrfmiddlewaretoken": token[1]}
        ).encode()
        request = urllib.request.Request(  # noqa: S310  our own server
            f"{self.home}/accounts/login/", sent, {"Referer": f"{self.home}/accounts/login/"}
        )
        with self.opener.open(request, timeout=30) as answer:
            assert answer.url.startswith(f"{self.home}/office/"), answer.url
