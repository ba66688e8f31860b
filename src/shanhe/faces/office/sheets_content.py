"""A sheet as it is shown: the same head, columns, lines and totals on page, in PDF and in workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext, pgettext

from shanhe.evidence.patrols.models import Outcome
from shanhe.evidence.patrols.queries.duties import Duty
from shanhe.evidence.patrols.queries.sheets import AreaMonth, Figures, PersonMonth, Row
from shanhe.faces.http.templatetags.shanhe_tags import metres, metric_area, percent
from shanhe.faces.office.patrol_told import share_words
from shanhe.faces.office.sheets_words import (
    LOOKS,
    day_of_month,
    duty_words,
    listed,
    month_words,
    problem_words,
    remark,
    span_words,
)
from shanhe.ground.audit.queries import day_roots
from shanhe.ground.divisions.models import Division
from shanhe.ground.registry.models import Area
from shanhe.kernel.periods import Period

__all__ = [
    "Cell",
    "Column",
    "Names",
    "Sheet",
    "area_sheet",
    "outings",
    "person_sheet",
    "provenance",
    "summary_sheet",
]

AREAS_NAMED = 4  # in the head of a sheet; of more it is said how many


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell, and what a workbook counts with."""

    text: str
    value: Any = None

    @property
    def kept(self) -> Any:
        """The value for a workbook; the text where there is none."""
        return self.text if self.value is None else self.value


@dataclass(frozen=True, slots=True)
class Column:
    """One column: title, share of the line (0: as wide as needed), edge, characters in a workbook."""

    title: str
    width: float = 0
    align: str = "left"
    chars: float = 10
    number_format: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that is on a sheet, in the reader's language."""

    number: str
    title: str
    period: str
    facts: list[tuple[str, str]]
    columns: list[Column]
    rows: list[list[Cell]]
    total: list[Cell]
    lines: list[str]
    signatures: list[str]
    author: str
    empty: str
    links: list[str] = field(default_factory=list)  # of the rows' own records


def provenance(records: int, at: datetime) -> str:
    """The small print: when it was made, of how many records, and the newest published root of the ledger."""
    facts: dict[str, Any] = {"when": f"{localtime(at):%Y-%m-%d %H:%M}", "records": records}
    made = gettext("Made by Shanhe from the records at %(when)s; %(records)s records.") % facts
    newest = day_roots().first()
    if newest is None:
        return made
    root = gettext("Ledger root of %(day)s: %(root)s…")
    return f"{made} {root % {'day': newest.day.isoformat(), 'root': bytes(newest.root).hex()[:16]}}"


def person_sheet(month: PersonMonth, rows: Sequence[Row], period: Period, system: str, names: Names) -> Sheet:
    """The sheet of one person. ``names`` knows areas and divisions."""
    person = month.person
    unit = next((each.organization for each in month.appointments if each.organization), person.organization)
    facts = [
        (pgettext("sheet", "Name"), person.name),
        (
            pgettext("sheet", "Post"),
            listed(list(dict.fromkeys(each.post.local_name for each in month.appointments))),
        ),
        (gettext("Unit"), unit.name if unit else names.place(person.division_id)),
        (gettext("Areas answered for"), listed(names.areas(month.areas), AREAS_NAMED)),
        (gettext("Division"), names.place(person.division_id)),
        (pgettext("sheet", "Result"), str(LOOKS[month.state].word)),
    ]
    columns = _columns(Column(gettext("Area"), 2.2, chars=26))
    return Sheet(
        number=f"{_letter(system)}{_stamp(period)}-P{person.pk:06d}",
        title=_title(system, names.place(person.division_id, 2)),
        period=month_words(period),
        facts=[(label, str(value)) for label, value in facts],
        columns=columns,
        rows=[_line(n, group) for n, group in enumerate(outings(rows), 1)],
        total=_total(month.figures),
        lines=[
            *(duty_words(duty) for duty in month.duties),
            *_weeks_words(month.duties),
            _outcome_words(month.figures),
        ],
        signatures=[
            gettext("Holder (signature)"),
            gettext("Checked by (signature)"),
            gettext("Office (seal)"),
            gettext("Date"),
        ],
        author=names.place(person.division_id),
        empty=gettext("No patrol in this month."),
    )


