"""A patrol comes in: once, judged at once, with everything that belongs to it."""

from __future__ import annotations

import json
import threading
import uuid
import zlib
from datetime import timedelta
from hashlib import sha256

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from shanhe.evidence.patrols.models import LastVisit, Patrol, TrackPrint, Verdict
from shanhe.evidence.patrols.sent import LogSent, patrol_sent
from shanhe.evidence.patrols.services import patrol_from_file, patrol_submit
from shanhe.ground.audit.models import Event
from shanhe.kernel.errors import Refusal
from shanhe.kernel.tracks.codec import decode


@pytest.fixture
def reach(make):
    return make.reach(length_m=2_000)


@pytest.fixture
def chief(make, reach):
    return make.keeper(reach)


@pytest.fixture
def submit(make, chief):
    def send(sent, by=None, at=None):
        return patrol_submit(sent=sent, by=make.actor(by or chief, "api"), at=at or make.now)

    return send


def refused(call, *args, **more) -> Refusal:
    with pytest.raises(Refusal) as caught:
        call(*args, **more)
    return caught.value


# -- the main job -------------------------------------------------------------------------------------------


def test_a_walk_along_the_whole_reach_is_valid_and_counts(make, reach, submit, chief):
    patrol, is_new = submit(make.sent(reach))
    assert is_new
    verdict = patrol.verdict
    assert verdict.outcome == patrol.outcome == "valid"
    assert verdict.counts
    assert verdict.coverage > 0.9
    assert verdict.person_id == patrol.person_id == chief.person_id
    assert verdict.appointment.person_id == chief.person_id
    assert verdict.shape == reach.shapes.get()


def test_half_the_reach_is_partial_says_why_and_does_not_count(make, reach, submit):
    verdict = submit(make.sent(reach, walked_m=(0, 900)))[0].verdict
    assert verdict.outcome == "partial"
    assert [reason["code"] for reason in verdict.reasons] == ["coverage.low"]
    assert not verdict.counts


def test_standing_at_one_place_is_invalid(make, reach, submit):
    verdict = submit(make.sent(reach, walked_m=(0, 20)))[0].verdict
    assert verdict.outcome == "invalid"
    assert not verdict.counts


def test_everything_that_was_sent_is_kept(make, reach, submit):
    file = uuid.uuid4()
    friend = make.user(make.person(), "friend").person
    sent = make.sent(
        reach,
        log=[LogSent("water", False, "有漂浮物", (file,)), LogSent("banks", True)],
        note="巡河",
        mode="walk",
        device={"id": "phone-1", "app": "1.0"},
        signature="sig",
        **{"with": ["friend"]},
    )
    patrol, _ = submit(sent)
    patrol.refresh_from_db()
    assert [(row.item, row.ok, row.note, row.files) for row in patrol.log.all()] == [
        ("water", False, "有漂浮物", [str(file)]),
        ("banks", True, "", []),
    ]
    assert (patrol.note, patrol.mode, patrol.device_id, patrol.app_version) == (
        "巡河",
        "walk",
        "phone-1",
        "1.0",
    )
    assert (patrol.signature, patrol.source) == ("sig", "app")
    assert list(patrol.company.all()) == [friend]


def test_fixes_are_kept_by_the_codec_the_rest_beside_them_and_the_digest_of_what_was_sent(
    make, reach, submit
):
    sent = make.sent(reach, note="巡河", device={"id": "phone-1", "model": "X"})
    track = submit(sent)[0].track
    assert track.codec == "fixes"
    assert decode(track.raw).lon.tolist() == sent.track.lon.tolist()
    assert track.raw_sha256 == sha256(track.raw).hexdigest()
    assert track.sent_sha256 == sha256(sent.raw).hexdigest()
    body = json.loads(sent.raw)
    assert json.loads(zlib.decompress(track.rest)) == {**body, "track": {}}
    assert len(track.raw) + len(track.rest) < len(sent.raw) / 6
    assert track.points == len(sent.track)
    assert track.min_lon < track.max_lon


def test_the_verdict_is_stamped_with_what_made_it(make, reach, submit):
    policy = make.policy("patrol.rules", {"min_coverage": 0.3, "tolerance_m": 40})
    verdict = submit(make.sent(reach, walked_m=(0, 900)))[0].verdict
    assert verdict.outcome == "valid"
    assert verdict.policy == policy
    assert verdict.rules_id.startswith(f"policy:{policy.pk}:")
    assert verdict.details["rules"]["tolerance_m"] == 40
    assert verdict.kernel_version


