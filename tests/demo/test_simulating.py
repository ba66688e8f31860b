"""People and days on demand, the same from the same seed, and out again."""

from __future__ import annotations

from typing import Any

import pytest

from shanhe.demo.purging import simulated_purge
from shanhe.demo.simulating import simulate
from shanhe.evidence.patrols.models import Patrol, Track
from shanhe.ground.audit.models import Event
from shanhe.ground.people.models import Person
from shanhe.ground.people.scope import system_actor
from shanhe.ground.people.services import posts_load
from shanhe.ground.registry.models import Area, Shape, WaterBody
from shanhe.kernel.errors import Refusal

pytestmark = pytest.mark.django_db


def added(make: Any, **options: Any) -> Any:
    make.village, make.dadukou  # noqa: B018  two divisions are enough
    by = system_actor("test")
    posts_load(by=by, at=make.now)
    return simulate(**{"chiefs": 3, "days": 20, "seed": 7, "by": by, "now": make.now, **options})


def left(make: Any, **options: Any) -> list[str]:
    added(make, **options)
    digests = list(Track.objects.order_by("raw_sha256").values_list("raw_sha256", flat=True))
    simulated_purge(by=system_actor("test"), at=make.now)
    return digests


def test_the_same_seed_simulates_the_same(make: Any) -> None:
    once = left(make)
    assert once == left(make)
    assert once != left(make, seed=8)
    assert len(once) > 5


def test_all_is_marked_drawn_as_a_sketch_and_on_the_ledger(make: Any) -> None:
    done = added(make)
    assert done.chiefs == Area.objects.count() == Person.objects.count() == 3
    assert done.patrols == Patrol.objects.count() == Event.objects.filter(action="patrol.submit").count()
    for model in (Area, Person, Patrol, WaterBody):
        assert not model._default_manager.filter(is_simulated=False).exists()
    assert not Shape.objects.filter(is_sketch=False).exists()
    assert all(patrol.ended_at < make.now for patrol in Patrol.objects.all())


def test_a_purge_leaves_what_is_real(make: Any) -> None:
    reach = make.reach()
    real = make.patrol(reach)
    added(make)
    simulated_purge(by=system_actor("test"), at=make.now)
    assert list(Area.objects.all()) == [reach]
    assert list(Patrol.objects.all()) == [real]


def test_a_seed_is_simulated_once(make: Any) -> None:
    added(make)
    with pytest.raises(Refusal) as refused:
        added(make)
    assert refused.value.code == "simulate.known"


@pytest.mark.parametrize("wrong", [{"chiefs": 0}, {"days": 0}, {"chiefs": 10**6}, {"days": 10**6}])
def test_numbers_that_make_no_sense_are_refused(make: Any, wrong: dict[str, int]) -> None:
    with pytest.raises(Refusal) as refused:
        added(make, **wrong)
    assert set(refused.value.fields) == set(wrong)
