"""A file as a plain table: columns as they are called there, rows with their number, shapes in degrees.

What the reading process hands over and what every kind of record is taken from. Knows no Django.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import shapely
from shapely.geometry.base import BaseGeometry

from shanhe.kernel.errors import Text

__all__ = ["Cell", "Row", "Table"]

#: Text, a number, yes or no, nothing; days and moments as ISO text ("2026-03-02", "2026-03-02T08:30:00").
#: From GeoJSON also lists and objects.
Cell: TypeAlias = "str | int | float | bool | list[Any] | dict[str, Any] | None"


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file."""

    number: int  # as the file counts: the sheet's own row, else the record, 1 first
    cells: Mapping[str, Cell]  # by column; a column without a value is None or missing
    wkb: bytes | None = None  # its shape, longitude first, degrees, CGCS2000; None without
    problem: Text | None = None  # why its shape could not be read

    @property
    def geometry(self) -> BaseGeometry | None:
        """The shape as shapely has it."""
        return None if self.wkb is None else shapely.from_wkb(self.wkb)

    def text(self, column: str) -> str:
        """The cell as a clerk sees it: stripped, whole numbers without a point, "" for nothing."""
        value = self.cells.get(column)
        if value is None or isinstance(value, list | dict):
            return ""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return str(value).strip()


@dataclass(frozen=True, slots=True)
class Table:
    """What was found in a file, or in the one of its sheets (layers) that was asked for."""

    columns: tuple[str, ...]
    rows: Sequence[Row]
    sheet: str = ""  # the sheet or layer these rows come from
    sheets: tuple[str, ...] = ()  # all there are
    crs: str = (
        ""  # what the coordinates were read as ("EPSG:4524"); "" where the file has no shapes of its own
    )
    crs_name: str = ""
    crs_given: bool = False  # somebody said so; else the file does
    head_row: int = 0  # number of the sheet's row that holds the columns' names; 0 where there is none
    notes: tuple[Text, ...] = field(default=())  # about the file as a whole

    @property
    def has_shapes(self) -> bool:
        """Whether the file itself brings shapes (a sheet of coordinates does not)."""
        return bool(self.crs)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)
