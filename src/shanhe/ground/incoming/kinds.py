"""What can be brought: each kind of record says its fields, who may bring it and how its rows are taken.

    @incoming_kind
    class Appointments(Kind):
        key = "appointments"
        title = _("People and appointments")
        fields = (Field("name", _("Name"), required=True, synonyms=("姓名",)), …)

        def take(self, table, mapping, *, by, at, good_rows=False, write=True, progress=None):
            …
            return report

An app of any floor registers its kinds in a module called ``incoming.py``; those of the ground stand here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from shanhe.ground.incoming.tables import Table
from shanhe.ground.people.scope import Actor, Scope
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = [
    "COORDINATES",
    "SHEETS",
    "VECTORS",
    "Done",
    "Fault",
    "Field",
    "Kind",
    "Progress",
    "Report",
    "incoming_kind",
    "kind_of",
    "kinds_for",
]

Progress: TypeAlias = Callable[[int, int], None]

#: Endings of files, as people choose them.
SHEETS = (".xlsx", ".xls", ".csv")
VECTORS = (".gpkg", ".zip", ".geojson", ".json", ".kml", ".kmz")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind: what it is called, which columns are taken for it, how it is filled in."""

    name: str  # in mappings and reports
    label: Any  # translatable
    required: bool = False
    synonyms: tuple[str, ...] = ()  # columns that mean it, Chinese and English, as offices write them
    example: str = ""  # shown in the template
    help: Any = ""  # translatable, one sentence for the template


#: Where a sheet says in columns where its records lie; only asked when the file has no shapes of its own.
COORDINATES = ("lon", "lat", "wkt")


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one row, or would."""

    row: int
    did: str  # "create", "update" or "unchanged"
    name: str  # as people know the record
    code: str = ""  # opens its page, with the kind's ``record``; "" before it has one


@dataclass(frozen=True, slots=True)
class Fault:
    """One field of one row that keeps it out, or (a note) that was taken otherwise than it stands there."""

    row: int
    field: str  # of the kind; "geometry" for the shape; "" for the row as a whole
    reason: Text
    code: str = "incoming.refused"


@dataclass(slots=True)
class Report:
    """What an import did, or would have done."""

    done: list[Done] = field(default_factory=list)
    refused: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    written: bool = False  # else ``done`` says what would have been

    @property
    def counts(self) -> dict[str, int]:
        """Rows ``created``, ``updated``, ``unchanged`` and ``refused``."""
        did = Counter(each.did for each in self.done)
        return {
            "created": did["create"],
            "updated": did["update"],
            "unchanged": did["unchanged"],
            "refused": len({fault.row for fault in self.refused}),
        }


class Kind(ABC):
    """One kind of record that can be brought."""

    key: str
    title: Any  # translatable
    text: Any = ""  # translatable: one sentence that says what it is for
    group: str = "ground"  # "ground", "facilities", "people" or "patrols": where the page of kinds shows it
    icon: str = "area"
    fields: tuple[Field, ...]
    formats: tuple[str, ...] = SHEETS  # endings of files
    has_shapes: bool = False  # whether rows may have a shape; then COORDINATES may be mapped, too
    record: str = ""  # what ``Done.code`` opens: "area", "facility", "person" …
    reads: tuple[str, ...] = ()  # columns that it looks at without their being matched
    in_parts: bool = False  # ``take`` ends transactions of its own: many records that each take their time

    def may(self, scope: Scope) -> bool:
        """Who may bring it: by default offices that keep records."""
        return bool(scope.managed)

    def examples(self) -> Sequence[Mapping[str, Any]]:
        """Rows by field name that the template shows beside its explanation."""
        return [{each.name: each.example for each in self.fields if each.example}]

    @abstractmethod
    def take(
        self,
        table: Table,
        mapping: Mapping[str, str],
        *,
        by: Actor,
        at: datetime,
        good_rows: bool = False,
        write: bool = True,
        progress: Progress | None = None,
    ) -> Report:
        """Take the rows: create, bring up to date, leave alone or refuse each; the same again changes none.

        ``mapping``: field → column of the table. One refused row refuses all, unless ``good_rows``; then
        nothing is written and ``done`` says what would have been. Without ``write`` nothing is ever written
        (a dry run, as quick as it can be: people wait for it). ``written`` is set by whoever calls.
        """


K = TypeVar("K", bound=Kind)

_board: dict[str, Kind] = {}


def incoming_kind(kind: type[K] | K) -> type[K] | K:
    """Make a kind known; decorates a class, or takes an instance. ValueError when two have one key."""
    one = kind() if isinstance(kind, type) else kind
    if one.key in _board and type(_board[one.key]) is not type(one):
        raise ValueError(f"two kinds are called {one.key}")
    _board[one.key] = one
    return kind


def kinds_for(scope: Scope) -> list[Kind]:
    """The kinds somebody may bring, in the order they were made known."""
    return [kind for kind in _board.values() if kind.may(scope)]


def kind_of(key: str) -> Kind:
    """The kind of that key; Refusal ``incoming.kind`` naming those there are."""
    if key not in _board:
        message = _("There is no kind %(kind)s; there are: %(kinds)s.")
        raise Refusal("incoming.kind", message, {"kind": message}, kind=key, kinds=", ".join(sorted(_board)))
    return _board[key]
