"""The list of patrols as every web face shows it: its filters, its order, its columns in a workbook.

A row is one verdict: one patrol in one area. So filters that speak of the area and of the verdict mean the
same row.
"""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shanhe.evidence.patrols.models import Outcome, Verdict
from shanhe.evidence.patrols.queries.finding import in_area_named, in_division, of_holder_named, with_flags
from shanhe.evidence.patrols.words import FLAGS, flag_words, reason_words
from shanhe.faces.http.filters import (
    Filter,
    Filters,
    Unfit,
    any_of,
    code_or_name,
    day_from,
    day_until,
    switch,
)
from shanhe.faces.http.xlsx import Column
from shanhe.kernel.codes import DIGITS, subtree
from shanhe.kernel.errors import gettext_noop

__all__ = ["PATROL_COLUMNS", "PATROL_FILTERS", "PATROL_ORDER"]

PATROL_ORDER = ("-started_at", "-pk")


def _subtree(given: str) -> tuple[str, str]:
    """The range of codes below a division: as many significant digits as are not filling zeros."""
    if not re.fullmatch(r"[1-9]\d{1,11}", given):
        raise Unfit(gettext_noop("Must be a division's code of up to 12 digits."))
    code = given.ljust(12, "0")
    level = next(level for level, digits in DIGITS.items() if set(code[digits:]) <= {"0"})
    return subtree(code, level)


def _flag_choices() -> list[tuple[str, Any]]:
    return [(code, words.name) for code, words in FLAGS.items()]


PATROL_FILTERS = Filters(
    Filter("division", _("Division"), _subtree, in_division),
    Filter("holder", _("Holder"), code_or_name, of_holder_named),
    Filter("area", _("Area"), code_or_name, in_area_named),
    day_from("since", _("From"), "started_at"),
    day_until("until", _("Until"), "started_at"),
    Filter(
        "verdict",
        _("Verdict"),
        any_of(Outcome.choices),
        lambda rows, wanted: rows.filter(outcome__in=wanted),
        "choices",
        lambda: Outcome.choices,
    ),
    Filter("flag", _("Sign"), any_of(_flag_choices()), with_flags, "choices", _flag_choices),
    Filter("counts", _("Counts"), switch, lambda rows, wanted: rows.filter(counts=wanted), "switch"),
)


def _reasons(row: Verdict) -> str:
    return " ".join(reason_words(reason["code"], reason["figures"]) for reason in row.reasons)


def _flags(row: Verdict) -> str:
    return "、".join(flag_words(flag["code"]) for flag in row.flags)


def _yes_no(value: bool) -> str:
    return gettext("Yes") if value else gettext("No")


#: The export, for rows of ``verdicts_to_list``.
PATROL_COLUMNS: list[Column[Verdict]] = [
    Column(_("Patrol No."), lambda row: row.patrol_id, 10),
    Column(_("Started"), lambda row: row.patrol.started_at, 17),
    Column(_("Ended"), lambda row: row.patrol.ended_at, 17),
    Column(_("Received"), lambda row: row.patrol.received_at, 17),
    Column(_("Division"), lambda row: row.area.division.name, 18),
    Column(_("Area code"), lambda row: row.area.code, 18),
    Column(_("Area"), lambda row: row.area.name, 24),
    Column(_("Holder"), lambda row: row.person.name, 12),
    Column(_("Walked by"), lambda row: row.patrol.person.name, 12),
    Column(_("Verdict"), lambda row: row.get_outcome_display(), 10),
    Column(_("Counts"), lambda row: _yes_no(row.counts), 8),
    Column(_("Late"), lambda row: _yes_no(row.patrol.is_late), 8),
    Column(_("Coverage"), lambda row: row.walked_share, 10, "0.0%"),
    Column(_("Stops"), lambda row: row.stops, 8),
    Column(_("Minutes"), lambda row: row.duration_s / 60, 10, "0.0"),
    Column(_("Distance (m)"), lambda row: row.distance_m, 12, "#,##0"),
    Column(_("Signs"), _flags, 24),
    Column(_("Reasons"), _reasons, 60),
    Column(_("Note"), lambda row: row.patrol.note, 40),
    Column(_("Simulated"), lambda row: _yes_no(row.is_simulated), 10),
]
