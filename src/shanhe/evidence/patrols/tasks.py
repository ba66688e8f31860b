"""Long work on patrols, for the worker."""

from __future__ import annotations

from typing import Any

from shanhe.evidence.patrols.services.retention import tracks_delete_due
from shanhe.evidence.patrols.services.reverifying import APPLY, COMPUTE, applied, computed
from shanhe.ground.jobs.kinds import job_kind
from shanhe.ground.jobs.services import Running

__all__ = ["RETENTION", "retention", "reverify", "reverify_take_over"]

RETENTION = "patrols.retention"


@job_kind(RETENTION)
def retention(running: Running) -> dict[str, Any]:
    """Delete the tracks whose retention time is over."""
    done = None
    for done in tracks_delete_due(by=None, at=running.now()):
        running.step(done.looked_at, max(done.total, done.looked_at))
    return {"deleted": done.deleted, "held": sum(done.held.values())} if done else {}


@job_kind(COMPUTE)
def reverify(running: Running) -> dict[str, Any]:
    """Judge the patrols of a place and a period again and keep what would change."""
    done = total = 0
    for done, total in computed(run_id=running.params["run"], now=running.now):
        running.step(done, total)
    return {"records": done}


@job_kind(APPLY)
def reverify_take_over(running: Running) -> dict[str, Any]:
    """Put the new verdicts of a re-verification in the places of the old ones."""
    done = total = 0
    for done, total in applied(run_id=running.params["run"], now=running.now):
        running.step(done, total)
    return {"updated": done}
