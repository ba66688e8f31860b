"""Whoever tampers by SQL is found, and the first broken record named.

The cases are those of docs/algorithms/ledger.md. Each begins with the same ledger: nine events, the root of
2 March over the first six of them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import connection

from shanhe.ground.audit import ledger
from shanhe.ground.audit.content import content_of
from shanhe.ground.audit.models import DayRoot, Event, Head
from shanhe.ground.audit.services import day_root_publish
from shanhe.ground.audit.verify import Broken, first_broken, verify
from shanhe.kernel.chain.canonical import canonical_json
from shanhe.kernel.chain.links import chain_hash, leaf_hash
from shanhe.kernel.chain.merkle import EMPTY_ROOT
from shanhe.kernel.chain.proof import PublishedRoot

pytestmark = pytest.mark.django_db

SAID = "at action object_type object_id user_id person_id via data request_id salt leaf"
MONDAY = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)


def note(number: int, at: datetime) -> None:
    with ledger.atomic():
        ledger.record("patrol.submit", ("patrols.patrol", number), by=None, at=at, verdict="valid", km=1.5)


@pytest.fixture
def published() -> PublishedRoot:
    """The ledger of every case; its seventh event is the publishing of the first day's root."""
    for number in range(1, 7):
        note(number, MONDAY)
    root = day_root_publish(day=date(2026, 3, 2), by=None, at=TUESDAY)
    for number in range(8, 10):
        note(number, TUESDAY)
    return root


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def move(seq: int, to: int) -> None:
    sql("UPDATE audit_event SET seq = %s WHERE seq = %s", to, seq)


def swap(one: int, other: int) -> None:
    move(one, 1000)
    move(other, one)
    move(1000, other)


def change(seq: int, **columns: object) -> None:
    for column, value in columns.items():
        sql(f"UPDATE audit_event SET {column} = %s WHERE seq = %s", value, seq)  # noqa: S608


