"""Filters of lists, declared once: API, office page and export read, check, apply and describe the same ones.

PATROL_FILTERS = Filters(
    Filter("outcome", _("Verdict"), any_of(Outcome.choices), lambda rows, v: rows.filter(outcome__in=v)),
    day_from("since", _("From"), "started_at"),
    day_until("until", _("Until"), "started_at"),
)
chosen = PATROL_FILTERS.read(request.GET)      # Refusal naming every field that cannot be used
rows = chosen.apply(patrols_of(scope))
link = chosen.query_string()                   # the view as an address that can be sent
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, TypeAlias
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise

from shanhe.faces.http.paging import AFTER, LIMIT
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = [
    "Chosen",
    "Filter",
    "Filters",
    "Unfit",
    "any_of",
    "code_or_name",
    "day",
    "day_from",
    "day_until",
    "number",
    "one_of",
    "switch",
    "text",
]

Label: TypeAlias = "str | Promise"
Choices: TypeAlias = "Iterable[tuple[str, Label]]"
Rows: TypeAlias = "QuerySet[Any]"

LONGEST = 200  # characters one filter may have


class Unfit(Exception):
    """A filter's value that cannot be used, and why."""

    def __init__(self, msgid: str, **params: Any) -> None:
        super().__init__(msgid)
        self.reason = Text(msgid, params)


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: its name in the address, its label, how its text is read and what it does to the rows.

    ``parse`` raises Unfit. ``control`` says how a form asks for it ("text", "choice", "choices", "date",
    "switch"); ``choices`` fills the form's list.
    """

    name: str
    label: Label
    parse: Callable[[str], Any]
    apply: Callable[[Rows, Any], Rows]
    control: str = "text"
    choices: Callable[[], Choices] = tuple


@dataclass(frozen=True, slots=True)
class Shown:
    """One filter as a form or a line of text shows it."""

    name: str
    label: Label
    control: str
    raw: str
    options: list[tuple[str, Label, bool]]  # value, label, chosen

    @property
    def words(self) -> str:
        """The value as people read it: the labels of what was chosen, else the text itself."""
        return "、".join(str(label).strip() for _value, label, chosen in self.options if chosen) or self.raw


@dataclass(frozen=True, slots=True)
class Chosen:
    """Filters with their values: what an address asks for."""

    filters: tuple[Filter, ...]
    raw: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.values)

    def apply(self, rows: Rows) -> Rows:
        """The rows that every filter lets through."""
        for each in self.filters:
            if each.name in self.values:
                rows = each.apply(rows, self.values[each.name])
        return rows

    def query_string(self, **changes: str | None) -> str:
        """The filters as a query string without "?", in declared order; None takes one away."""
        raw = {**self.raw, **changes}
        order = [each.name for each in self.filters] + [name for name in changes if name not in self._names]
        return urlencode([(name, raw[name]) for name in order if raw.get(name)])

    def shown(self) -> list[Shown]:
        """Every filter for a form, set or not."""
        return [self._shown(each) for each in self.filters]

    def described(self) -> list[tuple[str, str]]:
        """Label and words of the filters that are set: what stands above a printed list or an export."""
        return [(str(each.label), each.words) for each in self.shown() if each.raw]

    @property
    def _names(self) -> frozenset[str]:
        return frozenset(each.name for each in self.filters)

    def _shown(self, each: Filter) -> Shown:
        raw = self.raw.get(each.name, "")
        picked = raw.split(",") if raw else []
        options = [(value, label, value in picked) for value, label in each.choices()]
        return Shown(each.name, each.label, each.control, raw, options)


class Filters:
    """The filters of one list."""

    def __init__(self, *filters: Filter) -> None:
        names = [each.name for each in filters]
        if len(set(names)) < len(names):
            raise ValueError("two filters of one name")
        self.filters = filters

    def read(self, params: QueryDict | Mapping[str, str]) -> Chosen:
        """What ``params`` ask for. A name given several times counts as a list with commas; unknown names
        are left alone.

        Refusal (422) naming every field whose value cannot be used.
        """
        raw: dict[str, str] = {}
        values: dict[str, Any] = {}
        faults: dict[str, str | Text] = {}
        for each in self.filters:
            given = _given(params, each.name)
            if not given:
                continue
            try:
                values[each.name] = each.parse(_sound(given))
                raw[each.name] = given
            except Unfit as unfit:
                faults[each.name] = unfit.reason
        if faults:
            raise Refusal("filter.unfit", _("The list cannot be filtered like this."), fields=faults)
        return Chosen(self.filters, raw, values)

    def read_strictly(self, params: QueryDict | Mapping[str, str]) -> Chosen:
        """As ``read``, and unknown names are refused: a program wants to hear of a misspelling."""
        known = {each.name for each in self.filters} | {AFTER, LIMIT}
        unknown = [name for name in params if name not in known]
        if unknown:
            reason = Text(
                _("There is no such filter. Known are: %(known)s."), {"known": ", ".join(sorted(known))}
            )
            raise Refusal(
                "filter.unknown",
                _("The list cannot be filtered like this."),
                fields=dict.fromkeys(unknown, reason),
            )
        return self.read(params)


def text(given: str) -> str:
    """Any text, trimmed."""
    return given


def one_of(choices: Choices) -> Callable[[str], str]:
    """One of the choices' values."""
    return partial(_one_of, frozenset(value for value, _label in choices))


