"""What a file is by its bytes, whatever it is called, and what a picture says of itself."""

from __future__ import annotations

import io
import math
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["IMAGES", "KINDS", "Content", "check_start", "content_of", "public_copy"]

IMAGES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
KINDS = "JPEG, PNG, WebP, PDF, GPX, DOCX, XLSX, ZIP, MP4"

OFFICE = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_PIXELS = 80_000_000
PUBLIC_SIDE_PX = 1_600
EXIF_TEXT = 200  # characters of one value that are kept


@dataclass(frozen=True, slots=True)
class Content:
    """What a file is: media type, and of a picture its size in pixels and its EXIF as JSON."""

    type: str
    width: int | None = None
    height: int | None = None
    exif: dict[str, Any] = field(default_factory=dict)


def check_start(start: bytes) -> str:
    """A first guess of the media type by a file's first 16 bytes or more; Refusal when it is none we keep."""
    if start.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    if start.startswith(b"%PDF-"):
        return "application/pdf"
    if start.startswith(b"PK\x03\x04"):
        return "application/zip"
    if start[4:8] == b"ftyp" and start[8:12] not in (b"heic", b"heix", b"mif1", b"msf1", b"avif"):
        return "video/mp4"
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return "application/gpx+xml"
    raise _unknown()


def _unknown() -> Refusal:
    message = _("This kind of file is not taken. Taken are: %(kinds)s.")
    return Refusal("files.type", message, {"file": message}, kinds=KINDS)


def content_of(path: Path) -> Content:
    """What the whole file at ``path`` is; Refusal ``files.type`` or ``files.broken``."""
    with path.open("rb") as file:
        guess = check_start(file.read(64))
    if guess.startswith("image/"):
        return _picture(path)
    if guess == "application/zip":
        return Content(_zip_type(path))
    if guess == "application/gpx+xml":
        _check_gpx(path)
    return Content(guess)


def _broken() -> Refusal:
    message = _("The file is damaged: it cannot be read to its end.")
    return Refusal("files.broken", message, {"file": message})


def _picture(path: Path) -> Content:
    try:
        with Image.open(path, formats=tuple(IMAGES)) as image:
            kind, (width, height) = IMAGES[str(image.format)], image.size
            if width * height > MOST_PIXELS:
                message = _("The picture has too many pixels.")
                raise Refusal("files.pixels", message, {"file": message})
            exif = _exif(image)
            image.load()
    except (UnidentifiedImageError, Image.DecompressionBombError):
        raise _unknown() from None
    except (OSError, SyntaxError, ValueError):
        raise _broken() from None
    return Content(kind, width, height, exif)


def _exif(image: Image.Image) -> dict[str, Any]:
    try:
        found = image.getexif()
        tags = {ExifTags.TAGS.get(key, str(key)): value for key, value in found.items()}
        for directory in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):
            names = ExifTags.GPSTAGS if directory == ExifTags.IFD.GPSInfo else ExifTags.TAGS
            tags |= {names.get(key, str(key)): value for key, value in found.get_ifd(directory).items()}
    except Exception:
        return {}
    plain = {name: _plain(value) for name, value in tags.items()}
    return {name: value for name, value in plain.items() if value is not None}


def _plain(value: Any) -> Any:
    """A value that JSON and both databases can hold; None for what they cannot."""
    if isinstance(value, bytes):
        value = value.decode("ascii", "ignore")
    if isinstance(value, str):
        return value.replace("\x00", "").strip()[:EXIF_TEXT] or None
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value][:16]
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _zip_type(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise _broken() from None
    return next((kind for part, kind in OFFICE.items() if part in names), "application/zip")


def _check_gpx(path: Path) -> None:
    try:
        root = next(iter(ElementTree.iterparse(path, events=("start",), forbid_dtd=True)))[1]
    except DefusedXmlException:
        message = _("The file declares a document type (DTD), which is not taken.")
        raise Refusal("files.dtd", message, {"file": message}) from None
    except (ElementTree.ParseError, StopIteration, ValueError):
        raise _unknown() from None
    if root.tag.rpartition("}")[2] != "gpx":
        raise _unknown()


def public_copy(path: Path) -> bytes:
    """A JPEG of the picture at ``path`` and nothing else: upright, at most 1,600 pixels a side."""
    with Image.open(path, formats=tuple(IMAGES)) as image:
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((PUBLIC_SIDE_PX, PUBLIC_SIDE_PX))
        bare = Image.new("RGB", upright.size, "white")
        rgba = upright.convert("RGBA")
        bare.paste(rgba, mask=rgba.getchannel("A"))
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()
