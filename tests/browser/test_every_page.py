"""Every page that links lead to, in both languages and at both widths, as those who use it.

What is looked for: a broken content security policy, console errors, failed requests, pages wider than a
phone, words in the wrong language, serious findings of axe, maps and charts that draw nothing. The Chinese
round is made in the light, the English one in the dark, so that contrast is measured in both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext

from browser.crawl import Reached, Visitor, route_of
from browser.watching import Watched, texts_on
from browser.words import Words
from contract.routes import pages

pytestmark = pytest.mark.browser

#: Those who use the site in different ways: two of them open each page that they reach.
ROLES = ("village-chief", "dadukou", "kashgar", "admin", "dongzhi", "ranger", "")
EYES = 2
STARTS = {"": ("/", "/accounts/login/")}
#: No link leads there: for machines, asked for by scripts, or answers to something that was sent.
NOT_LINKED = {
    *("healthz", "robots", "favicon", "javascript-catalog", "set_language", "logout", "pick"),
    *("api-v1:openapi-json", "api-v1:openapi-view", "api-v1:api-root"),
    *(
        "device-sign-out",
        "code-state",
        "code-revoke",
        "organization-chart-part",
        "account-close",
        "account-reopen",
        "account-device-out",
        "account-open",
        "account-reset",
    ),
    *("area-retire", "areas-nearby", "home-steps", "ledger-verify", "proof-check", "job", "proof-day"),
    *("job-file", "sheets-make"),
    # What scripts and maps ask for.
    *("map-states", "tile", "patrol-walk", "sticker-picture", "import-map"),
    # What follows a form that the crawl does not post; their own tests and stories open them.
    *("import", "import-faults", "import-match", "import-preview", "import-read", "import-take"),
    *("import-withdraw", "handover-confirm", "handover-paper", "handover-refuse", "handover-withdraw"),
    *("handovers-sheet", "reverification", "reverification-act", "reverification-xlsx"),
    *("start-posts", "start-rules", "area-appoint", "contest-new", "leave-end", "reach-ends"),
}


#: Written by others, in English, for programmers: only our policy and our links are tried there.
NOT_OURS = {"api-v1:openapi-view"}


@dataclass(frozen=True, slots=True)
class Found:
    """What each role reached by links."""

    visitors: dict[str, Visitor]
    reached: dict[str, list[Reached]]

    def pages_of(self, role: str) -> list[str]:
        """Addresses of pages that this role opens in the browser: those which few before it have opened."""
        taken: dict[str, int] = {}
        mine: list[str] = []
        for name in ROLES:
            routes = {each.route: each for each in reversed(self.reached[name]) if _opens(each)}
            for route, each in routes.items():
                if taken.get(route, 0) < EYES:
                    taken[route] = taken.get(route, 0) + 1
                    mine += [each.address] if name == role else []
        return mine


def _opens(each: Reached) -> bool:
    """A page for the browser; a dead link has a test of its own."""
    return each.is_page and each.status == 200


@pytest.fixture(scope="session")
def found(site: str) -> Found:
    """The site as its links show it to each role."""
    visitors = {role: Visitor(site, role) for role in ROLES}
    starts = {role: STARTS.get(role, ("/office/", "/accounts/devices/")) for role in ROLES}
    return Found(visitors, {role: list(visitors[role].reached(*starts[role])) for role in ROLES})


@pytest.fixture
def signed_in(
    visitor: Callable[..., BrowserContext], site: str, found: Found
) -> Callable[..., BrowserContext]:
    """A browser of a role, by the cookies it signed in with."""

    def signed_in(role: str, *, is_dark: bool = False, **options: object) -> BrowserContext:
        context = visitor(color_scheme="dark" if is_dark else "light", **options)
        kept = [(cookie.name, cookie.value or "") for cookie in found.visitors[role].cookies]
        context.add_cookies([{"name": name, "value": value, "url": site} for name, value in kept])
        return context

    return signed_in


def test_no_link_leads_nowhere(found):
    dead = [
        f"{role}: {each.address} → {each.status}, from {each.linked_from}"
        for role, reached in found.reached.items()
        for each in reached
        if each.status != 200
    ]
    assert not dead, "\n" + "\n".join(dead)


def test_every_page_is_reached_by_links(found):
    reached = {each.route for rows in found.reached.values() for each in rows}
    hidden = sorted({route.key for route in pages()} - reached - NOT_LINKED)
    assert not hidden, ", ".join(hidden)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_every_page_is_whole(signed_in, found, words, role, language):
    is_english = language == "en-GB"
    context = signed_in(role, locale=language, is_dark=is_english, width=390)
    watched, faults = Watched(context.new_page()), []
    for address in found.pages_of(role):
        faults += [f"{address}: {fault}" for fault in faults_of(watched, address, words, is_english)]
    assert not faults, f"{len(faults)} found:\n" + "\n".join(faults)


def faults_of(watched: Watched, address: str, words: Words, is_english: bool) -> list[str]:
    """All that is wrong with one page; Chinese is examined by axe at a phone's width, English at a desk's."""
    watched.page.set_viewport_size({"width": 390, "height": 844})
    watched.open(address)
    if route_of(address) in NOT_OURS:
        return watched.taken()
    watched.look_at_width()
    if not is_english:
        watched.look_with_axe()
    watched.page.set_viewport_size({"width": 1440, "height": 900})
    watched.look_at_width()
    if is_english:
        watched.look_with_axe()
    texts = texts_on(watched.page)
    wrong = words.chinese_in(texts) if is_english else words.english_in(texts)
    return [*watched.taken(), *(f"not translated: {text}" for text in wrong)]
