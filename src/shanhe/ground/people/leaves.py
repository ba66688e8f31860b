"""Reads about leaves: who is away, who stands in for whom 代理; only while the appointment is in force."""

from __future__ import annotations

from datetime import date

from django.db.models import Prefetch, Q, QuerySet

from shanhe.ground.people.models import Appointment, Leave, RemitPart
from shanhe.ground.people.queries import appointments_of, in_force
from shanhe.ground.people.scope import Scope

__all__ = ["leaves_of", "leaves_on", "leaves_shown", "stood_in_for"]


def leaves_on(day: date) -> QuerySet[Leave]:
    """Leaves in effect on a day, of appointments in force on it; unscoped, for services and scopes."""
    return Leave.objects.filter(in_force(day, "appointment__"), since__lte=day, until__gt=day)


def stood_in_for(person_id: int, day: date) -> list[Appointment]:
    """The appointments somebody stands in for on a day, with post and remit and its parts.

    One query where there are none, two where there are.
    """
    parts = Prefetch("appointment__remit__parts", RemitPart.objects.select_related("division"))
    found = (
        leaves_on(day)
        .filter(substitute=person_id)
        .select_related("appointment__post", "appointment__remit", "appointment__person")
        .prefetch_related(parts)
        .order_by("since", "pk")
    )
    return [leave.appointment for leave in found]


def leaves_of(scope: Scope) -> QuerySet[Leave]:
    """Leaves of the appointments seen, and one's own, with post, remit and both people; newest first."""
    seen = appointments_of(scope).order_by().values("pk")
    return Leave.objects.filter(Q(appointment__in=seen) | Q(substitute=scope.person_id or 0)).select_related(
        "appointment__post", "appointment__remit", "person", "substitute"
    )


def leaves_shown(scope: Scope, person_id: int, day: date) -> QuerySet[Leave]:
    """Leaves that somebody takes or stands in for, not over on a day, the first one first."""
    rows = leaves_of(scope).filter(Q(person=person_id) | Q(substitute=person_id), until__gt=day)
    return rows.filter(cancelled_at=None).order_by("since", "pk")
