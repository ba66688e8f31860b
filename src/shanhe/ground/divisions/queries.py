"""Reads about divisions. Names and boundaries are public, so they take no scope; callers narrow by ground."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from shanhe.ground.divisions.models import Division, DivisionName, DivisionShape, Level
from shanhe.kernel.codes import ancestors, subtree

__all__ = [
    "boundaries_of",
    "division_children",
    "division_paths",
    "division_with",
    "divisions_at",
    "divisions_found",
    "divisions_right_below",
    "divisions_under",
    "name_on",
    "names_of",
]


def division_with(code: str) -> Division | None:
    """The division of that code, None when there is none."""
    return Division.objects.filter(code=code).first()


def divisions_under(division: Division) -> QuerySet[Division]:
    """The subtree: the division and all below it, ordered by code; one range of the primary key."""
    low, high = subtree(division.code, division.level)
    return Division.objects.filter(code__gte=low, code__lte=high)


def division_children(division: Division | None) -> QuerySet[Division]:
    """The divisions right below; the provinces for None. Ordered by code, for a page of a tree."""
    return Division.objects.filter(parent=division).order_by("code")


def divisions_right_below(codes: Iterable[str]) -> list[Division]:
    """The divisions right below any of those, by code; one query."""
    return list(Division.objects.filter(parent__in=list(codes)).order_by("code"))


def divisions_at(level: str, within: Q) -> QuerySet[Division]:
    """The divisions of a level that a condition holds, ``scope.managed.divisions("code")`` for one; by
    code.
    """
    return Division.objects.filter(within, level=level).order_by("code")


def divisions_found(text: str, *, within: Q | None = None, limit: int = 20) -> list[Division]:
    """Divisions by the beginning of their code, by initials or pinyin (ddk, dadukou), or by part of the name.

    The whole name comes first, then upper levels before lower ones, then by code. ``within`` narrows, as
    ``scope.seen.divisions("code")`` does. Empty text finds nothing. One query.
    """
    wanted = text.strip()
    if not wanted:
        return []
    rows = Division.objects.filter(_matching(wanted))
    if within is not None:
        rows = rows.filter(within)
    levels = [When(level=level, then=Value(rank)) for rank, level in enumerate(Level.values)]
    exact = Case(When(Q(name=wanted) | Q(code=wanted), then=Value(0)), default=Value(1))
    rank = Case(*levels, output_field=IntegerField())
    return list(rows.order_by(exact, rank, "code")[:limit])


def _matching(text: str) -> Q:
    if text.isascii() and text.isdigit():
        return Q(code__gte=text.ljust(12, "0")[:12], code__lte=text.ljust(12, "9")[:12])
    if not text.isascii():
        return Q(name__contains=text)
    letters = "".join(text.lower().split())
    # Ranges, not LIKE: neither database walks its index for a LIKE with an escape in it.
    return Q(initials__gte=letters, initials__lte=letters.ljust(80, "z")) | Q(
        pinyin__gte=letters, pinyin__lte=letters.ljust(240, "z")
    )


def division_paths(codes: Iterable[str]) -> dict[str, list[Division]]:
    """Code → the divisions above it and itself, top first, for a whole page of codes in one query."""
    wanted = {code: ancestors(code) for code in codes}
    found = Division.objects.in_bulk({code for path in wanted.values() for code in path})
    return {code: [found[one] for one in path if one in found] for code, path in wanted.items()}


def name_on(division: Division, day: date) -> str:
    """The name it bore on a day; the earliest known when the day lies before that one began."""
    names = DivisionName.objects.filter(division=division)
    borne = names.filter(Q(since=None) | Q(since__lte=day), Q(until=None) | Q(until__gt=day)).first()
    return (borne or names.order_by("since").first() or division).name


def names_of(division: Division) -> list[DivisionName]:
    """Every name the division bore, the present one first."""
    return list(DivisionName.objects.filter(division=division).order_by("-since"))


def boundaries_of(codes: Iterable[str]) -> dict[str, DivisionShape]:
    """Code → boundary, of those that have one."""
    return DivisionShape.objects.in_bulk(set(codes))
