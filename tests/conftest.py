"""What every test may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shanhe.ground import clock


@pytest.fixture
def make(db: None) -> Iterator[object]:
    """A small world and its cast (see ``tests/make``); the clock stands at ``make.now`` meanwhile."""
    from make import World

    world = World()
    with clock.moved_to(world.now):
        yield world
