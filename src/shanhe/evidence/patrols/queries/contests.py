"""Contests that a scope sees: of its own patrols, of those it sent, and in areas it supervises."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from shanhe.evidence.patrols.contests_flow import FLOW, OPEN, Matter, parties_of
from shanhe.evidence.patrols.contests_models import Contest, ContestEvent
from shanhe.evidence.patrols.contests_terms import terms_of
from shanhe.evidence.patrols.models import Outcome, Patrol, Verdict
from shanhe.evidence.patrols.queries.patrols import own_patrols
from shanhe.ground.people.scope import Actor, Scope
from shanhe.ground.registry.models import AreaWithin

__all__ = [
    "May",
    "contest_in",
    "contest_may",
    "contests_of",
    "contests_of_patrol",
    "contests_own",
    "contests_to_decide",
    "contests_to_list",
    "verdict_may",
]


def contests_of(scope: Scope) -> QuerySet[Contest]:
    """The contests a scope sees."""
    if scope.supervised.everything:
        return Contest.objects.all()
    seen = own_patrols(scope, "patrol__")
    if scope.user_id is not None:
        seen |= Q(filed_by=scope.user_id)
    if scope.supervised:
        seen |= scope.supervised.areas("area__")
    return Contest.objects.filter(seen)


def contests_own(scope: Scope, rows: QuerySet[Contest]) -> QuerySet[Contest]:
    """Those of ``rows`` that are about the login's own patrols, or that it filed."""
    own = own_patrols(scope, "patrol__")
    return rows.filter(own | Q(filed_by=scope.user_id) if scope.user_id is not None else own)


def contests_to_decide(scope: Scope) -> QuerySet[Contest]:
    """Open ones that the scope may decide as superior: not its own. The one due first comes first."""
    if not scope.supervised:
        return Contest.objects.none()
    rows = Contest.objects.filter(scope.supervised.areas("area__"), state__in=OPEN)
    # Who sent it (an office on somebody's account) may decide; who walked it or filed the contest may not.
    parties = Q(filed_by=scope.user_id or 0)
    if scope.person_id is not None:
        parties |= Q(patrol__person=scope.person_id) | Q(verdict__person=scope.person_id)
        parties |= Q(patrol__on_behalf_of=scope.person_id)
        parties |= Q(verdict__made_by_contest__decider=scope.person_id)
    return rows.exclude(parties).order_by("due_on", "pk")


def contests_to_list(rows: QuerySet[Contest]) -> QuerySet[Contest]:
    """With all that a row of a list shows, in one query."""
    return rows.select_related(
        "area__division", "patrol__person", "verdict__person", "filer", "decider", "new_verdict"
    )


def contest_in(scope: Scope, uuid: UUID) -> Contest:
    """One contest with its timeline; Contest.DoesNotExist also when it is not seen. Two queries."""
    events = ContestEvent.objects.select_related("person", "user").order_by("seq")
    return (
        contests_of(scope)
        .select_related(
            *("patrol__person", "patrol__on_behalf_of", "patrol__track", "area__division", "verdict__person"),
            *("verdict__shape", "verdict__area__division", "filer", "decider", "new_verdict"),
        )
        .prefetch_related(Prefetch("events", queryset=events, to_attr="timeline"))
        .get(uuid=uuid)
    )


def contests_of_patrol(scope: Scope, patrol: Patrol, area_ids: Iterable[int]) -> list[Contest]:
    """The contests of a patrol that the scope sees, in some areas, with their timelines, newest first."""
    events = ContestEvent.objects.select_related("person", "user").order_by("seq")
    return list(
        contests_of(scope)
        .filter(patrol=patrol, area__in=list(area_ids))
        .select_related("area", "verdict", "new_verdict", "filer", "decider")
        .prefetch_related(Prefetch("events", queryset=events, to_attr="timeline"))
        .order_by("-filed_at", "-pk")
    )


@dataclass(frozen=True, slots=True)
class May:
    """What an actor may do with a contest or a verdict now; services check it again."""

    actions: frozenset[str]
    file_until: date | None = None

    def __contains__(self, action: str) -> bool:
        return action in self.actions


def contest_may(contest: Contest, by: Actor) -> May:
    """The steps an actor may take on a contest (as ``contest_in`` gives it). Two queries."""
    before = Contest.objects.filter(new_verdict=contest.verdict_id).exclude(decider=None)
    deciders = frozenset(before.values_list("decider", flat=True))
    matter = Matter.of(contest, _ancestors(contest.area_id), deciders)
    actions = set(FLOW.actions(matter, by))
    if by.person_id is not None and by.person_id in deciders:
        actions -= {"take_up", "uphold", "reject"}
    if "take_up" in actions:
        actions |= {"uphold", "reject"}  # the decision takes it up by itself
    return May(frozenset(actions))


def verdict_may(verdict: Verdict, contests: Iterable[Contest], by: Actor, on: date) -> May:
    """Whether an actor may contest a verdict ("file") or settle it ("examine"); four queries at most.

    ``verdict`` carries patrol and area, ``contests`` are those of the patrol in that area.
    """
    mine = [each for each in contests if each.area_id == verdict.area_id]
    if verdict.outcome == Outcome.VALID or any(each.is_open for each in mine):
        return May(frozenset())
    patrol = verdict.patrol
    matter = Matter(
        "",
        verdict.area.division_id,
        _ancestors(verdict.area_id),
        parties_of(patrol, verdict),
        patrol.sent_by_id,
    )
    actions = set(FLOW.actions(matter, by))
    if verdict.outcome != Outcome.DOUBTFUL:
        actions.discard("examine")
    until = None
    if "file" in actions:
        until = terms_of(verdict.area, on).file_until(_day(verdict.made_at))
        heard = any(
            each.origin == Contest.Origin.HOLDER
            and each.decided_at is not None
            and verdict.pk in (each.verdict_id, each.new_verdict_id)
            for each in mine
        )
        if heard or on > until:
            actions.discard("file")
    return May(frozenset(actions), until)


def _day(at: datetime) -> date:
    return timezone.localtime(at, timezone.get_default_timezone()).date()


def _ancestors(area_id: int) -> frozenset[int]:
    rows = AreaWithin.objects.filter(area=area_id).values_list("ancestor_id", flat=True)
    return frozenset(rows) | {area_id}
