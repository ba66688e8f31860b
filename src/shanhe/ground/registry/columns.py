"""From the columns of a file to typed rows: which column is which field, and what its text means."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shanhe.ground.registry.formats import RawRow
from shanhe.ground.registry.models import Area, Facility, ForestUnit, Reach, WaterBody
from shanhe.ground.registry.rows import AreaRow, FacilityRow, RowRefused, WaterRow
from shanhe.kernel.codes import LEVELS, is_code
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["KINDS", "Typed", "mapping_from", "typed_rows"]

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

#: Columns that are taken for a field when nothing else is said, besides the field's own name.
KNOWN_AS: dict[str, tuple[str, ...]] = {
    "code": ("编码", "代码"),
    "name": ("名称",),
    "division": ("行政区划", "区划代码", "行政区划代码"),
    "source": ("来源",),
    "sketch": ("示意",),
    "level": ("级别", "层级"),
    "parent": ("上级", "上级编码"),
    "water": ("河湖", "河流", "所属河湖", "所属河流"),
    "bank": ("岸别",),
    "from_m": ("起点里程",),
    "to_m": ("终点里程",),
    "start_name": ("起点",),
    "end_name": ("终点",),
    "half_width_m": ("半宽",),
    "since": ("生效日期",),
    "unit_kind": ("类型", "类别"),
    "category": ("林种", "森林类别"),
    "tenure": ("权属",),
    "owner": ("经营者", "承包人"),
    "species": ("优势树种", "树种"),
    "kind": ("类型", "类别"),
    "area": ("责任区", "河段"),
}

_LEVEL_WORDS = dict(zip(("省级", "市级", "县级", "乡级", "村级"), LEVELS, strict=True)) | {
    "州级": "prefecture",
    "地级": "prefecture",
    "区级": "county",
    "镇级": "township",
}
_BANK_WORDS = {"左岸": "left", "右岸": "right", "两岸": "both"}
_UNIT_WORDS = {
    "网格": "grid",
    "林班": "compartment",
    "小班": "subcompartment",
    "湿地": "wetland",
    "草原": "grassland",
    "草地": "grassland",
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


def mapping_from(pairs: Iterable[str], kind: str) -> dict[str, str]:
    """``field=column`` words as a mapping; Refusal on an unknown field, naming those there are."""
    fields = _fields(kind)
    mapping: dict[str, str] = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not equals or field.strip() not in fields:
            raise Refusal(
                "registry.mapping",
                _("“%(pair)s” cannot be used: write field=column with one of %(known)s."),
                pair=pair,
                known=", ".join(fields),
            )
        mapping[field.strip()] = column.strip()
    return mapping


def typed_rows(raw: Sequence[RawRow], kind: str, mapping: Mapping[str, str]) -> Typed:
    """The records as rows of ``kind``, their columns found by ``mapping``, else by their usual names."""
    if kind not in KINDS:
        raise Refusal(
            "registry.kind",
            _("There is no kind %(kind)s; there are: %(kinds)s."),
            kind=kind,
            kinds=", ".join(KINDS),
        )
    columns = {column for row in raw for column in row.columns}
    for field, column in mapping.items():
        if column not in columns:
            message = _("The file has no column %(column)s.")
            raise Refusal("registry.no_column", message, {field: message}, column=column)
    found = _found(columns, kind, mapping)
    typed = Typed([], [])
    for row in raw:
        _read(row, kind, found, typed)
    return typed


def _fields(kind: str) -> tuple[str, ...]:
    return FIELDS.get(kind, FIELDS["facility"])


def _found(columns: set[str], kind: str, mapping: Mapping[str, str]) -> dict[str, str]:
    """The column of each field that the file has."""
    found = dict(mapping)
    used = set(mapping.values())
    for field in _fields(kind):
        for column in (field, *KNOWN_AS.get(field, ())):
            if field not in found and column in columns and column not in used:
                found[field] = column
    return found


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


def _date(value: Any) -> date:
    try:
        return date.fromisoformat(_text(value)[:10].replace("/", "-"))
    except ValueError:
        raise _Unfit(_("A day is written like 2026-03-02.")) from None


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
