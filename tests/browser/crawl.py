"""Goes through the site by its links alone, as one who is signed in; notes a page or two of each route."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar

from django.urls import Resolver404, resolve

__all__ = ["Reached", "Visitor", "route_of"]

PASSWORD = "shanhe-demo"
#: Addresses of one route that are opened: two kinds of areas, two verdicts.
MOST_OF_A_ROUTE = 2
LINKS = {"href", "src", "data-source", "data-base-source", "data-href"}


@dataclass(frozen=True, slots=True)
class Reached:
    """An address that a link led to, and what it answered."""

    route: str
    address: str
    status: int
    is_page: bool  # HTML, for the browser; else data, a picture or a file
    linked_from: str


class Links(HTMLParser):
    """The addresses in a page that a browser or a person may follow."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.token = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("name") == "csrfmiddlewaretoken":
            self.token = given.get("value") or ""
        self.found += [value for name, value in attrs if name in LINKS and value]
        if tag == "form" and (given.get("method") or "get").lower() == "get":
            self.found.append(given.get("action") or "")


@dataclass
class Visitor:
    """Somebody with a browser's cookies; ``username`` "" is nobody."""

    site: str
    username: str
    cookies: CookieJar = field(default_factory=CookieJar)

    def __post_init__(self) -> None:
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        if self.username:
            self._sign_in()

    def _sign_in(self) -> None:
        _status, _type, text = self.open("/accounts/login/")
        fields = {
            "csrfmiddlewaretoken": Links(text).token,
            "username": self.username,
            "password": PASSWORD,
            "next": "/accounts/devices/",
        }
        body = urllib.parse.urlencode(fields).encode()
        request = urllib.request.Request(f"{self.site}/accounts/login/", body, {"Referer": self.site})  # noqa: S310
        with self._opener.open(request, timeout=60) as answer:
            assert answer.url.endswith("/accounts/devices/"), f"{self.username} could not sign in"

    def open(self, address: str) -> tuple[int, str, str]:
        """Status, media type and text of an address."""
        request = urllib.request.Request(self.site + address, headers={"Accept-Language": "zh-CN"})  # noqa: S310
        try:
            with self._opener.open(request, timeout=60) as answer:
                kind = answer.headers.get_content_type()
                text = answer.read().decode("utf-8", "replace") if kind == "text/html" else ""
                return answer.status, kind, text
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.headers.get_content_type(), ""

    def reached(self, *starts: str) -> Iterator[Reached]:
        """Everything that links lead to from ``starts``, each route a few times at most."""
        waiting = deque((start, "") for start in starts)
        known, opened = set(starts), dict[str, int]()
        while waiting:
            address, origin = waiting.popleft()
            route = route_of(address)
            if route is None or opened.get(route, 0) >= MOST_OF_A_ROUTE:
                continue
            opened[route] = opened.get(route, 0) + 1
            status, kind, text = self.open(address)
            yield Reached(route, address, status, kind == "text/html", origin)
            for link in Links(text).found:
                whole = urllib.parse.urljoin(address, link).partition("#")[0]
                if whole.startswith("/") and not whole.startswith(("//", "/static/")) and whole not in known:
                    known.add(whole)
                    waiting.append((whole, address))


def route_of(address: str) -> str | None:
    """The name of the route behind an address; None when there is none."""
    try:
        return resolve(urllib.parse.unquote(address.partition("?")[0])).view_name
    except Resolver404:
        return None
