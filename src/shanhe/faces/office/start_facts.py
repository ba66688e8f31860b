"""How far a place is set up: each step with what is there, and what is still missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shanhe.ground import clock
from shanhe.ground.divisions.models import Division, Level
from shanhe.ground.divisions.queries import division_with, divisions_under
from shanhe.ground.people.queries import organizations_of, people_holding, people_of, posts_known, users_of
from shanhe.ground.people.scope import Scope
from shanhe.ground.policies.queries import policies_of
from shanhe.ground.registry.places import roots_of
from shanhe.ground.registry.queries import areas_below, areas_of, valid_on, waters_of
from shanhe.ground.registry.responsibility import without_keeper
from shanhe.kernel.codes import is_code, subtree

__all__ = ["Missing", "Step", "missing_at", "place_of", "steps_at"]

KEEPERS = ("chief", "ranger", "patroller")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of setting up: what to do, what is there, and where to go on."""

    key: str
    title: str
    why: str
    there: str  # what is there already; "" for nothing
    is_done: bool
    links: tuple[tuple[str, str], ...]  # (label, address); the first is the step's own
    is_next: bool = False
    is_locked: bool = False  # comes after the first step


@dataclass(frozen=True, slots=True)
class Missing:
    """Something a working place has: whether it is there, and where to mend it."""

    words: str
    is_there: bool
    url: str


def place_of(scope: Scope, chosen: str) -> Division | None:
    """The place that is being set up: the one chosen, if it is managed; else the only one there is."""
    if is_code(chosen) and scope.managed.holds_code(chosen):
        found = division_with(chosen)
        if found is not None:
            return found
    if scope.managed.everything:
        return _only(organizations_of(scope, kind="chiefs_office").values_list("division_id", flat=True))
    roots = roots_of(scope.managed)
    return roots[0] if len(roots) == 1 else None


def _only(codes: Any) -> Division | None:
    """The division that all those of the chiefs' offices lie in, when it is one of them."""
    found = sorted(set(codes))
    if not found:
        return None
    top = division_with(found[0])
    if top is None:
        return None
    low, high = subtree(top.code, top.level)
    return top if all(low <= code <= high for code in found) else None


def steps_at(scope: Scope, place: Division | None) -> list[Step]:
    """The six steps with what is there; the first that is not done is the next one. A dozen queries."""
    region = Step(
        "region",
        _("Your place"),
        _("Everything that follows is set up for it."),
        place.name if place else "",
        place is not None,
        ((_("Choose another") if place else _("Choose"), reverse("start-region")),),
    )
    steps = [region, *(_further(scope, place) if place else _locked())]
    first = next((index for index, step in enumerate(steps) if not step.is_done), None)
    return [_marked(step, index == first) for index, step in enumerate(steps)]


def _marked(step: Step, is_next: bool) -> Step:
    return replace(step, is_next=is_next)


def _locked() -> list[Step]:
    words = _titles()
    return [Step(key, title, why, "", False, (), is_locked=True) for key, (title, why) in words.items()]


def _titles() -> dict[str, tuple[str, str]]:
    return {
        "divisions": (_("Divisions"), _("Townships and villages: people and areas hang on them.")),
        "posts": (
            _("Posts"),
            _("General chiefs, chiefs, rangers at every level are there; local names are added."),
        ),
        "rules": (
            _("Rules"),
            _("How often is walked, and when a patrol counts. The default holds until you choose another."),
        ),
        "areas": (_("Rivers and woods"), _("Before the people, for their sheet names them.")),
        "people": (_("People"), _("Chiefs and rangers with their posts, areas and accounts.")),
    }


def _further(scope: Scope, place: Division) -> list[Step]:
    words = _titles()
    made = [
        ("divisions", *_divisions(place)),
        ("posts", *_posts(place)),
        ("rules", *_rules(place)),
        ("areas", *_areas(scope, place)),
        ("people", *_people(scope, place)),
    ]
    return [Step(key, *words[key], there, is_done, links) for key, there, is_done, links in made]


Told = tuple[str, bool, tuple[tuple[str, str], ...]]


def _bring(kind: str) -> str:
    return f"{reverse('import-new')}?kind={kind}"


def _divisions(place: Division) -> Told:
    counts = dict(
        divisions_under(place)
        .exclude(code=place.code)
        .order_by()
        .values_list("level")
        .annotate(Count("code"))
    )
    towns, villages = counts.get(Level.TOWNSHIP, 0), counts.get(Level.VILLAGE, 0)
    parts = []
    if towns:
        parts.append(ngettext("%(n)d township", "%(n)d townships", towns) % {"n": towns})
    if villages:
        parts.append(ngettext("%(n)d village", "%(n)d villages", villages) % {"n": villages})
    is_done = bool(villages) or place.level == Level.VILLAGE
    links = [(_("Bring a list"), _bring("divisions")), (_("Template"), _template("divisions"))]
    if is_done:
        links = [(_("Look at them"), reverse("division", args=[place.code])), *links[:1]]
    return " · ".join(parts), is_done, tuple(links)


