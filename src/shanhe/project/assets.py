"""Addresses of static files carry a digest of their content: an upgrade reaches every browser at once.

Why not Django's manifest storage: docs/decisions/0008-static-addresses-by-query.md.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage

__all__ = ["VersionedStaticFiles"]


class VersionedStaticFiles(StaticFilesStorage):
    """``office.js`` becomes ``/static/shanhe/office.js?v=5f3a…``; what no file bears stays as it is."""

    def url(self, name: str | None) -> str:
        """The address of a static file."""
        address = super().url(name)
        version = _version(name or "")
        return f"{address}?v={version}" if version else address


def _version(name: str) -> str:
    # While somebody works on the front end files change under a running server; elsewhere they do not.
    return _read(name) if settings.DEBUG else _known(name)


@cache
def _known(name: str) -> str:
    return _read(name)


def _read(name: str) -> str:
    found = finders.find(name)
    if not found or isinstance(found, list):
        return ""
    return hashlib.sha256(Path(found).read_bytes()).hexdigest()[:12]
