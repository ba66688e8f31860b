"""Codes read at checkpoints: a visit where the rule asks for checkpoints, a sign where they are wrong."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from make.patrols import moment
from make.registry import DADUKOU, line_at
from shanhe.evidence.patrols.sent import sent_from_json
from shanhe.evidence.patrols.services import patrol_reverify
from shanhe.ground.registry.models import Sticker
from shanhe.ground.registry.services import checkpoints_add
from shanhe.kernel.errors import Refusal

RULES = {
    "kind": "checkpoints",
    "tolerance_m": 50,
    "min_coverage": 0.7,
    "min_minutes": 5,
    "min_distance_m": 300,
}


@pytest.fixture
def reach(make):
    """A reach of 2 km with a checkpoint at 0, 500, 1000 and 1500 m."""
    reach = make.reach("龙泉河杨墩段", length_m=2_000, at=DADUKOU)
    places = [(float(x), float(y)) for x, y in line_at(DADUKOU, 2_000).coords][:16:5]
    office = make.actor(make.county_office)
    checkpoints_add(area=reach, places=places, name="打卡点", by=office, at=make.now - timedelta(days=9))
    return reach


def codes():
    return list(Sticker.objects.order_by("facility__name").values_list("code", flat=True))


def scan(code, at=None):
    return {"code": code} if at is None else {"code": code, "at": at.isoformat()}


def test_by_the_rule_of_checkpoints_a_walk_past_them_is_valid(make, reach):
    make.policy("patrol.rules", RULES)
    verdict = make.patrol(reach, (0, 1_100)).verdict
    assert (verdict.outcome, verdict.coverage) == ("valid", 0.75)
    assert [name for name, _lon, _lat in verdict.details["checkpoints"]] == [
        f"打卡点 {n}" for n in (1, 2, 3, 4)
    ]


def test_a_code_read_where_the_phone_was_silent_counts_as_a_visit(make, reach):
    make.policy("patrol.rules", RULES)
    without = make.patrol(reach, (0, 600)).verdict
    assert (without.outcome, without.coverage) == ("partial", 0.5)
    track = make.track(reach, (0, 600))
    later = moment(track.t_ms[-1]) + timedelta(minutes=10)
    patrol = make.patrol(reach, track=track, ended_at=later, checkpoints=[scan(codes()[2].lower(), later)])
    assert (patrol.verdict.outcome, patrol.verdict.coverage) == ("valid", 0.75)
    assert patrol.verdict.details["visits"] == [0, 1, 2]


def test_a_code_in_the_log_is_read_as_one_in_the_list():
    body = {
        "uuid": str(uuid.uuid4()),
        "started_at": "2026-03-01T08:00:00+08:00",
        "ended_at": "2026-03-01T08:30:00+08:00",
        "track": {"t": [0], "lon": [117.0], "lat": [30.4]},
        "log": [
            {"item": "checkpoint", "ok": True, "code": "234-567A", "at": "2026-03-01T08:10:00+08:00"},
            {"item": "checkpoint", "ok": True},
        ],
    }
    [scan] = sent_from_json(json.dumps(body).encode()).scans
    assert (scan.code, scan.at) == ("234-567A", datetime(2026, 3, 1, 0, 10, tzinfo=UTC))


def test_a_code_read_far_from_its_place_is_doubtful_with_how_far(make, reach):
    make.policy("patrol.rules", RULES)
    track = make.track(reach, (0, 1_100))
    patrol = make.patrol(reach, track=track, checkpoints=[scan(codes()[3], moment(track.t_ms[0]))])
    [flag] = patrol.verdict.flags
    assert flag["code"] == "code_far"
    assert flag["figures"]["name"] == "打卡点 4"
    assert flag["figures"]["apart_m"] == pytest.approx(1_500, abs=200)
    assert patrol.verdict.outcome == "doubtful"
    assert patrol.verdict.coverage == 0.75
    assert not patrol.verdict.counts


def test_a_wrong_code_is_named_and_held_against_nobody(make, reach):
    patrol = make.patrol(reach, checkpoints=[scan("222-2223")])
    [flag] = patrol.verdict.flags
    assert (flag["code"], flag["figures"]) == ("code_unknown", {"code": "222-2223"})
    assert patrol.verdict.outcome == "valid"


def test_under_other_rules_codes_are_noted_and_coverage_stays(make, reach):
    track = make.track(reach)
    patrol = make.patrol(reach, track=track, checkpoints=[scan(codes()[0], moment(track.t_ms[0]))])
    assert patrol.verdict.length_m == pytest.approx(2_000, abs=1)
    assert patrol.verdict.details["scans"][0][0] == 0
    assert codes()[0] not in str(patrol.verdict.details)


def test_a_sticker_taken_back_before_the_patrol_is_unknown(make, reach):
    code = codes()[0]
    Sticker.objects.filter(code=code).update(revoked_at=make.now - timedelta(days=1))
    assert ",code_unknown," in make.patrol(reach, checkpoints=[scan(code)]).verdict.flag_codes


def test_a_patrol_by_checkpoints_is_judged_alike_again_when_the_stickers_are_gone(make, reach):
    make.policy("patrol.rules", RULES)
    patrol = make.patrol(reach, (0, 1_100))
    Sticker.objects.all().delete()
    [again] = patrol_reverify(patrol=patrol, by=make.actor(make.county_office), at=make.now)
    assert (again.outcome, again.coverage) == ("valid", 0.75)


def test_where_no_rule_and_no_code_asks_checkpoints_cost_no_query(make, reach, django_assert_num_queries):
    from shanhe.evidence.patrols.looking import Look

    asked = []
    original = Look.checkpoints
    Look.checkpoints = lambda self, *given: asked.append(given) or original(self, *given)
    try:
        make.patrol(reach)
    finally:
        Look.checkpoints = original
    assert asked == []


@pytest.mark.parametrize("bad", ["x", [1], [{"code": 7}], [{}], [{"code": "A", "at": "noon"}]])
def test_codes_that_cannot_be_read_are_refused_by_name(make, reach, bad):
    with pytest.raises(Refusal) as refused:
        make.sent(reach, checkpoints=bad)
    assert any(name.startswith("checkpoints") for name in refused.value.fields)
