"""The kernel's verdict on one outing in one area, and what only the server knows: when it came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shanhe import __version__
from shanhe.evidence.patrols.ground import lies_in
from shanhe.evidence.patrols.kerneltask import Task, verify_all
from shanhe.evidence.patrols.models import Outcome, Patrol, Verdict
from shanhe.evidence.patrols.rulesets import Counting, RuleSet, rules_json
from shanhe.evidence.patrols.scans import NOTHING_SCANNED, Scanned, points_area
from shanhe.ground.people.models import Appointment
from shanhe.ground.registry.models import Area, Shape
from shanhe.kernel.tracks.history import Earlier
from shanhe.kernel.tracks.judge import DOUBTS
from shanhe.kernel.tracks.scanned import credit_scans
from shanhe.kernel.tracks.types import Flag, Reason, Rules, Track, Verification

__all__ = [
    "Case",
    "Judged",
    "clock_flags",
    "counts",
    "flag_codes",
    "flag_json",
    "judged",
    "judged_by",
    "task_of",
    "verdict_row",
]

#: A phone's clock is right to some seconds; beyond this its word about the future is a sign.
AHEAD_SLACK_S = 60.0
#: Fixes carry the satellites' time, start and end the phone's: so far apart they cannot honestly be.
APART_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Case:
    """One area to be judged: its shape of the day, its rule set, and by which appointment it counts."""

    area: Area
    shape: Shape
    rule_set: RuleSet
    appointment: Appointment | None
    scanned: Scanned = NOTHING_SCANNED  # checkpoints, and codes read there
    began_at: datetime | None = None  # first fix


@dataclass(frozen=True, slots=True)
class Judged:
    """A case with the kernel's answer."""

    case: Case
    answer: Verification


def judged(case: Case, track: Track, history: Sequence[Earlier], flags: Sequence[Flag]) -> Judged:
    """The verdict on ``track`` in the case's area; ``flags`` are the server's own."""
    [answer] = verify_all(task_of([case], track, history))
    return judged_by(case, answer, flags)


def task_of(cases: Sequence[Case], track: Track, history: Sequence[Earlier]) -> Task:
    """What the kernel needs to judge a track in the areas of some cases."""
    grounds = tuple(
        (points_area(case.area, case.shape, case.rule_set.rules, case.scanned), case.rule_set.rules)
        for case in cases
    )
    return Task(track, tuple(history), grounds)


def judged_by(case: Case, answer: Verification, flags: Sequence[Flag]) -> Judged:
    """The case with the kernel's answer and the server's own ``flags``."""
    rules, scanned = case.rule_set.rules, case.scanned
    if rules.kind == "checkpoints" and scanned.places:
        answer = credit_scans(answer, scanned.visited, len(scanned.places), rules)
    if scanned.scans:
        of_codes = scanned.flags(case.began_at)
        answer = replace(
            answer, flags=(*answer.flags, *(each for each in of_codes if each.code not in DOUBTS))
        )
        flags = (*flags, *(each for each in of_codes if each.code in DOUBTS))
    return Judged(case, _doubted(answer, flags, rules))


def clock_flags(
    *, started_at: datetime, ended_at: datetime, track: Track, received_at: datetime
) -> tuple[Flag, ...]:
    """``clock_skew`` of an outing that ended after it was received, or whose fixes are of another time."""
    flags: list[Flag] = []
    last_s = max(ended_at.timestamp(), float(track.t_ms.max()) / 1000 if len(track) else 0.0)
    ahead_s = last_s - received_at.timestamp()
    if ahead_s > AHEAD_SLACK_S:
        flags.append(Flag("clock_skew", None, None, {"ahead_s": round(ahead_s, 1)}))
    if len(track):
        early_s = started_at.timestamp() - float(track.t_ms.min()) / 1000
        late_s = float(track.t_ms.max()) / 1000 - ended_at.timestamp()
        apart_s = max(early_s, late_s)
        if apart_s > APART_S:
            flags.append(Flag("clock_skew", None, None, {"apart_s": round(apart_s, 1)}))
    return tuple(flags)


def counts(outcome: str, counting: Counting, *, is_late: bool, has_track: bool = True) -> bool:
    """Whether a verdict counts for a duty, other outings of the same time left aside.

    Without a track nothing can be verified; only where the policy says so such a record counts all the same.
    """
    is_good = outcome == Outcome.VALID or (outcome == Outcome.PARTIAL and counting.partial)
    is_good = is_good or (not has_track and counting.untracked)
    return is_good and (counting.late or not is_late)


def verdict_row(
    found: Judged, patrol: Patrol, *, position: int, holder_id: int, is_counted: bool, at: datetime
) -> Verdict:
    """The answer as a row of the database, not saved yet, with all that is needed to make it again."""
    case, answer = found.case, found.answer
    return Verdict(
        patrol=patrol,
        area=case.area,
        shape=case.shape,
        policy_id=case.rule_set.policy_id,
        appointment=case.appointment,
        position=position,
        outcome=answer.outcome,
        counts=is_counted,
        started_at=patrol.started_at,
        person_id=holder_id,
        coverage=min(max(answer.coverage, 0.0), 1.0),
        length_m=answer.length_m,
        distance_m=answer.distance_m,
        duration_s=answer.duration_s,
        moving_s=answer.moving_s,
        max_gap_s=answer.max_gap_s,
        max_speed_mps=answer.max_speed_mps,
        points=answer.points,
        points_dropped=answer.points_dropped,
        covered=[list(interval) for interval in answer.covered],
        flags=[flag_json(flag) for flag in answer.flags],
        flag_codes=flag_codes(answer.flags),
        reasons=[{"code": reason.code, "figures": dict(reason.figures)} for reason in answer.reasons],
        details=_details(answer, case),
        rules_id=answer.rules_id,
        kernel_version=__version__,
        made_at=at,
        is_simulated=patrol.is_simulated,
        **lies_in(case.area.division_id),
    )


def _doubted(answer: Verification, flags: Sequence[Flag], rules: Rules) -> Verification:
    kept = tuple(flag for flag in flags if flag.code not in rules.checks)
    if not kept:
        return answer
    reasons = tuple(Reason(f"flag.{flag.code}", flag.figures) for flag in kept)
    return replace(
        answer,
        outcome="invalid" if answer.outcome == "invalid" else "doubtful",
        flags=(*answer.flags, *kept),
        reasons=(*reasons, *answer.reasons),
    )


def flag_json(flag: Flag) -> dict[str, Any]:
    """A flag as a verdict keeps it."""
    return {"code": flag.code, "from_s": flag.from_s, "to_s": flag.to_s, "figures": dict(flag.figures)}


def flag_codes(flags: Sequence[Flag]) -> str:
    """``",mock,teleport,"``: the list's filter looks for ``",mock,"``."""
    codes = sorted({flag.code for flag in flags})
    return f",{','.join(codes)}," if codes else ""


def _details(answer: Verification, case: Case) -> dict[str, Any]:
    return {
        "asleep": [list(interval) for interval in answer.asleep],
        "visits": list(answer.visits),
        "cells_visited": answer.cells_visited,
        "cells_total": answer.cells_total,
        "cell_m": answer.cell_m,
        "boundary": answer.boundary,
        "extent_m": answer.extent_m,
        "observed_s": answer.observed_s,
        "datum": answer.datum,
        "rules": rules_json(case.rule_set.rules),
        "half_width_m": case.area.half_width_m,
        **case.scanned.as_json(),
    }
