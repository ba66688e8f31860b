"""A day's root binds what was new by its end; with it every record can be proved to whoever doubts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from shanhe.ground.audit import ledger
from shanhe.ground.audit.content import content_of, content_text, iso_z
from shanhe.ground.audit.models import DayRoot, Event
from shanhe.ground.audit.queries import day_roots_due, event_numbered, events, events_of, proof_of, published
from shanhe.ground.audit.root_files import json_read, root_write, roots_read
from shanhe.ground.audit.services import day_root_publish, day_roots_publish_due
from shanhe.ground.audit.verify import first_broken
from shanhe.kernel.chain.canonical import canonical_text
from shanhe.kernel.chain.links import GENESIS
from shanhe.kernel.chain.merkle import EMPTY_ROOT, root
from shanhe.kernel.chain.proof import proof_check, proof_read
from shanhe.kernel.errors import Refusal

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 3, 2)
TUESDAY = MONDAY + timedelta(days=1)
WEDNESDAY = MONDAY + timedelta(days=2)
# The office's day ends at 16:00 UTC.
MONDAY_LATE = datetime(2026, 3, 2, 15, 59, 59, 999_999, tzinfo=UTC)
TUESDAY_FIRST = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
WEDNESDAY_FIRST = TUESDAY_FIRST + timedelta(days=1)


def note(number: int, at: datetime) -> Event:
    with ledger.atomic():
        ledger.record("patrol.submit", ("patrols.patrol", number), by=None, at=at)
    return event_numbered(Event.objects.count())


def refused(**arguments: object) -> str:
    with pytest.raises(Refusal) as refusal:
        day_root_publish(by=None, **arguments)
    return refusal.value.code


def leaves(first: int, last: int) -> list[bytes]:
    return [bytes(event.leaf) for event in Event.objects.filter(seq__range=(first, last)).order_by("seq")]


def test_a_day_ends_at_midnight_in_the_office():
    note(1, MONDAY_LATE)
    note(2, TUESDAY_FIRST)
    monday = day_root_publish(day=MONDAY, by=None, at=TUESDAY_FIRST)
    assert (monday.first_seq, monday.size, monday.root) == (1, 1, root(leaves(1, 1)))
    assert monday.head == bytes(event_numbered(1).hash)


def test_the_next_day_goes_on_where_the_last_one_ended():
    note(1, MONDAY_LATE)
    day_root_publish(day=MONDAY, by=None, at=TUESDAY_FIRST)
    note(3, TUESDAY_FIRST)
    tuesday = day_root_publish(day=TUESDAY, by=None, at=WEDNESDAY_FIRST)
    assert (tuesday.first_seq, tuesday.size, tuesday.root) == (2, 2, root(leaves(2, 3)))


def test_an_event_that_was_late_comes_under_the_next_root():
    note(1, MONDAY_LATE)
    day_root_publish(day=MONDAY, by=None, at=TUESDAY_FIRST)
    late = note(2, MONDAY_LATE)
    day_root_publish(day=TUESDAY, by=None, at=WEDNESDAY_FIRST)
    assert proof_of(late).day == TUESDAY


def test_publishing_is_itself_on_the_ledger():
    day_root_publish(day=MONDAY, by=None, at=TUESDAY_FIRST)
    event = event_numbered(1)
    assert (event.action, event.object_type, event.object_id) == (
        "audit.publish",
        "audit.dayroot",
        "2026-03-02",
    )
    assert event.data == {"first_seq": 1, "size": 0, "root": EMPTY_ROOT.hex(), "head": GENESIS.hex()}
    assert first_broken() is None


def test_a_day_that_is_not_over_has_no_root():
    note(1, MONDAY_LATE)
    assert refused(day=MONDAY, at=MONDAY_LATE) == "day_root.not_over"
    assert not DayRoot.objects.exists()


def test_a_day_has_one_root_and_none_is_put_in_before_it():
    day_root_publish(day=MONDAY, by=None, at=TUESDAY_FIRST)
    before = Event.objects.count()
    for day in (MONDAY, MONDAY - timedelta(days=1)):
        assert refused(day=day, at=WEDNESDAY_FIRST) == "day_root.published"
    assert Event.objects.count() == before


def test_of_two_who_publish_the_same_day_at_once_one_is_refused(monkeypatch: pytest.MonkeyPatch):
    class NobodyYet:
        def first(self) -> None:
            return None

    day_root_publish(day=MONDAY, by=None, at=TUESDAY_FIRST)
    monkeypatch.setattr("shanhe.ground.audit.services.day_roots", NobodyYet)
    assert refused(day=MONDAY, at=TUESDAY_FIRST) == "day_root.published"


def test_the_root_leaves_the_house_after_the_commit(django_capture_on_commit_callbacks):
    sent = []
    with django_capture_on_commit_callbacks(execute=True):
        day = day_root_publish(day=MONDAY, by=None, at=TUESDAY_FIRST, publish=sent.append)
        assert sent == []
    assert sent == [day]
    assert published(DayRoot.objects.get()) == day


def test_all_days_that_are_due_are_published_in_order_even_empty_ones():
    note(1, MONDAY_LATE)
    assert day_roots_due(MONDAY_LATE) == []
    assert day_roots_due(WEDNESDAY_FIRST) == [MONDAY, TUESDAY]
    steps = list(day_roots_publish_due(by=None, at=WEDNESDAY_FIRST))
    assert [(step.done, step.total, step.root.day) for step in steps] == [(1, 2, MONDAY), (2, 2, TUESDAY)]
    assert day_roots_due(WEDNESDAY_FIRST) == []
    assert first_broken([step.root for step in steps]) is None


def test_before_the_first_event_nothing_is_due():
    assert day_roots_due(WEDNESDAY_FIRST) == []


def test_every_record_of_a_published_day_can_be_proved():
    for number in range(1, 8):
        note(number, MONDAY_LATE)
    day = day_root_publish(day=MONDAY, by=None, at=TUESDAY_FIRST)
    for event in Event.objects.filter(seq__lte=7):
        proof = proof_read(proof_of(event).as_json())
        proof_check(proof, day.root)
        assert proof.content["seq"] == event.seq


def test_a_record_whose_day_has_no_root_yet_cannot_be_proved():
    note(1, MONDAY_LATE)
    day_root_publish(day=MONDAY, by=None, at=TUESDAY_FIRST)
    with pytest.raises(Refusal) as refusal:
        proof_of(note(2, TUESDAY_FIRST))
    assert refusal.value.code == "proof.not_yet"


def test_the_two_spellings_of_an_events_content_are_one():
    class Chief:
        user_id, person_id, via = 7, None, '河长"\n'

    with ledger.atomic():
        ledger.record("x.y", ("a.b", "编号\\"), by=Chief(), at=MONDAY_LATE, note="é\u2028\U0001f600", n=1e21)
    event = event_numbered(1)
    bare = content_text(
        event.seq,
        iso_z(event.at),
        event.action,
        event.object_type,
        event.object_id,
        event.user_id,
        event.person_id,
        event.via,
        canonical_text(event.data),
        event.request_id,
    )
    assert bare == canonical_text(content_of(event))
    assert first_broken() is None


def test_the_history_of_one_object_is_read_newest_first_and_in_pages():
    for number in (1, 2, 1, 1):
        note(number, MONDAY_LATE)
    assert [event.seq for event in events_of(("patrols.patrol", 1))] == [4, 3, 1]
    assert [event.seq for event in events(before=3)] == [2, 1]


def test_a_number_that_is_not_on_the_ledger_is_refused():
    with pytest.raises(Refusal) as refusal:
        event_numbered(1)
    assert (refusal.value.code, refusal.value.status) == ("event.unknown", 404)


def test_root_files_are_written_once_and_read_back(tmp_path):
    day = day_root_publish(day=MONDAY, by=None, at=TUESDAY_FIRST)
    path = root_write(tmp_path / "proof", day)
    assert path.name == "2026-03-02.json"
    root_write(tmp_path / "proof", day)
    assert roots_read(tmp_path / "proof") == roots_read(path) == [day]


def test_a_root_file_is_never_overwritten(tmp_path):
    note(1, MONDAY_LATE)
    day = day_root_publish(day=MONDAY, by=None, at=TUESDAY_FIRST)
    path = root_write(tmp_path, day)
    path.write_text(path.read_text().replace(day.root.hex(), EMPTY_ROOT.hex()))
    with pytest.raises(Refusal) as refusal:
        root_write(tmp_path, day)
    assert refusal.value.code == "root.already_there"


@pytest.mark.parametrize("content", ["", "{", "[" * 100_000, "\udcff"])
def test_a_file_that_is_no_json_is_refused(tmp_path, content):
    path = tmp_path / "2026-03-02.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(Refusal) as refusal:
        json_read(path)
    assert refusal.value.code == "file.unreadable"
