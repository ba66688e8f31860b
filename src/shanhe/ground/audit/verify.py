"""Walking the whole ledger: does every record stand where it was written, and say what it said?

Three things bind a record: its leaf binds the content, the chain binds the order, a published root binds both
to something that left the house. The walk names the first record at which one of them fails, and how.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Literal, NamedTuple

from django.db import connection

from shanhe.ground.audit.content import content_text
from shanhe.ground.audit.models import DayRoot, Event, Head
from shanhe.ground.audit.queries import published
from shanhe.ground.audit.services import PUBLISHED, told
from shanhe.kernel.chain.canonical import canonical_text
from shanhe.kernel.chain.links import GENESIS, SALT_BYTES
from shanhe.kernel.chain.merkle import Frontier
from shanhe.kernel.chain.proof import PublishedRoot

__all__ = ["Broken", "Step", "first_broken", "verify"]

#: changed: content or hashes altered
#: missing: taken out, with or without renumbering
#: inserted: put in between or behind the end
#: reordered: stands in another's place
#: cut: the end is gone
#: rewritten: consistent in itself, but not what was published
#: head: the row that says where the chain ends is wrong
#: root: a published day's row is gone, altered, or was never published
Fault = Literal["changed", "missing", "inserted", "reordered", "cut", "rewritten", "head", "root"]

_CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Broken:
    """The first record that fails; with ``rewritten`` it is one of ``seq`` … ``last_seq``, the day's."""

    seq: int
    fault: Fault
    day: date | None = None
    last_seq: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """So many of ``total`` records are walked; ``broken`` comes with the last step, if at all."""

    done: int
    total: int
    broken: Broken | None = None


class _Row(NamedTuple):
    """An event as the database holds it; ``at`` and ``data`` as text."""

    seq: int
    at: str
    action: str
    object_type: str
    object_id: str
    user_id: int | None
    person_id: int | None
    via: str
    data: str
    request_id: str
    salt: bytes
    leaf: bytes
    previous: bytes
    hash: bytes


def first_broken(published_roots: Iterable[PublishedRoot] = ()) -> Broken | None:
    """As ``verify``, for those who do not watch."""
    return [step.broken for step in verify(published_roots)][-1]


def verify(published_roots: Iterable[PublishedRoot] = ()) -> Iterator[Step]:
    """Walk the ledger from the first record to the last, a step a chunk; stop at the first broken record.

    ``published_roots`` are roots as they were published, kept outside the database: who can rewrite the
    ledger can rewrite its table of roots too. Records that are appended meanwhile are walked as well.
    """
    rows = [published(row) for row in DayRoot.objects.order_by("day")]
    walk = _Walk(rows, _Anchors([*rows, *published_roots]))
    total = _head()[0]
    while True:
        chunk = _read(walk.seq)
        broken = walk.chunk(chunk)
        size, link = _head()  # after the rows: a head that was read later is never behind them
        total = max(total, size)
        if broken is None and len(chunk) < _CHUNK and size <= walk.seq:
            yield Step(walk.seq, total, walk.end(size, link))
            return
        if broken is None and not chunk:
            broken = Broken(walk.seq + 1, "cut")
        yield Step(walk.seq, total, broken)
        if broken is not None:
            return


@dataclass(slots=True)
class _Walk:
    """How far we came, and what the next record must say."""

    days: list[PublishedRoot]
    anchors: _Anchors
    seq: int = 0
    link: bytes = GENESIS
    before: bytes = GENESIS  # the link before that
    told: dict[str, tuple[int, str]] = field(default_factory=dict)  # day → (seq, data) of its publishing

    def chunk(self, rows: Sequence[_Row]) -> Broken | None:
        """Walk on over ``rows``; the chain first, then the roots whose days end among them."""
        start, links, leaves = self.seq, [self.link], []
        bad = None
        for row in rows:
            if not _fits(row, self.seq + 1, self.link):
                bad = row
                break
            self.seq, self.before, self.link = row.seq, self.link, row.hash
            links.append(row.hash)
            leaves.append(row.leaf)
            if row.action == PUBLISHED:
                self.told[row.object_id] = (row.seq, row.data)
        broken = self.anchors.check(start, links, leaves)
        return broken if broken or bad is None else _diagnose(bad, self.seq + 1, self.link)

    def end(self, size: int, link: bytes) -> Broken | None:
        """What is still to be said when the rows are at an end: about the head, and the days."""
        if size < self.seq:
            return Broken(size + 1, "inserted")
        if self.anchors.furthest > self.seq:
            return Broken(self.seq + 1, "cut")
        if link != self.link:
            return Broken(self.seq, "head")
        return self._days()

    def _days(self) -> Broken | None:
        """Each day's row against the event of its publishing."""
        rows = {row.day.isoformat(): published(row) for row in DayRoot.objects.order_by("day")}
        for day, (seq, data) in self.told.items():
            row = rows.get(day)
            if row is None or data != canonical_text(told(row)):
                return Broken(seq, "root", date.fromisoformat(day))
        forged = (row for row in self.days if row.day.isoformat() not in self.told)
        return next((Broken(row.first_seq, "root", row.day) for row in forged), None)


