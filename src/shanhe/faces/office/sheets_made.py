"""Making sheets: one for a page, or those of a whole division as one file, by a job."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any

from django.db.models import QuerySet
from django.utils import translation
from django.utils.timezone import localtime

from shanhe.evidence.patrols.queries.sheets import (
    AreaMonth,
    PersonMonth,
    area_months,
    areas_with_sheets,
    people_with_sheets,
    person_months,
    rows_of_area,
    rows_of_person,
)
from shanhe.faces.office.sheets_content import (
    Names,
    Sheet,
    area_sheet,
    outings,
    person_sheet,
    provenance,
    summary_sheet,
)
from shanhe.faces.office.sheets_files import file_name, sheets_pdf
from shanhe.ground.divisions.models import Division
from shanhe.ground.divisions.queries import division_paths, division_with
from shanhe.ground.jobs.kinds import job_kind
from shanhe.ground.jobs.services import Running
from shanhe.ground.papers.shelf import shelve, sweep
from shanhe.ground.people.models import Person
from shanhe.ground.people.scope import Scope, scope_of
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.queries import areas_of
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.periods import Period, period_named

__all__ = [
    "MOST_PEOPLE",
    "SHEETS_JOB",
    "Asking",
    "Made",
    "made_area",
    "made_person",
    "made_summary",
    "sheets_make",
]

SHEETS_JOB = "patrols.sheets"
#: People whose figures stand on one summary, and sheets of one file.
MOST_PEOPLE = 2_000


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for sheets of which month and system, and when."""

    scope: Scope
    month: Period
    system: str
    at: datetime

    @property
    def on(self) -> date:
        """The office's day of asking."""
        return localtime(self.at).date()


@dataclass(frozen=True, slots=True)
class Made:
    """A sheet with its small print and what its file is called, without ending."""

    sheet: Sheet
    note: str
    name: str


def made_person(asking: Asking, person: Person) -> tuple[Made, PersonMonth, list[int]]:
    """A person's sheet, the month it tells of, and the numbers of the patrols in its lines."""
    month = next(person_months(asking.scope, [person], asking.month, asking.system, asking.on))
    return _person(asking, month, _names(asking.scope, [month], []))


def _person(asking: Asking, month: PersonMonth, names: Names) -> tuple[Made, PersonMonth, list[int]]:
    rows = rows_of_person(asking.scope, month.person, asking.month, asking.system)
    sheet = person_sheet(month, rows, asking.month, asking.system, names)
    made = Made(sheet, provenance(len(sheet.rows), asking.at), file_name(sheet, month.person.name))
    return made, month, [group[0].verdict.patrol_id for group in outings(rows)]


def made_area(asking: Asking, area: Area) -> tuple[Made, AreaMonth, list[int]]:
    """An area's sheet, the month it tells of, and the numbers of the patrols in its lines."""
    month = next(area_months(asking.scope, [area], asking.month, asking.system, asking.on))
    return _area(asking, month, _names(asking.scope, [], [area.division_id]))


def _area(asking: Asking, month: AreaMonth, names: Names) -> tuple[Made, AreaMonth, list[int]]:
    rows = rows_of_area(asking.scope, month.area, asking.month)
    sheet = area_sheet(month, rows, asking.month, asking.system, names)
    made = Made(sheet, provenance(len(rows), asking.at), file_name(sheet))
    return made, month, [row.verdict.patrol_id for row in rows]


def made_summary(asking: Asking, division: Division) -> tuple[Made, list[PersonMonth]]:
    """A division's summary, and the months of its people. Refusal ``sheets.too_many`` for too many people."""
    people = _few(people_with_sheets(asking.scope, asking.month, asking.system, division))
    months = list(
        person_months(asking.scope, people, asking.month, asking.system, asking.on, division=division)
    )
    names = _names(asking.scope, months, [division.code])
    sheet = summary_sheet(division, months, asking.month, asking.system, names)
    records = sum(month.figures.outings for month in months)
    return Made(sheet, provenance(records, asking.at), file_name(sheet)), months


