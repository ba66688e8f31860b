"""What the tests of the public pages share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Counts by address and kept figures are of this test alone."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def anybody(db: None) -> Client:
    """A browser without an account, in English."""
    return Client(HTTP_ACCEPT_LANGUAGE="en")
