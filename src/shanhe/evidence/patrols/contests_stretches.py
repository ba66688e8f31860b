"""Stretches of a reach that a verdict left out, and what it would be if they counted as walked."""

from __future__ import annotations

from collections.abc import Sequence

import shapely

from shanhe.evidence.patrols.models import Verdict
from shanhe.evidence.patrols.rulesets import rules_from_json
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.tracks.accepting import Accepted, Walked, accept_stretches, merged
from shanhe.kernel.tracks.types import Flag

__all__ = ["has_stretches", "outcome_if", "skipped_of"]

Interval = tuple[float, float]
LEAST_M = 5.0  # shorter gaps are not worth a line


def has_stretches(verdict: Verdict) -> bool:
    """Whether single stretches of the area (with its shape) can be walked or not: of a reach, by coverage."""
    is_line = "LineString" in shapely.from_wkb(bytes(verdict.shape.wkb)).geom_type
    return is_line and verdict.stops is None and verdict.length_m > 0


def outcome_if(verdict: Verdict, stretches: Sequence[Interval]) -> Accepted:
    """What the verdict would be if the stretches counted as walked. Refusal ``contest.whole_only`` where the
    area has none.
    """
    if not has_stretches(verdict):
        message = _("This verdict does not go by stretches; contest it as a whole.")
        raise Refusal("contest.whole_only", message, {"stretches": message})
    details = verdict.details
    walked = Walked(
        covered=[(float(a), float(b)) for a, b in verdict.covered],
        length_m=verdict.length_m,
        distance_m=verdict.distance_m,
        observed_s=float(details.get("observed_s", verdict.duration_s)),
    )
    flags = [
        Flag(each["code"], each.get("from_s"), each.get("to_s"), each.get("figures") or {})
        for each in verdict.flags
    ]
    return accept_stretches(walked, stretches, flags, rules_from_json(details["rules"]))


def skipped_of(verdict: Verdict) -> list[Interval]:
    """The stretches (metres along the reach) that were not walked, in order; none for other areas."""
    if not has_stretches(verdict):
        return []
    found, at = [], 0.0
    walked = merged([(float(a), float(b)) for a, b in verdict.covered])
    for begin, end in [*walked, (verdict.length_m, verdict.length_m)]:
        if begin - at >= LEAST_M:
            found.append((at, begin))
        at = max(at, end)
    return found
