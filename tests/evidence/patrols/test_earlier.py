"""Copies of earlier tracks are found however long the history is, and honest routine is left in peace."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from make.old_rows import track_from_before_the_codec
from shanhe.evidence.patrols.earlier import PRINTS, course_kept, first_fix_at, kept_track, prints_of, thinned
from shanhe.evidence.patrols.models import TrackPrint
from shanhe.evidence.patrols.sent import track_from_raw
from shanhe.evidence.patrols.services import patrol_reverify, patrol_submit
from shanhe.kernel.tracks.codec import encode


@pytest.fixture
def reach(make):
    return make.reach(length_m=2_000)


@pytest.fixture
def chief(make, reach):
    return make.keeper(reach)


@pytest.fixture
def send(make, reach):
    def submit(by, track, days_ago=0, area=None, **sent):
        at = make.now - timedelta(days=days_ago)
        return patrol_submit(sent=make.sent(area or reach, track=track, **sent), by=make.actor(by), at=at)[0]

    return submit


def later(track, days: float):
    return replace(track, t_ms=track.t_ms + round(days * 86_400_000))


def dithered(track, seed=3, metres=1.0):
    rng = np.random.default_rng(seed)
    shift = rng.normal(0, metres / 111_000, (2, len(track)))
    return replace(track, lon=track.lon + shift[0], lat=track.lat + shift[1])


def test_walking_the_same_reach_every_week_is_honest(make, reach, chief, send):
    for weeks in range(6, 0, -1):
        walk = make.track(reach, starts=make.now - timedelta(days=7 * weeks, hours=1))
        assert send(chief, walk, days_ago=7 * weeks - 1).verdict.outcome == "valid"


def test_an_own_earlier_track_sent_again_is_replayed(make, reach, chief, send):
    walk = make.track(reach, starts=make.now - timedelta(days=8))
    first = send(chief, walk, days_ago=7)
    verdict = send(chief, later(walk, 7)).verdict
    assert verdict.outcome == "doubtful"
    assert [(flag["code"], flag["figures"]["of"]) for flag in verdict.flags] == [("replayed", str(first.pk))]


def test_dither_and_a_thinner_track_do_not_hide_a_replay(make, reach, chief, send):
    walk = make.track(reach, starts=make.now - timedelta(days=8))
    send(chief, walk, days_ago=7)
    copy = dithered(later(walk, 7))
    copy = replace(copy, t_ms=copy.t_ms[::2], lon=copy.lon[::2], lat=copy.lat[::2], acc=copy.acc[::2])
    assert ",replayed," in send(chief, copy).verdict.flag_codes


def test_a_replay_is_found_behind_a_long_history_on_the_same_reach(make, reach, chief, send):
    oldest = make.track(reach, starts=make.now - timedelta(days=200))
    first = send(chief, oldest, days_ago=199)
    for n in range(40):
        send(chief, make.track(reach, starts=make.now - timedelta(days=150 - n)), days_ago=149 - n)
    verdict = send(chief, dithered(later(oldest, 199.9))).verdict
    assert str(first.pk) in [flag["figures"].get("of") for flag in verdict.flags]


def test_the_track_received_first_stays_undoubted_whatever_its_date(make, reach, chief, send):
    walk = make.track(reach, starts=make.now - timedelta(days=2))
    first = send(chief, walk, days_ago=1)
    back_dated = send(chief, later(walk, -30))
    assert first.verdict.outcome == "valid"
    assert ",replayed," in back_dated.verdict.flag_codes


def test_another_persons_track_is_shared(make, reach, chief, send):
    friend = make.keeper(reach, kind="patroller")
    walk = make.track(reach)
    first = send(chief, walk)
    verdict = send(friend, dithered(walk, metres=0.2)).verdict
    assert verdict.outcome == "doubtful"
    assert [(flag["code"], flag["figures"]["of"]) for flag in verdict.flags] == [("shared", str(first.pk))]


def test_companions_with_receivers_of_their_own_are_honest(make, reach, chief, send):
    friend = make.keeper(reach, kind="patroller")
    starts = make.now - timedelta(hours=3)
    send(chief, make.track(reach, starts=starts, seed=11))
    verdict = send(friend, make.track(reach, starts=starts, seed=12), **{"with": [chief.username]}).verdict
    assert verdict.outcome == "valid"


def test_one_phone_two_people_one_outing_is_shared(make, reach, chief, send):
    friend = make.keeper(reach, kind="patroller")
    walk = make.track(reach)
    send(chief, walk, device={"id": "phone-1"})
    verdict = send(friend, dithered(walk, metres=3.0), device={"id": "phone-1"}).verdict
    assert [flag["figures"]["same_device"] for flag in verdict.flags if flag["code"] == "shared"] == [True]


def test_a_successor_with_the_same_phone_is_no_sign(make, reach, chief, send):
    successor = make.keeper(reach, kind="patroller")
    send(
        chief, make.track(reach, starts=make.now - timedelta(days=20)), days_ago=19, device={"id": "phone-1"}
    )
    assert send(successor, make.track(reach), device={"id": "phone-1"}).verdict.outcome == "valid"


def test_a_kept_track_is_compared_by_the_very_numbers_it_was_judged_by(make, reach, chief, send):
    kept = send(chief, make.track(reach)).track
    course = course_kept(kept.codec, kept.raw, kept.course)
    judged = track_from_raw(*kept_track(kept))
    assert course.t_ms.tolist() == judged.t_ms.tolist()
    assert (course.lon.tolist(), course.lat.tolist()) == (judged.lon.tolist(), judged.lat.tolist())


def test_rows_from_before_the_codec_are_read_compared_and_judged_again_as_ever(make, reach, chief):
    sent = make.sent(reach, starts=make.now - timedelta(days=3))
    first, _ = patrol_submit(sent=sent, by=make.actor(chief), at=make.now)
    kept = track_from_before_the_codec(first, sent)
    assert track_from_raw(*kept_track(kept)).lon.tolist() == json.loads(sent.raw)["track"]["lon"]
    assert first_fix_at(kept) == sent.started_at
    (again,) = patrol_reverify(patrol=first, by=make.actor(make.administrator), at=make.now)
    assert again.outcome == "valid"
    copy = make.patrol(reach, track=replace(sent.track, t_ms=sent.track.t_ms + 86_400_000))
    assert copy.verdict.flag_codes == ",replayed,"


def test_a_very_long_track_is_thinned_out_to_be_compared(make, reach):
    walk = make.track(reach)
    many = replace(
        walk,
        t_ms=np.arange(5_000, dtype=np.int64),
        lon=np.resize(walk.lon, 5_000),
        lat=np.resize(walk.lat, 5_000),
        acc=None,
    )
    assert len(thinned(many)) == len(course_kept("fixes", encode(many), b"")) == 1_667


def test_few_prints_are_kept_of_each_track(make, reach, chief, send):
    patrol = send(chief, make.track(reach))
    assert 0 < TrackPrint.objects.filter(patrol=patrol).count() <= PRINTS
    assert len(prints_of(make.track(reach))) == PRINTS
