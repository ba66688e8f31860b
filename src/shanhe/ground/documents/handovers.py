"""Who reads the scanned papers of a handover: whoever sees it. Said here, for people lie below documents."""

from __future__ import annotations

from uuid import UUID

from shanhe.ground.documents.readers import reader
from shanhe.ground.people.handovers import handovers_of
from shanhe.ground.people.scope import Scope

__all__ = ["may_read_handover"]


@reader("handover")
def may_read_handover(scope: Scope, uuid: UUID) -> bool:
    """Whether the scope sees the handover of that uuid, and so its papers. One query."""
    return handovers_of(scope).filter(uuid=uuid).exists()
