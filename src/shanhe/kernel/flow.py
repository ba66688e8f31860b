"""Workflows as data: one line a transition, read by services, drawn by help pages.

A guard and a ``may`` rule are handed loaded objects; they never ask the database themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["Flow", "Step"]

#: ``may(subject, actor) -> bool``: is this actor allowed to take the step?
May = Callable[[Any, Any], bool]
#: ``guard(subject, actor, at)`` raises a Refusal that says what is missing.
Guard = Callable[[Any, Any, datetime], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One transition: in state ``source``, ``action`` leads to ``target``.

    ``clock`` names the policy that limits the new state's time; None means that no clock runs in it.
    """

    source: str
    action: str
    target: str
    may: May
    guard: Guard | None = None
    clock: str | None = None


class Flow:
    """A transition table. Two steps with the same source and action are a programming error."""

    def __init__(self, *steps: Step) -> None:
        self._steps: dict[tuple[str, str], Step] = {}
        for step in steps:
            key = (step.source, step.action)
            if key in self._steps:
                raise ValueError(f"two steps for {key}")
            self._steps[key] = step

    def __iter__(self) -> Iterator[Step]:
        return iter(self._steps.values())

    @property
    def states(self) -> frozenset[str]:
        """Every state that some step leaves or reaches."""
        return frozenset(state for step in self for state in (step.source, step.target))

    def actions(self, subject: Any, actor: Any) -> list[str]:
        """Actions that ``actor`` may take on ``subject`` now, guards aside, in table order."""
        return [s.action for s in self if s.source == subject.state and s.may(subject, actor)]

    def step(self, subject: Any, action: str, actor: Any, at: datetime) -> Step:
        """The step that ``action`` is, or a Refusal that says why not.

        Codes: ``flow.no_such_step`` (409) when the state does not allow the action, ``flow.not_yours`` (403)
        when the actor may not; a guard raises its own.
        """
        step = self._steps.get((subject.state, action))
        if step is None:
            raise Refusal(
                "flow.no_such_step",
                _("This cannot be done in the present state (%(state)s)."),
                status=409,
                state=subject.state,
            )
        if not step.may(subject, actor):
            raise Refusal("flow.not_yours", _("Somebody else has to do this."), status=403)
        if step.guard is not None:
            step.guard(subject, actor, at)
        return step
