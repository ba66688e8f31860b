"""Who goes out in the demonstration, apart from the database: a second process makes their outings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

__all__ = ["Keeper", "Temper"]


@dataclass(frozen=True, slots=True)
class Temper:
    """How somebody keeps to the duty."""

    diligence: float = 1.0  # share of the outings owed that are made
    cheats: float = 0.0  # share of the outings made that are faked
    fakes: tuple[str, ...] = ()  # the ways this one fakes; none: any
    rests: tuple[int, int] = (0, 0)  # none in the days before the last one from … down to …


@dataclass(frozen=True, slots=True)
class Keeper:
    """Somebody who goes out: by which account, for which areas, by which habit."""

    number: int  # in the order of registration: seeds hang on it, never on the database's ids
    person_id: int
    user_id: int | None
    role: str  # a key of habits.HABITS
    areas: tuple[str, ...]  # codes; the first is walked first
    temper: Temper = Temper()
    since: date | None = None
    until: date | None = None  # the first day no longer in office
    username: str = ""
