"""All patrols of a place and a period judged again: first shown, then applied, old verdicts kept.

Computed chunk by chunk, each in a transaction of its own, so that a run of any size needs little memory and
goes on where it was interrupted. Verdicts that a person decided, or that are being contested, stay and are
listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from shanhe.evidence.patrols.judging import Case, Judged, counts, verdict_row
from shanhe.evidence.patrols.models import (
    Contest,
    Patrol,
    Reverification,
    ReverifiedVerdict,
    Verdict,
)
from shanhe.evidence.patrols.numbers import KEYS, Numbers
from shanhe.evidence.patrols.rulesets import Counting
from shanhe.evidence.patrols.scans import scanned_from_json
from shanhe.evidence.patrols.services.again import judged_again
from shanhe.evidence.patrols.services.overlaps import counted_elsewhere
from shanhe.evidence.patrols.services.replacing import (
    Replacement,
    is_decided,
    successor,
    verdicts_replace,
)
from shanhe.ground.audit import ledger
from shanhe.ground.divisions.models import Division
from shanhe.ground.jobs.models import Job
from shanhe.ground.jobs.services import job_start
from shanhe.ground.people.models import User
from shanhe.ground.people.scope import Actor
from shanhe.ground.policies.queries import PolicyBook
from shanhe.kernel.codes import subtree
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = [
    "APPLY",
    "COMPUTE",
    "applied",
    "computed",
    "reverify_apply",
    "reverify_discard",
    "reverify_start",
]

COMPUTE, APPLY = "patrols.reverify", "patrols.reverify_apply"
CHUNK = 50  # patrols in one transaction
MOST_DAYS = 3 * 366
SAME_COVERAGE = 0.005  # half a point more or less is no difference that anybody acts on
State, Status = Reverification.State, ReverifiedVerdict.Status
#: What of a new verdict is kept until it is applied; the rest is that of the old one.
KEPT = (
    *("outcome", "policy_id", "coverage", "length_m", "distance_m", "duration_s", "moving_s", "max_gap_s"),
    *("max_speed_mps", "points", "points_dropped", "covered", "flags", "flag_codes", "reasons", "details"),
    *("rules_id", "kernel_version"),
)
Now = Callable[[], datetime]


@ledger.atomic
def reverify_start(
    *,
    uuid: UUID,
    division: Division,
    kind: str,
    since: date,
    until: date,
    basis: str,
    by: Actor,
    at: datetime,
) -> Reverification:
    """Have the patrols of a division (``kind`` of areas, "" for all) of some days judged again.

    Nothing changes yet. The same uuid again gives the run begun then. Refusals: 403 unless the actor's office
    manages the whole division; 422 for days that cannot be used.
    """
    known = Reverification.objects.filter(uuid=uuid, created_by=by.user_id or 0).first()
    if known is not None:
        return known
    _check_manages(division, by)
    if until < since or (until - since).days > MOST_DAYS:
        reason = _("Choose a first and a last day, at most three years apart.")
        raise Refusal("reverify.days", reason, {"until": reason})
    run = Reverification.objects.create(
        uuid=uuid,
        division=division,
        kind=kind,
        since=since,
        until=until,
        basis=basis,
        created_by_id=by.user_id or 0,
        created_at=at,
    )
    run.job = job_start(kind=COMPUTE, params={"run": run.pk}, by=by, at=at)
    run.save(update_fields=["job"])
    ledger.record(
        "reverify.start",
        run,
        by=by,
        at=at,
        division=division.code,
        kind=kind,
        since=since,
        until=until,
        basis=basis,
    )
    return run


@ledger.atomic
def reverify_apply(*, run: Reverification, by: Actor, at: datetime) -> Reverification:
    """Have the verdicts shown put in the places of the old ones, in the background.

    Refusals: 403, 409 ``reverify.not_ready`` unless the difference is there to look at (or an earlier try was
    interrupted).
    """
    _check_manages(run.division, by)
    broken = Q(state=State.APPLYING, job__state=Job.State.FAILED)
    rows = Reverification.objects.filter(Q(state=State.READY) | broken, pk=run.pk)
    if not Reverification.objects.filter(pk__in=rows.values("pk")).update(state=State.APPLYING):
        raise _not_ready()
    job = job_start(kind=APPLY, params={"run": run.pk}, by=by, at=at)
    Reverification.objects.filter(pk=run.pk).update(job=job)
    ledger.record("reverify.apply", run, by=by, at=at)
    run.refresh_from_db()
    return run


@ledger.atomic
def reverify_discard(*, run: Reverification, by: Actor, at: datetime) -> Reverification:
    """Put a run away that is not applied: every verdict stays as it is. Refusals as in ``reverify_apply``."""
    _check_manages(run.division, by)
    broken = Q(state=State.COMPUTING, job__state=Job.State.FAILED)
    rows = Reverification.objects.filter(Q(state=State.READY) | broken, pk=run.pk)
    if not Reverification.objects.filter(pk__in=rows.values("pk")).update(state=State.DISCARDED):
        raise _not_ready()
    ReverifiedVerdict.objects.filter(run=run).update(made={})
    ledger.record("reverify.discard", run, by=by, at=at)
    run.refresh_from_db()
    return run


def _not_ready() -> Refusal:
    message = _("This re-verification is not ready, or was applied or put away already.")
    return Refusal("reverify.not_ready", message, status=409)


def _check_manages(division: Division, by: Actor) -> None:
    low, high = subtree(division.code, division.level)
    managed = by.scope.managed
    if not (managed.everything or any(a <= low and high <= b for a, b in managed.ranges)):
        message = _("This lies outside the ground your office manages.")
        raise Refusal("patrol.not_yours", message, {"division": message}, status=403)


# -- in the background -------------------------------------------------------------------------------------


def computed(*, run_id: int, now: Now) -> Iterator[tuple[int, int]]:
    """Judge again, a chunk of patrols a step; yields verdicts looked at, and how many there are."""
    run = Reverification.objects.select_related("division").get(pk=run_id)
    if run.state != State.COMPUTING:
        return
    numbers_on = _numbers(run, now())
    total = _verdicts(run).count()
    yield run.looked_at, total
    while True:
        ids = list(
            _verdicts(run)
            .filter(patrol_id__gt=run.through_id)
            .order_by("patrol_id")
            .values_list("patrol_id", flat=True)
            .distinct()[:CHUNK]
        )
        if not ids:
            break
        _compute_chunk(run, ids, numbers_on, now())
        yield run.looked_at, max(total, run.looked_at)
    with ledger.atomic():
        Reverification.objects.filter(pk=run.pk, state=State.COMPUTING).update(state=State.READY)
        found = ReverifiedVerdict.objects.filter(run=run, status=Status.CHANGES).count()
        ledger.record("reverify.end", run, by=None, at=now(), records=run.looked_at, verdicts=found)


def _verdicts(run: Reverification) -> QuerySet[Verdict]:
    """The current verdicts of the run's place and period."""
    low, high = subtree(run.division.code, run.division.level)
    rows = Verdict.objects.filter(
        is_current=True,
        area__division_id__gte=low,
        area__division_id__lte=high,
        started_at__gte=_midnight(run.since),
        started_at__lt=_midnight(run.until + timedelta(days=1)),
    ).order_by()
    return rows.filter(area__kind=run.kind) if run.kind else rows


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())


