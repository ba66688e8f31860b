"""Where the bytes lie: parts on their way in, whole files by their SHA-256, public copies apart."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from uuid import UUID

from django.conf import settings

__all__ = [
    "append",
    "digest_of",
    "forget_part",
    "keep",
    "keep_content",
    "part_of",
    "public_path",
    "remove",
    "same_bytes",
    "whole",
    "write_public",
]

_CHUNK = 1024 * 1024


def _home() -> Path:
    return Path(settings.DATA_DIR) / "files"


def part_of(uuid: UUID) -> Path:
    """Where a file lies while it is incomplete."""
    return _home() / "incoming" / f"{uuid}.part"


def whole(sha256: str) -> Path:
    """Where the whole file of that digest lies."""
    return _home() / sha256[:2] / sha256[2:4] / sha256


def public_path(sha256: str) -> Path:
    """Where the copy for the public lies."""
    return _home() / "public" / sha256[:2] / f"{sha256}.jpg"


def append(uuid: UUID, offset: int, part: bytes) -> None:
    """Write a part at ``offset`` and cut off what stood behind: the database knows what is good."""
    path = part_of(uuid)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        file.truncate(offset)
        file.seek(offset)
        file.write(part)
        file.flush()
        os.fsync(file.fileno())


def same_bytes(path: Path, offset: int, part: bytes) -> bool:
    """Whether the file has these bytes at ``offset``."""
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(len(part)) == part


def digest_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def keep(uuid: UUID, sha256: str) -> Path:
    """Put the whole file under its digest. The part stays until the transaction has ended well."""
    path = whole(sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with (
            tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as copy,
            part_of(uuid).open("rb") as file,
        ):
            shutil.copyfileobj(file, copy, _CHUNK)
            copy.flush()
            os.fsync(copy.fileno())
        os.replace(copy.name, path)
        _settle(path.parent)
    return path


def keep_content(content: bytes) -> str:
    """Put a whole file under its digest, and give that."""
    digest = hashlib.sha256(content).hexdigest()
    path = whole(digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as copy:
            copy.write(content)
            copy.flush()
            os.fsync(copy.fileno())
        os.replace(copy.name, path)
        _settle(path.parent)
    return digest


def write_public(sha256: str, content: bytes) -> Path:
    """Keep the copy for the public; whoever comes second writes the same."""
    path = public_path(sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as copy:
        copy.write(content)
        copy.flush()
        os.fsync(copy.fileno())
    os.replace(copy.name, path)
    return path


def forget_part(uuid: UUID) -> None:
    """Delete what came of an incomplete file."""
    part_of(uuid).unlink(missing_ok=True)


def remove(sha256: str) -> None:
    """Delete a whole file and its copy."""
    whole(sha256).unlink(missing_ok=True)
    public_path(sha256).unlink(missing_ok=True)


def _settle(folder: Path) -> None:
    """Make the new name survive a power cut; Windows keeps names by itself."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
