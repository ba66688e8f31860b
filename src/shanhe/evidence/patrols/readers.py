"""Who reads the photos and files of a patrol or a contest: whoever sees the record."""

from __future__ import annotations

from uuid import UUID

from shanhe.evidence.patrols.queries import patrols_of
from shanhe.evidence.patrols.queries.contests import contests_of
from shanhe.ground.documents.readers import reader
from shanhe.ground.people.scope import Scope

__all__ = ["may_read_contest", "may_read_patrol"]


@reader("patrol")
def may_read_patrol(scope: Scope, uuid: UUID) -> bool:
    """Whether the scope sees the patrol of that uuid, and so what was sent with it. One query."""
    return patrols_of(scope).filter(uuid=uuid).exists()


@reader("contest")
def may_read_contest(scope: Scope, uuid: UUID) -> bool:
    """Whether the scope sees the contest of that uuid, and so what shows its reasons. One query."""
    return contests_of(scope).filter(uuid=uuid).exists()
