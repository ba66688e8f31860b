"""A verdict told to people: one plain sentence, what was asked for and reached, the signs with their times.

The kernel's codes and figures become words here, so that a village clerk needs no list of codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from shanhe.evidence.patrols.models import Outcome, Patrol, Verdict
from shanhe.evidence.patrols.words import REASONS, flag_told, reason_words
from shanhe.faces.http.templatetags.shanhe_tags import duration, kmh, metres, percent
from shanhe.kernel.tracks.judge import DOUBTS, NOTHING

__all__ = [
    "MODES",
    "SOURCES",
    "Asked",
    "Sign",
    "asked_of",
    "checkpoints_told",
    "headline",
    "missing_of",
    "mode_words",
    "rule_facts",
    "share_words",
    "signs_of",
]

#: Ways of going that phones declare; anything else is shown as it was sent.
MODES: Mapping[str, Promise | str] = {
    "walk": pgettext_lazy("mode", "On foot"),
    "bicycle": pgettext_lazy("mode", "By bicycle"),
    "boat": pgettext_lazy("mode", "By boat"),
    "car": pgettext_lazy("mode", "By car"),
    "motorcycle": pgettext_lazy("mode", "By motorcycle"),
}
SOURCES: Mapping[str, Promise | str] = {
    "app": _("Sent by phone"),
    "upload": _("Handed in as a track file"),
    "import": _("Imported"),
    "paper": _("Entered from paper"),
}


def mode_words(mode: str) -> str:
    """How somebody went, in words; "" when nothing was declared."""
    return str(MODES.get(mode, mode))


def headline(patrol: Patrol, verdict: Verdict) -> str:
    """Why the verdict is what it is and whether it counts, in one sentence a village clerk understands."""
    who = {"holder": verdict.person.name}
    decided = _DECIDED.get(verdict.details.get("decision", {}).get("result", ""))
    if decided is not None:
        return str(decided)
    if verdict.outcome == Outcome.VALID:
        return _valid(patrol, verdict) % who
    if verdict.outcome == Outcome.PARTIAL:
        if verdict.counts:
            return gettext("An honest walk, but not all that is asked for; the rule here lets it count.")
        return gettext("An honest walk, but less than what is asked for, so it does not count.")
    if verdict.outcome == Outcome.DOUBTFUL:
        return gettext(
            "There are signs that a person should look into. Until then the patrol does not count."
        )
    return gettext("This cannot count as a patrol of this area.")


#: What a person decided comes before what the rules found.
_DECIDED: Mapping[str, Promise | str] = {
    "whole": _("The superior looked at it and took the patrol as valid; the reasons stand below."),
    "stretch": _("The superior took further stretches as walked; the verdict follows from that."),
    "refuted": _("The superior looked at the doubts and confirmed them; the reasons stand below."),
}


def _valid(patrol: Patrol, verdict: Verdict) -> str:
    if verdict.counts:
        return gettext("All that is asked for was reached; the patrol counts for %(holder)s.")
    if patrol.is_late:
        return gettext("All that is asked for was reached, but it was sent too late to count.")
    if patrol.joined_to_id is not None:
        return gettext(
            "All that is asked for was reached. Another patrol of %(holder)s at the same time counts already."
        )
    return gettext("All that is asked for was reached, but the patrol does not count towards the duty.")


@dataclass(frozen=True, slots=True)
class Asked:
    """One figure of a patrol: what is asked for ("" for nothing), what was reached, what is missing ("" when
    met).
    """

    name: str
    least: str
    reached: str
    missing: str
    is_met: bool


def asked_of(verdict: Verdict) -> list[Asked]:
    """What the rules of a verdict asked for beside what was reached, in the order of the rules."""
    rules, details = verdict.details.get("rules", {}), verdict.details
    minutes = (details.get("observed_s", verdict.duration_s) / 60, float(rules.get("min_minutes", 0)))
    if verdict.stops is not None:
        way = Asked(gettext("Distance"), "", metres(verdict.distance_m), "", True)
        return [_stops(verdict.stops, int(rules.get("min_stops", 0))), _minutes(*minutes), way]
    found = [
        _share(verdict.walked_share or 0.0, float(rules.get("min_coverage", 0)), verdict),
        _minutes(*minutes),
        _length("distance.short", verdict.distance_m, float(rules.get("min_distance_m", 0))),
    ]
    extent = next((each["figures"] for each in verdict.reasons if each["code"] == "extent.short"), None)
    if extent:
        found.append(_length("extent.short", extent["is_m"], extent["least_m"]))
    return found


def _share(reached: float, least: float, verdict: Verdict) -> Asked:
    is_met = reached >= least
    missing = percent(least - reached) if least - reached >= 0.01 else gettext("less than 1%")
    if verdict.area.kind == "reach" and verdict.length_m:
        missing = gettext("%(share)s, about %(metres)s") % {
            "share": missing,
            "metres": metres((least - reached) * verdict.length_m),
        }
    points = checkpoints_told(verdict)
    if points is not None:
        return _points(points, least)
    found = _asked("coverage.low", percent(least), _share_words(reached, least), missing, is_met)
    by_boundary = verdict.details.get("boundary", 0.0) > verdict.coverage
    return replace(found, name=gettext("Coverage of the boundary")) if by_boundary else found


def checkpoints_told(verdict: Verdict) -> list[tuple[str, bool]] | None:
    """The checkpoints a verdict was made by, each with whether somebody was there; None under other rules."""
    places = verdict.details.get("checkpoints", ())
    if verdict.details.get("rules", {}).get("kind") != "checkpoints" or not places:
        return None
    visits = set(verdict.details.get("visits", ()))
    return [(place[0], n in visits) for n, place in enumerate(places)]


def _points(points: list[tuple[str, bool]], least: float) -> Asked:
    reached, asked = sum(was_there for _name, was_there in points), ceil(least * len(points) - 1e-9)
    said = gettext("%(n)d of %(all)d") % {"n": reached, "all": len(points)}
    missing = "" if reached >= asked else str(asked - reached)
    return Asked(gettext("Checkpoints"), str(asked), said, missing, reached >= asked)


def _minutes(reached: float, least: float) -> Asked:
    return _asked(
        "minutes.short",
        duration(least * 60),
        duration(reached * 60),
        duration((least - reached) * 60),
        reached >= least,
    )


def _length(code: str, reached: float, least: float) -> Asked:
    return _asked(code, metres(least), metres(reached), metres(least - reached), reached >= least)


def _stops(reached: int, least: int) -> Asked:
    said = [_stops_words(n) for n in (least, reached, least - reached)]
    return _asked("stops.few", said[0], said[1], said[2], reached >= least)


def share_words(verdict: Verdict) -> str:
    """What of the area was walked, "95%", or where the rules ask for stops "3 stops"."""
    if verdict.stops is not None:
        return _stops_words(verdict.stops)
    least = float(verdict.details.get("rules", {}).get("min_coverage", 0))
    return _share_words(verdict.walked_share or 0.0, least)


def _share_words(reached: float, least: float) -> str:
    """A share in per cent; below the minimum it is cut, so that 59.9 % never reads as the 60 % asked for."""
    return percent(reached if reached >= least else int(reached * 100 + 1e-6) / 100)


def _stops_words(n: int) -> str:
    return ngettext("%(n)d stop", "%(n)d stops", n) % {"n": n}


def _asked(code: str, least: str, reached: str, missing: str, is_met: bool) -> Asked:
    return Asked(str(REASONS[code].name), least, reached, "" if is_met else missing, is_met)


def missing_of(verdict: Verdict) -> list[str]:
    """The sentences of the minima that were not reached."""
    return [
        reason_words(each["code"], each["figures"])
        for each in verdict.reasons
        if not each["code"].startswith(("flag.", "decision."))
    ]


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign in words, with the moments it is about, and the patrol it was compared with (None: none)."""

    name: str
    sentence: str
    since: datetime | None
    until: datetime | None
    is_against: bool  # held against the patrol; else only noted
    other: int | None

    @property
    def lasts(self) -> bool:
        """Whether it is about a stretch of time that is worth naming."""
        return self.since is not None and self.until is not None and self.until > self.since


