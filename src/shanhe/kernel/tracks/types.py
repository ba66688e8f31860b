"""What goes into a verification and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

__all__ = ["F64", "I64", "Area", "AreaKind", "Flag", "Outcome", "Reason", "Rules", "Track", "Verification"]

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

AreaKind = Literal["line", "polygon", "points"]
Outcome = Literal["valid", "partial", "doubtful", "invalid"]


@dataclass(frozen=True, slots=True)
class Track:
    """One outing's fixes, side by side, in the order in which they came.

    The order is evidence (a step back in time is a sign of a clock that was set), so nobody sorts before
    ``clean`` has looked. ``t_ms`` counts from the Unix epoch, UTC.
    """

    t_ms: I64  # (n,) milliseconds since 1970-01-01T00:00Z
    lon: F64  # (n,) degrees, WGS 84 / CGCS2000
    lat: F64  # (n,) degrees
    acc: F64 | None = None  # (n,) metres, NaN where the device gave none
    mock: npt.NDArray[np.bool_] | None = None  # (n,) the device's own mock-location sign
    #: (ms since epoch, "hidden|shown|killed|resumed|paused"): what the phone app lived through
    events: Sequence[tuple[int, str]] = ()
    #: parts of one file (GPX segments): index of each part's first fix
    segments: Sequence[int] = (0,)

    def __len__(self) -> int:
        return int(self.t_ms.shape[0])


@dataclass(frozen=True, slots=True)
class Area:
    """Where a patrol has to be: lines of a reach, polygons of a forest unit, or checkpoints.

    ``parts`` holds (m, 2) arrays of lon/lat degrees: one per line, per ring (``holes`` tells which rings are
    holes), or a single array for a point set. ``half_width_m`` widens the tolerance of broad rivers.
    """

    kind: AreaKind
    parts: tuple[F64, ...]
    holes: tuple[bool, ...] = ()
    half_width_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Rules:
    """The rule set a verdict is made by; ``id`` is stamped on the verdict.

    Defaults are the command line's (interfaces.md, "What a verdict means"); an office's come from its
    policies.
    """

    id: str = "default"
    #: "stops": large waters, stops at points, car is honest; "checkpoints": places with a sticker
    kind: Literal["coverage", "stops", "checkpoints"] = "coverage"
    tolerance_m: float = 50.0
    min_coverage: float = 0.6
    min_minutes: float = 5.0
    min_distance_m: float = 300.0
    min_stops: int = 3  # kind "stops" only: how many distinct stops are asked for
    min_stop_minutes: float = 3.0  # kind "stops" only: how long one stop lasts at least
    max_accuracy_m: float = 50.0
    max_counted_speed_mps: float = 10.0
    checks: tuple[str, ...] = ()  # flags that this rule set leaves out, e.g. ("too_fast",) for cars


@dataclass(frozen=True, slots=True)
class Flag:
    """A sign found in the track, with the evidence: seconds from the first fix, and figures."""

    code: str  # synthetic replayed shared mock clock_skew teleport too_fast confined outside stationary …
    from_s: float | None = None
    to_s: float | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)  # JSON-able, units in the names


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the verdict is what it is: a code with its figures; the faces own the words."""

    code: str  # "coverage.low", "minutes.short", "distance.short", "stops.few", "flag.teleport" …
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verification:
    """The verdict with the numbers behind it (units in the names)."""

    outcome: Outcome
    coverage: float  # 0..1 of the reach's length, the forest unit's cells, or the checkpoints
    covered: tuple[tuple[float, float], ...]  # (from_m, to_m) along the reach; empty for other kinds
    length_m: float  # of the reach (or the forest unit's boundary); 0 for checkpoints
    distance_m: float
    duration_s: float
    moving_s: float
    max_gap_s: float
    max_speed_mps: float
    points: int
    points_dropped: int
    flags: tuple[Flag, ...]
    reasons: tuple[Reason, ...]
    rules_id: str
    cells_visited: int = 0  # polygons: grid cells seen and all of them
    cells_total: int = 0
    visits: tuple[int, ...] = ()  # checkpoints: indices of those visited; stops: fixes' seconds
    asleep: tuple[tuple[float, float], ...] = ()  # (from_s, to_s): the phone slept here, not the walker
    datum: Literal["wgs84", "gcj02"] = "wgs84"
    cell_m: float = 0.0  # polygons: side of one grid cell
    boundary: float = 0.0  # polygons: 0..1 of the boundary's length that was walked
    extent_m: float = 0.0  # diagonal of the box around the walked path
    observed_s: float = 0.0  # duration less the gaps about which nothing is known
