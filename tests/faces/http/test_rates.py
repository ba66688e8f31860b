"""Limits by address: so many in a window, each address for itself, and everybody anew in the next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import RequestFactory

from shanhe.faces.http.rates import Rate
from shanhe.ground import clock
from shanhe.kernel.errors import Refusal

RATE = Rate("test", most=3, within_s=600)
START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def forgotten():
    cache.clear()
    yield
    cache.clear()


def passed(address: str, times: int) -> int:
    """How many of so many requests got through."""
    through = 0
    for _n in range(times):
        try:
            RATE.count(RequestFactory().get("/", REMOTE_ADDR=address))
        except Refusal:
            continue
        through += 1
    return through


def test_so_many_get_through_and_no_more():
    with clock.moved_to(START):
        assert passed("203.0.113.5", 5) == 3


def test_each_address_counts_for_itself():
    with clock.moved_to(START):
        passed("203.0.113.5", 5)
        assert passed("203.0.113.6", 5) == 3


def test_the_next_window_begins_anew():
    with clock.moved_to(START):
        passed("203.0.113.5", 5)
    with clock.moved_to(START + timedelta(seconds=600)):
        assert passed("203.0.113.5", 5) == 3


def test_the_refusal_says_how_long_to_wait():
    with clock.moved_to(START + timedelta(seconds=400)):
        passed("203.0.113.5", 3)
        with pytest.raises(Refusal) as refusal:
            RATE.count(RequestFactory().get("/", REMOTE_ADDR="203.0.113.5"))
    assert (refusal.value.code, refusal.value.status) == ("rate.too_many", 429)
    assert refusal.value.message.params == {"minutes": 4}


def test_a_household_of_ipv6_is_one_address():
    with clock.moved_to(START):
        passed("2001:db8:0:1::5", 3)
        assert passed("2001:db8:0:1:ffff::6", 1) == 0
        assert passed("2001:db8:0:2::5", 1) == 1


def test_an_address_of_ipv4_is_the_same_in_the_dress_of_ipv6():
    with clock.moved_to(START):
        passed("203.0.113.5", 3)
        assert passed("::ffff:203.0.113.5", 1) == 0


def test_whoever_has_no_address_counts_too():
    with clock.moved_to(START):
        assert passed("", 5) == 3
