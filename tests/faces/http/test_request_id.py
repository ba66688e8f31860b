"""A request's id is one id in the answer and on the ledger, and is forgotten when the answer is out."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from shanhe.faces.http.request_id import RequestIdMiddleware, current
from shanhe.ground.audit import ledger


def answer(**headers: str) -> tuple[str, str, str]:
    """The id in the answer, in the logs and on the ledger."""
    seen = []

    def view(_request: HttpRequest) -> HttpResponse:
        seen.extend([current(), ledger.request_id.get()])
        return HttpResponse()

    response = RequestIdMiddleware(view)(RequestFactory().get("/", headers=headers))
    return response["X-Request-Id"], seen[0], seen[1]


def test_an_id_that_the_proxy_gave_is_kept():
    assert answer(x_request_id="proxy-12345678") == ("proxy-12345678",) * 3


@pytest.mark.parametrize("given", ["", "short", "with space 123", "x" * 65])
def test_anything_else_is_replaced_by_an_id_of_our_own(given):
    shown, logged, recorded = answer(x_request_id=given)
    assert shown == logged == recorded != given
    assert len(shown) == 32


def test_outside_a_request_there_is_none():
    answer()
    assert (current(), ledger.request_id.get()) == ("-", "")
