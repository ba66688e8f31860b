"""Kinds of jobs: the app that can do one says so in its ``tasks.py``.

@job_kind("registry.import")
def import_areas(running: Running) -> dict[str, Any]:
    for done, total in areas_import(**running.params):
        running.step(done, total)
    return {"created": total}
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shanhe.ground.jobs.services import Running

__all__ = ["KINDS", "Work", "job_kind"]

#: Does the job and gives its result, as JSON values. A Refusal ends it with its sentence for the user.
Work = Callable[["Running"], dict[str, Any]]
KINDS: dict[str, Work] = {}


def job_kind(name: str) -> Callable[[Work], Work]:
    """Register the function that does jobs of this kind. ValueError when two do."""

    def register(work: Work) -> Work:
        if KINDS.get(name, work) is not work:
            raise ValueError(f"two functions do jobs of the kind {name}")
        KINDS[name] = work
        return work

    return register
