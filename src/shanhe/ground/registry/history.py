"""Who answered for an area over the years."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from shanhe.ground.people.models import Appointment, RemitPart, System
from shanhe.ground.registry.models import Area, AreaWithin
from shanhe.ground.registry.responsibility import CHAIN
from shanhe.kernel.codes import ancestors

__all__ = ["held_over_time"]


def held_over_time(area: Area) -> QuerySet[Appointment]:
    """Every appointment that answers for the area, has done or will, newest first; with person and post.

    What was entered by mistake is left out. Unscoped: who may see the area may see who answers for it.
    """
    system = System.RIVER if area.kind == Area.Kind.REACH else System.FOREST
    around = AreaWithin.objects.filter(area=area).values("ancestor_id")
    parts = RemitPart.objects.filter(
        Q(area__in=around) | Q(division__in=ancestors(area.division_id)), remit=OuterRef("remit")
    )
    return (
        Appointment.objects.filter(
            Exists(parts),
            cancelled_at=None,
            post__kind__in=CHAIN,
            post__system__in=[system, System.BOTH],
        )
        .select_related("person", "post", "organization")
        .order_by("-since", "-pk")
    )
