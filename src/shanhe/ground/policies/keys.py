"""Which numbers differ by place, and what a value of each may be. One line a key; others are refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shanhe.kernel.errors import Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["KEYS", "RULES", "Key", "faults"]

#: Says what is wrong with a value, by field ("" for the value itself).
Check = Callable[[Any], dict[str, Text]]


@dataclass(frozen=True, slots=True)
class Key:
    """One kind of policy: its name, what it is for, and the check of its values."""

    name: str
    meaning: str  # message id
    check: Check


def faults(key: str, value: Any) -> dict[str, Text]:
    """What is wrong with ``value`` for ``key``, by field; empty when it may be kept."""
    if key not in KEYS:
        return {"key": Text(_("There is no policy %(given)s; there are: %(known)s."), _known(key))}
    return KEYS[key].check(value)


def _known(key: str) -> dict[str, str]:
    return {"given": key, "known": ", ".join(KEYS)}


def _number(least: float, most: float, *, whole: bool = False) -> Check:
    def check(value: Any) -> dict[str, Text]:
        kinds = (int,) if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not least <= value <= most:
            sentence = (
                _("Must be a whole number from %(least)g to %(most)g.")
                if whole
                else _("Must be a number from %(least)g to %(most)g.")
            )
            return {"": Text(sentence, {"least": least, "most": most})}
        return {}

    return check


def _truth(value: Any) -> dict[str, Text]:
    return {} if isinstance(value, bool) else {"": Text(_("Must be true or false."))}


def _one_of(*words: str) -> Check:
    def check(value: Any) -> dict[str, Text]:
        if value in words:
            return {}
        return {"": Text(_("Must be one of: %(words)s."), {"words": ", ".join(words)})}

    return check


def _list_of(check: Check) -> Check:
    def check_all(value: Any) -> dict[str, Text]:
        if not isinstance(value, list):
            return {"": Text(_("Must be a list."))}
        return next((found for item in value if (found := check(item))), {})

    return check_all


def _word(value: Any) -> dict[str, Text]:
    return {} if isinstance(value, str) and value else {"": Text(_("Must be a word."))}


def _window(value: Any) -> dict[str, Text]:
    days = _number(1, 31, whole=True)
    if isinstance(value, list) and len(value) == 2 and not days(value[0]) and not days(value[1]):
        return {} if value[0] <= value[1] else {"": Text(_("The first day comes before the last one."))}
    return {"": Text(_("Must be a first and a last day of the month."))}


def _table(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    known = {**required, **optional}

    def check(value: Any) -> dict[str, Text]:
        if not isinstance(value, dict):
            return {"": Text(_("Must be a table of named values."))}
        found = {name: Text(_("This is missing.")) for name in required if name not in value}
        for name, item in value.items():
            if name not in known:
                names = {"names": ", ".join(known)}
                found[name] = Text(_("There is no such field; there are: %(names)s."), names)
            else:
                for reason in known[name](item).values():
                    found[name] = reason
        return found

    return check


#: Fields of the kernel's rule set, with the range that makes sense; the id is the policy's own.
RULES: dict[str, Check] = {
    "kind": _one_of("coverage", "stops", "checkpoints"),
    "tolerance_m": _number(1, 100_000),
    "min_coverage": _number(0, 1),
    "min_minutes": _number(0, 1_440),
    "min_distance_m": _number(0, 1_000_000),
    "min_stops": _number(1, 1_000, whole=True),
    "min_stop_minutes": _number(0, 1_440),
    "max_accuracy_m": _number(1, 10_000),
    "max_counted_speed_mps": _number(0.1, 100),
    "checks": _list_of(_word),
}

FREQUENCY = _table(
    {
        "times": _number(1, 1_000, whole=True),
        "per": _one_of(
            "day", "working_day", "week", "xun", "half_month", "month", "quarter", "half_year", "year"
        ),
    },
    {
        "months": _list_of(_number(1, 12, whole=True)),  # only in these months
        "days": _window,  # only on these days of the month
        "min_interval_h": _number(0, 10_000),  # since the end of the last one
        "per_area": _truth,  # for each area, not for all together
        "counts_days": _truth,  # distinct days, not outings
        "substitutes": _list_of(_one_of("assistant", "drone", "meeting", "on_site_handling", "camera")),
    },
)

KEYS = {
    key.name: key
    for key in (
        Key("patrol.rules", _("When a patrol is valid"), _table({}, RULES)),
        Key("patrol.frequency", _("How often a chief patrols"), FREQUENCY),
        Key("patrol.frequency.ranger", _("How often a ranger or patroller goes out"), FREQUENCY),
        Key("patrol.unvisited_days", _("Days after which an area counts as not visited"), _number(1, 3_660)),
        Key("patrol.partial_counts", _("Whether a partial patrol counts for a duty"), _truth),
        Key(
            "patrol.untracked_counts",
            _("Whether a former system's record without a track counts for a duty"),
            _truth,
        ),
        Key(
            "patrol.late",
            _("When a patrol is sent in late, and whether it still counts"),
            _table({"after_h": _number(0, 100_000), "counts": _truth}, {}),
        ),
        Key(
            "patrol.assistants",
            _("Which posts may send a patrol on the account of the area's holder"),
            _table({"posts": _list_of(_word)}, {}),
        ),
        Key(
            "patrol.checklist",
            _("What is looked at on the way"),
            _table({"items": _list_of(_table({"key": _word, "zh": _word, "en": _word}, {}))}, {}),
        ),
        Key(
            "patrol.contest",
            _("How long a verdict may be contested, and when the contest must be decided (working days)"),
            _table(
                {}, {"file_days": _number(1, 3_660, whole=True), "decide_days": _number(1, 366, whole=True)}
            ),
        ),
        Key("patrol.track_years", _("Years after which a track is deleted"), _number(0.1, 100)),
        Key(
            "files.limits",
            _("How large a file may be"),
            _table({"max_bytes": _number(1, 10**11, whole=True)}, {"photo_bytes": _number(1, 10**9)}),
        ),
        Key(
            "account.token_days",
            _("Days for which a device stays signed in"),
            _number(1, 3_660, whole=True),
        ),
    )
}
