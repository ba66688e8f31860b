"""Takes the pictures of the READMEs from a running demonstration: ``python -m tools.screenshots [ADDRESS]``.

Start ``./run demo`` first. Needs Chromium (``SHANHE_CHROMIUM`` or one on the system) and Chinese fonts; the
pictures are made smaller with Pillow, so that the repository does not grow by megabytes.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tools.places import ROOT
from tools.system import browser_ensure
from tools.tell import say

__all__ = ["main"]

FOLDER = ROOT / "docs" / "img"
ADDRESS = "http://127.0.0.1:8000"
PASSWORD = "shanhe-demo"  # noqa: S105  the demonstration's, known to everybody
SIZE = (1440, 900)
COLOURS = 160  # a flat page needs no more
LANGUAGES = {"zh": "zh-CN", "en": "en"}


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its name, who is signed in, and the page; each in both languages."""

    name: str
    username: str
    path: str


PICTURES = (Picture("map", "dadukou", "/office/map/"),)


def main(args: Sequence[str]) -> int:
    """Take all pictures from the server at the address."""
    address = args[0].rstrip("/") if args else ADDRESS
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_ensure(),
            args=["--no-sandbox", "--use-gl=swiftshader", "--enable-webgl", "--ignore-gpu-blocklist"],
        )
        for picture in PICTURES:
            for language, locale in LANGUAGES.items():
                target = FOLDER / f"{picture.name}-{language}.png"
                target.write_bytes(_smaller(_taken(browser, address, picture, locale)))
                say(f"  {target.relative_to(ROOT)}  {target.stat().st_size / 1000:.0f} kB")
        browser.close()
    return 0


def _taken(browser: Browser, address: str, picture: Picture, locale: str) -> bytes:
    context = browser.new_context(
        viewport={"width": SIZE[0], "height": SIZE[1]}, locale=locale, color_scheme="light"
    )
    page = context.new_page()
    _sign_in(page, address, picture.username)
    page.goto(address + picture.path)
    page.wait_for_load_state("networkidle")
    if page.locator("[data-map]").count():
        page.wait_for_selector("[data-map][data-drawn]")
        page.wait_for_timeout(1_000)  # names are placed after the lines
    taken = page.screenshot()
    context.close()
    return taken


def _sign_in(page: Page, address: str, username: str) -> None:
    page.goto(f"{address}/accounts/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/office/**")


def _smaller(png: bytes) -> bytes:
    """The same picture with a palette: a third of the bytes."""
    packed = io.BytesIO()
    flat = Image.open(io.BytesIO(png)).convert("RGB")
    flat.quantize(COLOURS, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
    return packed.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
