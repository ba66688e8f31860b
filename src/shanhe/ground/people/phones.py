"""Work telephones of people: who may see whose. A unit's office phone is for everybody who sees the unit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from shanhe.ground.people.models import Person
from shanhe.ground.people.neighbours import above, below
from shanhe.ground.people.scope import Scope

__all__ = ["chain_phones", "work_phones"]


def work_phones(scope: Scope, person_ids: Iterable[int]) -> dict[int, str]:
    """Person id → work telephone, of those whose record the scope's office keeps, and oneself. One query."""
    return _phones(_kept(scope), person_ids)


def chain_phones(scope: Scope, person_ids: Iterable[int], day: date) -> dict[int, str]:
    """Person id → work telephone, of those one may have to call. Two queries at most.

    Those of ``work_phones``; colleagues of one's own unit; who holds a post for ground one supervises; and up
    one's chain who answers at one's own level or the next: a village chief may ring the town's people, not
    the prefecture's, and general chiefs by their offices. Who only looks on (a
    member unit, an observer) sees units' phones alone.
    """
    allowed = _kept(scope)
    if not scope.managed.everything:
        own_unit = Person.objects.filter(user=scope.user_id, organization__isnull=False)
        allowed |= Q(organization__in=own_unit.values("organization_id"))
        allowed |= below(scope, day) | above(scope, day, next_only=True)
    return _phones(allowed, person_ids)


def _kept(scope: Scope) -> Q:
    if scope.managed.everything:
        return Q()
    return scope.managed.divisions("division_id") | Q(pk=scope.person_id)


def _phones(allowed: Q, person_ids: Iterable[int]) -> dict[int, str]:
    found = Person.objects.filter(allowed, pk__in=set(person_ids)).exclude(phone="")
    return dict(found.values_list("pk", "phone"))
