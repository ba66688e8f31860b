"""Forms with a file: one that is far too large is thrown away as it comes in, and what was typed is kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

__all__ = ["files_up_to"]

View = Callable[..., HttpResponse]


class _Bounded(FileUploadHandler):
    """Keeps files in memory up to a size; of a larger one only the size is told (``file.size``)."""

    def __init__(self, request: HttpRequest, most_bytes: int) -> None:
        super().__init__(request)
        self.most_bytes = most_bytes

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.kept = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) <= self.most_bytes:
            self.kept.write(raw_data)
        else:
            self.kept.truncate(0)

    def file_complete(self, file_size: int) -> UploadedFile[Any]:
        self.kept.seek(0)
        return InMemoryUploadedFile(
            self.kept, self.field_name, self.file_name or "", self.content_type or "", file_size, self.charset
        )


def files_up_to(most_bytes: int) -> Callable[[View], View]:
    """A view whose form holds a file of at most ``most_bytes``: more is read and dropped, never on disk.

    The view sees the true ``size`` and has to refuse it. CSRF is checked as everywhere, but only after the
    upload is bounded, for the check reads the body.
    """

    def bounded(view: View) -> View:
        protected = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def reading(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            request.upload_handlers = [_Bounded(request, most_bytes)]
            return protected(request, *args, **kwargs)

        return reading

    return bounded
