"""Tracks as few bytes: columns of whole numbers, each predicted from itself, the differences Rice-coded.

    encode(track) -> bytes
    decode(data)  -> Track        the same as quantised(track), bit for bit
    course(data)  -> Track        times and places alone

What is kept exactly: times to the millisecond, the order of fixes, the device's signs, events, segments; and
places that were sent with up to seven decimals of a degree (1 cm), as phones and receivers send them. Finer
places are rounded to 1e-7 degrees, accuracies to a centimetre within 1,000 km. A fix without a usable place
(not finite, or beyond 360 degrees) keeps its time and has NaN for both; an accuracy that is not known stays
NaN.

A track, version 1, little-endian; a varint has seven bits a byte, low ones first::

    "SHT" 0x01                 what it is, and of which version
    crc32 (4 bytes)            of all that follows
    varint n, byte of flags    fixes; what else there is
    columns                    t, lon, lat, then those that the flags name

A column is its first value (zigzag varint) and a unit, the greatest that all steps are multiples of: 1,000
for times in whole seconds, 10 for places with six decimals, 0 when nothing changes and so nothing follows.
Then, in units from the first value: the second one, the predictor's weight w, and, unless the predictor is
always right, a length and a stream of bits. Value i is foretold as v[i-1] + (v[i-1] - v[i-2]) · w / 4: w of 0
suits times and accuracies that jump about, 4 a walk with one fix a second. The encoder takes the cheapest w.
What is left goes out as Rice codes whose parameter follows the mean of what went before, as in JPEG-LS (ITU-T
T.87, A.5.1); what is 24 times the mean or more, a jump, is written out with its length.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from shanhe.kernel.tracks.types import F64, I64, Track

__all__ = ["BadTrack", "course", "decode", "encode", "quantised"]

MAGIC = b"SHT"
VERSION = 1
HEAD = len(MAGIC) + 1 + 4
MOST_FIXES = 10_000_000  # in one track: what says more is damaged
PER_DEGREE = 1e7  # a centimetre
PER_METRE = 100.0  # of accuracies
NO_PLACE_DEG = 360.0  # beyond this a number is no longitude, however it was wrapped
MOST_ACC_M = 1e6
MOST_MS = 2**53
ACC, MOCK, EVENTS, SEGMENTS, PLACELESS, ACC_GAPS = (1 << bit for bit in range(6))
WEIGHTS = (0, 2, 3, 4)  # of a predictor, quarters
LONG = 24  # ones in a row: the number itself follows
RESET = 32  # how many values the mean looks back on

U8 = npt.NDArray[np.uint8]


class BadTrack(ValueError):
    """These bytes are no track of a version that is known here."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """A track in whole numbers."""

    t: I64  # (n,) ms
    lon: I64  # (n,) 1e-7 degrees; of fixes without a place, the neighbour's
    lat: I64
    has_place: npt.NDArray[np.bool_]  # (n,)
    acc: I64 | None  # (n,) centimetres; of fixes without one, the neighbour's
    has_acc: npt.NDArray[np.bool_]  # (n,) all True without accuracies


def encode(track: Track) -> bytes:
    """The track as bytes for keeping, some 2 to 5 for each fix; the same bytes for the same track.

    ValueError for columns of unequal length and for times beyond ±2^53 ms.
    """
    columns = _columns_of(track)
    n = len(columns.t)
    flags = (
        (ACC if columns.acc is not None else 0)
        | (MOCK if track.mock is not None else 0)
        | (EVENTS if track.events else 0)
        | (SEGMENTS if tuple(track.segments) != (0,) else 0)
        | (PLACELESS if not columns.has_place.all() else 0)
        | (ACC_GAPS if not columns.has_acc.all() else 0)
    )
    out = bytearray()
    _put_varint(out, n)
    out.append(flags)
    for column in (columns.t, columns.lon, columns.lat):
        _put_column(out, column)
    if flags & PLACELESS:
        _put_column(out, columns.has_place)
    if columns.acc is not None:
        _put_column(out, columns.acc)
    if flags & ACC_GAPS:
        _put_column(out, columns.has_acc)
    if track.mock is not None:
        _put_column(out, track.mock)
    if flags & EVENTS:
        _put_events(out, track.events)
    if flags & SEGMENTS:
        _put_varint(out, len(track.segments))
        _put_column(out, np.asarray(track.segments))
    return MAGIC + bytes((VERSION,)) + zlib.crc32(out).to_bytes(4, "little") + bytes(out)


def decode(data: bytes) -> Track:
    """The track in ``encode``'s bytes. BadTrack for anything else: cut, changed, or of another version."""
    reader = _Reader(_checked(data))
    n, flags, t, lon, lat = _placed(reader)
    acc = _metres(reader, n, flags) if flags & ACC else None
    mock = reader.switches(n) if flags & MOCK else None
    events = reader.events() if flags & EVENTS else ()
    segments = tuple(reader.column(reader.count()).tolist()) if flags & SEGMENTS else (0,)
    reader.end()
    return Track(t, lon, lat, acc, mock, events, segments)


