"""Which chief's office answers for the paper of an area: who fills its posts and signs its sheets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shanhe.ground.people.models import Organization, System
from shanhe.ground.registry.models import Area
from shanhe.kernel.codes import ancestors

__all__ = ["offices_of"]


def offices_of(areas: Iterable[Area]) -> dict[int, Organization]:
    """Area id → the nearest chief's office at or above its division, of its system; one query for all.

    Areas without any such office are left out. Of several in one division the one of the area's own system
    comes before a joint one, then the first by code.
    """
    asked = list(areas)
    above = {code for area in asked for code in ancestors(area.division_id)}
    offices = list(
        Organization.objects.filter(kind=Organization.Kind.CHIEFS_OFFICE, division__in=above).order_by("code")
    )
    found = {area.pk: _nearest(area, offices) for area in asked}
    return {pk: office for pk, office in found.items() if office is not None}


def _nearest(area: Area, offices: Sequence[Organization]) -> Organization | None:
    system = System.RIVER if area.kind == Area.Kind.REACH else System.FOREST
    above = ancestors(area.division_id)
    fitting = [
        office for office in offices if office.division_id in above and office.system in (system, System.BOTH)
    ]
    return max(
        fitting,
        key=lambda office: (above.index(office.division_id), office.system == system, -offices.index(office)),
        default=None,
    )