def test_the_nearest_policy_of_the_day_decides(make, reach, submit):
    make.policy("patrol.rules", {"min_coverage": 0.9})
    make.policy("patrol.rules", {"min_coverage": 0.1}, division="341721000000", level="village", kind="reach")
    make.policy("patrol.rules", {"min_coverage": 0.95}, division="341721000000", kind="forest-unit")
    make.policy("patrol.rules", {"min_coverage": 0.99}, division="341722000000")
    verdict = submit(make.sent(reach, walked_m=(0, 900)))[0].verdict
    assert verdict.details["rules"]["min_coverage"] == 0.1


def test_one_event_on_the_ledger_and_no_names_in_it(make, reach, submit, chief):
    make.sent(reach)
    before = Event.objects.count()
    patrol, _ = submit(make.sent(reach, note="秘密"))
    event = Event.objects.order_by("-seq").first()
    assert Event.objects.count() == before + 1
    assert (event.action, event.object_id) == ("patrol.submit", str(patrol.pk))
    assert event.data["raw_sha256"] == patrol.track.sent_sha256
    assert event.data["track_sha256"] == patrol.track.raw_sha256
    assert event.data["verdicts"][0]["outcome"] == "valid"
    assert "秘密" not in json.dumps(event.data, ensure_ascii=False)
    assert chief.person.name not in json.dumps(event.data, ensure_ascii=False)


def test_a_forest_unit_is_patrolled_along_its_boundary(make):
    unit = make.forest_unit(side_m=400)
    patrol = make.patrol(unit, walked_m=(0, 1_550))
    assert patrol.verdict.outcome == "valid"
    assert patrol.verdict.details["cells_total"] > 0


# -- the same again -----------------------------------------------------------------------------------------


def test_the_same_patrol_sent_twice_changes_nothing(make, reach, submit):
    sent = make.sent(reach)
    first, _ = submit(sent)
    events = Event.objects.count()
    second, is_new = submit(sent, at=make.now + timedelta(hours=5))
    assert (second, is_new) == (first, False)
    assert (Patrol.objects.count(), Verdict.objects.count(), Event.objects.count()) == (1, 1, events)


def test_the_same_patrol_with_another_sending_time_is_the_same(make, reach, submit):
    key, track = uuid.uuid4(), make.track(reach)
    one = make.sent(reach, uuid=key, track=track, device={"id": "p", "sent_at": "2026-03-02T01:00:00Z"})
    two = make.sent(reach, uuid=key, track=track, device={"id": "p", "sent_at": "2026-03-02T02:00:00Z"})
    first, _ = submit(one)
    assert submit(two) == (first, False)


def test_other_content_under_a_known_uuid_is_refused_and_nothing_is_kept(make, reach, submit):
    key = uuid.uuid4()
    submit(make.sent(reach, uuid=key))
    refusal = refused(submit, make.sent(reach, uuid=key, note="another"))
    assert (refusal.code, refusal.status) == ("patrol.uuid_taken", 409)
    assert Patrol.objects.count() == 1


def test_another_persons_repetition_learns_nothing(make, reach, submit):
    sent = make.sent(reach)
    submit(sent)
    assert refused(submit, sent, by=make.stranger).status == 409


@pytest.mark.django_db(transaction=True)
def test_two_senders_of_one_uuid_at_once_make_one_patrol():
    from make import World

    make = World()
    reach = make.reach(length_m=2_000)
    actor, sent = make.actor(make.keeper(reach), "api"), make.sent(reach)
    answers, faults, gate = [], [], threading.Barrier(3)

    def send():
        try:
            gate.wait()
            answers.append(patrol_submit(sent=sent, by=actor, at=make.now))
        except Exception as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert sorted(is_new for _patrol, is_new in answers) == [False, False, True]
    assert len({patrol.pk for patrol, _is_new in answers}) == 1
    assert Verdict.objects.count() == 1


# -- times --------------------------------------------------------------------------------------------------


def test_a_patrol_a_little_ahead_of_the_server_is_taken_without_a_sign(make, reach, submit):
    sent = make.sent(reach)
    verdict = submit(sent, at=sent.ended_at - timedelta(seconds=30))[0].verdict
    assert verdict.outcome == "valid"


def test_a_patrol_hours_ahead_is_taken_and_doubted(make, reach, submit):
    sent = make.sent(reach)
    verdict = submit(sent, at=sent.ended_at - timedelta(hours=23))[0].verdict
    assert verdict.outcome == "doubtful"
    assert verdict.flag_codes == ",clock_skew,"
    assert verdict.flags[0]["figures"] == {"ahead_s": 23 * 3600.0}
    assert verdict.reasons[0]["code"] == "flag.clock_skew"
    assert not verdict.counts


