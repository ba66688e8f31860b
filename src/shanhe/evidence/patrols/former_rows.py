"""A former system's record of a patrol, from the words of a sheet: who, where, when, and what it said."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

import numpy as np
from django.utils import timezone

from shanhe.evidence.patrols.fields import LONGEST_NOTE
from shanhe.evidence.patrols.sent import PatrolSent
from shanhe.ground.incoming.staff.areas import AreaBook
from shanhe.ground.incoming.staff.cells import EXCEL_ZERO, SERIALS, Unfit, day_in, listed_in, phone_in, plain
from shanhe.ground.people.models import Person
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.models import Area
from shanhe.kernel.chain.canonical import canonical_json
from shanhe.kernel.errors import Text
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.tracks.codec import decode
from shanhe.kernel.tracks.types import Track

__all__ = ["Books", "Former", "PersonFinder", "former_read"]

#: All of a former system's records have their uuid from this and what they say: again is the same record.
NAMESPACE = UUID("5f6f0f2e-3a6b-5c59-9f0b-6e1f5f0a2c11")
LONGEST_TEXT = 500
LOOKED_UP = 5_000
TIME = re.compile(r"(\d{1,2})[:时点](\d{1,2})?(?:[:分](\d{1,2})?秒?)?")
DURATION = re.compile(r"(?:(\d+)(?::|小时|时|h))?(\d+(?:\.\d+)?)?(?:分钟|分|min|m)?")
CHINESE = re.compile(r"[\u3400-\u9fff]+")
NO_FIXES = Track(np.empty(0, np.int64), np.empty(0), np.empty(0))


@dataclass(frozen=True, slots=True, eq=False)
class Former:
    """One record that can be understood; the track is unpacked when it is asked for."""

    row: int
    person: Person
    areas: tuple[Area, ...]
    started_at: datetime
    ended_at: datetime
    packed: bytes  # the fixes by the kernel's codec; b"" without a track
    note: str
    said: Mapping[str, Any]  # what the former system says beside: distance_m, result, file

    @property
    def uuid(self) -> UUID:
        """Made of who, where, when and the track: a second time is the same record."""
        return uuid5(NAMESPACE, canonical_json(self._identity()).hex())

    @property
    def content_sha256(self) -> str:
        """Of everything the record says."""
        return sha256(
            canonical_json({**self._identity(), "note": self.note, "said": dict(self.said)})
        ).hexdigest()

    def _identity(self) -> dict[str, Any]:
        return {
            "person": str(self.person.uuid),
            "areas": sorted(area.code for area in self.areas),
            "started_at": self.started_at.isoformat(),
            "ended_at": self.ended_at.isoformat(),
            "track": sha256(self.packed).hexdigest() if self.packed else "",
        }

    def sent(self) -> PatrolSent:
        """The record as the services of patrols take it."""
        rest = json.dumps({"former": dict(self.said)}, ensure_ascii=False, separators=(",", ":")).encode()
        return PatrolSent(
            uuid=self.uuid,
            areas=tuple(area.code for area in self.areas),
            started_at=self.started_at,
            ended_at=self.ended_at,
            track=decode(self.packed) if self.packed else NO_FIXES,
            raw=self.packed or rest,
            rest=rest,
            content_sha256=self.content_sha256,
            note=self.note,
            on_behalf_of=str(self.person.uuid),
            source="import",
        )


class PersonFinder:
    """People of the ground managed, by account, telephone and name, as a file's words have them."""

    def __init__(self, scope: Scope, rows: Sequence[Mapping[str, str]], paths: Collection[str]) -> None:
        self.rows = Person.objects.filter(scope.managed.divisions("division_id")).select_related("division")
        names = {plain(row.get("person", "")) for row in rows} | {
            n for path in paths for n in _names_in(path)
        }
        self.by_name = self._load("name", names)
        self.by_phone = self._load("phone", {phone_in(row.get("phone", "")) for row in rows})
        usernames = {plain(row.get("username", "")).lower() for row in rows}
        self.by_username = self._load("user__username", usernames)

    def _load(self, column: str, words: Collection[str]) -> dict[str, list[Person]]:
        found: dict[str, list[Person]] = {}
        wanted = sorted(set(words) - {""})
        for begin in range(0, len(wanted), LOOKED_UP):
            some = self.rows.filter(**{f"{column}__in": wanted[begin : begin + LOOKED_UP]})
            for person in some.select_related("user") if column == "user__username" else some:
                word = person.user.username if column == "user__username" else getattr(person, column)
                found.setdefault(word, []).append(person)
        return found

    def find(self, row: Mapping[str, str], path: str, areas: Sequence[Area]) -> Person:
        """Who went: by the account, else by telephone and name, else by a name in the file's path."""
        username, phone = plain(row.get("username", "")).lower(), phone_in(row.get("phone", ""))
        name = plain(row.get("person", ""))
        if username:
            return _only(self.by_username.get(username, []), username, areas)
        called = self.by_name.get(name, [])
        with_phone = [one for one in self.by_phone.get(phone, []) if not name or one.name == name]
        if with_phone:
            return _only(with_phone, name or phone, areas)
        if name or phone:
            return _only(called, name or phone, areas)
        for candidate in sorted(_names_in(path), key=len, reverse=True):
            if self.by_name.get(candidate):
                return _only(self.by_name[candidate], candidate, areas)
        raise Unfit(_("Say who went: name, telephone or account."))


