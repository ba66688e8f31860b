"""Leaves are planned, end early and are called off; somebody else stands in meanwhile 代理."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from shanhe.ground.audit import ledger
from shanhe.ground.people.models import Appointment, Leave, Person
from shanhe.ground.people.scope import Actor
from shanhe.ground.people.services.permission import check_manages_remit
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["leave_end", "leave_plan"]

#: The database's own word for two leaves of one appointment (migration 0003).
ONE_AT_A_TIME = "leave_one_at_a_time"


@ledger.atomic
def leave_plan(
    *,
    appointment: Appointment,
    since: date,
    until: date,
    substitute: Person,
    by: Actor,
    at: datetime,
    reason: str = "",
) -> Leave:
    """Let ``substitute`` stand in for the holder from ``since`` on; ``until`` is the first day back.

    The database refuses a second leave on any of the days, also when two clerks write at once. Refusals:
    ``people.not_managed``, ``leave.unknown_person`` for somebody the actor does not see, ``leave.oneself``,
    ``leave.days`` when they do not lie within the appointment, ``leave.substitute_away`` (409) and
    ``leave.taken`` (409) with the days of the other leave.
    """
    check_manages_remit(by, appointment.remit_id)
    if not by.scope.seen.holds_code(substitute.division_id):
        unknown = _("There is no such person.")
        raise Refusal("leave.unknown_person", unknown, {"substitute": unknown}, status=404)
    if substitute.pk == appointment.person_id:
        message = _("Nobody stands in for themselves.")
        raise Refusal("leave.oneself", message, {"substitute": message})
    _check_days(appointment, since, until)
    _check_is_there(substitute, since, until)
    leave = Leave(
        appointment=appointment,
        person_id=appointment.person_id,
        substitute=substitute,
        since=since,
        until=until,
        reason=reason.strip(),
        is_simulated=appointment.is_simulated or substitute.is_simulated,
    )
    try:
        with transaction.atomic():
            leave.save(force_insert=True)
    except IntegrityError as error:
        if ONE_AT_A_TIME not in str(error):
            raise
        raise _taken(leave) from error
    ledger.record(
        "leave.plan",
        leave,
        by=by,
        at=at,
        appointment=appointment.pk,
        person=leave.person_id,
        substitute=substitute.pk,
        since=since,
        until=until,
    )
    return leave


@ledger.atomic
def leave_end(*, leave: Leave, on: date, by: Actor, at: datetime, reason: str = "") -> Leave:
    """Let a leave end early: ``on`` is the first day back; on its first day or before, it is called off.

    What is called off stays on record and was never in effect, so it cannot be done once the leave has begun.
    Refusals: ``people.not_managed``, ``leave.over`` (409), ``leave.days``.
    """
    check_manages_remit(by, leave.appointment.remit_id)
    today = timezone.localtime(at).date()
    is_off = on <= leave.since
    if (is_off and leave.since < today) or (not is_off and on < today):
        reason_why = _("Days that have passed stay as they were; choose today or a later day.")
        raise Refusal("leave.days", reason_why, {"on": reason_why})
    running = Leave.objects.filter(pk=leave.pk, cancelled_at=None, until__gt=on, until__gte=today)
    changed = (
        running.update(until=F("since"), cancelled_at=at, end_reason=reason.strip())
        if is_off
        else running.update(until=on, end_reason=reason.strip())
    )
    if not changed:
        raise Refusal("leave.over", _("This leave is over already."), status=409)
    before = leave.until
    leave.refresh_from_db()
    ledger.record(
        "leave.cancel" if is_off else "leave.end", leave, by=by, at=at, until=leave.until, before=before
    )
    return leave


def _check_days(appointment: Appointment, since: date, until: date) -> None:
    if until <= since:
        raise Refusal(
            "leave.days",
            _("A leave cannot end before it begins."),
            {"until": Text(_("It has to be after %(since)s."), {"since": since.isoformat()})},
        )
    if since < appointment.since or (appointment.until is not None and until > appointment.until):
        message = _("The leave has to lie within the appointment.")
        raise Refusal("leave.days", message, {"since": message})


def _check_is_there(substitute: Person, since: date, until: date) -> None:
    """Whoever stands in must not be away themselves."""
    away = Leave.objects.filter(person=substitute, since__lt=until, until__gt=since, cancelled_at=None)
    found = away.order_by("since").first()
    if found is not None:
        params = {"name": substitute.name, **_days(found)}
        message = Text(_("%(name)s is on leave from %(since)s until %(until)s."), params)
        raise Refusal("leave.substitute_away", message, {"substitute": message}, status=409)


def _taken(wanted: Leave) -> Refusal:
    others = Leave.objects.filter(
        appointment=wanted.appointment_id, since__lt=wanted.until, until__gt=wanted.since, cancelled_at=None
    )
    other = others.order_by("since").first()
    if other is None:  # called off between the refusal of the database and this look
        return Refusal("leave.taken", _("Somebody else planned a leave just now; try again."), status=409)
    message = Text(_("There is a leave from %(since)s until %(until)s already."), _days(other))
    return Refusal("leave.taken", message, {"since": message}, status=409)


def _days(leave: Leave) -> dict[str, str]:
    return {"since": leave.since.isoformat(), "until": leave.until.isoformat()}
