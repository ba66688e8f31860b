"""Setting a paper: a template of this package and the data it shows become a PDF.

What people typed never becomes markup. The data travel as one JSON text beside the template, and a template
shows strings as they are: a name with ``#``, ``$`` or ``*`` in it is a name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

import typst

__all__ = ["FAMILIES", "NoFonts", "draw", "template_names", "typeset"]

_ROOM = Path(__file__).resolve().parent
TEMPLATES = _ROOM / "templates"
FONTS = _ROOM / "fonts"

#: What templates may name. System fonts are left out, so that a paper looks alike on every machine.
FAMILIES = ("Noto Sans SC", "Noto Serif SC")


class NoFonts(RuntimeError):
    """The fonts are not in the package: a checkout whose set-up has not run."""


def template_names() -> list[str]:
    """Templates that ``typeset`` takes, in order; ``office`` is what they share and no paper itself."""
    return sorted(file.stem for file in TEMPLATES.glob("*.typ") if file.stem != "office")


def typeset(template: str, data: Mapping[str, Any], *, at: datetime | None = None) -> bytes:
    """The paper ``template`` (a name of ``template_names``) filled with ``data``, as a PDF.

    ``data`` is what JSON can say; which members a template reads is told at its head and in docs/papers.md.
    ``at`` is the time of making in the file's properties, by default the beginning of 1970. The same data and
    ``at`` give the same bytes. ValueError for a template that is not there, typst.TypstError for data that it
    cannot show, NoFonts without fonts.
    """
    return cast(bytes, _compiler(template, data).compile(format="pdf", timestamp=_stamp(at)))


def draw(template: str, data: Mapping[str, Any], *, ppi: float = 96.0) -> list[bytes]:
    """The pages of the same paper as PNG pictures, ``ppi`` dots an inch: for looking at, and for tests."""
    pages = _compiler(template, data).compile(format="png", ppi=ppi)
    return pages if isinstance(pages, list) else [cast(bytes, pages)]


def _compiler(template: str, data: Mapping[str, Any]) -> typst.Compiler:
    if template not in template_names():
        raise ValueError(f"There is no template {template!r}; there are {', '.join(template_names())}.")
    return typst.Compiler(
        TEMPLATES / f"{template}.typ",
        root=TEMPLATES,
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False, allow_nan=False)},
    )


@cache
def _fonts() -> typst.Fonts:
    """Our fonts and no others, found once in a process; the files are read when a paper needs them."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    missing = set(FAMILIES) - set(fonts.families())
    if missing:
        raise NoFonts(f"No fonts {', '.join(sorted(missing))} in {FONTS}: ./run setup copies them there.")
    return fonts


def _stamp(at: datetime | None) -> int:
    # Without a stamp Typst would write the hour of making, and no two papers would be alike.
    return 0 if at is None else int(at.timestamp())
