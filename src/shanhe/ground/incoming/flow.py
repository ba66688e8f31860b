"""What becomes of a file that was brought."""

from __future__ import annotations

from typing import Any

from shanhe.kernel.flow import Flow, Step

__all__ = ["FLOW", "OPEN"]


def _own(incoming: Any, actor: Any) -> bool:
    """Whoever brought it goes on with it; the command line and the administrator may, too."""
    return actor.scope.is_administrator or (
        actor.user_id is not None and incoming.created_by_id == actor.user_id
    )


FLOW = Flow(
    Step("received", "read", "read", may=_own),
    Step("received", "refuse", "refused", may=_own),
    Step("read", "read", "read", may=_own),  # another sheet, other coordinates
    Step("matched", "read", "read", may=_own),
    Step("read", "match", "matched", may=_own),
    Step("matched", "match", "matched", may=_own),
    Step("matched", "take", "taking", may=_own),
    Step("taking", "finish", "taken", may=_own),
    Step("taking", "return", "matched", may=_own),  # the ground has changed meanwhile, or the work failed
    Step("received", "withdraw", "withdrawn", may=_own),
    Step("read", "withdraw", "withdrawn", may=_own),
    Step("matched", "withdraw", "withdrawn", may=_own),
)

#: States in which something is still to be done.
OPEN = frozenset({"received", "read", "matched", "taking"})
