"""What verdicts, flags and reasons are called, and the sentence each makes of its figures.

The kernel says codes and figures; here they become words that a chief understands at once. One entry per
code: a test walks the kernel's own lists and fails on a code without words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

__all__ = ["FLAGS", "REASONS", "Told", "flag_told", "flag_words", "reason_words"]

Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """A flag for people: its name, the sentence, and the seconds from the first fix it is about."""

    code: str
    name: str
    sentence: str
    from_s: float | None
    to_s: float | None


@dataclass(frozen=True, slots=True)
class _Words:
    """A code's name and its sentence; ``holes`` makes the sentence's values of the kernel's figures."""

    name: Promise | str
    sentence: Promise | str
    holes: Callable[[Figures], Mapping[str, Any]] = dict


def flag_words(code: str) -> str:
    """The name of a flag; the bare code of one that is not known here."""
    found = FLAGS.get(code)
    return str(found.name) if found else code


def flag_told(flag: Figures) -> Told:
    """A stored flag (``code``, ``from_s``, ``to_s``, ``figures``) in words of the present language."""
    code = str(flag["code"])
    sentence = _sentence(f"flag.{code}", flag.get("figures") or {})
    return Told(code, flag_words(code), sentence, flag.get("from_s"), flag.get("to_s"))


def reason_words(code: str, figures: Figures) -> str:
    """A stored reason as a sentence of the present language; the bare code of one that is not known here."""
    return _sentence(code, figures)


def _sentence(code: str, figures: Figures) -> str:
    found = FLAGS.get(code.removeprefix("flag.")) if code.startswith("flag.") else REASONS.get(code)
    if found is None:
        return code
    if code == "flag.clock_skew":
        return _clock_skew(figures)
    if code == "flag.sparse" and figures.get("points") == 0:
        return gettext("There is no track: where it went cannot be verified.")
    try:
        return str(found.sentence) % found.holes(figures)
    except (KeyError, TypeError, ValueError):  # figures of an older kernel: the name is always right
        return str(found.name)


def _percent(share: Any) -> str:
    return f"{100 * float(share):.0f}"


def _metres(value: Any) -> str:
    return f"{float(value):,.0f}"


def _duration(seconds: Any) -> str:
    """Seconds as minutes, or as seconds below two minutes."""
    seconds = float(seconds)
    if seconds < 120:
        whole = round(seconds)
        return ngettext("%(n)d second", "%(n)d seconds", whole) % {"n": whole}
    minutes = round(seconds / 60)
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}


def _clock_skew(figures: Figures) -> str:
    if "ahead_s" in figures:
        return gettext("The phone's clock was %(time)s ahead of the server.") % {
            "time": _duration(figures["ahead_s"])
        }
    if "apart_s" in figures:
        text = gettext("The positions are of another time than the patrol: they lie %(time)s outside it.")
        return text % {"time": _duration(figures["apart_s"])}
    if "back_s" in figures:
        text = gettext("The recorded time jumps back by %(time)s: the clock was changed on the way.")
        return text % {"time": _duration(figures["back_s"])}
    return str(FLAGS["clock_skew"].name)


def _minimum(
    unit: str, show: Callable[[Any], str], step: float = 1.0
) -> Callable[[Figures], Mapping[str, Any]]:
    """What is there and what is asked for. What is there lies below it and is cut to ``step``, not rounded,
    so that nobody reads "60 % were walked; at least 60 % are asked for".
    """

    def holes(figures: Figures) -> Mapping[str, Any]:
        there = math.floor(float(figures[f"is_{unit}"]) / step + 1e-6) * step
        return {"is": show(there), "least": show(figures[f"least_{unit}"])}

    return holes


def _plain(value: Any) -> str:
    return f"{float(value):.1f}".removesuffix(".0")


def _speed_kmh(mps: Any) -> str:
    return f"{3.6 * float(mps):.0f}"


