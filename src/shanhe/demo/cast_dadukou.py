"""Who is who in Dadukou and its county: offices, chiefs, rangers, the accounts that may be tried."""

from __future__ import annotations

from collections.abc import Sequence

from shanhe.demo.dadukou import COUNTY, TOWN, VILLAGES, Village
from shanhe.demo.keepers import Temper
from shanhe.demo.registering import Clerk, Leaving
from shanhe.ground.registry.rows import AreaRow

__all__ = ["LEFT", "LEFT_DAYS", "YANGDUN", "register_dadukou"]

YANGDUN = "341721102201"  # 杨墩, the village of the accounts village-chief and ranger
BASIS = "东林办〔2024〕3号（演示虚构）"
#: Villages whose chief keeps to the duty otherwise than most.
TEMPERS = {
    "新桥": Temper(0.9, rests=(33, 0)),  # has not been out for a month: overdue
    "新深": Temper(0.95, 0.25, ("replayed",)),
    "大公馆": Temper(0.8, 0.2, ("driven", "stationary")),
    "联合": Temper(0.6, 0.1),
    "镇荣": Temper(0.7, 0.12, ("elsewhere", "steady_mock")),
    "大桥": Temper(0.75, rests=(16, 0)),
    "新丰圩": Temper(0.85),
}
#: The village whose chief left three weeks before the last day; nobody has come after.
LEFT, LEFT_DAYS = "四合", 21
PATROLLED = ("白沙洲", "渡口", "庆丰", "杨墩", "大同", "八都湖")  # villages with a patroller for the water


def register_dadukou(clerk: Clerk, rows: Sequence[AreaRow]) -> None:
    """The county's and the town's offices, the villages' chiefs, rangers and patrollers."""
    _county(clerk)
    _town(clerk, rows)
    for village in VILLAGES:
        own = [row for row in rows if row.division == village.code]
        reach = next(row.code for row in own if row.kind == "reach")
        grids = [row.code for row in own if row.kind == "forest-unit"]
        _village(clerk, village, reach, grids)


def _county(clerk: Clerk) -> None:
    office = clerk.unit("DZ-LZB", "东至县林长制办公室", "chiefs_office", COUNTY, system="forest")
    rivers = clerk.unit("DZ-HZB", "东至县河长制办公室", "chiefs_office", COUNTY, system="river")
    water = clerk.unit("DZ-SLJ", "东至县水利局", "member_unit", COUNTY)
    party = clerk.unit("DZ-JGGW", "东至县直属机关工作委员会", "member_unit", COUNTY)
    general = clerk.person(COUNTY)
    clerk.appoint(general, "forest.county.general_chief", division=COUNTY)
    clerk.appoint(general, "river.county.general_chief", division=COUNTY)
    clerk.appoint(clerk.person(COUNTY, office), "forest.county.office_director", division=COUNTY)
    clerk.appoint(clerk.person(COUNTY, rivers), "river.county.office_director", division=COUNTY)
    desk = clerk.person(COUNTY, office)
    clerk.appoint(desk, "forest.county.clerk", division=COUNTY)
    clerk.account("dongzhi", desk)
    for username, unit in (("water-bureau", water), ("party-office", party)):
        officer = clerk.person(COUNTY, unit)
        clerk.appoint(officer, "both.county.member", division=COUNTY)
        clerk.account(username, officer)
    lake = clerk.person(COUNTY)
    clerk.appoint(lake, "river.county.chief", areas=["341721000001"], basis=BASIS)
    clerk.keeper(lake, "lake", ["341721000001"])


def _town(clerk: Clerk, rows: Sequence[AreaRow]) -> None:
    government = clerk.unit("DDK-ZF", "大渡口镇人民政府", "government", TOWN)
    office = clerk.unit(
        "DDK-LZB", "大渡口镇林长制办公室", "chiefs_office", TOWN, system="forest", parent="DZ-LZB"
    )
    clerk.unit("DDK-HZB", "大渡口镇河长制办公室", "chiefs_office", TOWN, system="river", parent="DZ-HZB")
    mayor = clerk.person(TOWN, government)
    clerk.appoint(mayor, "forest.township.general_chief", division=TOWN, basis=BASIS)
    clerk.appoint(mayor, "river.township.general_chief", division=TOWN, basis=BASIS)
    user = clerk.account("dadukou-chief", mayor)
    own = [row for row in rows if row.division == TOWN]
    clerk.keeper(mayor, "township", [row.code for row in own if row.kind == "forest-unit"][:1], user=user)
    secretary = clerk.person(TOWN, government)
    clerk.appoint(secretary, "forest.township.general_chief", division=TOWN, basis=BASIS)
    for row in own:
        deputy = clerk.person(TOWN, government)
        post = "river.township.chief" if row.kind == "reach" else "forest.township.chief"
        clerk.appoint(deputy, post, areas=[row.code], basis=BASIS)
        clerk.keeper(deputy, "township", [row.code], Temper(0.9))
    clerk.appoint(clerk.person(TOWN, government), "forest.township.deputy_general_chief", division=TOWN)
    clerk.appoint(clerk.person(TOWN, office), "forest.township.office_director", division=TOWN)
    desk = clerk.person(TOWN, office)
    clerk.appoint(desk, "forest.township.clerk", division=TOWN)
    clerk.appoint(desk, "river.township.clerk", division=TOWN)
    clerk.account("dadukou", desk)
    clerk.appoint(clerk.person(TOWN, office), "forest.township.liaison", division=TOWN)
    clerk.appoint(clerk.person(TOWN), "forest.township.police", division=TOWN)
    clerk.appoint(clerk.person(TOWN), "river.township.police", division=TOWN)


def _village(clerk: Clerk, village: Village, reach: str, grids: Sequence[str]) -> None:
    """One chief for water and wood, a ranger, in some villages a second ranger or a patroller."""
    name = clerk.divisions[village.code].name
    committee = clerk.unit(f"DDK-{village.code[-3:]}", name, "village_committee", village.code)
    is_tried = village.code == YANGDUN
    chief = clerk.person(village.code, committee)
    held = (
        clerk.appoint(chief, "river.village.chief", areas=[reach], basis=BASIS),
        clerk.appoint(chief, "forest.village.chief", areas=grids, basis=BASIS),
    )
    user = clerk.account("village-chief", chief) if is_tried else None
    gone = None
    if village.short == LEFT:
        gone = clerk.days_before_today(LEFT_DAYS)
        clerk.leavings.append(Leaving(gone, held, "调任其他岗位（演示）"))
    temper = TEMPERS.get(village.short, Temper(0.95, 0.01))
    clerk.keeper(chief, "village", [reach, *grids], temper, user=user, until=gone)
    ranger = clerk.person(village.code, committee)
    clerk.appoint(ranger, "forest.village.ranger", areas=grids, basis=BASIS)
    user = clerk.account("ranger", ranger) if is_tried else None
    lazy = Temper(0.7, 0.06) if village.short in ("新丰", "联合") else Temper(0.95, 0.008)
    clerk.keeper(ranger, "ranger", grids, lazy, user=user)
    if village.short in PATROLLED:
        patroller = clerk.person(village.code, committee)
        clerk.appoint(patroller, "river.village.patroller", areas=[reach], basis=BASIS)
        cheat = Temper(0.9, 0.15, ("shared", "small_loops")) if village.short == "庆丰" else Temper(0.9, 0.01)
        clerk.keeper(patroller, "patroller", [reach], cheat)
