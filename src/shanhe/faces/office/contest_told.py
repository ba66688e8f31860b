"""Contests in words: states with their looks, the steps of a timeline, and the history of a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from shanhe.evidence.patrols.contests_models import Contest, ContestEvent
from shanhe.evidence.patrols.models import Verdict
from shanhe.faces.http.templatetags.shanhe_tags import Look, metres
from shanhe.faces.office.patrol_photos import File, file_shown
from shanhe.faces.office.patrol_told import share_words
from shanhe.ground.documents.queries import files_of_records

__all__ = ["LOOKS", "Past", "Told", "due_said", "history_of", "look_of", "stretch_words", "timeline_of"]

LOOKS: Mapping[str, Look] = {
    "filed": Look("filed", pgettext_lazy("contest", "Filed"), "clock", "blue"),
    "review": Look("review", pgettext_lazy("contest", "Under review"), "eye", "amber"),
    "upheld": Look("upheld", pgettext_lazy("contest", "Upheld"), "valid", "green"),
    "rejected": Look("rejected", pgettext_lazy("contest", "Rejected"), "invalid", "red"),
    "withdrawn": Look("withdrawn", pgettext_lazy("contest", "Withdrawn"), "excused", "grey"),
}
#: Doubts that a superior settled of their own accord: nobody asked, so nothing was upheld or rejected.
OWN_LOOKS: Mapping[str, Look] = {
    "upheld": Look("upheld", pgettext_lazy("contest", "Doubts cleared"), "valid", "green"),
    "rejected": Look("rejected", pgettext_lazy("contest", "Doubts confirmed"), "invalid", "red"),
}
STEPS: Mapping[str, Any] = {
    "file": _("contested the verdict"),
    "take_up": _("took the contest under review"),
    "comment": _("added"),
    "withdraw": _("withdrew the contest"),
    "uphold": _("upheld the contest"),
    "reject": _("rejected the contest"),
    "examine": _("looked at the doubtful verdict"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One step of a timeline."""

    who: str
    words: str
    at: datetime
    note: str
    result: str  # of a decision, in words
    stretches: str
    files: Sequence[File]


@dataclass(frozen=True, slots=True)
class Past:
    """One verdict of a history: what it said, who made it and why."""

    verdict: Verdict
    share: str
    who: str
    why: str
    url: str  # of the contest that made it
    is_current: bool


def look_of(contest: Contest) -> Look:
    """The look of a contest's state."""
    own = OWN_LOOKS if contest.origin == Contest.Origin.OFFICE else {}
    return own.get(contest.state) or LOOKS[contest.state]


def due_said(contest: Contest, today: date) -> str:
    """How long there is for a decision, or by how much it is late; "" when nobody waits."""
    if not contest.is_open:
        return ""
    left = (contest.due_on - today).days
    if left < 0:
        return gettext("%(n)s days late") % {"n": -left}
    if left == 0:
        return gettext("due today")
    return gettext("due on %(day)s") % {"day": contest.due_on.isoformat()}


def stretch_words(stretches: Iterable[Sequence[float]]) -> str:
    """``900–1,900 m`` for each, separated by commas."""
    said = [
        gettext("%(from)s – %(to)s (%(length)s)")
        % {"from": metres(a), "to": metres(b), "length": metres(b - a)}
        for a, b in stretches
    ]
    return gettext(", ").join(said)


def timeline_of(contest: Contest) -> list[Told]:
    """The steps of a contest (with ``timeline``), with their pictures. One query."""
    events: Sequence[ContestEvent] = contest.timeline  # type: ignore[attr-defined]
    rows = {row.uuid: row for row in files_of_records("contest", [contest.uuid])}
    return [_told(contest, event, rows) for event in events]


def _told(contest: Contest, event: ContestEvent, rows: Mapping[UUID, Any]) -> Told:
    # Only what its own author sent: somebody else who learnt the number cannot add to it.
    files = [
        file_shown(rows[number])
        if number in rows and rows[number].uploaded_by_id == event.user_id
        else File(number, gettext("has not come yet"))
        for number in (UUID(str(each)) for each in event.files)
    ]
    is_own = contest.origin == Contest.Origin.OFFICE and event.action in ("uphold", "reject")
    result = event.data.get("result", "")
    return Told(
        who=_name(event),
        words=gettext("decided") if is_own else str(STEPS.get(event.action, event.action)),
        at=event.at,
        note=event.note,
        result=str(dict(Contest.Result.choices).get(result, "")) if result else "",
        stretches=stretch_words(event.data.get("accepted") or event.data.get("stretches") or ()),
        files=files,
    )


def _name(event: ContestEvent) -> str:
    if event.person is not None:
        return event.person.name
    return event.user.username if event.user is not None else gettext("the system")


def history_of(verdicts: Sequence[Verdict], contests: Sequence[Contest]) -> list[Past]:
    """Every verdict on one patrol in one area, the newest first, with who made it and why."""
    by_verdict = {each.new_verdict_id: each for each in contests if each.new_verdict_id is not None}
    ordered = sorted(verdicts, key=lambda row: (row.made_at, row.pk), reverse=True)
    first = ordered[-1].pk if ordered else None
    return [_past(row, by_verdict.get(row.pk), is_first=row.pk == first) for row in ordered]


def _past(row: Verdict, contest: Contest | None, *, is_first: bool) -> Past:
    if contest is not None:
        decision = contest.timeline[-1]  # type: ignore[attr-defined]
        who = contest.decider.name if contest.decider else _name(decision)
        why = gettext("%(what)s: %(why)s") % {"what": contest.get_result_display(), "why": decision.note}
        return Past(row, share_words(row), who, why, reverse("contest", args=[contest.uuid]), row.is_current)
    who = gettext("by rule, when it came in") if is_first else gettext("by rule, judged again")
    if "follows" in row.details:
        who = gettext("follows the verdict on patrol No. %(n)s at the same time") % {
            "n": row.details["follows"]
        }
    return Past(row, share_words(row), who, "", "", row.is_current)
