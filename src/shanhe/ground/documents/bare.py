"""A picture without what its camera wrote into it, pixel for pixel the same.

EXIF, XMP, IPTC and comments go: where and when it was taken, by which device. Which way is up stays, and the
colour profile, without which it would look different.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

__all__ = ["bare_picture"]

_JPEG, _PNG = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"
#: JPEG segments that hold what a picture needs: JFIF, the colour profile, Adobe's colour transform.
_APP0, _APP2, _APP14 = 0xE0, 0xE2, 0xEE
_COMMENT = 0xFE
_START_OF_SCAN = 0xDA
#: PNG chunks with words and EXIF.
_PNG_WORDS = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"})
_WEBP_META = frozenset({b"EXIF", b"XMP "})
_VP8X_EXIF_AND_XMP = 0b00001100


def bare_picture(content: bytes) -> bytes | None:
    """The picture (JPEG, PNG or WebP) without its metadata; None when it is none of them, or damaged."""
    try:
        if content.startswith(_JPEG):
            return _jpeg(content)
        if content.startswith(_PNG):
            return _PNG + b"".join(_png_chunks(content))
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return _webp(content)
    except (struct.error, IndexError, ValueError):
        return None
    return None


def _jpeg(content: bytes) -> bytes:
    kept: list[bytes] = []
    upright, at = b"", 2
    while True:
        if content[at] != 0xFF:
            raise ValueError("no marker where one belongs")
        marker = content[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        (length,) = struct.unpack_from(">H", content, at + 2)
        segment = content[at : at + 2 + length]
        if marker == _START_OF_SCAN:
            return _JPEG + b"".join(kept[:1]) + upright + b"".join(kept[1:]) + content[at:]
        if marker == 0xE1 and segment[4:10] == b"Exif\0\0":
            upright = upright or _orientation_segment(segment[10:])
        elif marker != _COMMENT and (not 0xE0 <= marker <= 0xEF or marker in (_APP0, _APP2, _APP14)):
            kept.append(segment)
        at += 2 + length


def _orientation_segment(tiff: bytes) -> bytes:
    """An EXIF segment with the orientation alone; nothing when there is none, or it says "as it is"."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return b""
    (first,) = struct.unpack_from(order + "I", tiff, 4)
    (count,) = struct.unpack_from(order + "H", tiff, first)
    for entry in range(first + 2, first + 2 + 12 * count, 12):
        tag, _kind, _number, value = struct.unpack_from(order + "HHIH", tiff, entry)
        if tag == 0x0112 and 2 <= value <= 8:
            bare = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, value, 0, 0)
            return b"\xff\xe1" + struct.pack(">H", 8 + len(bare)) + b"Exif\0\0" + bare
    return b""


def _png_chunks(content: bytes) -> Iterator[bytes]:
    at = len(_PNG)
    while at < len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        chunk = content[at : at + 12 + length]
        if len(chunk) < 12 + length or zlib.crc32(chunk[4:-4]) != struct.unpack(">I", chunk[-4:])[0]:
            raise ValueError("a damaged chunk")
        if kind not in _PNG_WORDS:
            yield chunk
        at += 12 + length


def _webp(content: bytes) -> bytes:
    kept, at = [], 12
    while at < len(content):
        kind, length = struct.unpack_from("<4sI", content, at)
        chunk = content[at : at + 8 + length + length % 2]
        if kind == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~_VP8X_EXIF_AND_XMP]) + chunk[9:]
        if kind not in _WEBP_META:
            kept.append(chunk)
        at += 8 + length + length % 2
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body
