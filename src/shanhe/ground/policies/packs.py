"""What the shipped packs hold, for whoever chooses one. They are public rules, so they take no scope."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

__all__ = ["Pack", "PackRule", "packs_offered"]

PACKS = Path(__file__).parent / "packs"
NOT_OFFERED = ("demo-", "default")  # the demonstration's, and what holds anyway


@dataclass(frozen=True, slots=True)
class PackRule:
    """One number of a pack: what it is for, for which kind of area and level ("" for any), and the value."""

    key: str
    kind: str
    level: str
    value: Any
    source: str


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack as it is offered."""

    name: str
    title: str
    title_zh: str
    since: date
    source: str
    rules: tuple[PackRule, ...]


def packs_offered() -> list[Pack]:
    """The packs that a place may take over, by name."""
    files = sorted(PACKS.glob("*.toml"))
    return [_pack(path) for path in files if not path.stem.startswith(NOT_OFFERED)]


def _pack(path: Path) -> Pack:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    head = content["pack"]
    rules = tuple(_rule({"kind": "", "level": "", **head, **entry}) for entry in content["policy"])
    title_zh = head.get("title_zh", head["title"])
    return Pack(path.stem, head["title"], title_zh, head["since"], head["source"], rules)


def _rule(entry: dict[str, Any]) -> PackRule:
    return PackRule(entry["key"], entry["kind"], entry["level"], entry["value"], entry["source"])
