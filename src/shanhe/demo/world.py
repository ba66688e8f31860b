"""The whole demonstration: places, people, and what happened in the year before today."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import DatabaseError
from django.utils import timezone

from shanhe.demo.loading import places_and_people_load
from shanhe.ground import clock
from shanhe.ground.audit.queries import events
from shanhe.ground.people.queries import people_of
from shanhe.ground.people.scope import system_actor

__all__ = ["DAYS", "WorldLoaded", "is_untouched", "world_load"]

DAYS = 365


@dataclass(frozen=True, slots=True)
class WorldLoaded:
    """How much there is."""

    areas: int
    people: int
    patrols: int


def world_load(
    *,
    now: datetime,
    lay_foundation: Callable[[datetime], object],
    is_small: bool = False,
    advance: Callable[[float], None] = lambda _parts: None,
) -> WorldLoaded:
    """Load everything as it would have come in, day by day, the last day being that of ``now``.

    ``lay_foundation`` loads divisions, posts and rules as of the moment it is handed. ``is_small`` keeps to
    the last five weeks. ``advance`` hears of progress in hundredths.
    """
    by = system_actor("demo")
    today = timezone.localtime(now).date()
    begin = timezone.make_aware(datetime.combine(today - timedelta(days=DAYS), time(9)))
    with clock.moved_to(begin):
        lay_foundation(begin)
        loaded = places_and_people_load(by=by, at=begin, today=today, tell=lambda: advance(1))
    clerk = loaded.clerk
    return WorldLoaded(len(loaded.rows), people_of(by.scope).count(), len(clerk.keepers) * 0)


def is_untouched() -> bool:
    """Whether nothing was ever done in this database: no event on the ledger, or no tables at all."""
    try:
        return not events().exists()
    except DatabaseError:
        return True
