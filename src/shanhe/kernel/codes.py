"""Statistical division codes 统计用区划代码: 12 digits whose prefixes are the upper levels.

Province 2, prefecture 4, county 6, township 9, village 12 significant digits (GB/T 2260, GB/T 10114). A
subtree is therefore a range of codes, which every database answers from an index.
"""

from __future__ import annotations

__all__ = ["DIGITS", "LEVELS", "ancestors", "is_code", "level_rank", "prefix", "subtree"]

LEVELS = ("province", "prefecture", "county", "township", "village")
DIGITS = {"province": 2, "prefecture": 4, "county": 6, "township": 9, "village": 12}


def is_code(text: str) -> bool:
    """Whether ``text`` is written as a division code: 12 ASCII digits, the first not 0."""
    return len(text) == 12 and text.isascii() and text.isdigit() and text[0] != "0"


def prefix(code: str, level: str) -> str:
    """The significant digits of a code at its level: ``prefix("653100000000", "prefecture") == "6531"``."""
    return code[: DIGITS[level]]


def subtree(code: str, level: str) -> tuple[str, str]:
    """First and last code of the subtree, both inclusive.

    >>> subtree("653100000000", "prefecture")
    ('653100000000', '653199999999')
    """
    significant = prefix(code, level)
    return significant.ljust(12, "0"), significant.ljust(12, "9")


def ancestors(code: str) -> list[str]:
    """The codes that may stand above ``code``, itself included, top first, padded with zeros.

    Some need not exist (townships of 东莞 hang on the prefecture).

    >>> ancestors("341721102201")
    ['340000000000', '341700000000', '341721000000', '341721102000', '341721102201']
    """
    seen: list[str] = []
    for digits in DIGITS.values():
        padded = code[:digits].ljust(12, "0")
        if padded not in seen:
            seen.append(padded)
        if padded == code:
            break
    return seen


def level_rank(level: str) -> int:
    """0 for the province, 4 for the village; ValueError on another word."""
    return LEVELS.index(level)
