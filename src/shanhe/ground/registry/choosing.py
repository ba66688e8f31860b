"""What a form for an area offers: the waters it may be a reach of, the areas it may lie in."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.models import Area, WaterBody
from shanhe.ground.registry.places import roots_of
from shanhe.kernel.codes import ancestors

__all__ = ["parents_offered", "waters_offered"]


def waters_offered(scope: Scope) -> QuerySet[WaterBody]:
    """Waters of the ground managed and of all divisions above it, by name: a county's river flows through
    its villages.
    """
    return WaterBody.objects.filter(_at_or_above(scope)).select_related("division").order_by("name", "code")


def parents_offered(scope: Scope, kind: str) -> QuerySet[Area]:
    """Areas of a kind that one of the ground managed may lie in: reaches above village level, forest units of
    any; valid ones, those of higher levels first. Names of areas above stand on public signboards.
    """
    rows = Area.objects.filter(_at_or_above(scope), kind=kind, until=None)
    if kind == Area.Kind.REACH:
        rows = rows.exclude(level="village")
    return rows.select_related("reach__water", "division").order_by("division_id", "code")


def _at_or_above(scope: Scope) -> Q:
    if scope.managed.everything:
        return Q()
    above = {code for root in roots_of(scope.managed) for code in ancestors(root.code)}
    return scope.managed.divisions("division_id") | Q(division_id__in=above)
