"""Long work: asked for, done in steps that everybody can see, ended one way or another."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from shanhe.ground.audit import ledger
from shanhe.ground.jobs.kinds import KINDS
from shanhe.ground.jobs.models import Job, Tick
from shanhe.ground.people.scope import Actor
from shanhe.ground.people.services.permission import check_is_administrator
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = [
    "Running",
    "job_end",
    "job_run",
    "job_start",
    "job_step",
    "jobs_recover",
    "purge_simulated",
    "tick_claim",
    "tick_end",
]

log = logging.getLogger(__name__)

#: A running job that gave no sign of life for so long was killed with its worker.
LOST_AFTER = timedelta(minutes=30)
#: Progress is written at most so often; a page asks every second.
STEP_EVERY = timedelta(seconds=0.5)

FAILED = _("This did not work; the administrator finds the reason in the log.")
LOST = _("This was interrupted. Start it again.")


@ledger.atomic
def job_start(*, kind: str, params: Mapping[str, Any], by: Actor | None, at: datetime) -> Job:
    """Ask for a job; a worker takes it after the commit. ValueError when nobody does jobs of this kind."""
    if kind not in KINDS:
        raise ValueError(f"nobody does jobs of the kind {kind}")
    job = Job.objects.create(
        kind=kind, params=dict(params), created_by_id=by.user_id if by else None, created_at=at
    )
    ledger.record("job.start", job, by=by, at=at, kind=kind)

    from shanhe.ground.jobs.tasks import job_do

    job_id = job.pk
    transaction.on_commit(lambda: job_do.enqueue(job_id))
    return job


def job_step(*, job: Job, done: int, total: int, at: datetime, message: str = "") -> None:
    """Say how far a job has come; at most twice a second reaches the database, the last step always does."""
    is_last = done >= total
    if not is_last and job.touched_at is not None and at - job.touched_at < STEP_EVERY:
        return
    job.done, job.total, job.touched_at, job.message = min(done, total), total, at, message[:300]
    Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(
        done=job.done, total=job.total, touched_at=at, message=job.message
    )


@ledger.atomic
def job_end(*, job: Job, at: datetime, result: Mapping[str, Any] | None = None, failure: str = "") -> Job:
    """End a running job with its result, or with the sentence that says why it failed.

    Refusal ``job.not_running`` (409) when it does not run (any more).
    """
    state = Job.State.FAILED if failure else Job.State.DONE
    ended = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(
        state=state, ended_at=at, result=dict(result or {}), message=failure[:300]
    )
    if not ended:
        raise Refusal("job.not_running", _("This job does not run any more."), status=409)
    job.refresh_from_db()
    ledger.record("job.end", job, by=None, at=at, state=state)
    return job


@dataclass(frozen=True, slots=True)
class Running:
    """A job as the one who does it sees it."""

    job: Job
    now: Callable[[], datetime]

    @property
    def params(self) -> dict[str, Any]:
        """What was asked for."""
        return dict(self.job.params)

    def step(self, done: int, total: int, message: str = "") -> None:
        """Say how far it has come."""
        job_step(job=self.job, done=done, total=total, at=self.now(), message=message)


def job_run(*, job_id: int, now: Callable[[], datetime]) -> Job | None:
    """Do a waiting job to its end; None when somebody else has taken it.

    ``now`` is the clock: the work takes time. A Refusal fails the job with its sentence and fields; any other
    error is logged and fails it with a general sentence.
    """
    begun = now()
    waiting = Job.objects.filter(pk=job_id, state=Job.State.WAITING)
    if not waiting.update(state=Job.State.RUNNING, started_at=begun, touched_at=begun):
        return None
    job = Job.objects.get(pk=job_id)
    try:
        result = KINDS[job.kind](Running(job, now))
    except Refusal as refusal:
        fields = {name: reason.render(gettext) for name, reason in refusal.fields.items()}
        told = {"error": {"code": refusal.code, "fields": fields}}
        return job_end(job=job, at=now(), result=told, failure=refusal.message.render(gettext))
    except Exception:
        log.exception("job.failed", extra={"job": job.pk, "kind": job.kind})
        return job_end(job=job, at=now(), failure=gettext(FAILED))
    return job_end(job=job, at=now(), result=result)


@ledger.atomic
def jobs_recover(*, at: datetime) -> int:
    """Fail running jobs whose worker was killed; gives how many."""
    lost = list(Job.objects.filter(state=Job.State.RUNNING, touched_at__lt=at - LOST_AFTER))
    for job in lost:
        job_end(job=job, at=at, failure=gettext(LOST))
    return len(lost)


def tick_claim(*, name: str, every: timedelta, at: datetime) -> bool:
    """Whether the caller is to run a periodic entry now: at most once in ``every``, whoever asks.

    Claimed by a conditional update, so that of many processes one gets it; survives a restart.
    """
    if Tick.objects.filter(name=name, begun_at__lte=at - every).update(begun_at=at, ended_at=None):
        return True
    if Tick.objects.filter(name=name).exists():
        return False
    try:
        with transaction.atomic():
            Tick(name=name, begun_at=at).save(force_insert=True)
    except IntegrityError:  # another process was first
        return False
    return True


def tick_end(*, name: str, at: datetime, error: str = "") -> None:
    """Note that a periodic entry has ended, and with what error if any."""
    Tick.objects.filter(name=name).update(ended_at=at, error=error[:300])


@ledger.atomic
def purge_simulated(*, by: Actor, at: datetime) -> int:
    """Delete the jobs that simulated accounts asked for; gives how many."""
    check_is_administrator(by)
    count, _by_model = Job.objects.filter(created_by__is_simulated=True).delete()
    if count:
        ledger.record("job.purge", ("jobs.job", "*"), by=by, at=at, deleted=count)
    return count
