"""From the columns of a file to typed rows: which column is which field, and what its text means."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shanhe.ground.registry.models import Area, Facility, ForestUnit, Reach, WaterBody
from shanhe.ground.registry.rows import AreaRow, FacilityRow, RawRow, RowRefused, WaterRow
from shanhe.kernel.codes import LEVELS, is_code
from shanhe.kernel.errors import Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["KINDS", "Typed", "fields_of", "typed_rows"]

#: What ``--kind`` may say, and the sort of row it makes.
KINDS: dict[str, tuple[type[Any], str]] = {
    "reach": (AreaRow, Area.Kind.REACH),
    "forest-unit": (AreaRow, Area.Kind.FOREST_UNIT),
    "water": (WaterRow, ""),
    **{kind.replace("_", "-"): (FacilityRow, kind) for kind in Facility.Kind.values},
}

#: Fields that a kind's rows have in a file.
COMMON = ("code", "name", "division", "source", "sketch")
FIELDS: dict[str, tuple[str, ...]] = {
    "reach": (
        *COMMON,
        *("level", "parent", "water", "bank", "from_m", "to_m", "start_name", "end_name"),
        *("half_width_m", "since"),
    ),
    "forest-unit": (
        *COMMON,
        *("level", "parent", "unit_kind", "category", "tenure", "owner", "species", "since"),
    ),
    "water": (*COMMON, "level", "kind"),
    "facility": (*COMMON, "area"),
}

_LEVEL_WORDS = {
    word: level
    for level, words in zip(
        LEVELS,
        (
            ("省级", "省"),
            ("市级", "市", "州级", "地级", "地市级"),
            ("县级", "县", "区级", "区", "区县级", "县区级"),
            ("乡级", "乡镇级", "镇级", "镇", "乡", "乡镇", "街道", "镇街级"),
            ("村级", "村", "社区", "村社级"),
        ),
        strict=True,
    )
    for word in words
}
_BANK_WORDS = {"左岸": "left", "右岸": "right", "两岸": "both", "左右岸": "both", "左": "left", "右": "right"}
_UNIT_WORDS = {
    "网格": "grid",
    "林班": "compartment",
    "小班": "subcompartment",
    "湿地": "wetland",
    "草原": "grassland",
    "草地": "grassland",
    "古树": "ancient_tree",
    "林格": "grid",
    "古树名木": "ancient_tree",
}
_WATER_WORDS = {"河流": "river", "湖泊": "lake", "水库": "reservoir", "渠道": "canal"}


class _Unfit(ValueError):
    """A value that cannot be read, and why."""

    def __init__(self, msgid: str) -> None:
        super().__init__(msgid)
        self.reason = Text(msgid)


@dataclass(frozen=True, slots=True)
class Typed:
    """The rows that could be read, and why the others could not."""

    rows: list[Any]
    refused: list[RowRefused]


def fields_of(kind: str) -> tuple[str, ...]:
    """The fields that rows of a kind have."""
    return FIELDS.get(kind, FIELDS["facility"])


def typed_rows(raw: Sequence[RawRow], kind: str, mapping: Mapping[str, str]) -> Typed:
    """The records as rows of ``kind``; ``mapping``: field → column."""
    typed = Typed([], [])
    for row in raw:
        _read(row, kind, mapping, typed)
    return typed


def _read(raw: RawRow, kind: str, found: Mapping[str, str], typed: Typed) -> None:
    values: dict[str, Any] = {}
    refused = [RowRefused(raw.number, "geometry", raw.problem, "shape.unreadable")] if raw.problem else []
    for field, column in found.items():
        value = raw.columns.get(column)
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        try:
            read: Callable[[Any], Any] = _READERS.get(field, _text)
            values[field] = read(value)
        except _Unfit as unfit:
            refused.append(RowRefused(raw.number, field, unfit.reason))
    if refused:
        typed.refused.extend(refused)
        return
    typed.rows.append(_row(raw, kind, found, values))


def _row(raw: RawRow, kind: str, found: Mapping[str, str], values: dict[str, Any]) -> Any:
    row_type, sort = KINDS[kind]
    values["is_sketch"] = values.pop("sketch", False)
    values.setdefault("name", "")
    values.setdefault("division", "")
    given = frozenset(found)
    if row_type is FacilityRow:
        others = {name: value for name, value in raw.columns.items() if name not in set(found.values())}
        others.pop("id", None)
        values["facts"] = {name: value for name, value in others.items() if value not in (None, "")}
        given |= {"facts"}
    if sort:
        values["kind"] = sort
    return row_type(number=raw.number, geometry=raw.geometry, given=given, **values)


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # spreadsheets turn codes into numbers
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _Unfit(_("This is no text."))
    text = str(value).strip()
    if "\x00" in text or not _is_unicode(text):
        raise _Unfit(_("The text has characters that cannot be kept."))
    return text


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a pair of surrogates
        return False
    return True


def _division(value: Any) -> str:
    text = _text(value)
    if text.isdigit() and len(text) in {2, 4, 6, 9}:
        text = text.ljust(12, "0")
    if not is_code(text):
        raise _Unfit(_("A division code has 12 digits."))
    return text


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise _Unfit(_("This is no number."))
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise _Unfit(_("This is no number.")) from None
    if not math.isfinite(number):
        raise _Unfit(_("This is no number."))
    return number


_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ].*)?")


def _date(value: Any) -> date:
    found = _DAY.fullmatch(_text(value))
    try:
        if found is not None:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:  # the 30th of February
        pass
    raise _Unfit(_("A day is written like 2026-03-02."))


def _yes(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = _text(value).lower()
    if word in {"1", "true", "yes", "是", "y"}:
        return True
    if word in {"0", "false", "no", "否", "n"}:
        return False
    raise _Unfit(_("Write yes or no."))


def _word(words: Mapping[str, str], known: Iterable[str], reason: str) -> Callable[[Any], str]:
    allowed = set(known)

    def read(value: Any) -> str:
        text = _text(value)
        found = words.get(text, text)
        if found not in allowed:
            raise _Unfit(reason)
        return found

    return read


_READERS: dict[str, Callable[[Any], Any]] = {
    "division": _division,
    "from_m": _number,
    "to_m": _number,
    "half_width_m": _number,
    "since": _date,
    "sketch": _yes,
    "level": _word(_LEVEL_WORDS, LEVELS, _("There is no such level.")),
    "bank": _word(_BANK_WORDS, Reach.Bank.values, _("There is no such bank.")),
    "unit_kind": _word(_UNIT_WORDS, ForestUnit.Kind.values, _("There is no such kind of forest unit.")),
    "kind": _word(_WATER_WORDS, WaterBody.Kind.values, _("There is no such kind of water.")),
}