def area_sheet(month: AreaMonth, rows: Sequence[Row], period: Period, system: str, names: Names) -> Sheet:
    """The sheet of one area."""
    area = month.area
    keepers = [f"{each.person.name}（{each.appointments[0].post.local_name}）" for each in month.keepers]
    facts = [
        (gettext("Area"), area.name),
        (gettext("Area code"), area.code),
        (gettext("Division"), names.place(area.division_id)),
        (gettext("Level"), area.get_level_display()),
        (gettext("Kept by"), listed(keepers, AREAS_NAMED) or gettext("Nobody")),
        _water_or_kind(area),
    ]
    lines = [duty_words(duty, _shared(each, duty.area_ids)) for each in month.keepers for duty in each.duties]
    return Sheet(
        number=f"{_letter(system)}{_stamp(period)}-A{area.code}",
        title=_title(system, area.name),
        period=month_words(period),
        facts=[(label, str(value)) for label, value in facts],
        columns=_columns(Column(gettext("Holder"), 1.1, chars=12)),
        rows=[_line(n, [row], row.verdict.person.name) for n, row in enumerate(rows, 1)],
        total=_total(month.figures),
        lines=[
            *lines,
            *_weeks_words(duty for each in month.keepers for duty in each.duties),
            _outcome_words(month.figures),
        ],
        signatures=[
            gettext("Filled in by (signature)"),
            gettext("Checked by (signature)"),
            gettext("Office (seal)"),
            gettext("Date"),
        ],
        author=names.place(area.division_id),
        empty=gettext("No patrol in this month."),
    )


def summary_sheet(
    division: Division, months: Sequence[PersonMonth], period: Period, system: str, names: Names
) -> Sheet:
    """The summary of a division: one line for each person, or above the township for each division below."""
    by_place = division.level in ("province", "prefecture", "county")
    lines = _places(division, months, names) if by_place else _people(months)
    whole = Figures()
    for month in months:
        whole.add(month.figures)
    owing = [month for month in months if month.asked]
    met = sum(month.state == "met" for month in owing)
    facts = [
        (gettext("Division"), names.place(division.code)),
        (pgettext("sheet", "People"), str(len(months))),
        (
            gettext("Whose task is done"),
            gettext("%(met)s of %(people)s") % {"met": met, "people": len(owing)},
        ),
    ]
    head = [_serial()] + (
        [
            Column(gettext("Division"), 2, chars=20),
            *_numbers(pgettext("sheet", "People"), pgettext("sheet", "Task done")),
        ]
        if by_place
        else [
            Column(pgettext("sheet", "Name"), 1.1, chars=12),
            Column(pgettext("sheet", "Post"), 1.4, chars=18),
            Column(pgettext("sheet", "Areas"), 0, "right", 8),
        ]
    )
    columns = [
        *head,
        *_numbers(pgettext("sheet", "Asked for"), pgettext("sheet", "Done"), pgettext("sheet", "Share done")),
        *_numbers(
            pgettext("sheet", "Patrols"),
            pgettext("sheet", "Counted"),
            pgettext("sheet", "Minutes"),
            pgettext("sheet", "km"),
            pgettext("sheet", "Problems"),
        ),
        *([] if by_place else [Column(pgettext("sheet", "Result"), 1, "center", 12)]),
    ]
    return Sheet(
        number=f"{_letter(system)}{_stamp(period)}-D{division.code}",
        title=_summary_title(system, names.place(division.code, 2)),
        period=month_words(period),
        facts=facts,
        columns=columns,
        rows=lines,
        total=_summary_total(months, whole, len(columns), by_place),
        lines=[
            *_weeks_words(duty for month in months for duty in month.duties),
            gettext(
                "What is asked for is the frequency that the area's policy sets; more patrols in one period "
                "do not make up for another."
            ),
        ],
        signatures=[
            gettext("Filled in by (signature)"),
            gettext("Checked by (signature)"),
            gettext("Office (seal)"),
            gettext("Date"),
        ],
        author=names.place(division.code),
        empty=gettext("Nobody patrols here."),
    )


@dataclass(frozen=True, slots=True)
class Names:
    """Names of areas by id and paths of divisions by code, looked up for all sheets at once."""

    area_names: dict[int, str]
    paths: dict[str, list[Division]]

    def areas(self, ids: Iterable[int]) -> list[str]:
        """Their names, in the order of the ids."""
        return [self.area_names[pk] for pk in sorted(ids) if pk in self.area_names]

    def place(self, code: str, last: int = 3) -> str:
        """The division's name with what is above it: the ``last`` ones of the path."""
        return "".join(place.name for place in self.paths.get(code, [])[-last:])


