"""The same input, the same verdict: at once, years later, and under today's policies none the less."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from make.old_rows import track_from_before_the_codec
from shanhe.evidence.patrols.models import LastVisit, Patrol, Verdict
from shanhe.evidence.patrols.sent import sent_from_json
from shanhe.evidence.patrols.services import patrol_reverify, patrol_submit, purge_simulated
from shanhe.ground.audit.models import Event
from shanhe.kernel.errors import Refusal
from shanhe.kernel.tracks.codec import decode, encode

SAME = [
    field.name
    for field in Verdict._meta.fields
    if field.name not in {"id", "patrol", "is_current", "made_at"}
]


@pytest.fixture
def reach(make):
    return make.reach(length_m=2_000)


@pytest.fixture
def again(make):
    def verify(patrol, by=None, at=None):
        return patrol_reverify(
            patrol=patrol, by=make.actor(by or make.county_office), at=at or make.now + timedelta(days=1_500)
        )

    return verify


def said(verdict):
    return {name: getattr(verdict, name) for name in SAME}


@pytest.mark.parametrize("walked_m", [(0, 1_900), (0, 900), (0, 20)])
def test_judged_again_the_verdict_is_the_same_and_the_old_one_stays(make, reach, again, walked_m):
    patrol = make.patrol(reach, walked_m=walked_m)
    before = patrol.verdict
    (after,) = again(patrol)
    before.refresh_from_db()
    assert said(after) == said(before)
    assert (before.is_current, after.is_current) == (False, True)
    assert patrol.verdicts.count() == 2


def test_neither_new_policies_nor_a_new_shape_nor_a_new_width_change_it(make, reach, again):
    patrol = make.patrol(reach, walked_m=(0, 900))
    before = patrol.verdict
    make.policy("patrol.rules", {"min_coverage": 0.01})
    reach.half_width_m = 500
    reach.save()
    shape = reach.shapes.get()
    shape.until = make.today
    shape.save()
    (after,) = again(patrol)
    assert said(after) == said(before)


def test_its_own_later_copy_does_not_doubt_it(make, reach, again):
    walk = make.track(reach, starts=make.now - timedelta(days=4))
    first = make.patrol(reach, track=walk)
    copy = make.patrol(reach, track=replace(walk, t_ms=walk.t_ms + 86_400_000))
    assert copy.verdict.outcome == "doubtful"
    assert [row.outcome for row in again(first)] == ["valid"]
    assert [row.outcome for row in again(copy)] == ["doubtful"]


def test_a_patrol_from_the_future_is_doubted_again_for_the_same_reason(make, reach, again):
    sent = make.sent(reach)
    early = sent.ended_at - timedelta(hours=5)
    patrol, _ = patrol_submit(sent=sent, by=make.actor(make.keeper_of(reach)), at=early)
    before = patrol.verdict
    assert said(again(patrol)[0]) == said(before)
    assert before.flag_codes == ",clock_skew,"


def test_it_is_on_the_ledger_with_what_it_was_and_is(make, reach, again):
    patrol = make.patrol(reach)
    again(patrol)
    event = Event.objects.order_by("-seq").first()
    assert event.action == "patrol.reverify"
    assert event.data["verdicts"][0]["was"] == event.data["verdicts"][0]["outcome"] == "valid"


def test_a_changed_upload_is_noticed_and_nothing_is_judged(make, reach, again):
    patrol = make.patrol(reach)
    track = decode(patrol.track.raw)
    patrol.track.raw = encode(replace(track, lon=track.lon + 0.01))
    patrol.track.save()
    with pytest.raises(Refusal) as refused:
        again(patrol)
    assert (refused.value.code, refused.value.status) == ("patrol.raw_changed", 409)
    assert patrol.verdicts.count() == 1


@pytest.mark.parametrize("who", ["stranger", "village_chief"])
def test_only_the_office_that_manages_the_area_may_ask_for_it(make, reach, again, who):
    patrol = make.patrol(reach, by=make.village_chief)
    with pytest.raises(Refusal) as refused:
        again(patrol, by=getattr(make, who))
    assert refused.value.status == 403
    assert patrol.verdicts.count() == 1


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    begin=st.integers(0, 1_000),
    metres=st.integers(50, 900),
    pace=st.floats(0.5, 9),
    seed=st.integers(1, 10_000),
)
def test_whatever_is_sent_is_judged_the_same_again(make, begin, metres, pace, seed):
    reach = make.reach(length_m=2_000)
    walk = {"walked_m": (begin, begin + metres), "pace_mps": pace, "seed": seed}
    patrol = make.patrol(reach, **walk)
    before = said(patrol.verdict)
    (after,) = patrol_reverify(patrol=patrol, by=make.actor(make.administrator), at=make.now)
    assert said(after) == before


# -- verdicts of earlier years ------------------------------------------------------------------------------

VECTOR = json.loads((Path(__file__).parent / "kept_patrol.json").read_text("utf-8"))
FIGURES = ("coverage", "distance_m", "duration_s", "moving_s", "max_gap_s", "max_speed_mps")


@pytest.fixture
def march(make):
    """The upload of March 2026, sent again today to the reach of that day."""
    reach = make.reach(geometry=shapely.from_geojson(json.dumps(VECTOR["area"])), code="VECTOR-1")
    sent = sent_from_json(VECTOR["body"].encode())
    assert sent.content_sha256 == VECTOR["content_sha256"]
    return patrol_submit(sent=sent, by=make.actor(make.keeper(reach)), at=make.now)[0], sent


def check_figures(verdict, kept, **within):
    assert verdict.outcome == kept["outcome"]
    assert verdict.flag_codes == kept["flag_codes"]
    assert verdict.points == kept["points"]
    for name in FIGURES:
        assert getattr(verdict, name) == pytest.approx(kept[name], **within), name


def test_an_upload_of_march_2026_is_still_judged_as_it_was(make, march, again):
    """The bytes a phone sent, kept with the verdict of that day; a kernel that changes this must say so."""
    patrol, sent = march
    track_from_before_the_codec(patrol, sent)
    (verdict,) = again(patrol)
    check_figures(verdict, VECTOR["verdict"], rel=1e-6)


def test_by_the_codec_its_places_of_sixteen_digits_are_judged_to_the_centimetre(march):
    patrol, _sent = march
    check_figures(patrol.verdict, VECTOR["verdict"], rel=1e-4)


def test_fixes_that_were_packed_in_november_2026_are_still_read_and_judged_as_they_were(march, again):
    patrol, _sent = march
    packed = base64.b64decode(VECTOR["packed"]["fixes"])
    assert bytes(patrol.track.raw) == packed
    (verdict,) = again(patrol)
    check_figures(verdict, VECTOR["packed"]["verdict"], rel=1e-6)


# -- simulated ones go again --------------------------------------------------------------------------------


def simulated(make, reach, **walk):
    sent = replace(make.sent(reach, **walk), is_simulated=True)
    return patrol_submit(sent=sent, by=make.actor(make.keeper_of(reach)), at=make.now)[0]


def test_simulated_patrols_are_purged_and_real_ones_stay(make, reach):
    real = make.patrol(reach, starts=make.now - timedelta(days=5))
    other = make.reach()
    simulated(make, other)
    overlapped = simulated(make, reach, starts=make.now - timedelta(hours=4))
    joined = make.patrol(reach, starts=make.now - timedelta(hours=3, minutes=50))
    assert joined.joined_to == overlapped
    assert purge_simulated(by=make.actor(make.administrator), at=make.now) == 2
    assert set(Patrol.objects.all()) == {real, joined}
    assert set(Verdict.objects.values_list("patrol", flat=True)) == {real.pk, joined.pk}
    assert not LastVisit.objects.filter(area=other).exists()
    visit = LastVisit.objects.get(area=reach)
    assert (visit.any_at, visit.counted_at) == (joined.started_at, real.started_at)
    assert Event.objects.order_by("-seq").first().data == {"patrols": 2}


def test_where_nothing_is_simulated_nothing_is_recorded(make, reach):
    make.patrol(reach)
    administrator = make.actor(make.administrator)
    before = Event.objects.count()
    assert purge_simulated(by=administrator, at=make.now) == 0
    assert Event.objects.count() == before


def test_only_the_administrator_may_purge(make, reach):
    simulated(make, reach)
    with pytest.raises(Refusal):
        purge_simulated(by=make.actor(make.county_office), at=make.now)
    assert Patrol.objects.exists()