def _few(people: QuerySet[Person]) -> list[Person]:
    """People in the order of lists; Refusal when they are too many for one paper."""
    found = list(people.order_by("division_id", "name", "pk")[: MOST_PEOPLE + 1])
    if len(found) > MOST_PEOPLE:
        raise Refusal(
            "sheets.too_many",
            _("More than %(most)s people patrol here; choose a division below."),
            most=f"{MOST_PEOPLE:,}",
        )
    return found


def _names(scope: Scope, months: Iterable[PersonMonth], codes: Iterable[str]) -> Names:
    """Names of all areas and divisions that the sheets of these months name. Two queries."""
    months = list(months)
    ids = {pk for month in months for pk in month.areas}
    wanted = set(codes)
    for month in months:
        wanted.add(month.person.division_id)
        wanted |= {each.remit.division_id for each in month.appointments}
    areas: dict[int, str] = {}
    some = sorted(ids)
    for start in range(0, len(some), 500):
        rows = areas_of(scope).filter(pk__in=some[start : start + 500])
        areas.update(rows.order_by().values_list("pk", "name"))
    return Names(areas, division_paths(wanted))


@job_kind(SHEETS_JOB)
def sheets_make(running: Running) -> dict[str, Any]:
    """The sheets of a division's people or areas for a month, as one PDF or as a zip of them.

    Params: ``month`` (2026-10), ``system``, ``by`` ("person", "area"), ``division`` (code or ""), ``form``
    ("pdf", "zip"), ``language``. The scope is that of whoever asked, of today.
    """
    params, at = running.params, running.now()
    user = running.job.created_by
    if user is None:
        raise Refusal("sheets.nobody", _("Sheets are made for somebody who asks for them."))
    sweep(at)
    with translation.override(params["language"]):
        asking = Asking(
            scope_of(user, localtime(at).date()), period_named(params["month"]), params["system"], at
        )
        division = division_with(params["division"]) if params["division"] else None
        made = _all(asking, params["by"], division, running)
        if not made:
            raise Refusal("sheets.none", _("There is no sheet for this month."))
        content = _zip(made, at) if params["form"] == "zip" else _one_file(made, at)
        shelve(running.job.uuid, content)
        name = f"{made[0].sheet.period} {made[0].sheet.author if division is None else division.name}"
    return {"sheets": len(made), "bytes": len(content), "file": f"{name}.{params['form']}"}


def _all(asking: Asking, by: str, division: Division | None, running: Running) -> list[Made]:
    if by == "area":
        return _all_areas(asking, division, running)
    people = _few(people_with_sheets(asking.scope, asking.month, asking.system, division))
    months = list(person_months(asking.scope, people, asking.month, asking.system, asking.on))
    names = _names(asking.scope, months, [])
    found = []
    for n, month in enumerate(months):
        running.step(n, len(months), month.person.name)
        found.append(_person(asking, month, names)[0])
    running.step(len(months), len(months))
    return found


def _all_areas(asking: Asking, division: Division | None, running: Running) -> list[Made]:
    rows = areas_with_sheets(asking.scope, asking.month, asking.system, division)
    areas = list(rows.order_by("code")[: MOST_PEOPLE + 1])
    if len(areas) > MOST_PEOPLE:
        raise Refusal(
            "sheets.too_many",
            _("More than %(most)s areas lie here; choose a division below."),
            most=f"{MOST_PEOPLE:,}",
        )
    names = _names(asking.scope, [], (area.division_id for area in areas))
    found = []
    months = area_months(asking.scope, areas, asking.month, asking.system, asking.on)
    for n, month in enumerate(months):
        running.step(n, len(areas), month.area.name)
        found.append(_area(asking, month, names)[0])
    running.step(len(areas), len(areas))
    return found


def _one_file(made: Sequence[Made], at: datetime) -> bytes:
    records = sum(len(each.sheet.rows) for each in made)
    return sheets_pdf([each.sheet for each in made], note=provenance(records, at), at=at)


def _zip(made: Sequence[Made], at: datetime) -> bytes:
    """Each sheet a PDF of its own, numbered in the order of the list."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for n, each in enumerate(made, 1):
            entry = zipfile.ZipInfo(f"{n:03d} {each.name}.pdf", localtime(at).timetuple()[:6])
            archive.writestr(entry, sheets_pdf([each.sheet], note=each.note, at=at), zipfile.ZIP_DEFLATED)
    return out.getvalue()