def course(data: bytes, most: int | None = None) -> Track:
    """Times and places alone of ``encode``'s bytes, thinned out evenly to at most ``most`` fixes.

    BadTrack as ``decode``.
    """
    n, _flags, t, lon, lat = _placed(_Reader(_checked(data)))
    picks = slice(None, None, 1 if most is None else n // most + 1)
    return Track(t[picks], lon[picks], lat[picks])


def quantised(track: Track) -> Track:
    """What ``decode(encode(track))`` gives, without packing it: the numbers that verdicts are made of.

    ValueError as ``encode``.
    """
    columns = _columns_of(track)
    lon, lat = _degrees(columns.lon, columns.has_place), _degrees(columns.lat, columns.has_place)
    acc = None
    if columns.acc is not None:
        acc = columns.acc / PER_METRE
        acc[~columns.has_acc] = np.nan
    events = tuple((int(at), word) for at, word in track.events)
    return Track(columns.t, lon, lat, acc, track.mock, events, tuple(int(each) for each in track.segments))


def _columns_of(track: Track) -> _Columns:
    t = np.ascontiguousarray(track.t_ms, np.int64)
    others = [track.lon, track.lat, *(each for each in (track.acc, track.mock) if each is not None)]
    if any(len(column) != t.size for column in others):
        raise ValueError("the columns of a track have one length")
    if t.size and max(-int(t.min()), int(t.max())) > MOST_MS:
        raise ValueError("a time of a track lies beyond 2^53 ms")
    with np.errstate(invalid="ignore"):
        has_place = (np.abs(track.lon) <= NO_PLACE_DEG) & (np.abs(track.lat) <= NO_PLACE_DEG)
    lon, lat = _without_gaps(track.lon, has_place), _without_gaps(track.lat, has_place)
    acc, has_acc = None, np.ones(t.size, np.bool_)
    if track.acc is not None:
        has_acc = ~np.isnan(track.acc)
        acc = _whole(np.clip(_without_gaps(track.acc, has_acc), -MOST_ACC_M, MOST_ACC_M), PER_METRE)
    return _Columns(t, _whole(lon, PER_DEGREE), _whole(lat, PER_DEGREE), has_place, acc, has_acc)


def _without_gaps(values: F64, known: npt.NDArray[np.bool_]) -> F64:
    """The values, those not known replaced by the last one that is, or the first."""
    if known.all():
        return values
    if not known.any():
        return np.zeros(values.size)
    last = np.maximum.accumulate(np.where(known, np.arange(values.size), 0))
    last[: int(np.argmax(known))] = int(np.argmax(known))
    return values[last]


def _whole(values: F64, per_unit: float) -> I64:
    return np.rint(values * per_unit).astype(np.int64)


def _degrees(column: I64, has_place: npt.NDArray[np.bool_] | None) -> F64:
    # One division of two exact numbers: the double nearest to the decimal, the very one a parser gives.
    values = column / PER_DEGREE
    if has_place is not None:
        values[~has_place] = np.nan
    return values


def _placed(reader: _Reader) -> tuple[int, int, I64, F64, F64]:
    """How many fixes, the flags, and the columns that every track has."""
    n, flags = reader.head()
    t, lon, lat = (reader.column(n) for _ in range(3))
    has_place = reader.switches(n) if flags & PLACELESS else None
    return n, flags, t, _degrees(lon, has_place), _degrees(lat, has_place)


def _metres(reader: _Reader, n: int, flags: int) -> F64:
    values = reader.column(n) / PER_METRE
    if flags & ACC_GAPS:
        values[~reader.switches(n)] = np.nan
    return values


def _put_varint(out: bytearray, value: int) -> None:
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)


def _put_signed(out: bytearray, value: int) -> None:
    _put_varint(out, value << 1 if value >= 0 else ~(value << 1))


