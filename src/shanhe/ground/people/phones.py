"""Work telephones of people: for the office that manages the ground they sit in, and for themselves."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from shanhe.ground.people.models import Person
from shanhe.ground.people.scope import Scope

__all__ = ["work_phones"]


def work_phones(scope: Scope, person_ids: Iterable[int]) -> dict[int, str]:
    """Person id → work telephone, of those whose number the scope may see and who have one. One query."""
    allowed = Person.objects.all()
    if not scope.managed.everything:
        allowed = allowed.filter(scope.managed.divisions("division_id") | Q(pk=scope.person_id))
    found = allowed.filter(pk__in=set(person_ids)).exclude(phone="")
    return dict(found.values_list("pk", "phone"))
