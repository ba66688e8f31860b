"""What changes hands in a handover 交接清单: the apps that keep it say so, on a board of its own.

@handover_provider("areas", order=10)
def areas_handed(handed: Handed) -> Section:
    return Section(_("Areas"), columns=(Column(_("Name")), Column(_("Length"), "metres")), rows=...)

The list is asked for when somebody looks, and kept with its digest when somebody confirms it; so a section
holds JSON values only, and sentences as message ids, which faces translate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Literal

from shanhe.kernel.chain.canonical import canonical_text

__all__ = [
    "Column",
    "Figure",
    "Handed",
    "Kind",
    "Provider",
    "Row",
    "Section",
    "handed_over",
    "handover_provider",
    "listed",
]

#: How a value is to be read: text (None: nothing), long text or a code, which take a line of their own where
#: there is little room, a message id of the provider's, metres, square metres, an ISO day, a number.
Kind = Literal["text", "long", "code", "word", "metres", "square_metres", "day", "number"]
ROWS_LISTED = 300  # of a section; the rest is counted


@dataclass(frozen=True, slots=True)
class Handed:
    """Which post for which remit changes hands; ``person_id`` hands over, ``day`` is that of the list."""

    appointment_ids: tuple[int, ...]  # the outgoing's and the incoming's
    remit_id: int
    post_id: int
    person_id: int
    day: date


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading, as a message id, and what its values are."""

    label: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a section, with its heading as a message id."""

    label: str
    value: Any
    kind: Kind = "number"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that changes hands: values in the columns' order; ``of`` is (type, code) of a record."""

    values: tuple[Any, ...]
    of: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the list. ``empty``, a message id, is said when there are neither rows nor figures."""

    title: str
    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
    figures: tuple[Figure, ...] = ()
    rest: int = 0  # rows that are not in it
    empty: str = ""
    params: dict[str, Any] = field(default_factory=dict)  # of ``title`` and ``empty``


Provider = Callable[[Handed], "Section | None"]

_board: dict[str, tuple[int, Provider]] = {}


def handover_provider(name: str, *, order: int) -> Callable[[Provider], Provider]:
    """Let the decorated function say what of its app changes hands; sections stand by ``order``, low first.

    It gives None where its app keeps nothing of the kind for the post. ValueError when two have one name.
    """

    def publish(provider: Provider) -> Provider:
        if name in _board:
            raise ValueError(f"two handover providers named {name}")
        _board[name] = (order, provider)
        return provider

    return publish


def handed_over(handed: Handed) -> list[tuple[str, Section]]:
    """The whole list as it stands now: name and section of each provider, in order."""
    found = []
    for name, (_order, provider) in sorted(_board.items(), key=lambda item: (item[1][0], item[0])):
        section = provider(handed)
        if section is not None:
            found.append((name, section))
    return found


def listed(sections: list[tuple[str, Section]]) -> tuple[list[dict[str, Any]], str]:
    """The list as JSON values to keep, and its canonical text, whose digest goes on the ledger."""
    kept = [{"name": name, **_plain(asdict(section))} for name, section in sections]
    return kept, canonical_text(kept)


def _plain(value: Any) -> Any:
    """Tuples as JSON has them."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
