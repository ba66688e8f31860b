"""Photos and files that came with a patrol: which are there, and where their pictures were taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from shanhe.evidence.patrols.models import Patrol
from shanhe.ground.documents.models import StoredFile
from shanhe.ground.documents.queries import files_of_records

__all__ = ["Attached", "File", "attached_of", "file_shown", "photo_features", "photo_moments"]


@dataclass(frozen=True, slots=True)
class File:
    """One file as the page shows it; ``url`` is "" for one that has not come yet."""

    uuid: UUID
    name: str
    url: str = ""
    picture: str = ""  # address of a small copy; "" for what is no picture
    taken_at: str = ""  # as the camera says it, without a zone
    place: tuple[float, float] | None = None  # lon, lat as the camera says


@dataclass(frozen=True, slots=True)
class Attached:
    """The files bound to one patrol, by their uuid."""

    files: Mapping[UUID, File]

    def one(self, uuid: UUID) -> File:
        """The file of that uuid, or word that it has not come yet."""
        return self.files.get(uuid) or File(uuid, gettext("has not come yet"))

    def others(self, patrol: Patrol) -> list[File]:
        """Those that no point of the log names."""
        named = {UUID(str(number)) for row in patrol.log.all() for number in row.files}
        return [file for uuid, file in self.files.items() if uuid not in named]


def attached_of(patrol: Patrol) -> Attached:
    """What was sent with a patrol that the caller sees. One query.

    Only what its sender sent: somebody else who learnt the uuid cannot add to it.
    """
    rows = files_of_records("patrol", [patrol.uuid]).filter(uploaded_by=patrol.sent_by_id)
    return Attached({row.uuid: file_shown(row) for row in rows.order_by("created_at", "uuid")})


def photo_features(attached: Attached) -> list[dict[str, Any]]:
    """The pictures that say where they were taken, as the map's contract has it."""
    return [
        {
            "type": "Feature",
            "properties": {
                "layer": "photo",
                "name": file.name,
                "note": file.taken_at,
                "photo": file.picture,
                "url": file.url,
            },
            "geometry": {"type": "Point", "coordinates": list(file.place)},
        }
        for file in attached.files.values()
        if file.picture and file.place is not None
    ]


def photo_moments(attached: Attached, started_at: str | None) -> list[dict[str, Any]]:
    """The pictures that say when they were taken: seconds from the first fix, and where if they say so.

    Cameras know no zone; phones are set to the office's.
    """
    if started_at is None:
        return []
    begin = datetime.fromisoformat(started_at)
    zone = timezone.get_default_timezone()
    return [
        {
            "t_s": round((taken.replace(tzinfo=zone) - begin).total_seconds(), 1),
            "place": list(file.place) if file.place else None,
            "name": file.name,
            "picture": file.picture,
            "url": file.url,
        }
        for file in attached.files.values()
        if file.picture and file.taken_at
        for taken in [datetime.strptime(file.taken_at, "%Y-%m-%d %H:%M")]  # noqa: DTZ007 (set above)
    ]


def file_shown(row: StoredFile) -> File:
    """A whole file as pages show it."""
    url = reverse("api-v1:read", args=[row.uuid])
    is_picture = row.content_type.startswith("image/")
    return File(
        uuid=row.uuid,
        name=row.name or (gettext("Photo") if is_picture else gettext("File")),
        url=url,
        picture=f"{url}?copy=public" if is_picture else "",
        taken_at=_taken_at(row.exif),
        place=_place(row.exif),
    )


def _taken_at(exif: Mapping[str, Any]) -> str:
    """``2026:03:02 08:15:00`` of the camera as ``2026-03-02 08:15``; "" when it says nothing of use."""
    said = str(exif.get("DateTimeOriginal") or exif.get("DateTime") or "")
    try:
        return datetime.strptime(said[:19], "%Y:%m:%d %H:%M:%S").strftime("%Y-%m-%d %H:%M")  # noqa: DTZ007 (a camera knows no zone)
    except ValueError:
        return ""


def _place(exif: Mapping[str, Any]) -> tuple[float, float] | None:
    lon = _degrees(exif.get("GPSLongitude"), exif.get("GPSLongitudeRef"), "W")
    lat = _degrees(exif.get("GPSLatitude"), exif.get("GPSLatitudeRef"), "S")
    if lon is None or lat is None or abs(lon) > 180 or abs(lat) > 90 or (lon == 0 and lat == 0):
        return None
    return lon, lat


def _degrees(value: Any, side: Any, negative: str) -> float | None:
    """Degrees of EXIF's [degrees, minutes, seconds]."""
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 3:
        return None
    parts = list(_numbers(value))
    if len(parts) != 3:
        return None
    found = parts[0] + parts[1] / 60 + parts[2] / 3600
    return round(-found if str(side).strip() == negative else found, 7)


def _numbers(values: Sequence[Any]) -> Iterator[float]:
    return (float(value) for value in values if isinstance(value, int | float))