def stored(seq: int, columns: str) -> dict[str, object]:
    """The columns of one record as the database holds them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns.split())} FROM audit_event WHERE seq = %s", [seq])  # noqa: S608
        return dict(zip(columns.split(), cursor.fetchone(), strict=True))


def shift_down(first: int) -> None:
    """Make room at ``first``: everything from there on moves one down."""
    for seq in Event.objects.filter(seq__gte=first).order_by("-seq").values_list("seq", flat=True):
        move(seq, seq + 1)


def close_gap(gap: int) -> None:
    for seq in Event.objects.filter(seq__gt=gap).order_by("seq").values_list("seq", flat=True):
        move(seq, seq - 1)


def forge_hashes(first: int, last: int | None = None) -> None:
    """Compute leaf, previous and hash anew as the ledger would have; to the end with the head."""
    previous = bytes(Event.objects.get(seq=first - 1).hash) if first > 1 else bytes(32)
    until = last or Event.objects.order_by("seq").last().seq
    for event in Event.objects.filter(seq__gte=first, seq__lte=until).order_by("seq"):
        leaf = leaf_hash(bytes(event.salt), canonical_json(content_of(event)))
        link = chain_hash(previous, leaf)
        change(event.seq, leaf=leaf, previous=previous, hash=link)
        previous = link
    if last is None:
        set_head(until)


def set_head(size: int) -> None:
    sql("UPDATE audit_head SET size = %s, hash = (SELECT hash FROM audit_event WHERE seq = %s)", size, size)


def insert_copy(source: int, seq: int) -> None:
    row = stored(source, f"{SAID} previous hash")
    names, holes = ", ".join(row), ", ".join(["%s"] * len(row))
    sql(f"INSERT INTO audit_event (seq, {names}) VALUES (%s, {holes})", seq, *row.values())  # noqa: S608


def delete(seq: int) -> None:
    sql("DELETE FROM audit_event WHERE seq = %s", seq)


def test_an_untouched_ledger_holds(published):
    assert first_broken([published]) is None


def test_an_empty_ledger_holds():
    assert first_broken() is None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "2026-03-01 01:30:00"),
        ("action", "patrol.withdraw"),
        ("object_type", "cases.case"),
        ("object_id", "40"),
        ("user_id", 9),
        ("person_id", 9),
        ("via", "api"),
        ("data", '{"km":2.5,"verdict":"valid"}'),
        ("data", '{"km":1.50,"verdict":"valid"}'),
        ("request_id", "req-12345678"),
        ("salt", bytes(32)),
        ("leaf", bytes(32)),
        ("previous", bytes(32)),
        ("hash", bytes(32)),
    ],
)
def test_case_1_a_changed_column_is_found_whichever_it_is(published, column, value):
    change(4, **{column: value})
    assert first_broken() == Broken(4, "changed")


def test_case_2_a_record_changed_with_its_own_hashes_is_found_by_its_successor(published):
    change(8, via="api")
    forge_hashes(8, 8)
    assert first_broken() == Broken(8, "changed")


def test_case_3_a_record_deleted_in_the_middle_is_missing(published):
    delete(4)
    assert first_broken() == Broken(4, "missing")


def test_case_3_and_also_when_the_others_are_renumbered(published):
    delete(4)
    close_gap(4)
    assert first_broken() == Broken(4, "missing")


def test_case_3_the_first_record_can_be_missing_too(published):
    delete(1)
    assert first_broken() == Broken(1, "missing")


def test_case_4_the_last_record_deleted_is_a_cut(published):
    delete(9)
    assert first_broken() == Broken(9, "cut")


def test_case_4_all_records_deleted_is_a_cut(published):
    sql("DELETE FROM audit_event")
    assert first_broken() == Broken(1, "cut")


def test_case_5_a_cut_with_a_forged_head_is_caught_by_a_published_root(published):
    for seq in range(6, 10):
        delete(seq)
    set_head(5)
    assert first_broken() == Broken(6, "cut")


def test_case_5_and_when_the_table_of_days_was_cut_too_by_the_published_file(published):
    for seq in range(6, 10):
        delete(seq)
    set_head(5)
    sql("DELETE FROM audit_dayroot")
    assert first_broken() is None  # the database alone cannot know
    assert first_broken([published]) == Broken(6, "cut")


def test_case_6_a_record_inserted_in_the_middle_is_named(published):
    shift_down(4)
    insert_copy(3, 4)
    assert first_broken() == Broken(4, "inserted")


def test_case_6_and_also_when_it_carries_hashes_that_fit(published):
    shift_down(4)
    insert_copy(3, 4)
    forge_hashes(4, 4)
    assert first_broken() == Broken(4, "inserted")


def test_case_6_a_record_put_behind_the_end_is_inserted(published):
    insert_copy(9, 10)
    forge_hashes(10, 10)
    assert first_broken() == Broken(10, "inserted")


def test_case_7_two_records_that_changed_places_are_reordered(published):
    swap(3, 5)
    assert first_broken() == Broken(3, "reordered")


def test_case_7_also_when_only_what_they_say_changed_places(published):
    third, fourth = stored(3, SAID), stored(4, SAID)
    change(3, **fourth)
    change(4, **third)
    assert first_broken() == Broken(3, "reordered")


def test_case_8_a_tail_rewritten_after_a_published_root_is_caught_by_the_table_of_days(published):
    change(3, via="api")
    forge_hashes(3)
    assert first_broken() == Broken(1, "rewritten", date(2026, 3, 2), 6)


def test_case_8_and_when_the_table_was_rewritten_too_by_the_published_file(published):
    change(3, via="api")
    sql("DELETE FROM audit_dayroot")
    delete(9)
    delete(8)
    delete(7)
    forge_hashes(3)
    day_root_publish(day=date(2026, 3, 2), by=None, at=TUESDAY)
    assert first_broken() is None  # the database alone cannot know
    assert first_broken([published]) == Broken(1, "rewritten", date(2026, 3, 2), 6)


def test_case_9_a_head_that_disagrees_is_named(published):
    sql("UPDATE audit_head SET hash = %s", bytes(32))
    assert first_broken() == Broken(9, "head")


def test_case_9_a_lost_head_is_found(published):
    sql("DELETE FROM audit_head")
    assert first_broken() == Broken(1, "inserted")


def test_case_10_a_day_taken_out_of_the_table_is_found_by_the_event_of_its_publishing(published):
    sql("DELETE FROM audit_dayroot")
    assert first_broken() == Broken(7, "root", date(2026, 3, 2))


def test_case_10_a_day_altered_in_the_table_does_not_agree_with_its_records(published):
    sql("UPDATE audit_dayroot SET size = 5")
    assert first_broken() == Broken(1, "rewritten", date(2026, 3, 2), 5)


def test_case_10_a_day_that_nobody_published_is_found(published):
    forged = {
        "day": date(2026, 3, 3),
        "first_seq": 7,
        "size": 0,
        "root": EMPTY_ROOT,
        "head_hash": published.head,
    }
    DayRoot.objects.bulk_create([DayRoot(**forged, published_at=TUESDAY)])
    assert first_broken() == Broken(7, "root", date(2026, 3, 3))


def test_of_several_faults_the_first_is_named(published):
    change(8, via="api")
    delete(5)
    assert first_broken() == Broken(5, "missing")


def test_it_walks_in_steps_and_says_how_far_it_is(published, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("shanhe.ground.audit.verify._CHUNK", 4)
    assert [(step.done, step.total) for step in verify()] == [(4, 9), (8, 9), (9, 9)]


@pytest.mark.parametrize("chunk", [1, 2, 3, 6, 7, 9])
def test_the_size_of_a_chunk_makes_no_difference(published, monkeypatch: pytest.MonkeyPatch, chunk: int):
    monkeypatch.setattr("shanhe.ground.audit.verify._CHUNK", chunk)
    assert first_broken([published]) is None
    change(3, via="api")
    forge_hashes(3)
    assert first_broken() == Broken(1, "rewritten", date(2026, 3, 2), 6)


def test_records_that_are_appended_meanwhile_are_no_fault(published, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("shanhe.ground.audit.verify._CHUNK", 4)
    steps = verify()
    next(steps)
    note(10, TUESDAY)
    last = list(steps)[-1]
    assert (last.done, last.broken) == (10, None)


def test_a_day_published_meanwhile_is_no_fault(published, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("shanhe.ground.audit.verify._CHUNK", 4)
    steps = verify()
    next(steps)
    day_root_publish(day=date(2026, 3, 3), by=None, at=datetime(2026, 3, 4, 1, tzinfo=UTC))
    assert list(steps)[-1].broken is None


def test_moments_with_and_without_a_fraction_are_spelled_alike():
    for microsecond in (0, 1, 120_000):
        note(1, MONDAY.replace(microsecond=microsecond))
    assert first_broken() is None
    assert Head.objects.get().size == 3
