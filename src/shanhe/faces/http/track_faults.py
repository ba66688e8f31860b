"""Faults of a track file told to people: row, field and reason in words, not in the reader's codes."""

from __future__ import annotations

import re
from collections.abc import Collection

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from shanhe.kernel.errors import Refusal

__all__ = ["place_words", "track_faults"]

#: What the readers call the things that are numbered, and a fix's fields.
_NUMBERED: dict[str, Promise | str] = {
    "trkpt": _("Track point %(number)s"),
    "row": _("Row %(number)s"),
    "position": _("Position %(number)s"),
}
_FIELDS: dict[str, Promise | str] = {
    "lon": pgettext_lazy("track file", "longitude"),
    "lat": pgettext_lazy("track file", "latitude"),
    "time": pgettext_lazy("track file", "time"),
    "accuracy": pgettext_lazy("track file", "accuracy"),
    "file": pgettext_lazy("track file", "file"),
    "track": pgettext_lazy("track file", "track"),
    "track.t": pgettext_lazy("track file", "time"),
}
_PLACE = re.compile(r"(trkpt|row|position) (\d+)(?: (\w+))?")


def place_words(name: str) -> str:
    """A reader's name of a place in words: ``"row 7 lon"`` is "Row 7, longitude"; "" without words."""
    found = _PLACE.fullmatch(name)
    if found is None:
        return str(_FIELDS.get(name, ""))
    place = str(_NUMBERED[found[1]]) % {"number": found[2]}
    field = str(_FIELDS.get(found[3] or "", ""))
    return gettext("%(place)s, %(field)s") % {"place": place, "field": field} if field else place


def track_faults(refusal: Refusal, but: Collection[str] = ()) -> list[str]:
    """The refusal's sentence and a line for each faulty place, those of the form fields ``but`` left out.

    A sentence that says the same twice is said once.
    """
    message = _without_codes(refusal)
    lines = [message]
    for name, reason in refusal.fields.items():
        words = reason.render(gettext)
        if name in but or words == message:
            continue
        place = place_words(name)
        lines.append(gettext("%(place)s: %(reason)s") % {"place": place, "reason": words} if place else words)
    return lines


def _without_codes(refusal: Refusal) -> str:
    """The message, the place that it names in words too."""
    params = dict(refusal.message.params)
    if isinstance(params.get("place"), str):
        params["place"] = place_words(params["place"]) or params["place"]
    sentence = gettext(refusal.message.msgid)
    return sentence % params if params else sentence
