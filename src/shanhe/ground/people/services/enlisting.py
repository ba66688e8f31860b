"""Somebody takes up work: registered, appointed and given an account in one go, or nothing of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shanhe.ground.audit import ledger
from shanhe.ground.divisions.models import Division
from shanhe.ground.people.models import Appointment, Organization, Person, Post, Remit, User
from shanhe.ground.people.scope import Actor
from shanhe.ground.people.services.accounts import user_open
from shanhe.ground.people.services.appointments import appointment_make
from shanhe.ground.people.services.register import person_register
from shanhe.ground.people.services.remits import AreaLike, remit_of_areas, remit_of_division

__all__ = ["Enlisted", "Wanted", "person_appoint", "person_enlist"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A post that somebody is to hold: over a division with all below, over areas, or for a known remit."""

    post: Post
    over: Division | Remit | Sequence[AreaLike]
    since: date
    until: date | None = None  # the first day no longer held
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Enlisted:
    """Who was registered, and what came with it."""

    person: Person
    appointment: Appointment | None
    user: User | None


@ledger.atomic
def person_appoint(*, person: Person, wanted: Wanted, by: Actor, at: datetime) -> Appointment:
    """Let a person hold the wanted post; the remit is made when there is none for it yet.

    Refusals: those of ``appointment_make``, ``remit_of_division`` and ``remit_of_areas``.
    """
    return appointment_make(
        person=person,
        post=wanted.post,
        remit=_remit(wanted, person, by, at),
        organization=person.organization,
        since=wanted.since,
        until=wanted.until,
        basis=wanted.basis,
        is_simulated=person.is_simulated,
        by=by,
        at=at,
    )


def _remit(wanted: Wanted, person: Person, by: Actor, at: datetime) -> Remit:
    over = wanted.over
    if isinstance(over, Remit):
        return over
    if isinstance(over, Division):
        return remit_of_division(division=over, by=by, at=at, is_simulated=person.is_simulated)
    return remit_of_areas(areas=over, by=by, at=at, is_simulated=person.is_simulated)


@ledger.atomic
def person_enlist(
    *,
    name: str,
    division: Division,
    by: Actor,
    at: datetime,
    organization: Organization | None = None,
    phone: str = "",
    wanted: Wanted | None = None,
    username: str = "",
    password: str = "",
) -> Enlisted:
    """Register somebody, with the post ``wanted`` and an account ``username`` when they are given.

    ``password`` is the account's first one. All of it or nothing. Refusals: those of ``person_register``,
    ``person_appoint`` and ``user_open``. The hash is made while the register is locked, a tenth of a second:
    so rare an act may cost that.
    """
    person = person_register(
        name=name, division=division, organization=organization, phone=phone, by=by, at=at
    )
    appointment = person_appoint(person=person, wanted=wanted, by=by, at=at) if wanted else None
    user = user_open(username=username, password=password, person=person, by=by, at=at) if username else None
    return Enlisted(person, appointment, user)
