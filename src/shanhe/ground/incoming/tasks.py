"""Reading, matching and taking in as jobs, with their bars."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone

from shanhe.ground.incoming.models import Incoming
from shanhe.ground.incoming.services import (
    MATCH,
    READ,
    TAKE,
    incoming_finish,
    incoming_match,
    incoming_read,
    incoming_return,
)
from shanhe.ground.jobs.kinds import job_kind
from shanhe.ground.jobs.services import Running
from shanhe.ground.people.scope import Actor, scope_of, system_actor

__all__ = ["match", "read", "take_in"]


@job_kind(READ)
def read(running: Running) -> dict[str, Any]:
    """Open a large file."""
    asked = running.params
    incoming = incoming_read(
        incoming=_incoming(running),
        by=_asker(running),
        at=running.now(),
        sheet=asked.get("sheet", ""),
        crs=asked.get("crs", ""),
        datum=asked.get("datum", "wgs84"),
    )
    return {"records": incoming.found["rows"]}


@job_kind(MATCH)
def match(running: Running) -> dict[str, Any]:
    """See what would become of many rows."""
    mapping: dict[str, str] = running.params["mapping"]
    report = incoming_match(
        incoming=_incoming(running),
        mapping=mapping,
        by=_asker(running),
        at=running.now(),
        progress=running.step,
    )
    return report.counts


@job_kind(TAKE)
def take_in(running: Running) -> dict[str, Any]:
    """Take a matched file in on behalf of whoever asked; after a failure its preview stands again."""
    incoming, by = _incoming(running), _asker(running)
    try:
        report = incoming_finish(incoming=incoming, by=by, at=running.now(), progress=running.step)
    except BaseException:
        incoming.refresh_from_db()
        incoming_return(incoming=incoming, by=by, at=running.now())
        raise
    return report.counts


def _incoming(running: Running) -> Incoming:
    return Incoming.objects.get(uuid=UUID(running.params["incoming"]))


def _asker(running: Running) -> Actor:
    """Whoever asked, with the rights of today: what was lost meanwhile counts."""
    user = running.job.created_by
    if user is None:
        return system_actor("office")
    scope = scope_of(user, timezone.localtime(running.now()).date())
    return Actor(user_id=user.pk, person_id=user.person_id, via="office", scope=scope)