def _only(people: Sequence[Person], word: str, areas: Sequence[Area]) -> Person:
    """The one; of several of a name the one of the areas' place."""
    if len(people) > 1:
        here = {area.division_id for area in areas}
        people = [one for one in people if one.division_id in here] or people
    if not people:
        raise Unfit(_("Nobody called %(given)s is in the area your office manages."), given=word)
    if len(people) > 1:
        raise Unfit(
            _("%(count)d people are called %(given)s; give the telephone number or the account."),
            count=len(people),
            given=word,
        )
    return people[0]


def _names_in(path: str) -> set[str]:
    """Pieces of a path that may be a name: two to four characters of Chinese."""
    return {
        run[begin : begin + length]
        for run in CHINESE.findall(path)
        for length in (2, 3, 4)
        for begin in range(len(run) - length + 1)
    }


@dataclass(frozen=True, slots=True)
class Books:
    """What the words of a file mean."""

    people: PersonFinder
    areas: AreaBook
    metres: bool  # a bare number of a distance is in metres


@dataclass(slots=True)
class _Read:
    """One row while it is read; the first fault of each field stands."""

    faults: dict[str, Text] = field(default_factory=dict)

    def fault(self, name: str, reason: Text) -> None:
        self.faults.setdefault(name, reason)


def former_read(
    number: int, row: Mapping[str, str], books: Books, packed: str = "", path: str = ""
) -> tuple[Former | None, dict[str, Text]]:
    """The record of a row, or why there is none, by field. ``packed``: its track in base64, "" without."""
    reading = _Read()
    areas = _areas(row, books, reading)
    try:
        person = books.people.find(row, path, areas)
    except Unfit as unfit:
        reading.fault("person", unfit.reason)
        person = None
    content = base64.b64decode(packed) if packed else b""
    times = _times_of(content) if content else _times(row, reading)
    if not areas and not content and "area" not in reading.faults:
        reading.fault("area", Text(_("Say which area: without a track nobody can tell.")))
    said = _said(row, books, path, reading)
    note = row.get("note", "")
    if len(note) > LONGEST_NOTE:
        reading.fault("note", Text(_("The text has more than %(most)s characters."), {"most": LONGEST_NOTE}))
    if reading.faults or person is None or times is None:
        return None, reading.faults
    return Former(number, person, tuple(areas), *times, content, note, said), {}


def _areas(row: Mapping[str, str], books: Books, reading: _Read) -> list[Area]:
    found: list[Area] = []
    try:
        for word in listed_in(row.get("area", "")):
            found.append(books.areas.find(word, None, ""))
    except Unfit as unfit:
        reading.fault("area", unfit.reason)
    return list(dict.fromkeys(found))


def _times_of(packed: bytes) -> tuple[datetime, datetime]:
    track = decode(packed)
    moments = (int(track.t_ms.min()), int(track.t_ms.max()))
    first, last = (datetime.fromtimestamp(t_ms / 1000, timezone.get_default_timezone()) for t_ms in moments)
    return first, last


