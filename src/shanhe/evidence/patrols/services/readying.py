"""Before a patrol is written: who is who, which areas it is judged in, by which rules, and the verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from shanhe.evidence.patrols.areas import Ground, box_of
from shanhe.evidence.patrols.earlier import Suspects
from shanhe.evidence.patrols.holding import Holdings, manages, not_held
from shanhe.evidence.patrols.judging import Case, Judged, clock_flags, judged_by, task_of
from shanhe.evidence.patrols.kerneltask import Task, verify_all
from shanhe.evidence.patrols.looking import Look
from shanhe.evidence.patrols.numbers import Numbers
from shanhe.evidence.patrols.scans import scanned_of
from shanhe.evidence.patrols.sent import PatrolSent
from shanhe.ground.people.models import Person
from shanhe.ground.people.scope import Actor
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.tracks.types import Verification

__all__ = [
    "MOST_AHEAD",
    "Outing",
    "People",
    "Ready",
    "check_times",
    "check_walked",
    "judge_ready",
    "make_ready",
    "outing_of",
    "task_for",
]

#: A clock so far ahead is not a clock any more (interfaces.md, "times").
MOST_AHEAD = timedelta(hours=24)
#: Where no area is named: how much of one must have been walked to call it walked.
LEAST_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class People:
    """Who is who in one patrol."""

    walker: Person  # who was out there
    holder: Person  # on whose account it counts
    company: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """A patrol that may be taken in and waits to be judged."""

    sent: PatrolSent
    people: People
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Outing:
    """A patrol that has been judged and waits to be written."""

    sent: PatrolSent
    people: People
    judged: tuple[Judged, ...]
    is_late: bool


def check_times(sent: PatrolSent, at: datetime) -> None:
    """Refusal ``patrol.future`` for times more than a day ahead of the server."""
    latest = at + MOST_AHEAD
    reason = Text(_("Lies more than 24 hours ahead of the server, which has %(now)s."), {"now": _told(at)})
    faults: dict[str, str | Text] = {
        name: reason
        for name, moment in (("started_at", sent.started_at), ("ended_at", sent.ended_at))
        if moment > latest
    }
    if len(sent.track) and float(sent.track.t_ms.max()) > latest.timestamp() * 1000:
        faults["track.t"] = reason
    if faults:
        raise Refusal("patrol.future", _("The patrol lies in the future; check the phone's clock."), faults)


def _told(moment: datetime) -> str:
    return timezone.localtime(moment, timezone.get_default_timezone()).isoformat(timespec="minutes")


def make_ready(sent: PatrolSent, by: Actor, look: Look) -> Ready:
    """Who is who in a patrol, and what it is judged by; Refusal when it may not be taken in."""
    day = timezone.localtime(sent.started_at, timezone.get_default_timezone()).date()
    named = _people_named(sent, by, look)
    sender, holder = _sender_and_holder(sent, by, named)
    holdings = look.holdings({person.pk for person in (sender, holder) if person is not None})
    grounds = _grounds(sent, holdings, holder, day, look)
    numbers = look.numbers([ground.area for ground in grounds], day)
    walker = _walker(sender, holder, grounds, holdings, numbers, by, day)
    cases = _cases(grounds, holdings, holder, numbers, day)
    cases = _with_checkpoints(cases, sent, look)
    company = tuple(_person(named, word) for word in sent.company)
    return Ready(sent, People(walker, holder, company), tuple(cases))


def judge_ready(ready: Ready, at: datetime, look: Look) -> Outing:
    """The verdicts on a patrol that is ready, received at ``at``."""
    return outing_of(ready, verify_all(task_for(ready, look)), at)


def task_for(ready: Ready, look: Look) -> Task:
    """What the kernel is asked about a patrol that is ready."""
    sent, people = ready.sent, ready.people
    history = look.earlier(
        Suspects(
            track=sent.track,
            person_id=people.walker.pk,
            company=frozenset(person.pk for person in people.company),
            device_id=sent.device_id,
            started_at=sent.started_at,
            ended_at=sent.ended_at,
        )
    )
    return task_of(ready.cases, sent.track, history)


def outing_of(ready: Ready, answers: Sequence[Verification], at: datetime) -> Outing:
    """The patrol with the kernel's answers on its cases and what only the server knows."""
    sent = ready.sent
    flags = clock_flags(started_at=sent.started_at, ended_at=sent.ended_at, track=sent.track, received_at=at)
    found = tuple(judged_by(case, answer, flags) for case, answer in zip(ready.cases, answers, strict=True))
    if not sent.areas:
        found = _walked(found)
    late_hours = max(judge.case.rule_set.counting.late_hours for judge in found)
    is_late = at - sent.ended_at > timedelta(hours=late_hours)
    # What a former system had came in to that one; when, nobody can say any more.
    return Outing(sent, ready.people, found, is_late=is_late and sent.source != "import")


