"""Reads about people and posts; the scope comes first where rows leave the house."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Prefetch, Q, QuerySet, Value, When

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
    "devices_of",
    "in_force",
    "members_counted",
    "organization_code_free",
    "organizations_named",
    "organizations_of",
    "people_holding",
    "people_named",
    "people_of",
    "person_page",
    "posts_held",
    "posts_known",
    "posts_numbered",
    "remits_managed",
    "remits_of",
    "tokens_of",
    "username_free",
    "users_of",
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
        rows = people_named(rows, text)
    if division is not None:
        low, high = subtree(division.code, division.level)
        rows = rows.filter(division_id__gte=low, division_id__lte=high)
    if organization is not None:
        rows = rows.filter(organization=organization)
    if kind or system or on is not None:
        rows = people_holding(rows, [kind] if kind else (), system=system, on=on)
    return rows


def _person_seen(scope: Scope) -> Q:
    if scope.seen.everything:
        return Q()  # an empty Q beside another one with "or" would narrow, not widen
    seen = scope.seen.divisions("division_id") | Q(pk=scope.person_id)
    if scope.seen.area_ids:
        of_areas = RemitPart.objects.filter(
            remit__appointments__person=OuterRef("pk"), area_id__in=nested_ids(scope.seen.area_ids)
        )
        seen |= Q(Exists(of_areas))
    return seen


def people_named(people: QuerySet[Person], text: str) -> QuerySet[Person]:
    """Those of ``people`` whose name holds ``text``, or whose initials or pinyin begin with it."""
    return people.filter(_named(text.strip()))


def _named(text: str) -> Q:
    letters = "".join(text.lower().split())
    if not letters.isascii():
        return Q(name__contains=text)
    return (
        Q(initials__gte=letters, initials__lte=letters.ljust(30, "z"))
        | Q(pinyin__gte=letters, pinyin__lte=letters.ljust(120, "z"))
        | Q(name__icontains=text)
    )


def people_holding(
    people: QuerySet[Person], kinds: Collection[str] = (), *, system: str = "", on: date | None = None
) -> QuerySet[Person]:
    """Those of ``people`` who hold a post of one of ``kinds`` (none: of any) on a day (None: ever)."""
    held = Appointment.objects.filter(person=OuterRef("pk"), cancelled_at=None)
    if on is not None:
        held = held.filter(in_force(on))
    if kinds:
        held = held.filter(post__kind__in=kinds)
    if system:
        held = held.filter(post__system__in=[system, System.BOTH])
    return people.filter(Exists(held))


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
    return rows.filter(_unit_named(text)) if text.strip() else rows


def _unit_named(text: str) -> Q:
    wanted = text.strip()
    letters = wanted.lower()
    return (
        Q(name__contains=wanted)
        | Q(code=wanted)
        | Q(initials__gte=letters, initials__lte=letters.ljust(120, "z"))
    )


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


def posts_numbered(ids: Iterable[int]) -> QuerySet[Post]:
    """The posts of those ids. Public, so without scope."""
    return Post.objects.filter(pk__in=list(ids))


def remits_of(scope: Scope) -> QuerySet[Remit]:
    """Remits that lie in the divisions seen, with their parts."""
    parts = Prefetch("parts", RemitPart.objects.select_related("division"))
    return Remit.objects.filter(scope.seen.divisions("division_id")).prefetch_related(parts)


def organizations_named(organizations: QuerySet[Organization], text: str) -> QuerySet[Organization]:
    """Those of ``organizations`` with that code, a name that holds ``text``, or initials that begin so."""
    return organizations.filter(_unit_named(text))


def members_counted(organizations: QuerySet[Organization]) -> QuerySet[Organization]:
    """The same units, each with ``members``: how many people's records name it."""
    return organizations.annotate(members=Count("people"))


def organization_code_free(division: Division) -> str:
    """A code that no unit has yet: the division's, with a number behind it."""
    taken = set(Organization.objects.filter(code__startswith=division.code).values_list("code", flat=True))
    return next(code for number in count(1) if (code := f"{division.code}-{number:02d}").lower() not in taken)


def users_of(scope: Scope) -> QuerySet[User]:
    """Accounts of the people whose records the scope manages, and one's own."""
    rows = User.objects.select_related("person")
    if scope.managed.everything:
        return rows.all()
    return rows.filter(scope.managed.divisions("person__division_id") | Q(pk=scope.user_id))


def username_free(wanted: str) -> str:
    """``wanted``, with a number behind it when an account has that name; "" for "". One query."""
    base = wanted.strip().lower()[:50]
    if not base:
        return ""
    taken = set(User.objects.filter(username__startswith=base).values_list("username", flat=True))
    if base not in taken:
        return base
    return next(name for number in count(2) if (name := f"{base}{number}") not in taken)


def remits_managed(scope: Scope, remit_ids: Iterable[int]) -> set[int]:
    """Those of ``remit_ids`` that the scope manages with every part: ``check_manages_remit`` for many."""
    wanted = set(remit_ids)
    if scope.managed.everything or not wanted:
        return wanted
    parts = RemitPart.objects.filter(remit__in=wanted)
    for remit_id, code, area_id, area_code in parts.values_list(
        "remit_id", "division_id", "area_id", "area__division_id"
    ):
        if not (scope.managed.holds_code(code or area_code) or area_id in scope.managed.area_ids):
            wanted.discard(remit_id)
    return wanted


def devices_of(user: User, at: datetime) -> QuerySet[ApiToken]:
    """The devices signed in to an account at a moment, newest first; for whoever may sign them out."""
    return ApiToken.objects.filter(user=user, revoked_at=None, expires_at__gt=at).order_by(
        "-created_at", "-pk"
    )


def tokens_of(scope: Scope) -> QuerySet[ApiToken]:
    """One's own signed-in devices and those that have been, newest first."""
    return ApiToken.objects.filter(user=scope.user_id).order_by("-created_at", "-pk")


def posts_held(scope: Scope, on: date) -> list[dict[str, Any]]:
    """What one holds on a day, from the top level down, by rank: post, level, system, kind, remit, days.

    After it what one stands in for during a leave; ``acting_for`` then names whom.
    """
    if scope.person_id is None:
        return []
    from shanhe.ground.people.leaves import stood_in_for

    own = appointments_on(on).filter(person=scope.person_id).order_by(LEVEL_RANK, "post__rank", "pk")
    rows = [*own, *stood_in_for(scope.person_id, on)]
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
            "acting_for": "" if row.person_id == scope.person_id else row.person.name,
        }
        for row in rows
    ]
