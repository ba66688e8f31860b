"""A file straight from the disk of the server into the records, for the command line."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from shanhe.ground.incoming.kinds import Progress, Report, kind_of
from shanhe.ground.incoming.matching import fields_asked, guess, mapping_checked, mapping_from
from shanhe.ground.incoming.reading.child import read_file
from shanhe.ground.incoming.reading.coordinates import crs_checked
from shanhe.ground.incoming.reading.options import Options
from shanhe.ground.incoming.services import table_taken
from shanhe.ground.people.scope import Actor
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["file_taken"]


def file_taken(
    *,
    path: Path,
    kind: str,
    by: Actor,
    at: datetime,
    mapping: Iterable[str] = (),
    sheet: str = "",
    crs: str = "",
    datum: str = "wgs84",
    good_rows: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Take the records of the file at ``path``: create, bring up to date, leave alone or refuse each.

    ``mapping``: words ``field=column``; other columns are guessed. Refusals: ``incoming.file`` when it cannot
    be opened, and those of ``read_file``, ``mapping_from`` and ``table_taken``.
    """
    one = kind_of(kind)
    said = mapping_from(mapping, fields_asked(one, has_shapes=False))
    words = tuple(word for each in one.fields for word in (each.name, str(each.label), *each.synonyms))
    table = read_file(
        _there(path), path.name, Options(sheet, crs_checked(crs), datum, (*words, *said.values()))
    )
    fields = fields_asked(one, has_shapes=table.has_shapes)
    checked = mapping_checked(said, table.columns, fields)
    free = [column for column in table.columns if column not in checked.values()]
    guessed = guess(free, [each for each in fields if each.name not in checked])
    return table_taken(
        kind=one,
        table=table,
        mapping=guessed | checked,
        by=by,
        at=at,
        crs=crs_checked(crs),
        datum=datum,
        good_rows=good_rows,
        progress=progress,
    )


def _there(path: Path) -> Path:
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        message = _("The file %(name)s cannot be read: %(why)s.")
        why = error.strerror or str(error)
        raise Refusal("incoming.file", message, name=str(path), why=why) from None
