"""Taking records in as a job, with its bar."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone

from shanhe.ground.incoming.models import Incoming
from shanhe.ground.incoming.services import TAKE, incoming_finish, incoming_return
from shanhe.ground.jobs.kinds import job_kind
from shanhe.ground.jobs.services import Running
from shanhe.ground.people.scope import Actor, scope_of, system_actor

__all__ = ["take_in"]


@job_kind(TAKE)
def take_in(running: Running) -> dict[str, Any]:
    """Take a matched file in on behalf of whoever asked; after a failure its preview stands again."""
    incoming = Incoming.objects.get(uuid=UUID(running.params["incoming"]))
    by, at = _asker(running), running.now()
    try:
        report = incoming_finish(incoming=incoming, by=by, at=at, progress=running.step)
    except BaseException:
        incoming.refresh_from_db()
        incoming_return(incoming=incoming, by=by, at=running.now())
        raise
    return report.counts


def _asker(running: Running) -> Actor:
    """Whoever asked, with the rights of today: what was lost meanwhile counts."""
    user = running.job.created_by
    if user is None:
        return system_actor("office")
    scope = scope_of(user, timezone.localtime(running.now()).date())
    return Actor(user_id=user.pk, person_id=user.person_id, via="office", scope=scope)