def test_a_patrol_more_than_a_day_ahead_is_refused(make, reach, submit):
    sent = make.sent(reach)
    refusal = refused(submit, sent, at=sent.started_at - timedelta(hours=25))
    assert refusal.code == "patrol.future"
    assert set(refusal.fields) == {"started_at", "ended_at", "track.t"}
    assert refusal.status == 422


def test_fixes_of_another_time_than_the_patrol_are_doubted(make, reach, submit):
    track = make.track(reach, starts=make.now - timedelta(days=3))
    sent = make.sent(
        reach, track=track, started_at=make.now - timedelta(hours=2), ended_at=make.now - timedelta(hours=1)
    )
    verdict = submit(sent)[0].verdict
    assert verdict.outcome == "doubtful"
    assert verdict.flags[0]["figures"]["apart_s"] == pytest.approx(70 * 3600, abs=1)


def test_a_late_patrol_is_taken_marked_and_counts_unless_policy_says_no(make, reach, submit):
    sent = make.sent(reach)
    patrol, _ = submit(sent, at=make.now + timedelta(days=400))
    assert patrol.is_late
    assert patrol.verdict.counts


def test_policy_may_say_that_late_ones_do_not_count(make, reach, submit):
    make.policy("patrol.late", {"after_h": 2, "counts": False})
    patrol, _ = submit(make.sent(reach))
    assert patrol.is_late
    assert patrol.verdict.outcome == "valid"
    assert not patrol.verdict.counts


def test_policy_may_say_that_partial_ones_count(make, reach, submit):
    make.policy("patrol.partial_counts", True)
    verdict = submit(make.sent(reach, walked_m=(0, 900)))[0].verdict
    assert (verdict.outcome, verdict.counts) == ("partial", True)


# -- several areas, or none ---------------------------------------------------------------------------------


@pytest.fixture
def neighbours(make):
    """Two reaches one behind the other, one chief."""
    first = make.reach(length_m=1_000, at=(117.02, 30.42))
    second = make.reach(length_m=1_000, at=(117.0305, 30.42))
    return first, second, make.keeper(first, areas=[first, second])


def walk_both(make, first, second):
    import shapely

    line = shapely.union_all([shapely.from_wkb(bytes(area.shapes.get().wkb)) for area in (first, second)])
    whole = shapely.LineString([xy for part in line.geoms for xy in part.coords])
    from make.patrols import walk_along

    return walk_along(whole, (0, 2_000), starts=make.now - timedelta(hours=3), seed=5)


def test_one_outing_in_two_areas_has_a_verdict_for_each(make, neighbours):
    first, second, chief = neighbours
    sent = make.sent(None, areas=[second, first], track=walk_both(make, first, second))
    patrol, _ = patrol_submit(sent=sent, by=make.actor(chief), at=make.now)
    rows = list(patrol.verdicts.order_by("position"))
    assert [row.area for row in rows] == [second, first]
    assert [row.outcome for row in rows] == ["valid", "valid"]
    assert patrol.verdict == rows[0]


def test_without_an_area_the_server_finds_those_that_were_walked(make, neighbours):
    first, second, chief = neighbours
    make.keeper(make.reach(length_m=1_000, at=(117.02, 30.421)))  # somebody else's, along the same way
    far = make.reach(length_m=1_000, at=(117.3, 30.42))
    make.appointment(chief.person, areas=[far])
    sent = make.sent(None, track=walk_both(make, first, second))
    patrol, _ = patrol_submit(sent=sent, by=make.actor(chief), at=make.now)
    assert {row.area for row in patrol.verdicts.all()} == {first, second}


def test_without_an_area_and_without_a_walked_one_nothing_is_taken(make, reach, submit):
    elsewhere = make.track(make.reach(at=(117.5, 30.1)))
    refusal = refused(submit, make.sent(None, track=elsewhere))
    assert refusal.code == "patrol.no_area_walked"
    assert "area" in refusal.fields
    assert not Patrol.objects.exists()


def test_the_shape_of_the_day_is_the_one_compared_with(make, reach, submit):
    shape = reach.shapes.get()
    shape.until = make.today - timedelta(days=10)
    shape.save()
    newer = type(shape).objects.create(
        **{
            field.attname: getattr(shape, field.attname)
            for field in shape._meta.fields
            if field.attname not in {"id", "since", "until"}
        },
        since=shape.until,
    )
    old = submit(
        make.sent(
            reach,
            starts=make.now - timedelta(days=30),
            track=make.track(reach, starts=make.now - timedelta(days=30)),
        )
    )[0]
    new = submit(make.sent(reach))[0]
    assert (old.verdict.shape, new.verdict.shape) == (shape, newer)


