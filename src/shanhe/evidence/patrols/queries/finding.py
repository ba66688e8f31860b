"""What lists of verdicts are narrowed by, each so that the list stays a walk of one index.

A piece of a name is looked up first. When few areas or people bear it, their verdicts are read by their own
index; when many do, the list is walked by time, where one of them comes soon.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import BooleanField, Case, OuterRef, Q, QuerySet, Subquery, When

from shanhe.evidence.patrols.ground import in_range
from shanhe.evidence.patrols.models import HAS_FLAGS, Verdict
from shanhe.ground.people.models import Person
from shanhe.ground.registry.models import Area

__all__ = ["in_area_named", "in_division", "of_holder_named", "with_flags"]

FEW = 400  # areas or people that are named one by one


def in_division(rows: QuerySet[Verdict], ends: tuple[str, str]) -> QuerySet[Verdict]:
    """Those in areas of a subtree of divisions, by its first and last code."""
    return rows.filter(in_range(*ends))


def of_holder_named(rows: QuerySet[Verdict], given: str) -> QuerySet[Verdict]:
    """Those of a holder by the person's uuid, or by a piece of the name. One query for the people."""
    try:
        return rows.filter(person__in=Person.objects.filter(uuid=UUID(given)))
    except ValueError:
        few = _few(Person.objects.filter(name__icontains=given))
    if few is not None:
        return rows.filter(person__in=few)
    return _bearing(rows, Person, "person_id", given)


def in_area_named(rows: QuerySet[Verdict], given: str) -> QuerySet[Verdict]:
    """Those in areas by code or by a piece of the name. One query for the areas."""
    few = _few(Area.objects.filter(Q(code=given) | Q(name__icontains=given)))
    if few is not None:
        return rows.filter(area__in=few)
    return _bearing(rows, Area, "area_id", given)


def with_flags(rows: QuerySet[Verdict], codes: Collection[str]) -> QuerySet[Verdict]:
    """Those with one of some signs."""
    wanted = Q()
    for code in codes:
        wanted |= Q(flag_codes__contains=f",{code},")
    return rows.filter(HAS_FLAGS, wanted)


def _bearing(
    rows: QuerySet[Verdict], model: type[Area] | type[Person], key: str, given: str
) -> QuerySet[Verdict]:
    """Rows whose key leads to a name with ``given`` in it, looked up row by row.

    Of a join, or of the bare condition, PostgreSQL would think that next to no name matches, and read
    everything; of a switch it thinks that half do, and walks the list.
    """
    name = Subquery(model._default_manager.filter(pk=OuterRef(key)).order_by().values("name")[:1])
    bears = Case(When(name_there__icontains=given, then=True), default=False, output_field=BooleanField())
    return rows.alias(name_there=name).alias(bears_name=bears).filter(bears_name=True)


def _few(found: QuerySet[Area] | QuerySet[Person]) -> list[int] | None:
    """Their ids; None when they are many."""
    ids = list(found.order_by().values_list("pk", flat=True)[: FEW + 1])
    return ids if len(ids) <= FEW else None
