"""The demonstration's clerk: puts units, people and appointments on the register, all marked as simulated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from shanhe.demo.keepers import Keeper, Temper
from shanhe.demo.names import Invented
from shanhe.ground.divisions.models import Division
from shanhe.ground.people.models import Appointment, Organization, Person, Post, User
from shanhe.ground.people.scope import Actor
from shanhe.ground.people.services import (
    appointment_make,
    organization_register,
    person_register,
    remit_of_areas,
    remit_of_division,
    user_open,
)
from shanhe.ground.registry.models import Area

__all__ = ["PASSWORD", "Clerk", "Leaving"]

ORDINARY = Temper()
PASSWORD = "shanhe-demo"  # noqa: S105  printed in the documentation on purpose
#: The demonstration's people were appointed so long before it begins, days.
BEFORE = (90, 1_200)


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody will leave, so many days before the last one, and perhaps another come."""

    on: date
    appointments: tuple[Appointment, ...]
    reason: str
    successor: Person | None = None


@dataclass(slots=True)
class Clerk:
    """Registers on one day, by one actor; remembers who keeps what."""

    by: Actor
    at: datetime
    day: date  # of registration
    today: date  # the last day of the demonstration
    names: Invented
    divisions: Mapping[str, Division]
    posts: Mapping[str, Post]
    areas: Mapping[str, Area]
    keepers: list[Keeper] = field(default_factory=list)
    units: dict[str, Organization] = field(default_factory=dict)
    leavings: list[Leaving] = field(default_factory=list)
    _made: Iterator[int] = field(default_factory=count)

    def unit(self, code: str, name: str, kind: str, division: str, **more: Any) -> Organization:
        """A unit; its office telephone is invented."""
        parent = self.units.get(more.pop("parent", ""))
        unit = organization_register(
            code=code,
            name=name,
            kind=kind,
            division=self.divisions[division],
            parent=parent,
            office_phone=self.names.phone(),
            is_simulated=True,
            **more,
            **self._by,
        )
        self.units[code] = unit
        return unit

    def person(self, division: str, unit: Organization | None = None) -> Person:
        """Somebody with an invented name, a Kashgar one in Kashgar."""
        name = self.names.name_of_kashgar() if division.startswith("65") else self.names.name()
        return person_register(
            name=name,
            division=self.divisions[division],
            organization=unit,
            phone=self.names.phone(),
            is_simulated=True,
            **self._by,
        )

    def appoint(
        self,
        person: Person,
        post: str,
        *,
        division: str = "",
        areas: Sequence[str] = (),
        basis: str = "",
        since: date | None = None,
    ) -> Appointment:
        """The person holds a post for a division with all below it, or for areas."""
        if areas:
            found = [self.areas[code] for code in areas]
            remit = remit_of_areas(areas=found, is_simulated=True, **self._by)
        else:
            remit = remit_of_division(division=self.divisions[division], is_simulated=True, **self._by)
        return appointment_make(
            person=person,
            post=self.posts[post],
            remit=remit,
            organization=person.organization,
            since=since or self._since(),
            basis=basis,
            is_simulated=True,
            **self._by,
        )

    def account(self, username: str, person: Person | None, *, is_administrator: bool = False) -> User:
        """One of the demonstration's accounts, usable at once with the published password."""
        return user_open(
            username=username,
            password=PASSWORD,
            person=person,
            is_administrator=is_administrator,
            must_change_password=False,
            is_simulated=True,
            **self._by,
        )

    def keeper(
        self,
        person: Person,
        role: str,
        areas: Iterable[str],
        temper: Temper = ORDINARY,
        user: User | None = None,
        **days: date | None,
    ) -> Keeper:
        """Remember who goes out for which areas."""
        keeper = Keeper(
            number=len(self.keepers) + 1,
            person_id=person.pk,
            user_id=user.pk if user else None,
            role=role,
            areas=tuple(areas),
            temper=temper,
            username=user.username if user else "",
            **days,
        )
        self.keepers.append(keeper)
        return keeper

    def days_before_today(self, days: int) -> date:
        """The day that lies so many days before the last one."""
        return self.today - timedelta(days=days)

    def _since(self) -> date:
        least, most = BEFORE
        return self.day - timedelta(days=least + next(self._made) * 97 % (most - least))

    @property
    def _by(self) -> dict[str, Any]:
        return {"by": self.by, "at": self.at}
