"""Loads the demonstration's places and people, in one transaction, by the services everybody uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from django.utils import timezone

from shanhe.demo import dadukou, kashgar
from shanhe.demo.cast_dadukou import register_dadukou
from shanhe.demo.cast_kashgar import register_kashgar
from shanhe.demo.names import Invented
from shanhe.demo.registering import Clerk
from shanhe.ground.audit import ledger
from shanhe.ground.divisions.models import Division
from shanhe.ground.divisions.queries import division_with, divisions_under
from shanhe.ground.people.queries import posts_known
from shanhe.ground.people.scope import Actor
from shanhe.ground.policies.services import pack_load
from shanhe.ground.registry.queries import areas_of
from shanhe.ground.registry.rows import AreaRow, FacilityRow, Report
from shanhe.ground.registry.services import areas_import, facilities_import, waters_import

__all__ = ["PACKS", "Loaded", "places_and_people_load"]

PACKS = ("demo-kashgar", "demo-dongzhi")
PLACES = (kashgar.PREFECTURE, dadukou.COUNTY)
R = TypeVar("R", AreaRow, FacilityRow)
SEED = 20_260_101


@dataclass(frozen=True, slots=True)
class Loaded:
    """The world before its first day."""

    clerk: Clerk
    rows: tuple[AreaRow, ...]  # of all areas, with their geometry


@ledger.atomic
def places_and_people_load(
    *, by: Actor, at: datetime, today: date, tell: Callable[[], object] = lambda: None
) -> Loaded:
    """Rules, waters, areas, facilities, units, people, appointments and accounts, as of the day of ``at``.

    Divisions, posts and default rules have to be there. ``today`` is the day the demonstration ends on.
    ``tell`` is called some ten times on the way.
    """
    for pack in PACKS:
        pack_load(name=pack, by=by, at=at)
    divisions = _divisions()
    names = {code: division.name for code, division in divisions.items()}
    tell()
    _must(waters_import(rows=[*kashgar.waters(), *dadukou.waters()], by=by, at=at))
    of_kashgar, of_dadukou = kashgar.reaches(names), dadukou.areas(names)
    tell()
    _must(areas_import(rows=_numbered([*of_kashgar, *of_dadukou]), by=by, at=at))
    tell()
    things = [*kashgar.facilities(of_kashgar), *dadukou.facilities(of_dadukou)]
    _must(facilities_import(rows=_numbered(things), by=by, at=at))
    tell()
    clerk = Clerk(
        by=by,
        at=at,
        day=timezone.localtime(at).date(),
        today=today,
        names=Invented(SEED),
        divisions=divisions,
        posts={post.code: post for post in posts_known()},
        areas={area.code: area for area in areas_of(by.scope)},
    )
    clerk.account("admin", None, is_administrator=True)
    register_dadukou(clerk, of_dadukou)
    tell()
    register_kashgar(clerk, of_kashgar)
    tell()
    return Loaded(clerk, (*of_kashgar, *of_dadukou))


def _divisions() -> Mapping[str, Division]:
    found: dict[str, Division] = {}
    for code in PLACES:
        top = division_with(code)
        if top is None:
            raise LookupError(f"the shipped divisions are not loaded: {code}")
        found |= {division.code: division for division in divisions_under(top)}
    return found


def _must(report: Report) -> None:
    """The demonstration's own rows are good, or the program is at fault."""
    if report.refused:
        first = report.refused[0]
        raise AssertionError(f"row {first.row}, {first.field}: {first.reason}")


def _numbered(rows: Sequence[R]) -> list[R]:
    """The rows of several lists as rows of one."""
    return [replace(row, number=number) for number, row in enumerate(rows, 1)]
