"""What may happen to a handover and to each of its sides, by whom.

The appointments change by the office's decision alone; what a person does here is to acknowledge the list
(docs/decisions/0012). Who has no login, or refuses, is recorded by the office from a paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shanhe.ground.people.scope import Actor
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.flow import Flow, Step

__all__ = ["FLOW", "PENDING", "SETTLED", "SIDES", "Signing"]

PENDING = ("waiting", "refused")
SETTLED = ("confirmed", "on_paper")


@dataclass(frozen=True, slots=True)
class Signing:
    """A handover or one of its sides with all that the rules ask about; loaded by who calls."""

    state: str
    parts: tuple[tuple[str, int | None], ...]  # of the remit: division code (of an area: its own), area id
    person_id: int | None = None  # whose side
    may_sign_in: bool = False  # whether that person has a login that works


def _is_person(signing: Signing, by: Actor) -> bool:
    return by.person_id is not None and by.person_id == signing.person_id


def _is_office(signing: Signing, by: Actor) -> bool:
    managed = by.scope.managed
    return all(managed.holds_code(code) or area_id in managed.area_ids for code, area_id in signing.parts)


def _cannot_sign(signing: Signing, by: Actor, at: datetime) -> None:
    """The paper is for who cannot, or will not, confirm by their own login."""
    if signing.state == "waiting" and signing.may_sign_in:
        raise Refusal(
            "handover.signs_in",
            _("This person has a login and has not refused: they confirm it themselves."),
            status=409,
        )


FLOW = Flow(Step("open", "withdraw", "withdrawn", may=_is_office))

SIDES = Flow(
    Step("waiting", "confirm", "confirmed", may=_is_person),
    Step("waiting", "refuse", "refused", may=_is_person),
    Step("refused", "confirm", "confirmed", may=_is_person),
    Step("waiting", "attest", "on_paper", may=_is_office, guard=_cannot_sign),
    Step("refused", "attest", "on_paper", may=_is_office),
)