def any_of(choices: Choices) -> Callable[[str], list[str]]:
    """Several of the choices' values, separated by commas."""
    one = one_of(choices)
    return lambda given: [one(value.strip()) for value in given.split(",")]


def day(given: str) -> date:
    """A day as 2026-01-31, from 1900 to 2999."""
    try:
        found = date.fromisoformat(given)
    except ValueError:
        raise Unfit(_("Must be a day such as 2026-01-31.")) from None
    if not 1900 <= found.year < 3000 or len(given) != 10:
        raise Unfit(_("Must be a day such as 2026-01-31."))
    return found


def number(low: int, high: int) -> Callable[[str], int]:
    """A whole number from ``low`` to ``high``."""
    return partial(_number, low, high)


def switch(given: str) -> bool:
    """1 or 0."""
    if given not in ("0", "1"):
        raise Unfit(_("Must be 0 or 1."))
    return given == "1"


def code_or_name(given: str) -> str:
    """A code or a piece of a name: at most 60 characters."""
    if len(given) > 60:
        raise Unfit(_("Must be no longer than %(most)s characters."), most=60)
    return given


def day_from(name: str, label: Label, column: str) -> Filter:
    """Rows whose moment ``column`` is on the day or later, counted in the office's zone."""
    return Filter(name, label, day, lambda rows, on: rows.filter(**{f"{column}__gte": _midnight(on)}), "date")


def day_until(name: str, label: Label, column: str) -> Filter:
    """Rows whose moment ``column`` is on the day or earlier: the day itself counts, in the office's zone."""
    return Filter(
        name,
        label,
        day,
        lambda rows, on: rows.filter(**{f"{column}__lt": _midnight(on + timedelta(days=1))}),
        "date",
    )


def _given(params: QueryDict | Mapping[str, str], name: str) -> str:
    if isinstance(params, QueryDict):
        return ",".join(value.strip() for value in params.getlist(name) if value.strip())
    return params.get(name, "").strip()


def _sound(given: str) -> str:
    if len(given) > LONGEST:
        raise Unfit(_("Must be no longer than %(most)s characters."), most=LONGEST)
    if "\x00" in given:
        raise Unfit(_("Holds a character that no name has."))
    return given


def _one_of(known: frozenset[str], given: str) -> str:
    if given not in known:
        raise Unfit(_("Must be one of: %(known)s."), known=", ".join(sorted(known)))
    return given


def _number(low: int, high: int, given: str) -> int:
    digits = given.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 19 and low <= int(given) <= high):
        raise Unfit(_("Must be a whole number from %(low)s to %(high)s."), low=low, high=high)
    return int(given)


def _midnight(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, tzinfo=timezone.get_default_timezone())
