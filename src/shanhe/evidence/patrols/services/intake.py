"""A patrol comes in: once, for areas its holder answers for, judged before the sender hears of it.

What costs time (reading, comparing, judging) happens before the transaction begins, so that the database's
one writer is held only while rows are written. What may have changed meanwhile is settled inside: the uuid
by its unique index, outings that overlap in time under a lock on the holder.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from shanhe.evidence.patrols.areas import Ground, areas_named, areas_passed, box_of
from shanhe.evidence.patrols.earlier import Suspects, course_bytes, earlier_tracks, prints_of
from shanhe.evidence.patrols.holding import Holdings, holdings_of, manages, not_held
from shanhe.evidence.patrols.judging import Case, Judged, clock_flags, counts, judged, verdict_row
from shanhe.evidence.patrols.models import LogItem, Outcome, Patrol, Track, TrackPrint, Verdict
from shanhe.evidence.patrols.numbers import Numbers, numbers_of
from shanhe.evidence.patrols.sent import PatrolSent, sent_from_file
from shanhe.evidence.patrols.services.overlaps import counted_elsewhere, joined_to, lock_holder
from shanhe.evidence.patrols.services.visits import visits_note
from shanhe.ground.audit import ledger
from shanhe.ground.people.models import Person
from shanhe.ground.people.scope import Actor
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.tracks.types import Flag

__all__ = ["patrol_from_file", "patrol_submit"]

#: A clock so far ahead is not a clock any more (interfaces.md, "times").
MOST_AHEAD = timedelta(hours=24)
#: Where no area is named: how much of one must have been walked to call it walked.
LEAST_SHARE = 0.1
PACKED = 3  # zlib level: a third of the time of the default for 4 % more bytes


@dataclass(frozen=True, slots=True)
class _People:
    """Who is who in one patrol."""

    walker: Person  # who was out there
    holder: Person  # on whose account it counts
    company: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class _Outing:
    """A patrol that has been judged and waits to be written."""

    sent: PatrolSent
    people: _People
    judged: tuple[Judged, ...]
    is_late: bool


def patrol_submit(*, sent: PatrolSent, by: Actor, at: datetime) -> tuple[Patrol, bool]:
    """Take a patrol in and judge it; the answer says whether it is new.

    The same uuid with the same content gives the patrol that was taken in then, and changes nothing.
    Refusals: 409 ``patrol.uuid_taken`` when the content or the sender is another; 403 for an area that the
    holder does not answer for on that day (``patrol.area_not_held``, ``patrol.appointment_closed``,
    ``…_not_begun``) or an account one may not send for (``patrol.may_not_send_for``); 422 for times more
    than 24 h ahead, for people that are not known, and when no area is named and none was walked. Twenty-odd
    queries, whatever the number of areas.
    """
    known = _known(sent, by)
    if known is not None:
        return known, False
    _check_times(sent, at)
    outing = _judged(sent, by, at)
    return _kept(outing, by=by, at=at)


def patrol_from_file(
    *,
    content: bytes,
    name: str,
    uuid: UUID,
    areas: Sequence[str],
    by: Actor,
    at: datetime,
    on_behalf_of: str = "",
    note: str = "",
    mode: str = "",
) -> tuple[Patrol, bool]:
    """``patrol_submit`` of a GPX, CSV or GeoJSON file; its first fix is the start, its last the end.

    Refusals as there, and those of the file's reader, which name the faulty place.
    """
    sent = sent_from_file(
        content,
        name,
        uuid=uuid,
        areas=areas,
        on_behalf_of=on_behalf_of,
        note=note,
        mode=mode,
        latest=at + MOST_AHEAD,
    )
    return patrol_submit(sent=sent, by=by, at=at)


def _known(sent: PatrolSent, by: Actor) -> Patrol | None:
    """The patrol that came in under this uuid. Refusal when it is another one."""
    if not Patrol.objects.filter(uuid=sent.uuid).exists():
        return None
    patrol = Patrol.objects.select_related("person", "on_behalf_of").get(uuid=sent.uuid)
    if patrol.content_sha256 != sent.content_sha256 or patrol.sent_by_id != by.user_id:
        raise Refusal(
            "patrol.uuid_taken",
            _("Another patrol was sent under this uuid before. Nothing was changed."),
            {"uuid": _("Is taken by a patrol of other content.")},
            status=409,
        )
    return patrol


def _check_times(sent: PatrolSent, at: datetime) -> None:
    latest = at + MOST_AHEAD
    reason = Text(_("Lies more than 24 hours ahead of the server, which has %(now)s."), {"now": _told(at)})
    faults: dict[str, str | Text] = {
        name: reason
        for name, moment in (("started_at", sent.started_at), ("ended_at", sent.ended_at))
        if moment > latest
    }
    if len(sent.track) and float(sent.track.t_ms.max()) > latest.timestamp() * 1000:
        faults["track.t"] = reason
    if faults:
        raise Refusal("patrol.future", _("The patrol lies in the future; check the phone's clock."), faults)


def _told(moment: datetime) -> str:
    return timezone.localtime(moment, timezone.get_default_timezone()).isoformat(timespec="minutes")


def _judged(sent: PatrolSent, by: Actor, at: datetime) -> _Outing:
    """Everything that is known of the patrol before a row is written."""
    day = timezone.localtime(sent.started_at, timezone.get_default_timezone()).date()
    named = _people_named(sent, by)
    sender, holder = _sender_and_holder(sent, by, named)
    holdings = holdings_of({person.pk for person in (sender, holder) if person is not None})
    grounds = _grounds(sent, holdings, holder, day)
    numbers = numbers_of([ground.area for ground in grounds], day)
    walker = _walker(sender, holder, grounds, holdings, numbers, by, day)
    cases = _cases(grounds, holdings, holder, numbers, day)
    company = tuple(_person(named, word) for word in sent.company)
    people = _People(walker, holder, company)
    found = _verdicts(sent, people, cases, at)
    late_hours = max(judge.case.rule_set.counting.late_hours for judge in found)
    return _Outing(sent, people, found, is_late=at - sent.ended_at > timedelta(hours=late_hours))


def _people_named(sent: PatrolSent, by: Actor) -> dict[str, Person]:
    """The people a patrol speaks of, by the word used for them. Refusal naming those nobody knows. One
    query.
    """
    words = {
        name: word
        for name, word in (
            ("for", sent.on_behalf_of),
            *((f"with[{n}]", word) for n, word in enumerate(sent.company)),
        )
        if word
    }
    if not words:
        return {
            f"pk:{person.pk}": person for person in Person.objects.filter(pk__in=[by.person_id]).order_by()
        }
    uuids = {word: _as_uuid(word) for word in words.values()}
    rows = Person.objects.filter(
        Q(pk=by.person_id)
        | Q(uuid__in=[each for each in uuids.values() if each is not None])
        | Q(user__username__in=[word.lower() for word, each in uuids.items() if each is None])
    ).select_related("user")
    found: dict[str, Person] = {}
    for person in rows:
        found[str(person.uuid)] = person
        found[f"pk:{person.pk}"] = person
        if hasattr(person, "user"):
            found[person.user.username] = person
    missing = {name: _("Nobody is known by this.") for name, word in words.items() if _key(word) not in found}
    if missing:
        raise Refusal("patrol.unknown_person", _("The patrol names somebody who is not known here."), missing)
    return found


def _as_uuid(word: str) -> UUID | None:
    try:
        return UUID(word)
    except ValueError:
        return None


def _key(word: str) -> str:
    as_uuid = _as_uuid(word)
    return str(as_uuid) if as_uuid is not None else word.lower()


def _person(named: dict[str, Person], word: str) -> Person:
    return named[_key(word)]


def _sender_and_holder(sent: PatrolSent, by: Actor, named: dict[str, Person]) -> tuple[Person | None, Person]:
    sender = named.get(f"pk:{by.person_id}")
    if sent.on_behalf_of:
        return sender, _person(named, sent.on_behalf_of)
    if sender is None:
        raise Refusal(
            "patrol.no_person",
            _("This account belongs to no person; say on whose account the patrol is sent."),
            {"for": _("Is needed.")},
        )
    return sender, sender


def _grounds(sent: PatrolSent, holdings: Holdings, holder: Person, day: date) -> list[Ground]:
    """The areas to judge the patrol in. Three queries."""
    if not sent.areas:
        return areas_passed(holdings.own_areas(holder.pk, day), box_of(sent.track), day)
    found = areas_named(sent.areas, day)
    for code in sent.areas:
        if code not in found:
            raise not_held(code, day)
    return list(found.values())


def _walker(
    sender: Person | None,
    holder: Person,
    grounds: Sequence[Ground],
    holdings: Holdings,
    numbers: Numbers,
    by: Actor,
    day: date,
) -> Person:
    """Who was out there: the holder, or the assistant who sends for the holder. Refusal on anybody else."""
    if sender is not None and sender.pk == holder.pk:
        return holder
    if all(manages(by, ground) for ground in grounds):
        return holder  # the office hands in what the holder walked
    if sender is not None and all(
        holdings.assists(sender.pk, ground, day, numbers.assistants(ground.area)) for ground in grounds
    ):
        return sender
    raise Refusal(
        "patrol.may_not_send_for",
        _("You may not send patrols on this person's account."),
        {
            "for": _(
                "Only the office that manages the area, or an assistant there, may send for somebody else."
            )
        },
        status=403,
    )


def _cases(
    grounds: Sequence[Ground], holdings: Holdings, holder: Person, numbers: Numbers, day: date
) -> list[Case]:
    cases = []
    for ground in grounds:
        appointment = holdings.check_held(holder, ground, day)
        _check_alive(ground, day)
        assert ground.shape is not None  # noqa: S101 (checked just above)
        cases.append(Case(ground.area, ground.shape, numbers.rule_set(ground.area), appointment))
    return cases


def _check_alive(ground: Ground, day: date) -> None:
    area = ground.area
    params = {"area": area.code, "day": day.isoformat()}
    if area.until is not None and area.until <= day:
        closed = Text(_("The area %(area)s was closed before %(day)s."), params)
        raise Refusal("patrol.area_closed", closed, {"area": closed})
    if ground.shape is None:
        undrawn = Text(_("The area %(area)s is not drawn yet, so nothing can be compared with it."), params)
        raise Refusal("patrol.area_not_drawn", undrawn, {"area": undrawn})


def _verdicts(sent: PatrolSent, people: _People, cases: Sequence[Case], at: datetime) -> tuple[Judged, ...]:
    history = earlier_tracks(
        Suspects(
            track=sent.track,
            person_id=people.walker.pk,
            company=frozenset(person.pk for person in people.company),
            device_id=sent.device_id,
            started_at=sent.started_at,
            ended_at=sent.ended_at,
        )
    )
    flags: tuple[Flag, ...] = clock_flags(
        started_at=sent.started_at, ended_at=sent.ended_at, track=sent.track, received_at=at
    )
    found = tuple(judged(case, sent.track, history, flags) for case in cases)
    return found if sent.areas else _walked(found)


def _walked(found: Sequence[Judged]) -> tuple[Judged, ...]:
    """Those of the areas passed that were walked, the most covered first. Refusal when there is none."""
    walked = [each for each in found if max(each.answer.coverage, each.answer.boundary) >= LEAST_SHARE]
    if not walked:
        message = _("None of the areas the holder answers for was walked; name the area that was meant.")
        raise Refusal("patrol.no_area_walked", message, {"area": message})
    return tuple(sorted(walked, key=lambda each: (-each.answer.coverage, each.case.area.code)))


@ledger.atomic
def _kept(outing: _Outing, *, by: Actor, at: datetime) -> tuple[Patrol, bool]:
    """Write the outing down, unless the same one came in meanwhile."""
    sent, people = outing.sent, outing.people
    lock_holder(people.holder)
    joined = joined_to(people.walker, sent.started_at, sent.ended_at)
    try:
        with transaction.atomic():
            patrol = _patrol(outing, by=by, at=at, joined=joined)
    except IntegrityError:
        known = _known(sent, by)
        if known is None:
            raise
        return known, False
    verdicts = _verdict_rows(outing, patrol, at)
    _write_parts(outing, patrol)
    Verdict.objects.bulk_create(verdicts)
    visits_note(verdicts)
    ledger.record(
        "patrol.submit",
        patrol,
        by=by,
        at=at,
        uuid=sent.uuid,
        person=people.walker.pk,
        holder=people.holder.pk,
        raw_sha256=sha256(sent.raw).hexdigest(),
        content_sha256=sent.content_sha256,
        verdicts=[
            {"area": row.area_id, "outcome": row.outcome, "rules": row.rules_id, "counts": row.counts}
            for row in verdicts
        ],
    )
    return patrol, True


def _patrol(outing: _Outing, *, by: Actor, at: datetime, joined: int | None) -> Patrol:
    sent, people = outing.sent, outing.people
    return Patrol.objects.create(
        uuid=sent.uuid,
        person=people.walker,
        sent_by_id=by.user_id,
        on_behalf_of=people.holder if people.holder.pk != people.walker.pk else None,
        started_at=sent.started_at,
        ended_at=sent.ended_at,
        received_at=at,
        source=sent.source,
        mode=sent.mode,
        device_id=sent.device_id,
        app_version=sent.app_version,
        note=sent.note,
        signature=sent.signature,
        content_sha256=sent.content_sha256,
        outcome=Outcome(outing.judged[0].answer.outcome),
        is_late=outing.is_late,
        joined_to_id=joined,
        is_simulated=sent.is_simulated,
    )


def _verdict_rows(outing: _Outing, patrol: Patrol, at: datetime) -> list[Verdict]:
    holder = outing.people.holder
    elsewhere = counted_elsewhere(holder.pk, [each.case.area.pk for each in outing.judged], patrol)
    rows = []
    for position, each in enumerate(outing.judged):
        is_good = counts(each.answer.outcome, each.case.rule_set.counting, is_late=outing.is_late)
        is_counted = is_good and each.case.area.pk not in elsewhere
        rows.append(
            verdict_row(each, patrol, position=position, holder_id=holder.pk, is_counted=is_counted, at=at)
        )
    return rows


def _write_parts(outing: _Outing, patrol: Patrol) -> None:
    """Raw upload, prints, log and company."""
    sent, box = outing.sent, box_of(outing.sent.track)
    Track.objects.create(
        patrol=patrol,
        codec=f"{sent.codec}+zlib",
        raw=zlib.compress(sent.raw, PACKED),
        raw_sha256=sha256(sent.raw).hexdigest(),
        course=course_bytes(sent.track),
        points=len(sent.track),
        min_lon=box.min_lon if box else None,
        min_lat=box.min_lat if box else None,
        max_lon=box.max_lon if box else None,
        max_lat=box.max_lat if box else None,
    )
    TrackPrint.objects.bulk_create(TrackPrint(patrol=patrol, value=value) for value in prints_of(sent.track))
    LogItem.objects.bulk_create(
        LogItem(
            patrol=patrol,
            position=position,
            item=each.item,
            ok=each.ok,
            note=each.note,
            files=[str(file) for file in each.files],
        )
        for position, each in enumerate(sent.log)
    )
    Patrol.company.through.objects.bulk_create(
        Patrol.company.through(patrol=patrol, person=person)
        for person in outing.people.company
        if person.pk != patrol.person_id
    )
