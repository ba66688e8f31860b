"""Which address a request comes from: what the caller writes is never believed."""

from __future__ import annotations

import pytest
from axes.helpers import get_client_ip_address
from django.test import RequestFactory

from shanhe.faces.http.address import client_address


def asked(forwarded: str = "", address: str = "203.0.113.5"):
    more = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    return RequestFactory().get("/", REMOTE_ADDR=address, **more)


def test_without_a_proxy_the_header_is_not_looked_at(settings):
    settings.BEHIND_PROXY = False
    assert client_address(asked(forwarded="198.51.100.9")) == "203.0.113.5"


@pytest.mark.parametrize("forwarded", ["198.51.100.9", "10.0.0.1, 198.51.100.9", "nonsense,198.51.100.9"])
def test_behind_a_proxy_it_is_what_the_proxy_wrote_last(settings, forwarded):
    settings.BEHIND_PROXY = True
    assert client_address(asked(forwarded, address="127.0.0.1")) == "198.51.100.9"


def test_a_proxy_that_says_nothing_is_the_caller_itself(settings):
    settings.BEHIND_PROXY = True
    assert client_address(asked(address="127.0.0.1")) == "127.0.0.1"


def test_failed_sign_ins_are_counted_by_the_same_address(settings):
    settings.BEHIND_PROXY = True
    assert get_client_ip_address(asked("198.51.100.9", address="127.0.0.1")) == "198.51.100.9"