class _Anchors:
    """Roots to be met on the way, from the table of days and from outside; each range is computed once."""

    def __init__(self, roots: Sequence[PublishedRoot]) -> None:
        self._open = sorted(roots, key=lambda root: root.last_seq)
        self._trees = {(root.first_seq, root.size): Frontier() for root in roots}
        self.furthest = max((root.last_seq for root in roots), default=0)

    def check(self, start: int, links: Sequence[bytes], leaves: Sequence[bytes]) -> Broken | None:
        """Take in the ``leaves`` after record ``start``; ``links`` are the hashes from ``start`` on."""
        end = start + len(leaves)
        for (first, size), tree in self._trees.items():
            if first <= end and start < first + size - 1:
                tree.extend(leaves[max(first - start - 1, 0) : first + size - 1 - start])
        while self._open and self._open[0].last_seq <= end:
            root = self._open.pop(0)
            met = self._trees[root.first_seq, root.size].root()
            if met != root.root or links[root.last_seq - start] != root.head:
                return Broken(root.first_seq, "rewritten", root.day, root.last_seq)
        return None


def _fits(row: _Row, seq: int, link: bytes) -> bool:
    """Whether ``row`` is record ``seq`` after ``link``, and says what it said."""
    if row.seq != seq or row.previous != link or _leaf(row, seq) != row.leaf:
        return False
    return sha256(b"\x02" + link + row.leaf).digest() == row.hash


def _leaf(row: _Row, seq: int) -> bytes | None:
    """The leaf hash of the row's content as record ``seq``; None when a column has an impossible type."""
    try:
        if len(row.salt) != SALT_BYTES:
            return None
        return sha256(b"\x00" + row.salt + content_text(seq, *row[1:10]).encode()).digest()
    except (TypeError, ValueError):
        return None


def _diagnose(row: _Row, seq: int, link: bytes) -> Broken:
    """Why ``row``, the next one found, does not fit as record ``seq`` after ``link``.

    A leaf binds its own number, so that a record that was moved still tells where it belongs.
    """
    if row.seq > seq:
        return Broken(seq, "missing")
    if row.seq < seq:
        return Broken(row.seq, "inserted")
    if _stands_twice(row):
        return Broken(seq, "inserted")
    belongs = _true_seq(row)
    if belongs is not None and belongs < seq:
        return Broken(belongs, "inserted")  # record number ``belongs`` was pushed down to here
    elsewhere = _another_follows(link, seq)
    if belongs is not None and belongs > seq:
        return Broken(seq, "reordered" if elsewhere or row.previous == link else "missing")
    if elsewhere:
        return Broken(seq, "inserted")
    follows_itself = sha256(b"\x02" + row.previous + row.leaf).digest() == row.hash
    if belongs == seq and follows_itself and seq > 1:
        return Broken(seq - 1, "changed")  # this one is whole: the one before was forged with all its hashes
    return Broken(seq, "changed")


def _true_seq(row: _Row) -> int | None:
    """The number under which the row's content has the row's leaf. None: under none."""
    near = (row.seq, row.seq - 1, row.seq + 1)
    last = max(_head()[0], row.seq)
    return next((seq for seq in (*near, *range(1, last + 1)) if _leaf(row, seq) == row.leaf), None)


def _stands_twice(row: _Row) -> bool:
    return Event.objects.filter(hash=row.hash).exclude(seq=row.seq).exists()


def _another_follows(link: bytes, seq: int) -> bool:
    return Event.objects.filter(previous=link).exclude(seq=seq).exists()


def _head() -> tuple[int, bytes]:
    head = Head.objects.filter(pk=1).first()
    return (head.size, bytes(head.hash)) if head else (0, GENESIS)


#: Moments as the leaf spells them. SQLite holds them as text, without the fraction when it is zero.
_AT = {
    "sqlite": "replace(substr(CAST(at AS TEXT) || '.000000', 1, 26), ' ', 'T') || 'Z'",
    "postgresql": """to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
}


def _read(after: int) -> list[_Row]:
    """The next rows after record ``after``, by number; at the beginning also what stands before 1."""
    at = _AT[connection.vendor]
    columns = ", ".join(at if name == "at" else f'"{name}"' for name in _Row._fields)
    where = f"seq > {int(after)}" if after else "TRUE"
    query = f"SELECT {columns} FROM audit_event WHERE {where} ORDER BY seq LIMIT {_CHUNK}"  # noqa: S608 - ours
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [_Row._make(row) for row in cursor.fetchall()]
