"""Verdicts that are not accepted: one contest waits for Dadukou's office, one was upheld, one rejected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db.models import QuerySet
from django.utils import timezone

from shanhe.evidence.patrols.contests_models import Contest
from shanhe.evidence.patrols.contests_stretches import skipped_of
from shanhe.evidence.patrols.models import Outcome, Verdict
from shanhe.evidence.patrols.queries import verdicts_of
from shanhe.evidence.patrols.queries.contests import contest_in
from shanhe.evidence.patrols.services import Decision, Stated, contest_decide, contest_file
from shanhe.ground.people.queries import users_of
from shanhe.ground.people.scope import Actor, scope_of, system_actor

__all__ = ["contests_happen"]

OFFICE, CHIEF = "dadukou", "village-chief"
LATELY = timedelta(days=18)  # calendar days: well within the term for a contest
NAMES = UUID("6f1d5c3a-0e6b-5f0e-9a53-7b0d3a6c1f42")  # for uuids that are the same in every demonstration


def contests_happen(*, now: datetime) -> int:
    """File and decide the contests, as the people of the demonstration would; gives how many there are.

    None without the accounts, or where no verdict of the last days can be contested.
    """
    day = timezone.localtime(now, timezone.get_default_timezone()).date()
    users = users_of(system_actor("demo").scope)
    office, chief = users.filter(username=OFFICE).first(), users.filter(username=CHIEF).first()
    if office is None or chief is None:
        return 0
    superior = Actor(office.pk, office.person_id, "demo", scope_of(office, day))
    rows = _lately(superior, now)
    own = rows.filter(person=chief.person_id).first()
    filed = 0
    if own is not None:
        by = Actor(chief.pk, chief.person_id, "demo", scope_of(chief, day))
        _file(own, (), "那天下雨路滑，我骑电动车沿堤走了一遍，村里老张一路同行，可以作证。", by, now)
        filed += 1
    stories = _with_stretches(rows.exclude(person=chief.person_id).filter(outcome=Outcome.PARTIAL))
    told = (
        (
            "手机走到半路没电了，后半段也走了，沿岸两户村民看见。",
            "stretch",
            "已电话询问沿岸两户村民，属实，采信。",
        ),
        (
            "后面一段我去过，手机可能没记上。",
            "stands",
            "未提供照片或证人，调阅村口监控未见经过，维持原认定。",
        ),
    )
    for (verdict, stretch), (words, result, why) in zip(stories, told, strict=False):
        holder = Actor(None, verdict.person_id, "demo")
        contest = _file(verdict, (stretch,), words, holder, now)
        contest_decide(
            contest=contest_in(superior.scope, contest.uuid),
            decision=Decision(result),
            stated=Stated(why),
            by=superior,
            at=now,
        )
        filed += 1
    return filed


def _lately(superior: Actor, now: datetime) -> QuerySet[Verdict]:
    """Verdicts of the last days in the office's areas that somebody may not accept, the newest first."""
    return (
        verdicts_of(superior.scope)
        .filter(outcome__in=(Outcome.PARTIAL, Outcome.DOUBTFUL), made_at__gte=now - LATELY)
        .select_related("patrol", "area__division", "shape", "person")
        .order_by("-started_at", "-pk")
    )


def _with_stretches(rows: QuerySet[Verdict]) -> Iterator[tuple[Verdict, tuple[float, float]]]:
    """Those in which a stretch is missing, with the longest one."""
    for verdict in rows:
        skipped = skipped_of(verdict)
        if skipped:
            yield verdict, max(skipped, key=lambda each: each[1] - each[0])


def _file(
    verdict: Verdict, stretches: tuple[tuple[float, float], ...], words: str, by: Actor, now: datetime
) -> Contest:
    contest, _is_new = contest_file(
        uuid=uuid5(NAMES, str(verdict.patrol.uuid)),
        patrol=verdict.patrol,
        area_code=verdict.area.code,
        stated=Stated(words),
        stretches=stretches,
        by=by,
        at=now,
    )
    return contest
