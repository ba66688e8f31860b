"""Reads the body of a patrol field by field and gathers every fault, so that all are told at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.tracks.formats.fixes import look_swapped
from shanhe.kernel.tracks.types import F64, Track

__all__ = [
    "LONGEST_NOTE",
    "MOST_AREAS",
    "MOST_COMPANY",
    "MOST_POINTS",
    "Fields",
    "LogSent",
    "ScanSent",
    "too_many",
    "unfit",
]

MOST_POINTS = 200_000  # two days and a quarter at one fix a second
MOST_AREAS = 50
MOST_LOG_ITEMS = 200
MOST_FILES = 50  # of one log item
MOST_COMPANY = 100
LONGEST_NOTE = 5_000
#: Below this, times in ``track.t`` count from the patrol's start: 115 days, or April 1970 were it a date.
RELATIVE_BELOW_MS = 10_000_000_000
EVENTS = frozenset({"hidden", "shown", "killed", "resumed", "paused"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LogSent:
    """One ticked point of the checklist; its files may come before or after."""

    item: str
    ok: bool
    note: str = ""
    files: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class ScanSent:
    """The code of a checkpoint's sticker, scanned or typed, and when; None: nobody knows."""

    code: str
    at: datetime | None = None


def unfit(faults: Mapping[str, str | Text]) -> Refusal:
    """The refusal of a patrol some of whose fields cannot be used."""
    return Refusal("patrol.unfit", _("The patrol cannot be taken as it was sent."), faults)


def too_many(count: int) -> Text:
    """What is said of a track that is too long."""
    return Text(_("%(count)s fixes; at most %(most)s."), {"count": f"{count:,}", "most": f"{MOST_POINTS:,}"})