def _numbers(run: Reverification, at: datetime) -> Callable[[datetime], Numbers]:
    """The policies that a verdict of a moment is found by. One query for the whole run."""
    book = PolicyBook.load(*KEYS)
    today = timezone.localtime(at, timezone.get_default_timezone()).date()

    def on(started_at: datetime) -> Numbers:
        day = timezone.localtime(started_at, timezone.get_default_timezone()).date()
        return Numbers(book, today if run.basis == Reverification.Basis.TODAY else day)

    return on


@ledger.atomic
def _compute_chunk(
    run: Reverification, ids: Sequence[int], numbers_on: Callable[[datetime], Numbers], at: datetime
) -> None:
    """The verdicts of some patrols. A handful of queries, and two a patrol for the tracks before it."""
    patrols = Patrol.objects.filter(pk__in=ids).select_related("track").prefetch_related("company")
    by_patrol: dict[int, list[Verdict]] = {}
    for row in (
        _verdicts(run)
        .filter(patrol_id__in=ids)
        .select_related("area", "shape", "appointment", "person")
        .order_by("patrol_id", "position")
    ):
        by_patrol.setdefault(row.patrol_id, []).append(row)
    contested = set(
        Contest.objects.filter(patrol_id__in=ids, state__in=("filed", "review")).values_list(
            "patrol_id", "area_id"
        )
    )
    found: list[ReverifiedVerdict] = []
    unchanged = 0
    for patrol in patrols.order_by("pk"):
        olds = by_patrol.get(patrol.pk, [])
        waiting = []
        for old in olds:
            old.patrol = patrol
            if is_decided(old):
                found.append(_left(run, old, Status.DECIDED))
            elif (old.patrol_id, old.area_id) in contested:
                found.append(_left(run, old, Status.OPEN))
            else:
                waiting.append(old)
        rows = _compared(run, patrol, waiting, numbers_on(patrol.started_at), at)
        found += rows
        unchanged += len(waiting) - len(rows)
    ReverifiedVerdict.objects.bulk_create(found)
    run.through_id = ids[-1]
    run.looked_at += sum(map(len, by_patrol.values()))
    run.unchanged += unchanged
    run.save(update_fields=["through_id", "looked_at", "unchanged"])