def _serial() -> Column:
    return Column(pgettext("sheet", "No."), 0, "center", 6)


def _columns(subject: Column) -> list[Column]:
    """The columns of a person's or an area's sheet; ``subject`` is what differs between their lines."""
    return [
        _serial(),
        Column(pgettext("sheet", "Date"), 0, "center", 11, "yyyy-mm-dd"),
        Column(pgettext("sheet", "Time"), 0, "center", 14),
        subject,
        Column(pgettext("sheet", "Minutes"), 0, "right", 9, "0"),
        Column(pgettext("sheet", "km"), 0, "right", 8, "0.00"),
        Column(pgettext("sheet", "Walked"), 0, "right", 9),
        Column(pgettext("sheet", "Verdict"), 0, "center", 10),
        Column(pgettext("sheet", "Counts"), 0, "center", 9),
        Column(pgettext("sheet", "Problems found"), 1.6, chars=28),
        Column(pgettext("sheet", "Remark"), 2, chars=36),
    ]


def outings(rows: Iterable[Row]) -> list[list[Row]]:
    """Lines by outing: one that served two areas is one line of a person's sheet."""
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row.verdict.patrol_id, []).append(row)
    return list(found.values())


def _line(n: int, rows: Sequence[Row], subject: str = "") -> list[Cell]:
    """One line, of one outing; ``subject`` instead of its areas."""
    verdicts, patrol = [row.verdict for row in rows], rows[0].verdict.patrol
    on = localtime(patrol.started_at).date()
    minutes = max(verdict.duration_s for verdict in verdicts) / 60
    km = max(verdict.distance_m for verdict in verdicts) / 1000
    return [
        Cell(str(n), n),
        Cell(day_of_month(on), on),
        Cell(span_words(patrol.started_at, patrol.ended_at)),
        Cell(subject or "\n".join(verdict.area.name for verdict in verdicts)),
        Cell(f"{minutes:.0f}", round(minutes)),
        Cell(f"{km:.2f}", round(km, 2)),
        Cell(_joined(share_words(verdict) for verdict in verdicts)),
        Cell(_joined(str(Outcome(verdict.outcome).label) for verdict in verdicts)),
        Cell(_joined(gettext("Yes") if verdict.counts else gettext("No") for verdict in verdicts)),
        Cell(problem_words(rows[0].problems)),
        Cell(remark(verdicts)),
    ]


def _joined(words: Iterable[str]) -> str:
    """One word where all say the same, else each on the line of its area."""
    every = list(words)
    return every[0] if len(set(every)) == 1 else "\n".join(every)


def _total(figures: Figures) -> list[Cell]:
    times = gettext("%(n)s outings on %(days)s days") % {"n": figures.outings, "days": figures.days}
    minutes, km = figures.seconds / 60, figures.metres / 1000
    return [
        Cell(pgettext("sheet", "Total")),
        Cell(""),
        Cell(""),
        Cell(times),
        Cell(f"{minutes:.0f}", round(minutes)),
        Cell(f"{km:.2f}", round(km, 2)),
        Cell(""),
        Cell(""),
        Cell(str(figures.counted), figures.counted),
        Cell(str(figures.problems), figures.problems),
        Cell(""),
    ]


def _numbers(*titles: str) -> list[Column]:
    return [Column(title, 0, "right", 10) for title in titles]


def _people(months: Sequence[PersonMonth]) -> list[list[Cell]]:
    return [
        [
            Cell(str(n), n),
            Cell(month.person.name),
            Cell(listed(list(dict.fromkeys(each.post.local_name for each in month.appointments)))),
            _count(len(month.areas)),
            *_asked_cells(month.asked, month.done),
            *_figure_cells(month.figures),
            Cell(str(LOOKS[month.state].word)),
        ]
        for n, month in enumerate(months, 1)
    ]


def _places(division: Division, months: Sequence[PersonMonth], names: Names) -> list[list[Cell]]:
    """People by the division right below that their remit lies in; those of the division itself first."""
    below: dict[str, list[PersonMonth]] = {}
    labels = {division.code: gettext("%(division)s itself") % {"division": division.name}}
    for month in months:
        lies = month.appointments[0].remit.division_id if month.appointments else month.person.division_id
        path = names.paths.get(lies, [])
        codes = [place.code for place in path]
        at = codes.index(division.code) + 1 if division.code in codes else len(path)
        place = path[at] if at < len(path) else division
        labels.setdefault(place.code, place.name)
        below.setdefault(place.code, []).append(month)
    return [
        [Cell(str(n), n), Cell(labels[code]), *_group_cells(group)]
        for n, (code, group) in enumerate(sorted(below.items()), 1)
    ]


