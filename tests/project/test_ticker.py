"""Periodic entries: each at most once in its time, whoever asks, also after a restart."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.db import connection

from shanhe.ground.audit.models import DayRoot, Event
from shanhe.ground.documents.models import StoredFile
from shanhe.ground.documents.services import Part, file_put
from shanhe.ground.jobs.ledger_walk import LEDGER_WALK
from shanhe.ground.jobs.models import Job, Tick
from shanhe.ground.jobs.queries import job_latest
from shanhe.ground.jobs.services import job_run, tick_claim
from shanhe.ground.people.models import ApiToken
from shanhe.ground.people.services import token_issue
from shanhe.project.ticker import ENTRIES, Entry, tick, work_forever

HOUR = timedelta(hours=1)


@pytest.fixture
def rung():
    return []


@pytest.fixture
def bell(rung):
    return Entry("bell", HOUR, rung.append)


def test_an_entry_runs_at_once_and_then_once_in_its_time(make, bell, rung):
    for minutes in (0, 1, 59, 60, 61, 119, 121):
        tick(make.now + timedelta(minutes=minutes), (bell,))
    assert [int((at - make.now).total_seconds() / 60) for at in rung] == [0, 60, 121]


def test_a_restart_forgets_nothing_for_the_row_is_in_the_database(make, bell, rung):
    tick(make.now, (bell,))
    again = Entry("bell", HOUR, rung.append)
    tick(make.now + timedelta(minutes=5), (again,))
    assert len(rung) == 1


def test_an_entry_that_fails_is_noted_and_the_others_run(make, bell, rung):
    def fail(at: object) -> None:
        raise OSError("disk full")

    assert tick(make.now, (Entry("bad", HOUR, fail), bell)) == ["bad", "bell"]
    assert "disk full" in Tick.objects.get(name="bad").error
    assert rung == [make.now]
    tick(make.now + HOUR, (Entry("bad", HOUR, lambda at: None),))
    assert Tick.objects.get(name="bad").error == ""


@pytest.mark.django_db(transaction=True)
def test_of_many_processes_one_runs_it(make):
    claimed: list[bool] = []
    together = threading.Barrier(4)

    def ask() -> None:
        try:
            for hour in range(3):
                together.wait()
                claimed.append(tick_claim(name="bell", every=HOUR, at=make.now + hour * HOUR))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(claimed) == 3


def test_the_roots_of_days_that_are_over_are_published_once_and_as_files(
    make, settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.DATA_DIR = tmp_path
    make.village_chief  # noqa: B018  events of today
    with django_capture_on_commit_callbacks(execute=True):
        tick(make.now + timedelta(days=1))
    assert DayRoot.objects.filter(day=make.today).count() == 1
    assert (tmp_path / "proof" / f"{make.today.isoformat()}.json").is_file()
    count = DayRoot.objects.count()
    tick(make.now + timedelta(days=1, minutes=30))
    assert DayRoot.objects.count() == count


def test_old_tokens_and_sessions_are_forgotten(make):
    token = token_issue(user=make.village_chief, by=make.actor(make.village_chief), at=make.now).row
    Session.objects.create(session_key="old", session_data="x", expire_date=make.now - timedelta(days=3000))
    tick(make.now)
    assert not Session.objects.filter(session_key="old").exists()
    assert ApiToken.objects.filter(pk=token.pk).exists()
    tick(make.now + timedelta(days=90 + 181))
    assert not ApiToken.objects.filter(pk=token.pk).exists()


def test_files_that_never_came_whole_are_given_up_after_a_week(make, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    begun = Part(offset=0, size=100, content=b"\xff\xd8\xff" + bytes(20))
    chief = make.village_chief
    for days in (8, 6):
        file_put(uuid=uuid4(), part=begun, by=make.actor(chief), at=make.now - timedelta(days=days))
    tick(make.now)
    assert [file.created_at for file in StoredFile.objects.all()] == [make.now - timedelta(days=6)]
    assert Event.objects.filter(action="file.give_up").count() == 1


def test_the_ledger_is_walked_once_a_day_and_says_up_to_where_it_holds(
    make, settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.DATA_DIR = tmp_path
    make.village_chief  # noqa: B018  events of today
    tomorrow = make.now + timedelta(days=1)
    with django_capture_on_commit_callbacks(execute=True):
        tick(tomorrow)
        tick(tomorrow + timedelta(hours=12))
    asked = Job.objects.get(kind=LEDGER_WALK)
    job_run(job_id=asked.pk, now=lambda: tomorrow)
    walked = job_latest(LEDGER_WALK)
    assert walked.result["through"] == make.today.isoformat()
    assert walked.result["records"] > 0
    assert walked.result["broken"] is None


def test_every_entry_has_a_name_of_its_own():
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES)


@pytest.mark.django_db(transaction=True)
def test_a_worker_ticks_until_it_is_stopped(make):
    stop = threading.Event()

    def work() -> None:
        try:
            work_forever(stop)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    waited = threading.Event()
    for _ in range(200):
        if Tick.objects.filter(name="http.sessions").exclude(ended_at=None).exists():
            break
        waited.wait(0.05)
    stop.set()
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert Tick.objects.filter(name="audit.publish").exists()
