"""Divisions by name, as sheets write them: where only one of those an office manages is called so."""

from __future__ import annotations

from collections.abc import Iterable

from shanhe.ground.divisions.models import Division
from shanhe.ground.people.scope import Ground
from shanhe.ground.registry.rows import chunks

__all__ = ["division_codes"]

SHORTEST, LONGEST = 2, 12  # letters of a name


def division_codes(managed: Ground, given: Iterable[str]) -> dict[str, list[str]]:
    """For each text that is no code, the codes of the divisions it may mean; the more said, the fewer.

    A text is a name (杨墩村), or names one after the other from above (东至县大渡口镇杨墩村); of several
    divisions called so those count whose ancestors are named, too.
    """
    texts = {text for text in given if text and not text.isdigit()}
    tails = {text[begin:] for text in texts for begin in range(len(text)) if _fits(text[begin:])}
    named: dict[str, list[Division]] = {}
    for some in chunks(tails):
        found = Division.objects.filter(managed.divisions(), name__in=some)
        for division in found.select_related("parent__parent__parent"):
            named.setdefault(division.name, []).append(division)
    return {text: _meant(text, named) for text in texts}


def _fits(tail: str) -> bool:
    return SHORTEST <= len(tail) <= LONGEST


def _meant(text: str, named: dict[str, list[Division]]) -> list[str]:
    """The longest name the text ends in; what stands before it has to be made of names above."""
    for begin in range(len(text)):
        before, name = text[:begin], text[begin:]
        fitting = [one for one in named.get(name, []) if _is_above(before.strip(), one.parent)]
        if fitting:
            return sorted(one.code for one in fitting)
    return []


def _is_above(before: str, above: Division | None) -> bool:
    """Whether ``before`` names ancestors one after the other, some of which may be left out."""
    while before and above is not None:
        before = before.removesuffix(above.name).strip()
        above = above.parent
    return not before
