"""What holds the deletion of a record's personal data back: the app of an open matter says so by name.

@retention_hold("contest")
def open_contests(patrol_ids: Collection[int], at: datetime) -> Collection[int]:
    held = Contest.objects.filter(patrol_id__in=patrol_ids, state__in=OPEN)
    return held.values_list("patrol_id", flat=True)

Asked for whole batches of patrols, inside the transaction that deletes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

__all__ = ["Held", "held_by", "retention_hold"]

#: Of these patrols, at that moment: the ids of those whose track must stay.
Held = Callable[[Collection[int], datetime], Collection[int]]

_board: dict[str, Held] = {}


def retention_hold(reason: str) -> Callable[[Held], Held]:
    """Let the decorated function hold tracks back; ``reason`` names it in reports. ValueError when two do."""

    def publish(held: Held) -> Held:
        if _board.get(reason, held) is not held:
            raise ValueError(f"two holds of the name {reason}")
        _board[reason] = held
        return held

    return publish


def held_by(patrol_ids: Collection[int], at: datetime) -> Mapping[str, frozenset[int]]:
    """By reason, the patrols whose tracks must stay; one call a reason, whatever the number of patrols."""
    asked = frozenset(patrol_ids)
    return {reason: asked.intersection(held(patrol_ids, at)) for reason, held in _board.items()}
