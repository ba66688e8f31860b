"""What a search box finds among areas and waters: a dozen at once, the likeliest first, over any number."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from shanhe.ground.divisions.models import Level
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.models import Area, WaterBody
from shanhe.ground.registry.queries import areas_of, waters_of

__all__ = ["areas_found", "waters_found"]

LAST = "\U0010ffff"  # behind every character a code may hold


def areas_found(scope: Scope, text: str, limit: int = 12) -> list[Area]:
    """Areas seen and still in force by name, beginning of the code, of the pinyin or of its initials.

    What is called so comes first, then what begins so, then upper levels. Empty text finds nothing.
    One query.
    """
    rows = areas_of(scope).filter(until=None)
    return _found(rows, text, limit, has_pinyin=True)


def waters_found(scope: Scope, text: str, limit: int = 12) -> list[WaterBody]:
    """Waters seen, likewise; they have initials, but no pinyin."""
    return _found(waters_of(scope), text, limit, has_pinyin=False)


def _found(rows: QuerySet[Any], text: str, limit: int, *, has_pinyin: bool) -> list[Any]:
    wanted = " ".join(text.split())
    if not wanted or "\x00" in wanted:
        return []
    levels = Case(
        *(When(level=level, then=Value(rank)) for rank, level in enumerate(Level.values)),
        output_field=IntegerField(),
    )
    matches = _matches(wanted, has_pinyin=has_pinyin)
    return list(rows.filter(matches).order_by(_likeliness(wanted), levels, "code")[:limit])


def _matches(wanted: str, *, has_pinyin: bool) -> Q:
    """Ranges rather than LIKE wherever an index serves them; only Chinese words look into every name."""
    code = Q(code__gte=wanted, code__lte=wanted + LAST)
    if not wanted.isascii():
        return code | Q(name__contains=wanted)
    sound = wanted.lower().replace(" ", "")
    found = code | Q(initials__gte=sound, initials__lte=sound.ljust(120, "z"))
    if has_pinyin:
        found |= Q(pinyin__gte=sound, pinyin__lte=sound.ljust(300, "z"))
    if any(letter.isdigit() for letter in wanted):
        found |= Q(name__contains=wanted)  # 3号河, G318
    return found


def _likeliness(wanted: str) -> Case:
    """0 what is called so, 1 what begins so, 2 the others."""
    sound = wanted.lower().replace(" ", "")
    return Case(
        When(Q(name=wanted) | Q(code=wanted) | Q(initials=sound), then=Value(0)),
        When(name__startswith=wanted, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
