"""Tiles that were made before, compressed, as files of the data directory.

Far-out tiles hold thousands of lines and take a tenth of a second to make; everybody asks for the same ones.
A new shape anywhere gives all tiles a new version; the old ones are thrown away when the next is kept.
"""

from __future__ import annotations

import gzip
import os
import shutil
import uuid
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from shanhe.kernel.geo.tiles import Tile

__all__ = ["MOST_KEPT_ZOOM", "tile_keep", "tile_kept"]

MOST_KEPT_ZOOM = 11  # closer in there are too many, and each is made in milliseconds
KEPT_FOR = timedelta(hours=1)  # a name may change without a new shape


def tile_kept(layer: str, tile: Tile, version: str, at: datetime) -> bytes | None:
    """The tile, gzipped, if it was made within the hour for this version; None else."""
    path = _path(layer, tile, version)
    try:
        if at.timestamp() - path.stat().st_mtime > KEPT_FOR.total_seconds():
            return None
        return path.read_bytes()
    except OSError:
        return None


def tile_keep(layer: str, tile: Tile, version: str, content: bytes, at: datetime) -> bytes:
    """Compress the tile and keep it if it is worth keeping; the compressed bytes. A full disk is no reason to
    show no map.
    """
    packed = gzip.compress(content, 5, mtime=0)
    if tile.z <= MOST_KEPT_ZOOM:
        try:
            _write(_path(layer, tile, version), packed, at)
            _forget_others(version)
        except OSError:
            pass
    return packed


def _write(path: Path, packed: bytes, at: datetime) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    fresh.write_bytes(packed)
    os.utime(fresh, (at.timestamp(), at.timestamp()))
    fresh.replace(path)


def _forget_others(version: str) -> None:
    for folder in _folder().iterdir():
        if folder.name != version:
            shutil.rmtree(folder, ignore_errors=True)


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "tiles"


def _path(layer: str, tile: Tile, version: str) -> Path:
    return _folder() / version / layer / str(tile.z) / str(tile.x) / f"{tile.y}.gz"