FLAGS: dict[str, _Words] = {
    "asleep": _Words(
        pgettext_lazy("flag", "Phone asleep"),
        _("The phone slept for %(time)s; this is not held against anybody."),
        lambda figures: {"time": _duration(figures["gap_s"])},
    ),
    "datum_gcj02": _Words(
        pgettext_lazy("flag", "Shifted map datum"),
        _("The positions came in the shifted GCJ-02 datum (by %(metres)s m) and were converted; no fault."),
        lambda figures: {"metres": _metres(figures["shift_m"])},
    ),
    "synthetic": _Words(
        pgettext_lazy("flag", "Made by a program"),
        _("The positions are more even than any walk: they look as if a program had made them."),
        lambda figures: {},
    ),
    "replayed": _Words(
        pgettext_lazy("flag", "Repeated track"),
        _("The track is the same as that of an earlier patrol of one's own (No. %(of)s), over %(metres)s m."),
        lambda figures: {"of": figures["of"], "metres": _metres(figures["metres"])},
    ),
    "shared": _Words(
        pgettext_lazy("flag", "Shared track"),
        _("The track is the same as that of another person's patrol (No. %(of)s), over %(metres)s m."),
        lambda figures: {"of": figures["of"], "metres": _metres(figures["metres"])},
    ),
    "mock": _Words(
        pgettext_lazy("flag", "Mock location"),
        _("The phone itself says that %(fixes)s positions (%(share)s %%) came from a mock-location app."),
        lambda figures: {"fixes": figures["fixes"], "share": _percent(figures["share"])},
    ),
    "clock_skew": _Words(pgettext_lazy("flag", "Clock is off"), pgettext_lazy("flag", "Clock is off")),
    "teleport": _Words(
        pgettext_lazy("flag", "Jump"),
        _("The track jumps %(metres)s m within %(time)s, with nothing between."),
        lambda figures: {"metres": _metres(figures["metres"]), "time": _duration(figures["seconds"])},
    ),
    "too_fast": _Words(
        pgettext_lazy("flag", "Driven"),
        _("The way was driven: %(kmh)s km/h on average, %(share)s %% of it faster than counts."),
        lambda figures: {"kmh": _speed_kmh(figures["mean_mps"]), "share": _percent(figures["fast_share"])},
    ),
    "confined": _Words(
        pgettext_lazy("flag", "Round and round"),
        _("%(metres)s m were walked round and round within a place %(extent)s m across."),
        lambda figures: {
            "metres": _metres(figures["distance_m"]),
            "extent": _metres(figures["extent_m"]),
        },
    ),
    "code_unknown": _Words(
        pgettext_lazy("flag", "Unknown code"),
        _("The code “%(code)s” belongs to no checkpoint here; perhaps it was mistyped."),
        lambda figures: {"code": figures["code"]},
    ),
    "code_far": _Words(
        pgettext_lazy("flag", "Code read elsewhere"),
        _("The code of %(name)s was read while the phone was %(metres)s m away from there."),
        lambda figures: {"name": figures["name"], "metres": _metres(figures["apart_m"])},
    ),
    "outside": _Words(
        pgettext_lazy("flag", "Elsewhere"),
        _("The walk was elsewhere: only %(share)s %% of the positions lie near the area."),
        lambda figures: {"share": _percent(figures["near_share"])},
    ),
    "stationary": _Words(
        pgettext_lazy("flag", "Stood still"),
        _("The phone stayed within %(metres)s m of one place."),
        lambda figures: {"metres": _metres(figures["spread_m"])},
    ),
    "sparse": _Words(
        pgettext_lazy("flag", "A handful of positions"),
        _("There are only %(points)s usable positions; too few to tell a walk."),
        lambda figures: {"points": figures["points"]},
    ),
    "truncated": _Words(
        pgettext_lazy("flag", "Far too little"),
        _("Less than a quarter of a minimum was reached: %(which)s."),
        lambda figures: {"which": _missing(figures)},
    ),
}

REASONS: dict[str, _Words] = {
    "coverage.low": _Words(
        pgettext_lazy("reason", "Coverage"),
        _("%(is)s %% of the area was walked; at least %(least)s %% are asked for."),
        _minimum("share", _percent, 0.01),
    ),
    "minutes.short": _Words(
        pgettext_lazy("reason", "Duration"),
        _("The patrol took %(is)s minutes; at least %(least)s are asked for."),
        _minimum("minutes", _plain, 0.1),
    ),
    "distance.short": _Words(
        pgettext_lazy("reason", "Distance"),
        _("%(is)s m were walked; at least %(least)s m are asked for."),
        _minimum("m", _metres),
    ),
    "extent.short": _Words(
        pgettext_lazy("reason", "Extent"),
        _("The walk stretched over %(is)s m; at least %(least)s m are asked for."),
        _minimum("m", _metres),
    ),
    "stops.few": _Words(
        pgettext_lazy("reason", "Stops"),
        _("%(is)s stops were made at the water; at least %(least)s are asked for."),
        _minimum("stops", _plain),
    ),
    "decision.stretch": _Words(
        pgettext_lazy("reason", "Decision"),
        _("By decision %(metres)s m more count as walked."),
        lambda figures: {"metres": _metres(figures["added_m"])},
    ),
    "decision.whole": _Words(
        pgettext_lazy("reason", "Decision"), _("By decision the patrol is taken as valid.")
    ),
    "decision.refuted": _Words(
        pgettext_lazy("reason", "Decision"), _("By decision the doubts are confirmed; it does not count.")
    ),
}


def _missing(figures: Figures) -> str:
    return "、".join(
        f"{REASONS[code].name} {_percent(share)} %" for code, share in figures.items() if code in REASONS
    )
