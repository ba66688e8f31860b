"""What a former system said of a patrol that came without a track, or with one: kept, and not verified."""

from __future__ import annotations

import json
import zlib
from typing import Any

from shanhe.evidence.patrols.models import Patrol

__all__ = ["former_said", "has_fixes", "is_untracked"]


def has_fixes(patrol: Patrol) -> bool:
    """Whether a track is there to be looked at: it came with some fixes, and was not deleted since."""
    return hasattr(patrol, "track") and patrol.track.points > 0


def is_untracked(patrol: Patrol) -> bool:
    """Whether it came without a track; one whose track was deleted came with one."""
    return hasattr(patrol, "track") and patrol.track.points == 0


def former_said(patrol: Patrol) -> dict[str, Any]:
    """``distance_m``, ``result``, ``number``, ``file`` as the former system has them; empty for others."""
    if patrol.source != Patrol.Source.IMPORT or not hasattr(patrol, "track") or not patrol.track.rest:
        return {}
    rest = json.loads(zlib.decompress(bytes(patrol.track.rest)))
    return dict(rest.get("former", {}))
