"""The repository's pages of text, and what they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["ROOT", "address", "headings", "links", "named", "pages"]

ROOT = Path(__file__).parents[2]
PLACEHOLDERS = {
    "ID": "1",
    "CODE": "341721",
    "RECORD": "1",
    "DATE": "2026-03-02",
    "NAME": "honest.gpx",
    "LAYER": "areas",
    "UUID": "6f1c2a6e-6a0e-4c52-9f5f-0d1c5f6a7b8c",
}


def pages() -> list[Path]:
    """Every Markdown page of the repository, those of others' packages left out."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("*.md")]
    return sorted(found)


def links(text: str) -> Iterator[str]:
    """The targets of links and images, code blocks left out."""
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if not re.match(r"[a-z]+:|#", target):
            yield target.partition("#")[0]


def named(text: str) -> set[str]:
    """What stands in code spans and indented blocks, one string each."""
    spans = set(re.findall(r"`([^`\n]+)`", text))
    return spans | {line.strip() for line in text.splitlines() if line.startswith("    ")}


def headings(text: str, mark: str = "## ") -> list[str]:
    """The headings of one level, in order."""
    return [line.removeprefix(mark) for line in text.splitlines() if line.startswith(mark)]


def address(route: str) -> str:
    """A documented route with something in its holes."""
    for hole, value in PLACEHOLDERS.items():
        route = re.sub(rf"\b{hole}\b", value, route)
    route = route.replace("{uuid}", "6f1c2a6e-6a0e-4c52-9f5f-0d1c5f6a7b8c")
    return re.sub(r"\{\w+\}", "1", route)
