"""Every route, as every role: nothing outside one's scope is shown, found or changed.

The routes are listed at run time, so that a new page cannot be forgotten: it fails here until
``examples.py`` knows it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection

from contract.asking import Answer, Asker
from contract.examples import EXAMPLES, Example, Fields, Sending, nothing
from contract.routes import Route, api_operations, pages
from contract.world import PREFIX, VILLAGES, Canary, Country, Role, Village, country_made

ROUTES = {route.key: route for route in (*pages(), *api_operations())}
ROLES = (
    *("admin", "kashgar", "kashgar-chief", "dongzhi", "dadukou", "dadukou-chief", "village-chief", "ranger"),
    *("water-bureau", "party-office"),
    *("next-county", "without-a-post", "retired-clerk", "future-clerk", "anonymous"),
)
# What a role may is decided in Python, the same on either database; PostgreSQL walks those that differ in the
# SQL they bring about: everything, a county, a town, single areas, another county, nothing.
WALKED = (
    ("admin", "dongzhi", "dadukou", "village-chief", "ranger", "next-county", "anonymous")
    if connection.vendor == "postgresql"
    else ROLES
)
OFFICES = ("dadukou", "dongzhi", "kashgar", "next-county")
REFUSALS = {400, 401, 403, 404, 405, 409, 413, 415, 422}


@pytest.fixture
def country(make: Any, caplog: pytest.LogCaptureFixture) -> Country:
    caplog.set_level(logging.CRITICAL, "django.request")  # thousands of refusals are what we want
    cache.clear()  # who asks as all roles comes from one address, and would be asked to wait
    return country_made(make)


@pytest.fixture(params=WALKED)
def role(request: pytest.FixtureRequest, country: Country) -> Role:
    return country.roles[request.param]


def walked() -> Iterator[tuple[Route, Example]]:
    """Every route with its example; those that have none yet fail a test of their own."""
    yield from ((ROUTES[key], example) for key, example in EXAMPLES if key in ROUTES)


def told(found: list[Any]) -> str:
    return f"{len(found)} found:\n" + "\n".join(str(each) for each in found[:40])


# -- the list is complete --------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ROUTES)
def test_every_route_has_an_example(key):
    known = {known for known, _example in EXAMPLES}
    assert key in known, "add it to tests/contract/examples.py"


def test_every_example_has_a_route():
    assert {key for key, _example in EXAMPLES} <= ROUTES.keys()


def test_the_cast_is_complete(country):
    assert list(country.roles) == list(ROLES)


# -- what is shown ---------------------------------------------------------------------------------------


def foreign(country: Country, role: Role, ring: str = "seen") -> list[Village]:
    """The villages that the role does not hold."""
    return [village for village in country.villages.values() if not role.holds(ring, village.name)]


def looks(example: Example, country: Country, role: Role) -> Iterator[tuple[Fields, Fields, Village | None]]:
    """(address, query, whose record): each village's record; a list also searched, and for a stranger's."""
    if example.ring:
        yield from ((example.address(village), {}, village) for village in country.villages.values())
        return
    address = example.address(country.villages["yangdun"])
    if example.queries:
        others = foreign(country, role) or list(country.villages.values())
        yield from ((address, query, None) for query in example.queries(others[0]))
        return
    yield address, {}, None
    if example.is_public:
        return  # the same for everybody: it knows no scope that a query could widen
    yield address, {"q": PREFIX}, None
    for village in foreign(country, role)[:1]:
        yield address, {"division": village.code}, None
        yield address, {"area": village.reach.code}, None
        yield address, {"holder": village.chief.pk}, None
        yield address, {"around": village.reach.code}, None


def is_as_it_should_be(answer: Answer, example: Example, village: Village | None, role: Role) -> bool:
    """Whether the status is the one that this role has to get for this record."""
    if role.user is None:
        return asks_to_sign_in(answer) != example.is_public
    if village is not None and not role.holds(example.ring, village.name):
        # What one sees but may not open is refused; what one does not see is not there.
        is_seen = example.ring == "managed" and role.holds("seen", village.name)
        return answer.status in ((403, 404) if is_seen else (404,))
    if (village is not None and role.name in OFFICES) or (role.name == "admin" and "?" not in answer.asked):
        return (
            answer.status == example.status
        )  # a refusal proves nothing where nobody gets in: the address may be wrong
    return answer.status < 500


def asks_to_sign_in(answer: Answer) -> bool:
    return answer.status == 401 or (answer.status == 302 and "/accounts/login/" in answer.location)


def leaks(answer: Answer, country: Country, role: Role, example: Example) -> list[str]:
    """Canaries in the answer that the role may not read; what the request itself names is echoed by forms."""
    return [
        f"{answer}: {canary.what} of {canary.village}"
        for canary in country.canaries
        if canary.text in answer.text
        and canary.what not in example.tells_everybody
        and not role.may_read(canary)
        and not is_echo(canary, answer)
    ]


def is_echo(canary: Canary, answer: Answer) -> bool:
    """What was asked for by name or code stands in the form again; names of places are in every atlas."""
    return canary.text in answer.sent or (
        canary.what == "village" and VILLAGES[canary.village] in answer.sent
    )


def test_looking_shows_nothing_outside_the_scope_and_writes_nothing(country, role):
    asker, found = Asker(country, role), []
    for route, example in walked():
        if example.is_get and route.method in ("", "GET"):
            for address, query, village in looks(example, country, role):
                answer = asker.get(route, address, query)
                found += leaks(answer, country, role, example)
                if answer.written or not is_as_it_should_be(answer, example, village, role):
                    found.append(answer)
    assert not found, told(found)


# -- what is changed -------------------------------------------------------------------------------------


def targets(example: Example, country: Country, role: Role) -> list[Village]:
    """The villages that the role has no right to change; where nothing is known to be sent, one will do."""
    if example.sending is None:
        return foreign(country, role, example.ring or "managed")[:1]
    return [] if example.sending.ring == "self" else foreign(country, role, example.sending.ring)


def test_nobody_changes_what_is_not_theirs_to_change(country, role):
    asker, found = Asker(country, role), []
    for route, example in walked():
        for village in targets(example, country, role) if route.method != "GET" else []:
            sending = example.sending or Sending(nothing, "nobody")
            body, query = sending.body(country, village), sending.query(village)
            answer = asker.send(route, example.address(village), body, query)
            found += leaks(answer, country, role, example)
            if answer.written or not is_refused(answer, example, village, role):
                found.append(answer)
    assert not found, told(found)


def is_refused(answer: Answer, example: Example, village: Village, role: Role) -> bool:
    """A record that one does not see is not there; else the answer says no, or is the page again."""
    if role.user is None:
        return example.is_public or asks_to_sign_in(answer) or answer.status in REFUSALS
    if example.ring and not role.holds(example.ring, village.name):
        is_seen = example.ring == "managed" and role.holds("seen", village.name)
        return answer.status in ((403, 404, 405, 409) if is_seen else (404, 405, 409))
    return answer.status < 500 and (example.sending is None or answer.status in REFUSALS)


TAKEN = [(key, example) for key, example in EXAMPLES if example.sending and example.sending.writer]
CROSSED = [(key, example) for key, example in EXAMPLES if example.sending and example.sending.crossed]


@pytest.mark.parametrize(("key", "example"), TAKEN, ids=[key for key, _example in TAKEN])
def test_who_may_change_it_does(country, key, example):
    """The same body from the one who may is taken: so nobody above was refused for the wrong reason."""
    village, sending = country.villages["yangdun"], example.sending
    asker = Asker(country, country.roles[sending.writer])
    answer = asker.send(
        ROUTES[key], example.address(village), sending.body(country, village), sending.query(village)
    )
    assert answer.status in (200, 201, 204, 302, 303), answer.text
    assert answer.written


@pytest.mark.parametrize(("key", "example"), CROSSED, ids=[key for key, _example in CROSSED])
@pytest.mark.parametrize("office", ["dadukou", "dongzhi"])
def test_nothing_of_a_strangers_village_gets_into_a_record_of_ones_own(country, key, example, office):
    own, other = country.villages["yangdun"], country.villages["tongxin"]
    asker = Asker(country, country.roles[office])
    answer = asker.send(ROUTES[key], example.address(own), example.sending.crossed(country, own, other))
    assert answer.status in REFUSALS, str(answer)
    assert not answer.written
    assert not leaks(answer, country, country.roles[office], example)