def _left(run: Reverification, old: Verdict, status: str) -> ReverifiedVerdict:
    """A verdict that stays for a reason."""
    return ReverifiedVerdict(
        run=run,
        patrol_id=old.patrol_id,
        verdict=old,
        status=status,
        before=old.outcome,
        counts_before=old.counts,
        counts_after=old.counts,
    )


def _compared(
    run: Reverification, patrol: Patrol, olds: Sequence[Verdict], numbers: Numbers, at: datetime
) -> list[ReverifiedVerdict]:
    """What would change of a patrol's verdicts; the shape stays that of the day."""
    if not olds or (hasattr(patrol, "track") and patrol.track.points == 0):
        return []  # entered without a track: there is nothing to judge
    cases = []
    for old in olds:
        old.area.half_width_m = old.details.get("half_width_m", old.area.half_width_m)
        scanned = scanned_from_json(old.details)
        rule_set = numbers.rule_set(old.area)
        cases.append(Case(old.area, old.shape, rule_set, old.appointment, scanned, old.started_at))
    try:
        answers = judged_again(patrol, cases)
    except Refusal:
        return [_left(run, old, Status.UNREADABLE) for old in olds]
    rows = (_change(run, old, answer, at) for old, answer in zip(olds, answers, strict=True))
    return [row for row in rows if row is not None]


def _change(run: Reverification, old: Verdict, answer: Judged, at: datetime) -> ReverifiedVerdict | None:
    """The new verdict beside the old one; None when they say the same."""
    new = verdict_row(
        answer, old.patrol, position=old.position, holder_id=old.person_id, is_counted=False, at=at
    )
    is_good = _is_good(new.outcome, answer.case.rule_set.counting, old.patrol)
    if is_good and not old.counts:
        is_good = not counted_elsewhere(old.person_id, [old.area_id], old.patrol)
    is_same = (new.outcome, is_good) == (old.outcome, old.counts)
    if is_same and abs(new.coverage - old.coverage) <= SAME_COVERAGE:
        return None
    row = _left(run, old, Status.CHANGES)
    row.after, row.counts_after, row.after_coverage = new.outcome, is_good, new.coverage
    row.made = {name: getattr(new, name) for name in KEPT}
    return row


def _is_good(outcome: str, counting: Counting, patrol: Patrol) -> bool:
    return counts(outcome, counting, is_late=patrol.is_late)


