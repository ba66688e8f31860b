"""The handover list 职务交接清单 as a paper to sign: PDF in the office's layout."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import get_language, gettext

from shanhe.faces.http.handovers import Cell, Part
from shanhe.faces.http.templatetags.shanhe_tags import metres, mu
from shanhe.ground.papers.typesetting import typeset
from shanhe.ground.people.models import Handover, Organization

__all__ = ["handover_pdf"]

WIDTHS = {"long": 3, "text": 2, "code": 2}


def handover_pdf(
    handover: Handover, parts: Sequence[Part], office: Organization | None, *, at: datetime
) -> bytes:
    """The list with facts and room for three signatures; ``parts`` as the page shows them."""
    blocks: list[dict[str, Any]] = [{"kind": "facts", "rows": _facts(handover, office)}]
    for number, part in enumerate(parts, 1):
        blocks.append({"kind": "heading", "text": _numbered(number, part.title), "level": 2})
        blocks.append(_table(part))
        blocks.append({"kind": "text", "text": _summed(part), "indent": False})
    blocks.append({"kind": "signatures", "items": _signatures(), "columns": 3})
    data = {
        "lang": (get_language() or "zh")[:2],
        "title": gettext("Handover list"),
        "blocks": blocks,
        "note": gettext("Made from the records on %(when)s.") % {"when": f"{at:%Y-%m-%d %H:%M}"},
    }
    return typeset("letter", data, at=at)


def _facts(handover: Handover, office: Organization | None) -> list[list[str]]:
    outgoing, incoming = handover.outgoing, handover.incoming
    return [
        [gettext("Responsible office"), office.name if office else ""],
        [gettext("Post"), outgoing.post.local_name],
        [gettext("Answers for"), outgoing.remit.name],
        [gettext("Handed over by"), outgoing.person.name],
        [gettext("Taken over by"), incoming.person.name],
        [gettext("Takes effect on"), handover.on.isoformat()],
        [gettext("Basis"), incoming.basis],
        [gettext("Note"), handover.note],
    ]


def _numbered(number: int, title: str) -> str:
    """一、责任区 as official papers count; 1. Areas for who reads English."""
    if (get_language() or "").startswith("zh") and number <= 10:
        return f"{'一二三四五六七八九十'[number - 1]}、{title}"
    return f"{number}. {title}"


def _table(part: Part) -> dict[str, Any]:
    kinds = [cell.kind for cell in part.rows[0]] if part.rows else []
    return {
        "kind": "table",
        "columns": [
            {"name": label, "align": "right" if align == "number" else "left", "width": _width(kinds, place)}
            for place, (label, align) in enumerate(part.columns)
        ],
        "rows": [[_words(cell) for cell in row] for row in part.rows],
        "empty": part.empty or "–",
    }


def _width(kinds: Sequence[str], place: int) -> Any:
    return WIDTHS.get(kinds[place], "auto") if place < len(kinds) else "auto"


def _summed(part: Part) -> str:
    """The figures under a table, and how many rows are not in it."""
    said = [f"{label} {_words(cell)}" for label, cell in part.figures]
    if part.rest:
        said.append(gettext("%(n)s more rows are not printed") % {"n": part.rest})
    return "；".join(said) if (get_language() or "").startswith("zh") else "; ".join(said)


def _words(cell: Cell) -> str:
    if cell.kind == "none":
        return "–"
    if cell.kind == "metres":
        return metres(cell.value)
    if cell.kind == "square_metres":
        return mu(cell.value)
    if cell.kind == "day":
        return str(cell.value.isoformat())
    return str(cell.value)


def _signatures() -> list[dict[str, str]]:
    names = (gettext("Handed over by"), gettext("Taken over by"), gettext("Witness of the office"))
    return [{"name": name, "hint": gettext("Day of signing")} for name in names]
