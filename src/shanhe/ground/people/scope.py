"""What a login may see and do: its appointments of the day, turned into code ranges and area ids.

A scope has three rings. *Areas*: whose ground, waters and people are seen. *Supervised*: whose patrols are
seen beside one's own (the superior's view; a member unit has none). *Managed*: where records may be changed
(the chief's office). Everybody sees what they themselves sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Prefetch, Q
from django.utils.translation import gettext

from shanhe.ground.divisions.models import Division
from shanhe.kernel.codes import subtree

if TYPE_CHECKING:
    from shanhe.ground.people.models import Appointment, Post, User

__all__ = ["NOBODY", "Actor", "Ground", "Scope", "acting_name", "scope_of", "system_actor"]

OFFICE = frozenset({"office_director", "clerk"})
SUPERVISING = OFFICE | {"general_chief", "deputy_general_chief", "chief", "deputy_chief"}
FIELD = frozenset({"ranger", "patroller"})


@dataclass(frozen=True, slots=True)
class Ground:
    """A set of areas: code ranges (both ends inclusive), and single areas with all nested in them."""

    ranges: tuple[tuple[str, str], ...] = ()
    area_ids: frozenset[int] = frozenset()
    everything: bool = False

    def __bool__(self) -> bool:
        return self.everything or bool(self.ranges or self.area_ids)

    def holds_code(self, code: str) -> bool:
        """Whether the division of that code lies within the ranges."""
        return self.everything or any(low <= code <= high for low, high in self.ranges)

    def holds(self, other: Ground) -> bool:
        """Whether all of ``other`` lies in it; a single area only counts as held when it is named itself."""
        if self.everything:
            return True
        return (
            not other.everything
            and other.area_ids <= self.area_ids
            and all(
                any(low <= first and last <= high for low, high in self.ranges)
                for first, last in other.ranges
            )
        )

    def divisions(self, column: str = "code") -> Q:
        """Rows whose division code column lies in the ranges."""
        if self.everything:
            return Q()
        found = Q(pk__in=())
        for low, high in self.ranges:
            found |= Q(**{f"{column}__gte": low, f"{column}__lte": high})
        return found

    def areas(self, path: str = "") -> Q:
        """Rows whose area is held: ``path`` leads to the area ("" on Area itself, "area__" on a verdict)."""
        if self.everything:
            return Q()
        found = self.divisions(f"{path}division_id")
        if self.area_ids:
            from shanhe.ground.people.nesting import nested_ids

            key = f"{path}id__in" if path == "" else f"{path.removesuffix('__')}_id__in"
            found |= Q(**{key: nested_ids(self.area_ids)})
        return found


@dataclass(frozen=True, slots=True)
class Scope:
    """What one login sees and may do on one day."""

    user_id: int | None = None
    person_id: int | None = None
    seen: Ground = field(default_factory=Ground)
    supervised: Ground = field(default_factory=Ground)
    managed: Ground = field(default_factory=Ground)
    roles: frozenset[str] = frozenset()  # kinds of the posts held, "administrator" beside them
    is_administrator: bool = False
    titles: tuple[str, ...] = ()  # names of the posts held, in the reader's language

    def seeing(self, ground: Ground) -> Scope:
        """The same login, as if it saw only ``ground``: what it manages, what it supervises."""
        return replace(self, seen=ground)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, on which authority, by which way ("office", "api", "cli", "demo")."""

    user_id: int | None
    person_id: int | None
    via: str
    scope: Scope = field(default_factory=Scope)


NOBODY = Scope()


def system_actor(via: str) -> Actor:
    """The program itself: the command line of whoever runs the server, the demo, a periodic job."""
    every = Ground(everything=True)
    return Actor(None, None, via, Scope(None, None, every, every, every, is_administrator=True))


def scope_of(user: User, on: date) -> Scope:
    """The scope of a login on a day: three queries, whatever the number of posts.

    Who stands in for somebody on leave has that post's scope for as long, too.
    """
    if user.is_administrator:
        every = Ground(everything=True)
        return Scope(user.pk, user.person_id, every, every, every, frozenset({"administrator"}), True)
    if user.person_id is None:
        return Scope(user_id=user.pk)
    from shanhe.ground.people.leaves import stood_in_for
    from shanhe.ground.people.models import RemitPart
    from shanhe.ground.people.queries import appointments_on

    parts = Prefetch("remit__parts", RemitPart.objects.select_related("division"))
    own = list(appointments_on(on).filter(person_id=user.person_id).prefetch_related(parts))
    acting = stood_in_for(user.person_id, on)
    held = [*own, *acting]
    return Scope(
        user_id=user.pk,
        person_id=user.person_id,
        seen=_ground(held),
        supervised=_ground(a for a in held if a.post.kind in SUPERVISING),
        managed=_ground(a for a in held if a.post.kind in OFFICE),
        roles=frozenset(a.post.kind for a in held),
        titles=tuple(
            dict.fromkeys([*(a.post.local_name for a in own), *(acting_name(a.post) for a in acting)])
        ),
    )


def acting_name(post: Post) -> str:
    """What a post is called in the reader's language while somebody stands in for its holder."""
    return gettext("Acting: %(post)s") % {"post": post.local_name}


def _ground(held: Iterable[Appointment]) -> Ground:
    ranges: set[tuple[str, str]] = set()
    area_ids: set[int] = set()
    for appointment in held:
        for part in appointment.remit.parts.all():
            if part.division is not None:
                ranges.add(_range(part.division))
            elif part.area_id is not None:
                area_ids.add(part.area_id)
    return Ground(tuple(sorted(ranges)), frozenset(area_ids))


def _range(division: Division) -> tuple[str, str]:
    return subtree(division.code, division.level)
