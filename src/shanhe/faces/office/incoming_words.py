"""What pages say of files that were brought: states, rows, fields, coordinate systems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.templatetags.shanhe_tags import Look
from shanhe.ground.incoming.kinds import Fault, Kind
from shanhe.ground.incoming.matching import fields_asked
from shanhe.ground.incoming.models import Incoming
from shanhe.ground.incoming.reports import report_heard

__all__ = [
    "GROUPS",
    "ROWS",
    "STATES",
    "FaultLine",
    "RowLine",
    "field_words",
    "lines_of",
    "system_words",
    "systems",
]

State = Incoming.State
STATES = {
    "received": Look("received", State.RECEIVED.label, "clock", "grey"),
    "read": Look("read", State.READ.label, "due", "blue"),
    "matched": Look("matched", State.MATCHED.label, "due", "blue"),
    "taking": Look("taking", State.TAKING.label, "refresh", "blue"),
    "taken": Look("taken", State.TAKEN.label, "valid", "green"),
    "refused": Look("refused", State.REFUSED.label, "invalid", "red"),
    "withdrawn": Look("withdrawn", State.WITHDRAWN.label, "excused", "grey"),
}

#: As on the map (``frontend/shared/src/looks.ts``).
ROWS = {
    "create": Look("create", pgettext_lazy("row", "New"), "add", "green"),
    "update": Look("update", pgettext_lazy("row", "Changed"), "edit", "blue"),
    "unchanged": Look("unchanged", pgettext_lazy("row", "As it is"), "excused", "grey"),
    "faulty": Look("faulty", pgettext_lazy("row", "Faulty"), "overdue", "red"),
}

GROUPS: dict[str, Any] = {
    "ground": _("Waters and forests"),
    "facilities": _("Facilities at waters and in forests"),
    "people": _("People"),
    "patrols": _("Patrols"),
}

_OTHER_FIELDS: dict[str, Any] = {
    "geometry": _("Shape"),
    "facts": _("Facts"),
    "": _("Whole row"),
}

#: Where the code of a record leads, by what the kind calls its records.
_PAGES = {
    "area": "area",
    "division": "division",
    "organization": "organization",
    "patrol": "patrol",
    "person": "person",
}

_THREE, _SIX = _("CGCS2000, 3° zone %(zone)s"), _("CGCS2000, 6° zone %(zone)s")
_THREE_AT, _SIX_AT = _("CGCS2000, 3°, meridian %(lon)s° E"), _("CGCS2000, 6°, meridian %(lon)s° E")

#: Coordinate systems that offices use: what each is called, by its EPSG number.
_SYSTEMS: dict[int, tuple[Any, dict[str, int]]] = {
    4490: (_("CGCS2000, degrees"), {}),
    4326: (_("WGS 84, degrees"), {}),
    **{4513 + n: (_THREE, {"zone": 25 + n}) for n in range(21)},
    **{4534 + n: (_THREE_AT, {"lon": 75 + 3 * n}) for n in range(21)},
    **{4491 + n: (_SIX, {"zone": 13 + n}) for n in range(11)},
    **{4502 + n: (_SIX_AT, {"lon": 75 + 6 * n}) for n in range(11)},
    4610: (_("Xi'an 1980, degrees"), {}),
    4214: (_("Beijing 1954, degrees"), {}),
    3857: (_("Web Mercator"), {}),
}


def systems() -> list[tuple[str, str]]:
    """Code and name of the usual coordinate systems, for the form's list; any other number may be typed."""
    return [(f"EPSG:{number}", str(words) % holes) for number, (words, holes) in _SYSTEMS.items()]


def system_words(code: str, name: str) -> str:
    """What a coordinate system is called: in the reader's language where it is a usual one."""
    number = code.rpartition(":")[2]
    words, holes = _SYSTEMS.get(int(number) if number.isdigit() else 0, (name, {}))
    return str(words) % holes if holes else str(words)


@dataclass(frozen=True, slots=True)
class FaultLine:
    """One fault as a line of a list."""

    row: int
    field: str  # in words
    given: str
    reason: str


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row and what becomes of it."""

    row: int
    look: Look
    name: str
    code: str
    url: str


def field_words(kind: Kind) -> dict[str, str]:
    """What the fields of a kind are called, with those of places and shapes."""
    asked = {each.name: str(each.label) for each in fields_asked(kind, has_shapes=False)}
    return asked | {name: str(words) for name, words in _OTHER_FIELDS.items()}


def lines_of(incoming: Incoming, kind: Kind) -> tuple[list[FaultLine], list[RowLine], list[FaultLine]]:
    """Faults, rows and remarks of a file's report, in the reader's language."""
    report = report_heard(incoming.report)
    words = field_words(kind)
    given = incoming.report.get("given", [])
    faults = [
        _fault(fault, words, given[n] if n < len(given) else "") for n, fault in enumerate(report.refused)
    ]
    rows = [
        RowLine(each.row, ROWS[each.did], each.name, each.code, _page(kind, each.code))
        for each in report.done
    ]
    return faults, rows, [_fault(note, words, "") for note in report.notes]


def _fault(fault: Fault, words: dict[str, str], given: str) -> FaultLine:
    return FaultLine(fault.row, words.get(fault.field, fault.field), given, fault.reason.render(gettext))


def _page(kind: Kind, code: str) -> str:
    name = _PAGES.get(kind.record, "")
    return reverse(name, args=[code]) if name and code else ""
