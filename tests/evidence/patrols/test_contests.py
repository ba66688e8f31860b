"""A verdict is contested, looked at by the superior, and decided; nothing is overwritten."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from django.utils.timezone import localtime

from shanhe.evidence.counters import tally
from shanhe.evidence.patrols.contests_flow import DECIDED, FLOW
from shanhe.evidence.patrols.models import Contest, LastVisit, Verdict
from shanhe.evidence.patrols.queries import area_states
from shanhe.evidence.patrols.queries.contests import (
    contest_in,
    contest_may,
    contests_of,
    contests_to_decide,
    verdict_may,
)
from shanhe.evidence.patrols.services import (
    Decision,
    Photo,
    Stated,
    contest_comment,
    contest_decide,
    contest_file,
    contest_take_up,
    contest_withdraw,
    patrol_reverify,
    verdict_decide,
)
from shanhe.ground.audit.models import Event
from shanhe.ground.documents.models import StoredFile
from shanhe.ground.documents.queries import file_in
from shanhe.kernel.errors import Refusal

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63fcffff3f030005fe02fe"
    "a735819a0000000049454e44ae426082"
)


@pytest.fixture
def reach(make):
    return make.reach(length_m=2_000)


@pytest.fixture
def holder(make, reach):
    return make.keeper(reach)


@pytest.fixture
def partial(make, reach, holder):
    """Half of the reach was walked, then the phone died."""
    patrol = make.patrol(reach, walked_m=(0, 900), by=holder)
    assert patrol.verdict.outcome == "partial"
    return patrol


@pytest.fixture
def doubtful(make, reach, holder):
    track = make.track(reach)
    patrol = make.patrol(reach, track=replace(track, mock=np.ones(len(track), bool)), by=holder)
    assert patrol.verdict.outcome == "doubtful"
    return patrol


@pytest.fixture
def file(make, reach, holder):
    def contest(patrol, stretches=(), words="手机在半路没电了。", by=None, at=None, **other):
        found, _is_new = contest_file(
            uuid=other.pop("uuid", None) or uuid.uuid4(),
            patrol=patrol,
            area_code=reach.code,
            stated=Stated(words, **other),
            stretches=stretches,
            by=make.actor(by or holder, "office"),
            at=at or make.now,
        )
        return found

    return contest


@pytest.fixture
def decide(make):
    def decided(contest, result, accepted=(), words="走访沿岸住户，属实。", by=None, at=None):
        return contest_decide(
            contest=Contest.objects.select_related("patrol", "area__division", "verdict").get(pk=contest.pk),
            decision=Decision(result, tuple(accepted)),
            stated=Stated(words),
            by=make.actor(by or make.county_office),
            at=at or make.now + timedelta(days=1),
        )

    return decided


def current(patrol, area):
    return Verdict.objects.get(patrol=patrol, area=area, is_current=True)


def counted(make, holder):
    since, until = make.now - timedelta(days=30), make.now + timedelta(days=30)
    found = tally("patrols.counted", make.scope(make.county_office), by=("holder",), since=since, until=until)
    return found.get((holder.person_id,), 0)


# -- filing ------------------------------------------------------------------------------------------------


def test_the_holder_contests_a_stretch_with_words_and_a_photo(make, partial, file, holder):
    contest = file(partial, [(1_000, 1_900)], photos=(Photo("现场.png", PIXEL),))
    assert (contest.state, contest.stretches) == ("filed", [[1_000, 1_900]])
    assert contest.verdict == partial.verdict
    event = contest.events.get()
    assert (event.action, event.target, event.person) == ("file", "filed", holder.person)
    [photo] = event.files
    kept = StoredFile.objects.get(uuid=photo)
    assert (kept.record_type, kept.record_uuid) == ("contest", contest.uuid)
    assert file_in(make.scope(make.county_office), kept.uuid) == kept
    with pytest.raises(StoredFile.DoesNotExist):
        file_in(make.scope(make.stranger), kept.uuid)


def test_the_same_contest_sent_twice_is_one(partial, file):
    number = uuid.uuid4()
    assert file(partial, uuid=number) == file(partial, uuid=number)
    assert Event.objects.filter(action="contest.file").count() == 1
    with pytest.raises(Refusal) as refused:
        file(partial, uuid=number, words="别的理由")
    assert (refused.value.code, refused.value.status) == ("contest.uuid_taken", 409)


def test_it_is_due_after_the_policys_working_days(make, partial, file):
    make.policy("patrol.contest", {"decide_days": 3})
    due = file(partial).due_on
    assert (due - localtime(make.now).date()).days >= 3
    assert due.weekday() < 5


@pytest.mark.parametrize("who", ["county_office", "stranger"])
def test_who_did_not_walk_or_send_it_does_not_contest_it(make, partial, file, who):
    with pytest.raises(Refusal) as refused:
        file(partial, by=getattr(make, who))
    assert (refused.value.code, refused.value.status) == ("flow.not_yours", 403)
    assert not Contest.objects.exists()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"words": "  "}, "contest.no_words"),
        ({"words": "长" * 2_001}, "contest.words"),
        ({"stretches": [(1_900, 1_000)]}, "contest.stretch"),
        ({"stretches": [(100, 700)]}, "contest.stretch_walked"),
        ({"photos": (Photo("现场.exe", b"MZ" + b"\0" * 100),)}, "files.type"),
    ],
)
def test_what_cannot_be_used_is_refused_and_leaves_nothing(partial, file, changed, code):
    with pytest.raises(Refusal) as refused:
        file(partial, **changed)
    assert refused.value.code == code
    assert not Contest.objects.exists()
    assert not StoredFile.objects.exists()


def test_a_valid_verdict_is_not_contested(make, reach, holder, file):
    with pytest.raises(Refusal) as refused:
        file(make.patrol(reach, by=holder))
    assert refused.value.code == "contest.is_valid"


def test_one_is_open_at_a_time(partial, file):
    file(partial)
    with pytest.raises(Refusal) as refused:
        file(partial)
    assert (refused.value.code, refused.value.status) == ("contest.open", 409)


def test_after_the_policys_working_days_it_is_too_late(make, partial, file):
    make.policy("patrol.contest", {"file_days": 2})
    with pytest.raises(Refusal) as refused:
        file(partial, at=make.now + timedelta(days=8))
    assert refused.value.code == "contest.too_late"


def test_a_forest_unit_is_contested_as_a_whole(make):
    unit = make.forest_unit()
    patrol = make.patrol(unit, walked_m=(0, 300))
    assert patrol.verdict.outcome != "valid"
    with pytest.raises(Refusal) as refused:
        contest_file(
            uuid=uuid.uuid4(),
            patrol=patrol,
            area_code=unit.code,
            stated=Stated("走完了"),
            stretches=[(0, 10)],
            by=make.actor(patrol.sent_by, "office"),
            at=make.now,
        )
    assert refused.value.code == "contest.whole_only"


# -- deciding ----------------------------------------------------------------------------------------------


def test_a_stretch_taken_as_walked_makes_the_verdict_valid_and_all_follows(
    make, reach, partial, file, decide, holder
):
    old = partial.verdict
    assert counted(make, holder) == 0
    new = decide(file(partial, [(900, 1_900)]), "stretch")
    assert (new.outcome, new.counts) == ("valid", True)
    assert new.coverage == pytest.approx(old.coverage + 0.5, abs=0.06)
    assert new.reasons[0]["code"] == "decision.stretch"
    old.refresh_from_db()
    assert (old.is_current, old.outcome) == (False, "partial")
    partial.refresh_from_db()
    assert partial.outcome == "valid"
    assert counted(make, holder) == 1
    visit = LastVisit.objects.get(area=reach)
    assert (visit.outcome, visit.counted_at) == ("valid", partial.started_at)
    [state] = area_states(make.scope(make.county_office), [reach.pk], make.today).values()
    assert state.counted_on == localtime(partial.started_at).date()


def test_part_of_what_was_asked_for_may_be_taken(partial, file, decide):
    new = decide(file(partial, [(900, 1_200), (1_400, 1_900)]), "stretch", accepted=[(900, 1_000)])
    assert new.outcome == "partial"
    assert new.covered[-1][1] == pytest.approx(1_000, abs=1)


def test_no_other_stretch_than_those_asked_for(partial, file, decide):
    contest = file(partial, [(900, 1_200)])
    with pytest.raises(Refusal) as refused:
        decide(contest, "stretch", accepted=[(900, 1_900)])
    assert refused.value.code == "contest.other_stretch"
    contest.refresh_from_db()
    assert contest.state == "filed"


def test_the_whole_taken_as_valid_keeps_the_figures(partial, file, decide):
    old = partial.verdict
    new = decide(file(partial), "whole")
    assert (new.outcome, new.coverage, new.covered) == ("valid", old.coverage, old.covered)
    assert [each["code"] for each in new.reasons] == ["decision.whole"]


def test_rejected_the_verdict_stands_and_cannot_be_contested_again(reach, partial, file, decide):
    contest = file(partial)
    assert decide(contest, "stands") is None
    contest.refresh_from_db()
    assert (contest.state, contest.result, contest.new_verdict) == ("rejected", "stands", None)
    assert current(partial, reach).outcome == "partial"
    with pytest.raises(Refusal) as refused:
        file(partial)
    assert refused.value.code == "contest.settled"


def test_doubts_that_a_contest_does_not_clear_are_confirmed(reach, doubtful, file, decide):
    new = decide(file(doubtful), "stands")
    assert (new.outcome, new.counts) == ("invalid", False)
    assert current(doubtful, reach) == new


def test_a_decision_says_why(partial, file, decide):
    contest = file(partial)
    with pytest.raises(Refusal) as refused:
        decide(contest, "whole", words=" ")
    assert refused.value.code == "contest.no_words"
    contest.refresh_from_db()
    assert contest.state == "filed"


@pytest.mark.parametrize("who", ["holder", "stranger"])
def test_neither_the_holder_nor_a_stranger_decides(make, partial, file, decide, holder, who):
    contest = file(partial)
    with pytest.raises(Refusal) as refused:
        decide(contest, "whole", by=holder if who == "holder" else make.stranger)
    assert (refused.value.code, refused.value.status) == ("flow.not_yours", 403)
    assert not Event.objects.filter(action="contest.decide").exists()


def test_decided_it_is_over(partial, file, decide):
    contest = file(partial)
    decide(contest, "whole")
    with pytest.raises(Refusal) as refused:
        decide(contest, "stands")
    assert refused.value.code == "flow.no_such_step"


def test_withdrawn_the_verdict_may_be_contested_again(make, partial, file, holder):
    contest = file(partial)
    loaded = Contest.objects.select_related("patrol", "area", "verdict").get(pk=contest.pk)
    with pytest.raises(Refusal):
        contest_withdraw(contest=loaded, by=make.actor(make.county_office), at=make.now)
    contest_withdraw(contest=loaded, by=make.actor(holder), at=make.now, note="看错了")
    assert file(partial).state == "filed"


def test_both_sides_may_add_words_while_it_is_open(make, partial, file, holder):
    contest = Contest.objects.select_related("patrol", "area", "verdict").get(pk=file(partial).pk)
    contest_take_up(contest=contest, by=make.actor(make.county_office), at=make.now)
    contest_comment(
        contest=contest, stated=Stated("请补照片"), by=make.actor(make.county_office), at=make.now
    )
    contest_comment(contest=contest, stated=Stated("已补"), by=make.actor(holder), at=make.now)
    with pytest.raises(Refusal):
        contest_comment(contest=contest, stated=Stated("我看看"), by=make.actor(make.stranger), at=make.now)
    assert [event.action for event in contest.events.all()] == ["file", "take_up", "comment", "comment"]


# -- without a contest -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("result", "outcome"), [("whole", "valid"), ("refuted", "invalid")])
def test_a_superior_settles_a_doubtful_verdict(make, reach, doubtful, result, outcome):
    new = verdict_decide(
        uuid=uuid.uuid4(),
        patrol=doubtful,
        area_code=reach.code,
        result=result,
        stated=Stated("电话核实过"),
        by=make.actor(make.county_office),
        at=make.now,
    )
    assert (new.outcome, new.counts) == (outcome, outcome == "valid")
    contest = Contest.objects.get()
    assert (contest.origin, contest.state in DECIDED) == ("office", True)
    assert contest.events.first().action == "examine"


def test_that_decision_may_be_contested_but_not_judged_by_who_made_it(make, reach, doubtful, file, decide):
    verdict_decide(
        uuid=uuid.uuid4(),
        patrol=doubtful,
        area_code=reach.code,
        result="refuted",
        stated=Stated("没有去"),
        by=make.actor(make.county_office),
        at=make.now,
    )
    contest = file(doubtful)
    assert contest not in contests_to_decide(make.scope(make.county_office))
    with pytest.raises(Refusal) as refused:
        decide(contest, "whole")
    assert refused.value.code == "contest.decided_before"
    other = make.holder("clerk", "county", make.dongzhi, "clerk2", system="both")
    assert decide(contest, "whole", by=other).outcome == "valid"


def test_what_is_not_doubtful_waits_for_nobody(make, reach, partial):
    with pytest.raises(Refusal) as refused:
        verdict_decide(
            uuid=uuid.uuid4(),
            patrol=partial,
            area_code=reach.code,
            result="whole",
            stated=Stated("看过了"),
            by=make.actor(make.county_office),
            at=make.now,
        )
    assert refused.value.code == "contest.not_doubtful"


# -- what follows ------------------------------------------------------------------------------------------


def test_of_overlapping_outings_one_counts_whatever_is_decided(make, reach, holder, partial, file, decide):
    """The later one counts already: the one decided as valid does not count a second time."""
    starts = make.now - timedelta(hours=3)
    other = make.patrol(reach, by=holder, starts=starts + timedelta(minutes=2), seed=77)
    assert (other.verdict.outcome, other.verdict.counts) == ("valid", True)
    new = decide(file(partial), "whole")
    assert (new.outcome, new.counts) == ("valid", False)
    assert counted(make, holder) == 1


def test_a_late_outing_counts_by_decision_only_where_late_ones_do(make, reach, holder, file, decide):
    make.policy("patrol.late", {"after_h": 1, "counts": False})
    patrol = make.patrol(reach, walked_m=(0, 900), by=holder, starts=make.now - timedelta(days=3))
    new = decide(file(patrol), "whole")
    assert (new.outcome, new.counts) == ("valid", False)


def test_a_decision_is_not_overturned_by_judging_again(make, partial, file, decide):
    decide(file(partial), "whole")
    with pytest.raises(Refusal) as refused:
        patrol_reverify(patrol=partial, by=make.actor(make.county_office), at=make.now)
    assert (refused.value.code, refused.value.status) == ("patrol.decided", 409)


# -- the timeline is the truth -----------------------------------------------------------------------------


def test_the_state_is_what_its_events_say(make, partial, doubtful, file, decide, holder):
    decide(file(partial, [(900, 1_900)]), "stretch")
    withdrawn = Contest.objects.select_related("patrol", "area", "verdict").get(pk=file(doubtful).pk)
    contest_withdraw(contest=withdrawn, by=make.actor(holder), at=make.now)
    decide(file(doubtful), "stands")
    assert Contest.objects.count() == 3
    for contest in Contest.objects.all():
        state, result, accepted = "", "", []
        for seq, event in enumerate(contest.events.order_by("seq")):
            assert (event.seq, event.source) == (seq, state)
            assert any(
                (s.source, s.action, s.target) == (event.source, event.action, event.target) for s in FLOW
            )
            state = event.target
            result = event.data.get("result", result)
            accepted = event.data.get("accepted", accepted)
        assert (contest.state, contest.result) == (state, result)
        if contest.new_verdict:
            assert contest.new_verdict.details["decision"]["accepted"] == accepted


def test_every_step_is_on_the_ledger(partial, file, decide):
    decide(file(partial), "whole")
    said = Event.objects.order_by("seq").values_list("action", flat=True)
    ours = [action for action in said if action.startswith("contest.") or action == "patrol.decide"]
    assert ours == ["contest.file", "contest.take_up", "contest.decide", "patrol.decide"]


# -- who sees it -------------------------------------------------------------------------------------------


def test_the_parties_and_their_superiors_see_it_a_stranger_does_not(make, partial, file, holder):
    contest = file(partial)
    assert contest_in(make.scope(holder), contest.uuid).timeline
    assert contest_in(make.scope(make.county_office), contest.uuid)
    assert not contests_of(make.scope(make.stranger)).exists()
    with pytest.raises(Contest.DoesNotExist):
        contest_in(make.scope(make.stranger), contest.uuid)


def test_it_waits_for_the_superior_and_not_for_the_holder(make, partial, file, holder):
    contest = file(partial)
    assert list(contests_to_decide(make.scope(make.county_office))) == [contest]
    assert not contests_to_decide(make.scope(holder)).exists()
    loaded = contest_in(make.scope(holder), contest.uuid)
    assert "uphold" in contest_may(loaded, make.actor(make.county_office))
    assert contest_may(loaded, make.actor(holder)).actions == {"comment", "withdraw"}


def test_what_the_page_offers_is_what_the_service_takes(make, partial, doubtful, reach, holder):
    def offered(patrol, user):
        verdict = Verdict.objects.select_related("patrol", "area__division").get(
            patrol=patrol, area=reach, is_current=True
        )
        return verdict_may(verdict, [], make.actor(user), make.today).actions

    assert offered(partial, holder) == {"file"}
    assert offered(partial, make.county_office) == set()
    assert offered(doubtful, make.county_office) == {"examine"}
    assert offered(doubtful, make.stranger) == set()
