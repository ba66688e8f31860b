"""What every test may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shanhe.ground import clock


@pytest.fixture
def make(db: None) -> Iterator[object]:
    """A small world and its cast (see ``tests/make``); the clock stands at ``make.now`` meanwhile."""
    from make import World

    world = World()
    with clock.moved_to(world.now):
        yield world


@pytest.fixture
def query_count() -> Callable[[Callable[[], Any]], int]:
    """How many queries a call makes; for "as many for fifty rows as for one" on either database."""

    def counted(call: Callable[[], Any]) -> int:
        with CaptureQueriesContext(connection) as captured:
            call()
        return len(captured)

    return counted
