"""Records as a file or a loader has them, before anything is looked up: codes, not rows of the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from shapely.geometry.base import BaseGeometry

from shanhe.kernel.errors import Text

__all__ = ["AreaRow", "FacilityRow", "RawRow", "Report", "RowDone", "RowRefused", "WaterRow", "chunks"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RawRow:
    """One record of a file, with its columns as they are called there."""

    number: int  # as the file counts
    columns: Mapping[str, Any]
    geometry: BaseGeometry | None  # degrees, CGCS2000
    problem: Text | None = None  # why its geometry could not be read


@dataclass(frozen=True, slots=True)
class WaterRow:
    """A water body; without a code it is known by division and name."""

    number: int  # of the row in its file, 1 first
    name: str
    division: str  # code
    kind: str = "river"
    level: str = ""  # "" is the division's
    code: str = ""
    geometry: BaseGeometry | None = None
    is_sketch: bool = False
    source: str = ""
    is_simulated: bool = False
    given: frozenset[str] | None = None  # fields the source has; None: all of them


@dataclass(frozen=True, slots=True)
class AreaRow:
    """A reach or a forest unit; without a code it is known by division, kind, level, name and water."""

    number: int
    kind: str  # Area.Kind
    name: str
    division: str  # code
    level: str = ""  # "" is the division's
    code: str = ""
    parent: str = ""  # code of the area it lies in
    geometry: BaseGeometry | None = None
    half_width_m: float = 0.0
    since: date | None = None
    is_sketch: bool = False
    source: str = ""
    is_simulated: bool = False
    # of a reach
    water: str = ""  # code, or the name within the division's ancestors
    bank: str = "both"
    from_m: float | None = None
    to_m: float | None = None
    start_name: str = ""
    end_name: str = ""
    # of a forest unit
    unit_kind: str = "grid"
    category: str = ""
    tenure: str = ""
    owner: str = ""
    species: str = ""
    given: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class FacilityRow:
    """A facility; without a code it is known by division, kind and name."""

    number: int
    kind: str  # Facility.Kind
    name: str
    division: str  # code
    code: str = ""
    area: str = ""  # code of the area it stands at
    facts: dict[str, Any] = field(default_factory=dict)
    geometry: BaseGeometry | None = None
    is_sketch: bool = False
    source: str = ""
    is_simulated: bool = False
    given: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class RowRefused:
    """One field of one row that keeps it out, and why."""

    row: int
    field: str
    reason: Text
    code: str = "registry.refused"


@dataclass(frozen=True, slots=True)
class RowDone:
    """What became of one row, or would."""

    row: int
    did: str  # "create", "update", "unchanged"
    name: str
    code: str = ""  # "" before the record has one


@dataclass(slots=True)
class Report:
    """What an import did, or would have done."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[RowRefused] = field(default_factory=list)
    notes: list[RowRefused] = field(default_factory=list)  # taken all the same, with a remark
    done: list[RowDone] = field(default_factory=list)  # row by row; without writing, what would be done


def chunks(items: Iterable[T], size: int = 5_000) -> Iterator[Sequence[T]]:
    """Lists of at most ``size``: SQLite as shipped takes 32,766 values in one statement."""
    listed = list(items)
    for begin in range(0, len(listed), size):
        yield listed[begin : begin + size]
