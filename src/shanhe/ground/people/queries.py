"""Reads about people and posts; the scope comes first where rows leave the house."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Exists, OuterRef, Prefetch, Q, QuerySet, Value, When

from shanhe.ground.divisions.models import Division, Level
from shanhe.ground.people.models import (
    ApiToken,
    Appointment,
    Organization,
    Person,
    Post,
    Remit,
    RemitPart,
    System,
    User,
)
from shanhe.ground.people.nesting import nested_ids
from shanhe.ground.people.scope import Ground, Scope
from shanhe.kernel.codes import ancestors, subtree

__all__ = [
    "PersonPage",
    "account_of",
    "appointments_of",
    "appointments_on",
    "in_force",
    "organizations_of",
    "people_of",
    "person_page",
    "posts_held",
    "posts_known",
    "remits_of",
    "tokens_of",
    "with_posts",
]

#: Provinces first, for the order of a chain.
LEVEL_RANK = Case(*(When(post__level=level, then=Value(rank)) for rank, level in enumerate(Level.values)))


def in_force(day: date, path: str = "") -> Q:
    """Appointments that hold on a day; ``path`` leads to them (``"appointments__"``). Cancelled never do."""
    return Q(**{f"{path}since__lte": day}) & (
        Q(**{f"{path}until__isnull": True}) | Q(**{f"{path}until__gt": day})
    )


def appointments_on(day: date) -> QuerySet[Appointment]:
    """Appointments in force on a day, with person, post and remit; unscoped, for services and scopes."""
    return Appointment.objects.filter(in_force(day)).select_related("person", "post", "remit", "organization")


def appointments_of(scope: Scope, *, on: date | None = None) -> QuerySet[Appointment]:
    """Appointments for the ground seen, and one's own, with person, post and remit; cancelled ones too.

    ``on``: those in force on a day. Newest first.
    """
    rows = Appointment.objects.filter(_remit_seen(scope.seen) | Q(person=scope.person_id))
    if on is not None:
        rows = rows.filter(in_force(on))
    return rows.select_related("person", "post", "remit", "organization")


def _remit_seen(ground: Ground) -> Q:
    """Appointments some part of whose remit lies in the ground."""
    parts = RemitPart.objects.filter(remit=OuterRef("remit"))
    return Q(Exists(parts.filter(_part_seen(ground))))


def _part_seen(ground: Ground) -> Q:
    seen = ground.divisions("division_id") | ground.divisions("area__division_id")
    if ground.area_ids:
        seen |= Q(area_id__in=nested_ids(ground.area_ids))
    return seen


def people_of(
    scope: Scope,
    *,
    text: str = "",
    division: Division | None = None,
    organization: Organization | None = None,
    kind: str = "",
    system: str = "",
    on: date | None = None,
) -> QuerySet[Person]:
    """People of the divisions seen, holders of the areas seen, and oneself; with division and unit.

    ``text`` is part of the name, or the beginning of its initials or pinyin; ``division`` keeps to a subtree;
    ``kind`` and ``system`` to holders of such a post on the day ``on`` (None: ever). Ordered for paging by
    ``("division", "name", "pk")``.
    """
    rows = Person.objects.filter(_person_seen(scope)).select_related("division", "organization")
    if text.strip():
        rows = rows.filter(_named(text.strip()))
    if division is not None:
        low, high = subtree(division.code, division.level)
        rows = rows.filter(division_id__gte=low, division_id__lte=high)
    if organization is not None:
        rows = rows.filter(organization=organization)
    if kind or system or on is not None:
        rows = rows.filter(_holding(kind, system, on))
    return rows


def _person_seen(scope: Scope) -> Q:
    seen = scope.seen.divisions("division_id") | Q(pk=scope.person_id)
    if scope.seen.area_ids:
        of_areas = RemitPart.objects.filter(
            remit__appointments__person=OuterRef("pk"), area_id__in=nested_ids(scope.seen.area_ids)
        )
        seen |= Q(Exists(of_areas))
    return seen


def _named(text: str) -> Q:
    letters = "".join(text.lower().split())
    if not letters.isascii():
        return Q(name__contains=text)
    return (
        Q(initials__gte=letters, initials__lte=letters.ljust(30, "z"))
        | Q(pinyin__gte=letters, pinyin__lte=letters.ljust(120, "z"))
        | Q(name__icontains=text)
    )


def _holding(kind: str, system: str, on: date | None) -> Q:
    held = Appointment.objects.filter(person=OuterRef("pk"), cancelled_at=None)
    if on is not None:
        held = held.filter(in_force(on))
    if kind:
        held = held.filter(post__kind=kind)
    if system:
        held = held.filter(post__system__in=[system, System.BOTH])
    return Q(Exists(held))


def with_posts(people: QuerySet[Person], on: date) -> QuerySet[Person]:
    """The same people, each with ``posts_held``: the appointments in force on a day. One query more."""
    held = appointments_on(on).order_by(LEVEL_RANK, "post__rank", "since")
    return people.prefetch_related(Prefetch("appointments", held, to_attr="posts_held"))


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person with every appointment, those in force on the day first."""

    person: Person
    present: tuple[Appointment, ...]
    coming: tuple[Appointment, ...]
    past: tuple[Appointment, ...]  # cancelled ones too
    user: User | None