# -- queries ------------------------------------------------------------------------------------------------


def queries_of(make, areas, chief, days_ago) -> int:
    walk = make.track(areas[0], starts=make.now - timedelta(days=days_ago))
    sent = make.sent(None, areas=areas, track=walk, log=[LogSent("water", True)])
    actor = make.actor(chief)
    with CaptureQueriesContext(connection) as captured:
        patrol_submit(sent=sent, by=actor, at=make.now)
    return len(captured)


def test_five_areas_cost_no_more_queries_than_one(make):
    areas = [make.reach(length_m=1_900, at=(117.02, 30.42 + n * 1e-5)) for n in range(5)]
    chief = make.keeper(areas[0], areas=areas)
    queries_of(make, areas[:1], chief, 3)  # an earlier one that may have been copied
    one = queries_of(make, areas[:1], chief, 2)
    five = queries_of(make, areas, chief, 1)
    assert one == five
    assert five <= 31


def test_a_repetition_costs_one_query(make, reach, submit, chief, django_assert_num_queries):
    sent = make.sent(reach)
    submit(sent)
    actor = make.actor(chief)
    with django_assert_num_queries(1):
        patrol_submit(sent=sent, by=actor, at=make.now)


# -- a refusal leaves nothing behind ------------------------------------------------------------------------


def test_a_refused_patrol_leaves_nothing_behind(make, reach, submit):
    stranger = make.stranger
    before = Event.objects.count()
    refused(submit, make.sent(reach), by=stranger)
    assert not Patrol.objects.exists()
    assert not TrackPrint.objects.exists()
    assert not LastVisit.objects.exists()
    assert Event.objects.count() == before


def test_an_area_that_is_not_drawn_yet_says_so(make, reach, submit):
    sent = make.sent(reach)
    reach.shapes.all().delete()
    assert refused(submit, sent).code == "patrol.area_not_drawn"


def test_an_area_that_was_closed_says_so(make, reach, submit):
    reach.until = make.today - timedelta(days=1)
    reach.save()
    assert refused(submit, make.sent(reach)).code == "patrol.area_closed"


# -- files --------------------------------------------------------------------------------------------------


def gpx_of(track) -> bytes:
    from datetime import UTC, datetime

    points = "".join(
        f'<trkpt lat="{lat:.7f}" lon="{lon:.7f}"><time>'
        f"{datetime.fromtimestamp(t / 1000, UTC).strftime('%Y-%m-%dT%H:%M:%SZ')}</time></trkpt>"
        for t, lon, lat in zip(track.t_ms, track.lon, track.lat, strict=True)
    )
    return f'<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{points}</trkseg></trk></gpx>'.encode()


def upload(make, reach, by, **changes):
    given = {
        "content": gpx_of(make.track(reach)),
        "name": "walk.gpx",
        "uuid": uuid.uuid4(),
        "areas": [reach.code],
        "by": make.actor(by),
        "at": make.now,
        **changes,
    }
    return patrol_from_file(**given)


def test_a_gpx_file_is_a_patrol_like_any_other(make, reach, chief):
    patrol, is_new = upload(make, reach, chief)
    assert is_new
    assert patrol.verdict.outcome == "valid"
    assert (patrol.source, patrol.track.codec) == ("upload", "fixes")


def test_the_same_file_again_changes_nothing(make, reach, chief):
    key, content = uuid.uuid4(), gpx_of(make.track(reach))
    first, _ = upload(make, reach, chief, uuid=key, content=content)
    assert upload(make, reach, chief, uuid=key, content=content) == (first, False)
    assert refused(upload, make, reach, chief, uuid=key).status == 409


def test_a_file_that_is_no_track_is_refused(make, reach, chief):
    assert refused(upload, make, reach, chief, content=b"hello").status == 422


def test_simulated_patrols_are_marked_with_their_verdicts(make, reach, chief):
    plain = make.sent(reach)
    sent = patrol_sent(
        uuid=plain.uuid,
        areas=plain.areas,
        started_at=plain.started_at,
        ended_at=plain.ended_at,
        track=plain.track,
        is_simulated=True,
    )
    patrol, _ = patrol_submit(sent=sent, by=make.actor(chief), at=make.now)
    assert patrol.is_simulated
    assert patrol.verdict.is_simulated
