"""Appointments 任职 begin, end and are corrected; nothing is overwritten."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from shanhe.ground.audit import ledger
from shanhe.ground.people.models import Appointment, Organization, Person, Post, Remit
from shanhe.ground.people.scope import Actor
from shanhe.ground.people.services.handovers_following import handovers_follow
from shanhe.ground.people.services.permission import check_manages_remit
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = [
    "appointment_cancel",
    "appointment_correct",
    "appointment_end",
    "appointment_make",
    "appointment_reopen",
]

#: The database's own word for two holders of an exclusive post (migration 0002).
ONE_HOLDER = "appointment_one_holder"


@ledger.atomic
def appointment_make(
    *,
    person: Person,
    post: Post,
    remit: Remit,
    since: date,
    by: Actor,
    at: datetime,
    until: date | None = None,
    organization: Organization | None = None,
    basis: str = "",
    is_simulated: bool = False,
    corrects: Appointment | None = None,
) -> Appointment:
    """Let a person hold a post for a remit from ``since`` on; ``until`` is the first day no longer held.

    ``basis`` names the document. The database refuses a second holder of an exclusive post, also when two
    clerks write at once. Refusals: ``people.not_managed``, ``appointment.unknown_person`` for somebody the
    actor does not see, ``appointment.days``, ``appointment.held`` (409) naming the holder.
    """
    check_manages_remit(by, remit.pk)
    if not by.scope.seen.holds_code(person.division_id):
        unknown = _("There is no such person.")
        raise Refusal("appointment.unknown_person", unknown, {"person": unknown}, status=404)
    if until is not None and until <= since:
        raise _before_begin("until", since)
    appointment = Appointment(
        person=person,
        post=post,
        remit=remit,
        organization=organization,
        since=since,
        until=until,
        is_exclusive=post.is_exclusive,
        basis=basis.strip(),
        is_simulated=is_simulated,
        corrects=corrects,
    )
    try:
        with transaction.atomic():
            appointment.save(force_insert=True)
    except IntegrityError as error:
        if ONE_HOLDER not in str(error):
            raise
        raise _held(appointment) from error
    ledger.record("appointment.make", appointment, by=by, at=at, **_told(appointment))
    return appointment


@ledger.atomic
def appointment_end(
    *, appointment: Appointment, on: date, by: Actor, at: datetime, reason: str = ""
) -> Appointment:
    """End an appointment: ``on`` is the first day it no longer holds.

    One that ends in days to come may end earlier. Refusals: ``people.not_managed``, ``appointment.days``
    when it would end before it begins (then it was a mistake: correct it), ``appointment.over`` (409).
    """
    check_manages_remit(by, appointment.remit_id)
    if on <= appointment.since:
        raise _before_begin("on", appointment.since)
    running = Appointment.objects.filter(
        Q(until=None) | Q(until__gt=on), pk=appointment.pk, cancelled_at=None
    )
    if not running.update(until=on, end_reason=reason.strip()):
        raise _over()
    before = appointment.until
    appointment.until, appointment.end_reason = on, reason.strip()
    ledger.record("appointment.end", appointment, by=by, at=at, until=on, before=before)
    return appointment


@ledger.atomic
def appointment_cancel(*, appointment: Appointment, by: Actor, at: datetime, reason: str) -> None:
    """Let an entry that was wrong be in force on no day; it stays on record, what it said on the ledger.

    Refusals: ``people.not_managed``, ``appointment.over`` (409) when it is cancelled already.
    """
    check_manages_remit(by, appointment.remit_id)
    live = Appointment.objects.filter(pk=appointment.pk, cancelled_at=None)
    if not live.update(until=F("since"), cancelled_at=at, end_reason=reason.strip()):
        raise _over()
    ledger.record("appointment.cancel", appointment, by=by, at=at, **_told(appointment))


@ledger.atomic
def appointment_reopen(
    *, appointment: Appointment, until: date | None, by: Actor, at: datetime
) -> Appointment:
    """Take back the end of an appointment: it goes on until ``until`` (None: open).

    Refusals: ``people.not_managed``, ``appointment.over`` (409) when it is cancelled, ``appointment.held``
    (409) when somebody else holds the post by now.
    """
    check_manages_remit(by, appointment.remit_id)
    ended = Appointment.objects.filter(pk=appointment.pk, cancelled_at=None, until=appointment.until)
    before, appointment.until = appointment.until, until
    try:
        with transaction.atomic():
            changed = ended.update(until=until, end_reason="")
    except IntegrityError as error:
        if ONE_HOLDER not in str(error):
            raise
        raise _held(appointment) from error
    if not changed:
        raise _over()
    ledger.record("appointment.reopen", appointment, by=by, at=at, until=until, before=before)
    return appointment


@ledger.atomic
def appointment_correct(
    *,
    appointment: Appointment,
    by: Actor,
    at: datetime,
    reason: str,
    person: Person | None = None,
    since: date | None = None,
    until: date | None = None,
    basis: str | None = None,
) -> Appointment:
    """Mend an entry that was wrong from the start: the old one is cancelled and a new one stands for it.

    The old one is in force on no day any more and stays on record, with what it said on the ledger; what is
    not given is taken over, but for ``until``, whose None means open. A handover goes on with the new one.
    Refusals: as ``appointment_make``, and ``appointment.over`` (409) when it is cancelled already.
    """
    appointment_cancel(appointment=appointment, by=by, at=at, reason=reason)
    made = appointment_make(
        person=person or appointment.person,
        post=appointment.post,
        remit=appointment.remit,
        organization=appointment.organization,
        since=since or appointment.since,
        until=until,
        basis=appointment.basis if basis is None else basis,
        is_simulated=appointment.is_simulated,
        corrects=appointment,
        by=by,
        at=at,
    )
    handovers_follow(wrong=appointment, right=made, by=by, at=at)
    return made


def _told(appointment: Appointment) -> dict[str, object]:
    return {
        "person": appointment.person_id,
        "post": appointment.post_id,
        "remit": appointment.remit_id,
        "since": appointment.since,
        "until": appointment.until,
    }


def _before_begin(field: str, since: date) -> Refusal:
    return Refusal(
        "appointment.days",
        _("An appointment cannot end before it begins."),
        {field: Text(_("It has to be after %(since)s."), {"since": since.isoformat()})},
    )


def _over() -> Refusal:
    return Refusal("appointment.over", _("This appointment has ended already."), status=409)


def _held(wanted: Appointment) -> Refusal:
    """Who holds the post on one of the wanted days."""
    others = Appointment.objects.filter(
        Q(until=None) | Q(until__gt=wanted.since),
        post=wanted.post,
        remit=wanted.remit,
        is_exclusive=True,
        cancelled_at=None,
    ).exclude(pk=wanted.pk)
    if wanted.until is not None:
        others = others.filter(since__lt=wanted.until)
    holder = others.select_related("person").order_by("since").first()
    if holder is None:  # gone between the refusal of the database and this look
        return Refusal("appointment.held", _("Somebody else held the post just now; try again."), status=409)
    sentence = (
        _("%(holder)s holds this post from %(since)s on; end that appointment first.")
        if holder.until is None
        else _("%(holder)s holds this post from %(since)s to %(until)s.")
    )
    params = {
        "holder": holder.person.name,
        "since": holder.since.isoformat(),
        "until": holder.until and holder.until.isoformat(),
    }
    return Refusal("appointment.held", Text(sentence, params), {"person": Text(sentence, params)}, status=409)
