"""Which words of a page are in the wrong language."""

from __future__ import annotations

import gettext
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

__all__ = ["Words"]

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = ROOT / "src" / "shanhe" / "locale" / "zh_Hans" / "LC_MESSAGES"
CJK = re.compile(r"[〇一-鿿]+")
HAS_LATIN = re.compile(r"[A-Za-z]{2}")
HOLE = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")

#: The product's own name, and the languages' names in the switch, are written so in both languages.
OURS = {"山河", "中文", "简体中文"}
#: Names of posts have an English form of their own; a Chinese one on an English page was forgotten.
NOT_NAMES = {("people_post", "name")}


class Words:
    """Knows both catalogues, and every name in a database."""

    def __init__(self, database: Path) -> None:
        self._pairs = dict(_pairs())
        self._english = {english for english, chinese in self._pairs.items() if english != chinese}
        self._patterns = [_pattern(text) for text in self._english if HOLE.search(text)]
        names = list(_names(database))
        self._names, self._whole = "\n".join(names), frozenset(names)

    def english_in(self, texts: Iterable[str]) -> list[str]:
        """Texts of a Chinese page that are English msgids with a Chinese translation."""
        return [text for text in _plain(texts) if HAS_LATIN.search(text) and self._is_english(text)]

    def _is_english(self, text: str) -> bool:
        return text in self._english or any(pattern.fullmatch(text) for pattern in self._patterns)

    def chinese_in(self, texts: Iterable[str]) -> list[str]:
        """Chinese words of an English page that are no names of people, places and things."""
        return [
            text
            for text in _plain(texts)
            if any(run not in OURS and not self._is_name(run) for run in CJK.findall(text))
        ]

    def _is_name(self, run: str) -> bool:
        """A name, part of one, or whole names one after the other: 东至县大渡口镇."""
        return run in self._names or any(
            run[:at] in self._whole and self._is_name(run[at:]) for at in range(2, len(run) - 1)
        )


def _plain(texts: Iterable[str]) -> Iterator[str]:
    seen = set()
    for text in texts:
        plain = " ".join(text.split())
        if plain and plain not in seen:
            seen.add(plain)
            yield plain


def _pairs() -> Iterator[tuple[str, str]]:
    for domain in ("django", "djangojs"):
        with (CATALOGUES / f"{domain}.mo").open("rb") as file:
            catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
        for key, chinese in catalogue.items():
            english = key[0] if isinstance(key, tuple) else key
            yield english.rpartition("\x04")[2], chinese


def _pattern(text: str) -> re.Pattern[str]:
    """A sentence with its holes filled; one that is little more than a hole would fit everything."""
    pieces = HOLE.split(text)
    if len("".join(re.findall(r"[A-Za-z]+", "".join(pieces)))) < 6:
        return re.compile(r"(?!)")
    return re.compile(".+".join(re.escape(piece) for piece in pieces))


def _names(database: Path) -> Iterator[str]:
    """Every text in the database, whatever its column."""
    with closing(sqlite3.connect(f"file:{database.as_posix()}?mode=ro", uri=True)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            if table.startswith(("audit_", "django_", "auth_", "axes_", "sqlite_")):
                continue
            for _number, column, kind, *_rest in connection.execute(
                f'PRAGMA table_info("{table}")'
            ).fetchall():
                is_text = "char" in kind.lower() or "text" in kind.lower()
                if is_text and (table, column) not in NOT_NAMES:
                    query = f'SELECT DISTINCT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL'  # noqa: S608
                    yield from (str(value) for (value,) in connection.execute(query))
