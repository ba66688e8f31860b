"""Rows as earlier versions of the program wrote them, for tests that they are still read."""

from __future__ import annotations

import zlib

import numpy as np

__all__ = ["track_from_before_the_codec"]


def track_from_before_the_codec(patrol, sent):
    """The patrol's track as it was kept at first: the upload as it came, and its fixes beside it."""
    kept, track = patrol.track, sent.track
    columns = np.stack([track.t_ms, np.round(track.lon * 1e7), np.round(track.lat * 1e7)]).astype("<i8")
    kept.codec, kept.raw, kept.rest = "json+zlib", zlib.compress(sent.raw), b""
    kept.raw_sha256 = kept.sent_sha256
    kept.course = zlib.compress(np.diff(columns, axis=1, prepend=0).astype("<i8").tobytes())
    kept.save()
    return kept
