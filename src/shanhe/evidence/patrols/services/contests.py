"""A verdict is contested, looked at and decided; every step stays on the timeline.

What a decision changes is a new verdict beside the old one (``deciding``); here is who may do what, when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.utils import timezone

from shanhe.evidence.patrols.contests_flow import FLOW, OPEN, Matter, parties_of
from shanhe.evidence.patrols.contests_models import Contest, ContestEvent
from shanhe.evidence.patrols.contests_stretches import outcome_if
from shanhe.evidence.patrols.contests_terms import terms_of
from shanhe.evidence.patrols.models import Outcome, Patrol, Verdict
from shanhe.evidence.patrols.services.deciding import Decision, decided_verdict
from shanhe.evidence.patrols.services.replacing import verdicts_replace
from shanhe.ground.audit import ledger
from shanhe.ground.documents.services import Binding, Part, file_put
from shanhe.ground.people.scope import Actor
from shanhe.ground.registry.models import AreaWithin
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.flow import Step
from shanhe.kernel.tracks.accepting import merged

__all__ = [
    "LONGEST_WORDS",
    "Photo",
    "Stated",
    "contest_comment",
    "contest_decide",
    "contest_file",
    "contest_take_up",
    "contest_withdraw",
    "verdict_decide",
]

LONGEST_WORDS = 2_000
MOST_STRETCHES, MOST_FILES = 20, 9
RECORD = "contest"  # what files are bound to
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture or file handed in with a form."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Stated:
    """Words with what shows that they are true: pictures from a form, or uuids that a phone sends by
    itself.
    """

    words: str
    photos: tuple[Photo, ...] = ()
    files: tuple[UUID, ...] = ()


@ledger.atomic
def contest_file(
    *,
    uuid: UUID,
    patrol: Patrol,
    area_code: str,
    stated: Stated,
    by: Actor,
    at: datetime,
    stretches: Sequence[Interval] = (),
) -> tuple[Contest, bool]:
    """Contest the verdict on a patrol in an area, as a whole or for ``stretches`` (metres along the reach).

    The same uuid again from the same account changes nothing and gives what was filed then. Refusals: 403
    ``flow.not_yours`` to anybody but who walked, answers for or sent the patrol; 409 ``contest.open`` while
    another one is open, ``contest.settled`` when a contest of the verdict was decided, ``contest.too_late``
    after the policy's working days; 422 ``contest.is_valid``, and for words and stretches that cannot be
    used.
    """
    known = Contest.objects.filter(uuid=uuid).select_related("patrol", "area", "verdict").first()
    if known is not None:
        return _same(known, patrol, area_code, stated.words, by), False
    verdict = _current(patrol, area_code)
    matter = _matter(verdict, "")
    step = FLOW.step(matter, "file", by, at)
    asked = _checked_stretches(stretches, verdict)
    _check_contestable(verdict, _day(at))
    contest = Contest(
        uuid=uuid,
        patrol=patrol,
        area=verdict.area,
        verdict=verdict,
        state=step.target,
        stretches=[list(each) for each in asked],
        words=_checked_words(stated),
        filed_by_id=by.user_id,
        filer_id=by.person_id,
        filed_at=at,
        due_on=terms_of(verdict.area, _day(at)).decide_until(_day(at)),
    )
    _insert(contest)
    _event(contest, step, stated, by=by, at=at, data={"stretches": contest.stretches})
    ledger.record(
        "contest.file",
        contest,
        by=by,
        at=at,
        patrol=patrol.pk,
        area=verdict.area_id,
        verdict=verdict.pk,
        stretches=contest.stretches,
    )
    return contest, True


@ledger.atomic
def contest_take_up(*, contest: Contest, by: Actor, at: datetime, note: str = "") -> ContestEvent:
    """Take a contest under review. Refusals: 403 to the parties and to who has no say there, 409 when it is
    past that.
    """
    step = FLOW.step(_of(contest), "take_up", by, at)
    _move(contest, step)
    ledger.record("contest.take_up", contest, by=by, at=at)
    return _event(contest, step, Stated(note), by=by, at=at)


@ledger.atomic
def contest_comment(*, contest: Contest, stated: Stated, by: Actor, at: datetime) -> ContestEvent:
    """Add words and photos to an open contest: an answer, a question, what was forgotten."""
    step = FLOW.step(_of(contest), "comment", by, at)
    _checked_words(stated)
    ledger.record("contest.comment", contest, by=by, at=at)
    return _event(contest, step, stated, by=by, at=at)


@ledger.atomic
def contest_withdraw(*, contest: Contest, by: Actor, at: datetime, note: str = "") -> ContestEvent:
    """Take one's own contest back; the verdict stays, and may be contested again in time."""
    step = FLOW.step(_of(contest), "withdraw", by, at)
    _move(contest, step)
    ledger.record("contest.withdraw", contest, by=by, at=at)
    return _event(contest, step, Stated(note), by=by, at=at)


