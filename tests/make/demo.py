"""The small demonstration for tests: loaded as ``shanhe demo --small`` does, and taken back at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.test import override_settings

from shanhe.demo.world import WorldLoaded, world_load
from shanhe.faces.cli.init import foundation_lay
from shanhe.ground import clock

__all__ = ["NOW", "Demo", "small_demo"]

#: Tuesday 2026-03-24, 16:00 in the office: the year before holds holidays, a flood and a fire season.
NOW = datetime(2026, 3, 24, 8, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Demo:
    """What was loaded, and when its last day is."""

    now: datetime
    loaded: WorldLoaded


@contextmanager
def small_demo(now: datetime = NOW) -> Iterator[Demo]:
    """The demonstration inside one transaction that is rolled back; the clock stands at ``now`` meanwhile."""
    with override_settings(DEMO=True), transaction.atomic(), clock.moved_to(now):
        loaded = world_load(now=now, is_small=True, lay_foundation=lambda at: foundation_lay(at=at))
        yield Demo(now, loaded)
        transaction.set_rollback(True)
