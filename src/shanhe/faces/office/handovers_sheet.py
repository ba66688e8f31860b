"""The sheet of a bulk handover: made with the present keepers in it, and read back with the next ones."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.xlsx import Column
from shanhe.ground.incoming.kinds import Field
from shanhe.ground.incoming.matching import guess
from shanhe.ground.incoming.reading.child import read_file
from shanhe.ground.incoming.reading.options import Limits, Options
from shanhe.ground.incoming.tables import Row, Table
from shanhe.ground.people.models import Appointment
from shanhe.kernel.errors import Refusal, gettext_noop

__all__ = ["MOST_BYTES", "SHEET_COLUMNS", "Read", "sheet_read"]

MOST_BYTES = 5 * 1024 * 1024
SECONDS = 30.0
MOST_ROWS = 2_000
MOST_FAULTS = 50

SHEET_COLUMNS: list[Column[Appointment]] = [
    Column(_("Number"), lambda row: row.pk, 8),
    Column(_("Present holder"), lambda row: row.person.name, 12),
    Column(_("Post"), lambda row: row.post.local_name, 18),
    Column(_("Answers for"), lambda row: row.remit.name, 40),
    Column(_("Division"), lambda row: row.person.division.name, 18),
    Column(_("Successor"), lambda row: "", 12),
    Column(_("Work phone of the successor"), lambda row: "", 16),
]

FIELDS = (
    Field("number", _("Number"), synonyms=("编号", "序号", "number", "no")),
    Field(
        "holder",
        _("Present holder"),
        required=True,
        synonyms=("原任", "现任", "原责任人", "原河长", "原林长"),
    ),
    Field("post", _("Post"), synonyms=("职务", "岗位", "post")),
    Field(
        "successor",
        _("Successor"),
        required=True,
        synonyms=("新任", "继任", "接任", "新责任人", "新河长", "新林长"),
    ),
    Field("phone", _("Work phone of the successor"), synonyms=("电话", "手机", "联系电话", "phone")),
)


@dataclass(slots=True)
class Read:
    """What a sheet says: appointment → (successor, phone), and the rows that could not be used."""

    successors: dict[int, tuple[str, str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def sheet_read(content: bytes, name: str, held: Sequence[Appointment]) -> Read:
    """Read a sheet against the appointments of the page; rows without a successor are left out.

    A row names its appointment by the number of the made sheet, else by the holder and, where somebody holds
    several posts, by the post; without the post it stands for all of them. Refusals: those of ``read_file``,
    ``handovers.columns`` when holder or successor have no column.
    """
    table = _table(content, name)
    columns = guess(list(table.columns), FIELDS)
    missing = [str(each.label) for each in FIELDS if each.required and each.name not in columns]
    if missing:
        message = gettext_noop("The sheet needs these columns: %(missing)s.")
        raise Refusal("handovers.columns", message, {"file": message}, missing=gettext(", ").join(missing))
    found = Read()
    by_name: defaultdict[str, list[Appointment]] = defaultdict(list)
    for one in held:
        by_name[one.person.name].append(one)
    by_number = {str(one.pk): one for one in held}
    for row in table.rows[:MOST_ROWS]:
        _row(row, columns, by_number, by_name, found)
    return found


def _table(content: bytes, name: str) -> Table:
    words = tuple(word for each in FIELDS for word in (str(each.label), *each.synonyms))
    with tempfile.TemporaryDirectory(prefix="shanhe-handovers-") as folder:
        path = Path(folder) / "sheet"
        path.write_bytes(content)
        return read_file(path, name, Options(words=words), Limits(seconds=SECONDS))


def _row(
    row: Row,
    columns: dict[str, str],
    by_number: dict[str, Appointment],
    by_name: dict[str, list[Appointment]],
    found: Read,
) -> None:
    said = {name: row.text(column) for name, column in columns.items()}
    successor = said["successor"]
    if not successor:
        return
    meant = _meant(said, by_number, by_name)
    if isinstance(meant, str):
        if len(found.faults) < MOST_FAULTS:
            found.faults.append(gettext("Row %(row)s: %(fault)s") % {"row": row.number, "fault": meant})
        return
    for one in meant:
        found.successors[one.pk] = (successor[:60], said.get("phone", "")[:30])


def _meant(
    said: dict[str, str], by_number: dict[str, Appointment], by_name: dict[str, list[Appointment]]
) -> Iterable[Appointment] | str:
    """The appointments of a row, or why there are none."""
    numbered = by_number.get(said.get("number", ""))
    if numbered is not None and numbered.person.name == said["holder"]:
        return [numbered]
    candidates: list[Any] = by_name.get(said["holder"], [])
    post = said.get("post", "")
    if post:
        candidates = [one for one in candidates if post in (one.post.name, one.post.local_name)]
    if not candidates:
        return gettext("%(name)s holds no such post in this list.") % {"name": said["holder"] or "–"}
    if len({one.person_id for one in candidates}) > 1:
        return gettext("Several people are called %(name)s; give the number of the made sheet.") % {
            "name": said["holder"]
        }
    return candidates
