"""The page of a former system's record without a track: it says so, and shows no figures of nothing."""

from __future__ import annotations

import pytest

from shanhe.evidence.patrols.incoming import FormerPatrols
from shanhe.evidence.patrols.models import Patrol
from shanhe.ground.incoming.tables import Row, Table


@pytest.fixture
def patrol(make):
    reach = make.reach("白土河杨墩段")
    chief = make.keeper(reach)
    row = {
        "person": chief.person.name,
        "area": "白土河杨墩段",
        "started": "2025-06-05 08:30",
        "ended": "2025-06-05 09:40",
        "distance": "2.3公里",
        "result": "发现问题一处",
    }
    table = Table(tuple(row), [Row(2, row)])
    actor = make.actor(make.county_office)
    report = FormerPatrols().take(table, {name: name for name in row}, by=actor, at=make.now)
    assert not report.refused
    return Patrol.objects.get()


@pytest.fixture
def office(make):
    return make.client(make.county_office, headers={"accept-language": "en"})


def test_it_says_that_nothing_can_be_verified_and_what_the_former_system_has(office, patrol):
    page = office.get(f"/office/patrols/{patrol.pk}/").content.decode()
    assert "without a track: nothing of it can be verified" in page
    assert "发现问题一处" in page
    assert "2.3" in page
    assert "Highest speed" not in page
    assert "data-source" not in page.split('id="verdict-title"')[1]


def test_where_the_rule_lets_it_count_the_page_says_so(make, office):
    make.policy("patrol.untracked_counts", True)
    reach = make.reach("白土河杨墩段")
    chief = make.keeper(reach)
    row = {"person": chief.person.name, "area": "白土河杨墩段", "started": "2025-06-05 08:30"}
    actor = make.actor(make.county_office)
    FormerPatrols().take(
        Table(tuple(row), [Row(2, row)]), {name: name for name in row}, by=actor, at=make.now
    )
    page = office.get(f"/office/patrols/{Patrol.objects.get().pk}/").content.decode()
    assert "the rule here lets it count" in page


@pytest.mark.parametrize("part", ["drawing.json", "series.json", "track.gpx"])
def test_what_would_draw_its_track_does_not_fail(office, patrol, part):
    assert office.get(f"/office/patrols/{patrol.pk}/{part}").status_code in (200, 404)


def test_the_list_has_it_with_its_verdict(office, patrol):
    page = office.get("/office/patrols/").content.decode()
    assert f"/office/patrols/{patrol.pk}/" in page
