"""What the floors above ask of patrols: a figure and the list behind it are one queryset."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from shanhe.evidence.counters import counter, counters, records, tally


@pytest.fixture
def world(make):
    """Two reaches, two chiefs; valid, overlapping, partial and doubtful outings; one in another county."""
    from dataclasses import replace

    one, two = make.reach(), make.reach()
    for days in (1, 2, 3):
        make.patrol(one, starts=make.now - timedelta(days=days))
    make.patrol(one, starts=make.now - timedelta(days=3) + timedelta(minutes=10))
    make.patrol(two, walked_m=(0, 900))
    mocked = make.track(two, starts=make.now - timedelta(days=5))
    make.patrol(two, track=replace(mocked, mock=np.ones(len(mocked), np.bool_)))
    make.patrol(make.reach(division="341722100200"))
    return make, one, two


def count(make, name, by=("area",), user=None, **only):
    window = {"since": make.now - timedelta(days=30), "until": make.now}
    scope = make.scope(user or make.county_office)
    numbers = tally(name, scope, by=by, **window, **only)
    for group, number in numbers.items():
        listed = records(name, scope, **window, **{**only, **dict(zip(by, group, strict=True))})
        assert listed.count() == number, "the figure is the length of the list it opens"
    return numbers


def test_each_counter_counts_its_kind(world):
    make, one, two = world
    assert count(make, "patrols.all") == {(one.pk,): 4, (two.pk,): 2}
    assert count(make, "patrols.valid") == {(one.pk,): 4}
    assert count(make, "patrols.counted") == {(one.pk,): 3}
    assert count(make, "patrols.doubtful") == {(two.pk,): 1}


def test_groups_may_be_combined(world):
    make, one, _two = world
    chief = make.keeper_of(one).person_id
    assert count(make, "patrols.counted", by=("holder", "area")) == {(chief, one.pk): 3}
    assert count(make, "patrols.all", by=("division", "kind", "level")) == {
        ("341721102201", "reach", "village"): 6
    }
    assert count(make, "patrols.all", by=("outcome",)) == {("valid",): 4, ("partial",): 1, ("doubtful",): 1}


def test_only_some_groups_may_be_asked(world):
    make, _one, two = world
    assert count(make, "patrols.all", area=[two.pk]) == {(two.pk,): 2}
    assert count(make, "patrols.all", by=("area",), outcome="partial") == {(two.pk,): 1}


def test_the_window_is_open_at_its_end(world):
    make, one, _two = world
    first = records(
        "patrols.all", make.scope(make.county_office), since=make.now - timedelta(days=30), until=make.now
    ).order_by("started_at")[1]
    scope = make.scope(make.county_office)
    begin = first.started_at
    assert tally("patrols.all", scope, by=("area",), since=begin - timedelta(seconds=1), until=begin) == {}
    assert tally("patrols.all", scope, by=("area",), since=begin, until=begin + timedelta(seconds=1)) == {
        (one.pk,): 1
    }


def test_the_stranger_counts_his_own_county_only(world):
    make, one, two = world
    areas = {group[0] for group in count(make, "patrols.all", user=make.stranger)}
    assert areas.isdisjoint({one.pk, two.pk})
    assert len(areas) == 1


def test_whole_populations_cost_two_queries(world, django_assert_num_queries):
    make, *_ = world
    scope = make.scope(make.county_office)
    with django_assert_num_queries(2):  # one of them for what a superior walked elsewhere
        tally("patrols.counted", scope, by=("holder", "area"), since=make.now - timedelta(30), until=make.now)


def test_unknown_names_are_bugs(make):
    scope = make.scope(make.county_office)
    window = {"since": make.now, "until": make.now}
    with pytest.raises(KeyError):
        tally("patrols.moon", scope, by=("area",), **window)
    with pytest.raises(KeyError):
        tally("patrols.all", scope, by=("moon",), **window)
    with pytest.raises(KeyError):
        records("patrols.all", scope, **window, moon=1)


def test_a_name_is_published_once():
    assert {each.name for each in counters()} >= {
        "patrols.all",
        "patrols.valid",
        "patrols.counted",
        "patrols.doubtful",
    }
    with pytest.raises(ValueError, match="two counters"):
        counter("patrols.all", by={}, at="started_at")(lambda scope: None)  # type: ignore[arg-type,return-value]
