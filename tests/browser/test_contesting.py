"""The story of a wrong verdict: contested by the chief, put right by the office; a patrol played again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PASSWORD = "shanhe-demo"
WORDS = "那天电动车坏了，我推着车走完全程，老张可以作证。"
WHY = "已向老张核实，属实。"


def signed_in(page: Page, username: str) -> Page:
    page.goto("/accounts/login/")
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    expect(page).to_have_url(re.compile("/office/"))
    return page


def the_open_contest(page: Page) -> None:
    page.goto("/office/contests/?state=filed")
    page.locator("#contests tbody a, #results tbody a").first.click()
    expect(page).to_have_url(re.compile(r"/office/contests/[0-9a-f-]{36}/"))


def test_a_wrong_verdict_is_contested_and_corrected(visitor):
    chief = signed_in(visitor(width=390).new_page(), "village-chief")
    # The demonstration's own contest is taken back, to be filed anew by hand.
    the_open_contest(chief)
    chief.locator("button[value=withdraw]").click()
    chief.locator("a[href*='/office/patrols/'][href*='area=']").first.click()
    expect(chief.locator(".sh-tone-violet.is-large")).to_be_visible()

    chief.locator("a[href*='/contest/']").first.click()
    whole = chief.locator("input[name=about][value=whole]")
    if whole.get_attribute("type") == "radio":
        whole.check()
    chief.locator("textarea[name=words]").fill(WORDS)
    chief.locator("main form button[type=submit]").last.click()
    expect(chief).to_have_url(re.compile(r"/office/contests/[0-9a-f-]{36}/"))
    address = chief.url

    office = signed_in(visitor(width=1440).new_page(), "dadukou")
    expect(office.locator(f"a[href='{re.sub('^https?://[^/]+', '', address)}']").first).to_be_visible()
    office.goto(address)
    office.locator("input[name=result][value=whole]").check()
    office.locator("#decide textarea[name=words]").fill(WHY)
    office.locator("#decide button[type=submit]").click()
    expect(office.locator("#decide")).to_have_count(0)

    chief.goto(address)
    chief.locator("a[href*='/office/patrols/'][href*='area=']").first.click()
    expect(chief.locator(".sh-tone-green.is-large")).to_be_visible()
    expect(chief.locator("#history")).to_contain_text(WHY)


def test_a_patrol_is_played_with_keyboard_and_button(visitor):
    page = signed_in(visitor(width=390).new_page(), "village-chief")
    page.goto("/office/patrols/")
    page.locator("#results tbody a").first.click()
    player = page.locator("[data-replay][data-ready='1']")
    expect(player).to_be_visible(timeout=20_000)
    page.locator("[data-replay-time]").press("ArrowRight")
    expect(player).to_have_attribute("data-at", "10.0")
    page.locator("[data-replay-play]").click()
    expect(player).not_to_have_attribute("data-at", "10.0")
    page.locator("[data-replay-play]").click()
    expect(page.locator(".sh-walker")).to_be_attached()
