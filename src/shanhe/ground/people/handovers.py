"""Reads about handovers: which ones a scope sees, how far they are, what changes hands."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from shanhe.ground.people.handing import Handed, Section, handed_over
from shanhe.ground.people.handovers_flow import PENDING, Signing
from shanhe.ground.people.models import (
    Appointment,
    Handover,
    HandoverEvent,
    HandoverSide,
    Person,
    RemitPart,
    User,
)
from shanhe.ground.people.queries import appointments_of, in_force, people_named, people_of
from shanhe.ground.people.scope import Scope

__all__ = [
    "HandoverPage",
    "handable",
    "handed_of",
    "handover_page",
    "handovers_of",
    "handovers_pending_of",
    "handovers_with",
    "keepers_to_hand_over",
    "list_of",
    "namesakes",
    "parts_of",
    "signing_of",
    "to_confirm",
    "with_sides",
]


def handovers_of(scope: Scope) -> QuerySet[Handover]:
    """The handovers of the ground one supervises or manages, and those in which one is a party.

    With both appointments, their people and posts; newest first.
    """
    own = HandoverSide.objects.filter(handover=OuterRef("pk"), person=scope.person_id or 0)
    seen = Q(Exists(own))
    for ground in (scope.supervised, scope.managed):
        if ground.everything:
            seen = Q()
            break
        if ground:
            there = appointments_of(Scope(seen=ground)).order_by().values("pk")
            seen |= Q(outgoing__in=there)
    return Handover.objects.filter(seen).select_related(
        "outgoing__person", "outgoing__post", "outgoing__remit__division", "incoming__person"
    )


def handovers_pending_of(rows: QuerySet[Handover], role: str) -> QuerySet[Handover]:
    """Those of ``rows`` that still wait for one side, or (``role`` "any") for one of the two."""
    sides = HandoverSide.objects.filter(handover=OuterRef("pk"), state__in=PENDING)
    if role != "any":
        sides = sides.filter(role=role)
    return rows.filter(Exists(sides), state=Handover.State.OPEN)


def handovers_with(rows: QuerySet[Handover], text: str) -> QuerySet[Handover]:
    """Those of ``rows`` in which somebody of that name, or whose pinyin begins so, is a party."""
    found = people_named(Person.objects.all(), text).order_by().values("pk")
    return rows.filter(Q(outgoing__person__in=found) | Q(incoming__person__in=found))


def with_sides(rows: QuerySet[Handover]) -> QuerySet[Handover]:
    """The same handovers with both sides, the outgoing first. One query more."""
    return rows.prefetch_related(Prefetch("sides", HandoverSide.objects.select_related("person")))


def to_confirm(scope: Scope) -> list[HandoverSide]:
    """What waits for one's own confirmation, the earliest first. One query."""
    if scope.person_id is None:
        return []
    mine = HandoverSide.objects.filter(
        person=scope.person_id, state__in=PENDING, handover__state=Handover.State.OPEN
    )
    return list(
        mine.select_related(
            "handover__outgoing__post",
            "handover__outgoing__remit",
            "handover__outgoing__person",
            "handover__incoming__person",
        ).order_by("handover__on", "pk")
    )


@dataclass(frozen=True, slots=True)
class HandoverPage:
    """One handover with its sides and history."""

    handover: Handover
    outgoing: HandoverSide
    incoming: HandoverSide
    events: tuple[HandoverEvent, ...]
    others: tuple[Handover, ...]  # handed over together with it


def handover_page(scope: Scope, pk: int) -> HandoverPage | None:
    """All about one handover; None outside the scope, as if there were none. Four queries."""
    found = (
        handovers_of(scope)
        .select_related("outgoing__person__division", "incoming__person__division", "incoming__post")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        return None
    sides = {side.role: side for side in found.sides.select_related("person")}
    others = handovers_of(scope).filter(batch=found.batch).exclude(pk=pk) if found.batch else ()
    return HandoverPage(
        handover=found,
        outgoing=sides["outgoing"],
        incoming=sides["incoming"],
        events=tuple(found.events.select_related("by")),
        others=tuple(others),
    )


def handed_of(handover: Handover, day: date) -> Handed:
    """What the list of a handover is asked about: as of ``day``, at the latest of the day it takes effect."""
    outgoing = handover.outgoing
    return Handed(
        appointment_ids=(outgoing.pk, handover.incoming_id),
        remit_id=outgoing.remit_id,
        post_id=outgoing.post_id,
        person_id=outgoing.person_id,
        day=min(day, handover.on),
    )


def list_of(handover: Handover, day: date) -> list[tuple[str, Section]]:
    """What changes hands, as it stands on a day. The caller has scoped the handover."""
    return handed_over(handed_of(handover, day))


def parts_of(remit_id: int) -> tuple[tuple[str, int | None], ...]:
    """The parts of a remit as rules ask about them: the division's code (an area's own), the area's id."""
    parts = RemitPart.objects.filter(remit=remit_id)
    rows = parts.values_list("division_id", "area_id", "area__division_id")
    return tuple((code or area_code, area_id) for code, area_id, area_code in rows)


def signing_of(handover: Handover, side: HandoverSide | None = None) -> Signing:
    """A handover, or one of its sides, as the flow sees it. Two queries."""
    parts = parts_of(handover.outgoing.remit_id)
    if side is None:
        return Signing(handover.state, parts)
    has_login = User.objects.filter(person=side.person_id, is_active=True).exists()
    return Signing(side.state, parts, side.person_id, has_login)


def keepers_to_hand_over(scope: Scope, day: date) -> QuerySet[Appointment]:
    """Keepers' appointments of the managed ground, in force on a day and not handed over yet, by place."""
    rows = handable(scope.seeing(scope.managed)).filter(in_force(day), post__is_keeper=True)
    return rows.select_related("person__division", "post", "remit").order_by(
        "person__division", "person__name", "post__level", "pk"
    )


def namesakes(scope: Scope, names: Collection[str]) -> dict[str, list[Person]]:
    """People seen who bear one of ``names``, by name. One query."""
    found: dict[str, list[Person]] = {}
    rows = people_of(scope).filter(name__in=set(names)) if names else Person.objects.none()
    for person in rows.order_by("division", "pk"):
        found.setdefault(person.name, []).append(person)
    return found


def handable(scope: Scope) -> QuerySet[Appointment]:
    """Appointments seen that can be handed over: those that were not yet, also when they have ended."""
    done = Handover.objects.filter(outgoing=OuterRef("pk")).exclude(state=Handover.State.WITHDRAWN)
    return appointments_of(scope).filter(~Exists(done), cancelled_at=None)
