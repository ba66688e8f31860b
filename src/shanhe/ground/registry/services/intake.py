"""One way in for one record or a hundred thousand: check every row, then write all of them, or none.

What differs between areas, waters and facilities is an ``Intake``; ``settle`` is what they share.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model

from shanhe.ground.audit import ledger
from shanhe.ground.divisions.models import Division, Level
from shanhe.ground.people.scope import Actor
from shanhe.ground.registry.geometry import CheckedShape, check_geometry, same_place
from shanhe.ground.registry.models import Shape
from shanhe.ground.registry.rows import AreaRow, FacilityRow, Report, RowDone, RowRefused, WaterRow, chunks
from shanhe.ground.registry.services.rights import NOT_YOURS
from shanhe.ground.registry.services.shapes import shape_set
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["Intake", "Problems", "Progress", "Settled", "raise_refused", "settle", "shape_changed"]

R = TypeVar("R", WaterRow, AreaRow, FacilityRow)
M = TypeVar("M", bound=Model)
Progress = Callable[[int, int], None]
Problems = dict[str, RowRefused]


@dataclass(frozen=True, slots=True)
class Settled(Generic[R]):
    """A row that may go in, with its checked shape and the row of the database it changes, if any."""

    row: R
    shape: CheckedShape | None
    existing: Any = None


class Intake(ABC, Generic[R, M]):
    """Checks and writes rows of one sort. ``load`` is called once, with all rows, before anything else."""

    allowed: frozenset[str]  # geometry types
    column: str  # of Shape, that names the owner
    created: Sequence[Any] = ()  # what ``create`` has written, in the order of its rows

    def __init__(self, by: Actor, at: datetime) -> None:
        self.by = by
        self.at = at
        self.divisions: dict[str, Division] = {}

    def load(self, rows: Sequence[R]) -> None:
        """Fetch what the rows refer to, set-wise."""
        for codes in chunks({row.division for row in rows}):
            self.divisions |= Division.objects.in_bulk(list(codes))

    def complete(self, row: R) -> R:
        """The row with what its source has no column for taken from the record it is about."""
        return row

    def ordered(self, rows: Sequence[R]) -> list[R]:
        """The rows in an order in which each may refer to those before it."""
        return list(rows)

    @abstractmethod
    def find(self, row: R) -> M | None:
        """What the row describes, if it is there already: by code, else by what makes it one."""

    @abstractmethod
    def identity(self, row: R) -> tuple[Any, ...]:
        """What makes two rows of a file the same record."""

    @abstractmethod
    def check(self, row: R, problems: Problems) -> None:
        """Put into ``problems`` what keeps the row out, by field."""

    def accept(self, row: R) -> None:
        """The row will be written: later rows may refer to it."""

    @abstractmethod
    def create(self, settled: Sequence[Settled[R]]) -> None:
        """Write new records with their shapes and one event each."""

    @abstractmethod
    def differs(self, settled: Settled[R]) -> bool:
        """Whether the row says anything, but for its shape, that the existing record does not say."""

    def check_change(self, settled: Settled[R]) -> None:
        """Refusal when an existing record cannot become what the row says."""
        return

    @abstractmethod
    def change(self, settled: Settled[R]) -> bool:
        """Bring an existing record up to the row; whether anything changed."""

    def problems(self, row: R) -> Problems:
        """Everything that keeps the row out, by field."""
        found: Problems = {}
        if not row.name.strip():
            refuse(found, row, "name", Text(_("A name is needed.")))
        _check_texts(row, found)
        if not row.division:
            refuse(found, row, "division", Text(_("A division is needed.")))
        elif row.division not in self.divisions:
            refuse(found, row, "division", Text(_("There is no division %(code)s."), {"code": row.division}))
        elif not self.by.scope.managed.holds_code(row.division):
            refuse(found, row, "division", Text(NOT_YOURS), "registry.not_yours")
        self.check(row, found)
        return found

    def level_of(self, row: WaterRow | AreaRow) -> str:
        """The row's level, by default its division's; "" when neither is known."""
        division = self.divisions.get(row.division)
        return row.level or (division.level if division else "")

    def check_level(self, row: R, problems: Problems) -> None:
        """Refuses a word that is no level."""
        level = getattr(row, "level", "")
        if level and level not in Level.values:
            refuse(problems, row, "level", Text(_("There is no level %(level)s."), {"level": level}))


def refuse(problems: Problems, row: Any, field: str, reason: Text, code: str = "registry.refused") -> None:
    """Note the first reason why a field keeps its row out."""
    problems.setdefault(field, RowRefused(row.number, field, reason, code))


#: Characters a text may have, as in the tables; of the same column in several, the fewest.
LENGTHS = {
    "name": 80,
    "code": 40,
    "start_name": 120,
    "end_name": 120,
    "category": 60,
    "tenure": 60,
    "owner": 120,
    "species": 120,
    "source": 200,
}


def _check_texts(row: Any, problems: Problems) -> None:
    for name, most in LENGTHS.items():
        text = getattr(row, name, "")
        if len(text) > most:
            reason = Text(_("The text has more than %(most)s characters."), {"most": most})
            refuse(problems, row, name, reason)
        elif not _is_sound(text):
            refuse(problems, row, name, Text(_("The text has characters that cannot be kept.")))
    if not _is_sound(getattr(row, "facts", "")):
        refuse(problems, row, "facts", Text(_("The text has characters that cannot be kept.")))


def _is_sound(value: Any) -> bool:
    """Whether both databases can hold the text, or all texts in a value from JSON."""
    if isinstance(value, dict):
        return all(_is_sound(key) and _is_sound(item) for key, item in value.items())
    if isinstance(value, list):
        return all(_is_sound(item) for item in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, str) or ("\x00" not in value and _is_unicode(value))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a pair of surrogates
        return False
    return True


@ledger.atomic
def settle(
    intake: Intake[R, M],
    rows: Iterable[R],
    *,
    good_rows: bool = False,
    write: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Check all rows; write them, or nothing when one is refused and ``good_rows`` is off.

    When nothing is written the counts are 0, and ``done`` says what would have become of the good rows.
    """
    listed = list(rows)
    intake.load(listed)
    listed = [intake.complete(row) for row in listed]
    report = Report()
    settled = _checked(intake, listed, report, progress)
    new = [item for item in settled if item.existing is None]
    changing = _changing(intake, settled, report)
    if write and (good_rows or not report.refused):
        intake.create(new)
        for item in changing:
            intake.change(item)
        report.created, report.updated = len(new), len(changing)
        report.unchanged = len(settled) - len(new) - len(changing)
    _tell(intake, settled, new, changing, report)
    return report


