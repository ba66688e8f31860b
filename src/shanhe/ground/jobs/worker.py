"""The worker's hands: take what waits in the queue."""

from __future__ import annotations

import logging

from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

__all__ = ["work_off"]

# Its own lines repeat what the job's row says.
logging.getLogger("django_tasks_db").setLevel(logging.WARNING)


def work_off(worker_id: str) -> bool:
    """Do everything that waits, one after the other; whether there was anything.

    Looks first without a lock: django-tasks takes the whole SQLite database for its own look.
    """
    if not DBTaskResult.objects.ready().exists():
        return False
    Worker(
        queue_names=["*"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=worker_id,
        excluded_queue_names=[],
    ).run()
    return True
