"""Stretches of a line: where a chainage lies, cutting at chainages, and how pieces fill a line.

A line is an (n, 2) array of longitude and latitude in degrees, WGS 84; a chainage is metres along it from its
first vertex, on the ellipsoid.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from shanhe.kernel.geo.projection import Projection, chainage_m

__all__ = [
    "Stretch",
    "cuts_by_share",
    "marks",
    "overlaps",
    "places_at",
    "stretch",
    "stretch_along",
    "uncovered",
]

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one chainage to a greater one, in metres."""

    from_m: float
    to_m: float

    @property
    def length_m(self) -> float:
        """Metres from end to end."""
        return self.to_m - self.from_m


def places_at(line: F64, at_m: F64) -> F64:
    """The places (k, 2) at chainages (k,); beyond an end the end itself.

    Half way along a meridian from 30° to 31° north lies 30.5° to within a metre.
    """
    along = chainage_m(line[:, 0], line[:, 1])
    return np.column_stack([np.interp(at_m, along, line[:, 0]), np.interp(at_m, along, line[:, 1])])


def stretch(line: F64, from_m: float, to_m: float) -> F64:
    """The piece of the line between two chainages, its ends included. ValueError unless from_m < to_m."""
    if not from_m < to_m:
        raise ValueError("a stretch ends after it begins")
    along = chainage_m(line[:, 0], line[:, 1])
    inside = (along > from_m) & (along < to_m)
    ends = places_at(line, np.array([from_m, to_m]))
    return np.vstack([ends[:1], line[inside], ends[1:]])


def marks(line: F64, every_m: float = 1_000.0) -> list[tuple[float, float, float]]:
    """(chainage, lon, lat) of the marks every so many metres, the beginning included: a line of 2.5 km has
    marks at 0, 1,000 and 2,000 m. ValueError unless ``every_m`` is above 0.
    """
    if every_m <= 0:
        raise ValueError("marks need a distance above 0")
    length = float(chainage_m(line[:, 0], line[:, 1])[-1])
    at = np.arange(0.0, length + 1e-6, every_m)
    return [(float(m), float(lon), float(lat)) for m, (lon, lat) in zip(at, places_at(line, at), strict=True)]


def cuts_by_share(of: Stretch, shares: Sequence[float]) -> list[Stretch]:
    """The stretch divided among ``shares``, in their order, each as long as its share: hours that people
    have, or the same for all. ValueError on no share, or on one that is not above 0.

    3,000 m by (1, 2) gives 0 to 1,000 and 1,000 to 3,000.
    """
    if not shares or min(shares) <= 0:
        raise ValueError("every share is above 0")
    ends = of.from_m + of.length_m * np.cumsum(shares) / sum(shares)
    begins = [of.from_m, *(float(end) for end in ends[:-1])]
    return [Stretch(begin, float(end)) for begin, end in zip(begins, [*ends[:-1], of.to_m], strict=True)]


def stretch_along(line: F64, piece: F64, within_m: float) -> Stretch | None:
    """Which stretch of the line a piece drawn beside it serves: from its first to its last vertex, projected.

    ``piece`` (k, 2). None when the half of its vertices lies farther than ``within_m`` metres from the line:
    then it is no piece of it. The direction of the piece does not matter.
    """
    projection = Projection.around(line[:, 0], line[:, 1])
    x, y = projection.forward(line[:, 0], line[:, 1])
    plane = shapely.LineString(np.column_stack([x, y]))
    px, py = projection.forward(piece[:, 0], piece[:, 1])
    points = shapely.points(px, py)
    if float(np.median(shapely.distance(plane, points))) > within_m:
        return None
    flat = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    at = np.interp(shapely.line_locate_point(plane, points), flat, chainage_m(line[:, 0], line[:, 1]))
    low, high = float(at.min()), float(at.max())
    return Stretch(low, high) if high > low else None


def uncovered(whole: Stretch, pieces: Iterable[Stretch], least_m: float = 0.0) -> list[Stretch]:
    """What of ``whole`` no piece holds, the shorter than ``least_m`` left out: 0 to 10 with 2 to 4 and 4 to 7
    leaves 0 to 2 and 7 to 10.
    """
    found, at = [], whole.from_m
    for piece in sorted(pieces, key=lambda each: each.from_m):
        if piece.from_m > at:
            found.append(Stretch(at, min(piece.from_m, whole.to_m)))
        at = max(at, piece.to_m)
    if at < whole.to_m:
        found.append(Stretch(at, whole.to_m))
    return [gap for gap in found if gap.length_m > max(least_m, 0.0)]


def overlaps(pieces: Sequence[Stretch], least_m: float = 0.0) -> list[tuple[int, int, Stretch]]:
    """Pairs of pieces (by index, the smaller first) that share more than ``least_m`` metres, and what they
    share: 0 to 5 and 4 to 9 share 4 to 5.
    """
    order = sorted(range(len(pieces)), key=lambda i: pieces[i].from_m)
    found = []
    for rank, i in enumerate(order):
        for j in order[rank + 1 :]:
            if pieces[j].from_m >= pieces[i].to_m:
                break
            shared = Stretch(pieces[j].from_m, min(pieces[i].to_m, pieces[j].to_m))
            if shared.length_m > least_m:
                found.append((min(i, j), max(i, j), shared))
    return sorted(found, key=lambda each: (each[2].from_m, each[0], each[1]))
