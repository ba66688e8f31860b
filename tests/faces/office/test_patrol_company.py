"""What a patrol's page says of who walked along, and of one outing sent in parts."""

from __future__ import annotations

from datetime import timedelta

import pytest


@pytest.fixture
def reach(make):
    return make.reach("龙泉河杨墩段", length_m=2_000)


@pytest.fixture
def page(make):
    client = make.client(make.county_office, HTTP_ACCEPT_LANGUAGE="en")
    return lambda patrol: client.get(f"/office/patrols/{patrol.pk}/").content.decode()


def test_company_is_said_to_be_declared_found_or_without_an_outing_of_its_own(make, reach, page):
    first, second = make.keeper(reach), make.keeper(reach, kind="patroller")
    starts = make.now - timedelta(hours=3)
    alone = make.patrol(reach, by=second, starts=starts, seed=2, **{"with": [str(first.person.uuid)]})
    assert "without an outing of their own it does not count for them" in page(alone)
    other = make.patrol(reach, by=first, starts=starts, seed=1)
    text = page(alone)
    assert "declared, and confirmed by their own track" in text
    assert f"Patrol No. {other.pk}" in text


def test_an_outing_sent_in_parts_is_one_and_counts_once(make, reach, page):
    keeper = make.keeper(reach)
    starts = make.now - timedelta(hours=3)
    first = make.patrol(reach, by=keeper, starts=starts, seed=1)
    second = make.patrol(reach, by=keeper, starts=starts + timedelta(minutes=5), pace_mps=1.0, seed=7)
    assert second.joined_to_id == first.pk
    assert [first.verdict.counts, second.verdict.counts].count(True) == 1
    assert "In 2 parts, by the patrols below; together they count once." in page(first)
    assert "A part of one outing with the patrol below" in page(second)
