"""A phone is signed in by a QR code that the office shows, or by a number; and finds whom to call."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from browser.test_signing_in import PASSWORD

pytestmark = pytest.mark.browser

PHONE = "000-0000-0063"  # of the village chief of the demonstration, as the register writes it


def signed_in(visitor, username: str, **options):
    """A page of somebody who has signed in with the password."""
    page = visitor(**options).new_page()
    page.goto("/accounts/login/")
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/office/")
    return page


def code_shown(page) -> str:
    """The office opens the page of the village chief and makes a code; what the QR holds behind its #."""
    page.goto("/office/directory/?q=杨墩村委会&kind=chief")
    page.locator(".sh-entry a[href*='/people/']").first.click()
    page.locator("#login a[href$='/phone/']").click()
    page.locator("#code-new button[type=submit]").click()
    expect(page.locator(".sh-qr img")).to_be_visible()
    assert page.locator(".sh-qr img").evaluate("image => image.naturalWidth") > 0
    return page.locator("#code-secret").text_content().replace(" ", "")


def test_a_phone_scans_the_offices_code_and_the_office_sees_it(visitor, site):
    office = signed_in(visitor, "dadukou")
    secret = code_shown(office)
    asked: list[str] = []
    phone = visitor(width=390, is_mobile=True, has_touch=True).new_page()
    phone.on("request", lambda request: asked.append(request.url + str(request.headers)))
    phone.goto(f"/accounts/qr/#{secret}")
    confirm = phone.locator("#code-confirm")
    expect(confirm).to_contain_text("village-chief")
    assert phone.url == f"{site}/accounts/qr/"  # nothing of it is left in the address bar
    confirm.locator("button[type=submit]").click()
    phone.wait_for_url("**/office/")
    expect(office.locator("#code-state .sh-tone-green")).to_be_visible()
    assert not [one for one in asked if secret in one]
    # The same code once more, on another phone.
    other = visitor(width=390).new_page()
    other.goto(f"/accounts/qr/#{secret}")
    expect(other.locator(".alert")).to_be_visible()
    assert "/accounts/qr/" in other.url


def test_a_phone_signs_in_by_its_number(visitor, site, folder):
    phone = visitor(width=390).new_page()
    phone.goto("/accounts/login/")
    phone.locator("a[href^='/accounts/phone/']").click()
    phone.locator("[name=phone]").fill(PHONE)
    phone.locator("#phone-ask button[type=submit]").click()
    expect(phone.locator("#phone-code")).to_be_visible()
    outbox = folder / "sms" / "outbox.jsonl"
    expect(phone.locator("main")).to_contain_text(str(outbox))
    for _try in range(50):  # it is written beside the answer
        if outbox.exists():
            break
        phone.wait_for_timeout(100)
    text = json.loads(outbox.read_text("utf-8").splitlines()[-1])["text"]
    phone.locator("[name=code]").fill(re.search(r"\d{6}", text)[0])
    phone.locator("#phone-code button[type=submit]").click()
    phone.wait_for_url(f"{site}/office/")


def test_a_position_leads_to_the_people_who_answer_there_and_is_asked_for_on_a_click_only(visitor):
    where = {"longitude": 117.01, "latitude": 30.49}
    page = signed_in(visitor, "dadukou", width=390, geolocation=where, permissions=["geolocation"])
    page.goto("/office/areas/")
    page.locator("tbody tr a").first.click()
    page.wait_for_url("**/office/areas/*/")
    page.locator("a[href^='/office/call/']").click()
    expect(page.locator("#calls .sh-call").first).to_be_visible()
    assert page.locator("#calls a[href^='tel:']").count() > 0
    page.goto("/office/call/")
    assert "at=" not in page.url
    page.locator("[data-whereabouts]").click()
    page.wait_for_url("**/office/call/?at=117.0100,30.4900")
