"""Tracks go when their retention time is over; what they proved stays."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta

import pytest
from PIL import Image

from shanhe.evidence.patrols.contests_models import Contest
from shanhe.evidence.patrols.models import Patrol, Track, TrackDeletion, TrackPrint, Verdict
from shanhe.evidence.patrols.queries import patrol_in
from shanhe.evidence.patrols.services import patrol_reverify
from shanhe.evidence.patrols.services.retention import Retention, tracks_delete_due
from shanhe.ground.audit.models import Event
from shanhe.ground.audit.verify import first_broken
from shanhe.ground.documents import store
from shanhe.ground.documents.models import StoredFile
from shanhe.ground.documents.services import Binding, Part, file_put
from shanhe.ground.people.scope import system_actor
from shanhe.ground.safekeeping import holds
from shanhe.kernel.errors import Refusal

pytestmark = pytest.mark.django_db

YEARS_LATER = timedelta(days=3 * 365.2425 + 1)


def retire(at, **options) -> Retention:
    return list(tracks_delete_due(by=system_actor("cli"), at=at, **options))[-1]


@pytest.fixture
def walked(make):
    """A village chief's patrol, three hours before ``make.now``."""
    reach = make.reach()
    chief = make.keeper(reach)
    return make.patrol(reach, by=chief)


def test_a_track_of_yesterday_stays(make, walked):
    assert retire(make.now).deleted == 0
    assert Track.objects.filter(patrol=walked).exists()


def test_after_three_years_fixes_and_prints_are_gone_and_figures_digest_and_proof_stay(make, walked):
    was = Track.objects.get(patrol=walked)
    verdict = Verdict.objects.get(patrol=walked)
    at = make.now + YEARS_LATER

    done = retire(at)

    assert done.deleted == 1
    assert not Track.objects.exists()
    assert not TrackPrint.objects.exists()
    kept = TrackDeletion.objects.get(patrol=walked)
    assert (kept.deleted_at, kept.years, kept.points) == (at, 3.0, was.points)
    assert (kept.raw_sha256, kept.sent_sha256) == (was.raw_sha256, was.sent_sha256)
    assert Verdict.objects.get(patrol=walked).coverage == verdict.coverage
    event = Event.objects.get(action="patrol.track_delete")
    assert event.object_id == str(walked.pk)
    assert event.data["track_sha256"] == was.raw_sha256
    assert first_broken() is None


def test_a_second_round_finds_nothing(make, walked):
    at = make.now + YEARS_LATER
    retire(at)
    size = Event.objects.count()
    assert retire(at).deleted == 0
    assert Event.objects.count() == size


def test_a_dry_run_tells_and_deletes_nothing(make, walked):
    size = Event.objects.count()
    done = retire(make.now + YEARS_LATER, is_dry=True)
    assert (done.deleted, done.oldest) == (1, moment_day(walked))
    assert Track.objects.exists()
    assert Event.objects.count() == size


def moment_day(patrol: Patrol):
    from django.utils import timezone

    return timezone.localtime(patrol.ended_at).date()


def test_how_long_is_the_places_own_matter(make, walked):
    code = walked.verdict.area.division_id
    make.policy("patrol.track_years", 10, division=code)
    assert retire(make.now + YEARS_LATER).deleted == 0
    assert retire(make.now + timedelta(days=11 * 366)).deleted == 1


def test_a_shorter_policy_is_seen_before_the_default_is_over(make, walked):
    make.policy("patrol.track_years", 0.5, division=walked.verdict.area.division_id)
    assert retire(make.now + timedelta(days=190)).deleted == 1


def test_a_policy_that_has_ended_holds_no_longer(make, walked):
    day = make.today
    make.policy("patrol.track_years", 10, since=day - timedelta(days=30), until=day + timedelta(days=30))
    assert retire(make.now + YEARS_LATER).deleted == 1


def test_of_two_areas_the_longer_time_counts(make):
    river, wood = make.reach(), make.forest_unit()
    patrol = make.patrol(river, areas=[river, wood], by=make.keeper(river, areas=[river, wood]))
    assert patrol.verdicts.count() == 2
    make.policy("patrol.track_years", 1, kind="reach")
    make.policy("patrol.track_years", 5, kind="forest-unit")
    assert retire(make.now + timedelta(days=2 * 366)).deleted == 0
    assert retire(make.now + timedelta(days=6 * 366)).deleted == 1


