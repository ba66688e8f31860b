"""A patrol is judged again: from the kept bytes, by the rule set and the shape it was judged by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from shanhe.evidence.patrols.earlier import Suspects, earlier_tracks, kept_track
from shanhe.evidence.patrols.judging import Case, Judged, clock_flags, counts, judged, verdict_row
from shanhe.evidence.patrols.models import Patrol, Verdict
from shanhe.evidence.patrols.numbers import numbers_of
from shanhe.evidence.patrols.rulesets import RuleSet, rules_from_json
from shanhe.evidence.patrols.scans import scanned_from_json
from shanhe.evidence.patrols.sent import track_from_raw
from shanhe.evidence.patrols.services.replacing import Replacement, is_decided, verdicts_replace
from shanhe.ground.audit import ledger
from shanhe.ground.people.scope import Actor
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["judged_again", "patrol_reverify"]


@ledger.atomic
def patrol_reverify(*, patrol: Patrol, by: Actor, at: datetime) -> list[Verdict]:
    """Judge a kept patrol once more and put the new verdicts beside the old ones, which stay.

    The same upload, shape, rule set and earlier tracks as then: the verdict is the same unless the kernel has
    changed. Only tracks received before it are history, so that its own later copies do not doubt it.
    Refusals: 403 when the actor's office does not manage the areas, 409 ``patrol.raw_changed`` when the kept
    bytes are not those that were received, 410 ``patrol.track_deleted`` after its
    retention time, 409 ``patrol.decided`` when a person decided on a verdict.
    """
    old = list(
        Verdict.objects.filter(patrol=patrol, is_current=True)
        .select_related("area", "shape", "appointment", "person", "patrol")
        .order_by("position")
    )
    _check_manages(old, by)
    _check_undecided(old)
    found = judged_again(patrol, _cases(old))
    has_track = patrol.track.points > 0
    pairs = [
        Replacement(
            before,
            verdict_row(
                each, patrol, position=before.position, holder_id=before.person_id, is_counted=False, at=at
            ),
            counts(
                each.answer.outcome,
                each.case.rule_set.counting,
                is_late=patrol.is_late,
                has_track=has_track,
            ),
        )
        for each, before in zip(found, old, strict=True)
    ]
    made = verdicts_replace(pairs, at)
    if made is None:
        raise Refusal(
            "patrol.moved_on", _("The patrol was judged again by somebody else meanwhile."), status=409
        )
    new = made[: len(pairs)]
    patrol.outcome = new[0].outcome
    ledger.record(
        "patrol.reverify",
        patrol,
        by=by,
        at=at,
        verdicts=[
            {"area": row.area_id, "was": before.outcome, "outcome": row.outcome, "counts": row.counts}
            for row, before in zip(new, old, strict=True)
        ],
    )
    return new


def judged_again(patrol: Patrol, cases: Sequence[Case]) -> list[Judged]:
    """The kernel's answers on a patrol in some areas, from the kept bytes and the tracks received before it.

    Refusals: ``patrol.raw_changed`` (409), ``patrol.track_deleted`` (410).
    """
    _check_track(patrol)
    raw, codec = kept_track(patrol.track)
    if sha256(raw).hexdigest() != patrol.track.raw_sha256:
        raise Refusal(
            "patrol.raw_changed", _("The kept upload is not the one that was received."), status=409
        )
    track = track_from_raw(raw, codec)
    history = earlier_tracks(
        Suspects(
            track=track,
            person_id=patrol.person_id,
            company=frozenset(person.pk for person in patrol.company.all()),
            device_id=patrol.device_id,
            started_at=patrol.started_at,
            ended_at=patrol.ended_at,
            before=patrol.pk,
        )
    )
    flags = clock_flags(
        started_at=patrol.started_at, ended_at=patrol.ended_at, track=track, received_at=patrol.received_at
    )
    return [judged(case, track, history, flags) for case in cases]


def _check_manages(old: list[Verdict], by: Actor) -> None:
    managed = by.scope.managed
    inside = Verdict.objects.filter(managed.areas("area__"), pk__in=[row.pk for row in old]).count()
    if not old or inside < len(old):
        message = _("This lies outside the ground your office manages.")
        raise Refusal("patrol.not_yours", message, status=403)


def _check_track(patrol: Patrol) -> None:
    if not hasattr(patrol, "track"):
        message = _("The track was deleted when its retention time was over; it cannot be judged again.")
        raise Refusal("patrol.track_deleted", message, status=410)


def _check_undecided(old: list[Verdict]) -> None:
    if any(is_decided(row) for row in old):
        message = _("A person decided on this verdict; it is not overturned by judging it again.")
        raise Refusal("patrol.decided", message, status=409)


def _cases(old: list[Verdict]) -> list[Case]:
    """The areas with the shape, half width and rule set stamped on the old verdicts; what counts is
    today's.
    """
    numbers = numbers_of([row.area for row in old], old[0].started_at.date())
    cases = []
    for row in old:
        row.area.half_width_m = row.details["half_width_m"]
        rules = rules_from_json(row.details["rules"])
        rule_set = RuleSet(rules, row.policy_id, numbers.rule_set(row.area).counting)
        scanned = scanned_from_json(row.details)
        cases.append(Case(row.area, row.shape, rule_set, row.appointment, scanned, row.started_at))
    return cases
