"""The first page for everybody: what this is and where to go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from shanhe.ground import clock
from shanhe.ground.audit.models import DayRoot
from shanhe.ground.audit.queries import day_roots
from shanhe.ground.registry.public import Figures, public_figures
from shanhe.kernel.errors import gettext_noop

__all__ = ["urlpatterns"]

#: Who may be tried in the demonstration, a few that see much; ``shanhe demo`` prints them all.
DEMO_ACCOUNTS = (
    ("dadukou", gettext_noop("Dadukou town forest chief's office")),
    ("kashgar", gettext_noop("Kashgar prefecture river chief's office")),
    ("village-chief", gettext_noop("a village river and forest chief in Dadukou")),
    ("ranger", gettext_noop("a ranger in Dadukou")),
)
FIGURES_KEPT_S = 60  # they change by the day; a crowd on the first page must not count areas each time


@dataclass(frozen=True, slots=True)
class Known:
    """What the first page says of this installation."""

    figures: Figures
    newest_root: DayRoot | None


@require_safe
def landing_page(request: HttpRequest) -> HttpResponse:
    """What Shanhe is, what it cares for here, and the doors."""
    known = cast(Known, cache.get_or_set("portal:known", _known, FIGURES_KEPT_S))
    context = {
        "figures": known.figures,
        "newest_root": known.newest_root,
        "doors": _doors(request),
        "steps": _steps(),
        "demo_accounts": [(name, _(who)) for name, who in DEMO_ACCOUNTS] if settings.DEMO else [],
    }
    return render(request, "portal/landing.html", context)


def _known() -> Known:
    return Known(public_figures(clock.today()), day_roots().first())


def _doors(request: HttpRequest) -> list[tuple[str, str, str, str]]:
    """(icon, title, sentence, address)"""
    office = (
        ("home", _("To the office"), _("You are signed in. Go on where you left off."), reverse("home"))
        if request.user.is_authenticated
        else (
            "office",
            _("Sign in to the office"),
            _("For chiefs, their offices, rangers and patrollers."),
            reverse("login"),
        )
    )
    return [
        office,
        (
            "patrol",
            _("Try a track"),
            _("Check a GPS track of your own against a line you draw. No account, nothing is kept."),
            reverse("try"),
        ),
        (
            "shield",
            _("Published proofs"),
            _("The day roots of the ledger, and how to check a record without trusting us."),
            reverse("proof"),
        ),
        (
            "file",
            _("For programs"),
            _("The JSON API, with every route described."),
            reverse("api-v1:openapi-view"),
        ),
    ]


def _steps() -> list[tuple[str, str, str]]:
    """(head, sentence, address) of how it works, for a citizen."""
    return [
        (
            _("Everything has a keeper"),
            _("Each stretch of river and each patch of forest has somebody who answers for it, day by day."),
            "",
        ),
        (
            _("The keeper walks it"),
            _("The phone records the way; the patrol reaches the office with its track."),
            "",
        ),
        (
            _("The way is verified"),
            _("How much was really walked, how fast, and whether anything looks made up: with reasons."),
            reverse("try"),
        ),
        (
            _("The record stays"),
            _("Each record is chained to the one before; a daily root is published, so changes show."),
            reverse("proof"),
        ),
    ]


@require_safe
@cache_control(public=True, max_age=86_400)
def robots(request: HttpRequest) -> HttpResponse:
    """What search engines may read: the public pages."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {place}" for place in ("/office/", "/accounts/", "/api/", "/i18n/")),
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


class Favicon(RedirectView):
    """Where browsers look without being told."""

    def get_redirect_url(self, *args: object, **kwargs: object) -> str:
        """The mark of the house."""
        return static("shanhe/brand.svg")


urlpatterns: list[URLPattern] = [
    path("", landing_page, name="landing"),
    path("robots.txt", robots, name="robots"),
    path("favicon.ico", Favicon.as_view(), name="favicon"),
]