class Fields:
    """Reads a body field by field and gathers every fault, so that the sender hears of all at once."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.body = body
        self.faults: dict[str, str | Text] = {}

    def fault(self, name: str, reason: str | Text) -> None:
        """Note what is wrong with a field; the first fault of a field stands."""
        self.faults.setdefault(name, reason)

    def check(self) -> None:
        """Refuse the whole body if anything was wrong with it."""
        if self.faults:
            raise unfit(self.faults)

    def _get(self, path: str) -> Any:
        value: Any = self.body
        for name in path.split("."):
            if not isinstance(value, Mapping):
                self.fault(path.partition(".")[0], _("Must be an object."))
                return None
            value = value.get(name)
            if value is None:
                return None
        return value

    def uuid(self, path: str) -> UUID:
        """The UUID at ``path``; the nil UUID, with a fault noted, where there is none."""
        return self._uuid(path, self._get(path))

    def _uuid(self, path: str, value: Any) -> UUID:
        try:
            return UUID(value)
        except (ValueError, TypeError, AttributeError):
            self.fault(path, _("Must be a UUID."))
            return UUID(int=0)

    def moment(self, path: str) -> datetime:
        """The time at ``path`` in UTC; a fault where it lacks its zone or is none."""
        return self._moment(path, self._get(path))

    def _moment(self, path: str, value: Any) -> datetime:
        try:
            found = datetime.fromisoformat(value)
            if found.tzinfo is None:
                raise ValueError
            return found.astimezone(UTC)
        except (ValueError, TypeError, OverflowError):
            self.fault(path, _("Must be a time with its zone, such as 2026-05-01T08:00:00+08:00."))
            return _EPOCH

    def text(self, path: str, most: int) -> str:
        """The text at ``path``, "" where there is none; a fault above ``most`` characters."""
        value = self._get(path)
        return "" if value is None else self._text(path, value, most)

    def _text(self, path: str, value: Any, most: int) -> str:
        if not isinstance(value, str):
            self.fault(path, _("Must be text."))
            return ""
        if len(value) > most:
            self.fault(path, Text(_("Must be no longer than %(most)s characters."), {"most": most}))
        if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            self.fault(path, _("Holds a character that cannot be kept."))
        return value

    def words(self, path: str, most: int, *, alone: bool = False) -> tuple[str, ...]:
        """The list of short texts at ``path``, each once; ``alone`` takes a single text for a list of one."""
        value = self._get(path)
        if alone and isinstance(value, str):
            value = [value]
        return tuple(dict.fromkeys(self._list(path, value, most, lambda at, word: self._text(at, word, 80))))

    def _list(self, path: str, value: Any, most: int, read: Callable[[str, Any], Any]) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(path, _("Must be a list."))
            return []
        if len(value) > most:
            self.fault(
                path, Text(_("%(count)s entries; at most %(most)s."), {"count": len(value), "most": most})
            )
            return []
        return [read(f"{path}[{n}]", each) for n, each in enumerate(value)]

    def log(self) -> tuple[LogSent, ...]:
        """The log's items, in the order in which they were sent."""
        return tuple(self._list("log", self._get("log"), MOST_LOG_ITEMS, self._log_item))

    def scans(self) -> tuple[ScanSent, ...]:
        """Codes of checkpoints: of ``checkpoints``, and of the log's items "checkpoint" that bear one."""
        found = self._list("checkpoints", self._get("checkpoints"), MOST_LOG_ITEMS, self._scan)
        rows = self._get("log")
        for n, row in enumerate(rows if isinstance(rows, list) else []):
            if isinstance(row, Mapping) and row.get("item") == "checkpoint" and row.get("code") is not None:
                found.append(self._scan(f"log[{n}]", row))
        return tuple(dict.fromkeys(found))

    def _scan(self, path: str, value: Any) -> ScanSent:
        if not isinstance(value, Mapping):
            self.fault(path, _("Must be an object."))
            return ScanSent("")
        code, at = self._text(f"{path}.code", value.get("code") or "", 200), value.get("at")
        if not code:
            self.fault(f"{path}.code", _("Must be text."))
        return ScanSent(code, None if at is None else self._moment(f"{path}.at", at))

    def _log_item(self, path: str, value: Any) -> LogSent:
        if not isinstance(value, Mapping):
            self.fault(path, _("Must be an object."))
            return LogSent("", True)
        item = self._text(f"{path}.item", value.get("item"), 60)
        if not isinstance(value.get("ok"), bool):
            self.fault(f"{path}.ok", _("Must be true or false."))
        note = self._text(f"{path}.note", value.get("note") or "", LONGEST_NOTE)
        files = self._list(f"{path}.files", value.get("files"), MOST_FILES, self._uuid)
        return LogSent(item, value.get("ok") is True, note, tuple(files))

    def track(self, started_at: datetime) -> Track:
        """The columns side by side; times below ``RELATIVE_BELOW_MS`` count from the start."""
        none = np.empty(0)
        if not isinstance(self._get("track"), Mapping):
            self.fault("track", _("Must be an object with the lists t, lon and lat."))
            return Track(none.astype(np.int64), none, none)
        t, lon, lat = (self._numbers(f"track.{name}") for name in ("t", "lon", "lat"))
        acc, mock = self._numbers("track.acc", gaps=True), self._switches("track.mock")
        self._check_lengths(t, lon, lat, acc, mock)
        self._within("track.lon", lon, 180.0)
        self._within("track.lat", lat, 90.0)
        self._within("track.t", t, 2.0**52)
        if not self.faults and look_swapped(lon, lat):
            self.fault("track.lon", _("Looks like a latitude."))
            self.fault("track.lat", _("Looks like a longitude."))
        events = tuple(self._list("track.events", self._get("track.events"), MOST_POINTS, self._event))
        if self.faults:
            return Track(none.astype(np.int64), none, none)
        base = round(started_at.timestamp() * 1000) if t.max() < RELATIVE_BELOW_MS else 0
        return Track(
            np.round(t).astype(np.int64) + base,
            lon,
            lat,
            acc if acc.size else None,
            mock if mock.size else None,
            tuple((base + at if at < RELATIVE_BELOW_MS else at, word) for at, word in events),
        )

    def _numbers(self, path: str, *, gaps: bool = False) -> F64:
        value = self._get(path)
        if value is None and gaps:
            return np.empty(0)
        if not isinstance(value, list):
            self.fault(path, _("Must be a list of numbers."))
            return np.empty(0)
        if len(value) > MOST_POINTS:
            self.fault(path, too_many(len(value)))
            return np.empty(0)
        if not set(map(type, value)) <= ({int, float, type(None)} if gaps else {int, float}):
            self.fault(path, _("Must be a list of numbers."))
            return np.empty(0)
        try:
            found = np.array(value, np.float64)
        except OverflowError:
            self.fault(path, _("Holds a number that is not finite."))
            return np.empty(0)
        wanted = np.array([each is not None for each in value], np.bool_) if gaps else slice(None)
        if not np.isfinite(found[wanted]).all():
            self.fault(path, _("Holds a number that is not finite."))
        return found

    def _switches(self, path: str) -> npt.NDArray[np.bool_]:
        value = self._get(path)
        if value is None:
            return np.empty(0, np.bool_)
        if not isinstance(value, list) or not set(map(type, value)) <= {bool}:
            self.fault(path, _("Must be a list of true and false."))
            return np.empty(0, np.bool_)
        return np.array(value, np.bool_)

    def _check_lengths(self, t: F64, lon: F64, lat: F64, *optional: npt.NDArray[Any]) -> None:
        names = ("track.lon", "track.lat", "track.acc", "track.mock")
        if not t.size:
            self.fault("track.t", _("Is empty."))
            return
        for name, column in zip(names, (lon, lat, *optional), strict=True):
            if column.size != t.size and (column.size or name in names[:2]):
                counts = {"count": column.size, "wanted": t.size}
                self.fault(name, Text(_("Has %(count)s entries where t has %(wanted)s."), counts))

    def _within(self, path: str, column: F64, most: float) -> None:
        beyond = np.abs(column) > most
        if beyond.any():
            at = int(np.argmax(beyond))
            params = {"number": at + 1, "value": float(column[at]), "most": f"{most:.0f}"}
            self.fault(path, Text(_("Entry %(number)s is %(value)s; at most ±%(most)s is possible."), params))

    def _event(self, path: str, value: Any) -> tuple[int, str]:
        if isinstance(value, list) and len(value) == 2:
            at, word = value
            if type(at) in (int, float) and math.isfinite(at) and abs(at) < 2**52 and word in EVENTS:
                return round(at), word
        self.fault(
            path,
            Text(
                _("Must be a time in milliseconds and one of: %(known)s."),
                {"known": ", ".join(sorted(EVENTS))},
            ),
        )
        return 0, "shown"
