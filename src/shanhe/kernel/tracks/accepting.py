"""Stretches of a reach that a person takes as walked: what they make of a verdict's figures.

No track is needed: the figures of the verdict and its rules are enough, so a decision can be made, and made
again, when the track is long gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shanhe.kernel.tracks.judge import MOSTLY, QUARTER, Minimum, judge
from shanhe.kernel.tracks.types import Flag, Outcome, Reason, Rules

__all__ = ["Accepted", "Walked", "accept_stretches", "merged"]

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Walked:
    """What a verdict on a reach says was walked, units in the names."""

    covered: Sequence[Interval]  # (from_m, to_m) along the reach
    length_m: float
    distance_m: float
    observed_s: float


@dataclass(frozen=True, slots=True)
class Accepted:
    """The figures with the stretches counted in, and the verdict on them."""

    outcome: Outcome
    coverage: float  # 0..1
    covered: tuple[Interval, ...]
    added_m: float  # of the reach, that was not covered before
    distance_m: float
    flags: tuple[Flag, ...]  # without those that rested on the missing stretches
    reasons: tuple[Reason, ...]


def merged(intervals: Sequence[Interval]) -> list[Interval]:
    """Intervals in order, those that meet made one."""
    found: list[Interval] = []
    for begin, end in sorted(intervals):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def accept_stretches(
    walked: Walked, stretches: Sequence[Interval], flags: Sequence[Flag], rules: Rules
) -> Accepted:
    """The verdict when ``stretches`` (metres along the reach, cut to its length) count as walked.

    They add to coverage, and what of them was not covered before to the distance; minutes stay as they were
    seen. Signs of fabrication stay. ``truncated`` is found anew, ``outside`` goes once half of the coverage
    asked for is there. ValueError on a reach without a length. 1,000 m covered of 2,000 m, with 1,500 to
    2,000 m taken as walked, gives a coverage of 0.75.
    """
    if walked.length_m <= 0:
        raise ValueError("stretches lie along a reach that has a length")
    cut = [(max(a, 0.0), min(b, walked.length_m)) for a, b in stretches]
    before = merged(walked.covered)
    after = merged([*before, *(each for each in cut if each[1] > each[0])])
    added_m = _length(after) - _length(before)
    coverage = min(_length(after) / walked.length_m, 1.0)
    distance_m = walked.distance_m + added_m
    least = [
        Minimum("coverage.low", "share", coverage, rules.min_coverage),
        Minimum("minutes.short", "minutes", walked.observed_s / 60, rules.min_minutes),
        Minimum("distance.short", "m", distance_m, rules.min_distance_m),
    ]
    kept = [flag for flag in flags if flag.code != "truncated"]
    if coverage >= MOSTLY * rules.min_coverage:
        kept = [flag for flag in kept if flag.code != "outside"]
    missing = {item.code: round(item.share, 4) for item in least if item.share < QUARTER}
    if missing:
        kept.append(Flag("truncated", None, None, missing))
    outcome, reasons = judge(kept, least)
    return Accepted(outcome, coverage, tuple(after), added_m, distance_m, tuple(kept), reasons)


def _length(intervals: Sequence[Interval]) -> float:
    return sum(end - begin for begin, end in intervals)
