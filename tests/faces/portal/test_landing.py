"""The first page: what it says to everybody, and that it costs a crowd nothing."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.test import Client

from make.registry import ADMINISTRATOR
from shanhe.ground import clock
from shanhe.ground.registry.services import area_retire


def page(client: Client, path: str = "/") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_doors_lead_to_pages_that_are_there(anybody):
    text = page(anybody)
    for address in ("/accounts/login/", "/try/", "/proof/", "/api/v1/docs"):
        assert f'href="{address}"' in text
        assert anybody.get(address).status_code == 200


def test_it_speaks_chinese_first(db):
    assert "山有人管，水有人护，履职有据。" in page(Client())


def test_an_empty_registry_shows_no_noughts(anybody):
    assert "sh-figures" not in page(anybody)


def test_figures_count_what_is_under_care_and_each_metre_once(make, anybody):
    outer = make.reach(length_m=4_000, level="township")
    make.reach(length_m=2_000, level="village", parent=outer)
    make.forest_unit(side_m=1_000)
    text = page(anybody)
    assert "4.00 km" in text
    assert re.search(r"1,(500|499|501) mu", text)
    assert text.count("sh-figure") >= 5


def test_what_is_not_in_force_any_more_is_not_counted(make, anybody):
    reach = make.reach(length_m=4_000)
    area_retire(area=reach, on=clock.today(), by=ADMINISTRATOR, at=make.now)
    assert "4.00 km" not in page(anybody)


@pytest.mark.parametrize("areas", [1, 12])
def test_it_costs_the_same_whatever_is_registered(make, anybody, areas, django_assert_max_num_queries):
    for _n in range(areas):
        make.reach()
    cache.clear()
    with django_assert_max_num_queries(4):
        page(anybody)
    with django_assert_max_num_queries(0):
        page(anybody)


def test_nobody_is_named(make, anybody):
    reach = make.reach()
    assert reach.name not in page(anybody)


def test_robots_keep_to_the_public_pages(client):
    text = page(client, "/robots.txt")
    assert "Disallow: /office/" in text
    assert "Disallow: /\n" not in text


def test_browsers_find_the_mark_of_the_house(client):
    answer = client.get("/favicon.ico")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/static/shanhe/brand.svg")


def test_an_unknown_address_is_answered_in_the_look_of_the_house(anybody):
    answer = anybody.get("/nothing/here")
    assert answer.status_code == 404
    text = answer.content.decode()
    assert "No such page" in text
    assert 'class="sh-top"' in text


def test_accounts_are_named_in_the_demonstration_and_nowhere_else(anybody, settings):
    settings.DEMO = True
    assert "shanhe-demo" in page(anybody)
    settings.DEMO = False
    assert "shanhe-demo" not in page(anybody)
