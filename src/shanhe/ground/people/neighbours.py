"""Who stands near a login in the chain: those above and below it whom one has to be able to call.

- *below*: who holds a post for ground that the login supervises;
- *above*: who answers for ground that holds its own, whatever the level: chiefs, their offices, police.

Member units and observers stand in no chain: they have nobody below or above.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet

from shanhe.ground.people.models import Appointment, Organization, Person, RemitPart
from shanhe.ground.people.nesting import nested_ids
from shanhe.ground.people.queries import in_force, organizations_named, people_named, people_of
from shanhe.ground.people.scope import FIELD, SUPERVISING, Ground, Scope
from shanhe.kernel.codes import LEVELS, ancestors, level_rank

__all__ = ["above", "below", "directory_named", "directory_of", "in_chain"]

#: Who answers for ground: chiefs and their offices, police, liaison officers, and who walks it.
ANSWERING = SUPERVISING | FIELD | {"police", "liaison"}
GENERAL = {"general_chief", "deputy_general_chief"}


def in_chain(scope: Scope) -> bool:
    """Whether the login stands in a responsibility chain itself."""
    return bool(scope.roles & ANSWERING)


def below(scope: Scope, day: date) -> Q:
    """People who hold a post on a day for ground that the scope supervises; nobody where there is none."""
    if not scope.supervised:
        return Q(pk__in=())
    return _holding(day, _lies_in(scope.supervised))


def above(scope: Scope, day: date, *, next_only: bool = False) -> Q:
    """People who answer on a day for ground at or above the scope's own; nobody for who is in no chain.

    ``next_only``: those at its own level and the next one up, but for general chiefs, who are reached by
    their offices. Costs one query beside the caller's where the scope holds single areas.
    """
    if not in_chain(scope) or scope.seen.everything:
        return Q(pk__in=())
    codes = _codes(scope.seen)
    named = {upper for code in codes for upper in ancestors(code)}
    over = Q(division_id__in=named) | Q(area_id__in=_enclosing(scope.seen))
    if next_only:
        return _holding(day, over, ANSWERING - GENERAL, _near_levels(codes))
    return _holding(day, over, ANSWERING)


def directory_of(scope: Scope, day: date) -> QuerySet[Person]:
    """Everybody seen, and those who answer for ground above one's own, with division and unit.

    Who neither holds a post on the day nor belongs to a unit is left out: they work nowhere.
    """
    people = people_of(scope)
    if not scope.seen.everything:
        people |= Person.objects.filter(above(scope, day))
    held = Appointment.objects.filter(in_force(day)).order_by().values("person_id")
    return people.filter(Q(organization__isnull=False) | Q(pk__in=held))


def directory_named(people: QuerySet[Person], text: str, day: date) -> QuerySet[Person]:
    """Those of ``people`` with that name (or its pinyin, or initials), unit, division or post on the day."""
    wanted = text.strip()
    if not wanted:
        return people
    by_name = people_named(Person.objects.order_by(), wanted).values("pk")
    units = organizations_named(Organization.objects.order_by(), wanted).values("pk")
    posts = Q(post__name__contains=wanted) | Q(post__name_en__icontains=wanted)
    held = Appointment.objects.filter(in_force(day), posts).order_by().values("person_id")
    found = Q(pk__in=by_name) | Q(organization__in=units) | Q(pk__in=held)
    return people.filter(found | Q(division__name__contains=wanted))


def _holding(day: date, ground: Q, kinds: Collection[str] = (), levels: Collection[str] = ()) -> Q:
    remits = RemitPart.objects.filter(ground).order_by().values("remit_id")
    held = Appointment.objects.filter(in_force(day), remit__in=remits)
    if kinds:
        held = held.filter(post__kind__in=kinds)
    if levels:
        held = held.filter(post__level__in=levels)
    return Q(pk__in=held.order_by().values("person_id"))


def _lies_in(ground: Ground) -> Q:
    if ground.everything:
        return Q()
    found = ground.divisions("division_id") | ground.divisions("area__division_id")
    return found | Q(area_id__in=nested_ids(ground.area_ids)) if ground.area_ids else found


def _codes(ground: Ground) -> set[str]:
    """The divisions that the ground consists of, those of its single areas too. One query at most."""
    codes = {low for low, _high in ground.ranges}
    if ground.area_ids:
        areas = apps.get_model("registry", "Area")._default_manager.filter(pk__in=ground.area_ids)
        codes |= set(areas.order_by().values_list("division_id", flat=True))
    return codes


def _enclosing(ground: Ground) -> QuerySet[Any]:
    """Ids of the areas that enclose those of the ground: the reaches of the chiefs above."""
    within = apps.get_model("registry", "AreaWithin")._default_manager
    inner = ground.divisions("area__division_id")
    if ground.area_ids:
        inner |= Q(area_id__in=nested_ids(ground.area_ids))
    return within.filter(inner).values("ancestor_id")


def _near_levels(codes: Iterable[str]) -> set[str]:
    """The levels of the divisions, and one above each."""
    ranks = {level_rank(LEVELS[len(ancestors(code)) - 1]) for code in codes}
    return {LEVELS[rank] for own in ranks for rank in (own, max(own - 1, 0))}
