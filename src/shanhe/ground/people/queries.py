"""Reads about people and posts; the scope comes first where rows leave the house."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from shanhe.ground.people.models import Appointment

__all__ = ["appointments_on"]


def appointments_on(day: date) -> QuerySet[Appointment]:
    """Appointments in force on a day, with person, post and remit; unscoped, for services and scopes."""
    return Appointment.objects.filter(
        Q(until__isnull=True) | Q(until__gt=day), since__lte=day
    ).select_related("person", "post", "remit", "organization")
