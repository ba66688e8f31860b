"""A verdict gives way to another one: the old row stays, and all that hangs on the verdict follows.

What follows, in one transaction: the patrol's outcome, the last visits of the areas, and other outings of
the holder at the same time, of which one counts when this one no longer does. Counters are queries, so they
follow by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from shanhe.evidence.patrols.judging import counts
from shanhe.evidence.patrols.models import Outcome, Patrol, Verdict
from shanhe.evidence.patrols.numbers import numbers_of
from shanhe.evidence.patrols.rulesets import Counting
from shanhe.evidence.patrols.services.overlaps import counted_elsewhere, lock_holders
from shanhe.evidence.patrols.services.visits import visits_recount
from shanhe.ground.registry.models import Area

__all__ = ["Replacement", "counting_of", "is_decided", "successor", "verdicts_replace"]


@dataclass(frozen=True, slots=True)
class Replacement:
    """A verdict, and the one that takes its place; ``is_good``: it may count, other outings left aside."""

    old: Verdict
    new: Verdict
    is_good: bool


def is_decided(verdict: Verdict) -> bool:
    """Whether a person decided what the verdict says."""
    return "decision" in verdict.details


def successor(old: Verdict, *, at: datetime, **changes: Any) -> Verdict:
    """A copy of a verdict with some columns changed, not saved yet."""
    columns = [field.attname for field in Verdict._meta.concrete_fields if not field.primary_key]
    return Verdict(
        **{name: getattr(old, name) for name in columns}
        | {"made_at": at, "is_current": True, "counts": False}
        | changes
    )


def counting_of(area: Area, started_at: datetime) -> Counting:
    """What counts for a duty in an area, for an outing of that day. One query."""
    day = timezone.localtime(started_at, timezone.get_default_timezone()).date()
    return numbers_of([area], day).rule_set(area).counting


def verdicts_replace(replacements: Sequence[Replacement], at: datetime) -> list[Verdict] | None:
    """Put the new verdicts in the places of the old ones; gives the new ones and those that follow them.

    None, and nothing is changed, when one of the old ones is no longer current. Old verdicts carry patrol and
    area. Those that counted before go on counting before others begin to.
    """
    lock_holders({each.old.person_id for each in replacements})
    olds = [each.old.pk for each in replacements]
    current = Verdict.objects.filter(pk__in=olds, is_current=True)
    if current.count() < len(olds):
        return None
    current.update(is_current=False)
    for each in sorted(replacements, key=lambda each: (not each.old.counts, each.old.patrol_id)):
        new, patrol = each.new, each.old.patrol
        new.counts = each.is_good and not counted_elsewhere(new.person_id, [new.area_id], patrol)
        new.save(force_insert=True)
        if new.position == 0:
            Patrol.objects.filter(pk=new.patrol_id).update(outcome=new.outcome)
            patrol.outcome = Outcome(new.outcome)
    followers = [
        found
        for each in replacements
        if each.old.counts and not each.new.counts
        for found in _followers(each.old, at)
    ]
    made = [each.new for each in replacements] + followers
    visits_recount({row.area_id for row in made})
    return made


def _followers(lost: Verdict, at: datetime) -> list[Verdict]:
    """Outings at the same time that count now that ``lost`` does not: the first one that is good enough, and
    any that does not overlap it.
    """
    patrol = lost.patrol
    waiting = (
        Verdict.objects.filter(
            person_id=lost.person_id,
            area_id=lost.area_id,
            is_current=True,
            counts=False,
            outcome__in=(Outcome.VALID, Outcome.PARTIAL),
            patrol__started_at__lt=patrol.ended_at,
            patrol__ended_at__gt=patrol.started_at,
        )
        .exclude(patrol=patrol)
        .select_related("patrol", "area")
        .order_by("patrol_id")
    )
    found = []
    for old in waiting:
        counting = counting_of(old.area, old.started_at)
        is_good = counts(
            old.outcome, counting, is_late=old.patrol.is_late, has_track=old.points + old.points_dropped > 0
        )
        if not is_good or counted_elsewhere(old.person_id, [old.area_id], old.patrol):
            continue
        Verdict.objects.filter(pk=old.pk).update(is_current=False)
        new = successor(old, at=at, counts=True, details={**old.details, "follows": patrol.pk})
        new.save(force_insert=True)
        found.append(new)
    return found
