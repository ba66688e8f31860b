"""From figures and signs to a verdict with its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shanhe.kernel.tracks.clean import CleanTrack
from shanhe.kernel.tracks.compare import Seen
from shanhe.kernel.tracks.measure import Measures
from shanhe.kernel.tracks.types import Flag, Outcome, Reason, Rules

__all__ = ["DOUBTS", "NOTHING", "emptiness", "judge", "minima"]

#: Signs a person should look at: nothing counts until somebody decided.
DOUBTS = frozenset(
    {"synthetic", "replayed", "shared", "mock", "clock_skew", "teleport", "too_fast", "confined", "code_far"}
)
#: Signs that nothing is there to count.
NOTHING = frozenset({"outside", "stationary", "truncated", "sparse"})

HANDFUL = 6  # fewer fixes than this are a handful
FEW = 12  # fewer than this, most of the time unseen, are one too
QUARTER = 0.25  # below this share of a minimum nothing is left that counts
MOSTLY = 0.5  # who missed half of the coverage asked for …
OUTSIDE_SHARE = 0.35  # … and had less than this share of the fixes near the area was elsewhere
STATIONARY_M = 35.0  # nine tenths of the fixes within this of their middle: standing still


@dataclass(frozen=True, slots=True)
class Minimum:
    """One thing a patrol must reach: its reason code, what it is, and what is asked for."""

    code: str
    unit: str
    is_: float
    least: float

    @property
    def share(self) -> float:
        """How much of the minimum is there: 1 and more is met."""
        return self.is_ / self.least if self.least > 0 else 1.0

    def reason(self) -> Reason:
        """The reason that names what is missing."""
        return Reason(self.code, {f"is_{self.unit}": round(self.is_, 4), f"least_{self.unit}": self.least})


def minima(seen: Seen, figures: Measures, rules: Rules, extent_least_m: float) -> list[Minimum]:
    """What the rules ask for, beside what is there.

    A forest unit counts by its cells or by its boundary, whichever was walked further: a ranger who goes
    round the unit has patrolled it. Checkpoints ask for an extent too, so that standing at one is no walk. By
    stops, there is no coverage and no distance to ask for.
    """
    minutes = Minimum("minutes.short", "minutes", figures.observed_s / 60, rules.min_minutes)
    if rules.kind == "stops":
        return [Minimum("stops.few", "stops", len(seen.visits), rules.min_stops), minutes]
    return [
        Minimum("coverage.low", "share", max(seen.coverage, seen.boundary), rules.min_coverage),
        minutes,
        Minimum("distance.short", "m", figures.distance_m, rules.min_distance_m),
        *([Minimum("extent.short", "m", figures.extent_m, extent_least_m)] if extent_least_m else []),
    ]


def emptiness(
    walk: CleanTrack, figures: Measures, least: Sequence[Minimum], near: float | None, rules: Rules
) -> list[Flag]:
    """Flags of walks in which nothing counts: sparse, outside, stationary, truncated, each with its figures.

    ``near`` is the share of fixes near the area, None where coverage already shows that it was walked.
    """
    n = len(walk)
    since = float(walk.t_s[0]) if n else None
    until = float(walk.t_s[-1]) if n else None
    flags: list[Flag] = []
    unseen_s = float(walk.dt_s[walk.gaps].sum()) if walk.gaps.size else 0.0
    if n < HANDFUL or (n < FEW and unseen_s > 0.5 * figures.duration_s):
        flags.append(Flag("sparse", since, until, {"points": n, "unseen_s": round(unseen_s, 1)}))
    if near is not None and near < OUTSIDE_SHARE and n:
        flags.append(Flag("outside", since, until, {"near_share": round(near, 4)}))
    if (
        n >= 2
        and rules.kind != "stops"
        and figures.spread_m < STATIONARY_M
        and figures.extent_m < 4 * STATIONARY_M
    ):
        flags.append(
            Flag(
                "stationary",
                since,
                until,
                {"spread_m": round(figures.spread_m, 1), "distance_m": round(figures.distance_m, 1)},
            )
        )
    missing = [item for item in least if item.share < QUARTER]
    if missing:
        flags.append(Flag("truncated", since, until, {item.code: round(item.share, 4) for item in missing}))
    return flags


def judge(flags: Sequence[Flag], least: Sequence[Minimum]) -> tuple[Outcome, tuple[Reason, ...]]:
    """The verdict and why: invalid before doubtful before partial before valid."""
    codes = {flag.code for flag in flags}
    missing = tuple(item.reason() for item in least if item.share < 1)
    why = tuple(
        Reason(f"flag.{flag.code}", flag.figures)
        for flag in flags
        if flag.code in DOUBTS or flag.code in NOTHING
    )
    if codes & NOTHING:
        return "invalid", why + missing
    if codes & DOUBTS:
        return "doubtful", why + missing
    if missing:
        return "partial", missing
    return "valid", ()