@ledger.atomic
def contest_decide(
    *, contest: Contest, decision: Decision, stated: Stated, by: Actor, at: datetime
) -> Verdict | None:
    """Decide a contest; gives the new verdict, None when the present one stands.

    ``decision.result`` "whole": valid by decision; "stretch": ``decision.accepted`` counts as walked and the
    verdict is found anew; "stands": it stays, and of a doubtful one that was contested as a whole the doubts
    are confirmed, so that it is settled. A contest that was only filed is taken up first. Reasons are
    demanded. Refusals as in ``contest_take_up``, and 409 ``contest.moved_on``.
    """
    if contest.state == "filed":
        contest_take_up(contest=contest, by=by, at=at)
    _checked_words(stated)
    verdict = _current(contest.patrol, contest.area.code)
    settled = _settled(contest, verdict, decision)
    action = "reject" if settled.result in (Contest.Result.STANDS, Contest.Result.REFUTED) else "uphold"
    step = FLOW.step(_of(contest), action, by, at)
    return _decided(contest, step, verdict, settled, stated, by=by, at=at)


@ledger.atomic
def verdict_decide(
    *, uuid: UUID, patrol: Patrol, area_code: str, result: str, stated: Stated, by: Actor, at: datetime
) -> Verdict:
    """Settle a doubtful verdict that nobody has contested: "whole" makes it valid, "refuted" invalid.

    The same timeline as a contest, begun by the superior. The same uuid again gives the verdict made then.
    Refusals: 403 to the parties and to who has no say there; 409 ``contest.open`` when it is contested, and
    ``contest.not_doubtful``.
    """
    known = Contest.objects.filter(uuid=uuid, decided_by=by.user_id).exclude(new_verdict=None).first()
    if known is not None:
        return known.new_verdict  # type: ignore[return-value]
    verdict = _current(patrol, area_code)
    step = FLOW.step(_matter(verdict, ""), "examine", by, at)
    if verdict.outcome != Outcome.DOUBTFUL:
        message = _("Only a doubtful verdict waits for a decision.")
        raise Refusal("contest.not_doubtful", message, status=409)
    if result not in (Contest.Result.WHOLE, Contest.Result.REFUTED):
        raise _bad_result()
    contest = Contest(
        uuid=uuid,
        patrol=patrol,
        area=verdict.area,
        verdict=verdict,
        origin=Contest.Origin.OFFICE,
        state=step.target,
        words=_checked_words(stated),
        filed_by_id=by.user_id,
        filer_id=by.person_id,
        filed_at=at,
        due_on=_day(at),
    )
    _insert(contest)
    _event(contest, step, Stated(""), by=by, at=at)
    ledger.record("contest.examine", contest, by=by, at=at, patrol=patrol.pk, verdict=verdict.pk)
    action = "uphold" if result == Contest.Result.WHOLE else "reject"
    decided = FLOW.step(_of(contest), action, by, at)
    made = _decided(contest, decided, verdict, Decision(result), stated, by=by, at=at)
    assert made is not None  # noqa: S101 (both results make one)
    return made


