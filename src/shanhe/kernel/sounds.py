"""How a Chinese name sounds, so that people find it by typing a few letters (拼音首字母)."""

from __future__ import annotations

import unicodedata

__all__ = ["initials_of", "pinyin_of"]


def pinyin_of(text: str) -> str:
    """The name in pinyin without tones, a space between syllables, lower case.

    >>> pinyin_of("大渡口镇")
    'da du kou zhen'
    """
    from pypinyin import lazy_pinyin

    return " ".join(word.strip().lower() for word in lazy_pinyin(_plain(text)) if word.strip())


def initials_of(text: str) -> str:
    """The first letters of the name's syllables, lower case; letters and digits stand for themselves.

    >>> initials_of("大渡口镇3号河")
    'ddkz3hh'
    """
    from pypinyin import Style, lazy_pinyin

    letters = "".join(lazy_pinyin(_plain(text), style=Style.FIRST_LETTER, strict=False))
    return "".join(letter for letter in letters.lower() if letter.isalnum() and letter.isascii())


def _plain(text: str) -> str:
    """Full-width letters and digits as ordinary ones: clerks type both."""
    return unicodedata.normalize("NFKC", text)