def signs_of(verdict: Verdict, began_at: datetime | None) -> list[Sign]:
    """The signs found, those held against the patrol first; seconds counted from ``began_at``."""
    found = [_sign(flag, began_at or verdict.started_at) for flag in verdict.flags]
    if verdict.details.get("decision", {}).get("result") == "whole":
        found = [replace(sign, is_against=False) for sign in found]  # looked at, and not held against it
    return sorted(found, key=lambda sign: not sign.is_against)


def _sign(flag: Mapping[str, Any], began_at: datetime) -> Sign:
    told = flag_told(flag)
    of = str((flag.get("figures") or {}).get("of", ""))
    return Sign(
        name=told.name,
        sentence=told.sentence,
        since=None if told.from_s is None else began_at + timedelta(seconds=told.from_s),
        until=None if told.to_s is None else began_at + timedelta(seconds=told.to_s),
        is_against=told.code in DOUBTS | NOTHING,
        other=int(of) if told.code in ("replayed", "shared") and of.isdecimal() else None,
    )


def rule_facts(verdict: Verdict) -> list[tuple[str, str]]:
    """The numbers of the rule set in words, for who wants to check the verdict."""
    rules, half = verdict.details.get("rules", {}), verdict.details.get("half_width_m", 0.0)
    tolerance = metres(float(rules.get("tolerance_m", 0)))
    if half:
        tolerance = gettext("%(metres)s, and half the water's width of %(half)s") % {
            "metres": tolerance,
            "half": metres(half),
        }
    facts = [(gettext("Counts as walked within"), tolerance)]
    if checkpoints_told(verdict) is not None:
        facts.append((gettext("What is asked for"), gettext("Checkpoints: come by, or read the code there")))
    elif rules.get("kind") == "stops":
        facts.append((gettext("What is asked for"), gettext("Stops at the water; going by car is allowed")))
    elif verdict.area.kind == "forest-unit":
        facts.append((gettext("What is asked for"), gettext("To go through the unit, or round its boundary")))
    if rules.get("kind") == "stops":
        facts.append(
            (gettext("A stop lasts at least"), duration(60 * float(rules.get("min_stop_minutes", 0))))
        )
    else:
        facts.append((gettext("Counts as walked up to"), kmh(float(rules.get("max_counted_speed_mps", 0)))))
    facts.append(
        (gettext("Positions are used up to an error of"), metres(float(rules.get("max_accuracy_m", 0))))
    )
    return facts
