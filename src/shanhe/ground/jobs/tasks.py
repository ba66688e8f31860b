"""The one task behind every job."""

from __future__ import annotations

from django_tasks import task

from shanhe.ground import clock

__all__ = ["job_do"]


@task()
def job_do(job_id: int) -> None:
    """Do a waiting job; nothing when it is not waiting any more."""
    from shanhe.ground.jobs.services import job_run

    job_run(job_id=job_id, now=clock.now)
