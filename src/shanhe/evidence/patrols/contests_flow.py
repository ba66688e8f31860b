"""What may happen to a contest, by whom: the transition table, and the rules behind its words.

Who contests does not decide, and who answers for the patrol does not either. Who decided on the verdict
before leaves a contest of that decision to somebody else of the superior's.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from shanhe.evidence.patrols.contests_models import OPEN, Contest
from shanhe.evidence.patrols.models import Patrol, Verdict
from shanhe.ground.people.scope import Actor
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.flow import Flow, Step

__all__ = ["DECIDED", "FLOW", "OPEN", "Matter", "parties_of", "supervises"]

DECIDED = ("upheld", "rejected")


@dataclass(frozen=True, slots=True)
class Matter:
    """A contest (or a verdict nobody has contested yet) with all that the rules ask about; loaded by who
    calls.
    """

    state: str  # "" before the first step
    division_id: str  # of the area
    ancestors: frozenset[int]  # ids of the areas it lies in, with its own
    party_ids: frozenset[int]  # people who walked, or on whose account it counts
    sender_id: int | None  # the account that sent the patrol
    filer_user_id: int | None = None  # the account that contests
    decided_before: Collection[int] = ()  # people who decided on the contested verdict

    @classmethod
    def of(cls, contest: Contest, ancestors: frozenset[int], decided_before: Collection[int]) -> Matter:
        """A contest (with patrol, area and verdict) as the rules see it."""
        return cls(
            state=contest.state,
            division_id=contest.area.division_id,
            ancestors=ancestors,
            party_ids=parties_of(contest.patrol, contest.verdict),
            sender_id=contest.patrol.sent_by_id,
            # A superior who looks at a verdict of their own accord contests nothing.
            filer_user_id=contest.filed_by_id if contest.origin == Contest.Origin.HOLDER else None,
            decided_before=decided_before,
        )


def parties_of(patrol: Patrol, verdict: Verdict) -> frozenset[int]:
    """Who walked, who is named as the one it was walked for, and on whose account the verdict counts."""
    others = {patrol.on_behalf_of_id} if patrol.on_behalf_of_id is not None else set()
    return frozenset({patrol.person_id, verdict.person_id} | others)


def supervises(matter: Matter, by: Actor) -> bool:
    """Whether the actor sees others' patrols there as superior or office, and the matter is not their own."""
    is_party = by.person_id is not None and by.person_id in matter.party_ids
    if is_party or _filed_it(matter, by):
        return False
    return any(
        ground.holds_code(matter.division_id) or bool(ground.area_ids & matter.ancestors)
        for ground in (by.scope.supervised, by.scope.managed)
    )


def _is_party(matter: Matter, by: Actor) -> bool:
    is_sender = by.user_id is not None and by.user_id == matter.sender_id
    return is_sender or (by.person_id is not None and by.person_id in matter.party_ids)


def _filed_it(matter: Matter, by: Actor) -> bool:
    return by.user_id is not None and by.user_id == matter.filer_user_id


def _takes_part(matter: Matter, by: Actor) -> bool:
    return _filed_it(matter, by) or _is_party(matter, by) or supervises(matter, by)


def _not_twice(matter: Matter, by: Actor, at: datetime) -> None:
    """Nobody judges their own decision."""
    if by.person_id is not None and by.person_id in matter.decided_before:
        raise Refusal(
            "contest.decided_before",
            _("You decided on this verdict before; somebody else of the superior's decides the contest."),
            status=403,
        )


FLOW = Flow(
    Step("", "file", "filed", may=_is_party, clock="patrol.contest"),
    Step("filed", "take_up", "review", may=supervises, guard=_not_twice),
    Step("filed", "comment", "filed", may=_takes_part),
    Step("filed", "withdraw", "withdrawn", may=_filed_it),
    Step("review", "uphold", "upheld", may=supervises, guard=_not_twice),
    Step("review", "reject", "rejected", may=supervises, guard=_not_twice),
    Step("review", "comment", "review", may=_takes_part),
    Step("review", "withdraw", "withdrawn", may=_filed_it),
    # Without a contest: a superior settles a doubtful verdict in one go.
    Step("", "examine", "review", may=supervises),
)