def _group_cells(group: Sequence[PersonMonth]) -> list[Cell]:
    whole = Figures()
    for month in group:
        whole.add(month.figures)
    met = sum(month.asked > 0 and month.state == "met" for month in group)
    return [
        _count(len(group)),
        _count(met),
        *_asked_cells(sum(month.asked for month in group), sum(month.done for month in group)),
        *_figure_cells(whole),
    ]


def _summary_total(months: Sequence[PersonMonth], whole: Figures, width: int, by_place: bool) -> list[Cell]:
    if by_place:
        return [Cell(pgettext("sheet", "Total")), Cell(""), *_group_cells(months)]
    numbers = [
        *_asked_cells(sum(month.asked for month in months), sum(month.done for month in months)),
        *_figure_cells(whole),
    ]
    cells = [
        Cell(pgettext("sheet", "Total")),
        Cell(gettext("%(n)s people") % {"n": len(months)}),
        Cell(""),
        Cell(""),
    ]
    return [*cells, *numbers, Cell("")][:width]


def _asked_cells(asked: int, done: int) -> list[Cell]:
    share = Cell(percent(done / asked), round(done / asked, 4)) if asked else Cell("–", "")
    return [_count(asked), _count(done), share]


def _figure_cells(figures: Figures) -> list[Cell]:
    minutes, km = figures.seconds / 60, figures.metres / 1000
    return [
        _count(figures.outings),
        _count(figures.counted),
        Cell(f"{minutes:.0f}", round(minutes)),
        Cell(f"{km:.1f}", round(km, 1)),
        _count(figures.problems),
    ]


def _count(n: int) -> Cell:
    return Cell(str(n), n)


def _outcome_words(figures: Figures) -> str:
    """Of all verdicts, how many of each kind."""
    if not figures.outings:
        return gettext("No patrol in this month.")
    each = [
        gettext("%(n)s %(verdict)s") % {"n": figures.outcomes[code], "verdict": Outcome(code).label}
        for code in Outcome.values
        if figures.outcomes[code]
    ]
    facts = {"outings": figures.outings, "counted": figures.counted, "verdicts": listed(each)}
    return gettext("%(outings)s outings, %(counted)s of them count. Verdicts: %(verdicts)s.") % facts


def _weeks_words(duties: Iterable[Duty]) -> list[str]:
    """Where something is asked for by the week: why a patrol of another month may count in this one."""
    if not any(duty.asked.per == "week" for duty in duties):
        return []
    return [gettext("A week across two months counts, as a whole, in the month of its Thursday.")]


def _shared(keeper: PersonMonth, area_ids: frozenset[int]) -> str:
    """Who owes it; where it is owed for several areas together, that is said."""
    appointment = keeper.appointments[0]
    facts = {"name": keeper.person.name, "post": appointment.post.local_name, "n": len(area_ids)}
    if len(area_ids) > 1:
        return gettext("%(name)s, %(post)s (for %(n)s areas together)") % facts
    return gettext("%(name)s, %(post)s") % facts


def _water_or_kind(area: Area) -> tuple[str, str]:
    shape = area.shapes.filter(until=None).first()
    if area.kind == Area.Kind.REACH:
        size = metres(shape.length_m) if shape else ""
        return gettext("Water, length"), listed([word for word in (area.reach.water.name, size) if word])
    size = metric_area(shape.area_m2) if shape else ""
    return gettext("Kind, size"), listed(
        [str(word) for word in (area.forest_unit.get_kind_display(), size) if word]
    )


def _letter(system: str) -> str:
    return "R" if system == "river" else "F"


def _stamp(period: Period) -> str:
    return f"{period.since:%Y%m}"


def _title(system: str, place: str) -> str:
    words: dict[str, Callable[[], str]] = {
        "river": lambda: gettext("River patrol sheet of %(place)s"),
        "forest": lambda: gettext("Forest patrol sheet of %(place)s"),
    }
    return words[system]() % {"place": place}


def _summary_title(system: str, place: str) -> str:
    words: dict[str, Callable[[], str]] = {
        "river": lambda: gettext("Summary of river patrols of %(place)s"),
        "forest": lambda: gettext("Summary of forest patrols of %(place)s"),
    }
    return words[system]() % {"place": place}
