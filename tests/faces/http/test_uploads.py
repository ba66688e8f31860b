"""Uploads in memory: bounded before they are read, and what cannot be read is said so."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile
from django.test import RequestFactory

from shanhe.faces.http.uploads import content, in_memory
from shanhe.kernel.errors import Refusal

MULTIPART = "multipart/form-data; boundary=x"


def posted(size: int, **fields):
    return RequestFactory().post("/", {"file": SimpleUploadedFile("a.gpx", b"x" * size), **fields})


def refused(request, most: int) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        in_memory(request, most)
    return refusal.value


def test_a_file_stays_in_memory_however_large(settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10
    request = posted(5_000)
    in_memory(request, 10_000)
    file = request.FILES["file"]
    assert isinstance(file, InMemoryUploadedFile)
    assert content(file) == b"x" * 5_000


def test_a_body_beyond_the_bound_is_refused_with_both_sizes():
    refusal = refused(posted(3_000_000), 1_000_000)
    assert (refusal.code, refusal.status) == ("file.too_large", 413)
    assert refusal.message.params == {"size_mb": 3, "most_mb": 1}


def test_a_little_too_much_is_never_said_to_be_as_much_as_can_be_read():
    assert refused(posted(1_000_000), 1_000_000).message.params["size_mb"] == 2


def test_text_typed_into_a_field_is_bounded_too(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
    refusal = refused(posted(10, area="x" * 1_500_000), 20_000_000)
    assert (refusal.status, refusal.message.params) == (413, {"size_mb": 2, "most_mb": 1})


@pytest.mark.parametrize("kind", [MULTIPART, "multipart/form-data"])
def test_a_form_that_cannot_be_read_is_refused(kind):
    request = RequestFactory().generic("POST", "/", b"--x\r\nContent-Disposition: form", content_type=kind)
    if kind == MULTIPART:
        in_memory(request, 1_000)  # cut off in the middle: nothing was sent, and fields will be missed
        assert not request.POST
        return
    assert refused(request, 1_000).status == 400


def test_a_size_that_is_no_number_counts_as_none():
    request = RequestFactory().generic("POST", "/", b"", content_type=MULTIPART, CONTENT_LENGTH="many")
    in_memory(request, 1_000)
    assert content(request.FILES.get("file")) == b""
