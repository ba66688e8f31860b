"""Simulated people leave as they came, all at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import ProtectedError, QuerySet

from shanhe.ground.audit import ledger
from shanhe.ground.people.models import Appointment, Handover, Leave, Organization, Person, Remit, User
from shanhe.ground.people.scope import Actor
from shanhe.ground.people.services.permission import check_is_administrator
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["Purged", "purge_simulated"]


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows of each table went, by the model's label."""

    counts: dict[str, int]


@ledger.atomic
def purge_simulated(*, by: Actor, at: datetime) -> Purged:
    """Delete simulated accounts, appointments, remits, people and units; the ledger keeps what they did.

    Those of the floors above (patrols, areas, jobs) have to go first. Refusal ``purge.in_use`` (409) when a
    record that is not simulated depends on one that is, naming how many of which; then nothing is deleted.
    """
    check_is_administrator(by)
    counts: Counter[str] = Counter()
    # Units above units, all of which go: the order of their deletion is nobody's concern.
    Organization.objects.filter(is_simulated=True, parent__is_simulated=True).update(parent=None)
    for rows in _ordered():
        try:
            _total, deleted = rows.delete()
        except ProtectedError as error:
            raise _in_use(error.protected_objects) from error
        counts.update(deleted)
    if counts:
        ledger.record("people.purge", ("people.person", "*"), by=by, at=at, deleted=dict(counts))
    return Purged(dict(counts))


def _ordered() -> list[QuerySet[Any]]:
    """Who points comes before what is pointed at; corrections before what they correct."""
    return [
        User.objects.filter(is_simulated=True),
        Handover.objects.filter(is_simulated=True),
        Leave.objects.filter(is_simulated=True),
        Appointment.objects.filter(is_simulated=True),
        Remit.objects.filter(is_simulated=True),
        Person.objects.filter(is_simulated=True),
        Organization.objects.filter(is_simulated=True),
    ]


def _in_use(protected: set[Any]) -> Refusal:
    found = Counter(row._meta.label_lower for row in protected)
    listed = ", ".join(f"{label}: {count}" for label, count in sorted(found.items()))
    return Refusal(
        "purge.in_use",
        _("Records that are not simulated depend on simulated ones (%(listed)s)."),
        status=409,
        listed=listed,
    )
