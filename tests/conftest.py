"""What every test may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from shanhe.ground import clock


@pytest.fixture
def make(db: None) -> Iterator[object]:
    """A small world and its cast (see ``tests/make``); the clock stands at ``make.now`` meanwhile."""
    from make import World

    world = World()
    with clock.moved_to(world.now):
        yield world


@pytest.fixture(scope="module")
def demo_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[object]:
    """The small demonstration, loaded once for a module's tests, which may change it only for themselves.

    Its tests take it instead of ``db``, and pytest-django runs them last; the database is made when some test
    of the run is marked ``django_db``. ``demo_world.now`` is where its last day stands. Ten seconds.
    """
    from make.demo import small_demo

    with django_db_blocker.unblock(), small_demo() as world:
        yield world


@pytest.fixture
def in_demo(demo_world: Any) -> Iterator[Any]:
    """The same, for a test that writes: what it changes is undone after it."""
    with transaction.atomic():
        yield demo_world
        transaction.set_rollback(True)


@pytest.fixture
def query_count() -> Callable[[Callable[[], Any]], int]:
    """How many queries a call makes; for "as many for fifty rows as for one" on either database."""

    def counted(call: Callable[[], Any]) -> int:
        with CaptureQueriesContext(connection) as captured:
            call()
        return len(captured)

    return counted
