"""Plans and outings come from the seed alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from shanhe.demo.habits import Plan, Story, last_of_each, plans_of
from shanhe.demo.keepers import Keeper, Temper
from shanhe.demo.outings import Ground, Phone, driven, round_of, walked
from shanhe.demo.producing import Cast, produced, produced_beside
from shanhe.demo.quirks import FAKES, QUIRKS
from shanhe.kernel.geo.projection import Projection
from shanhe.kernel.periods import WorkingCalendar
from shanhe.kernel.tracks import verify
from shanhe.kernel.tracks.types import Area, Rules

LINE = np.column_stack([np.linspace(117.03, 117.06, 40), 30.46 + 0.001 * np.sin(np.arange(40) / 3)])
LAST = date(2026, 3, 24)
CAST = Cast(
    {
        1: Keeper(1, 11, None, "village", ("R",), Temper(0.9, 0.3)),
        2: Keeper(2, 12, None, "ranger", ("R",), username="ranger"),
        3: Keeper(3, 13, None, "patroller", ("R",), until=date(2026, 3, 1)),
    },
    {"R": Ground("R", False, False, LINE)},
    seed=5,
)
STORIES = (Story("ranger", 1, "asleep", note="手机中途息屏"),)


def plans(seed: int = 5):
    first = LAST - timedelta(days=60)
    return plans_of(
        list(CAST.keepers.values()),
        first=first,
        last=LAST,
        calendar=WorkingCalendar(),
        seed=seed,
        stories=STORIES,
    )


def test_the_same_seed_gives_the_same_uploads():
    once, again = ([each.sent.raw for each in produced(CAST, plans())] for _ in range(2))
    assert once == again
    assert len(once) > 25
    assert [plan.starts for plan in plans(6)] != [plan.starts for plan in plans()]


def test_another_process_makes_the_same():
    few = plans()[:12]
    here, beside = list(produced(CAST, few)), list(produced_beside(CAST, few))
    assert [(each.at, each.sent.raw) for each in here] == [(each.at, each.sent.raw) for each in beside]


def test_nobody_goes_out_after_leaving_and_all_is_marked_as_simulated():
    uploads = list(produced(CAST, plans()))
    assert all(each.sent.is_simulated for each in uploads)
    assert all(each.at > each.sent.started_at for each in uploads)
    left = [each.sent.started_at.date() for each in uploads if each.keeper == 3]
    assert left
    assert max(left) < date(2026, 3, 1)


def test_a_story_is_told_on_its_day():
    [told] = [plan for plan in plans() if plan.note]
    assert (told.keeper, told.what, told.starts.date()) == (2, "asleep", LAST - timedelta(days=1))


def test_the_small_year_keeps_the_last_outing_in_every_area():
    def of(area: str, day: int, keeper: int = 1) -> Plan:
        return Plan(keeper, 0, datetime(2026, 3, day, tzinfo=UTC), (area,))

    old, older, recent, before, other = of("A", 5), of("A", 2), of("B", 22), of("B", 9), of("C", 1, 2)
    everything = sorted([old, older, recent, before, other], key=lambda plan: plan.starts)
    kept = list(last_of_each(everything, datetime(2026, 3, 20, tzinfo=UTC)))
    assert kept == [other, old, recent]


def an_outing(seed: int):
    rng = np.random.default_rng([9, seed])
    plane, phone = Projection.around(LINE[:, 0], LINE[:, 1]), Phone.drawn(seed, rng)
    ground = CAST.grounds["R"]
    way = ground.metres(plane)
    outing = walked(way, plane, phone, rng, pace_mps=1.2)
    assert round_of([ground], plane, rng).shape[1] == 2
    return outing, way, phone, rng


@pytest.mark.parametrize("quirk", ["", *QUIRKS])
def test_honest_outings_are_found_honest(quirk):
    outcomes = []
    for seed in range(12):
        outing, _way, phone, rng = an_outing(seed)
        outing = QUIRKS[quirk](outing, rng) if quirk else outing
        outcomes.append(verify(Area("line", (LINE,)), outing.track(10**12, phone.decimals)).outcome)
    assert outcomes.count("valid") == len(outcomes)


@pytest.mark.parametrize("fake", FAKES)
def test_faked_outings_do_not_count(fake):
    for seed in range(8):
        outing, way, phone, rng = an_outing(seed)
        outing = FAKES[fake](outing, way, phone, rng)
        found = verify(Area("line", (LINE,)), outing.track(10**12, phone.decimals))
        assert found.outcome in ("doubtful", "invalid")


def test_a_car_that_stops_is_honest_by_the_rule_of_stops():
    long = np.column_stack([np.linspace(77.0, 77.5, 60), np.linspace(38.0, 38.2, 60)])
    plane = Projection.around(long[:, 0], long[:, 1])
    line = Ground("K", False, False, long).metres(plane)
    rules = Rules(kind="stops", tolerance_m=300, min_stops=2, min_minutes=15, checks=("too_fast",))
    for seed in range(8):
        rng = np.random.default_rng(seed)
        outing = driven(line, plane, Phone.drawn(1, rng), rng, length_m=15_000, stops=3, mps=11)
        assert verify(Area("line", (long,)), outing.track(10**12, 7), rules).outcome == "valid"
