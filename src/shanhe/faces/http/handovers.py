"""Handovers as every web face shows them: filters of their list, looks, and what changes hands in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.filters import Chosen, Filter, Filters, code_or_name, day, one_of
from shanhe.faces.http.places import division_filter
from shanhe.faces.http.templatetags.shanhe_tags import Look
from shanhe.faces.http.xlsx import Column
from shanhe.ground.people.handovers import handovers_of, handovers_pending_of, handovers_with
from shanhe.ground.people.models import Handover, HandoverSide
from shanhe.ground.people.scope import Scope

__all__ = [
    "HANDOVER_COLUMNS",
    "HANDOVER_ORDER",
    "SIDE_LOOKS",
    "STATE_LOOKS",
    "Part",
    "handover_filters",
    "handovers_listed",
    "list_parts",
]

Rows = QuerySet[Handover]

HANDOVER_ORDER = ("-on",)

STATE_LOOKS = {
    "open": Look("open", Handover.State.OPEN.label, "clock", "amber"),
    "confirmed": Look("confirmed", Handover.State.CONFIRMED.label, "valid", "green"),
    "withdrawn": Look("withdrawn", Handover.State.WITHDRAWN.label, "excused", "grey"),
}
SIDE_LOOKS = {
    "waiting": Look("waiting", HandoverSide.State.WAITING.label, "clock", "amber"),
    "confirmed": Look("confirmed", HandoverSide.State.CONFIRMED.label, "valid", "green"),
    "refused": Look("refused", HandoverSide.State.REFUSED.label, "overdue", "red"),
    "on_paper": Look("on_paper", HandoverSide.State.ON_PAPER.label, "signature", "green"),
}
WAITING = (
    ("any", pgettext_lazy("handover waits for", "One of the two")),
    ("outgoing", pgettext_lazy("handover waits for", "Who hands over")),
    ("incoming", pgettext_lazy("handover waits for", "Who takes over")),
)


def handover_filters(scope: Scope, params: Mapping[str, str]) -> Filters:
    """The filters of the list."""
    return Filters(
        Filter("q", _("Name or pinyin"), code_or_name, handovers_with),
        division_filter(scope, params, column="outgoing__remit__division_id"),
        Filter(
            "state",
            _("State"),
            one_of(Handover.State.choices),
            lambda rows, state: rows.filter(state=state),
            "choice",
            lambda: Handover.State.choices,
        ),
        Filter("waiting", _("Waits for"), one_of(WAITING), handovers_pending_of, "choice", lambda: WAITING),
        Filter("since", _("From"), day, lambda rows, on: rows.filter(on__gte=on), "date"),
        Filter("until", _("Until"), day, lambda rows, on: rows.filter(on__lte=on), "date"),
    )


def handovers_listed(scope: Scope, chosen: Chosen) -> Rows:
    """The handovers seen that the filters let through."""
    return chosen.apply(handovers_of(scope))


def _side(row: Any, role: str) -> str:
    return str(next((side.get_state_display() for side in row.sides.all() if side.role == role), ""))


HANDOVER_COLUMNS: list[Column[Handover]] = [
    Column(_("Takes effect on"), lambda row: row.on, 12),
    Column(_("Post"), lambda row: row.outgoing.post.local_name, 20),
    Column(_("Answers for"), lambda row: row.outgoing.remit.name, 36),
    Column(_("Division"), lambda row: row.outgoing.remit.division.name, 18),
    Column(_("Handed over by"), lambda row: row.outgoing.person.name, 12),
    Column(_("Until"), lambda row: row.outgoing.until, 12),
    Column(_("Taken over by"), lambda row: row.incoming.person.name, 12),
    Column(_("Who hands over"), lambda row: _side(row, "outgoing"), 14),
    Column(_("Who takes over"), lambda row: _side(row, "incoming"), 14),
    Column(_("State"), lambda row: row.get_state_display(), 12),
    Column(_("Basis"), lambda row: row.incoming.basis, 30),
    Column(_("Simulated"), lambda row: gettext("Yes") if row.is_simulated else "", 10),
]


# -- what changes hands ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """One value: how it is read, itself, the code of the area it leads to ("" for none), and its column."""

    kind: str
    value: Any
    area: str = ""
    label: str = ""
    align: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One section of the list in the reader's language."""

    name: str
    title: str
    figures: list[tuple[str, Cell]]
    columns: list[tuple[str, str]]
    rows: list[list[Cell]]
    rest: int
    empty: str


def list_parts(kept: Sequence[Mapping[str, Any]], areas_seen: frozenset[str] = frozenset()) -> list[Part]:
    """The sections of a list, as ``handing.listed`` keeps them, for a page; columns without any value are
    left out. ``areas_seen``: codes of the areas that may be linked.
    """
    return [_part(section, areas_seen) for section in kept]


def _part(section: Mapping[str, Any], areas_seen: frozenset[str]) -> Part:
    columns, rows = section["columns"], section["rows"]
    used = [
        place for place in range(len(columns)) if any(row["values"][place] not in (None, "") for row in rows)
    ]
    return Part(
        name=section["name"],
        title=_said(section["title"], section["params"]),
        figures=[(_said(one["label"]), _cell(one["kind"], one["value"])) for one in section["figures"]],
        columns=[(_said(columns[place]["label"]), _heading(columns[place]["kind"])) for place in used],
        rows=[_row(row, columns, used, areas_seen) for row in rows],
        rest=section["rest"],
        empty=_said(section["empty"], section["params"]),
    )


def _row(
    row: Mapping[str, Any], columns: Sequence[Mapping[str, Any]], used: Sequence[int], seen: frozenset[str]
) -> list[Cell]:
    kind, code = row["of"] or ("", "")
    area = code if kind == "registry.area" and code in seen else ""
    return [
        replace(
            _cell(columns[place]["kind"], row["values"][place]),
            area=area if number == 0 else "",
            label=_said(columns[place]["label"]),
            align=_align(columns[place]["kind"]),
        )
        for number, place in enumerate(used)
    ]


def _cell(kind: str, value: Any) -> Cell:
    if value in (None, ""):
        return Cell("none", "")
    if kind == "day":
        return Cell(kind, date.fromisoformat(value))
    return Cell(kind, gettext(value) if kind == "word" else value)


def _heading(kind: str) -> str:
    return "" if _align(kind) == "wide" else _align(kind)


def _said(msgid: str, params: Mapping[str, Any] | None = None) -> str:
    """A provider's sentence in the reader's language."""
    return gettext(msgid) % (params or {}) if msgid else ""


def _align(kind: str) -> str:
    if kind in ("long", "code"):
        return "wide"
    return "number" if kind in ("metres", "square_metres", "number") else ""
