"""One step ends an appointment and begins the next 交接; then both persons confirm what changed hands.

The office decides: the appointments hold from their days on, whoever has confirmed. A confirmation keeps the
list as it was shown, with its digest on the ledger.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from shanhe.ground.audit import ledger
from shanhe.ground.people.handing import listed
from shanhe.ground.people.handovers import list_of, signing_of
from shanhe.ground.people.handovers_flow import FLOW, PENDING, SIDES
from shanhe.ground.people.models import Appointment, Handover, HandoverEvent, HandoverSide, Person
from shanhe.ground.people.scope import Actor
from shanhe.ground.people.services.appointments import (
    appointment_cancel,
    appointment_end,
    appointment_make,
    appointment_reopen,
)
from shanhe.ground.people.services.permission import check_manages_remit
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = [
    "handover_attest",
    "handover_confirm",
    "handover_make",
    "handover_refuse",
    "handover_withdraw",
    "list_digest",
]


@ledger.atomic
def handover_make(
    *,
    outgoing: Appointment,
    successor: Person,
    on: date,
    by: Actor,
    at: datetime,
    ends_on: date | None = None,
    until: date | None = None,
    basis: str = "",
    reason: str = "",
    note: str = "",
    batch: UUID | None = None,
) -> Handover:
    """End ``outgoing`` and let ``successor`` hold the same post for the same remit from ``on``, in one go.

    ``ends_on`` is the first day the outgoing no longer holds it, ``on`` when not given: between the two
    nobody does. An appointment that ended earlier stays as it is. ``until`` limits the successor's. All of it
    or nothing. Refusals: those of ``appointment_end`` and ``appointment_make``, ``handover.oneself``,
    ``handover.days``, ``handover.done`` (409) when it was handed over before.
    """
    check_manages_remit(by, outgoing.remit_id)
    outgoing = (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("post", "remit")
        .get(pk=outgoing.pk)
    )
    if successor.pk == outgoing.person_id:
        oneself = _("Nobody hands over to themselves.")
        raise Refusal("handover.oneself", oneself, {"person": oneself})
    if outgoing.cancelled_at is not None or _is_handed_over(outgoing):
        raise _done()
    before = outgoing.until
    end = ends_on or (on if before is None else min(on, before))
    if end > on:
        late = _("The next one cannot begin before the appointment ends.")
        raise Refusal("handover.days", late, {"ends_on": late})
    did_end = before is None or end < before
    if did_end:
        appointment_end(appointment=outgoing, on=end, by=by, at=at, reason=reason)
    incoming = appointment_make(
        person=successor,
        post=outgoing.post,
        remit=outgoing.remit,
        organization=successor.organization,
        since=on,
        until=until,
        basis=basis,
        is_simulated=outgoing.is_simulated or successor.is_simulated,
        by=by,
        at=at,
    )
    handover = Handover(
        outgoing=outgoing,
        incoming=incoming,
        on=on,
        batch=batch,
        note=note.strip(),
        did_end=did_end,
        until_before=before if did_end else None,
        is_simulated=incoming.is_simulated,
        created_at=at,
    )
    _save(handover)
    for role, person_id in (("outgoing", outgoing.person_id), ("incoming", successor.pk)):
        HandoverSide.objects.create(handover=handover, role=role, person_id=person_id)
    _tell(handover, HandoverEvent.Action.MAKE, by, at, note=note)
    told = {"outgoing": outgoing.pk, "incoming": incoming.pk, "on": on, "until": outgoing.until}
    ledger.record("handover.make", handover, by=by, at=at, **told)
    return handover


@ledger.atomic
def handover_confirm(
    *, handover: Handover, role: str, digest: str, by: Actor, at: datetime, note: str = ""
) -> Handover:
    """One side confirms the list whose ``digest`` they were shown, by their own login.

    Refusals: ``handover.list_changed`` (409) when it is another one by now, those of the flow.
    """
    side = _side(handover, role)
    SIDES.step(signing_of(handover, side), "confirm", by, at)
    rows, now = _listed(handover, at)
    if digest != now:
        raise Refusal(
            "handover.list_changed",
            _("The list has changed since you opened the page; look at it again."),
            status=409,
        )
    _settle(handover, side, "confirmed")
    _tell(
        handover, HandoverEvent.Action.CONFIRM, by, at, role=role, note=note, listed=rows, listed_sha256=now
    )
    ledger.record("handover.confirm", handover, by=by, at=at, side=role, list_sha256=now)
    return handover


@ledger.atomic
def handover_refuse(*, handover: Handover, role: str, note: str, by: Actor, at: datetime) -> Handover:
    """One side says by their own login why they do not confirm; the appointments stay as they are.

    Refusals: ``handover.reason``, those of the flow.
    """
    side = _side(handover, role)
    SIDES.step(signing_of(handover, side), "refuse", by, at)
    _check_reason(note)
    _move(side, "refused")
    _tell(handover, HandoverEvent.Action.REFUSE, by, at, role=role, note=note)
    ledger.record("handover.refuse", handover, by=by, at=at, side=role)
    return handover


@ledger.atomic
def handover_attest(
    *, handover: Handover, role: str, note: str, by: Actor, at: datetime, file: UUID | None = None
) -> Handover:
    """The office records that one side confirmed on paper, or why the list stands without them.

    ``file``: the scanned paper, of documents. Refusals: ``handover.reason``, ``handover.signs_in`` (409)
    while the person can confirm it themselves, those of the flow.
    """
    side = _side(handover, role)
    SIDES.step(signing_of(handover, side), "attest", by, at)
    _check_reason(note)
    rows, digest = _listed(handover, at)
    _settle(handover, side, "on_paper")
    told = {"note": note, "file": file, "listed": rows, "listed_sha256": digest}
    _tell(handover, HandoverEvent.Action.ATTEST, by, at, role=role, **told)
    ledger.record("handover.attest", handover, by=by, at=at, side=role, list_sha256=digest, file=file)
    return handover


@ledger.atomic
def handover_withdraw(*, handover: Handover, reason: str, by: Actor, at: datetime) -> Handover:
    """Take back a handover decided by mistake: the next appointment is cancelled, the former goes on.

    Only as long as not both have confirmed. Refusals: ``handover.reason``, ``handover.handed_on`` (409) when
    the successor has handed over in turn, those of ``appointment_reopen`` and the flow.
    """
    FLOW.step(signing_of(handover), "withdraw", by, at)
    _check_reason(reason)
    if _is_handed_over(handover.incoming):
        raise Refusal(
            "handover.handed_on",
            _("The successor has handed over in turn; withdraw that handover first."),
            status=409,
        )
    if not Handover.objects.filter(pk=handover.pk, state="open").update(state="withdrawn"):
        raise _moved_on()
    if handover.incoming.cancelled_at is None:
        appointment_cancel(appointment=handover.incoming, by=by, at=at, reason=reason)
    if handover.did_end:
        appointment_reopen(appointment=handover.outgoing, until=handover.until_before, by=by, at=at)
    handover.state = Handover.State.WITHDRAWN
    _tell(handover, HandoverEvent.Action.WITHDRAW, by, at, note=reason)
    ledger.record("handover.withdraw", handover, by=by, at=at)
    return handover


def list_digest(handover: Handover, at: datetime) -> str:
    """SHA-256 of the list as it stands: what a page hands to ``handover_confirm``."""
    return _listed(handover, at)[1]


def _listed(handover: Handover, at: datetime) -> tuple[list[dict[str, object]], str]:
    rows, text = listed(list_of(handover, timezone.localtime(at).date()))
    return rows, hashlib.sha256(text.encode()).hexdigest()


def _is_handed_over(appointment: Appointment) -> bool:
    return Handover.objects.filter(outgoing=appointment).exclude(state=Handover.State.WITHDRAWN).exists()


def _save(handover: Handover) -> None:
    try:
        with transaction.atomic():
            handover.save(force_insert=True)
    except IntegrityError as error:  # two clerks at once
        raise _done() from error


def _side(handover: Handover, role: str) -> HandoverSide:
    """One side of a handover that is open."""
    if handover.state != Handover.State.OPEN:
        raise _moved_on()
    return HandoverSide.objects.get(handover=handover, role=role)


def _move(side: HandoverSide, state: str) -> None:
    waiting = HandoverSide.objects.filter(pk=side.pk, state=side.state, handover__state="open")
    if not waiting.update(state=state):
        raise _moved_on()


def _settle(handover: Handover, side: HandoverSide, state: str) -> None:
    """One side is done; when both are, so is the handover."""
    _move(side, state)
    if not HandoverSide.objects.filter(handover=handover, state__in=PENDING).exists():
        Handover.objects.filter(pk=handover.pk, state="open").update(state="confirmed")
        handover.state = Handover.State.CONFIRMED


def _tell(handover: Handover, action: str, by: Actor, at: datetime, **told: object) -> None:
    note = str(told.pop("note", "")).strip()[:500]
    HandoverEvent.objects.create(
        handover=handover, action=action, by_id=by.person_id, at=at, note=note, **told
    )


def _check_reason(given: str) -> None:
    message = _("Say why.")
    if not given.strip():
        raise Refusal("handover.reason", message, {"note": message})
    if len(given.strip()) > 500:
        long = Text(_("It has more than %(most)d characters."), {"most": 500})
        raise Refusal("handover.reason", long, {"note": long})


def _done() -> Refusal:
    return Refusal("handover.done", _("This appointment has been handed over already."), status=409)


def _moved_on() -> Refusal:
    return Refusal("handover.moved_on", _("Somebody else has just dealt with this; look again."), status=409)
