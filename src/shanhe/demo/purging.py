"""Everything simulated leaves as it came, and the demonstration's rules end."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from shanhe.demo.loading import PACKS, PLACES
from shanhe.evidence.patrols import services as patrols
from shanhe.ground.audit import ledger
from shanhe.ground.divisions.queries import division_with
from shanhe.ground.documents import services as documents
from shanhe.ground.jobs import services as jobs
from shanhe.ground.people import services as people
from shanhe.ground.people.scope import Actor
from shanhe.ground.policies.queries import policies_of
from shanhe.ground.policies.services import policy_end
from shanhe.ground.registry import services as registry

__all__ = ["simulated_purge"]


@ledger.atomic
def simulated_purge(*, by: Actor, at: datetime) -> dict[str, int]:
    """Delete what is marked as simulated, all or nothing; gives how many records of each sort.

    Who points goes before what is pointed at. Divisions, posts, rules, holidays and the waters that have real
    lines stay; the ledger keeps what was done. Refusals: those of the apps, for a real record that depends on
    a simulated one.
    """
    counts = {
        "patrols": patrols.purge_simulated(by=by, at=at),
        "files": documents.purge_simulated(by=by, at=at),
        "jobs": jobs.purge_simulated(by=by, at=at),
        "people": sum(people.purge_simulated(by=by, at=at).counts.values()),
        "registry": registry.purge_simulated(by=by, at=at),
    }
    return counts | {"rules": _rules_end(by, at)}


def _rules_end(by: Actor, at: datetime) -> int:
    """The demonstration's own rules hold no longer; verdicts of the past may stand on them, so they stay."""
    today, ended = timezone.localtime(at).date(), 0
    for code in PLACES:
        division = division_with(code)
        if division is None:
            continue
        for policy in policies_of(division, on=today).filter(pack__in=PACKS):
            policy_end(policy=policy, on=today, by=by, at=at)
            ended += 1
    return ended
