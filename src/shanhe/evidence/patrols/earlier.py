"""Earlier tracks that a new one might be a copy of: found by prints or device, compared by the kernel.

On a reach that is walked every week all tracks have nearly all prints in common. A copy, even thinned out,
shifted, dithered, reversed or sped up, has the size of its original to some metres, where honest walks
differ by tens: so those of nearly the same size are compared first.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Count, F, Min, QuerySet
from django.db.models.functions import Abs

from shanhe.evidence.patrols.areas import box_of
from shanhe.evidence.patrols.models import Track as KeptTrack
from shanhe.evidence.patrols.models import TrackPrint
from shanhe.evidence.patrols.prepared import Prepared
from shanhe.evidence.patrols.sent import FIXES
from shanhe.kernel.tracks.codec import course
from shanhe.kernel.tracks.history import Earlier, prints
from shanhe.kernel.tracks.types import Track

__all__ = [
    "PRINTS",
    "Suspects",
    "course_kept",
    "earlier_tracks",
    "first_fix_at",
    "kept_track",
    "prints_of",
    "thinned",
]

PRINTS = 16  # of the kernel's 32: half the index, and still four cells in five alike are found for certain
ALIKE = 0.3  # of the prints in common, below which two tracks went different ways
MOST_BY_PRINT = 16
MOST_BY_DEVICE = 4
DEVICE_HOURS = 12  # one phone with two people within this is evidence; handed on to a successor it is not
MOST_FIXES = 2_000  # that are compared; longer tracks are thinned out
UNIT_DEG = 1e-7  # about a centimetre


@dataclass(frozen=True, slots=True)
class Suspects:
    """Whose earlier tracks to look for: the walker's own and those of others, by prints and by device."""

    track: Track
    person_id: int
    company: Collection[int]  # ids of people declared to have come along
    device_id: str
    started_at: datetime
    ended_at: datetime
    before: int | None = None  # only patrols of lower ids: to judge again as it was judged then


def prints_of(track: Track) -> list[int]:
    """The numbers that are kept of a track to find it again."""
    return [int(value) for value in prints(track)[:PRINTS]]


def thinned(track: Track) -> Track:
    """Times and places of at most 2,000 fixes, as later tracks are compared with them."""
    picks = slice(None, None, len(track) // MOST_FIXES + 1)
    return Track(track.t_ms[picks], track.lon[picks], track.lat[picks])


def course_kept(codec: str, raw: bytes | memoryview, old: bytes | memoryview) -> Track:
    """``thinned`` of a kept track from its columns ``codec``, ``raw``, ``course``. BadTrack when damaged."""
    return course(bytes(raw), MOST_FIXES) if codec == FIXES else _course_of(bytes(old))


def _course_of(packed: bytes) -> Track:
    """Of a row from before the codec: packed differences of times (ms) and places (1e-7 degrees)."""
    columns = np.frombuffer(zlib.decompress(packed), "<i8").reshape(3, -1).cumsum(axis=1)
    return Track(columns[0], columns[1] * UNIT_DEG, columns[2] * UNIT_DEG)


def first_fix_at(row: KeptTrack) -> datetime | None:
    """The moment of the earliest fix that is kept, from which the seconds of flags count; None without."""
    is_kept = row.codec == FIXES or bool(row.course)
    times = course_kept(row.codec, row.raw, row.course).t_ms if is_kept else np.empty(0)
    return datetime.fromtimestamp(int(times.min()) / 1000, UTC) if len(times) else None


def earlier_tracks(suspects: Suspects) -> list[Earlier]:
    """The earlier tracks worth comparing with, as the kernel takes them. At most three queries."""
    found = {*_by_prints(suspects), *_by_device(suspects)}
    return [_earlier(suspects, *row) for row in _TRACKS(ids=sorted(found))]


_TRACKS = Prepared(
    lambda ids: (
        KeptTrack.objects.filter(patrol_id__in=ids)
        .order_by("patrol_id")
        .values_list("patrol_id", "codec", "raw", "course", "patrol__person_id", "patrol__device_id")
    )
)


def kept_track(row: KeptTrack) -> tuple[bytes, str]:
    """What ``raw_sha256`` is of, and how ``track_from_raw`` reads it."""
    codec = row.codec.removesuffix("+zlib")
    raw = bytes(row.raw)
    return raw if codec == row.codec else zlib.decompress(raw), codec


def _by_prints(suspects: Suspects) -> Iterable[int]:
    """Ids of patrols of nearly the same ways, those of nearly the same size first."""
    values, box = prints_of(suspects.track), box_of(suspects.track)
    if box is None:
        return []
    return _ALIKE(
        values=values,
        before=suspects.before,
        width=box.max_lon - box.min_lon,
        height=box.max_lat - box.min_lat,
        least=max(1, round(ALIKE * len(values))),
    )


def _alike(
    values: Sequence[int], before: int | None, width: float, height: float, least: int
) -> QuerySet[Any, int]:
    rows = TrackPrint.objects.filter(value__in=values)
    if before is not None:
        rows = rows.filter(patrol_id__lt=before)
    track = "patrol__track__"
    apart = Abs(F(f"{track}max_lon") - F(f"{track}min_lon") - width) + Abs(
        F(f"{track}max_lat") - F(f"{track}min_lat") - height
    )
    ranked = (
        rows.values("patrol_id")
        .annotate(common=Count("pk"), apart=Min(apart))
        .filter(common__gte=least)
        .order_by("apart", "-patrol_id")
    )
    return ranked.values_list("patrol_id", flat=True)[:MOST_BY_PRINT]


def _by_device(suspects: Suspects) -> Iterable[int]:
    if not suspects.device_id:
        return []
    near = timedelta(hours=DEVICE_HOURS)
    return _OF_DEVICE(
        device_id=suspects.device_id,
        person_id=suspects.person_id,
        since=suspects.started_at - near,
        until=suspects.ended_at + near,
        before=suspects.before,
    )


def _of_device(
    device_id: str, person_id: int, since: datetime, until: datetime, before: int | None
) -> QuerySet[Any, int]:
    rows = KeptTrack.objects.filter(
        patrol__device_id=device_id, patrol__started_at__lt=until, patrol__ended_at__gt=since
    ).exclude(patrol__person_id=person_id)
    if before is not None:
        rows = rows.filter(patrol_id__lt=before)
    return rows.order_by("-patrol_id").values_list("patrol_id", flat=True)[:MOST_BY_DEVICE]


_ALIKE, _OF_DEVICE = Prepared(_alike), Prepared(_of_device)


def _earlier(
    suspects: Suspects,
    patrol_id: int,
    codec: str,
    raw: bytes | memoryview,
    old: bytes | memoryview,
    person_id: int,
    device_id: str,
) -> Earlier:
    return Earlier(
        id=str(patrol_id),
        track=course_kept(codec, raw, old),
        same_holder=person_id == suspects.person_id,
        same_device=bool(suspects.device_id) and device_id == suspects.device_id,
        declared=person_id in suspects.company,
    )
