"""Tracks are deleted when their retention time is over: figures, digests and proof stay.

How long is a policy of the place (``patrol.track_years``); of several areas the longest counts. An open
matter holds a track back (``safekeeping.holds``). Done batch by batch, each a transaction of its own: what
was interrupted goes on with what is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from shanhe.evidence.patrols.models import Contest, Track, TrackDeletion, TrackPrint, Verdict
from shanhe.ground.audit import ledger
from shanhe.ground.documents.services import pictures_strip
from shanhe.ground.people.scope import Actor
from shanhe.ground.policies.models import Policy
from shanhe.ground.policies.queries import PolicyBook
from shanhe.ground.safekeeping.holds import held_by

__all__ = ["TRACK_YEARS", "Retention", "tracks_delete_due"]

TRACK_YEARS = "patrol.track_years"
DEFAULT_YEARS = 3.0  # where no policy says otherwise
YEAR_DAYS = 365.2425

_BATCH = 200


@dataclass(slots=True)
class Retention:
    """How far a round has come, and what it found."""

    looked_at: int = 0
    total: int = 0  # tracks that are old enough for the shortest policy
    deleted: int = 0  # in a dry run: would be
    pictures: int = 0
    held: Counter[str] = field(default_factory=Counter)  # by reason
    oldest: date | None = None  # day of the oldest patrol whose track goes
    newest: date | None = None


@dataclass(frozen=True, slots=True)
class _Due:
    patrol_id: int
    uuid: UUID
    ended_at: datetime
    years: float


def tracks_delete_due(*, by: Actor | None, at: datetime, is_dry: bool = False) -> Iterator[Retention]:
    """Delete the tracks whose time is over at ``at``, a step a batch; the last step tells the whole.

    With ``is_dry`` nothing is deleted and the steps tell what would be.
    """
    day = timezone.localtime(at, timezone.get_default_timezone()).date()
    book = PolicyBook.load(TRACK_YEARS)
    old = _old_enough(at, day)
    done = Retention(total=old.count())
    yield done
    after = 0
    while True:
        rows = list(
            old.filter(pk__gt=after)
            .order_by("pk")
            .values_list("pk", "patrol__uuid", "patrol__ended_at", "patrol__person__division_id")[:_BATCH]
        )
        if not rows:
            return
        after = rows[-1][0]
        due = _due(rows, book, at, day)
        gone = _without_held(due, at, done) if is_dry else _batch_delete(due=due, by=by, at=at, done=done)
        for one in gone:
            ended_on = timezone.localtime(one.ended_at, timezone.get_default_timezone()).date()
            done.oldest = min(done.oldest or ended_on, ended_on)
            done.newest = max(done.newest or ended_on, ended_on)
        done.deleted += len(gone)
        done.looked_at += len(rows)
        yield done


def _old_enough(at: datetime, day: date) -> QuerySet[Track]:
    """Tracks older than the shortest policy in force asks for: the others need not be looked at."""
    values = Policy.objects.filter(key=TRACK_YEARS, since__lte=day).exclude(until__lte=day)
    least = min([DEFAULT_YEARS, *(float(value) for value in values.values_list("value", flat=True))])
    return Track.objects.filter(patrol__ended_at__lte=at - _years(least))


def _years(years: float) -> timedelta:
    return timedelta(days=years * YEAR_DAYS)


def _due(
    rows: Sequence[tuple[int, UUID, datetime, str]], book: PolicyBook, at: datetime, day: date
) -> list[_Due]:
    """Those whose place asks for no longer time; one query for all areas."""
    places: dict[int, list[tuple[str, str, str]]] = {}
    areas = Verdict.objects.filter(patrol_id__in=[row[0] for row in rows], is_current=True)
    told = areas.values_list("patrol_id", "area__division_id", "area__kind", "area__level")
    for patrol_id, division, kind, level in told.order_by():
        places.setdefault(patrol_id, []).append((division, kind, level))
    found = []
    for patrol_id, uuid, ended_at, division in rows:
        years = max(
            float(book.value(TRACK_YEARS, *place, day, DEFAULT_YEARS))
            for place in places.get(patrol_id, [(division, "", "")])
        )
        if ended_at <= at - _years(years):
            found.append(_Due(patrol_id, uuid, ended_at, years))
    return found


def _without_held(due: list[_Due], at: datetime, done: Retention) -> list[_Due]:
    """Those that nothing holds back; counts the others by reason."""
    held = held_by([one.patrol_id for one in due], at) if due else {}
    for reason, ids in held.items():
        if ids:
            done.held[reason] += len(ids)
    return [one for one in due if not any(one.patrol_id in ids for ids in held.values())]


@ledger.atomic
def _batch_delete(*, due: list[_Due], by: Actor | None, at: datetime, done: Retention) -> list[_Due]:
    """Delete the tracks of one batch with all that could draw them again."""
    # Locked before anybody is asked, so that a track which is just being contested is seen by one of the two.
    locked = Track.objects.select_for_update(of=("self",)).filter(pk__in=[one.patrol_id for one in due])
    kept = {
        row[0]: row for row in locked.order_by("pk").values_list("pk", "points", "raw_sha256", "sent_sha256")
    }
    gone = _without_held([one for one in due if one.patrol_id in kept], at, done)
    if not gone:
        return []
    ids = [one.patrol_id for one in gone]
    pictures = _pictures_strip(gone, by, at)
    TrackDeletion.objects.bulk_create(
        TrackDeletion(
            patrol_id=one.patrol_id,
            deleted_at=at,
            years=one.years,
            points=kept[one.patrol_id][1],
            raw_sha256=kept[one.patrol_id][2],
            sent_sha256=kept[one.patrol_id][3],
            pictures=pictures[one.uuid],
        )
        for one in gone
    )
    TrackPrint.objects.filter(patrol_id__in=ids).delete()
    Track.objects.filter(pk__in=ids).delete()
    for one in gone:
        ledger.record(
            "patrol.track_delete",
            ("patrols.patrol", one.patrol_id),
            by=by,
            at=at,
            track_sha256=kept[one.patrol_id][2],
            years=one.years,
            pictures=pictures[one.uuid],
        )
    done.pictures += sum(pictures.values())
    return gone


def _pictures_strip(gone: Collection[_Due], by: Actor | None, at: datetime) -> Counter[UUID]:
    """Place and time out of the pictures of the patrols and of what was contested about them."""
    stripped = pictures_strip(record_type="patrol", record_uuids=[one.uuid for one in gone], by=by, at=at)
    uuids = {one.patrol_id: one.uuid for one in gone}
    contests = dict(Contest.objects.filter(patrol_id__in=uuids).values_list("uuid", "patrol_id"))
    if contests:
        for uuid, n in pictures_strip(record_type="contest", record_uuids=contests, by=by, at=at).items():
            stripped[uuids[contests[uuid]]] += n
    return stripped