def _changing(intake: Intake[R, M], settled: list[Settled[R]], report: Report) -> list[Settled[R]]:
    """Those whose record is to change; one that cannot is refused and leaves ``settled``."""
    existing = [item for item in settled if item.existing is not None]
    present = _present_shapes(intake.column, existing)
    changing = []
    for item in existing:
        if not (_shape_differs(item, present.get(item.existing.pk)) or intake.differs(item)):
            continue
        try:
            intake.check_change(item)
        except Refusal as refusal:
            settled.remove(item)
            for name, reason in refusal.fields.items():
                report.refused.append(RowRefused(item.row.number, name, reason, refusal.code))
        else:
            changing.append(item)
    report.refused.sort(key=lambda refused: refused.row)
    return changing


def _present_shapes(column: str, settled: Sequence[Settled[Any]]) -> dict[int, Shape]:
    """The present shape of every existing record whose row brings one."""
    found: dict[int, Shape] = {}
    for ids in chunks(item.existing.pk for item in settled if item.shape is not None):
        shapes = Shape.objects.filter(**{f"{column}_id__in": ids}, until__isnull=True)
        found |= {getattr(shape, f"{column}_id"): shape for shape in shapes}
    return found


def _shape_differs(item: Settled[Any], present: Shape | None) -> bool:
    if item.shape is None:
        return False
    if present is None or not same_place(present.wkb, item.shape.wkb):
        return True
    is_sketch, source = _shape_facts(item.row, present)
    return (present.is_sketch, present.source) != (is_sketch, source[:200])


