"""The one task behind every job, and the jobs that need no app above."""

from __future__ import annotations

from django_tasks import task

from shanhe.ground import clock
from shanhe.ground.jobs.ledger_walk import LEDGER_WALK

__all__ = ["LEDGER_WALK", "job_do"]


@task()
def job_do(job_id: int) -> None:
    """Do a waiting job; nothing when it is not waiting any more."""
    from shanhe.ground.jobs.services import job_run

    job_run(job_id=job_id, now=clock.now)
