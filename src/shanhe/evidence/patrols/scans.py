"""Codes of checkpoints that were scanned or typed on the way: which place each is of, and whether the walk
came there.

A code counts as a visit of its checkpoint unless the track says that the phone was elsewhere at that moment.
Only rules of kind "checkpoints" weigh visits; a code read far from its place is a sign under any rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from shanhe.evidence.patrols.areas import kernel_area
from shanhe.evidence.patrols.fields import ScanSent
from shanhe.ground.registry.models import Area, Shape
from shanhe.ground.registry.stickers import Checkpoint
from shanhe.kernel.stickers import sticker_read
from shanhe.kernel.tracks.scanned import FAR_M, apart_m
from shanhe.kernel.tracks.types import Area as KernelArea
from shanhe.kernel.tracks.types import Flag, Rules, Track

__all__ = ["NOTHING_SCANNED", "Place", "Scan", "Scanned", "points_area", "scanned_from_json", "scanned_of"]


@dataclass(frozen=True, slots=True)
class Place:
    """A checkpoint as a verdict keeps it, without its code, which more people read than may know it."""

    name: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Scan:
    """One code as it was read: of which checkpoint (None: of none here), when, and how far away (m)."""

    point: int | None
    code: str  # as it was read, of none here; "" for a checkpoint's
    at: datetime | None
    apart_m: float | None  # None: the track does not say


@dataclass(frozen=True, slots=True)
class Scanned:
    """The checkpoints of one area, and the codes read there."""

    places: tuple[Place, ...] = ()
    scans: tuple[Scan, ...] = ()

    @property
    def visited(self) -> tuple[int, ...]:
        """Indices of the checkpoints whose code was read where they are."""
        credited = {scan.point for scan in self.scans if scan.point is not None and not _is_far(scan)}
        return tuple(sorted(credited))

    def flags(self, began_at: datetime | None) -> tuple[Flag, ...]:
        """Signs about the codes, each with its moment in seconds from ``began_at``."""
        return tuple(flag for scan in self.scans if (flag := self._flag(scan, began_at)) is not None)

    def _flag(self, scan: Scan, began_at: datetime | None) -> Flag | None:
        at_s = None
        if began_at is not None and scan.at is not None:
            at_s = round((scan.at - began_at).total_seconds(), 1)
        if scan.point is None:
            return Flag("code_unknown", at_s, at_s, {"code": scan.code})
        if _is_far(scan):
            name = self.places[scan.point].name
            return Flag("code_far", at_s, at_s, {"name": name, "apart_m": round(scan.apart_m or 0.0, 1)})
        return None

    def as_json(self) -> dict[str, Any]:
        """As a verdict keeps it among its details; nothing where there is nothing."""
        if not self.places and not self.scans:
            return {}
        return {
            "checkpoints": [[each.name, each.lon, each.lat] for each in self.places],
            "scans": [
                [each.point, each.code, each.at.isoformat() if each.at else None, each.apart_m]
                for each in self.scans
            ],
        }


NOTHING_SCANNED = Scanned()


def _is_far(scan: Scan) -> bool:
    return scan.apart_m is not None and scan.apart_m > FAR_M


def scanned_of(
    sent: Sequence[ScanSent],
    track: Track,
    area_ids: Sequence[int],
    checkpoints: Mapping[int, tuple[Checkpoint, ...]],
) -> dict[int, Scanned]:
    """The checkpoints and codes of each area of one outing. A code of none of them stands with the first."""
    known = {each.code for found in checkpoints.values() for each in found}
    read = [(sticker_read(each.code) or each.code[:20], each.at) for each in sent]
    answer = {}
    for nth, area_id in enumerate(area_ids):
        here = checkpoints.get(area_id, ())
        points = {each.code: n for n, each in enumerate(here)}
        scans = [_scan(points[code], here[points[code]], at, track) for code, at in read if code in points]
        if nth == 0:
            scans += [Scan(None, code, at, None) for code, at in read if code not in known]
        places = tuple(Place(each.name, each.lon, each.lat) for each in here)
        answer[area_id] = Scanned(places, tuple(scans))
    return answer


def _scan(point: int, place: Checkpoint, at: datetime | None, track: Track) -> Scan:
    away = None
    if at is not None:
        away = apart_m(track, round(at.timestamp() * 1000), place.lon, place.lat)
    return Scan(point, "", at, None if away is None else round(away, 1))


def scanned_from_json(details: Mapping[str, Any]) -> Scanned:
    """What a verdict's details keep."""
    places = tuple(Place(name, lon, lat) for name, lon, lat in details.get("checkpoints", ()))
    scans = tuple(
        Scan(point, code, datetime.fromisoformat(at) if at else None, away)
        for point, code, at, away in details.get("scans", ())
    )
    return Scanned(places, scans)


def points_area(area: Area, shape: Shape, rules: Rules, scanned: Scanned) -> KernelArea:
    """What a track is compared with: the checkpoints where the rules ask for them and there are any, else
    the area as it is drawn.
    """
    if rules.kind != "checkpoints" or not scanned.places:
        return kernel_area(area, shape)
    degrees = np.array([[each.lon, each.lat] for each in scanned.places], np.float64)
    return KernelArea("points", (degrees,), (False,), 0.0)
