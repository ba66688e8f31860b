"""The page of a patrol that came without a track: a record of a former system, with nothing to verify."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

from shanhe.evidence.patrols.models import Patrol, Verdict
from shanhe.evidence.patrols.queries.former import former_said, has_fixes, is_untracked

__all__ = ["former_context"]


def former_context(patrol: Patrol, verdict: Verdict) -> dict[str, Any]:
    """What the page shows of a former system's record; where there is no track, instead of figures and signs
    that would all say "nothing".
    """
    said = former_said(patrol)
    shown: dict[str, Any] = {"has_track": has_fixes(patrol), "former": said, "is_untracked": False}
    if not is_untracked(patrol):
        return shown
    if patrol.source == Patrol.Source.PAPER:
        headline = _paper(verdict)
    elif verdict.counts:
        headline = gettext("A record of the former system without a track; the rule here lets it count.")
    else:
        headline = gettext("A record of the former system without a track: nothing of it can be verified.")
    return {**shown, "is_untracked": True, "headline": headline, "may_take_track": False, **_NOTHING}


_NOTHING: dict[str, list[Any]] = {"signs": [], "missing": [], "asked": []}


def _paper(verdict: Verdict) -> str:
    if verdict.counts:
        return gettext("Entered from a paper log, without a track; the rule here lets it count.")
    return gettext("Entered from a paper log, without a track: it cannot be verified and does not count.")
