"""Who may send a patrol for which area: holders for themselves, offices and assistants for a holder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from shanhe.evidence.patrols.areas import Ground
from shanhe.evidence.patrols.prepared import Prepared
from shanhe.ground.people.models import Appointment, Leave, Person, Post, RemitPart
from shanhe.ground.people.scope import Actor
from shanhe.kernel.codes import subtree
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["DESK", "Holdings", "Term", "holdings_of", "manages", "not_held"]

#: Posts that do not walk for themselves: they run the office, keep contact, look on.
DESK = frozenset(
    {Post.Kind.OFFICE_DIRECTOR, Post.Kind.CLERK, Post.Kind.LIAISON, Post.Kind.MEMBER, Post.Kind.OBSERVER}
)


@dataclass(frozen=True, slots=True)
class Term:
    """The days on which somebody answers by an appointment: its holder, or who stands in during a leave."""

    person_id: int
    appointment: Appointment
    since: date
    until: date | None  # the first day no longer

    def holds_on(self, day: date) -> bool:
        """Whether the day is one of them."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Holdings:
    """All terms of some people, past and future too, so that a refusal can say since when."""

    terms: tuple[Term, ...]
    parts: Mapping[int, tuple[RemitPart, ...]]  # of each remit, by its id

    def held_by(self, person_id: int, ground: Ground, day: date) -> Appointment | None:
        """The appointment by which somebody answers for an area on a day: the one nearest to the area."""
        found = [
            term.appointment
            for term in self._of(person_id, ground)
            if term.holds_on(day) and _may_walk(term.appointment.post)
        ]
        # One's own appointment before one that one stands in for.
        return min(
            found,
            key=lambda each: (self._distance(each, ground), each.person_id != person_id, -each.pk),
            default=None,
        )

    def assists(self, person_id: int, ground: Ground, day: date, kinds: Iterable[str]) -> bool:
        """Whether somebody holds a post of these kinds for the area on that day."""
        allowed = frozenset(kinds)
        return any(
            term.holds_on(day) and term.appointment.post.kind in allowed
            for term in self._of(person_id, ground)
        )

    def check_held(self, person: Person, ground: Ground, day: date) -> Appointment:
        """``held_by``, or the Refusal that says why not: never, not yet, or no longer, with the dates."""
        found = self.held_by(person.pk, ground, day)
        if found is not None:
            return found
        other = [term for term in self._of(person.pk, ground) if term.appointment.post.kind not in DESK]
        ended = [each for each in other if each.until is not None and each.until <= day]
        if ended:
            last = max(ended, key=lambda each: each.until or day)
            raise _refused(
                "patrol.appointment_closed",
                _("The appointment for %(area)s ran from %(since)s to %(until)s; the patrol is of %(day)s."),
                ground.area.code,
                day,
                since=last.since.isoformat(),
                until=last.until.isoformat() if last.until else "",
            )
        if other:
            raise _refused(
                "patrol.appointment_not_begun",
                _("The appointment for %(area)s begins on %(since)s; the patrol is of %(day)s."),
                ground.area.code,
                day,
                since=min(each.since for each in other).isoformat(),
            )
        raise not_held(ground.area.code, day)

    def own_areas(self, person_id: int, day: date) -> Q:
        """A filter on Area: what somebody is appointed to themselves that day, not what is nested in it."""
        found = Q(pk__in=())
        for term in self.terms:
            post = term.appointment.post
            if term.person_id != person_id or not term.holds_on(day) or post.kind in DESK:
                continue
            for part in self.parts.get(term.appointment.remit_id, ()):
                found |= _own(post, part)
        return found

    def _distance(self, appointment: Appointment, ground: Ground) -> int:
        """0 for an appointment to the area itself, 1 to one it lies in, 2 to a division."""
        ids = {part.area_id for part in self.parts.get(appointment.remit_id, ()) if part.area_id is not None}
        if ground.area.pk in ids:
            return 0
        return 1 if ids & ground.ancestors else 2

    def _of(self, person_id: int, ground: Ground) -> list[Term]:
        return [
            term
            for term in self.terms
            if term.person_id == person_id
            and any(
                _covers(term.appointment.post, part, ground)
                for part in self.parts.get(term.appointment.remit_id, ())
            )
        ]


_OWN = Prepared(
    lambda people: (
        Appointment.objects.filter(person_id__in=people, cancelled_at=None).select_related("post").order_by()
    )
)
_ACTING = Prepared(
    lambda people: (
        Leave.objects.filter(substitute_id__in=people, cancelled_at=None, appointment__cancelled_at=None)
        .select_related("appointment__post")
        .order_by()
    )
)
_PARTS = Prepared(
    lambda remits: RemitPart.objects.filter(remit_id__in=remits).select_related("division").order_by()
)


def holdings_of(person_ids: Iterable[int]) -> Holdings:
    """The terms of some people, without what was entered by mistake. Three queries."""
    people = sorted(set(person_ids))
    terms = (
        *(Term(each.person_id, each, each.since, each.until) for each in _OWN(people=people)),
        *(term for each in _ACTING(people=people) if (term := _acting(each)) is not None),
    )
    parts: dict[int, list[RemitPart]] = defaultdict(list)
    for part in _PARTS(remits=sorted({term.appointment.remit_id for term in terms})):
        parts[part.remit_id].append(part)
    return Holdings(terms, {remit_id: tuple(found) for remit_id, found in parts.items()})


def _acting(leave: Leave) -> Term | None:
    """The days of a leave on which the appointment is in force, too; None when there are none."""
    appointment = leave.appointment
    since = max(leave.since, appointment.since)
    until = leave.until if appointment.until is None else min(leave.until, appointment.until)
    return Term(leave.substitute_id, appointment, since, until) if since < until else None


def _may_walk(post: Post) -> bool:
    return post.is_keeper or post.kind not in DESK


def manages(by: Actor, ground: Ground) -> bool:
    """Whether the actor's office manages the area."""
    managed = by.scope.managed
    return managed.holds_code(ground.area.division_id) or bool(managed.area_ids & ground.ancestors)


def not_held(code: str, day: date) -> Refusal:
    """Said alike of areas that are not there and of those of others: no hint that they exist."""
    message = _("There is no area %(area)s that the holder answers for on %(day)s.")
    return _refused("patrol.area_not_held", message, code, day)


def _refused(code: str, message: str, area: str, day: date, **params: str) -> Refusal:
    params = {"area": area, "day": day.isoformat(), **params}
    return Refusal(code, Text(message, params), {"area": Text(message, params)}, status=403)


def _is_of_system(post: Post, kind: str) -> bool:
    return post.system == "both" or (post.system == "river") == (kind == "reach")


def _covers(post: Post, part: RemitPart, ground: Ground) -> bool:
    if part.division is None:
        return part.area_id in ground.ancestors
    low, high = subtree(part.division.code, part.division.level)
    return low <= ground.area.division_id <= high and _is_of_system(post, ground.area.kind)


def _own(post: Post, part: RemitPart) -> Q:
    if part.division is None:
        return Q(pk=part.area_id)
    low, high = subtree(part.division.code, part.division.level)
    inside = Q(division_id__gte=low, division_id__lte=high, level=post.level)
    if post.system == "both":
        return inside
    return inside & Q(kind="reach" if post.system == "river" else "forest-unit")
