"""Many appointments change hands on one day, as after an election: all or none, with faults by row."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shanhe.ground.audit import ledger
from shanhe.ground.people.models import Appointment, Handover, Person
from shanhe.ground.people.scope import Actor
from shanhe.ground.people.services.handovers import handover_make
from shanhe.ground.people.services.register import person_register
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["Succession", "handovers_check", "handovers_make"]


@dataclass(frozen=True, slots=True)
class Succession:
    """One row: an appointment and who comes next, somebody on the register or a newcomer by name and phone.

    Newcomers of one name and phone in one place are one person. ``row`` is what faults are told by.
    """

    row: str
    outgoing: Appointment  # with person and remit
    successor: Person | None = None
    name: str = ""
    phone: str = ""
    ends_on: date | None = None  # the first day the outgoing no longer holds it, if earlier
    until: date | None = None  # of the successor's appointment
    note: str = ""


class _NotMeant(Exception):
    """Takes back what was tried."""


@ledger.atomic
def handovers_make(
    *, rows: Sequence[Succession], on: date, by: Actor, at: datetime, basis: str = "", reason: str = ""
) -> list[Handover]:
    """Hand over every row from ``on`` in one transaction; newcomers are registered where the outgoing sits.

    All or nothing. Refusals: ``handovers.empty``, ``handovers.rows`` with the reason of each faulty row under
    its ``row``.
    """
    if not rows:
        raise Refusal("handovers.empty", _("Name at least one successor."))
    made: list[Handover] = []
    faults: dict[str, str | Text] = {}
    newcomers: dict[tuple[str, str, str], Person] = {}
    batch = uuid.uuid4() if len(rows) > 1 else None
    for row in rows:
        try:
            with ledger.atomic():
                successor = row.successor or _newcomer(row, newcomers, by, at)
                made.append(
                    handover_make(
                        outgoing=row.outgoing,
                        successor=successor,
                        on=on,
                        ends_on=row.ends_on,
                        until=row.until,
                        basis=basis,
                        reason=reason,
                        note=row.note,
                        batch=batch,
                        by=by,
                        at=at,
                    )
                )
        except Refusal as refusal:
            faults[row.row] = next(iter(refusal.fields.values()), refusal.message)
    if faults:
        raise Refusal("handovers.rows", _("Nothing was handed over: some rows cannot be."), faults)
    return made


def handovers_check(
    *, rows: Sequence[Succession], on: date, by: Actor, at: datetime, basis: str = "", reason: str = ""
) -> Refusal | None:
    """What ``handovers_make`` would refuse; it is tried and taken back, so the answer is exact."""
    try:
        with ledger.atomic():
            handovers_make(rows=rows, on=on, basis=basis, reason=reason, by=by, at=at)
            raise _NotMeant
    except _NotMeant:
        return None
    except Refusal as refusal:
        return refusal


def _newcomer(row: Succession, known: dict[tuple[str, str, str], Person], by: Actor, at: datetime) -> Person:
    """Somebody registered for this row, or for one before of the same name and phone in the same place."""
    before = row.outgoing.person
    key = (row.name.strip(), row.phone.strip(), before.division_id)
    person = known.get(key)
    if person is None or not Person.objects.filter(pk=person.pk).exists():
        person = person_register(
            name=row.name,
            division=before.division,
            organization=before.organization,
            phone=row.phone,
            is_simulated=before.is_simulated,
            by=by,
            at=at,
        )
        known[key] = person
    return person