def _put_column(out: bytearray, column: npt.ArrayLike) -> None:
    values: I64 = np.ascontiguousarray(column, np.int64)
    if not values.size:
        return
    _put_signed(out, int(values[0]))
    if values.size == 1:
        return
    steps = values - values[0]
    unit = int(_unit(steps))
    _put_varint(out, unit)
    if not unit:
        return
    steps //= unit
    _put_signed(out, int(steps[1]))
    weight, is_foretold = _best_weight(steps)
    out.append(weight << 1 | is_foretold)
    if not is_foretold:
        packed = np.empty(steps.size * 12 + 16, np.uint8)
        size = _pack(steps, weight, packed)
        _put_varint(out, size)
        out += packed[:size].tobytes()


def _put_events(out: bytearray, events: Sequence[tuple[int, str]]) -> None:
    words = list(dict.fromkeys(word for _at, word in events))
    named = "\0".join(words).encode()
    _put_varint(out, len(named))
    out += named
    _put_varint(out, len(events))
    _put_column(out, [int(at) for at, _word in events])
    _put_column(out, [words.index(word) for _at, word in events])


def _checked(data: bytes) -> bytes:
    """What follows the head, when it is whole."""
    if data[: len(MAGIC)] != MAGIC or len(data) < HEAD:
        raise BadTrack("these bytes are no track")
    if data[len(MAGIC)] != VERSION:
        raise BadTrack(f"a track of version {data[len(MAGIC)]}; this program reads version {VERSION}")
    body = data[HEAD:]
    if zlib.crc32(body) != int.from_bytes(data[HEAD - 4 : HEAD], "little"):
        raise BadTrack("the track was cut or changed: its checksum is another")
    return body


