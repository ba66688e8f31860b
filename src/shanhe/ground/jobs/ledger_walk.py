"""The walk over the whole ledger as a job, so that a page can tell when it last held, and up to where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings

from shanhe.ground.audit.queries import day_roots
from shanhe.ground.audit.root_files import roots_read
from shanhe.ground.audit.verify import Broken, verify
from shanhe.ground.jobs.kinds import job_kind
from shanhe.ground.jobs.services import Running

__all__ = ["LEDGER_WALK", "ledger_walk"]

LEDGER_WALK = "audit.verify"


@job_kind(LEDGER_WALK)
def ledger_walk(running: Running) -> dict[str, Any]:
    """Verify every record against the chain, the published roots and the files that were made of them."""
    folder = Path(settings.DATA_DIR) / "proof"
    newest = day_roots().first()
    done, broken = 0, None
    for step in verify(roots_read(folder) if folder.is_dir() else ()):
        running.step(step.done, step.total)
        done, broken = step.done, step.broken
    return {
        "records": done,
        "through": newest.day.isoformat() if newest else None,
        "broken": _told(broken) if broken else None,
    }


def _told(broken: Broken) -> dict[str, Any]:
    return {
        "seq": broken.seq,
        "fault": broken.fault,
        "day": broken.day.isoformat() if broken.day else None,
        "last_seq": broken.last_seq,
    }
