"""Who reads the photos and files of a patrol: whoever sees the patrol."""

from __future__ import annotations

from uuid import UUID

from shanhe.evidence.patrols.queries import patrols_of
from shanhe.ground.documents.readers import reader
from shanhe.ground.people.scope import Scope

__all__ = ["may_read_patrol"]


@reader("patrol")
def may_read_patrol(scope: Scope, uuid: UUID) -> bool:
    """Whether the scope sees the patrol of that uuid, and so what was sent with it. One query."""
    return patrols_of(scope).filter(uuid=uuid).exists()
