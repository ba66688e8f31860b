"""Files come in parts, are checked by their content, and are kept under their digest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import partial
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from shanhe.ground.audit import ledger
from shanhe.ground.documents import store
from shanhe.ground.documents.bare import bare_picture
from shanhe.ground.documents.content import IMAGES, Content, check_start, content_of, public_copy
from shanhe.ground.documents.models import StoredFile
from shanhe.ground.documents.queries import Limits, limits_for
from shanhe.ground.people.scope import Actor
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = [
    "Binding",
    "Part",
    "Put",
    "State",
    "check_size",
    "file_put",
    "incomplete_sweep",
    "pictures_strip",
    "public_copy_of",
    "purge_simulated",
]

_OTHER = _("Another file is known under this number.")


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of a file from ``offset`` on, and its announced size; empty bytes ask how far it has come."""

    offset: int
    size: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Binding:
    """What the file is called and which record it belongs to ("" and None: not known yet)."""

    name: str = ""
    record_type: str = ""
    record_uuid: UUID | None = None


class State(Enum):
    """How a file stands after a part came in."""

    INCOMPLETE = "incomplete"
    STORED = "stored"  # whole by this part
    KNOWN = "known"  # whole before


@dataclass(frozen=True, slots=True)
class Put:
    """The file, and how it stands; ``file.received`` is the offset the next part begins at."""

    file: StoredFile
    state: State


def file_put(*, uuid: UUID, part: Part, by: Actor, at: datetime, binding: Binding | None = None) -> Put:
    """Take a part of the file ``uuid``; sent again it changes nothing.

    A part behind a hole is not taken: the answer says where to go on. Refusals: ``files.empty``,
    ``files.too_large`` (413, before anything is kept), ``files.range``, ``files.type`` and ``files.broken``
    by content, ``files.known`` (409) on other bytes, another size or another sender under a known uuid.
    """
    _check_part(part, by, at)
    try:
        return _taken(uuid, part, by, at, binding or Binding())
    except Refusal as refusal:
        if refusal.code in _SPOILT:
            _forget(uuid)
        raise


_SPOILT = frozenset({"files.type", "files.broken", "files.pixels", "files.dtd"})


def _check_part(part: Part, by: Actor, at: datetime) -> None:
    if part.size <= 0:
        message = _("The file is empty.")
        raise Refusal("files.empty", message, {"file": message})
    if not 0 <= part.offset <= part.offset + len(part.content) <= part.size:
        message = _("The part does not lie within the file.")
        raise Refusal("files.range", message, {"Content-Range": message})
    limits = check_size(size=part.size, by=by, at=at)
    is_start = part.offset == 0 and len(part.content) >= min(16, part.size)
    if is_start and check_start(part.content[:64]) in IMAGES.values():
        _check_size(part.size, limits["photo_bytes"])


def check_size(*, size: int, by: Actor, at: datetime) -> Limits:
    """Refusal ``files.too_large`` (413) on an announced size beyond the sender's limit; gives the limits."""
    limits = limits_for(by.scope, timezone.localtime(at).date())
    _check_size(size, limits["max_bytes"])
    return limits


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        message = _("The file is too large: %(given)s MB; at most %(limit)s MB are taken.")
        raise Refusal(
            "files.too_large",
            message,
            {"file": message},
            status=413,
            given=f"{size / 1_048_576:.0f}",
            limit=f"{limit / 1_048_576:.0f}",
        )


@ledger.atomic
def _taken(uuid: UUID, part: Part, by: Actor, at: datetime, binding: Binding) -> Put:
    file = _begun(uuid, part, by, at, binding)
    if file.uploaded_by_id != by.user_id or file.size != part.size:
        raise _known()
    if file.sha256:
        _check_same(store.whole(file.sha256), part, len(part.content))
        return Put(file, State.KNOWN)
    known = max(0, min(file.received - part.offset, len(part.content)))
    _check_same(store.part_of(uuid), part, known)
    if part.offset <= file.received and len(part.content) > known:
        store.append(uuid, file.received, part.content[known:])
        file.received += len(part.content) - known
        file.save(update_fields=["received"])
    if file.received < file.size:
        return Put(file, State.INCOMPLETE)
    _complete(file, by, at)
    return Put(file, State.STORED)


def _begun(uuid: UUID, part: Part, by: Actor, at: datetime, binding: Binding) -> StoredFile:
    """The row, locked; made by the first part. Two first parts at once: the unique uuid settles it."""
    StoredFile.objects.bulk_create(
        [
            StoredFile(
                uuid=uuid,
                size=part.size,
                uploaded_by_id=by.user_id or 0,
                created_at=at,
                name=_plain_name(binding.name),
                record_type=binding.record_type[:40],
                record_uuid=binding.record_uuid,
            )
        ],
        ignore_conflicts=True,
    )
    file = StoredFile.objects.select_for_update().get(uuid=uuid)
    if file.record_uuid is None and binding.record_uuid is not None and file.uploaded_by_id == by.user_id:
        file.record_type, file.record_uuid = binding.record_type[:40], binding.record_uuid
        file.save(update_fields=["record_type", "record_uuid"])
    return file