def _template(kind: str) -> str:
    return reverse("import-template", args=[kind])


def _posts(place: Division) -> Told:
    count = posts_known(place).count()
    said = ngettext("%(n)d post", "%(n)d posts", count) % {"n": count} if count else ""
    return said, count > 0, ((_("Look at them"), reverse("start-posts")),)


def _rules(place: Division) -> Told:
    own = policies_of(place).count()
    shared = policies_of(None).exists()
    said = _("The default rules hold.") if shared else ""
    if own:
        said = ngettext("%(n)d rule of your own", "%(n)d rules of your own", own) % {"n": own}
    return said, bool(own or shared), ((_("Read and choose"), reverse("start-rules")),)


def _areas(scope: Scope, place: Division) -> Told:
    rows = areas_below(areas_of(scope), place).filter(valid_on(clock.today())).order_by()
    counts = dict(rows.values_list("kind").annotate(Count("pk")))
    reaches, units = counts.get("reach", 0), counts.get("forest-unit", 0)
    parts = []
    if reaches:
        parts.append(ngettext("%(n)d reach", "%(n)d reaches", reaches) % {"n": reaches})
    if units:
        parts.append(ngettext("%(n)d forest unit", "%(n)d forest units", units) % {"n": units})
    waters = waters_of(scope).filter(**_within(place, "division_id")).count()
    if waters:
        parts.insert(0, ngettext("%(n)d water", "%(n)d waters", waters) % {"n": waters})
    links = (
        *(() if waters else ((_("Bring waters"), _bring("water")),)),  # reaches are reaches of one
        (_("Bring reaches"), _bring("reach")),
        (_("Bring forest units"), _bring("forest-unit")),
        (_("Draw one"), reverse("area-new")),
    )
    return " · ".join(parts), bool(reaches or units), links


def _people(scope: Scope, place: Division) -> Told:
    count = people_holding(people_of(scope, division=place), on=clock.today()).order_by().count()
    said = ngettext("%(n)d person with a post", "%(n)d people with posts", count) % {"n": count}
    links = ((_("Bring the sheet"), _bring("people")), (_("Template"), _template("people")))
    return said if count else "", count > 1, links


def missing_at(scope: Scope, place: Division) -> list[Missing]:
    """What a working place has beside the steps, what is not there first. Six queries."""
    day = clock.today()
    areas = areas_below(areas_of(scope), place).filter(valid_on(day))
    inside = organizations_of(scope).filter(**_within(place, "division_id"))
    accounts = users_of(scope).filter(is_active=True, **_within(place, "person__division_id"))
    keepers = people_holding(people_of(scope, division=place), KEEPERS, on=day)
    vacant = without_keeper(areas, day).count()
    undrawn = areas.filter(shapes=None).count()
    silent = keepers.filter(user=None).count()
    bare = _villages_without_areas(place)
    inside_place = f"?division={place.code}"
    found = [
        Missing(
            _("A chief's office is registered."),
            inside.filter(kind="chiefs_office").exists(),
            reverse("organization-new"),
        ),
        Missing(
            _("Somebody of the office has an account."),
            accounts.filter(person__appointments__post__kind__in=("clerk", "office_director")).exists(),
            reverse("person-new"),
        ),
        _counted(vacant, _("Every area has a keeper."), _vacant(vacant), reverse("gaps") + inside_place),
        _counted(undrawn, _("Every area is drawn."), _undrawn(undrawn), reverse("areas") + inside_place),
        _counted(
            silent, _("Every keeper has an account."), _silent(silent), reverse("people") + inside_place
        ),
        _counted(bare, _("Every village has an area."), _bare(bare), reverse("division", args=[place.code])),
    ]
    return sorted(found, key=lambda each: each.is_there)


def _within(place: Division, column: str) -> dict[str, str]:
    low, high = subtree(place.code, place.level)
    return {f"{column}__gte": low, f"{column}__lte": high}


def _villages_without_areas(place: Division) -> int:
    return divisions_under(place).filter(level=Level.VILLAGE, areas=None).count()


def _counted(count: int, good: str, bad: str, url: str) -> Missing:
    return Missing(bad if count else good, count == 0, url)


def _vacant(n: int) -> str:
    return ngettext("%(n)d area has no keeper.", "%(n)d areas have no keeper.", n) % {"n": n}


def _undrawn(n: int) -> str:
    return ngettext("%(n)d area is not drawn yet.", "%(n)d areas are not drawn yet.", n) % {"n": n}


def _silent(n: int) -> str:
    return ngettext("%(n)d keeper has no account.", "%(n)d keepers have no account.", n) % {"n": n}


def _bare(n: int) -> str:
    return ngettext("%(n)d village has no area.", "%(n)d villages have no area.", n) % {"n": n}
