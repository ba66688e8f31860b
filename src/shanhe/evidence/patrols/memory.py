"""Earlier tracks, remembered through a long run of patrols, so that the database is not asked each time.

Finds the very tracks that ``earlier.earlier_tracks`` finds. What others send in meanwhile is learnt at the
beginning of each batch.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shanhe.evidence.patrols.areas import Box, box_of
from shanhe.evidence.patrols.earlier import (
    ALIKE,
    DEVICE_HOURS,
    MOST_BY_DEVICE,
    MOST_BY_PRINT,
    Suspects,
    course_kept,
    prints_of,
    thinned,
)
from shanhe.evidence.patrols.models import Track as KeptTrack
from shanhe.evidence.patrols.models import TrackPrint
from shanhe.kernel.tracks.history import Earlier
from shanhe.kernel.tracks.types import Track

__all__ = ["TrackMemory"]

MOST_COURSES = 4_096  # about 40 MB of tracks at hand
STATEMENT = 5_000  # values in one


@dataclass(frozen=True, slots=True)
class _Known:
    """What a search needs to know of a kept track."""

    width: float | None  # of its box, degrees; None without fixes
    height: float | None
    person_id: int
    device_id: str
    started_at: datetime
    ended_at: datetime


class TrackMemory:
    """The prints, sizes and courses of tracks that patrols of this run may be copies of."""

    def __init__(self) -> None:
        self._by_value: dict[int, list[int]] = {}  # print → ids, ascending
        self._known: dict[int, _Known] = {}
        self._by_device: dict[str, list[int]] = {}
        self._courses: OrderedDict[int, Track] = OrderedDict()
        self._newest = 0

    def learn(self, values: Collection[int], devices: Collection[str]) -> None:
        """Fetch what is kept of tracks with these prints or from these devices, if not known yet."""
        self._catch_up()
        new = [value for value in values if value not in self._by_value]
        self._by_value |= {value: [] for value in new}
        for some in _chunks(new):
            rows = TrackPrint.objects.filter(value__in=some, patrol_id__lte=self._newest)
            for value, patrol_id in rows.order_by("patrol_id").values_list("value", "patrol_id"):
                self._by_value[value].append(patrol_id)
        self._learn_devices({device for device in devices if device and device not in self._by_device})
        wanted = {patrol_id for value in new for patrol_id in self._by_value[value]}
        self._learn_tracks(wanted | {each for device in devices for each in self._by_device.get(device, ())})

    def _catch_up(self) -> None:
        """Learn of tracks that came in beside this run."""
        fresh = TrackPrint.objects.filter(patrol_id__gt=self._newest)
        if self._newest:
            for value, patrol_id in fresh.order_by("patrol_id").values_list("value", "patrol_id"):
                if value in self._by_value:
                    self._by_value[value].append(patrol_id)
                    self._learn_tracks({patrol_id})
        last = KeptTrack.objects.order_by("-patrol_id").values_list("patrol_id", flat=True)[:1]
        self._newest = max(self._newest, *last, 0)

    def _learn_devices(self, devices: Collection[str]) -> None:
        self._by_device |= {device: [] for device in devices}
        rows = KeptTrack.objects.filter(patrol__device_id__in=devices).order_by("patrol_id")
        for device, patrol_id in rows.values_list("patrol__device_id", "patrol_id"):
            self._by_device[device].append(patrol_id)

    def _learn_tracks(self, ids: Iterable[int]) -> None:
        new = [patrol_id for patrol_id in ids if patrol_id not in self._known]
        for some in _chunks(new):
            rows = KeptTrack.objects.filter(patrol_id__in=some).values_list(
                *("patrol_id", "min_lon", "min_lat", "max_lon", "max_lat", "patrol__person_id"),
                *("patrol__device_id", "patrol__started_at", "patrol__ended_at"),
            )
            for patrol_id, *box, person_id, device_id, started_at, ended_at in rows:
                whole = None if box[0] is None else Box(*box)
                self._known[patrol_id] = _known(whole, person_id, device_id, started_at, ended_at)

    def add(
        self,
        patrol_id: int,
        track: Track,
        *,
        person_id: int,
        device_id: str,
        started_at: datetime,
        ended_at: datetime,
    ) -> None:
        """Remember a track that was just taken in."""
        for value in prints_of(track):
            self._by_value.setdefault(value, []).append(patrol_id)
        if device_id:
            self._by_device.setdefault(device_id, []).append(patrol_id)
        self._known[patrol_id] = _known(box_of(track), person_id, device_id, started_at, ended_at)
        self._remember(patrol_id, thinned(track))
        self._newest = max(self._newest, patrol_id)

    def earlier(self, suspects: Suspects) -> list[Earlier]:
        """The earlier tracks worth comparing with, as ``earlier.earlier_tracks`` gives them."""
        ids = {*self._alike(suspects), *self._of_device(suspects)}
        courses = self._courses_of(ids)
        return [
            Earlier(
                id=str(patrol_id),
                track=courses[patrol_id],
                same_holder=self._known[patrol_id].person_id == suspects.person_id,
                same_device=bool(suspects.device_id)
                and self._known[patrol_id].device_id == suspects.device_id,
                declared=self._known[patrol_id].person_id in suspects.company,
            )
            for patrol_id in sorted(ids)
        ]

    def _alike(self, suspects: Suspects) -> list[int]:
        values, box = prints_of(suspects.track), box_of(suspects.track)
        if box is None:
            return []
        width, height = box.max_lon - box.min_lon, box.max_lat - box.min_lat
        common = Counter(patrol_id for value in values for patrol_id in self._by_value.get(value, ()))
        least = max(1, round(ALIKE * len(values)))
        found: list[tuple[float, int]] = []
        for patrol_id, count in common.items():
            known = self._known[patrol_id]
            if count >= least and known.width is not None and known.height is not None:
                found.append((abs(known.width - width) + abs(known.height - height), -patrol_id))
        return [-negative for _apart, negative in sorted(found)[:MOST_BY_PRINT]]

    def _of_device(self, suspects: Suspects) -> list[int]:
        near = timedelta(hours=DEVICE_HOURS)
        found = [
            patrol_id
            for patrol_id in self._by_device.get(suspects.device_id, ())
            if (known := self._known[patrol_id]).person_id != suspects.person_id
            and known.started_at < suspects.ended_at + near
            and known.ended_at > suspects.started_at - near
        ]
        return sorted(found, reverse=True)[:MOST_BY_DEVICE]

    def _courses_of(self, ids: Collection[int]) -> dict[int, Track]:
        missing = []
        for patrol_id in ids:
            if patrol_id in self._courses:
                self._courses.move_to_end(patrol_id)
            else:
                missing.append(patrol_id)
        if missing:
            rows = KeptTrack.objects.filter(patrol_id__in=missing)
            for patrol_id, codec, raw, old in rows.values_list("patrol_id", "codec", "raw", "course"):
                self._remember(patrol_id, course_kept(codec, raw, old))
        return {patrol_id: self._courses[patrol_id] for patrol_id in ids}

    def _remember(self, patrol_id: int, course: Track) -> None:
        self._courses[patrol_id] = course
        if len(self._courses) > MOST_COURSES:
            self._courses.popitem(last=False)


def _known(
    box: Box | None, person_id: int, device_id: str, started_at: datetime, ended_at: datetime
) -> _Known:
    width = None if box is None else box.max_lon - box.min_lon
    height = None if box is None else box.max_lat - box.min_lat
    return _Known(width, height, person_id, device_id, started_at, ended_at)


def _chunks(values: list[int]) -> Iterable[list[int]]:
    return (values[begin : begin + STATEMENT] for begin in range(0, len(values), STATEMENT))
