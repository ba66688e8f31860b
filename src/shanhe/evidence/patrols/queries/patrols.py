"""Patrols and verdicts that a scope sees.

Everybody sees what they walked, what they sent and what was sent on their account; superiors see the patrols
in the areas they supervise; nobody sees anything else.
"""

from __future__ import annotations

from dataclasses import replace

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from shanhe.evidence.patrols.ground import in_ground, in_range
from shanhe.evidence.patrols.models import LogItem, Outcome, Patrol, Verdict
from shanhe.ground.people.scope import Ground, Scope

__all__ = [
    "doubts",
    "latest_patrols",
    "own_patrols",
    "patrol_in",
    "patrols_of",
    "patrols_with",
    "verdicts_of",
    "verdicts_of_patrol",
    "verdicts_to_list",
]

MOST_ELSEWHERE = 500  # own verdicts outside the ground one supervises that are named one by one


def own_patrols(scope: Scope, path: str = "") -> Q:
    """Patrols that the login's person walked, sent or had walked; ``path`` leads to the patrol."""
    own = Q(pk__in=())
    if scope.person_id is not None:
        own |= Q(**{f"{path}person_id": scope.person_id}) | Q(**{f"{path}on_behalf_of_id": scope.person_id})
    if scope.user_id is not None:
        own |= Q(**{f"{path}sent_by_id": scope.user_id})
    return own


def patrols_of(scope: Scope) -> QuerySet[Patrol]:
    """The patrols a scope sees: its own, and those with a current verdict in an area it supervises."""
    if scope.supervised.everything:
        return Patrol.objects.all()
    seen = own_patrols(scope)
    if scope.supervised:
        there = Verdict.objects.filter(in_ground(scope.supervised), patrol=OuterRef("pk"), is_current=True)
        seen |= Q(Exists(there))
    return Patrol.objects.filter(seen)


def verdicts_of(scope: Scope, within: tuple[str, str] | None = None) -> QuerySet[Verdict]:
    """Current verdicts a scope sees: of its own patrols, and in areas it supervises.

    Of a patrol that served two areas, a superior of one of them sees the verdict for that one. ``within``:
    only those in a subtree of divisions, by its first and last code. One query beforehand for a superior.
    """
    return _verdicts_seen(scope, within).filter(is_current=True)


def _verdicts_seen(scope: Scope, within: tuple[str, str] | None = None) -> QuerySet[Verdict]:
    """The same with those that were replaced.

    What a superior walked, sent or had walked elsewhere is looked up first: it is hardly ever anything, and
    a condition over two tables would keep every list from walking its index.
    """
    inside = Q() if within is None else in_range(*within)
    if scope.supervised.everything:
        return Verdict.objects.filter(inside)
    if not scope.supervised:
        return Verdict.objects.filter(own_patrols(scope, "patrol__"), inside)
    there = in_ground(scope.supervised if within is None else _narrowed(scope.supervised, within))
    mine = Patrol.objects.filter(own_patrols(scope)).order_by().values("pk")
    own = Verdict.objects.filter(inside, patrol__in=mine).exclude(in_ground(scope.supervised))
    elsewhere = list(own.order_by().values_list("pk", flat=True)[: MOST_ELSEWHERE + 1])
    if len(elsewhere) > MOST_ELSEWHERE:
        return _verdicts_beside(scope).filter(inside)
    return Verdict.objects.filter(there | Q(pk__in=elsewhere) if elsewhere else there).filter(inside)


def _verdicts_beside(scope: Scope) -> QuerySet[Verdict]:
    """All verdicts seen, in one condition: for those of few patrols, which need no index of their own."""
    if scope.supervised.everything:
        return Verdict.objects.all()
    return Verdict.objects.filter(own_patrols(scope, "patrol__") | in_ground(scope.supervised))


def _narrowed(ground: Ground, within: tuple[str, str]) -> Ground:
    """The part of a ground within a subtree. A range that contains it becomes it: one index serves both."""
    first, last = within
    ranges = tuple(
        (max(low, first), min(high, last)) for low, high in ground.ranges if low <= last and first <= high
    )
    return replace(ground, ranges=ranges)


def verdicts_of_patrol(patrol: Patrol) -> QuerySet[Verdict]:
    """All current verdicts of a patrol, for who sent it."""
    return Verdict.objects.filter(patrol=patrol, is_current=True).select_related("area").order_by("position")


def verdicts_to_list(scope: Scope, within: tuple[str, str] | None = None) -> QuerySet[Verdict]:
    """``verdicts_of`` with all that a row of a list shows, in one query: one row for each patrol and area."""
    return verdicts_of(scope, within).select_related(
        "area__division", "patrol__person", "patrol__on_behalf_of", "person"
    )


def patrols_with(scope: Scope, verdicts: QuerySet[Verdict]) -> QuerySet[Patrol]:
    """The patrols seen that have one of ``verdicts``, with people, and with the verdicts the scope sees."""
    shown = Prefetch(
        "verdicts",
        queryset=_verdicts_beside(scope)
        .filter(is_current=True)
        .select_related("area__division")
        .order_by("position"),
    )
    return (
        patrols_of(scope)
        .filter(Exists(verdicts.filter(patrol=OuterRef("pk"))))
        .select_related("person", "on_behalf_of")
        .prefetch_related(shown)
    )


def patrol_in(scope: Scope, pk: int) -> Patrol:
    """One patrol with everything its page shows; Patrol.DoesNotExist also when it is not seen. Six queries.

    ``shown`` holds the current verdicts that the scope sees, ``past`` those that were replaced.
    """
    past = (
        _verdicts_beside(scope)
        .filter(is_current=False)
        .select_related("area__division")
        .order_by("-made_at", "-pk")
    )
    current = (
        _verdicts_beside(scope)
        .filter(is_current=True)
        .select_related("area__division", "shape", "policy", "appointment__post", "person")
    )
    return (
        patrols_of(scope)
        .select_related(
            "person__division", "on_behalf_of", "sent_by__person", "track", "track_deletion", "joined_to"
        )
        .prefetch_related(
            Prefetch("verdicts", queryset=current.order_by("position"), to_attr="shown"),
            Prefetch("verdicts", queryset=past, to_attr="past"),
            Prefetch("log", queryset=LogItem.objects.order_by("position")),
            "company",
            Prefetch("joined", queryset=Patrol.objects.order_by("started_at")),
        )
        .get(pk=pk)
    )


def latest_patrols(scope: Scope, number: int = 10) -> QuerySet[Verdict]:
    """The newest verdicts, for the home page."""
    return verdicts_to_list(scope).order_by("-started_at", "-pk")[:number]


def doubts(scope: Scope) -> QuerySet[Verdict]:
    """Verdicts that wait for a person to look at them, the newest first."""
    return verdicts_to_list(scope).filter(outcome=Outcome.DOUBTFUL).order_by("-started_at", "-pk")
