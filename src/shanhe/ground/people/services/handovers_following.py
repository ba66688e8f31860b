"""A handover goes on with the appointment that stands for one entered by mistake."""

from __future__ import annotations

from datetime import datetime

from shanhe.ground.audit import ledger
from shanhe.ground.people.models import Appointment, Handover, HandoverEvent, HandoverSide
from shanhe.ground.people.scope import Actor

__all__ = ["handovers_follow"]


@ledger.atomic
def handovers_follow(*, wrong: Appointment, right: Appointment, by: Actor, at: datetime) -> None:
    """Let the handovers of ``wrong`` be those of ``right``; another person confirms the list anew.

    Those that were withdrawn stay as they were.
    """
    for role in HandoverSide.Role.values:
        live = Handover.objects.exclude(state=Handover.State.WITHDRAWN)
        for handover in live.filter(**{role: wrong}):
            changes: dict[str, object] = {role: right}
            if role == HandoverSide.Role.INCOMING:
                changes["on"] = right.since
            if right.person_id != wrong.person_id:
                changes["state"] = Handover.State.OPEN
                sides = HandoverSide.objects.filter(handover=handover, role=role)
                sides.update(person=right.person_id, state=HandoverSide.State.WAITING)
            Handover.objects.filter(pk=handover.pk).update(**changes)
            HandoverEvent.objects.create(
                handover=handover, action=HandoverEvent.Action.CORRECT, role=role, by_id=by.person_id, at=at
            )
            ledger.record("handover.correct", handover, by=by, at=at, **{role: right.pk})
