"""Everything that is known of an outing before it is judged, in one hand for those who look for signs."""

from __future__ import annotations

from dataclasses import dataclass

from shanhe.kernel.tracks.clean import CleanTrack
from shanhe.kernel.tracks.compare import Seen, reach_m
from shanhe.kernel.tracks.coverage import distances_m
from shanhe.kernel.tracks.measure import Measures
from shanhe.kernel.tracks.place import PlacedArea
from shanhe.kernel.tracks.types import F64, Rules, Track

__all__ = ["Examined"]


@dataclass(frozen=True, slots=True)
class Examined:
    """One outing in one area: as it came, cleaned, compared and measured."""

    track: Track  # as it came, but read as WGS 84
    walk: CleanTrack
    placed: PlacedArea
    seen: Seen
    figures: Measures
    rules: Rules

    @property
    def reach_m(self) -> float:
        """Distance up to which a place counts as seen, half the river's width included."""
        return reach_m(self.placed, self.rules)

    def near_m(self, x: F64, y: F64) -> F64:
        """Distance of places (n,) of the plane from the area's lines, rings or points, m (n,).

        Costs n times the area's vertices: ask for the few places that matter.
        """
        placed = self.placed
        return distances_m(placed.x, placed.y, placed.starts, placed.area.kind == "points", x, y)
