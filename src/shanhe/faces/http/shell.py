"""What every page's shell needs: navigation by question, light or dark, and whether this is a demo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from shanhe.ground import clock
from shanhe.ground.people.scope import Scope

__all__ = ["NAVIGATION", "Place", "shell"]

THEMES = frozenset({"light", "dark"})
SIZES = frozenset({"large"})


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation: a question and the page that answers it."""

    url: str
    label: Any  # lazily translated
    icon: str
    on_phone_bar: bool = False
    begins_group: bool = False
    may: Callable[[Scope], bool] = bool  # a scope is always true: everybody


def _keeps_records(scope: Scope) -> bool:
    return scope.is_administrator or bool(scope.managed)


NAVIGATION = (
    Place("/office/", _("What I answer for"), "home", on_phone_bar=True),
    Place("/office/map/", pgettext_lazy("navigation", "Map"), "map", on_phone_bar=True),
    Place("/office/patrols/", _("Patrols"), "patrol", on_phone_bar=True),
    Place("/office/sheets/", _("Monthly sheets"), "file"),
    Place("/office/areas/", _("Areas"), "area", on_phone_bar=True),
    Place("/office/contests/", _("Contests"), "flag"),
    Place("/office/gaps/", _("Areas without a keeper"), "vacant"),
    Place("/office/people/", _("People"), "people", begins_group=True),
    Place("/office/handovers/", _("Handovers"), "refresh"),
    Place("/office/directory/", _("Directory"), "phone"),
    Place("/office/divisions/", _("Divisions"), "division"),
    Place("/office/import/", _("Bring data"), "import", may=_keeps_records),
    Place("/office/ledger/", _("Ledger"), "ledger", may=_keeps_records),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor. Costs no query until the template shows who is signed in."""
    return {
        "navigation": SimpleLazyObject(lambda: _unless_broken(_navigation, request, [])),
        "is_demo": settings.DEMO,
        "theme": _chosen(request, "shanhe_theme", THEMES),
        "text_size": _chosen(request, "shanhe_size", SIZES),
        "tianditu_key": (settings.TIANDITU_KEY or [""])[0],
        "signed_in": SimpleLazyObject(lambda: _unless_broken(_signed_in, request, {})),
        "shown_at": clock.now(),
    }


def _unless_broken(ask: Callable[[HttpRequest], Any], request: HttpRequest, otherwise: Any) -> Any:
    """The page that says "the database is gone" has a shell, too."""
    try:
        return ask(request)
    except DatabaseError:
        return otherwise


def _chosen(request: HttpRequest, cookie: str, known: frozenset[str]) -> str:
    value = request.COOKIES.get(cookie, "")
    return value if value in known else ""


def _navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The places this scope may go to; ``is_current`` marks the one that holds the present page."""
    scope = getattr(request, "scope", None)
    if scope is None or scope.user_id is None:
        return []
    places = [place for place in NAVIGATION if place.may(scope)]
    here = max((p.url for p in places if _holds(p, request.path)), key=len, default="")
    return [
        {
            "url": place.url,
            "label": place.label,
            "icon": place.icon,
            "on_phone_bar": place.on_phone_bar,
            "begins_group": place.begins_group,
            "is_current": place.url == here,
        }
        for place in places
    ]


def _holds(place: Place, path: str) -> bool:
    return path == place.url or (place.url != "/office/" and path.startswith(place.url))


def _signed_in(request: HttpRequest) -> dict[str, str]:
    """Name and posts of the login, for the menu."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    name = user.person.name if user.person_id else user.get_username()
    scope = getattr(request, "scope", None)
    words = list(scope.titles) if scope is not None else []
    if scope is not None and scope.is_administrator:
        words.append(gettext("System administrator"))
    return {
        "name": name,
        "initial": name[:1],
        "posts": gettext(", ").join(words),
        "username": user.get_username(),
    }
