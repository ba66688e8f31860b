"""Which column is which field: guessed from what offices call their columns, mended by hand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from shanhe.ground.incoming.kinds import Field, Kind
from shanhe.ground.incoming.tables import Table
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = [
    "LAT",
    "LON",
    "SAME",
    "WKT",
    "fields_asked",
    "guess",
    "mapping_checked",
    "mapping_from",
    "plain",
    "with_same",
]

LON = Field(
    "lon",
    _("Longitude or easting"),
    synonyms=("经度", "东经", "lon", "lng", "longitude", "中心经度", "横坐标"),
)
LAT = Field(
    "lat", _("Latitude or northing"), synonyms=("纬度", "北纬", "lat", "latitude", "中心纬度", "纵坐标")
)
WKT = Field("wkt", _("Shape as text (WKT)"), synonyms=("wkt", "geometry", "geom", "the_geom", "几何", "图形"))

_UNIT = re.compile(r"[(\[{<（【].*?[)\]}>）】]")
_MARKS = re.compile(r"[\s*＊:：,，.。、/\\_\-—·]+")
#: Instead of a column: what stands behind it is said of every row, ``"=341721102201"``.
SAME = "="
LEAST_PART = 2  # letters a column must share with a word to be taken for it


def plain(word: str) -> str:
    """A column's name without what does not tell it apart: spaces, marks, case, units in brackets.

    ``"* 起点里程（米）"`` gives ``"起点里程"``.
    """
    folded = unicodedata.normalize("NFKC", word).lower()
    return _MARKS.sub("", _UNIT.sub("", folded)) or _MARKS.sub("", folded)


def fields_asked(kind: Kind, *, has_shapes: bool) -> tuple[Field, ...]:
    """The fields that may be matched: the kind's own, and those of a place where the file has no shapes."""
    return kind.fields + ((LON, LAT, WKT) if kind.has_shapes and not has_shapes else ())


def guess(
    columns: Sequence[str], fields: Iterable[Field], remembered: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Field → column: as it was matched before, else by the same word, else by a word that contains it."""
    listed = list(fields)
    names = {each.name for each in listed}
    found = {
        name: column
        for name, column in (remembered or {}).items()
        if name in names and (column in columns or column.startswith(SAME))
    }
    words = {column: plain(column) for column in columns}
    for fits in (_same, _contains):
        for each in listed:
            if each.name in found:
                continue
            free = [column for column in columns if column not in found.values()]
            column = next((one for one in free if fits(words[one], _words(each))), None)
            if column is not None:
                found[each.name] = column
    return found


def _words(each: Field) -> list[str]:
    return [plain(word) for word in (each.name, str(each.label), *each.synonyms)]


def _same(column: str, words: list[str]) -> bool:
    return column in words


def _contains(column: str, words: list[str]) -> bool:
    return any(len(word) >= LEAST_PART and not word.isascii() and word in column for word in words)


def mapping_from(pairs: Iterable[str], fields: Iterable[Field]) -> dict[str, str]:
    """``field=column`` words as a mapping; Refusal on an unknown field, naming those there are."""
    known = [each.name for each in fields]
    mapping: dict[str, str] = {}
    for pair in pairs:
        name, equals, column = pair.partition("=")
        if not equals or name.strip() not in known:
            raise Refusal(
                "incoming.mapping",
                _("“%(pair)s” cannot be used: write field=column with one of %(known)s."),
                pair=pair,
                known=", ".join(known),
            )
        mapping[name.strip()] = column.strip()
    return mapping


def with_same(table: Table, mapping: Mapping[str, str]) -> Table:
    """The table with a column for each value that is said of every row."""
    said = {column: column[len(SAME) :].strip() for column in mapping.values() if column.startswith(SAME)}
    said = {column: value for column, value in said.items() if column not in table.columns}
    if not said:
        return table
    rows = [replace(row, cells={**row.cells, **said}) for row in table]
    return replace(table, rows=rows, columns=(*table.columns, *said))


def mapping_checked(
    mapping: Mapping[str, str], columns: Sequence[str], fields: Iterable[Field]
) -> dict[str, str]:
    """The mapping without empty entries; Refusal naming every field that cannot be matched so."""
    faults: dict[str, str | Text] = {}
    kept: dict[str, str] = {}
    listed = list(fields)
    for each in listed:
        column = mapping.get(each.name, "")
        if not column:
            continue
        if column.startswith(SAME) and column not in columns:
            kept[each.name] = column
        elif column not in columns:
            faults[each.name] = Text(_("The file has no column %(column)s."), {"column": column})
        elif column in kept.values():
            faults[each.name] = Text(_("The column %(column)s is used twice."), {"column": column})
        else:
            kept[each.name] = column
    unknown = sorted(set(mapping) - {each.name for each in listed})
    if unknown:
        faults |= {name: Text(_("There is no such field.")) for name in unknown}
    if faults:
        first = next(iter(faults.values()))
        message = first if len(faults) == 1 else _("The columns cannot be matched like this.")
        raise Refusal("incoming.columns", message, faults)
    return kept
