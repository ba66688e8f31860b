"""The verdict that a decision makes of another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely

from shanhe.evidence.patrols.contests_models import Contest
from shanhe.evidence.patrols.judging import counts, flag_codes, flag_json
from shanhe.evidence.patrols.models import Outcome, Verdict
from shanhe.evidence.patrols.rulesets import rules_from_json
from shanhe.evidence.patrols.services.replacing import Replacement, counting_of, successor
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.tracks.accepting import Accepted, Walked, accept_stretches
from shanhe.kernel.tracks.types import Flag

__all__ = ["Decision", "decided_verdict", "has_stretches", "outcome_if"]

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided: a value of Contest.Result, and of "stretch" which metres count as walked."""

    result: str
    accepted: tuple[Interval, ...] = ()


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


def decided_verdict(verdict: Verdict, contest: Contest, decision: Decision, at: datetime) -> Replacement:
    """The verdict (with patrol, area and shape) as the decision makes it, stamped with the contest."""
    columns = (
        _by_stretches(verdict, decision.accepted)
        if decision.result == Contest.Result.STRETCH
        else _as_a_whole(decision.result)
    )
    stamp = {
        "contest": contest.pk,
        "result": decision.result,
        "was": verdict.outcome,
        "accepted": [list(each) for each in decision.accepted],
    }
    own = {"code": f"decision.{decision.result}", "figures": columns.pop("figures", {})}
    reasons = [own, *columns.pop("reasons", verdict.reasons)]
    if decision.result == Contest.Result.WHOLE:
        reasons = [own]
    new = successor(
        verdict, at=at, details={**verdict.details, "decision": stamp}, reasons=reasons, **columns
    )
    counting = counting_of(verdict.area, verdict.started_at)
    return Replacement(verdict, new, counts(new.outcome, counting, is_late=verdict.patrol.is_late))


def _as_a_whole(result: str) -> dict[str, Any]:
    return {"outcome": Outcome.VALID if result == Contest.Result.WHOLE else Outcome.INVALID}


def _by_stretches(verdict: Verdict, accepted: Sequence[Interval]) -> dict[str, Any]:
    found = outcome_if(verdict, accepted)
    return {
        "outcome": found.outcome,
        "coverage": found.coverage,
        "covered": [list(each) for each in found.covered],
        "distance_m": found.distance_m,
        "flags": [flag_json(flag) for flag in found.flags],
        "flag_codes": flag_codes(found.flags),
        "reasons": [{"code": each.code, "figures": dict(each.figures)} for each in found.reasons],
        "figures": {"added_m": round(found.added_m, 1)},
    }