def _times(row: Mapping[str, str], reading: _Read) -> tuple[datetime, datetime] | None:
    """Start and end of a record without a track, in the office's zone. A day alone begins at midnight and
    lasts no time: what is not known is not made up.
    """
    day = _try(reading, "day", lambda: day_in(row.get("day", "")))
    started = _try(reading, "started", lambda: _moment(row.get("started", ""), day))
    if started is None:
        if not reading.faults.keys() & {"day", "started"}:
            reading.fault("started", Text(_("Say when it began.")))
        return None
    said = row.get("ended", "")
    ended = _try(reading, "ended", lambda: _moment(said, started.date())) if said else None
    if ended is None:
        ended = started + timedelta(
            minutes=_try(reading, "minutes", lambda: _minutes(row.get("minutes", ""))) or 0
        )
    if ended < started:
        reading.fault("ended", Text(_("Lies before the start.")))
    return started, ended


def _try(reading: _Read, name: str, read: Any) -> Any:
    try:
        return read()
    except Unfit as unfit:
        reading.fault(name, unfit.reason)
        return None


def _moment(given: str, day: date | None) -> datetime | None:
    """A moment from a day with a time, a time alone (of ``day``), a serial of Excel's, or a day alone.

    ``"2025年3月5日 8时30分"`` and ``"8:30"`` of that day are the same.
    """
    text = plain(given)
    zone = timezone.get_default_timezone()
    serial = re.fullmatch(r"(\d{5})\.(\d+)", text)
    if serial and int(serial[1]) in SERIALS:
        moment = datetime.combine(EXCEL_ZERO, time()) + timedelta(days=float(text))
        return (moment + timedelta(seconds=0.5)).replace(microsecond=0, tzinfo=zone)
    parts = re.split(r"[T\s]+", re.sub(r"日\s*", "日 ", text).strip(), maxsplit=1) if text else []
    clock = _clock(parts[-1]) if parts else None
    if clock is not None:
        parts = parts[:-1]
    found = day_in(parts[0]) if parts else day
    if found is None:
        if clock is not None:
            raise Unfit(_("“%(given)s” is a time without a day."), given=given)
        return None
    return datetime.combine(found, clock or time(), zone)


def _clock(text: str) -> time | None:
    found = TIME.fullmatch(text.split("+", maxsplit=1)[0].split(".", maxsplit=1)[0])
    if found is None:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups())
    if hour > 23 or minute > 59 or second > 59:
        raise Unfit(_("There is no time “%(given)s”."), given=text)
    return time(hour, minute, second)


def _minutes(given: str) -> float:
    """A duration: ``"45"`` and ``"45分钟"`` are minutes, ``"1:10"`` and ``"1小时10分"`` are seventy."""
    text = "".join(plain(given).split())
    if not text:
        return 0.0
    clock = re.fullmatch(r"(\d+):(\d{2}):(\d{2})", text)
    if clock:
        return int(clock[1]) * 60 + int(clock[2]) + int(clock[3]) / 60
    found = DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        raise Unfit(_("“%(given)s” is no duration; write minutes."), given=given)
    return float(found[1] or 0) * 60 + float(found[2] or 0)


def _said(row: Mapping[str, str], books: Books, path: str, reading: _Read) -> dict[str, Any]:
    """What the former system says and nobody has verified."""
    said: dict[str, Any] = {}
    if row.get("distance"):
        distance = _try(reading, "distance", lambda: _distance_m(row["distance"], books.metres))
        if distance is not None:
            said["distance_m"] = distance
    for name in ("result", "number"):
        text = row.get(name, "")
        if len(text) > LONGEST_TEXT:
            reading.fault(
                name, Text(_("The text has more than %(most)s characters."), {"most": LONGEST_TEXT})
            )
        elif text:
            said[name] = text
    return said | ({"file": path} if path else {})


def _distance_m(given: str, metres: bool) -> float:
    """Metres of ``"2.3公里"``, ``"2300 m"`` or a bare number in what the column says."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(km|公里|千米|m|米)?", "".join(plain(given).lower().split()))
    if found is None:
        raise Unfit(_("“%(given)s” is no distance."), given=given)
    is_metres = found[2] in ("m", "米") or (found[2] is None and metres)
    return round(float(found[1]) * (1 if is_metres else 1000), 1)
