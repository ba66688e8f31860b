"""The organization chart: units, posts and people of some divisions as of a day, set-wise.

Somebody stands in the division their record names, under the unit the appointment names, else their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from shanhe.ground.people.models import Appointment, Organization, Post
from shanhe.ground.people.queries import LEVEL_RANK, in_force, organizations_of, people_of
from shanhe.ground.people.scope import Scope

__all__ = ["Holder", "PostHeld", "Unit", "chart_of"]


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds a post, and for what."""

    person_id: int
    name: str
    remit: str
    since: date


@dataclass(slots=True)
class PostHeld:
    """A post with its holders on the day; without any it was left, ``vacant_since`` the day."""

    post: Post
    holders: list[Holder] = field(default_factory=list)
    vacant_since: date | None = None


@dataclass(slots=True)
class Unit:
    """A unit of a division with its posts; ``unit`` None for who belongs to none."""

    unit: Organization | None
    is_seen: bool = True  # a unit above one's ground is named, but has no page for oneself
    posts: list[PostHeld] = field(default_factory=list)

    @property
    def holders(self) -> int:
        """How many people hold its posts."""
        return len({holder.person_id for post in self.posts for holder in post.holders})


def chart_of(scope: Scope, codes: Collection[str], day: date) -> dict[str, list[Unit]]:
    """Division code → its units with posts and holders on a day, of the people and units that the scope sees.

    Units by code, who has none last; posts from the top level down and by rank; a post that was held and is
    not any more stands there as vacant. Three queries, however many divisions.
    """
    units: dict[str, dict[int, Unit]] = defaultdict(dict)
    for row in organizations_of(scope).filter(division__in=codes).order_by("code"):
        units[row.division_id][row.pk] = Unit(row)
    for held in _held(scope, codes, day):
        holder = Holder(held.person_id, held.person.name, held.remit.name, held.since)
        _post(units, held).holders.append(holder)
    for left in _left(scope, codes, day):
        post = _post(units, left)
        if not post.holders and left.until is not None:
            post.vacant_since = max(post.vacant_since or left.until, left.until)
    for unit in (one for found in units.values() for one in found.values()):
        unit.is_seen = unit.unit is not None and scope.seen.holds_code(unit.unit.division_id)
    return {code: sorted(found.values(), key=_unit_order) for code, found in units.items()}


def _held(scope: Scope, codes: Collection[str], day: date) -> Iterable[Appointment]:
    rows = Appointment.objects.filter(in_force(day), person__division__in=codes)
    if not scope.seen.everything:
        rows = rows.filter(person__in=people_of(scope).order_by().values("pk"))
    return _ordered(rows)


def _left(scope: Scope, codes: Collection[str], day: date) -> Iterable[Appointment]:
    """The last appointments to posts of one holder, or that keep areas, which nobody has taken on since."""
    followed = Appointment.objects.filter(in_force(day), post=OuterRef("post"), remit=OuterRef("remit"))
    rows = Appointment.objects.filter(
        Q(post__is_exclusive=True) | Q(post__is_keeper=True),
        ~Exists(followed),
        until__lte=day,
        cancelled_at=None,
        person__division__in=codes,
    )
    if not scope.seen.everything:
        rows = rows.filter(person__in=people_of(scope).order_by().values("pk"))
    return _ordered(rows)


def _ordered(rows: QuerySet[Appointment]) -> QuerySet[Appointment]:
    related = ("person__organization", "organization", "post", "remit")
    return rows.select_related(*related).order_by(LEVEL_RANK, "post__rank", "since", "pk")


def _post(units: dict[str, dict[int, Unit]], row: Appointment) -> PostHeld:
    """The place of an appointment in the chart, made when it is the first there."""
    unit = row.organization or row.person.organization
    of_division = units[row.person.division_id]
    key = unit.pk if unit is not None else 0
    posts = of_division.setdefault(key, Unit(unit)).posts
    found = next((post for post in posts if post.post.pk == row.post_id), None)
    if found is None:
        found = PostHeld(row.post)
        posts.append(found)
    return found


def _unit_order(unit: Unit) -> tuple[bool, str]:
    return (unit.unit is None, unit.unit.code if unit.unit is not None else "")
