"""Whom do I call: from a place or an area to the people who answer for it today, on one screen of a phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.access import office_page, scope_of_request
from shanhe.faces.http.filters import Filter, Filters, Unfit, code_or_name, text
from shanhe.ground import clock
from shanhe.ground.people.models import Organization
from shanhe.ground.people.phones import chain_phones
from shanhe.ground.people.queries import people_of
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.finding import areas_found
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.offices import offices_of
from shanhe.ground.registry.queries import area_in, areas_of, valid_on
from shanhe.ground.registry.responsibility import Answerable, chain_of, held_areas
from shanhe.ground.registry.window import near_areas
from shanhe.kernel.codes import level_rank
from shanhe.kernel.errors import gettext_noop

__all__ = ["Call", "calls_for", "urlpatterns"]

WITHIN_M = 3_000.0  # of somebody's position: farther away it is another valley
SAME_M = 50.0  # nearer to one another than a phone knows its place: reaches of two levels on one river
NEAR = 5  # areas named round a position
OWN = 8  # areas of one's own to choose from
FOUND = 8

CHIEFS = ("chief", "deputy_chief", "general_chief", "deputy_general_chief")
WALKERS = ("patroller", "ranger")


@dataclass(frozen=True, slots=True)
class Call:
    """One line of the screen: in which role, who, and the numbers to choose from (icon, what, number)."""

    role: str
    name: str
    numbers: tuple[tuple[str, str, str], ...]
    person_id: int | None = None
    note: str = ""
    is_missing: bool = False


# -- whom ------------------------------------------------------------------------------------------------


def calls_for(
    area: Area, chain: Sequence[Answerable], office: Organization | None, phones: Mapping[int, str]
) -> tuple[list[Call], list[Call]]:
    """(the first to call, everybody else in the chain) for an area, by its chain of today.

    First the chief of the area's own level, or that nobody is and who is next above; then who walks it, the
    chief's office, the police. ``phones``: person id → work phone that the reader may see.
    """
    there = [one for one in chain if one.away_until is None]
    own = [one for one in there if one.kind in CHIEFS and one.is_keeper and one.level == area.level]
    first: list[Call] = []
    if not own:
        first.append(Call(gettext("Chief of this area"), gettext("nobody at present"), (), is_missing=True))
        own = _next_above(area, there)
    chosen = own[:2] + [one for one in there if one.kind in WALKERS][:2]
    first += [_call(one, phones) for one in chosen]
    if office is not None:
        numbers = _numbers("", office.office_phone)
        first.append(Call(gettext("Chief's office"), office.name, numbers))
    police = [one for one in reversed(there) if one.kind == "police"][:1]
    first += [_call(one, phones) for one in police]
    shown = {id(one) for one in (*chosen, *police)}
    return first, [_call(one, phones) for one in chain if id(one) not in shown]


def _next_above(area: Area, chain: Sequence[Answerable]) -> list[Answerable]:
    """The chief of the nearest level above who answers for it; a general chief where there is no other."""
    upper = [one for one in chain if one.kind in CHIEFS and level_rank(one.level) <= level_rank(area.level)]
    return sorted(upper, key=lambda one: (-level_rank(one.level), not one.is_keeper, one.rank))[:1]


def _call(one: Answerable, phones: Mapping[int, str]) -> Call:
    return Call(
        one.post_local_name,
        one.shown_name,
        _numbers(phones.get(one.person_id, ""), one.office_phone),
        one.person_id,
        _note(one),
    )


def _note(one: Answerable) -> str:
    if one.away_until is None:
        return one.organization_name
    return gettext("on leave until %(day)s") % {"day": one.away_until.isoformat()}


def _numbers(work: str, office: str) -> tuple[tuple[str, str, str], ...]:
    """The person's own number before the office's; one that is both stands once."""
    found = [("phone", gettext("Work phone"), work)] if work else []
    of_office = [("office", gettext("Office phone"), office)] if office and office != work else []
    return (*found, *of_office)


# -- page ------------------------------------------------------------------------------------------------


def _place(given: str) -> tuple[float, float]:
    """Longitude and latitude in degrees."""
    try:
        lon, lat = (float(part) for part in given.split(","))
    except ValueError:
        raise Unfit(gettext_noop("A place is written as longitude,latitude in degrees.")) from None
    if not (-180 <= lon <= 180 and -85 <= lat <= 85):
        raise Unfit(gettext_noop("A place is written as longitude,latitude in degrees."))
    return lon, lat


ASKED = Filters(
    Filter("area", _("Area"), text, lambda rows, _v: rows),
    Filter("at", _("Place"), _place, lambda rows, _v: rows),
    Filter("q", _("Area by name or code"), code_or_name, lambda rows, _v: rows),
)


@office_page
def call_page(request: HttpRequest) -> HttpResponse:
    """By ``area=CODE``, or ``at=lon,lat`` for the area nearest to a place; without either, how to choose."""
    scope = scope_of_request(request)
    asked = ASKED.read(request.GET).values
    nearby = _near(scope, asked["at"]) if "at" in asked else []
    area = _area(scope, asked["area"]) if "area" in asked else nearby[0][0] if nearby else None
    words = asked.get("q", "")
    context: dict[str, Any] = {
        "crumbs": [(gettext("Whom to call"), None)],
        "area": area,
        "nearby": nearby,
        "distance_m": nearby[0][1] if nearby and area is nearby[0][0] else None,
        "found_nothing": "at" in asked and not nearby,
        "words": words,
        "found": areas_found(scope, words, FOUND) if words else [],
        "own": _own(scope) if area is None else [],
        **(_whom(scope, area) if area is not None else {}),
    }
    response = render(request, "office/call/page.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def _area(scope: Scope, code: str) -> Area:
    try:
        return area_in(scope, code)
    except Area.DoesNotExist:
        raise Http404 from None


def _near(scope: Scope, place: tuple[float, float]) -> list[tuple[Area, float]]:
    """The areas seen round a place, the nearest first; of those as near, the lowest level first."""
    metres = near_areas(*place, WITHIN_M)
    seen = areas_of(scope).filter(valid_on(clock.today()), pk__in=metres)
    found = [(area, metres[area.pk]) for area in seen]
    return sorted(found, key=lambda one: (one[1] // SAME_M, -level_rank(one[0].level), one[1]))[:NEAR]


def _own(scope: Scope) -> list[Area]:
    """Areas that one answers for oneself, to choose from."""
    if scope.person_id is None:
        return []
    rows = areas_of(scope).filter(valid_on(clock.today()), pk__in=held_areas(scope.person_id, clock.today()))
    return list(rows.order_by("level", "code")[:OWN])


def _whom(scope: Scope, area: Area) -> dict[str, Any]:
    day = clock.today()
    chain = chain_of(area, day)
    ids = [one.person_id for one in chain]
    first, others = calls_for(area, chain, offices_of([area]).get(area.pk), chain_phones(scope, ids, day))
    seen = people_of(scope).filter(pk__in=ids).order_by().values_list("pk", flat=True)
    return {"first": first, "others": others, "people_seen": set(seen)}


urlpatterns: list[URLPattern] = [path("call/", call_page, name="call")]
