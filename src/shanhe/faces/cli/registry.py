"""``shanhe registry import``: records from a file into the registry."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from tqdm import tqdm

from shanhe.ground import clock
from shanhe.ground.people.scope import Actor, Ground, Scope
from shanhe.ground.registry.columns import KINDS
from shanhe.ground.registry.rows import Report, RowRefused
from shanhe.ground.registry.services import registry_import
from shanhe.kernel.errors import Refusal, gettext_noop

__all__ = ["register"]

SHOWN = 20  # refused rows named on the terminal


def register(commands: Any) -> None:
    """Add ``registry import`` to the program."""
    family = commands.add_parser("registry", help="rivers, forests and what belongs to them")
    actions = family.add_subparsers(title="actions", metavar="ACTION", required=True)
    importing = actions.add_parser("import", help="take records from a file")
    importing.add_argument("file", metavar="FILE", help="a .geojson file in degrees, CGCS2000 or WGS 84")
    importing.add_argument(
        "--kind", required=True, choices=sorted(KINDS), metavar="KIND", help=", ".join(KINDS)
    )
    importing.add_argument(
        "--map",
        dest="mapping",
        action="extend",
        nargs="+",
        default=[],
        metavar="FIELD=COLUMN",
        help="which column of the file holds which field",
    )
    importing.add_argument(
        "--good-rows", action="store_true", help="take the good rows, leave the refused out"
    )
    importing.add_argument("--json", action="store_true", help="print the result as JSON")
    importing.add_argument("--data-dir", help=argparse.SUPPRESS)
    importing.set_defaults(run=_import, needs_django=True)


def _import(options: argparse.Namespace) -> int:
    with tqdm(total=0, file=sys.stderr, disable=not sys.stderr.isatty(), leave=False, unit="rows") as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        report = registry_import(
            content=_content(Path(options.file)),
            name=Path(options.file).name,
            kind=options.kind,
            by=_operator(),
            at=clock.now(),
            mapping=options.mapping,
            good_rows=options.good_rows,
            progress=progress,
        )
    (_print_json if options.json else _print_text)(report)
    if report.refused:
        _say_refused(report, options.good_rows)
    return 2 if report.refused and not options.good_rows else 0


def _operator() -> Actor:
    """Whoever may start the program on the server may do everything with it."""
    everything = Ground(everything=True)
    scope = Scope(None, None, everything, everything, everything, frozenset({"administrator"}), True)
    return Actor(user_id=None, person_id=None, via="cli", scope=scope)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refusal(
            "registry.file",
            gettext_noop("The file %(name)s cannot be read: %(why)s."),
            name=str(path),
            why=error.strerror or str(error),
        ) from None


def _print_json(report: Report) -> None:
    print(
        json.dumps(
            {
                "created": report.created,
                "updated": report.updated,
                "unchanged": report.unchanged,
                "refused": [_shown(refused) for refused in report.refused],
                "notes": [_shown(note) for note in report.notes],
            },
            ensure_ascii=False,
        )
    )


def _shown(refused: RowRefused) -> dict[str, Any]:
    return {"row": refused.row, "field": refused.field, "reason": refused.reason.render(_)}


def _print_text(report: Report) -> None:
    counts = {"created": report.created, "updated": report.updated, "unchanged": report.unchanged}
    print(_("%(created)d created, %(updated)d updated, %(unchanged)d unchanged") % counts)
    for refused in report.refused[:SHOWN]:
        print(_("Row %(row)d, %(field)s: %(reason)s") % _shown(refused))
    if len(report.refused) > SHOWN:
        print(_("… and %(n)d more") % {"n": len(report.refused) - SHOWN})


def _say_refused(report: Report, good_rows: bool) -> None:
    n = len({refused.row for refused in report.refused})
    sentence = (
        ngettext("%(n)d row was left out.", "%(n)d rows were left out.", n)
        if good_rows
        else ngettext(
            "%(n)d row was refused; nothing was written.", "%(n)d rows were refused; nothing was written.", n
        )
    )
    print("shanhe: " + sentence % {"n": n}, file=sys.stderr)
