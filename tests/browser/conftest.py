"""The site and the browser that the tests here share, and a page of one's own for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from browser.site import program, serving
from browser.words import Words

CHROMIUM = os.environ.get("SHANHE_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
# The sandbox wants rights that a container does not give; SwiftShader draws the maps where there is no GPU.
ARGUMENTS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a small demonstration."""
    folder = tmp_path_factory.mktemp("site")
    program(folder, "demo", "--no-serve", "--small")
    return folder


@pytest.fixture(scope="session")
def site(folder: Path) -> Iterator[str]:
    """The address of a server that shows the demonstration."""
    with serving(folder) as address:
        yield address


@pytest.fixture(scope="session")
def words(folder: Path) -> Words:
    """Both catalogues and the names in the demonstration's database."""
    return Words(folder / "shanhe.sqlite3")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests; each test opens its own contexts, which share nothing."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def visitor(browser: Browser, site: str) -> Iterator[Callable[..., BrowserContext]]:
    """``visitor(locale="en", width=390)``: somebody with an empty browser in front of the site."""
    opened: list[BrowserContext] = []

    def visitor(*, locale: str = "zh-CN", width: int = 1440, **options: object) -> BrowserContext:
        context = browser.new_context(
            base_url=site,
            locale=locale,
            viewport={"width": width, "height": 844 if width < 600 else 900},
            **options,  # type: ignore[arg-type]
        )
        opened.append(context)
        return context

    yield visitor
    for context in opened:
        context.close()
