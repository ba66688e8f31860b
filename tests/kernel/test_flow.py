"""Transition tables: who may do what from which state, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from shanhe.kernel.errors import Refusal
from shanhe.kernel.flow import Flow, Step

AT = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass
class Case:
    state: str
    owner: str = "water-bureau"
    photos: int = 0


def owner(case: Case, actor: str) -> bool:
    return case.owner == actor


def anybody(case: Case, actor: str) -> bool:
    return True


def has_photos(case: Case, actor: str, at: datetime) -> None:
    if not case.photos:
        raise Refusal("case.no_photos", "Photos are missing.")


FLOW = Flow(
    Step("assigned", "rectify", "rectified", may=owner, guard=has_photos, clock="case.verify"),
    Step("assigned", "return", "reported", may=owner),
    Step("rectified", "accept", "closed", may=anybody),
)


def test_an_allowed_action_gives_its_step():
    step = FLOW.step(Case("assigned", photos=2), "rectify", "water-bureau", AT)
    assert (step.target, step.clock) == ("rectified", "case.verify")


def test_an_action_that_the_state_does_not_know_is_refused():
    with pytest.raises(Refusal) as refused:
        FLOW.step(Case("closed"), "rectify", "water-bureau", AT)
    assert (refused.value.code, refused.value.status) == ("flow.no_such_step", 409)
    assert "closed" in str(refused.value)


def test_somebody_elses_action_is_refused():
    with pytest.raises(Refusal) as refused:
        FLOW.step(Case("assigned", photos=2), "rectify", "stranger", AT)
    assert (refused.value.code, refused.value.status) == ("flow.not_yours", 403)


def test_a_guard_says_itself_what_is_missing():
    with pytest.raises(Refusal, match="Photos are missing"):
        FLOW.step(Case("assigned"), "rectify", "water-bureau", AT)


def test_the_actions_of_an_actor_leave_guards_aside():
    assert FLOW.actions(Case("assigned"), "water-bureau") == ["rectify", "return"]
    assert FLOW.actions(Case("assigned"), "stranger") == []


def test_the_states_are_all_that_a_step_leaves_or_reaches():
    assert FLOW.states == {"assigned", "rectified", "reported", "closed"}


def test_two_steps_for_one_action_are_a_mistake():
    step = Step("assigned", "rectify", "rectified", may=anybody)
    with pytest.raises(ValueError, match="two steps"):
        Flow(step, step)