def _tell(
    intake: Intake[R, M],
    settled: Sequence[Settled[R]],
    new: Sequence[Settled[R]],
    changing: Sequence[Settled[R]],
    report: Report,
) -> None:
    """Row by row what was done, or would have been: ``intake.created`` is empty then."""
    codes = {item.row.number: made.code for item, made in zip(new, intake.created, strict=False)}
    changed = {item.row.number for item in changing}
    for item in sorted(settled, key=lambda each: each.row.number):
        number = item.row.number
        if item.existing is None:
            code = codes.get(number, item.row.code)
            report.done.append(RowDone(number, "create", item.row.name, code))
        else:
            did = "update" if number in changed else "unchanged"
            report.done.append(RowDone(number, did, item.row.name, item.existing.code))


def _checked(
    intake: Intake[R, M], rows: Sequence[R], report: Report, progress: Progress | None
) -> list[Settled[R]]:
    settled: list[Settled[R]] = []
    first: dict[tuple[Any, ...], int] = {}
    for done, row in enumerate(intake.ordered(rows), 1):
        problems = intake.problems(row)
        shape = _shape(intake, row, problems, report)
        earlier = first.setdefault(intake.identity(row), row.number)
        if earlier != row.number:
            reason = Text(_("The same record stands in row %(row)s."), {"row": earlier})
            refuse(problems, row, "code" if row.code else "name", reason)
        if problems:
            report.refused += problems.values()
        else:
            intake.accept(row)
            settled.append(Settled(row, shape, intake.find(row)))
        if progress is not None and (done % 500 == 0 or done == len(rows)):
            progress(done, len(rows))
    report.refused.sort(key=lambda refused: refused.row)
    return settled


def _shape(intake: Intake[R, M], row: R, problems: Problems, report: Report) -> CheckedShape | None:
    if row.geometry is None:
        return None
    try:
        checked = check_geometry(row.geometry, intake.allowed)
    except Refusal as refusal:
        refuse(problems, row, "geometry", refusal.message, refusal.code)
        return None
    report.notes += [RowRefused(row.number, "geometry", note) for note in checked.notes]
    return checked


def shape_changed(settled: Settled[Any], column: str, intake: Intake[Any, Any]) -> bool:
    """Give an existing record the row's geometry; whether that is another one than it had."""
    row, owner = settled.row, settled.existing
    if row.geometry is None:
        return False
    before = Shape.objects.filter(**{column: owner}, until__isnull=True).first()
    if before is not None and not _shape_differs(settled, before):
        return False
    is_sketch, source = _shape_facts(row, before)
    shape = shape_set(
        owner=owner, geometry=row.geometry, by=intake.by, at=intake.at, is_sketch=is_sketch, source=source
    )
    return before is None or shape.pk != before.pk


def _shape_facts(row: Any, before: Shape | None) -> tuple[bool, str]:
    """Whether the shape is a sketch, and its source: as before where the row's source has no such column."""
    is_sketch, source = row.is_sketch, row.source
    if before is not None and row.given is not None:
        is_sketch = is_sketch if "sketch" in row.given else before.is_sketch
        source = source if "source" in row.given else before.source
    return is_sketch, source


def raise_refused(report: Report) -> None:
    """For services that take one record: what kept it out, as the one Refusal."""
    if not report.refused:
        return
    first = report.refused[0]
    several = len(report.refused) > 1
    raise Refusal(
        first.code,
        Text(_("The record cannot be kept as it is.")) if several else first.reason,
        {refused.field: refused.reason for refused in report.refused},
        status=403 if first.code == "registry.not_yours" else 422,
    )
