"""A patrol comes in: once, for areas its holder answers for, judged before the sender hears of it.

What costs time (reading, comparing, judging) happens before the transaction begins, so that the database's
one writer is held only while rows are written. What may have changed meanwhile is settled inside: the uuid
by its unique index, outings that overlap in time under a lock on the holder.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from shanhe.evidence.patrols.looking import Look
from shanhe.evidence.patrols.models import Patrol
from shanhe.evidence.patrols.prepared import Prepared, insert
from shanhe.evidence.patrols.sent import PatrolSent, sent_from_file
from shanhe.evidence.patrols.services.overlaps import counted_elsewhere, joined_to, lock_holder
from shanhe.evidence.patrols.services.readying import (
    MOST_AHEAD,
    Outing,
    check_times,
    judge_ready,
    make_ready,
)
from shanhe.evidence.patrols.services.rows import (
    company_rows,
    log_rows,
    patrol_record,
    patrol_row,
    print_rows,
    track_row,
    verdict_rows,
)
from shanhe.evidence.patrols.services.visits import visits_note
from shanhe.ground.audit import ledger
from shanhe.ground.people.scope import Actor
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["check_same", "patrol_from_file", "patrol_submit"]


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
    check_times(sent, at)
    look = Look()
    outing = judge_ready(make_ready(sent, by, look), at, look)
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


_OF_UUID = Prepared(lambda uuid: Patrol.objects.select_related("person", "on_behalf_of").filter(uuid=uuid))


def _known(sent: PatrolSent, by: Actor) -> Patrol | None:
    """The patrol that came in under this uuid. Refusal when it is another one."""
    for patrol in _OF_UUID(uuid=sent.uuid):
        check_same(patrol, sent, by)
        return patrol
    return None


def check_same(patrol: Patrol, sent: PatrolSent, by: Actor) -> None:
    """Refusal ``patrol.uuid_taken`` (409) unless the patrol is this one, from the same sender."""
    if patrol.content_sha256 != sent.content_sha256 or patrol.sent_by_id != by.user_id:
        raise Refusal(
            "patrol.uuid_taken",
            _("Another patrol was sent under this uuid before. Nothing was changed."),
            {"uuid": _("Is taken by a patrol of other content.")},
            status=409,
        )


@ledger.atomic
def _kept(outing: Outing, *, by: Actor, at: datetime) -> tuple[Patrol, bool]:
    """Write the outing down, unless the same one came in meanwhile."""
    sent, people = outing.sent, outing.people
    lock_holder(people.holder)
    patrol = patrol_row(
        sent,
        people,
        outcome=outing.judged[0].answer.outcome,
        is_late=outing.is_late,
        by=by,
        at=at,
        joined=joined_to(people.walker, sent.started_at, sent.ended_at),
    )
    try:
        with transaction.atomic():
            insert([patrol])
    except IntegrityError:
        known = _known(sent, by)
        if known is None:
            raise
        return known, False
    area_ids = [each.case.area.pk for each in outing.judged]
    verdicts = verdict_rows(outing, patrol, at, counted_elsewhere(people.holder.pk, area_ids, patrol))
    track = track_row(sent, patrol)
    insert([track])
    for rows in (print_rows(sent, patrol), log_rows(sent, patrol), company_rows(people, patrol), verdicts):
        insert(list(rows))
    visits_note(verdicts)
    patrol_record(people, patrol, track, verdicts, by=by, at=at)
    return patrol, True
