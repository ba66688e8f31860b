"""Reads about files; the scope comes first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from shanhe.ground.documents.models import StoredFile
from shanhe.ground.documents.readers import may_read_record
from shanhe.ground.people.models import Person
from shanhe.ground.people.scope import Scope
from shanhe.ground.policies.queries import policy_for

__all__ = ["Limits", "file_in", "files_of_records", "limits_for"]

MAX_BYTES = 100 * 1024 * 1024  # where no policy says otherwise
PHOTO_BYTES = 20 * 1024 * 1024


class Limits(dict[str, int]):
    """``max_bytes`` of any file and ``photo_bytes`` of a picture."""


def limits_for(scope: Scope, on: date) -> Limits:
    """How large a file the sender may send: policy ``files.limits`` of the place the person belongs to."""
    own = Person.objects.filter(pk=scope.person_id or 0)
    found = own.values_list("division_id", flat=True).first()
    policy = policy_for("files.limits", found or "", on=on)
    return Limits({"max_bytes": MAX_BYTES, "photo_bytes": PHOTO_BYTES, **(policy.value if policy else {})})


def file_in(scope: Scope, uuid: UUID) -> StoredFile:
    """The whole file of that uuid; StoredFile.DoesNotExist when it is incomplete, or not the scope's to read.

    The uploader reads it, the administrator, and whoever may read the record it is bound to.
    """
    file = StoredFile.objects.exclude(sha256="").get(uuid=uuid)
    is_own = scope.user_id is not None and file.uploaded_by_id == scope.user_id
    if is_own or scope.is_administrator:
        return file
    if file.record_uuid is not None and may_read_record(scope, file.record_type, file.record_uuid):
        return file
    raise StoredFile.DoesNotExist


def files_of_records(record_type: str, record_uuids: Iterable[UUID]) -> QuerySet[StoredFile]:
    """The whole files bound to records that the caller has scoped already."""
    return StoredFile.objects.filter(record_type=record_type, record_uuid__in=list(record_uuids)).exclude(
        sha256=""
    )