def _decided(
    contest: Contest,
    step: Step,
    verdict: Verdict,
    decision: Decision,
    stated: Stated,
    *,
    by: Actor,
    at: datetime,
) -> Verdict | None:
    """Write the decision down, with the verdict it makes and all that follows."""
    made: list[Verdict] = []
    if decision.result != Contest.Result.STANDS:
        replaced = verdicts_replace([decided_verdict(verdict, contest, decision, at)], at)
        if replaced is None:
            raise _moved_on()
        made = replaced
    new = made[0] if made else None
    _move(
        contest,
        step,
        result=decision.result,
        decided_at=at,
        decided_by_id=by.user_id,
        decider_id=by.person_id,
        new_verdict=new,
    )
    accepted = [list(each) for each in decision.accepted]
    _event(contest, step, stated, by=by, at=at, data={"result": decision.result, "accepted": accepted})
    ledger.record(
        "contest.decide", contest, by=by, at=at, result=decision.result, state=step.target, accepted=accepted
    )
    if new is not None:
        rows = [
            {"patrol": row.patrol_id, "area": row.area_id, "outcome": row.outcome, "counts": row.counts}
            for row in made
        ]
        ledger.record(
            "patrol.decide",
            contest.patrol,
            by=by,
            at=at,
            contest=contest.pk,
            was=verdict.outcome,
            verdicts=rows,
        )
    return new


def _settled(contest: Contest, verdict: Verdict, decision: Decision) -> Decision:
    """The decision with what it leaves open filled in. Refusal when it does not fit the contest."""
    if decision.result == Contest.Result.STRETCH:
        asked = [(float(a), float(b)) for a, b in contest.stretches]
        if not asked:
            message = _("The contest names no stretch; decide about the whole.")
            raise Refusal("contest.no_stretch", message, {"result": message})
        accepted = tuple(decision.accepted or asked)
        if not all(any(a <= low and high <= b for a, b in asked) for low, high in accepted):
            message = _("Only stretches that the contest names can be taken as walked.")
            raise Refusal("contest.other_stretch", message, {"accepted": message})
        outcome_if(verdict, accepted)  # a verdict whose rules know no stretches is refused
        return Decision(decision.result, accepted)
    if decision.result == Contest.Result.STANDS:
        is_doubt = verdict.outcome == Outcome.DOUBTFUL and not contest.stretches
        return Decision(Contest.Result.REFUTED if is_doubt else Contest.Result.STANDS)
    if decision.result != Contest.Result.WHOLE:
        raise _bad_result()
    return Decision(Contest.Result.WHOLE)


def _bad_result() -> Refusal:
    message = _("Choose what is decided.")
    return Refusal("contest.result", message, {"result": message})


def _day(at: datetime) -> date:
    return timezone.localtime(at, timezone.get_default_timezone()).date()


def _current(patrol: Patrol, area_code: str) -> Verdict:
    """The current verdict on a patrol in an area, with what the rules ask about."""
    found = (
        Verdict.objects.filter(patrol=patrol, is_current=True)
        .select_related("patrol", "area__division", "shape", "person")
        .order_by("position")
    )
    for verdict in found:
        if not area_code or verdict.area.code == area_code:
            return verdict
    message = _("The patrol has no verdict in this area.")
    raise Refusal("contest.no_verdict", message, {"area": message})


def _matter(verdict: Verdict, state: str) -> Matter:
    patrol = verdict.patrol
    return Matter(
        state,
        verdict.area.division_id,
        _ancestors(verdict.area_id),
        parties_of(patrol, verdict),
        patrol.sent_by_id,
    )


def _of(contest: Contest) -> Matter:
    before = Contest.objects.filter(new_verdict=contest.verdict_id).exclude(decider=None)
    deciders = frozenset(before.values_list("decider", flat=True))
    return Matter.of(contest, _ancestors(contest.area_id), deciders)


def _ancestors(area_id: int) -> frozenset[int]:
    rows = AreaWithin.objects.filter(area=area_id).values_list("ancestor_id", flat=True)
    return frozenset(rows) | {area_id}


def _same(known: Contest, patrol: Patrol, area_code: str, words: str, by: Actor) -> Contest:
    is_same = (known.patrol_id, known.filed_by_id, known.words) == (patrol.pk, by.user_id, words.strip())
    if is_same and area_code in ("", known.area.code):
        return known
    message = _("Another contest was filed under this number before. Nothing was changed.")
    raise Refusal("contest.uuid_taken", message, {"uuid": message}, status=409)


def _checked_words(stated: Stated) -> str:
    """The words, trimmed; Refusal when they or the files cannot be used."""
    words = stated.words.strip()
    if not words:
        message = _("Say why, in your own words.")
        raise Refusal("contest.no_words", message, {"words": message})
    if len(words) > LONGEST_WORDS or "\x00" in words:
        message = _("At most %(most)s characters.")
        raise Refusal("contest.words", message, {"words": message}, most=LONGEST_WORDS)
    if len(stated.photos) + len(stated.files) > MOST_FILES:
        message = _("At most %(most)s photos at a time.")
        raise Refusal("contest.files", message, {"photos": message}, most=MOST_FILES)
    return words


