"""Many patrols at once leave what they would have left one after another."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.forms.models import model_to_dict

from shanhe.evidence.patrols.models import LastVisit, LogItem, Patrol, Track, TrackPrint, Verdict
from shanhe.evidence.patrols.sent import LogSent, PatrolSent
from shanhe.evidence.patrols.services import Submission, TrackMemory, patrol_submit, patrols_submit
from shanhe.ground.audit.models import Event
from shanhe.kernel.errors import Refusal


def left_behind() -> dict[str, Any]:
    """Every row that patrols leave, with what it says."""
    tables = (Patrol, Verdict, LogItem, Track, TrackPrint, LastVisit)
    rows = {
        model.__name__: [
            {name: value for name, value in model_to_dict(row).items() if name != "id"}
            | {name: bytes(getattr(row, name)) for name in ("raw", "course") if hasattr(row, name)}
            for row in model._default_manager.order_by("pk")
        ]
        for model in tables
    }
    rows["Event"] = [
        (event.action, event.object_id, event.at, event.user_id, event.person_id, event.data)
        for event in Event.objects.filter(action="patrol.submit").order_by("seq")
    ]
    return rows


def both_ways(submissions: list[Submission], *batches: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What single sending leaves, and what batches of these sizes leave; each from the same beginning."""
    found = []
    for sizes in ((), batches or (len(submissions),)):
        with transaction.atomic():
            _send(submissions, sizes)
            found.append(left_behind())
            transaction.set_rollback(True)
    return found[0], found[1]


def _send(submissions: list[Submission], sizes: tuple[int, ...]) -> None:
    memory, left = TrackMemory(), list(submissions)
    for size in sizes:
        patrols_submit(submissions=left[:size], memory=memory)
        left = left[size:]
    for one in left:
        patrol_submit(sent=one.sent, by=one.by, at=one.at)


def renumbered(rows: dict[str, Any]) -> dict[str, Any]:
    """Ids of patrols as their places: a rolled back insert may leave a gap behind."""
    ids: dict[str, int] = {}
    for data in rows["Event"]:
        ids.setdefault(str(data[1]), len(ids))

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: ids.get(str(item), item)
                if name in ("patrol", "joined_to", "earlier", "of", "id")
                else plain(item)
                for name, item in value.items()
            }
        return [plain(item) for item in value] if isinstance(value, list) else value

    told = {name: plain(found) for name, found in rows.items() if name != "Event"}
    return told | {"Event": [(event[0], ids[str(event[1])], *event[2:]) for event in rows["Event"]]}


@pytest.fixture
def day(make: Any) -> list[Submission]:
    """A busy day: two chiefs, a ranger, a replay, an overlap, one sent for, one late, one without area."""
    one, other = make.reach(), make.reach()
    wood = make.forest_unit()
    chief, second, ranger = make.keeper(one), make.keeper(other), make.keeper(wood, kind="ranger")
    again = make.track(one)
    walks: list[tuple[Any, PatrolSent, int]] = [
        (chief, make.sent(one, track=again, device={"id": "phone-1"}), 30),
        (second, make.sent(other, log=[LogSent("water", False, "岸边有垃圾")]), 25),
        (ranger, make.sent(wood), 24),
        (chief, make.sent(one, starts=make.now - timedelta(hours=2, minutes=50)), 22),
        (chief, make.sent(one, track=replace(again, t_ms=again.t_ms + 86_400_000)), 20),
        (second, make.sent(None, track=make.track(other), areas=[]), 15),
        (second, make.sent(one, track=again, areas=[other], device={"id": "phone-1"}), 12),
        (ranger, make.sent(wood, starts=make.now - timedelta(days=9)), 5),
    ]
    return [
        Submission(sent=sent, by=make.actor(user, "api"), at=make.now - timedelta(minutes=minutes))
        for user, sent, minutes in walks
    ]


@pytest.mark.django_db
def test_a_batch_leaves_the_same_as_one_after_another(day: list[Submission]) -> None:
    single, batch = both_ways(day)
    assert renumbered(batch) == renumbered(single)
    outcomes = {row["outcome"] for row in single["Verdict"]}
    assert len(single["Patrol"]) == len(day)
    assert {"valid", "doubtful"} <= outcomes


@pytest.mark.django_db
def test_so_do_several_batches_with_one_memory(day: list[Submission]) -> None:
    single, batches = both_ways(day, 1, 3, 2, 2)
    assert renumbered(batches) == renumbered(single)


@pytest.mark.django_db
def test_a_memory_learns_what_others_sent_meanwhile(make: Any) -> None:
    reach = make.reach()
    chief = make.actor(make.keeper(reach), "api")
    memory = TrackMemory()
    copied = make.track(reach)
    patrols_submit(submissions=[Submission(make.sent(reach, (0, 900)), chief, make.now)], memory=memory)
    patrol_submit(sent=make.sent(reach, track=copied), by=chief, at=make.now)
    later = replace(copied, t_ms=copied.t_ms + 3_600_000)
    sent = make.sent(reach, track=later)
    [(patrol, _is_new)] = patrols_submit(submissions=[Submission(sent, chief, make.now)], memory=memory)
    assert patrol.outcome == "doubtful"
    assert ",replayed," in Verdict.objects.get(patrol=patrol).flag_codes


@pytest.mark.django_db
def test_the_same_patrol_twice_in_a_batch_is_one(make: Any) -> None:
    reach = make.reach()
    chief = make.actor(make.keeper(reach), "api")
    one = Submission(make.sent(reach), chief, make.now)
    first = patrols_submit(submissions=[one, one])
    again = patrols_submit(submissions=[one])
    assert [is_new for _patrol, is_new in (*first, *again)] == [True, False, False]
    assert Patrol.objects.count() == 1
    assert Event.objects.filter(action="patrol.submit").count() == 1


@pytest.mark.django_db
def test_other_content_under_a_uuid_of_the_batch_refuses_all(make: Any) -> None:
    reach = make.reach()
    chief = make.actor(make.keeper(reach), "api")
    taken = uuid.uuid4()
    batch = [Submission(make.sent(reach, uuid=taken), chief, make.now) for _ in range(2)]
    with pytest.raises(Refusal) as refused:
        patrols_submit(submissions=batch)
    assert refused.value.code == "patrol.uuid_taken"
    assert not Patrol.objects.exists()


@pytest.mark.django_db
def test_one_that_may_not_be_taken_keeps_all_out(make: Any) -> None:
    reach, of_others = make.reach(), make.reach()
    chief = make.actor(make.keeper(reach), "api")
    batch = [Submission(make.sent(area), chief, make.now) for area in (reach, of_others)]
    with pytest.raises(Refusal) as refused:
        patrols_submit(submissions=batch)
    assert refused.value.code == "patrol.area_not_held"
    assert not Patrol.objects.exists()


@pytest.mark.django_db
def test_eight_patrols_cost_no_more_queries_than_two(make: Any, query_count: Any) -> None:
    def batch(size: int) -> list[Submission]:
        areas = [make.reach() for _ in range(size)]
        return [Submission(make.sent(area), make.actor(make.keeper(area), "api"), make.now) for area in areas]

    few, many = batch(2), batch(8)
    assert query_count(lambda: patrols_submit(submissions=many)) <= query_count(
        lambda: patrols_submit(submissions=few)
    )
