"""People change in the demonstration, by the services: posts are handed over, neighbours stand in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from shanhe.demo.cast_dadukou import YANGDUN
from shanhe.demo.dadukou import TOWN
from shanhe.demo.registering import Clerk
from shanhe.demo.year import Happening
from shanhe.ground.people.models import Appointment, Handover, Person
from shanhe.ground.people.queries import appointments_of
from shanhe.ground.people.scope import Actor
from shanhe.ground.people.services import handover_attest, handover_make, leave_plan

__all__ = ["changes_happen", "signed_by_both"]

PAPER = "双方当面交接，签字见纸质清单（演示）"
BASIS = "东林办〔2026〕1号（演示虚构）"
#: Of the police chief's post, days before the last day.
POLICE_DAYS = 60
#: The patroller of 杨墩 retires so many days after the last day; the village chief takes the stretch over.
COMING_DAYS = 6
#: Whose chief is away around the last day, and whose stands in: neighbours along the Yangtze.
AWAY, STANDS_IN = "341721102210", "341721102213"


def changes_happen(clerk: Clerk) -> Iterator[Happening]:
    """What happens besides people leaving for good; who comes new is registered at once."""
    police = _Police(clerk, clerk.person(TOWN))
    yield Happening(clerk.days_before_today(POLICE_DAYS), police.handed_over)
    yield Happening(clerk.days_before_today(1), _Patroller(clerk).to_be_handed_over)
    yield Happening(clerk.days_before_today(3), _Chief(clerk).away)


def signed_by_both(handover: Handover, by: Actor, at: datetime) -> None:
    """Neither has a login: the office records the paper both signed."""
    for role in ("outgoing", "incoming"):
        handover_attest(handover=handover, role=role, note=PAPER, by=by, at=at)


def _held(by: Actor, post: str, division: str) -> Appointment:
    """The appointment to a post whose holder sits in a division, the one that is not over."""
    rows = appointments_of(by.scope).filter(post__code=post, person__division=division, until=None)
    return rows.order_by("pk")[0]


@dataclass(frozen=True, slots=True)
class _Police:
    clerk: Clerk
    successor: Person

    def handed_over(self, by: Actor, at: datetime) -> None:
        """A police chief of the town's woods follows another, and both have signed."""
        outgoing = _held(by, "forest.township.police", TOWN)
        day = self.clerk.days_before_today(POLICE_DAYS)
        handover = handover_make(
            outgoing=outgoing,
            successor=self.successor,
            on=day,
            basis=BASIS,
            reason="岗位轮换（演示）",
            by=by,
            at=at,
        )
        signed_by_both(handover, by, at)


@dataclass(frozen=True, slots=True)
class _Patroller:
    clerk: Clerk

    def to_be_handed_over(self, by: Actor, at: datetime) -> None:
        """Waits for the login village-chief; the patroller, who has none, has signed."""
        outgoing = _held(by, "river.village.patroller", YANGDUN)
        handover = handover_make(
            outgoing=outgoing,
            successor=_held(by, "river.village.chief", YANGDUN).person,
            on=self.clerk.today + timedelta(days=COMING_DAYS),
            basis=BASIS,
            reason="到龄退出（演示）",
            note="2号涵闸旁有一处未处理的垃圾堆放点，钥匙在村委会（演示）",
            by=by,
            at=at,
        )
        handover_attest(handover=handover, role="outgoing", note=PAPER, by=by, at=at)


@dataclass(frozen=True, slots=True)
class _Chief:
    clerk: Clerk

    def away(self, by: Actor, at: datetime) -> None:
        """A village chief is at a course; the neighbour stands in for water and woods."""
        substitute = _held(by, "river.village.chief", STANDS_IN).person
        today = self.clerk.today
        for post in ("river.village.chief", "forest.village.chief"):
            leave_plan(
                appointment=_held(by, post, AWAY),
                since=today - timedelta(days=2),
                until=today + timedelta(days=9),
                substitute=substitute,
                reason="参加培训（演示）",
                by=by,
                at=at,
            )