class _Reader:
    """Goes through the columns one after another. BadTrack where the bytes end before they should."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def head(self) -> tuple[int, int]:
        """Number of fixes, and what else there is."""
        n = self.count()
        flags = self._take(1)[0]
        if flags >> 6:
            raise BadTrack("the track's head says what no encoder writes")
        return n, flags

    def count(self) -> int:
        """A number of values."""
        n = self._varint()
        if n > MOST_FIXES:
            raise BadTrack(f"the track says that it has {n:,} values")
        return n

    def column(self, n: int) -> I64:
        """The next n whole numbers."""
        if not n:
            return np.zeros(0, np.int64)
        first = self._signed()
        unit = self._varint() if n > 1 else 0
        if not unit:
            return np.full(n, first, np.int64)
        steps = np.zeros(n, np.int64)
        steps[1] = self._signed()
        weight, is_foretold = divmod(self._take(1)[0], 2)
        packed = np.frombuffer(b"" if is_foretold else self._take(self._varint()), np.uint8)
        if weight not in WEIGHTS or not _unpack(packed, weight, bool(is_foretold), steps):
            raise BadTrack("a column of the track cannot be read")
        return steps * unit + first

    def switches(self, n: int) -> npt.NDArray[np.bool_]:
        """The next n yes or no."""
        return self.column(n).astype(np.bool_)

    def events(self) -> tuple[tuple[int, str], ...]:
        """Moments with their words."""
        words = self._take(self._varint()).decode(errors="replace").split("\0")
        n = self.count()
        times, codes = self.column(n).tolist(), self.column(n).tolist()
        if not all(0 <= code < len(words) for code in codes):
            raise BadTrack("an event of the track has no word")
        return tuple((at, words[code]) for at, code in zip(times, codes, strict=True))

    def end(self) -> None:
        """Nothing may be left."""
        if self._at != len(self._body):
            raise BadTrack("the track goes on behind its end")

    def _take(self, size: int) -> bytes:
        taken = self._body[self._at : self._at + size]
        if len(taken) != size:
            raise BadTrack("the track ends too early")
        self._at += size
        return taken

    def _signed(self) -> int:
        raw = self._varint()
        return raw >> 1 if not raw & 1 else ~(raw >> 1)

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._take(1)[0]
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 56:
                raise BadTrack("a number of the track has no end")


@njit(cache=True, nogil=True)
def _unit(steps: I64) -> int:
    """The greatest common divisor of all steps; 0 when all are 0."""
    unit = np.int64(0)
    for step in steps:
        rest = abs(step)
        while rest:
            unit, rest = rest, unit % rest
        if unit == 1:
            break
    return int(unit)


@njit(cache=True, nogil=True)
def _left(values: I64, i: int, weight: int) -> int:
    """What is left of value i when it was foretold."""
    step = values[i - 1] - values[i - 2]
    return values[i] - values[i - 1] - ((step * weight) >> 2)


@njit(cache=True, nogil=True)
def _best_weight(values: I64) -> tuple[int, bool]:
    """The weight with the fewest bits left over, and whether none are."""
    best, least = 0, np.int64(2**62)
    for weight in (0, 2, 3, 4):
        cost = np.int64(0)
        for i in range(2, values.shape[0]):
            left = abs(_left(values, i, weight))
            while left:
                cost += 1
                left >>= 1
        if cost < least:
            best, least = weight, cost
    return best, least == 0


@njit(cache=True, nogil=True)
def _parameter(total: int, count: int) -> int:
    """The Rice parameter: the least k with count · 2^k >= total."""
    k = 0
    while k < 48 and (count << k) < total:
        k += 1
    return k


@njit(cache=True, nogil=True)
def _followed(total: int, count: int, mapped: int) -> tuple[int, int]:
    """The sum and number behind the mean after one more value; a jump says little of what comes behind it."""
    total += min((mapped + 1) >> 1, 8 * (total // count + 1))
    count += 1
    return (total, count) if count < RESET else ((total + 1) >> 1, count >> 1)


@njit(cache=True, nogil=True)
def _pack(values: I64, weight: int, out: U8) -> int:
    """Write what is left of each value from the third on; gives the number of bytes."""
    total, count, at = 4, 1, 0
    for i in range(2, values.shape[0]):
        left = _left(values, i, weight)
        # Zigzag: 0, -1, 1, -2 … become 0, 1, 2, 3 …
        mapped = left << 1 if left >= 0 else ~(left << 1)
        k = _parameter(total, count)
        ones = mapped >> k
        if ones < LONG:
            at = _put_ones(out, at, ones)
            at = _put_bits(out, at, 0, 1)
            at = _put_bits(out, at, mapped, k)
        else:
            width = 0
            while mapped >> width:
                width += 1
            at = _put_ones(out, at, LONG)
            at = _put_bits(out, at, width, 6)
            at = _put_bits(out, at, mapped, width)
        total, count = _followed(total, count, mapped)
    return (at + 7) >> 3


@njit(cache=True, nogil=True)
def _put_ones(out: U8, at: int, number: int) -> int:
    for _ in range(number):
        at = _put_bits(out, at, 1, 1)
    return at


@njit(cache=True, nogil=True)
def _put_bits(out: U8, at: int, value: int, width: int) -> int:
    """Append the low ``width`` bits, the highest first, from bit ``at`` on; gives where the next one goes."""
    while width:
        if at & 7 == 0:
            out[at >> 3] = 0
        room = 8 - (at & 7)
        some = min(room, width)
        piece = (value >> (width - some)) & ((1 << some) - 1)
        out[at >> 3] |= np.uint8(piece << (room - some))
        at += some
        width -= some
    return at


@njit(cache=True, nogil=True)
def _bits(packed: U8, at: int, width: int) -> int:
    """The ``width`` bits from bit ``at`` on; what lies behind the end is 0."""
    value = 0
    while width:
        byte = int(packed[at >> 3]) if at >> 3 < packed.shape[0] else 0
        room = 8 - (at & 7)
        some = min(room, width)
        value = (value << some) | ((byte >> (room - some)) & ((1 << some) - 1))
        at += some
        width -= some
    return value


@njit(cache=True, nogil=True)
def _unpack(packed: U8, weight: int, is_foretold: bool, values: I64) -> bool:
    """Fill in the values from the third on; whether the stream was as long as it should be."""
    total, count, at = 4, 1, 0
    end = packed.shape[0] << 3
    for i in range(2, values.shape[0]):
        left = 0
        if not is_foretold:
            k = _parameter(total, count)
            ones = 0
            while ones < LONG and at < end and (packed[at >> 3] >> (7 - (at & 7))) & 1:
                ones += 1
                at += 1
            if ones < LONG:
                mapped = (ones << k) | _bits(packed, at + 1, k)
                at += 1 + k
            else:
                width = _bits(packed, at, 6)
                mapped = _bits(packed, at + 6, width)
                at += 6 + width
            if at > end:
                return False
            left = mapped >> 1 if mapped & 1 == 0 else ~(mapped >> 1)
            total, count = _followed(total, count, mapped)
        step = values[i - 1] - values[i - 2]
        values[i] = values[i - 1] + ((step * weight) >> 2) + left
    return end - at < 8
