"""Track verification: what of an area a walk has seen, and whether to believe it."""

from shanhe.kernel.tracks.history import Earlier
from shanhe.kernel.tracks.types import Area, Flag, Reason, Rules, Track, Verification
from shanhe.kernel.tracks.verify import examine, verify
from shanhe.kernel.tracks.warming import warm

__all__ = [
    "Area",
    "Earlier",
    "Flag",
    "Reason",
    "Rules",
    "Track",
    "Verification",
    "examine",
    "verify",
    "warm",
]
