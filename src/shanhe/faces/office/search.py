"""One search box for areas, waters, divisions and people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.access import office_page, scope_of_request
from shanhe.ground import clock
from shanhe.ground.divisions.models import Division
from shanhe.ground.divisions.queries import divisions_found
from shanhe.ground.people.models import Person
from shanhe.ground.people.queries import people_of, with_posts
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.finding import areas_found, waters_found
from shanhe.ground.registry.models import Area, WaterBody
from shanhe.ground.registry.queries import areas_of

__all__ = ["urlpatterns"]

LONGEST = 60  # characters; the box takes no more
AT_ONCE = 12  # below the box
ON_PAGE = 30  # of each kind


@dataclass(frozen=True, slots=True)
class Result:
    """One thing found, as ``_search_results.html`` shows it."""

    url: str
    icon: str
    name: str
    note: str
    rank: int  # 0 is called so, 1 begins so, 2 else


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind, and where all of it is listed."""

    label: Any
    results: list[Result]
    all_url: str


@office_page
def search(request: HttpRequest) -> HttpResponse:
    """A dozen below the box for htmx, else a page by kind. Four queries, five with people's posts."""
    text = " ".join(request.GET.get("q", "").replace("\x00", "")[:LONGEST].split())
    scope = scope_of_request(request)
    if getattr(request, "htmx", False):
        groups = _groups(scope, text, AT_ONCE)
        return render(
            request, "shanhe/_search_results.html", {"results": _likeliest(groups), "search_text": text}
        )
    groups = [group for group in _groups(scope, text, ON_PAGE) if group.results]
    return render(request, "office/search/search.html", {"groups": groups, "search_text": text})


def _groups(scope: Scope, text: str, limit: int) -> list[Group]:
    if not text:
        return []
    asked = urlencode({"q": text})
    areas = areas_found(scope, text, limit)
    waters = waters_found(scope, text, limit)
    divisions = _divisions(scope, text, limit)
    people = list(with_posts(people_of(scope, text=text).order_by("name", "pk"), clock.today())[:limit])
    return [
        Group(_("Areas"), _results(areas, _area, text), f"{reverse('areas')}?{asked}"),
        Group(_("Rivers and lakes"), _results(waters, _water, text), ""),
        Group(_("Divisions"), _results(divisions, _division, text), ""),
        Group(_("People"), _results(people, _person, text), f"{reverse('people')}?{asked}"),
    ]


def _divisions(scope: Scope, text: str, limit: int) -> list[Division]:
    """Of one's own ground, and those in which one's single areas lie."""
    if scope.seen.everything:
        return divisions_found(text, limit=limit)
    within = scope.seen.divisions("code")
    if scope.seen.area_ids:
        within |= Q(code__in=areas_of(scope).order_by().values("division_id"))
    return divisions_found(text, within=within, limit=limit)


def _results(
    rows: Iterable[Any], shown: Callable[[Any], tuple[str, str, str, str]], text: str
) -> list[Result]:
    return [Result(*shown(row), _rank(row, text)) for row in rows]


def _rank(row: Any, text: str) -> int:
    sound = text.lower().replace(" ", "")
    if text in (row.name, getattr(row, "code", None)) or sound == row.initials:
        return 0
    return 1 if row.name.startswith(text) or row.initials.startswith(sound) else 2


def _likeliest(groups: Iterable[Group]) -> list[Result]:
    """A dozen of all kinds, what is called so before what only holds the words; kinds in their order."""
    everything = chain.from_iterable(group.results for group in groups)
    return sorted(everything, key=lambda result: result.rank)[:AT_ONCE]


def _area(area: Area) -> tuple[str, str, str, str]:
    icon = "river" if area.kind == Area.Kind.REACH else "forest"
    note = f"{area.get_kind_display()} · {area.division.name} · {area.code}"
    return reverse("area", args=[area.code]), icon, area.name, note


def _water(water: WaterBody) -> tuple[str, str, str, str]:
    note = f"{water.get_kind_display()} · {water.division.name} · {gettext('its reaches')}"
    return f"{reverse('areas')}?{urlencode({'water': water.code})}", "water", water.name, note


def _division(division: Division) -> tuple[str, str, str, str]:
    note = f"{division.get_level_display()} · {division.code}"
    return reverse("division", args=[division.code]), "division", division.name, note


def _person(person: Person) -> tuple[str, str, str, str]:
    posts = gettext(", ").join(dict.fromkeys(held.post.local_name for held in person.posts_held[:2]))  # type: ignore[attr-defined]
    note = " · ".join(word for word in (posts, person.division.name) if word)
    return reverse("person", args=[person.pk]), "person", person.name, note


urlpatterns: list[URLPattern] = [path("search/", search, name="search")]
