"""Who may read the files of a record: the app of the record says so, on a board of its own.

@reader("patrol")
def may_read_patrol(scope: Scope, uuid: UUID) -> bool:
    return patrols_of(scope).filter(uuid=uuid).exists()
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from shanhe.ground.people.scope import Scope

__all__ = ["MayRead", "may_read_record", "reader"]

MayRead = Callable[[Scope, UUID], bool]

_board: dict[str, MayRead] = {}


def reader(record_type: str) -> Callable[[MayRead], MayRead]:
    """Let the decorated function decide who reads files bound to records of a type."""

    def publish(may_read: MayRead) -> MayRead:
        if record_type in _board:
            raise ValueError(f"two readers of {record_type}")
        _board[record_type] = may_read
        return may_read

    return publish


def may_read_record(scope: Scope, record_type: str, record_uuid: UUID) -> bool:
    """Whether the scope may read files of the record; nobody may when no app answers for its type."""
    may_read = _board.get(record_type)
    return may_read is not None and may_read(scope, record_uuid)