def _plain_name(name: str) -> str:
    """The last piece of a path, without what no file name holds."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[:200]


def _check_same(path: Path, part: Part, count: int) -> None:
    if count and not store.same_bytes(path, part.offset, part.content[:count]):
        raise _known()


def _known() -> Refusal:
    return Refusal("files.known", _OTHER, {"uuid": _OTHER}, status=409)


def _complete(file: StoredFile, by: Actor, at: datetime) -> None:
    path = store.part_of(file.uuid)
    content: Content = content_of(path)
    file.sha256 = store.digest_of(path)
    file.content_type = content.type
    file.width, file.height, file.exif = content.width, content.height, content.exif
    file.completed_at = at
    store.keep(file.uuid, file.sha256)
    file.save()
    transaction.on_commit(partial(store.forget_part, file.uuid))
    ledger.record(
        "file.store",
        file,
        by=by,
        at=at,
        sha256=file.sha256,
        size=file.size,
        type=file.content_type,
        record_type=file.record_type,
        record=file.record_uuid,
    )


def _forget(uuid: UUID) -> None:
    """What cannot be kept leaves nothing behind: the number is free again."""
    StoredFile.objects.filter(uuid=uuid, sha256="").delete()
    store.forget_part(uuid)


def public_copy_of(*, file: StoredFile) -> Path:
    """The picture without EXIF, upright and smaller, made when first asked for; Refusal for other files."""
    if file.content_type not in IMAGES.values():
        raise Refusal("files.no_copy", _("Only pictures have a copy for the public."), status=404)
    path = store.public_path(file.sha256)
    return path if path.exists() else store.write_public(file.sha256, public_copy(store.whole(file.sha256)))


@ledger.atomic
def pictures_strip(
    *, record_type: str, record_uuids: Iterable[UUID], by: Actor | None, at: datetime
) -> Counter[UUID]:
    """Take place, time and device out of the pictures of some records; gives how many of each record.

    What is seen stays, pixel for pixel; the file has another digest afterwards, and the ledger both. A
    picture that cannot be taken apart is replaced by its copy for the public. Files that are gone are passed
    over.
    """
    pictures = StoredFile.objects.filter(
        record_type=record_type, record_uuid__in=list(record_uuids), content_type__in=IMAGES.values()
    )
    stripped: Counter[UUID] = Counter()
    for file in pictures.exclude(sha256="").select_for_update():
        path = store.whole(file.sha256)
        if not path.exists() or file.record_uuid is None:
            continue
        content = bare_picture(path.read_bytes()) or public_copy(path)
        was, file.sha256 = file.sha256, store.keep_content(content)
        if file.sha256 == was and not file.exif:
            continue
        file.size = file.received = len(content)
        file.exif = {}
        file.save(update_fields=["sha256", "size", "received", "exif"])
        stripped[file.record_uuid] += 1
        transaction.on_commit(partial(_forget_unnamed, was))
        ledger.record("file.strip", file, by=by, at=at, sha256=file.sha256, from_sha256=was)
    return stripped


def _forget_unnamed(sha256: str) -> None:
    """Delete a whole file that no row names any more."""
    if not StoredFile.objects.filter(sha256=sha256).exists():
        store.remove(sha256)


@ledger.atomic
def incomplete_sweep(*, before: datetime, by: Actor | None, at: datetime) -> int:
    """Give up files that were begun before a moment and never came whole; how many."""
    given_up = list(StoredFile.objects.filter(sha256="", created_at__lt=before))
    for file in given_up:
        ledger.record("file.give_up", file, by=by, at=at, received=file.received, size=file.size)
        transaction.on_commit(partial(store.forget_part, file.uuid))
    StoredFile.objects.filter(pk__in=[file.pk for file in given_up]).delete()
    return len(given_up)


@ledger.atomic
def purge_simulated(*, by: Actor, at: datetime) -> int:
    """Delete the files that simulated accounts sent; how many. Bytes that a real file shares stay."""
    found = StoredFile.objects.filter(uploaded_by__is_simulated=True)
    digests = set(found.exclude(sha256="").values_list("sha256", flat=True))
    uuids = list(found.values_list("uuid", flat=True))
    found.delete()
    shared = set(StoredFile.objects.filter(sha256__in=digests).values_list("sha256", flat=True))
    for uuid in uuids:
        transaction.on_commit(partial(store.forget_part, uuid))
    for digest in digests - shared:
        transaction.on_commit(partial(store.remove, digest))
    ledger.record("documents.purge", ("documents", "simulated"), by=by, at=at, records=len(uuids))
    return len(uuids)
