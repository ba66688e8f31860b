"""Long work: it waits, runs, shows how far it is, and ends with a result or a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django_tasks_db.models import DBTaskResult

from shanhe.ground.audit.models import Event
from shanhe.ground.jobs.kinds import KINDS, job_kind
from shanhe.ground.jobs.models import Job
from shanhe.ground.jobs.queries import job_of, jobs_of
from shanhe.ground.jobs.services import (
    Running,
    job_end,
    job_run,
    job_start,
    job_step,
    jobs_recover,
    purge_simulated,
)
from shanhe.ground.jobs.worker import work_off
from shanhe.kernel.errors import Refusal

seen: list[tuple[int, int]] = []


def count_to_three(running: Running) -> dict:
    for done in (1, 2, 3):
        running.step(done, 3, "counting")
        job = Job.objects.get(pk=running.job.pk)
        seen.append((job.done, job.total))
    return {"counted": running.params["what"]}


def refuse(running: Running) -> dict:
    raise Refusal("rows", "%(n)d rows are faulty.", {"row": "Row 3."}, n=1)


def stumble(running: Running) -> dict:
    raise ZeroDivisionError("secret detail")


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    seen.clear()
    for name, work in {"count": count_to_three, "refuse": refuse, "stumble": stumble}.items():
        monkeypatch.setitem(KINDS, name, work)


@pytest.fixture
def start(make, django_capture_on_commit_callbacks):
    def start(kind: str = "count", **params: object) -> Job:
        with django_capture_on_commit_callbacks(execute=True):
            by = make.actor(make.county_office)
            return job_start(kind=kind, params={"what": "sheep", **params}, by=by, at=make.now)

    return start


def done(make, job: Job) -> Job:
    job_run(job_id=job.pk, now=lambda: make.now)
    job.refresh_from_db()
    return job


@pytest.mark.django_db(transaction=True)
def test_a_job_waits_for_a_worker_that_does_it(make):
    by = make.actor(make.county_office)
    job = job_start(kind="count", params={"what": "sheep"}, by=by, at=make.now)
    assert job.state == "waiting"
    assert work_off("w")
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", {"counted": "sheep"})
    assert not work_off("w")
    assert DBTaskResult.objects.get().status == "SUCCESSFUL"


def test_how_far_it_is_can_be_seen_meanwhile(make, start):
    job = done(make, start())
    assert seen[-1] == (3, 3)
    assert (job.done, job.total) == (3, 3)


def test_progress_is_written_at_most_twice_a_second(make, start, django_assert_num_queries):
    job = start()
    Job.objects.filter(pk=job.pk).update(state="running")
    with django_assert_num_queries(3):
        for number in range(1, 101):
            job_step(job=job, done=number, total=100, at=make.now + timedelta(milliseconds=6 * number))


def test_what_a_user_can_mend_is_told_with_its_fields(make, start):
    job = done(make, start("refuse"))
    assert (job.state, job.message) == ("failed", "1 rows are faulty.")
    assert job.result == {"error": {"code": "rows", "fields": {"row": "Row 3."}}}


def test_what_is_our_fault_tells_no_details(make, start):
    job = done(make, start("stumble"))
    assert job.state == "failed"
    assert job.message
    assert "secret" not in job.message


def test_a_job_is_done_once_however_many_take_it(make, start):
    job = start()
    assert job_run(job_id=job.pk, now=lambda: make.now) is not None
    assert job_run(job_id=job.pk, now=lambda: make.now) is None
    assert len(seen) == 3
    with pytest.raises(Refusal):
        job_end(job=job, at=make.now)


def test_the_ledger_knows_beginning_and_end(make, start):
    done(make, start())
    actions = Event.objects.filter(object_type="jobs.job").order_by("seq").values_list("action", flat=True)
    assert list(actions) == ["job.start", "job.end"]


def test_a_job_whose_worker_was_killed_is_given_up(make, start):
    job = start()
    Job.objects.filter(pk=job.pk).update(state="running", touched_at=make.now)
    assert jobs_recover(at=make.now + timedelta(minutes=29)) == 0
    assert jobs_recover(at=make.now + timedelta(minutes=31)) == 1
    job.refresh_from_db()
    assert job.state == "failed"


def test_everybody_sees_their_own_jobs_and_the_administrator_all(make, start):
    job = start()
    assert job_of(make.scope(make.county_office), job.uuid) == job
    assert job_of(make.scope(make.stranger), job.uuid) is None
    assert job in jobs_of(make.scope(make.administrator))


def test_a_refused_request_leaves_no_job_behind(make):
    with pytest.raises(ValueError, match="nobody"):
        job_start(kind="unheard.of", params={}, by=None, at=make.now)


def test_two_functions_for_one_kind_are_a_mistake():
    with pytest.raises(ValueError, match="two functions"):
        job_kind("count")(refuse)


def test_jobs_of_simulated_accounts_go_with_them(make, start):
    job = start()
    simulated = make.user(make.person(is_simulated=True), is_simulated=True)
    own = job_start(kind="count", params={}, by=make.actor(simulated), at=make.now)
    assert purge_simulated(by=make.actor(make.administrator), at=make.now) == 1
    assert not Job.objects.filter(pk=own.pk).exists()
    assert Job.objects.filter(pk=job.pk).exists()