def _checked_stretches(stretches: Sequence[Interval], verdict: Verdict) -> list[Interval]:
    """The stretches in order, those that meet made one, cut to the reach."""
    if not stretches:
        return []
    if len(stretches) > MOST_STRETCHES:
        message = _("At most %(most)s stretches.")
        raise Refusal("contest.stretches", message, {"stretches": message}, most=MOST_STRETCHES)
    outcome_if(verdict, stretches)
    length_m = verdict.length_m
    cut = [(max(0.0, a), min(b, length_m)) for a, b in stretches]
    if not all(b - a >= 1.0 for a, b in cut):
        message = _("A stretch begins before it ends, and lies on the reach (0 to %(most)s m).")
        raise Refusal("contest.stretch", message, {"stretches": message}, most=f"{length_m:.0f}")
    if outcome_if(verdict, cut).added_m < 1.0:
        message = _("These stretches count as walked already.")
        raise Refusal("contest.stretch_walked", message, {"stretches": message})
    return merged(cut)


def _check_contestable(verdict: Verdict, on: date) -> None:
    if verdict.outcome == Outcome.VALID:
        message = _("The verdict is valid; there is nothing to contest.")
        raise Refusal("contest.is_valid", message)
    rows = Contest.objects.filter(patrol=verdict.patrol_id, area=verdict.area_id)
    if rows.filter(state__in=OPEN).exists():
        raise _is_open()
    # A superior's own decision may be contested once; what was decided on a contest stands.
    heard = rows.filter(origin=Contest.Origin.HOLDER, decided_at__isnull=False)
    if heard.filter(verdict=verdict).exists() or heard.filter(new_verdict=verdict).exists():
        message = _("A contest of this verdict was decided; the decision stands.")
        raise Refusal("contest.settled", message, status=409)
    until = terms_of(verdict.area, on).file_until(_day(verdict.made_at))
    if on > until:
        text = Text(_("The time to contest this verdict ended on %(until)s."), {"until": until.isoformat()})
        raise Refusal("contest.too_late", text, status=409)


def _is_open() -> Refusal:
    message = _("A contest of this verdict is open already; add what is missing there.")
    return Refusal("contest.open", message, status=409)


def _moved_on() -> Refusal:
    message = _("Somebody else has decided or changed this meanwhile. Look at it again.")
    return Refusal("contest.moved_on", message, status=409)


def _insert(contest: Contest) -> None:
    """Two at once: the database lets one of them be open."""
    try:
        with transaction.atomic():
            contest.save(force_insert=True)
    except IntegrityError:
        raise _is_open() from None


def _move(contest: Contest, step: Step, **columns: object) -> None:
    """Claim the step: who comes second is told."""
    moved = Contest.objects.filter(pk=contest.pk, state=step.source).update(state=step.target, **columns)
    if not moved:
        raise _moved_on()
    contest.state = step.target
    for name, value in columns.items():
        setattr(contest, name, value)


def _event(
    contest: Contest,
    step: Step,
    stated: Stated,
    *,
    by: Actor,
    at: datetime,
    data: dict[str, object] | None = None,
) -> ContestEvent:
    """One more row of the timeline, with its pictures."""
    files = [*stated.files, *(_kept(contest, photo, by, at) for photo in stated.photos)]
    row = ContestEvent(
        contest=contest,
        seq=ContestEvent.objects.filter(contest=contest).count(),
        action=step.action,
        source=step.source,
        target=step.target,
        user_id=by.user_id,
        person_id=by.person_id,
        at=at,
        note=stated.words.strip(),
        files=[str(each) for each in dict.fromkeys(files)],
        data=data or {},
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise _moved_on() from None
    return row


def _kept(contest: Contest, photo: Photo, by: Actor, at: datetime) -> UUID:
    """Keep a picture under a number that follows from its bytes: handed in twice it is one."""
    number = uuid5(contest.uuid, f"{by.user_id}:{sha256(photo.content).hexdigest()}")
    part = Part(0, len(photo.content), photo.content)
    file_put(uuid=number, part=part, by=by, at=at, binding=Binding(photo.name, RECORD, contest.uuid))
    return number
