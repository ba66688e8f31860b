"""Long work on patrols, for the worker."""

from __future__ import annotations

from typing import Any

from shanhe.evidence.patrols.services.retention import tracks_delete_due
from shanhe.ground.jobs.kinds import job_kind
from shanhe.ground.jobs.services import Running

__all__ = ["RETENTION", "retention"]

RETENTION = "patrols.retention"


@job_kind(RETENTION)
def retention(running: Running) -> dict[str, Any]:
    """Delete the tracks whose retention time is over."""
    done = None
    for done in tracks_delete_due(by=None, at=running.now()):
        running.step(done.looked_at, max(done.total, done.looked_at))
    return {"deleted": done.deleted, "held": sum(done.held.values())} if done else {}
