"""Setting up a place, step by step: left at any point, continued where it stands."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.faces.http.forms import refusal_into
from shanhe.faces.office.start_facts import missing_at, place_of, steps_at
from shanhe.faces.office.start_rules import pack_shown, rule_lines
from shanhe.ground import clock
from shanhe.ground.divisions.models import Division, Level
from shanhe.ground.divisions.queries import division_paths, divisions_found
from shanhe.ground.people.models import Post
from shanhe.ground.people.queries import posts_known
from shanhe.ground.people.scope import Scope
from shanhe.ground.people.services import post_define
from shanhe.ground.policies.packs import packs_offered
from shanhe.ground.policies.queries import policies_of
from shanhe.ground.policies.services import pack_load
from shanhe.ground.registry.places import places_below, roots_of
from shanhe.kernel.codes import is_code
from shanhe.kernel.errors import Refusal

__all__ = ["urlpatterns"]

COOKIE, KEPT_S = "shanhe_start", 365 * 86_400
MOST = 20  # divisions offered by a search


def _scope(request: HttpRequest) -> Scope:
    """Of somebody who keeps records; 404 for everybody else."""
    scope = scope_of_request(request)
    if not scope.managed:
        raise Http404
    return scope


def _place(request: HttpRequest, scope: Scope) -> Division | None:
    return place_of(scope, request.COOKIES.get(COOKIE, ""))


def _crumbs(*more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return [(gettext("Set up"), reverse("start") if more else None), *more]


@office_page
def start(request: HttpRequest) -> HttpResponse:
    """The steps with what is there, the next one on top of mind, and what is still missing."""
    scope = _scope(request)
    place = _place(request, scope)
    steps = steps_at(scope, place)
    context = {
        "crumbs": _crumbs(),
        "place": place,
        "steps": steps,
        "done": sum(step.is_done for step in steps),
        "missing": missing_at(scope, place) if place and all(step.is_done for step in steps) else [],
    }
    return render(request, "office/start/page.html", context)


@office_page
def start_region(request: HttpRequest) -> HttpResponse:
    """Choose the place that is set up: searched for by name, code or pinyin."""
    scope = _scope(request)
    if request.method == "POST":
        return _chosen(request, scope)
    words = request.GET.get("q", "")[:60].replace("\x00", "").strip()
    if words:
        found = divisions_found(words, within=scope.managed.divisions("code"), limit=MOST)
    else:
        roots = roots_of(scope.managed)
        found = places_below(roots, 0 if scope.managed.everything else 1)[: 2 * MOST]
    paths = division_paths([division.code for division in found])
    context = {
        "crumbs": _crumbs((gettext("Your place"), None)),
        "words": words,
        "place": _place(request, scope),
        "found": [(division, [above.name for above in paths[division.code][:-1]]) for division in found],
    }
    return render(request, "office/start/region.html", context)


def _chosen(request: HttpRequest, scope: Scope) -> HttpResponse:
    code = request.POST.get("place", "")
    if not (is_code(code) and scope.managed.holds_code(code)) or place_of(scope, code) is None:
        raise Http404
    answer = redirect("start")
    answer.set_cookie(COOKIE, code, max_age=KEPT_S, samesite="Lax", secure=request.is_secure(), httponly=True)
    return answer


def _choose_first(request: HttpRequest) -> HttpResponse:
    """To where the place is chosen: without one there is nothing to set up."""
    messages.info(request, gettext("Choose your place first."))
    return redirect("start-region")


class LocalNameForm(forms.Form):
    """How a post is called here."""

    post: Any = forms.ModelChoiceField(label=_("Post"), queryset=None)
    name = forms.CharField(label=_("Name here"), max_length=60)

    def __init__(self, *args: Any, place: Division, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["post"]
        below = Level.values[Level.values.index(place.level) :]
        field.queryset = posts_known().filter(level__in=below).order_by("system", "rank", "pk")
        field.label_from_instance = lambda post: post.local_name


@office_page
def start_posts(request: HttpRequest) -> HttpResponse:
    """The posts there are, by level and system, and a form for a name of the place's own."""
    scope = _scope(request)
    place = _place(request, scope)
    if place is None:
        return _choose_first(request)
    form = LocalNameForm(request.POST if request.method == "POST" else None, place=place)
    status = 200
    if form.is_bound:
        if form.is_valid():
            try:
                _define(request, place, form.cleaned_data)
            except Refusal as refusal:
                refusal_into(form, refusal)
                status = refusal.status
            else:
                return redirect("start-posts")
        else:
            status = 422
    context = {
        "crumbs": _crumbs((gettext("Posts"), None)),
        "place": place,
        "form": form,
        "levels": _by_level(place),
        "local": list(posts_known(place).exclude(division=None).select_related("division")),
    }
    return render(request, "office/start/posts.html", context, status=status)


def _define(request: HttpRequest, place: Division, given: dict[str, Any]) -> None:
    post: Post = given["post"]
    post_define(
        code=f"{place.code}.{post.code}"[:60],
        name=given["name"],
        kind=post.kind,
        system=post.system,
        level=post.level,
        division=place,
        is_exclusive=post.is_exclusive,
        is_keeper=post.is_keeper,
        rank=post.rank,
        by=actor_of(request),
        at=clock.now(),
    )
    messages.success(request, gettext("%(name)s may be appointed now.") % {"name": given["name"]})


def _by_level(place: Division) -> list[tuple[str, list[str], list[str]]]:
    """(level, posts of rivers, posts of forests) from the place's own level down."""
    posts = list(posts_known().order_by("rank", "code"))
    below = Level.values[Level.values.index(place.level) :]
    return [
        (
            str(Level(level).label),
            [post.local_name for post in posts if post.level == level and post.system in ("river", "both")],
            [post.local_name for post in posts if post.level == level and post.system in ("forest", "both")],
        )
        for level in below
    ]


@office_page
def start_rules(request: HttpRequest) -> HttpResponse:
    """What the default says in words, what other places fixed, and a button to take one of these over."""
    scope = _scope(request)
    place = _place(request, scope)
    if place is None:
        return _choose_first(request)
    packs = packs_offered()
    if request.method == "POST":
        name = request.POST.get("pack", "")
        if name not in {pack.name for pack in packs}:
            raise Http404
        loaded = pack_load(name=name, division=place, by=actor_of(request), at=clock.now())
        words = {"created": loaded.created, "kept": loaded.kept}
        messages.success(
            request, gettext("%(created)s rules were taken over, %(kept)s of your own kept.") % words
        )
        return redirect("start-rules")
    today = clock.today()
    own = list(policies_of(place, on=today))
    context = {
        "crumbs": _crumbs((gettext("Rules"), None)),
        "place": place,
        "own": rule_lines(own),
        "default": rule_lines(list(policies_of(None, on=today))),
        "packs": [pack_shown(pack) for pack in packs],
        "taken": {row.pack for row in own},
    }
    return render(request, "office/start/rules.html", context)


urlpatterns: list[URLPattern] = [
    path("start/", start, name="start"),
    path("start/region/", start_region, name="start-region"),
    path("start/posts/", start_posts, name="start-posts"),
    path("start/rules/", start_rules, name="start-rules"),
]
