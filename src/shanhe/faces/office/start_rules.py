"""Rules in words: what a pack asks for, a sentence for each number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.templatetags.shanhe_tags import metres, percent
from shanhe.ground.divisions.models import Level
from shanhe.ground.policies.keys import KEYS
from shanhe.ground.policies.packs import Pack
from shanhe.ground.registry.models import Area

__all__ = ["PackShown", "RuleLine", "pack_shown", "rule_lines"]

PER: dict[str, Any] = {
    "day": ngettext_lazy("once a day", "%(n)d times a day", "n"),
    "working_day": ngettext_lazy("once a working day", "%(n)d times a working day", "n"),
    "week": ngettext_lazy("once a week", "%(n)d times a week", "n"),
    "xun": ngettext_lazy("once in ten days", "%(n)d times in ten days", "n"),
    "half_month": ngettext_lazy("once in half a month", "%(n)d times in half a month", "n"),
    "month": ngettext_lazy("once a month", "%(n)d times a month", "n"),
    "quarter": ngettext_lazy("once a quarter", "%(n)d times a quarter", "n"),
    "half_year": ngettext_lazy("once in half a year", "%(n)d times in half a year", "n"),
    "year": ngettext_lazy("once a year", "%(n)d times a year", "n"),
}
SUBSTITUTES: dict[str, Any] = {
    "assistant": _("an assistant's patrol"),
    "drone": _("a drone flight"),
    "meeting": _("a meeting"),
    "on_site_handling": _("handling on site"),
    "camera": _("a camera"),
}


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule: what it is about, for whom, what it says."""

    about: str
    whom: str
    words: str


@dataclass(frozen=True, slots=True)
class PackShown:
    """A pack as a page offers it."""

    name: str
    title: str
    source: str
    lines: list[RuleLine]


def pack_shown(pack: Pack) -> PackShown:
    """Title in the reader's language, and what its rules say."""
    is_chinese = (get_language() or "").startswith("zh")
    return PackShown(
        pack.name, pack.title_zh if is_chinese else pack.title, pack.source, rule_lines(pack.rules)
    )


def rule_lines(rules: Sequence[Any]) -> list[RuleLine]:
    """The rules that have words, in their order; ``rules``: of a pack, or rows of policies."""
    return [
        RuleLine(gettext(KEYS[rule.key].meaning), _whom(rule.kind, rule.level), said)
        for rule in rules
        if (said := _said(rule.key, rule.value))
    ]


def _whom(kind: str, level: str) -> str:
    parts = []
    if level:
        parts.append(str(Level(level).label))
    if kind:
        parts.append(str(Area.Kind(kind).label))
    return " · ".join(parts) or gettext("everybody")


def _said(key: str, value: Any) -> str:
    say = WORDS.get(key)
    return say(value) if say else ""


def _often(value: Mapping[str, Any]) -> str:
    n = value["times"]
    parts = [str(PER[value["per"]] % {"n": n})]
    if value.get("months"):
        months = ", ".join(map(str, value["months"]))
        parts.append(gettext("in the months %(months)s") % {"months": months})
    if value.get("min_interval_h"):
        parts.append(gettext("at least %(hours)s hours apart") % {"hours": value["min_interval_h"]})
    if value.get("per_area"):
        parts.append(gettext("each area"))
    if value.get("counts_days"):
        parts.append(gettext("days are counted, not outings"))
    if value.get("substitutes"):
        words = gettext(", ").join(str(SUBSTITUTES.get(each, each)) for each in value["substitutes"])
        parts.append(gettext("also by %(ways)s") % {"ways": words})
    return gettext("; ").join(parts)


def _valid(value: Mapping[str, Any]) -> str:
    parts = []
    if value.get("kind") == "stops":
        stops = {"n": value.get("min_stops", 3), "minutes": f"{value.get('min_stop_minutes', 3):g}"}
        parts.append(gettext("%(n)s stops of %(minutes)s minutes each, by car too") % stops)
    elif value.get("min_coverage"):
        parts.append(
            gettext("at least %(share)s of the area walked") % {"share": percent(value["min_coverage"])}
        )
    if value.get("min_minutes"):
        parts.append(gettext("at least %(minutes)s minutes") % {"minutes": f"{value['min_minutes']:g}"})
    if value.get("min_distance_m") and value.get("kind") != "stops":
        parts.append(gettext("at least %(length)s") % {"length": metres(value["min_distance_m"])})
    if value.get("tolerance_m"):
        parts.append(gettext("up to %(length)s aside") % {"length": metres(value["tolerance_m"])})
    return gettext("; ").join(parts)


def _late(value: Mapping[str, Any]) -> str:
    words = {"hours": f"{value['after_h']:g}"}
    if value["counts"]:
        return gettext("late after %(hours)s hours, and counts all the same") % words
    return gettext("late after %(hours)s hours, and does not count then") % words


def _truth(value: bool) -> str:
    return gettext("yes") if value else gettext("no")


WORDS: dict[str, Callable[[Any], str]] = {
    "patrol.frequency": _often,
    "patrol.frequency.ranger": _often,
    "patrol.rules": _valid,
    "patrol.late": _late,
    "patrol.partial_counts": _truth,
    "patrol.untracked_counts": _truth,
    "patrol.unvisited_days": lambda value: gettext("after %(n)s days") % {"n": value},
    "patrol.track_years": lambda value: gettext("after %(n)s years") % {"n": value},
}
