"""A period is judged again after a rule change: first shown, then applied; nothing is overwritten."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from shanhe.evidence.counters import tally
from shanhe.evidence.patrols.models import (
    Contest,
    LastVisit,
    Reverification,
    ReverifiedVerdict,
    Verdict,
)
from shanhe.evidence.patrols.queries.reverifying import moves_of, reverification_in, reverifications_of
from shanhe.evidence.patrols.services import (
    Decision,
    Stated,
    contest_decide,
    contest_file,
    reverify_apply,
    reverify_discard,
    reverify_start,
)
from shanhe.evidence.patrols.services.reverifying import applied, computed
from shanhe.ground.audit.models import Event
from shanhe.kernel.errors import Refusal


@pytest.fixture
def reach(make):
    return make.reach(length_m=2_000)


@pytest.fixture
def holder(make, reach):
    return make.keeper(reach)


@pytest.fixture
def run(make):
    def begun(by=None, **changes):
        wanted = {
            "uuid": uuid.uuid4(),
            "division": make.dongzhi,
            "kind": "",
            "since": make.today - timedelta(days=30),
            "until": make.today,
            "basis": "day",
        }
        return reverify_start(**wanted | changes, by=make.actor(by or make.county_office), at=make.now)

    return begun


@pytest.fixture
def shown(make, run):
    def computed_run(**changes):
        found = run(**changes)
        list(computed(run_id=found.pk, now=lambda: make.now))
        found.refresh_from_db()
        return found

    return computed_run


@pytest.fixture
def apply(make):
    def applied_run(run):
        reverify_apply(run=run, by=make.actor(make.county_office), at=make.now)
        list(applied(run_id=run.pk, now=lambda: make.now))
        run.refresh_from_db()
        return run

    return applied_run


def laxer(make):
    """From now on a third of the reach is enough, also for days gone by."""
    make.policy("patrol.rules", {"min_coverage": 0.3})


def current(patrol):
    return Verdict.objects.get(patrol=patrol, is_current=True)


def test_the_difference_is_shown_and_nothing_has_changed(make, reach, holder, shown):
    half = make.patrol(reach, (0, 900), by=holder)
    make.patrol(reach, by=holder, starts=make.now - timedelta(days=2))
    laxer(make)
    run = shown()
    assert (run.state, run.looked_at, run.unchanged) == ("ready", 2, 1)
    [move] = moves_of(run)[0]
    assert (move.before, move.after, move.number) == ("partial", "valid", 1)
    row = run.rows.get()
    assert (row.patrol, row.counts_before, row.counts_after) == (half, False, True)
    assert current(half).outcome == "partial"
    assert Verdict.objects.count() == 2


def test_applied_the_old_verdicts_stay_and_all_follows(make, reach, holder, shown, apply):
    half = make.patrol(reach, (0, 900), by=holder)
    old = half.verdict
    laxer(make)
    run = apply(shown())
    assert run.state == "applied"
    new = current(half)
    assert (new.outcome, new.counts, new.policy_id is not None) == ("valid", True, True)
    old.refresh_from_db()
    assert (old.is_current, old.outcome) == (False, "partial")
    half.refresh_from_db()
    assert half.outcome == "valid"
    assert LastVisit.objects.get(area=reach).counted_at == half.started_at
    event = Event.objects.get(action="patrol.reverify")
    assert event.data["verdicts"][0] | {"area": 0} == {
        "area": 0,
        "was": "partial",
        "outcome": "valid",
        "counts": True,
    }
    assert run.rows.get().status == "applied"


def test_a_stricter_rule_takes_away_and_the_last_visit_goes_back(make, reach, holder, shown, apply):
    before = make.patrol(reach, (0, 2_000), by=holder, starts=make.now - timedelta(days=5))
    make.patrol(reach, (0, 1_500), by=holder)
    make.policy("patrol.rules", {"min_coverage": 0.9})
    apply(shown())
    assert LastVisit.objects.get(area=reach).counted_at == before.started_at
    assert LastVisit.objects.get(area=reach).outcome == "partial"


def test_of_overlapping_outings_another_one_counts_when_the_first_no_longer_does(
    make, reach, holder, shown, apply
):
    starts = make.now - timedelta(hours=3)
    first = make.patrol(reach, (0, 1_500), by=holder, starts=starts)
    second = make.patrol(reach, (0, 2_000), by=holder, starts=starts + timedelta(minutes=1), seed=99)
    assert (current(first).counts, current(second).counts) == (True, False)
    make.policy("patrol.rules", {"min_coverage": 0.9})
    apply(shown())
    assert (current(first).counts, current(second).counts) == (False, True)
    since, until = make.now - timedelta(days=1), make.now + timedelta(days=1)
    found = tally("patrols.counted", make.scope(make.county_office), by=("holder",), since=since, until=until)
    assert found == {(holder.person_id,): 1}


def contested(make, patrol, holder, reach):
    return contest_file(
        uuid=uuid.uuid4(),
        patrol=patrol,
        area_code=reach.code,
        stated=Stated("手机没电"),
        by=make.actor(holder),
        at=make.now,
    )[0]


def test_what_a_person_decided_and_what_is_contested_stays_and_is_listed(make, reach, holder, shown, apply):
    decided = make.patrol(reach, (0, 900), by=holder)
    contest = contested(make, decided, holder, reach)
    loaded = Contest.objects.select_related("patrol", "area", "verdict").get(pk=contest.pk)
    contest_decide(
        contest=loaded,
        decision=Decision("whole"),
        stated=Stated("属实"),
        by=make.actor(make.county_office),
        at=make.now,
    )
    pending = make.patrol(reach, (0, 900), by=holder, starts=make.now - timedelta(days=3))
    contested(make, pending, holder, reach)
    laxer(make)
    run = apply(shown())
    assert moves_of(run) == ([], {"decided": 1, "open": 1})
    assert current(pending).outcome == "partial"
    assert current(decided).details["decision"]["result"] == "whole"


def test_what_changed_otherwise_meanwhile_is_left_alone(make, reach, holder, shown, apply):
    half = make.patrol(reach, (0, 900), by=holder)
    laxer(make)
    run = shown()
    contested(make, half, holder, reach)
    apply(run)
    assert run.rows.get().status == "passed"
    assert current(half).outcome == "partial"


def test_other_places_kinds_and_days_are_left_out(make, reach, holder, shown):
    make.patrol(reach, (0, 900), by=holder)
    laxer(make)
    assert shown(kind="forest-unit").looked_at == 0
    assert shown(until=make.today - timedelta(days=5)).looked_at == 0
    assert shown(kind="reach").looked_at == 1


def test_put_away_nothing_changes_and_it_cannot_be_applied(make, reach, holder, shown):
    half = make.patrol(reach, (0, 900), by=holder)
    laxer(make)
    run = reverify_discard(run=shown(), by=make.actor(make.county_office), at=make.now)
    with pytest.raises(Refusal) as refused:
        reverify_apply(run=run, by=make.actor(make.county_office), at=make.now)
    assert (refused.value.code, refused.value.status) == ("reverify.not_ready", 409)
    assert current(half).outcome == "partial"


def test_an_interrupted_run_goes_on_where_it_was(make, reach, holder, run, monkeypatch):
    monkeypatch.setattr("shanhe.evidence.patrols.services.reverifying.CHUNK", 1)
    for days in (1, 2, 3):
        make.patrol(reach, (0, 900), by=holder, starts=make.now - timedelta(days=days))
    laxer(make)
    found = run()
    steps = computed(run_id=found.pk, now=lambda: make.now)
    next(steps), next(steps)
    steps.close()
    list(computed(run_id=found.pk, now=lambda: make.now))
    found.refresh_from_db()
    assert (found.state, found.looked_at, found.rows.count()) == ("ready", 3, 3)


@pytest.mark.parametrize("who", ["stranger", "village_chief"])
def test_only_an_office_that_manages_the_place_may(make, run, who):
    with pytest.raises(Refusal) as refused:
        run(by=getattr(make, who))
    assert refused.value.status == 403
    assert not Reverification.objects.exists()


def test_days_that_cannot_be_used_are_refused(make, run):
    with pytest.raises(Refusal) as refused:
        run(until=make.today - timedelta(days=60))
    assert refused.value.code == "reverify.days"


def test_a_stranger_sees_no_run(make, run):
    found = run()
    assert reverification_in(make.scope(make.county_office), found.uuid) == found
    assert not reverifications_of(make.scope(make.stranger)).exists()


def test_the_number_of_queries_does_not_grow_with_the_verdicts_but_for_earlier_tracks(
    make, reach, holder, run, query_count
):
    for days in (1, 2):
        make.patrol(reach, (0, 900), by=holder, starts=make.now - timedelta(days=days))
    one = run(since=make.today - timedelta(days=1))
    two = run()
    few = query_count(lambda: list(computed(run_id=one.pk, now=lambda: make.now)))
    more = query_count(lambda: list(computed(run_id=two.pk, now=lambda: make.now)))
    assert more <= few + 2
    assert ReverifiedVerdict.objects.count() == 0
