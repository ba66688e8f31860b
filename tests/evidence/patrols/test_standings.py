"""How areas stand, as a column of the database: the same answer as for each by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Substr

from shanhe.evidence.patrols.models import LastVisit
from shanhe.evidence.patrols.queries import State, area_states
from shanhe.evidence.patrols.queries.standings import standing_counts, standing_counts_by, with_standing
from shanhe.ground.registry.models import Area

KEY = "patrol.unvisited_days"


@pytest.fixture
def visited(make):
    def visited(days_ago: int | None, **area) -> Area:
        made = make.reach(**area)
        if days_ago is not None:
            at = make.now - timedelta(days=days_ago)
            LastVisit.objects.create(area=made, counted_at=at, any_at=at, outcome="valid")
        return made

    return visited


def test_the_column_says_what_each_area_alone_says(make, visited):
    make.policy(KEY, 7, level="village")
    make.policy(KEY, 10, level="village", division="341721100000")
    for days in (None, 0, 4, 5, 6, 7, 8, 9, 10):
        visited(days)
        visited(days, division="341721100200")
    visited(3, level="township")  # no policy asks for it
    areas = Area.objects.all()
    scope = make.scope(make.administrator)
    alone = area_states(scope, areas.values_list("pk", flat=True), make.today)
    together = {area.pk: State(area.standing) for area in with_standing(areas, make.today)}
    assert together == {pk: each.state for pk, each in alone.items()}
    assert set(together.values()) == set(State)


def test_counts_name_every_state(make, visited):
    make.policy(KEY, 7)
    visited(0)
    visited(None)
    counts = standing_counts(Area.objects.all(), make.today)
    assert counts == dict.fromkeys(State, 0) | {State.MET: 1, State.NEVER: 1}


def test_counts_by_place_are_one_query_more_than_the_policies(make, visited, query_count):
    make.policy(KEY, 7)
    visited(0)
    visited(20)
    visited(20, division="341721100200")
    areas, place = Area.objects.all(), Substr("division_id", 1, 9)
    counts = standing_counts_by(areas, place, make.today)
    assert {code: (of[State.MET], of[State.OVERDUE]) for code, of in counts.items()} == {
        "341721102": (1, 1),
        "341721100": (0, 1),
    }
    assert query_count(lambda: standing_counts_by(areas, place, make.today)) == 2