def applied(*, run_id: int, now: Now) -> Iterator[tuple[int, int]]:
    """Put the new verdicts in place, a chunk a step; yields how many are done, and of how many."""
    run = Reverification.objects.select_related("division", "created_by").get(pk=run_id)
    if run.state != State.APPLYING:
        return
    by = _actor(run)
    numbers_on = _numbers(run, now())
    waiting = ReverifiedVerdict.objects.filter(run=run, status=Status.CHANGES).order_by("patrol_id", "pk")
    total, done = waiting.count(), 0
    while True:
        rows = list(waiting.select_related("verdict__patrol", "verdict__area")[:CHUNK])
        if not rows:
            break
        _apply_chunk(run, rows, numbers_on, by, now())
        done += len(rows)
        yield done, total
    with ledger.atomic():
        at = now()
        Reverification.objects.filter(pk=run.pk, state=State.APPLYING).update(
            state=State.APPLIED, applied_at=at
        )
        made = ReverifiedVerdict.objects.filter(run=run, status=Status.APPLIED).count()
        ledger.record("reverify.end", run, by=by, at=at, verdicts=made)


def _actor(run: Reverification) -> Actor:
    """Whoever asked, as the ledger names them; the right was checked when they did."""
    user: User = run.job.created_by if run.job and run.job.created_by else run.created_by
    return Actor(user.pk, user.person_id, "office")


@ledger.atomic
def _apply_chunk(
    run: Reverification,
    rows: Sequence[ReverifiedVerdict],
    numbers_on: Callable[[datetime], Numbers],
    by: Actor,
    at: datetime,
) -> None:
    """Replace the verdicts that are still as they were; the others are left alone and marked."""
    contested = set(
        Contest.objects.filter(
            patrol_id__in=[row.patrol_id for row in rows], state__in=("filed", "review")
        ).values_list("patrol_id", "area_id")
    )
    pairs: list[Replacement] = []
    taken: list[ReverifiedVerdict] = []
    for row in rows:
        old = row.verdict
        if old.is_current and not is_decided(old) and (old.patrol_id, old.area_id) not in contested:
            new = successor(old, at=at, **row.made)
            counting = numbers_on(old.started_at).rule_set(old.area).counting
            pairs.append(Replacement(old, new, _is_good(new.outcome, counting, old.patrol)))
            taken.append(row)
    made = verdicts_replace(pairs, at) if pairs else []
    if made is None:  # somebody was quicker: nothing of this chunk is claimed, the next look is fresh
        raise Refusal("reverify.moved_on", _("Verdicts changed meanwhile. Start again."), status=409)
    for row, pair in zip(taken, pairs, strict=True):
        row.counts_after = pair.new.counts
    applied_ids = [row.pk for row in taken]
    ReverifiedVerdict.objects.bulk_update(taken, ["counts_after"])
    ReverifiedVerdict.objects.filter(pk__in=applied_ids).update(status=Status.APPLIED, made={})
    left = [row.pk for row in rows if row.pk not in set(applied_ids)]
    ReverifiedVerdict.objects.filter(pk__in=left).update(status=Status.PASSED, made={})
    _record(run, pairs, made[len(pairs) :], by, at)


def _record(
    run: Reverification, pairs: Sequence[Replacement], followers: Sequence[Verdict], by: Actor, at: datetime
) -> None:
    """One event a patrol, as when it is judged again alone; those that follow have one of their own."""
    told: dict[int, list[dict[str, Any]]] = {}
    for pair in pairs:
        was, new = pair.old.outcome, pair.new
        told.setdefault(new.patrol_id, []).append(
            {"area": new.area_id, "was": was, "outcome": new.outcome, "counts": new.counts}
        )
    for new in followers:
        told.setdefault(new.patrol_id, []).append(
            {"area": new.area_id, "was": new.outcome, "outcome": new.outcome, "counts": new.counts}
        )
    for patrol_id, verdicts in told.items():
        ledger.record(
            "patrol.reverify", ("patrols.patrol", patrol_id), by=by, at=at, run=run.pk, verdicts=verdicts
        )
