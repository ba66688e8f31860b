"""Signing in with a real browser: both languages, the wrong password, the right one."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PASSWORD = "shanhe-demo"
WORDS = {
    "zh-CN": ("zh-hans", "登录", "用户名或密码错误"),
    "en-GB": ("en", "Sign in", "Username or password is wrong"),
}


def sign_in(page, password: str) -> None:
    page.locator("[name=username]").fill("village-chief")
    page.locator("[name=password]").fill(password)
    page.locator("[name=password]").press("Enter")


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("locale", sorted(WORDS))
def test_the_sign_in_page_speaks_the_visitors_language(visitor, locale, width):
    language, title, _wrong = WORDS[locale]
    page = visitor(locale=locale, width=width).new_page()
    page.goto("/accounts/login/")
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("h1")).to_have_text(title)


@pytest.mark.parametrize("locale", sorted(WORDS))
def test_a_wrong_password_is_answered_in_words_and_the_name_stays(visitor, locale):
    page = visitor(locale=locale).new_page()
    page.goto("/accounts/login/")
    sign_in(page, "wrong")
    expect(page.locator("main")).to_contain_text(WORDS[locale][2])
    expect(page.locator("[name=username]")).to_have_value("village-chief")
    expect(page.locator("[name=password]")).to_have_value("")


def test_the_right_password_leads_to_where_one_wanted_to_go(visitor, site):
    page = visitor(width=390).new_page()
    page.goto("/accounts/devices/")
    expect(page).to_have_url(f"{site}/accounts/login/?next=/accounts/devices/")
    sign_in(page, PASSWORD)
    expect(page).to_have_url(f"{site}/accounts/devices/")
    expect(page.locator("h1")).to_be_visible()
