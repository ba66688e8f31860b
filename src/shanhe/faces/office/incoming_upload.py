"""Uploads that go to disk piece by piece; of one that is far too large only the size is told."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

__all__ = ["large_file"]

View = Callable[..., HttpResponse]


class _OnDisk(TemporaryFileUploadHandler):
    """Keeps files of up to ``most_bytes`` on disk; what comes beyond is read and dropped."""

    def __init__(self, request: HttpRequest, most_bytes: int) -> None:
        super().__init__(request)
        self.most_bytes = most_bytes

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) <= self.most_bytes:
            self.file.write(raw_data)
        else:
            self.file.truncate(0)

    def file_complete(self, file_size: int) -> UploadedFile[Any]:
        self.file.seek(0)
        self.file.size = file_size
        return self.file


def large_file(most_bytes: int) -> Callable[[View], View]:
    """A view whose form holds one large file. The view sees its true ``size`` and has to refuse it.

    CSRF is checked as everywhere, but only after the upload is bounded, for the check reads the body.
    """

    def bounded(view: View) -> View:
        protected = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def reading(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            request.upload_handlers = [_OnDisk(request, most_bytes)]
            return protected(request, *args, **kwargs)

        return reading

    return bounded