def _people_named(sent: PatrolSent, by: Actor, look: Look) -> dict[str, Person]:
    """The people a patrol speaks of, by the word used for them. Refusal naming those nobody knows. One
    query.
    """
    words = {
        name: word
        for name, word in (
            ("for", sent.on_behalf_of),
            *((f"with[{n}]", word) for n, word in enumerate(sent.company)),
        )
        if word
    }
    if not words:
        sender = look.person(by.person_id)
        return {} if sender is None else {f"pk:{sender.pk}": sender}
    uuids = {word: _as_uuid(word) for word in words.values()}
    rows = Person.objects.filter(
        Q(pk=by.person_id)
        | Q(uuid__in=[each for each in uuids.values() if each is not None])
        | Q(user__username__in=[word.lower() for word, each in uuids.items() if each is None])
    ).select_related("user")
    found: dict[str, Person] = {}
    for person in rows:
        found[str(person.uuid)] = person
        found[f"pk:{person.pk}"] = person
        if hasattr(person, "user"):
            found[person.user.username] = person
    missing = {name: _("Nobody is known by this.") for name, word in words.items() if _key(word) not in found}
    if missing:
        raise Refusal("patrol.unknown_person", _("The patrol names somebody who is not known here."), missing)
    return found


def _as_uuid(word: str) -> UUID | None:
    try:
        return UUID(word)
    except ValueError:
        return None


def _key(word: str) -> str:
    as_uuid = _as_uuid(word)
    return str(as_uuid) if as_uuid is not None else word.lower()


def _person(named: dict[str, Person], word: str) -> Person:
    return named[_key(word)]


def _sender_and_holder(sent: PatrolSent, by: Actor, named: dict[str, Person]) -> tuple[Person | None, Person]:
    sender = named.get(f"pk:{by.person_id}")
    if sent.on_behalf_of:
        return sender, _person(named, sent.on_behalf_of)
    if sender is None:
        raise Refusal(
            "patrol.no_person",
            _("This account belongs to no person; say on whose account the patrol is sent."),
            {"for": _("Is needed.")},
        )
    return sender, sender


def _grounds(sent: PatrolSent, holdings: Holdings, holder: Person, day: date, look: Look) -> list[Ground]:
    """The areas to judge the patrol in. Three queries."""
    if not sent.areas:
        return look.areas_passed(holdings.own_areas(holder.pk, day), box_of(sent.track), day)
    found = look.areas_named(sent.areas, day)
    for code in sent.areas:
        if code not in found:
            raise not_held(code, day)
    return list(found.values())


def _walker(
    sender: Person | None,
    holder: Person,
    grounds: Sequence[Ground],
    holdings: Holdings,
    numbers: Numbers,
    by: Actor,
    day: date,
) -> Person:
    """Who was out there: the holder, or the assistant who sends for the holder. Refusal on anybody else."""
    if sender is not None and sender.pk == holder.pk:
        return holder
    if all(manages(by, ground) for ground in grounds):
        return holder  # the office hands in what the holder walked
    if sender is not None and all(
        holdings.assists(sender.pk, ground, day, numbers.assistants(ground.area)) for ground in grounds
    ):
        return sender
    raise Refusal(
        "patrol.may_not_send_for",
        _("You may not send patrols on this person's account."),
        {
            "for": _(
                "Only the office that manages the area, or an assistant there, may send for somebody else."
            )
        },
        status=403,
    )


def _cases(
    grounds: Sequence[Ground], holdings: Holdings, holder: Person, numbers: Numbers, day: date
) -> list[Case]:
    cases = []
    for ground in grounds:
        appointment = holdings.check_held(holder, ground, day)
        _check_alive(ground, day)
        assert ground.shape is not None  # noqa: S101 (checked just above)
        cases.append(Case(ground.area, ground.shape, numbers.rule_set(ground.area), appointment))
    return cases


def _with_checkpoints(cases: list[Case], sent: PatrolSent, look: Look) -> list[Case]:
    """The cases with their checkpoints, where a rule asks for them or a code was read; else none is asked."""
    if not sent.scans and all(case.rule_set.rules.kind != "checkpoints" for case in cases):
        return cases
    ids = [case.area.pk for case in cases]
    found = scanned_of(sent.scans, sent.track, ids, look.checkpoints(ids, sent.started_at))
    return [replace(case, scanned=found[case.area.pk], began_at=sent.started_at) for case in cases]


def _check_alive(ground: Ground, day: date) -> None:
    area = ground.area
    params = {"area": area.code, "day": day.isoformat()}
    if area.until is not None and area.until <= day:
        closed = Text(_("The area %(area)s was closed before %(day)s."), params)
        raise Refusal("patrol.area_closed", closed, {"area": closed})
    if ground.shape is None:
        undrawn = Text(_("The area %(area)s is not drawn yet, so nothing can be compared with it."), params)
        raise Refusal("patrol.area_not_drawn", undrawn, {"area": undrawn})


def check_walked(answers: Sequence[Verification]) -> None:
    """Refusal ``patrol.no_area_walked`` unless one of the areas passed was walked."""
    if not any(map(_is_walked, answers)):
        message = _("None of the areas the holder answers for was walked; name the area that was meant.")
        raise Refusal("patrol.no_area_walked", message, {"area": message})


def _is_walked(answer: Verification) -> bool:
    return max(answer.coverage, answer.boundary) >= LEAST_SHARE


def _walked(found: Sequence[Judged]) -> tuple[Judged, ...]:
    """Those of the areas passed that were walked, the most covered first. Refusal when there is none."""
    check_walked([each.answer for each in found])
    walked = [each for each in found if _is_walked(each.answer)]
    return tuple(sorted(walked, key=lambda each: (-each.answer.coverage, each.case.area.code)))
