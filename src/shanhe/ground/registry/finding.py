"""What a search box finds among areas and waters: a dozen at once, the likeliest first, over any number."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.models import Area, WaterBody
from shanhe.ground.registry.queries import areas_of
from shanhe.kernel.codes import level_rank

__all__ = ["areas_found", "waters_found"]

LAST = "\U0010ffff"  # behind every character that a name or code may hold
LOOKED_AT = 240  # rows of a stage: enough to choose a dozen from


def areas_found(scope: Scope, text: str, limit: int = 12) -> list[Area]:
    """Areas seen and still in force by name, beginning of the code, of the pinyin or of its initials.

    What is called so comes first, then what begins so, then upper levels. Empty text finds nothing.
    Three queries at most.
    """
    wanted = _words(text)
    stages = [_apart(scope, stage) for stage in _stages(wanted, has_pinyin=True)]
    return _found(areas_of(scope).filter(until=None), stages, wanted, limit)


def _apart(scope: Scope, stage: Q) -> Q:
    """The words first, by their indexes, and the ground afterwards, unless that is a town's or smaller: else
    SQLite would read every area of the ground.
    """
    ground = scope.seen
    if not ground.everything:
        if all(low[:9] == high[:9] for low, high in ground.ranges):
            return stage
        return Q(pk__in=Area.objects.filter(stage).order_by().values("pk"))
    return Q(pk__in=Area.objects.filter(stage).order_by().values("pk")[:LOOKED_AT])


def waters_found(scope: Scope, text: str, limit: int = 12) -> list[WaterBody]:
    """Waters seen, likewise; they have initials, but no pinyin. Four queries at most."""
    wanted = _words(text)
    everything = WaterBody.objects.select_related("division")
    named = _found(everything, _stages(wanted, has_pinyin=False), wanted, LOOKED_AT)
    if not named or scope.seen.everything:
        return named[:limit]
    reached = set(
        areas_of(scope).filter(reach__water__in=named).order_by().values_list("reach__water_id", flat=True)
    )
    seen = (water for water in named if water.pk in reached or scope.seen.holds_code(water.division_id))
    return list(seen)[:limit]


def _words(text: str) -> str:
    return "" if "\x00" in text else " ".join(text.split())


def _found(seen: QuerySet[Any], stages: list[Q], wanted: str, limit: int) -> list[Any]:
    """Stage by stage and unsorted, so that each is answered from its indexes and stops when it has enough."""
    rows: dict[int, Any] = {}
    for stage in stages:
        if len(rows) < limit:
            rows |= {row.pk: row for row in seen.filter(stage).order_by()[:LOOKED_AT]}
    return sorted(rows.values(), key=lambda row: _likeliness(row, wanted))[:limit]


def _stages(wanted: str, *, has_pinyin: bool) -> list[Q]:
    """What is called so, what begins so, what holds the words: ever slower to answer. None for no words.

    Ranges rather than LIKE, for an index serves each of them. Chinese words and numbers stand inside of names
    (3号河, G318); bare letters are sounds, and bare digits codes.
    """
    if not wanted:
        return []
    sound = wanted.lower().replace(" ", "")
    called = Q(name=wanted) | Q(code=wanted) | Q(initials=sound)
    begins = Q(code__gte=wanted, code__lte=wanted + LAST) | Q(name__gte=wanted, name__lte=wanted + LAST)
    if wanted.isascii():
        begins |= Q(initials__gte=sound, initials__lte=sound.ljust(120, "z"))
        if has_pinyin:
            begins |= Q(pinyin__gte=sound, pinyin__lte=sound.ljust(300, "z"))
    is_inside = not wanted.isascii() or (not wanted.isdigit() and any(letter.isdigit() for letter in wanted))
    return [called, begins, Q(name__contains=wanted)] if is_inside else [called, begins]


def _likeliness(row: Any, wanted: str) -> tuple[Any, ...]:
    """What is called so, what begins so, the others; then from the province down."""
    if wanted in (row.name, row.code) or wanted.lower().replace(" ", "") == row.initials:
        called = 0
    else:
        called = 1 if row.name.startswith(wanted) else 2
    return called, level_rank(row.level), row.code
