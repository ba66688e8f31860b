"""A plan of staff carried out by the services of people, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shanhe.ground.audit import ledger
from shanhe.ground.incoming.kinds import Done, Fault, Progress
from shanhe.ground.incoming.staff.planning import Over, Planned
from shanhe.ground.incoming.staff.units import NewUnit
from shanhe.ground.people.models import Appointment, Organization, Person, Remit
from shanhe.ground.people.queries import organization_code_free
from shanhe.ground.people.scope import Actor
from shanhe.ground.people.services import (
    appointment_end,
    appointment_make,
    organization_register,
    person_change,
    person_register,
    remit_of_areas,
    remit_of_division,
    remit_zone,
    user_open,
)
from shanhe.kernel.errors import Refusal

__all__ = ["Written", "staff_write"]

#: Fields of the services' refusals, and the sheet's where they are called otherwise.
FIELDS = {"on": "until", "person": "name", "remit": "over", "areas": "over", "divisions": "over"}


@dataclass(slots=True)
class Written:
    """What was written, and what the services refused after all: somebody else was quicker."""

    done: list[Done] = field(default_factory=list)
    refused: list[Fault] = field(default_factory=list)


class _Rows:
    """Remembers what earlier rows have registered."""

    def __init__(self, by: Actor, at: datetime) -> None:
        self.by, self.at = by, at
        self.units: dict[NewUnit, Organization] = {}
        self.remits: dict[str, Remit] = {}

    def take(self, row: Planned) -> Person:
        """Do what one row plans."""
        person = self._person(row)
        if row.post is not None and row.over is not None and row.since is not None and not row.holds:
            appointment_make(
                person=person,
                post=row.post,
                remit=self._remit(row.over),
                organization=person.organization,
                since=row.since,
                until=row.until,
                basis=row.basis,
                by=self.by,
                at=self.at,
            )
        if row.ends is not None and row.until is not None:
            running = Appointment.objects.get(pk=row.ends)
            appointment_end(appointment=running, on=row.until, by=self.by, at=self.at)
        if row.username:
            user_open(username=row.username, password=None, person=person, by=self.by, at=self.at)
        return person

    def _person(self, row: Planned) -> Person:
        somebody = row.somebody
        unit = self._unit(row.unit)
        if somebody.person is None:
            somebody.person = person_register(
                name=somebody.name,
                division=row.division,
                organization=unit,
                phone=row.phone,
                by=self.by,
                at=self.at,
            )
            return somebody.person
        return person_change(
            person=somebody.person,
            name=somebody.person.name,
            phone=row.phone or somebody.person.phone,
            organization=unit or somebody.person.organization,
            by=self.by,
            at=self.at,
        )

    def _unit(self, unit: Organization | NewUnit | None) -> Organization | None:
        if not isinstance(unit, NewUnit):
            return unit
        if unit not in self.units:
            self.units[unit] = organization_register(
                code=organization_code_free(unit.division),
                name=unit.name,
                kind=unit.kind,
                division=unit.division,
                by=self.by,
                at=self.at,
            )
        return self.units[unit]

    def _remit(self, over: Over) -> Remit:
        key = over.key
        if key not in self.remits:
            self.remits[key] = self._made(over)
        return self.remits[key]

    def _made(self, over: Over) -> Remit:
        if over.is_zone:
            return remit_zone(
                name=over.name,
                division=over.place,
                divisions=over.divisions,
                areas=over.areas,
                by=self.by,
                at=self.at,
            )
        if over.areas:
            return remit_of_areas(areas=over.areas, by=self.by, at=self.at)
        return remit_of_division(division=over.divisions[0], by=self.by, at=self.at)


class _TakenBack(Exception):
    """One row was refused after all, and with it all of them."""


def staff_write(
    rows: Sequence[Planned], *, by: Actor, at: datetime, good_rows: bool, progress: Progress | None = None
) -> Written:
    """Carry the rows out in one transaction: all, or with ``good_rows`` those that no service refuses."""
    written = Written()
    try:
        with ledger.atomic():
            taking = _Rows(by, at)
            for number, row in enumerate(rows, 1):
                _take(taking, row, written)
                if written.refused and not good_rows:
                    raise _TakenBack
                if progress is not None and (number % 20 == 0 or number == len(rows)):
                    progress(number, len(rows))
    except _TakenBack:
        written.done = []
    return written


def _take(taking: _Rows, row: Planned, written: Written) -> None:
    before, units, remits = row.somebody.person, dict(taking.units), dict(taking.remits)
    try:
        with ledger.atomic():
            person = taking.take(row)
    except Refusal as refusal:
        row.somebody.person, taking.units, taking.remits = before, units, remits
        fields = refusal.fields or {"": refusal.message}
        written.refused += [
            Fault(row.row, FIELDS.get(name, name), reason, refusal.code) for name, reason in fields.items()
        ]
        return
    written.done.append(Done(row.row, row.did, row.somebody.name, str(person.pk)))
