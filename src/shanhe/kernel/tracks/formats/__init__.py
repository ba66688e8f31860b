"""Bytes to tracks and areas; whatever is wrong with them is refused with place, field and reason."""

from shanhe.kernel.tracks.formats.areas import read_area
from shanhe.kernel.tracks.formats.tracks import read_track

__all__ = ["read_area", "read_track"]