def person_page(scope: Scope, person_id: int, on: date) -> PersonPage | None:
    """All about one person; None outside the scope, as if there were nobody. Three queries."""
    person = people_of(scope).filter(pk=person_id).first()
    if person is None:
        return None
    rows = list(
        Appointment.objects.filter(person=person)
        .select_related("post", "remit", "organization", "corrects")
        .order_by(LEVEL_RANK, "post__rank", "-since", "-pk")
    )
    return PersonPage(
        person=person,
        present=tuple(row for row in rows if row.since <= on and (row.until is None or on < row.until)),
        coming=tuple(row for row in rows if row.since > on and row.cancelled_at is None),
        past=tuple(
            row for row in rows if row.until is not None and (row.until <= on or row.cancelled_at is not None)
        ),
        user=account_of(person),
    )


def account_of(person: Person) -> User | None:
    """The person's account, None without one; unscoped."""
    return User.objects.filter(person=person).first()


def organizations_of(scope: Scope, *, text: str = "", kind: str = "") -> QuerySet[Organization]:
    """Units of the divisions seen, with their division; ``text`` by code, name or initials."""
    rows = Organization.objects.filter(scope.seen.divisions("division_id")).select_related("division")
    if kind:
        rows = rows.filter(kind=kind)
    wanted = text.strip()
    if wanted:
        letters = wanted.lower()
        rows = rows.filter(
            Q(name__contains=wanted)
            | Q(code=wanted)
            | Q(initials__gte=letters, initials__lte=letters.ljust(120, "z"))
        )
    return rows


def posts_known(division: Division | None = None, *, level: str = "", system: str = "") -> QuerySet[Post]:
    """Posts for everywhere and those with a local name at or above a division. Public, so without scope."""
    local = Q(division=None)
    if division is not None:
        local |= Q(division__in=ancestors(division.code))
    rows = Post.objects.filter(local)
    if level:
        rows = rows.filter(level=level)
    if system:
        rows = rows.filter(system__in=[system, System.BOTH])
    return rows


def remits_of(scope: Scope) -> QuerySet[Remit]:
    """Remits that lie in the divisions seen, with their parts."""
    parts = Prefetch("parts", RemitPart.objects.select_related("division"))
    return Remit.objects.filter(scope.seen.divisions("division_id")).prefetch_related(parts)


def tokens_of(scope: Scope) -> QuerySet[ApiToken]:
    """One's own signed-in devices and those that have been, newest first."""
    return ApiToken.objects.filter(user=scope.user_id).order_by("-created_at", "-pk")


def posts_held(scope: Scope, on: date) -> list[dict[str, Any]]:
    """What one holds on a day, from the top level down, by rank: post, level, system, kind, remit, days."""
    if scope.person_id is None:
        return []
    rows = appointments_on(on).filter(person=scope.person_id).order_by(LEVEL_RANK, "post__rank", "pk")
    return [
        {
            "post": row.post.name,
            "kind": row.post.kind,
            "level": row.post.level,
            "system": row.post.system,
            "remit": row.remit.name,
            "division": row.remit.division_id,
            "since": row.since,
            "until": row.until,
        }
        for row in rows
    ]
