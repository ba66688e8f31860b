"""The verdict that a decision makes of another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shanhe.evidence.patrols.contests_models import Contest
from shanhe.evidence.patrols.contests_stretches import outcome_if
from shanhe.evidence.patrols.judging import counts, flag_codes, flag_json
from shanhe.evidence.patrols.models import Outcome, Verdict
from shanhe.evidence.patrols.services.replacing import Replacement, counting_of, successor

__all__ = ["Decision", "decided_verdict"]

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided: a value of Contest.Result, and of "stretch" which metres count as walked."""

    result: str
    accepted: tuple[Interval, ...] = ()


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
