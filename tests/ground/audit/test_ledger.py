"""What a service may rely on when it records what it did."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction

from shanhe.ground.audit import ledger
from shanhe.ground.audit.models import Event, Head
from shanhe.kernel.chain.links import GENESIS, chain_hash

AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@dataclass(frozen=True)
class VillageChief:
    user_id: int | None = 7
    person_id: int | None = 11
    via: str = "field"


class Mishap(Exception):
    pass


def note(action: str = "patrol.submit", obj: object = ("patrols.patrol", 1), **data: object) -> None:
    ledger.record(action, obj, by=VillageChief(), at=AT, **data)


def write_and_fail() -> None:
    Group.objects.create(name="patrollers")
    note("failed")
    raise Mishap


def well_and_then_fail() -> None:
    ledger.atomic(note)("of.a.block.that.ended.well")
    raise Mishap


def grant_to_nobody() -> None:
    """Write a row whose foreign key leads nowhere; both databases look at it when the transaction ends."""
    group = Group.objects.create(name="patrollers")
    Group.permissions.through.objects.create(group_id=group.pk, permission_id=0)
    note()


def actions() -> list[str]:
    return list(Event.objects.order_by("seq").values_list("action", flat=True))


@pytest.mark.django_db
def test_a_recorded_event_says_who_did_what_to_which_object_and_when():
    with ledger.atomic():
        note(verdict="valid")
    event = Event.objects.get()
    assert (event.seq, event.at, event.action) == (1, AT, "patrol.submit")
    assert (event.object_type, event.object_id) == ("patrols.patrol", "1")
    assert (event.user_id, event.person_id, event.via) == (7, 11, "field")
    assert event.data == {"verdict": "valid"}


@pytest.mark.django_db
def test_events_follow_one_another_on_one_chain_and_the_head_points_at_the_last():
    for _ in range(2):
        with ledger.atomic():
            note()
            note()
    events = list(Event.objects.order_by("seq"))
    assert [event.seq for event in events] == [1, 2, 3, 4]
    previous = GENESIS
    for event in events:
        assert bytes(event.previous) == previous
        previous = chain_hash(previous, bytes(event.leaf))
        assert bytes(event.hash) == previous
    head = Head.objects.get()
    assert (head.size, bytes(head.hash)) == (4, previous)


@pytest.mark.django_db
def test_two_events_of_the_same_content_have_different_leaves():
    with ledger.atomic():
        note()
    with ledger.atomic():
        note()
    one, two = Event.objects.order_by("seq")
    assert bytes(one.salt) != bytes(two.salt)
    assert bytes(one.leaf) != bytes(two.leaf)


@pytest.mark.django_db
def test_a_saved_row_is_referred_to_by_its_model_and_key():
    with ledger.atomic():
        group = Group.objects.create(name="patrollers")
        note("group.create", group)
    event = Event.objects.get()
    assert (event.object_type, event.object_id) == ("auth.group", str(group.pk))


@pytest.mark.django_db
def test_a_row_that_is_not_saved_is_refused():
    with pytest.raises(ValueError, match="not saved"), ledger.atomic():
        note("group.create", Group(name="patrollers"))
    assert actions() == []


@pytest.mark.django_db
def test_nobody_means_the_system():
    with ledger.atomic():
        ledger.record("job.finish", ("jobs.job", 3), by=None, at=AT)
    event = Event.objects.get()
    assert (event.user_id, event.person_id, event.via) == (None, None, "")


@pytest.mark.django_db
def test_recording_outside_a_block_is_a_programming_error():
    with pytest.raises(RuntimeError, match="needs a ledger"):
        note()
    with transaction.atomic(), pytest.raises(RuntimeError, match="needs a ledger"):
        note()
    with ledger.atomic():
        pass
    with pytest.raises(RuntimeError, match="needs a ledger"):
        note()


@pytest.mark.django_db
def test_a_failed_block_leaves_neither_its_rows_nor_its_events():
    with pytest.raises(Mishap), ledger.atomic():
        write_and_fail()
    assert not Group.objects.exists()
    assert actions() == []
    with ledger.atomic():
        note("later")
    assert actions() == ["later"]


@pytest.mark.django_db
def test_an_inner_block_that_fails_drops_its_own_events_only():
    with ledger.atomic():
        note("outer.before")
        with pytest.raises(Mishap), ledger.atomic():
            write_and_fail()
        note("outer.after")
    assert actions() == ["outer.before", "outer.after"]
    assert not Group.objects.exists()


@pytest.mark.django_db
def test_a_plain_django_block_that_fails_inside_drops_its_events_too():
    with ledger.atomic():
        note("outer")
        with pytest.raises(Mishap), transaction.atomic():
            well_and_then_fail()
    assert actions() == ["outer"]


@pytest.mark.django_db
def test_inner_blocks_that_end_well_are_appended_once_by_the_outermost(django_assert_max_num_queries):
    with ledger.atomic():
        note("zero")
    # Three savepoints with their releases; then lock, insert and update, or one call on PostgreSQL.
    with django_assert_max_num_queries(9), ledger.atomic():
        for action in ("one", "two"):
            ledger.atomic(note)(action)
    assert actions() == ["zero", "one", "two"]


@pytest.mark.django_db
def test_a_block_that_was_told_to_roll_back_appends_nothing():
    with transaction.atomic(), ledger.atomic():
        note()
        transaction.set_rollback(True)
    assert actions() == []


@pytest.mark.django_db
def test_nothing_recorded_costs_no_lock(django_assert_num_queries):
    with (
        django_assert_num_queries(2),
        ledger.atomic(),
    ):  # savepoint, release: we stand in a test's transaction
        pass


@pytest.mark.django_db
def test_the_ledger_leaves_no_callbacks_behind(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks, ledger.atomic():
        note()
    assert callbacks == []


@pytest.mark.django_db
def test_it_decorates_functions_with_and_without_parentheses():
    @ledger.atomic
    def plain(number: int) -> int:
        """Say what."""
        note(f"plain.{number}")
        return plain(number - 1) if number else 0

    @ledger.atomic()
    def called() -> None:
        note("called")

    assert plain(1) == 0
    called()
    assert plain.__doc__ == "Say what."
    assert actions() == ["plain.1", "plain.0", "called"]


def test_generators_and_coroutines_cannot_be_decorated():
    def steps():
        yield 1

    async def wait() -> None:
        pass

    for function in (steps, wait):
        with pytest.raises(TypeError, match="outside the transaction"):
            ledger.atomic(function)


@pytest.mark.django_db
def test_data_may_hold_what_services_have_at_hand():
    shanghai = timezone(timedelta(hours=8))
    with ledger.atomic():
        note(
            since=datetime(2026, 3, 2, 8, 0, tzinfo=shanghai),
            day=date(2026, 3, 2),
            uuid=UUID(int=1),
            share=Decimal("0.60"),
            metres=(1, 2.5),
            nested={"河": None},
        )
    assert Event.objects.get().data == {
        "since": "2026-03-02T00:00:00.000000Z",
        "day": "2026-03-02",
        "uuid": "00000000-0000-0000-0000-000000000001",
        "share": "0.60",
        "metres": [1, 2.5],
        "nested": {"河": None},
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("value", "error"),
    [(float("nan"), ValueError), ("\ud800", ValueError), (object(), TypeError), (2**60, ValueError)],
)
def test_data_that_has_no_json_is_refused_where_it_is_recorded(value, error):
    with ledger.atomic():
        with pytest.raises(error):
            note(value=value)
        note("good")
    assert actions() == ["good"]


@pytest.mark.django_db
def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"), ledger.atomic():
        ledger.record("x", ("a.b", 1), by=None, at=AT.replace(tzinfo=None))


@pytest.mark.django_db
def test_the_request_that_is_answered_is_on_the_record():
    token = ledger.request_id.set("req-12345678")
    try:
        with ledger.atomic():
            note()
    finally:
        ledger.request_id.reset(token)
    assert Event.objects.get().request_id == "req-12345678"


@pytest.mark.django_db
def test_events_can_neither_be_changed_nor_deleted_through_the_models():
    with ledger.atomic():
        note()
    event = Event.objects.get()
    for slip in (event.save, event.delete, Event.objects.all().delete, lambda: Event.objects.update(via="x")):
        with pytest.raises(TypeError):
            slip()
    assert actions() == ["patrol.submit"]


@pytest.mark.django_db
def test_without_a_head_but_with_events_nothing_is_appended():
    with ledger.atomic():
        note()
    Head.objects.all().delete()
    with pytest.raises(ledger.LedgerBroken), ledger.atomic():
        note()
    assert Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_appended_is_committed_and_callbacks_run_after_it():
    seen: list[list[str]] = []
    with ledger.atomic():
        note()
        transaction.on_commit(lambda: seen.append(actions()))
    assert seen == [["patrol.submit"]]
    assert connection.get_autocommit()
    transaction.set_autocommit(False)
    transaction.rollback()
    transaction.set_autocommit(True)
    assert actions() == ["patrol.submit"]


@pytest.mark.django_db(transaction=True)
def test_inside_a_plain_django_block_the_commit_is_left_to_that_block():
    with pytest.raises(Mishap), transaction.atomic():
        well_and_then_fail()
    assert actions() == []


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_fails_at_its_commit_leaves_no_event():
    with pytest.raises(IntegrityError), ledger.atomic():
        grant_to_nobody()
    assert actions() == []
    assert not Group.objects.exists()
    ledger.atomic(note)("later")
    assert actions() == ["later"]


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_share_one_chain_without_gaps():
    errors: list[BaseException] = []

    def write(name: int) -> None:
        try:
            for turn in range(10):
                with ledger.atomic():
                    note(f"thread.{name}.{turn}")
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert list(Event.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 41))
    assert Head.objects.get().size == 40
    for name in range(4):
        own = [action for action in actions() if action.startswith(f"thread.{name}.")]
        assert own == [f"thread.{name}.{turn}" for turn in range(10)]
