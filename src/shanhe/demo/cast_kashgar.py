"""Who is who at Kashgar's eight rivers: a chief for each reach of prefecture, county and township."""

from __future__ import annotations

from collections.abc import Sequence

from shanhe.demo.kashgar import PREFECTURE
from shanhe.demo.keepers import Temper
from shanhe.demo.registering import Clerk, Leaving
from shanhe.ground.registry.rows import AreaRow

__all__ = ["CHANGED", "CHANGED_DAYS", "VACANT", "VACANT_DAYS", "register_kashgar"]

BASIS = "喀河长〔2024〕1号（演示虚构）"
#: A township whose chief left twelve days before the last day: 艾力西湖镇 in 莎车县. A gap.
VACANT, VACANT_DAYS = "653125102000", 12
#: A township that changed its chief in the year: 巴仁镇 in 伽师县.
CHANGED, CHANGED_DAYS = "653129100000", 75
#: Reaches of these townships are held by people who are seldom seen there, or cheat.
TEMPERS = {
    "653125209000": Temper(0.5),
    "653130204000": Temper(0.85, 0.2, ("stationary", "replayed")),
    "653127202000": Temper(0.8, rests=(60, 0)),
    "653122205000": Temper(0.7, 0.15, ("elsewhere",)),
}


def register_kashgar(clerk: Clerk, rows: Sequence[AreaRow]) -> None:
    """The prefecture's office, and of each division one chief for all its reaches of a river."""
    office = clerk.unit("KS-HZB", "喀什地区河长制办公室", "chiefs_office", PREFECTURE, system="river")
    clerk.appoint(clerk.person(PREFECTURE), "river.prefecture.general_chief", division=PREFECTURE)
    clerk.appoint(clerk.person(PREFECTURE, office), "river.prefecture.office_director", division=PREFECTURE)
    desk = clerk.person(PREFECTURE, office)
    clerk.appoint(desk, "river.prefecture.clerk", division=PREFECTURE)
    clerk.account("kashgar", desk)
    _prefecture(clerk, [row.code for row in rows if row.division == PREFECTURE])
    for division in dict.fromkeys(row.division for row in rows if row.division != PREFECTURE):
        is_county = division.endswith("000000")
        if is_county:
            _county_office(clerk, division)
        own = [row for row in rows if row.division == division]
        for water in dict.fromkeys(row.water for row in own):
            _chief(clerk, division, [row.code for row in own if row.water == water], is_county=is_county)


def _prefecture(clerk: Clerk, codes: Sequence[str]) -> None:
    """One chief for the Yarkant and the Tiznaf, whose account may be tried; the other rivers one each."""
    first = clerk.person(PREFECTURE)
    held = [codes[0], codes[3]]
    clerk.appoint(first, "river.prefecture.chief", areas=held, basis=BASIS)
    clerk.keeper(first, "prefecture", held, user=clerk.account("kashgar-chief", first))
    for code in codes:
        if code not in held:
            chief = clerk.person(PREFECTURE)
            clerk.appoint(chief, "river.prefecture.chief", areas=[code], basis=BASIS)
            clerk.keeper(chief, "prefecture", [code], Temper(0.9))


def _county_office(clerk: Clerk, division: str) -> None:
    name = clerk.divisions[division].name
    office = clerk.unit(
        f"KS-{division[:6]}",
        f"{name}河长制办公室",
        "chiefs_office",
        division,
        system="river",
        parent="KS-HZB",
    )
    clerk.appoint(clerk.person(division, office), "river.county.office_director", division=division)
    clerk.appoint(clerk.person(division), "river.county.general_chief", division=division)


def _chief(clerk: Clerk, division: str, codes: Sequence[str], *, is_county: bool) -> None:
    chief = clerk.person(division)
    role = "county" if is_county else "township"
    until = {
        VACANT: clerk.days_before_today(VACANT_DAYS),
        CHANGED: clerk.days_before_today(CHANGED_DAYS),
    }.get(division)
    held = clerk.appoint(chief, f"river.{role}.chief", areas=codes, basis=BASIS)
    temper = TEMPERS.get(division, Temper(0.92, 0.01))
    habit = "county" if is_county else "driver"
    clerk.keeper(chief, habit, codes, temper, until=until)
    if until is None:
        return
    successor = clerk.person(division) if division == CHANGED else None
    clerk.leavings.append(Leaving(until, (held,), "任期届满（演示）", successor))
    if successor is not None:
        clerk.keeper(successor, habit, codes, since=until)
