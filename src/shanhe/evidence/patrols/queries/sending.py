"""For which areas, and on whose account, a login may hand in a patrol."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from shanhe.evidence.patrols.areas import areas_named
from shanhe.evidence.patrols.holding import DESK, holdings_of, manages
from shanhe.evidence.patrols.numbers import ASSISTANTS, numbers_of
from shanhe.ground.people.scope import Actor
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.queries import valid_on
from shanhe.ground.registry.responsibility import Answerable, chain_of, held_areas
from shanhe.kernel.codes import level_rank

__all__ = ["Account", "accounts_for", "areas_held", "areas_to_send_for"]

#: Who handed an area over may still send what was walked before.
LATELY = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody a patrol may be sent for: by what post, and until when it was held (None: still)."""

    person_uuid: UUID
    name: str
    post: Answerable
    until: date | None
    is_self: bool


def areas_held(by: Actor, day: date) -> QuerySet[Area]:
    """The areas that the actor's person answers for on a day, or did within the month before."""
    return _valid(_held(by, day), day)


def areas_to_send_for(by: Actor, day: date) -> QuerySet[Area]:
    """The areas an actor may hand in patrols of: those the person answers for, and the office's."""
    managed = by.scope.managed
    if managed.everything:
        return _valid(Q(), day)
    return _valid(_held(by, day) | managed.areas() if managed else _held(by, day), day)


def _held(by: Actor, day: date) -> Q:
    if by.person_id is None:
        return Q(pk__in=())
    return Q(pk__in=held_areas(by.person_id, day)) | Q(pk__in=held_areas(by.person_id, day - LATELY))


def _valid(wanted: Q, day: date) -> QuerySet[Area]:
    return Area.objects.filter(wanted, valid_on(day)).select_related("division")


def accounts_for(by: Actor, area: Area, day: date) -> list[Account]:
    """On whose account the actor may hand in a patrol of an area: oneself first, then from the nearest
    level up.

    Oneself when one walks there; others when one's office manages the area or one assists there. Who held the
    area within the month before is in the list too. Some ten queries, whatever the number of people.
    """
    found: dict[UUID, Account] = {}
    for on in (day, day - LATELY):
        for one in chain_of(area, on):
            if one.is_keeper or one.kind not in DESK:
                until = one.until if one.until is not None and one.until <= day else None
                is_self = one.person_id == by.person_id
                found.setdefault(
                    one.person_uuid, Account(one.person_uuid, one.person_name, one, until, is_self)
                )
    accounts = sorted(found.values(), key=lambda each: (not each.is_self, -level_rank(each.post.level)))
    return accounts if _sends_for_others(by, area, day) else [each for each in accounts if each.is_self]


def _sends_for_others(by: Actor, area: Area, day: date) -> bool:
    ground = areas_named([area.code], day)[area.code]
    if manages(by, ground):
        return True
    if by.person_id is None:
        return False
    kinds = numbers_of([area], day, (ASSISTANTS,)).assistants(area)
    return holdings_of([by.person_id]).assists(by.person_id, ground, day, kinds)
