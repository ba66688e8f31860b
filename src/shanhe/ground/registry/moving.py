"""An area that goes over to another division: whoever keeps its division beside own rows follows.

@when_area_moves
def verdicts_follow(area: Area) -> None: ...
"""

from __future__ import annotations

from collections.abc import Callable

from shanhe.ground.registry.models import Area

__all__ = ["Follow", "area_moved", "when_area_moves"]

Follow = Callable[[Area], None]

_board: list[Follow] = []


def when_area_moves(follow: Follow) -> Follow:
    """Have the decorated function called with the area, in the transaction of its change."""
    _board.append(follow)
    return follow


def area_moved(area: Area) -> None:
    """Tell everybody that the area belongs to another division now."""
    for follow in _board:
        follow(area)
