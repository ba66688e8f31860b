"""Uploads that are read once and never touch the disk."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["content", "in_memory", "too_large"]

#: Of a body that is too large, so much is still read and thrown away: a browser that is cut off in the middle
#: of sending shows its own error page instead of our answer.
MOST_DRAINED = 512 * 1024 * 1024
CHUNK = 256 * 1024


class InMemory(MemoryFileUploadHandler):
    """Keeps every part in memory, however large; the body as a whole was bounded before."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        """Always on: Django's own hands larger files to one that writes to disk."""
        self.activated = True


def in_memory(request: HttpRequest, most_bytes: int) -> None:
    """Bound the body of a form that nobody has read yet, and keep its files in memory.

    Must come before anything looks at ``request.POST``, so the view is exempt from Django's CSRF check, which
    does. Refusals: ``file.too_large`` (413), ``form.unreadable`` (400).
    """
    size = _size(request)
    if size > most_bytes:
        _drain(request, size)
        raise too_large(size, most_bytes)
    request.upload_handlers = [InMemory(request)]
    try:
        request.POST  # noqa: B018  reads the body
    except RequestDataTooBig:  # text typed into a field, not a file
        raise too_large(size, settings.DATA_UPLOAD_MAX_MEMORY_SIZE or most_bytes) from None
    except MultiPartParserError:
        raise Refusal("form.unreadable", _("This request could not be understood."), status=400) from None


def content(file: Any) -> bytes:
    """The bytes of an uploaded file."""
    return bytes(file.read()) if isinstance(file, UploadedFile) else b""


def too_large(size: int, most_bytes: int, field: str = "file") -> Refusal:
    """What is said of a file (or body) of ``size`` bytes where ``most_bytes`` can be read."""
    return Refusal(
        "file.too_large",
        _("The file has %(size_mb)d MB; at most %(most_mb)d MB can be read."),
        fields={field: _("It is too large.")},
        status=413,
        size_mb=max(size // 1_000_000, most_bytes // 1_000_000 + 1),
        most_mb=most_bytes // 1_000_000,
    )


def _size(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _drain(request: HttpRequest, size: int) -> None:
    left = min(size, MOST_DRAINED)
    while left > 0:
        read = len(request.read(min(CHUNK, left)))
        if not read:
            return
        left -= read
