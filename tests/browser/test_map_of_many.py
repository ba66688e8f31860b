"""The map of more areas than one file holds: tiles that are drawn, coloured, pointed at, left close by."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from browser.site import serving

pytestmark = pytest.mark.browser

RESTED = "[data-map][data-drawn]:not([data-drawn='0'])"
COLOURED = """() => {
  const view = window.shanheMap.view;
  const names = ["tiled-line", "tiled-fill"].filter((name) => view.getLayer(name));
  const found = view.queryRenderedFeatures({ layers: names });
  return [found.length, found.filter((feature) => feature.state.state).length];
}"""
MIDDLE = """() => {
  const view = window.shanheMap.view;
  const found = view.queryRenderedFeatures({ layers: ["tiled-line"] }).filter((one) => one.state.state);
  const { type, coordinates } = found[0].geometry;
  const line = type === "LineString" ? coordinates : coordinates[0];
  const at = view.project(line[Math.floor(line.length / 2)]);
  return [at.x, at.y];
}"""


@pytest.fixture
def page(browser: Browser, folder):
    with serving(folder, SHANHE_MAP_MOST="20") as address:
        context = browser.new_context(
            base_url=address, locale="zh-CN", viewport={"width": 1440, "height": 900}
        )
        page = context.new_page()
        page.goto("/accounts/login/")
        page.locator("[name=username]").fill("kashgar")
        page.locator("[name=password]").fill("shanhe-demo")
        page.locator("[name=password]").press("Enter")
        page.wait_for_url("**/office/**")
        page.goto("/office/map/")
        page.wait_for_selector(RESTED)
        page.wait_for_selector(".sh-legend .sh-count")
        yield page
        context.close()


CLOSE = """([x, y]) => new Promise((resolve) => {
  const view = window.shanheMap.view;
  view.jumpTo({ center: view.unproject([x, y]), zoom: 12.5 });
  const count = (...names) => names.reduce((sum, name) => sum + window.shanheMap.rendered(name), 0);
  const last = performance.now() + 30_000;
  const look = () => {
    const counts = [count("area-line", "area-line-sketch"), count("tiled-line", "tiled-fill")];
    if ((counts[0] > 0 && counts[1] === 0) || performance.now() > last) resolve(counts);
    else requestAnimationFrame(look);
  };
  look();
})"""


def test_lines_come_as_tiles_coloured_by_how_they_stand_and_more_is_told_close_by(page):
    drawn, coloured = page.evaluate(COLOURED)
    assert drawn > 20
    assert coloured > 20
    x, y = page.evaluate(MIDDLE)
    box = page.locator("[data-map]").bounding_box()
    page.mouse.click(box["x"] + x, box["y"] + y)
    link = page.locator(".sh-popup a").first
    expect(link).to_be_visible()
    assert "/office/areas/" in link.get_attribute("href")
    near, tiled = page.evaluate(CLOSE, [x, y])
    assert near > 0
    assert tiled == 0
