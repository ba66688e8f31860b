"""One clock for everybody. Only tests and the demo may move it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime

from django.utils import timezone

__all__ = ["moved_to", "now", "today"]

_moved: ContextVar[datetime | None] = ContextVar("moved", default=None)


def now() -> datetime:
    """The present moment, timezone-aware, UTC."""
    return _moved.get() or timezone.now()


def today() -> date:
    """The present day in the office's zone."""
    return timezone.localtime(now()).date()


@contextmanager
def moved_to(moment: datetime) -> Iterator[None]:
    """Inside the block ``now()`` is ``moment``. For tests and simulated days only."""
    if timezone.is_naive(moment):
        raise ValueError("the clock needs a timezone-aware moment")
    token = _moved.set(moment)
    try:
        yield
    finally:
        _moved.reset(token)