def test_an_open_contest_holds_a_track_back_until_it_is_decided(make, walked):
    contest = Contest.objects.create(
        uuid=uuid.uuid4(),
        patrol=walked,
        area=walked.verdict.area,
        verdict=walked.verdict,
        state="filed",
        words="信号不好",
        filed_at=make.now,
        due_on=make.today,
    )
    at = make.now + YEARS_LATER
    done = retire(at)
    assert (done.deleted, dict(done.held)) == (0, {"contest": 1})
    contest.state = "withdrawn"
    contest.save()
    assert retire(at).deleted == 1


def test_another_app_holds_tracks_back_for_whole_batches(make, walked, monkeypatch):
    other = make.patrol(walked.verdict.area, by=walked.sent_by, starts=make.now - timedelta(days=2))
    asked = []
    monkeypatch.setattr(holds, "_board", dict(holds._board))

    @holds.retention_hold("appeal")
    def appealed(patrol_ids, at):
        asked.append(sorted(patrol_ids))
        return [walked.pk, 999_999]

    done = retire(make.now + YEARS_LATER)
    assert asked == [sorted([walked.pk, other.pk])]
    assert (done.deleted, dict(done.held)) == (1, {"appeal": 1})
    assert Track.objects.get().patrol == walked


def test_two_holds_of_one_name_are_a_mistake(monkeypatch):
    monkeypatch.setattr(holds, "_board", dict(holds._board))
    with pytest.raises(ValueError, match="two holds"):
        holds.retention_hold("contest")(lambda ids, at: [])


def test_queries_do_not_grow_with_the_patrols(make, walked, query_count):
    at = make.now + YEARS_LATER
    for days in range(1, 4):
        make.patrol(walked.verdict.area, by=walked.sent_by, starts=make.now - timedelta(days=days))
    four = query_count(lambda: retire(at, is_dry=True))
    Track.objects.exclude(patrol=walked).delete()
    assert query_count(lambda: retire(at, is_dry=True)) == four


def test_the_patrol_is_still_read_and_no_longer_judged(make, walked):
    retire(make.now + YEARS_LATER)
    patrol = patrol_in(make.scope(walked.sent_by), walked.pk)
    assert not hasattr(patrol, "track")
    assert patrol.track_deletion.years == 3
    with pytest.raises(Refusal) as refused:
        patrol_reverify(patrol=patrol, by=system_actor("cli"), at=make.now)
    assert refused.value.code == "patrol.track_deleted"


def photo() -> bytes:
    """A picture with place, time and device in it, on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "某手机"
    exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 5.0, 1.0), 3: "E", 4: (117.0, 0.0, 9.0)})
    out = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_a_photo_loses_place_and_device_and_keeps_what_is_seen(
    make, walked, django_capture_on_commit_callbacks
):
    content, number = photo(), uuid.uuid4()
    by = make.actor(walked.sent_by, "api")
    binding = Binding("a.jpg", "patrol", walked.uuid)
    with django_capture_on_commit_callbacks(execute=True):
        part = Part(0, len(content), content)
        was = file_put(uuid=number, part=part, by=by, at=make.now, binding=binding).file
    assert was.exif["GPSLatitudeRef"] == "N"

    with django_capture_on_commit_callbacks(execute=True):
        assert retire(make.now + YEARS_LATER).pictures == 1

    file = StoredFile.objects.get(uuid=number)
    assert file.exif == {}
    assert file.sha256 != was.sha256
    assert not store.whole(was.sha256).exists()
    kept = store.whole(file.sha256).read_bytes()
    assert (file.size, store.digest_of(store.whole(file.sha256))) == (len(kept), file.sha256)
    with Image.open(io.BytesIO(kept)) as after, Image.open(io.BytesIO(content)) as before:
        assert dict(after.getexif()) == {0x0112: 6}
        assert after.tobytes() == before.tobytes()
    event = Event.objects.get(action="file.strip")
    assert (event.data["from_sha256"], event.data["sha256"]) == (was.sha256, file.sha256)
